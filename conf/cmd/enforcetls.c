/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/base/standardio.h"
#include "conf/screen/cleanstream.h"
#include "conf/tool/command.h"
#include "policy/base/slice.h"

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
	invocation->command = commands_find(argv[0]);
	if (invocation->command == NULL)
		return commands_unknown(argv[0], invocation->err);
	invocation->argc = argc;
	invocation->argv = argv;
	return invocation->command->run(invocation);
}

/* "--help exception add" is "help exception add". */
static enum exit_status
enforcetls_help(struct invocation *invocation, int argc, char **argv)
{
	invocation->command = commands_find("help");
	invocation->argc = argc + 1;
	invocation->argv = argv - 1;
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
	bool help = false;
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
			help = true;
			break;
		case 'V':
			fputs(PACKAGE_STRING "\n", invocation->out);
			return STATUS_GOOD;
		default:
			command_bad_option(argv, option, options, &e);
			fprintf(invocation->err, "enforcetls: %s; see "
			    "enforcetls help\n", e.text);
			return STATUS_FAILED;
		}
	if (help)
		return enforcetls_help(invocation, argc - optind,
		    argv + optind);
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
	invocation.out = cleanstream_open(stdout, &invocation.json, &out);
	invocation.err = cleanstream_open(stderr, NULL, &err);
	/* A terminal wraps them, and what is copied stays one line. */
	err.width = 0;
	return enforcetls_finish(&invocation,
	    enforcetls_read(&invocation, argc, argv), &out, &err);
}
