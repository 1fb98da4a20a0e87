/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * form - a command, the ways to call it and its options, as data
 *
 * Borrowed everywhere, until the program ends.
 */
#ifndef CONF_HELP_FORM_H
#define CONF_HELP_FORM_H

/* EXIT STATUS of enforcetls(1). */
enum exit_status {
	STATUS_GOOD = 0,
	STATUS_FINDINGS = 1,            /* something is wrong, or was refused */
	STATUS_FAILED = 2               /* the command could not be run */
};

struct invocation;

/* An option of a command: as it is read, and as help prints it. */
struct command_option {
	const char *name;
	const char *value;              /* what it is, as the synopsis has it;
	                                 * NULL: the option takes none */
	int letter;                     /* its getopt_long() value */
	const char *does;               /* a few words, for help */
};

/* One way to call a command. */
struct command_form {
	const char *word;               /* what only this form has: "add",
	                                 * "--export"; "": no such word */
	const char *usage;              /* what follows the command's name */
	const char *does;               /* a few words, for help */
	const char *example;            /* a call that works, on a server as in
	                                 * the examples of enforcetls(1) */
};

enum { COMMAND_FORMS = 8 };

struct command {
	const char *name;
	const char *does;               /* a few words, for the list */
	enum exit_status (*run)(struct invocation *invocation);
	struct command_form forms[COMMAND_FORMS];       /* before a row of
	                                 * zeros */
};
#endif
