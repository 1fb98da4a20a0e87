/* SPDX-License-Identifier: BSD-2-Clause */
/* help - print how the commands, or one of them, are used */
#include "config.h"

#include "conf/help/commands.h"
#include "conf/help/usage.h"
#include "conf/tool/command.h"
#include "policy/base/slice.h"

/* "exception add", "map --export": the word chooses among the forms. */
static enum exit_status
help_one(struct invocation *invocation, int argc, char **argv)
{
	static char option[] = "--help";
	char *words[] = { argv[0], argc > 1 ? argv[1] : option,
		argc > 1 ? option : NULL, NULL };
	const struct command *command = commands_find(argv[0]);
	char shown[64];

	if (command == NULL)
		return commands_unknown(argv[0], invocation->err);
	if (argc > 1 && usage_word(command, argc, argv) == NULL) {
		slice_show(slice_of(argv[1]), shown, sizeof(shown));
		return command_misused(invocation, "%s has no \"%s\"",
		    command->name, shown);
	}
	invocation->command = command;
	/* The command itself prints it, from its own list of options. */
	invocation->argc = argc > 1 ? 3 : 2;
	invocation->argv = words;
	return command->run(invocation);
}

enum exit_status
cmd_help(struct invocation *invocation)
{
	char **argv = invocation->argv;
	enum exit_status status;

	/* An option that is the word of a form is none of help. */
	if (invocation->argc == 3 && commands_find(argv[1]) != NULL &&
	    usage_word(commands_find(argv[1]), 2, argv + 1) != NULL)
		return help_one(invocation, 2, argv + 1);
	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count > 2)
		return command_misused(invocation, "takes one command at most, "
		    "and a word of it");
	if (invocation->word_count > 0)
		return help_one(invocation, invocation->word_count,
		    invocation->words);
	usage_print_all(invocation->out);
	return STATUS_GOOD;
}
