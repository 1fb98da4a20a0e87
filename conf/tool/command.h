/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command - the interface between enforcetls and its commands
 *
 * Each command has one file, cmd_NAME.c, and one row in the table of
 * conf/help/commands.c. It reads its options with command_read() and prints
 * its answer with command_answer().
 */
#ifndef CONF_TOOL_COMMAND_H
#define CONF_TOOL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "conf/base/control.h"
#include "conf/help/commands.h"
#include "conf/show/print_json.h"
#include "conf/state/state.h"
#include "conf/syntax/problems.h"
#include "policy/policy.h"

/* Room for a command's own options, those of every command and the last row. */
enum { COMMAND_OPTIONS = 32 };

/* Takes the options of a command, which end with a row of zeros; NULL: it has
 * none. letters are those that may stand alone; NULL: none. */
typedef void command_options_fn(const struct command_option *options,
    const char *letters, void *data);

/* One run of a command. Borrows everything until main() ends. */
struct invocation {
	const struct command *command;
	const char *config;             /* -c, or the default path */
	bool chosen;                    /* -c was given */
	bool json;                      /* --json was given */
	const char *letters;            /* one-letter options of the command, as
	                                 * it takes them; NULL: none */
	int argc;
	char **argv;                    /* argv[0] is the command's name; NULL
	                                 * follows the last */
	char **words;                   /* arguments that are not options; set
	                                 * by command_read() */
	int word_count;
	const struct command_option *options;   /* of the command; set by
	                                 * command_read() */
	command_options_fn *wants_options;      /* takes the options in place
	                                 * of a run; NULL: it runs */
	void *wanted_by;                /* for wants_options */
	char given[COMMAND_OPTIONS + 1];        /* their letters, each once, of
	                                 * those with a value that is not
	                                 * blank, or that take none */
	FILE *out;                      /* for the answer */
	FILE *err;                      /* for errors and notes */
	bool elsewhere_shown;           /* that the daemon is not where the file
	                                 * says is printed already */
	bool damage_shown;              /* that the state is damaged is printed
	                                 * already */
	bool denied_shown;              /* and that the control socket may not
	                                 * be used */
};

/* Stores an option of the command's table, and its optarg, in call. */
typedef int command_take_fn(void *call, int option, struct err *e);

/*
 * Reads the options of the command, wherever they are, and leaves the other
 * arguments in invocation->words. options ends with a row of zeros, or is NULL
 * when the command has none; --json, --help and -h are added. take is called
 * with call for each option of the command. A word --help is always help, never
 * the value of an option. Returns whether the command is to go on; if not, it
 * returns *status: help was printed, or a wrong option was reported.
 */
bool command_read(struct invocation *invocation,
    const struct command_option *options, command_take_fn *take, void *call,
    enum exit_status *status);

/*
 * Whether each option of needs was given, and none but those of needs and may:
 * both are letters, the getopt_long() values of the command's table. If not,
 * one line names all that are missing, or one that has no effect here, and the
 * caller ends with FAILED. what is the form that was called, such as "add".
 */
bool command_has_options(const struct invocation *invocation,
    const char *what, const char *needs, const char *may);

/* Reports wrong arguments, in one line that names the command's help. Always
 * FAILED. */
enum exit_status command_misused(const struct invocation *invocation,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports e, with its file if it has one, and who may read it if that was
 * denied. Always FAILED. */
enum exit_status command_failed(const struct invocation *invocation,
    const struct err *e);
/* The same for a part of an answer: "WHAT is not known". */
void command_not_known(const struct invocation *invocation, const char *what,
    const struct err *e);

/* Fills e with what is wrong with an option. option is what getopt_long() has
 * just returned: '?', or ':' when its value is missing. Always -1. */
int command_bad_option(char **argv, int option, const struct option *options,
    struct err *e);

typedef void command_print_fn(json_t *answer, FILE *out);

/* Prints the answer: as JSON in this layout with --json, else with print.
 * Takes answer. */
void command_answer(const struct invocation *invocation, json_t *answer,
    enum jsontext_layout layout, command_print_fn *print);

/*
 * Reads the policy file at path as the daemon would. Returns new; goes with
 * policy_destroy(). NULL when it cannot be loaded; its problems are then
 * printed.
 */
struct policy *command_policy(struct invocation *invocation,
    const char *path);

/*
 * The policy that a command works on which is about the running server: with -c
 * the one of that file; else the one that the daemon has in force, and that of
 * the file only when no daemon gives its own. One line says so when the file is
 * used for want of a daemon, or when it is broken or not what is in force. Of a
 * file that does not load either, only its problems are printed.
 * Returns new; goes with policy_destroy(). NULL when neither can be read, which
 * is reported.
 */
struct policy *command_policy_in_force(struct invocation *invocation);

/* The policy in force of the running daemon. Returns new; NULL with *reach and
 * e set: ANSWERED when this version cannot read it. */
struct policy *command_running_policy(struct invocation *invocation,
    enum control_reach *reach, struct err *e);

/*
 * Applies the exceptions and stages of the state folder to policy, as the
 * daemon does. Returns new; goes with state_destroy(), after the last use of
 * policy. NULL when there is no state, or when it cannot be read, which is
 * reported. A damaged state is reported too, and applied.
 */
struct state *command_apply_state(struct invocation *invocation,
    struct policy *policy);
#endif
