/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "conf/cmd/command.h"
#include "conf/file/read.h"
#include "conf/syntax/nearest.h"
#include "policy/base/slice.h"

static const struct command commands[] = {
	{ "check", "[FILE]", "read the policy file, say what is wrong with it "
	    "or how it was understood", cmd_check },
	{ "map", "KEY [--postfix-version V] [--published TEXT]",
	    "say what Postfix would be told about this next hop, and why",
	    cmd_map },
	{ "explain", "REF [--for-partner] | --sender A --rcpt B [--mta M] [--rcpt-host H] "
	    "[--macro NAME=VALUE]... [--at DATE]",
	    "show why a recipient on record was treated so, or judge a "
	    "made-up one", cmd_explain },
	{ "hops", "[--client ADDRESS | --stored] [--relay RANGE]... FILE",
	    "show the Received hops of a message, and which are believed",
	    cmd_hops },
	{ "status", "", "say how the running daemon is", cmd_status },
	{ "reload", "", "have the daemon read the policy file again, and say "
	    "what is wrong with it", cmd_reload },
	{ "stats", "", "print the daemon's counts", cmd_stats },
	{ "exception", "add PARTNER HOP --floor LEVEL --until DATE --owner WHO "
	    "--reason WHY\n      [--from DATE --ticket T --approver A --key "
	    "DOMAIN --override-published]\n      | list [--due 14d] "
	    "[--ended] | renew ID --until DATE --reason WHY\n      "
	    "| end ID [--reason WHY] | history", "let a partner prove less for a while",
	    cmd_exception },
	{ "stage", "[PARTNER HOP STAGE --reason WHY [--require-clean 14d] "
	    "[--min-messages 100]\n      [--ignore-client ADDRESS] "
	    "[--force]]", "say where every rule stands, or move one",
	    cmd_stage },
	{ "state", "[repair --reason WHY [--clock]]", "say how the exceptions "
	    "and stages on disk are, or put them right", cmd_state },
	{ "whatif", "--policy FILE [--since 30d] [--enforce] [LOG...]",
	    "judge the mail on record again under another policy",
	    cmd_whatif },
	{ "log", "verify [FILE]", "check the chain of the decision log",
	    cmd_log },
};

static const struct command *
enforcetls_command_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void
enforcetls_print_command(const struct command *command, FILE *out)
{
	fprintf(out, "usage: enforcetls [-c FILE] [--json] %s%s%s\n",
	    command->name, command->usage[0] == '\0' ? "" : " ",
	    command->usage);
}

enum answer
command_misused(const struct invocation *invocation, const char *format, ...)
{
	const struct command *command =
	    enforcetls_command_named(invocation->argv[0]);
	va_list args;

	fprintf(invocation->err, "enforcetls %s: ", invocation->argv[0]);
	va_start(args, format);
	vfprintf(invocation->err, format, args);
	va_end(args);
	fputc('\n', invocation->err);
	if (command != NULL)
		enforcetls_print_command(command, invocation->err);
	return ANSWER_CANNOT;
}

int
command_bad_option(char **argv, int option, struct err *e)
{
	char shown[64];

	slice_show(slice_of(argv[optind - 1]), shown, sizeof(shown));
	return err_set(e, option == ':' ? "%s wants a value"
	    : "there is no option %s", shown);
}

struct policy *
command_policy(struct invocation *invocation, const char *path)
{
	struct problems *problems = problems_create();
	struct policy *policy = policy_read(path, problems);

	if (policy == NULL)
		problems_print(problems, invocation->err);
	problems_destroy(&problems);
	return policy;
}

struct state *
command_apply_state(struct invocation *invocation, struct policy *policy)
{
	const char *folder = policy->settings.state.p;
	struct state *state;
	struct err e;

	if (access(folder, F_OK) == -1 && errno == ENOENT)
		return NULL;
	state = state_read(folder, &e);
	if (state == NULL) {
		fprintf(invocation->err, "enforcetls: exceptions and stages "
		    "set with the tool are left out: %s\n", e.text);
		return NULL;
	}
	if (state->health == STATE_DAMAGED)
		fprintf(invocation->err, "enforcetls: the state in %s is "
		    "damaged, exceptions are void: %s\n", folder,
		    state->damage.text);
	state_apply(state, policy->table);
	policy->overlay = &state->overlay;
	return state;
}

static void
enforcetls_print_usage(FILE *out)
{
	fputs("usage: enforcetls [-c FILE] [--json] COMMAND [ARGUMENT]...\n",
	    out);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(out, "  %s%s%s\n      %s\n", commands[i].name,
		    commands[i].usage[0] == '\0' ? "" : " ",
		    commands[i].usage, commands[i].does);
}

/* option NULL: there was no word at all. */
static void
enforcetls_print_wrong_option(const char *option, FILE *err)
{
	char shown[64];

	if (option == NULL)
		return;
	slice_show(slice_of(option), shown, sizeof(shown));
	fprintf(err, "enforcetls: %s%s%s\n", strcmp(option, "-c") == 0
	    ? "" : "there is no option ", shown, strcmp(option, "-c") == 0
	    ? " wants a file, and a command behind it" : "");
}

static enum answer
enforcetls_unknown_command(const char *name, FILE *err)
{
	struct nearest nearest;
	char shown[64];

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		nearest_offer(&nearest, commands[i].name);
	slice_show(slice_of(name), shown, sizeof(shown));
	fprintf(err, "enforcetls: there is no command \"%s\"%s%s%s\n", shown,
	    nearest.best == NULL ? "" : ": did you mean ",
	    nearest.best == NULL ? "" : nearest.best,
	    nearest.best == NULL ? "" : "?");
	if (nearest.best == NULL)
		enforcetls_print_usage(err);
	return ANSWER_CANNOT;
}

/* Whether a command is only asked how it is used. */
static bool
enforcetls_wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return argc > 1 && strcmp(argv[1], "-h") == 0;
}

/* Takes --json out, wherever it stands. */
static bool
enforcetls_take_json(int *argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++)
		if (strcmp(argv[i], "--json") != 0)
			argv[kept++] = argv[i];
	argv[kept] = NULL;
	if (kept == *argc)
		return false;
	*argc = kept;
	return true;
}

/* A full disk or a closed pipe must not look like a good answer. */
static enum answer
enforcetls_finish(enum answer answer)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return answer;
	fputs("enforcetls: the answer could not be written\n", stderr);
	return ANSWER_CANNOT;
}

int
main(int argc, char **argv)
{
	struct invocation invocation = {
		.config = SYSCONFDIR "/enforcetls/enforcetls.conf",
		.out = stdout, .err = stderr };
	const struct command *command;
	int i = 1;

	invocation.json = enforcetls_take_json(&argc, argv);
	if (i + 1 < argc && strcmp(argv[i], "-c") == 0) {
		invocation.config = argv[i + 1];
		invocation.chosen = true;
		i += 2;
	}
	if (i < argc && (strcmp(argv[i], "--help") == 0 ||
	    strcmp(argv[i], "-h") == 0)) {
		enforcetls_print_usage(stdout);
		return enforcetls_finish(ANSWER_GOOD);
	}
	if (i < argc && (strcmp(argv[i], "--version") == 0 ||
	    strcmp(argv[i], "-V") == 0)) {
		puts(PACKAGE_STRING);
		return enforcetls_finish(ANSWER_GOOD);
	}
	if (i >= argc || argv[i][0] == '-') {
		enforcetls_print_wrong_option(i < argc ? argv[i] : NULL,
		    stderr);
		enforcetls_print_usage(stderr);
		return ANSWER_CANNOT;
	}
	command = enforcetls_command_named(argv[i]);
	if (command == NULL)
		return enforcetls_unknown_command(argv[i], stderr);
	invocation.argc = argc - i;
	invocation.argv = argv + i;
	if (enforcetls_wants_help(invocation.argc, invocation.argv)) {
		enforcetls_print_command(command, stdout);
		printf("  %s\n", command->does);
		return enforcetls_finish(ANSWER_GOOD);
	}
	return enforcetls_finish(command->run(&invocation));
}
