/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/base/cleanstream.h"
#include "conf/base/standardio.h"
#include "conf/syntax/nearest.h"
#include "conf/tool/command.h"
#include "policy/base/slice.h"

static enum exit_status enforcetls_help(struct invocation *invocation);

/* The only list of the commands. */
static const struct command commands[] = {
	{ "check", "[--strict] [--against-running] [--basedir DIR] [FILE]",
	    "check the policy file; print its mistakes, or the table as "
	    "understood", cmd_check },
	{ "map", "KEY [--postfix-version V] [--published TEXT] | "
	    "--export [FILE] | --export --timer FILE",
	    "print the answer that Postfix would get for this next hop, and "
	    "why",
	    cmd_map },
	{ "explain", "REF [--for-partner] [--mail-log FILE|journal|none]\n"
	    "      | --sender A --rcpt B [--mta M] [--rcpt-host H] "
	    "[--macro NAME=VALUE]... [--at DATE]",
	    "show why a recorded recipient was treated as it was, or judge an "
	    "invented one", cmd_explain },
	{ "hops", "[--client ADDRESS | --stored] [--relay RANGE]... FILE",
	    "show the Received hops of a message, and which are believed",
	    cmd_hops },
	{ "status", "", "print the state of the running daemon", cmd_status },
	{ "reload", "[--allow-loss DIGEST --reason WHY]",
	    "make the daemon read the policy file again, and print what "
	    "changes", cmd_reload },
	{ "stats", "", "print the daemon's counters", cmd_stats },
	{ "exception", "add PARTNER HOP --floor LEVEL --until DATE --owner WHO "
	    "--reason WHY\n      [--from DATE --ticket T --approver A --key "
	    "DOMAIN --id NAME\n      --override-published --mta M --mta-config "
	    "PATH --mta-program PATH]\n      | list [--due 14d] "
	    "[--ended] | renew ID --until DATE --reason WHY\n      "
	    "| approve ID [--reason WHY] | end ID [--reason WHY] | history",
	    "allow a partner to prove less until a date", cmd_exception },
	{ "stage", "[PARTNER [HOP] | PARTNER HOP STAGE --reason WHY\n      "
	    "[--require-clean 14d] [--min-messages 100] [--ignore-client "
	    "ADDRESS]...\n      [--ignore-unverified] [--force] | PARTNER HOP "
	    "--end --reason WHY]",
	    "print the stages, those of a partner with evidence, or set one",
	    cmd_stage },
	{ "pause", "[(HOP | --all) --for 4h --reason WHY [--yes] [--mta M]\n"
	    "      [--mta-config PATH] [--mta-program PATH] | --end [HOP]]",
	    "let the rules of a hop only log for a while", cmd_pause },
	{ "state", "[repair --reason WHY [--clock]]", "check the exceptions "
	    "and stages on disk, or repair them", cmd_state },
	{ "whatif", "--policy FILE [--basedir FOLDER] [--since 30d]\n"
	    "      [--enforce | --stage STAGE] [LOG...]",
	    "judge the recorded mail again under another policy",
	    cmd_whatif },
	{ "log", "[-f] [--since 1h] [--until DATE] [--partner P] [--hop H]\n"
	    "      [--address A] [--client A] [--failed | --refused | "
	    "--would-refuse]\n"
	    "      | verify [--key KEYFILE] [FILE]\n      | new-key",
	    "print the decisions; check the chain of the log, or make its "
	    "first key", cmd_log },
	{ "partners", "[PARTNER | --all]", "print how far each partner's rules "
	    "are rolled out, and what they judged", cmd_partners },
	{ "queue", "[--partner P] [--older 1h] [--mta M] [--mta-config PATH]\n"
	    "      [--mta-program PATH]", "list the mail that waits for a "
	    "rule, and what lets it pass", cmd_queue },
	{ "help", "[COMMAND]", "print how the commands, or one of them, are "
	    "used", enforcetls_help },
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
enforcetls_print_usage(FILE *out)
{
	fputs("usage: enforcetls [-c FILE] [--json] COMMAND [ARGUMENT]...\n",
	    out);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(out, "  %s%s%s\n      %s\n", commands[i].name,
		    commands[i].usage[0] == '\0' ? "" : " ",
		    commands[i].usage, commands[i].does);
}

static enum exit_status
enforcetls_unknown_command(const char *name, FILE *err)
{
	struct nearest nearest;
	char shown[64];

	nearest_init(&nearest, slice_of(name));
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		nearest_offer(&nearest, commands[i].name);
	slice_show(slice_of(name), shown, sizeof(shown));
	fprintf(err, "enforcetls: there is no command \"%s\"%s%s%s\n", shown,
	    nearest.best == NULL ? "; see enforcetls help" : ": did you mean ",
	    nearest.best == NULL ? "" : nearest.best,
	    nearest.best == NULL ? "" : "?");
	return STATUS_FAILED;
}

/* The command itself prints how it is used, from its own list of options. */
static enum exit_status
enforcetls_help(struct invocation *invocation)
{
	static char option[] = "--help";
	char *argv[] = { NULL, option, NULL };
	enum exit_status status;

	if (!command_read(invocation, NULL, NULL, NULL, &status))
		return status;
	if (invocation->word_count > 1)
		return command_misused(invocation, "takes one command at most");
	if (invocation->word_count == 0) {
		enforcetls_print_usage(invocation->out);
		return STATUS_GOOD;
	}
	argv[0] = invocation->words[0];
	invocation->command = enforcetls_command_named(argv[0]);
	if (invocation->command == NULL)
		return enforcetls_unknown_command(argv[0], invocation->err);
	invocation->argc = 2;
	invocation->argv = argv;
	return invocation->command->run(invocation);
}

/* With --json a program reads the answer: it gets one on failure too, with what
 * was printed as the error, unless the command has answered. */
static void
enforcetls_answer_failure(struct invocation *invocation,
    const struct printed *out, const struct printed *err)
{
	struct slice prefix = SLICE("enforcetls: "), text;
	json_t *answer;

	fflush(invocation->out);
	fflush(invocation->err);
	if (out->any)
		return;
	text = (struct slice){ err->text, err->n };
	while (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	if (slice_starts(text, prefix))
		text = slice_from(text, prefix.n);
	answer = json_object();
	json_object_set_new(answer, "ok", json_false());
	json_object_set_new(answer, "error", jsontext_exact(text));
	print_json(answer, JSONTEXT_LINE, invocation->out);
	json_decref(answer);
}

/* A full disk or a closed pipe must not end with STATUS_GOOD. */
static enum exit_status
enforcetls_finish(struct invocation *invocation, enum exit_status status,
    const struct printed *out, const struct printed *err)
{
	bool written;

	if (status != STATUS_GOOD && invocation->json)
		enforcetls_answer_failure(invocation, out, err);
	written = fclose(invocation->out) == 0 && fflush(stdout) == 0 &&
	    !ferror(stdout);
	fclose(invocation->err);
	if (written)
		return status;
	fputs("enforcetls: the answer could not be written\n", stderr);
	return STATUS_FAILED;
}

/* argv[0] is the command's name. */
static enum exit_status
enforcetls_run(struct invocation *invocation, int argc, char **argv)
{
	if (argc == 0) {
		fputs("enforcetls: which command? See enforcetls help\n",
		    invocation->err);
		return STATUS_FAILED;
	}
	invocation->command = enforcetls_command_named(argv[0]);
	if (invocation->command == NULL)
		return enforcetls_unknown_command(argv[0], invocation->err);
	invocation->argc = argc;
	invocation->argv = argv;
	return invocation->command->run(invocation);
}

/* Reads the options in front of the command; the command reads those after
 * its name. */
static enum exit_status
enforcetls_read(struct invocation *invocation, int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct err e;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:c:hV", options, NULL)) !=
	    -1)
		switch (option) {
		case 'c':
			invocation->config = optarg;
			invocation->chosen = true;
			break;
		case 'j':
			invocation->json = true;
			break;
		case 'h':
			enforcetls_print_usage(invocation->out);
			return STATUS_GOOD;
		case 'V':
			fputs(PACKAGE_STRING "\n", invocation->out);
			return STATUS_GOOD;
		default:
			command_bad_option(argv, option, options, &e);
			fprintf(invocation->err, "enforcetls: %s; see "
			    "enforcetls help\n", e.text);
			return STATUS_FAILED;
		}
	return enforcetls_run(invocation, argc - optind, argv + optind);
}

/* The policy file without -c. */
static const char *
enforcetls_default_file(void)
{
	const char *file = getenv("ENFORCETLS_CONF");

	return file != NULL && file[0] != '\0' ? file
	    : SYSCONFDIR "/enforcetls/enforcetls.conf";
}

int
main(int argc, char **argv)
{
	struct invocation invocation = { .config = enforcetls_default_file() };

	struct printed out, err;

	if (standardio_open() < 0)
		return STATUS_FAILED;
	invocation.out = cleanstream_open(stdout, &out);
	invocation.err = cleanstream_open(stderr, &err);
	return enforcetls_finish(&invocation,
	    enforcetls_read(&invocation, argc, argv), &out, &err);
}
