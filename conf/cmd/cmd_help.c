/* SPDX-License-Identifier: BSD-2-Clause */
/* help - print how the commands, or one of them, are used; what a shell can
 * complete of them */
#include "config.h"

#include <time.h>

#include "conf/file/read.h"
#include "conf/help/commands.h"
#include "conf/help/completion.h"
#include "conf/help/usage.h"
#include "conf/state/pending.h"
#include "conf/tool/command.h"

enum { COMMANDS = 64 };

struct help_call {
	const char *shell;              /* --completion; NULL: not given */
	const char *kind;               /* --names; the same */
};

/* clang-format off */
static const struct command_option options[] = {
	{ "completion", "SHELL", 'c', "of bash or zsh, from all commands" },
	{ "names", "KIND", 'n', "partners, exceptions or waiting" },
	{ NULL, NULL, 0, NULL }
};
/* clang-format on */

static int
help_take_option(void *data, int option, struct err *e ATTR_UNUSED)
{
	struct help_call *call = data;

	if (option == 'c')
		call->shell = optarg;
	else
		call->kind = optarg;
	return 0;
}

static void
help_take_list(const struct command_option *list, const char *letters,
    void *data)
{
	struct completion_command *c = data;

	c->options = list;
	c->letters = letters;
}

/* Each command gives the options that it reads. */
static size_t
help_list(struct completion_command list[COMMANDS])
{
	static char *none[] = { NULL };
	const struct command *command;
	size_t n = 0;

	for (; (command = commands_at(n)) != NULL && n < COMMANDS; n++) {
		struct invocation ask = { .command = command, .argv = none,
			.wants_options = help_take_list,
			.wanted_by = &list[n] };

		list[n] = (struct completion_command){ .command = command };
		command->run(&ask);
	}
	return n;
}

static enum exit_status
help_completion(struct invocation *invocation, const char *shell)
{
	struct completion_command list[COMMANDS];
	size_t n = help_list(list);

	if (strcmp(shell, "bash") == 0)
		completion_print_bash(list, n, invocation->out);
	else if (strcmp(shell, "zsh") == 0)
		completion_print_zsh(list, n, invocation->out);
	else
		return command_misused(invocation, "--completion is bash or "
		    "zsh");
	return STATUS_GOOD;
}

static void
help_add_partners(const struct policy *policy, json_t *names)
{
	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *p = table_partner(policy->table,
		    (unsigned)i);

		if (p->name.p != NULL)
			json_array_append_new(names, jsontext_exact(p->name));
	}
}

static void
help_add_exceptions(const struct state *state, int64_t now, json_t *names)
{
	for (size_t i = 0; i < state->exception_count; i++)
		if (state->exceptions[i].until > now)
			json_array_append_new(names,
			    jsontext_exact(state->exceptions[i].id));
}

static void
help_add_waiting(const struct state *state, int64_t now, json_t *names)
{
	for (size_t i = 0; i < state->pending_count; i++)
		if (pending_waits(&state->pending[i], now))
			json_array_append_new(names,
			    jsontext_exact(state->pending[i].id));
}

static void
help_print_names(json_t *names, FILE *out)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		fprintf(out, "%s\n", json_string_value(name));
}

static enum exit_status
help_names(struct invocation *invocation, const char *kind)
{
	bool partners = strcmp(kind, "partners") == 0;
	bool exceptions = strcmp(kind, "exceptions") == 0;
	struct policy *policy;
	struct state *state;
	json_t *names;

	if (!partners && !exceptions && strcmp(kind, "waiting") != 0)
		return command_misused(invocation, "--names is partners, "
		    "exceptions or waiting");
	policy = command_policy_in_force(invocation);
	if (policy == NULL)
		return STATUS_FAILED;
	state = partners ? NULL : command_apply_state(invocation, policy);
	names = json_array();
	if (partners)
		help_add_partners(policy, names);
	else if (state != NULL && exceptions)
		help_add_exceptions(state, state_now(state, time(NULL)), names);
	else if (state != NULL)
		help_add_waiting(state, state_now(state, time(NULL)), names);
	command_answer(invocation, names, JSONTEXT_LINE, help_print_names);
	state_destroy(&state);
	policy_destroy(&policy);
	return STATUS_GOOD;
}

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

static enum exit_status
help_run(struct invocation *invocation, const struct help_call *call)
{
	int words = invocation->word_count;

	if ((call->shell != NULL || call->kind != NULL) &&
	    (words > 0 || (call->shell != NULL && call->kind != NULL)))
		return command_misused(invocation, "takes a command, or "
		    "--completion, or --names");
	if (call->shell != NULL)
		return help_completion(invocation, call->shell);
	if (call->kind != NULL)
		return help_names(invocation, call->kind);
	if (words > 2)
		return command_misused(invocation, "takes one command at most, "
		    "and a word of it");
	if (words > 0)
		return help_one(invocation, words, invocation->words);
	usage_print_all(invocation->out);
	return STATUS_GOOD;
}

enum exit_status
cmd_help(struct invocation *invocation)
{
	struct help_call call = { .shell = NULL };
	char **argv = invocation->argv;
	enum exit_status status;

	/* An option that is the word of a form is none of help. */
	if (invocation->argc == 3 && commands_find(argv[1]) != NULL &&
	    usage_word(commands_find(argv[1]), 2, argv + 1) != NULL)
		return help_one(invocation, 2, argv + 1);
	if (!command_read(invocation, options, help_take_option, &call,
		&status))
		return status;
	return help_run(invocation, &call);
}
