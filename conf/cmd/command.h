/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * command - what every command of enforcetls is given, what it may answer
 *
 * One file a command, one row in the table of conf/cmd/enforcetls.c.
 */
#ifndef CONF_CMD_COMMAND_H
#define CONF_CMD_COMMAND_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "conf/show/print_json.h"
#include "conf/state/state.h"
#include "conf/syntax/problems.h"
#include "policy/policy.h"

/* The exit status: nothing found, something found, could not do it. */
enum answer { ANSWER_GOOD, ANSWER_FINDINGS, ANSWER_CANNOT };

struct command;

struct invocation {
	const struct command *command;
	const char *config;             /* -c, or the usual path */
	bool chosen;                    /* -c was given */
	bool json;                      /* --json was given */
	int argc;                       /* of the command: argv[0] is its */
	char **argv;                    /* name; NULL is at the end */
	char **words;                   /* what is left of argv behind the */
	int word_count;                 /* options: see command_read() */
	FILE *out;                      /* answers */
	FILE *err;                      /* problems */
};

struct command {
	const char *name;
	const char *usage;              /* what follows the name */
	const char *does;               /* one line */
	enum answer (*run)(struct invocation *invocation);
};

/* Sets in call what option, a value of the command's table, and optarg say. */
typedef int command_take_fn(void *call, int option, struct err *e);

/*
 * Reads the options of the command, wherever they are, and leaves the other
 * words in invocation->words. options ends with a row of zeros, or is NULL;
 * --json, --help and -h are added to it. false when the command is over, with
 * *answer: its usage was asked for, or an option was wrong and is reported.
 */
bool command_read(struct invocation *invocation, const struct option *options,
    command_take_fn *take, void *call, enum answer *answer);

/* Reports a wrong use and prints the usage of the command. Always CANNOT. */
enum answer command_misused(const struct invocation *invocation,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reports what failed, with its file if it has one. Always CANNOT. */
enum answer command_cannot(const struct invocation *invocation,
    const struct err *e);

/* Says which option getopt_long() did not take: it has just returned option,
 * '?', or ':' when a value is missing. Always -1. */
int command_bad_option(char **argv, int option, const struct option *options,
    struct err *e);

typedef void command_print_fn(json_t *answer, FILE *out);

/* Prints the answer of the command: as JSON with --json, else by print. Takes
 * answer. */
void command_answer(const struct invocation *invocation, json_t *answer,
    enum jsontext_layout layout, command_print_fn *print);

/*
 * Reads the policy at path as the daemon would. When it cannot be loaded its
 * problems are printed and NULL returned. Returns new; policy_destroy().
 */
struct policy *command_policy(struct invocation *invocation,
    const char *path);

/*
 * Lays the exceptions and stages of the state folder over policy, as the
 * daemon does. NULL when there is no state, or when it cannot be read, which
 * is said. Returns new; goes with state_destroy(), after the last use of
 * policy.
 */
struct state *command_apply_state(struct invocation *invocation,
    struct policy *policy);

enum answer cmd_check(struct invocation *invocation);
enum answer cmd_exception(struct invocation *invocation);
enum answer cmd_log(struct invocation *invocation);
enum answer cmd_reload(struct invocation *invocation);
enum answer cmd_stage(struct invocation *invocation);
enum answer cmd_stats(struct invocation *invocation);
enum answer cmd_state(struct invocation *invocation);
enum answer cmd_status(struct invocation *invocation);
enum answer cmd_whatif(struct invocation *invocation);
enum answer cmd_map(struct invocation *invocation);
enum answer cmd_explain(struct invocation *invocation);
enum answer cmd_hops(struct invocation *invocation);
#endif
