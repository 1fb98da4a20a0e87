/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <limits.h>

#include "conf/help/commands.h"
#include "conf/help/usage.h"
#include "policy/base/slice.h"
#include "policy/base/text.h"

enum {
	WIDTH = 80,
	NAMES = 12,                     /* columns of the commands' names */
	OPTIONS = 27,                   /* columns of the options, at least */
	LABEL = 64
};

/* Octets up to the next place where a line of a synopsis may end: a blank, but
 * none between an option and its value, nor at a bar. */
static size_t
usage_piece(struct slice rest)
{
	size_t from = 0;

	for (;;) {
		size_t n = from + slice_find(slice_from(rest, from), ' ');
		struct slice word = slice_head(slice_from(rest, from),
		    n - from);
		struct slice next = slice_from(rest, n < rest.n ? n + 1 : n);

		while (word.n > 0 && strchr("[(", word.p[0]) != NULL)
			word = slice_from(word, 1);
		if (next.n == 0 || (!slice_eq(word, SLICE("|")) &&
		    next.p[0] != '|' && (strchr("[(-", next.p[0]) != NULL ||
			!slice_starts(word, SLICE("-")) ||
			slice_ends(word, SLICE("]")))))
			return n;
		from = n + 1;
	}
}

/* Prints text, from the column that the line has, in lines of WIDTH that begin
 * at column. */
static void
usage_fold(struct slice text, size_t column, size_t line, bool synopsis,
    FILE *out)
{
	for (bool first = true; text.n > 0; first = false) {
		size_t n = synopsis ? usage_piece(text)
		    : slice_find(text, ' ');

		if (!first && line + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", (int)column, "");
			line = column;
		} else if (!first) {
			putc(' ', out);
			line++;
		}
		fprintf(out, "%.*s", SLICE_ARGS(slice_head(text, n)));
		line += n;
		text = slice_from(text, n < text.n ? n + 1 : n);
	}
	putc('\n', out);
}

void
usage_print_all(FILE *out)
{
	const struct command *command;

	fputs("usage: enforcetls [-c FILE] [--json] COMMAND [ARGUMENT]...\n"
	    "       enforcetls --version\n\ncommands:\n", out);
	for (size_t i = 0; (command = commands_at(i)) != NULL; i++) {
		fprintf(out, "  %-*s", NAMES, command->name);
		usage_fold(slice_of(command->does), NAMES + 2, NAMES + 2,
		    false, out);
	}
	fputs("\noptions in front of the command:\n"
	    "  -c FILE     this policy file, not what the daemon has in force\n"
	    "  --json      print the answer as JSON; anywhere\n\n"
	    "See enforcetls help COMMAND, and enforcetls(1).\n", out);
}

const char *
usage_word(const struct command *command, int argc, char **argv)
{
	const char *word = NULL;

	for (const struct command_form *f = command->forms; f->usage != NULL;
	     f++)
		for (int i = 1; i < argc; i++)
			if (f->word[0] != '\0' &&
			    strcmp(argv[i], f->word) == 0)
				word = f->word;
	return word;
}

static bool
usage_is_meant(const struct command_form *form, const char *word)
{
	return word == NULL || strcmp(form->word, word) == 0;
}

static void
usage_print_forms(const struct command *command, const char *word, FILE *out)
{
	const char *before = "usage:";
	char head[LABEL];

	for (const struct command_form *f = command->forms; f->usage != NULL;
	     f++) {
		size_t n;

		if (!usage_is_meant(f, word))
			continue;
		n = (size_t)snprintf(head, sizeof(head), "%-6s enforcetls %s ",
		    before, command->name);
		fprintf(out, "%.*s", (int)n - (f->usage[0] == '\0'), head);
		usage_fold(slice_of(f->usage), 15, n, true, out);
		before = "";
	}
}

bool
usage_has_option(const char *synopsis, const struct command_option *option,
    const char *letters)
{
	struct slice rest = slice_of(synopsis), word;
	bool has_letter = letters != NULL && option->letter > 0 &&
	    option->letter <= CHAR_MAX &&
	    strchr(letters, option->letter) != NULL;
	char name[LABEL], letter[] = { '-', (char)option->letter, '\0' };

	snprintf(name, sizeof(name), "--%s", option->name);
	while (slice_next(&rest, ' ', &word)) {
		while (word.n > 0 && strchr("[(", word.p[0]) != NULL)
			word = slice_from(word, 1);
		word = slice_head(word, slice_find(word, ']'));
		if (slice_eq(word, slice_of(name)) ||
		    (has_letter && slice_eq(word, slice_of(letter))))
			return true;
	}
	return false;
}

static bool
usage_has_form_option(const struct command *command, const char *word,
    const struct command_option *option, const char *letters)
{
	for (const struct command_form *f = command->forms; f->usage != NULL;
	     f++)
		if (usage_is_meant(f, word) &&
		    usage_has_option(f->usage, option, letters))
			return true;
	return false;
}

static void
usage_print_option(const char *label, const char *does, FILE *out)
{
	int n = fprintf(out, "  %-*s", OPTIONS - 2, label);

	if (n > OPTIONS || label[strlen(label) - 1] == ' ') {
		fprintf(out, "\n%*s", OPTIONS, "");
		n = OPTIONS;
	}
	usage_fold(slice_of(does), OPTIONS, (size_t)n, false, out);
}

static void
usage_print_options(const struct command *command, const char *word,
    const struct command_option *options, const char *letters, FILE *out)
{
	char label[LABEL];

	fputs("\noptions:\n", out);
	for (; options != NULL && options->name != NULL; options++) {
		struct text t;

		if (word != NULL && !usage_has_form_option(command, word,
			options, letters))
			continue;
		text_init(&t, label, sizeof(label));
		if (letters != NULL && options->letter <= CHAR_MAX &&
		    strchr(letters, options->letter) != NULL)
			text_add(&t, "-%c, ", options->letter);
		text_add(&t, "--%s%s%s", options->name, options->value == NULL
		    ? "" : " ", options->value == NULL ? "" : options->value);
		text_end(&t);
		usage_print_option(label, options->does, out);
	}
	usage_print_option("--json", "print the answer as JSON", out);
}

/* Each line of it is indented. */
static void
usage_print_example(const char *example, FILE *out)
{
	struct slice rest = slice_of(example), line;

	fputs("\nexample:\n", out);
	while (slice_next(&rest, '\n', &line))
		fprintf(out, "  %.*s\n", SLICE_ARGS(line));
}

void
usage_print(const struct command *command, const char *word,
    const struct command_option *options, const char *letters, FILE *out)
{
	const struct command_form *form = command->forms;

	while (!usage_is_meant(form, word))
		form++;
	usage_print_forms(command, word, out);
	putc('\n', out);
	usage_fold(slice_of(word == NULL ? command->does : form->does), 0, 0,
	    false, out);
	usage_print_options(command, word, options, letters, out);
	usage_print_example(form->example, out);
	fputs("\nSee enforcetls(1).\n", out);
}
