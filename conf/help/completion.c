/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>

#include "conf/help/commands.h"
#include "conf/help/completion.h"
#include "conf/help/usage.h"
#include "policy/base/slice.h"
#include "policy/staging.h"
#include "policy/vocabulary.h"

enum { POSITIONS = 8 };

/* The arguments of a form that are neither options nor their values, nor the
 * form's own word. */
struct positions {
	struct slice values[POSITIONS];
	bool again;                     /* the last may be repeated */
	size_t count;
};

/* What follows one command, or it and the word of a form. */
struct spec {
	const struct completion_command *of;
	const char *word;               /* NULL: no word was given yet */
	struct positions positions;
};

/* Brackets and the dots of a repetition around a word of a synopsis. */
static struct slice
completion_bare(struct slice word)
{
	while (word.n > 0 && strchr("[(", word.p[0]) != NULL)
		word = slice_from(word, 1);
	while (word.n > 0 && strchr("]).|", word.p[word.n - 1]) != NULL)
		word = slice_head(word, word.n - 1);
	return word;
}

/* The value of the option that word is; NULL: it has none, or is none. */
static const char *
completion_value_of(const struct completion_command *c, struct slice word)
{
	const struct command_option *o = c->options;

	for (; o != NULL && o->name != NULL; o++)
		if (slice_starts(word, SLICE("--")) &&
		    slice_eq(slice_from(word, 2), slice_of(o->name)))
			return o->value;
	return NULL;
}

/* What waits for an approval is not what is in force. */
static struct slice
completion_named(const struct command_form *form, struct slice word)
{
	return strcmp(form->word, "approve") == 0 &&
	    slice_eq(word, SLICE("ID")) ? SLICE("WAITING") : word;
}

/* Fills in the positions that no form before had. */
static void
completion_add_form(const struct completion_command *c,
    const struct command_form *form, struct positions *p)
{
	struct slice rest = slice_of(form->usage), raw;
	const char *value = NULL;
	size_t n = 0;

	while (slice_next(&rest, ' ', &raw)) {
		struct slice word = completion_bare(raw);

		if (value != NULL && slice_eq(word, slice_of(value))) {
			value = NULL;
			continue;
		}
		value = completion_value_of(c, word);
		if (word.n == 0 || word.p[0] == '-' ||
		    slice_eq(word, slice_of(form->word)))
			continue;
		assert(n < POSITIONS);
		if (n == p->count) {
			p->values[p->count++] = completion_named(form, word);
			p->again = slice_starts(slice_from(raw, word.n),
			    SLICE("...")) || slice_ends(raw, SLICE("...]"));
		}
		n++;
	}
}

static bool
completion_is_subword(const struct command_form *form)
{
	return form->word[0] != '\0' && form->word[0] != '-';
}

static void
completion_spec(const struct completion_command *c, const char *word,
    struct spec *spec)
{
	*spec = (struct spec){ .of = c, .word = word };
	for (const struct command_form *f = c->command->forms;
	     f->usage != NULL; f++)
		if (word == NULL ? !completion_is_subword(f)
		    : strcmp(f->word, word) == 0)
			completion_add_form(c, f, &spec->positions);
}

static bool
completion_has_option(const struct spec *spec,
    const struct command_option *option)
{
	const struct command_form *f = spec->of->command->forms;

	if (spec->word == NULL)
		return true;
	for (; f->usage != NULL; f++)
		if (strcmp(f->word, spec->word) == 0 &&
		    usage_has_option(f->usage, option, spec->of->letters))
			return true;
	return false;
}

/* The next option of the spec from o on; NULL: none. */
static const struct command_option *
completion_option(const struct spec *spec, const struct command_option *o)
{
	while (o != NULL && o->name != NULL && !completion_has_option(spec, o))
		o++;
	return o == NULL || o->name == NULL ? NULL : o;
}

static bool
completion_has_letter(const struct spec *spec, const struct command_option *o)
{
	return spec->of->letters != NULL && o->letter > 0 &&
	    o->letter <= CHAR_MAX &&
	    strchr(spec->of->letters, o->letter) != NULL;
}

/* Whether the option may be given more than once. */
static bool
completion_is_repeated(const struct spec *spec, const struct command_option *o)
{
	char wanted[128];

	snprintf(wanted, sizeof(wanted), "[--%s %s]...", o->name,
	    o->value == NULL ? "" : o->value);
	for (const struct command_form *f = spec->of->command->forms;
	     f->usage != NULL; f++)
		if (strstr(f->usage, wanted) != NULL)
			return true;
	return false;
}

typedef void completion_spec_fn(const struct spec *spec, FILE *out);

/* Calls print for each command, and for each of its words. */
static void
completion_each_spec(const struct completion_command *list, size_t count,
    completion_spec_fn *print, FILE *out)
{
	struct spec spec;

	for (size_t i = 0; i < count; i++) {
		const struct command_form *f = list[i].command->forms;
		const char *before = "";

		completion_spec(&list[i], NULL, &spec);
		print(&spec, out);
		for (; f->usage != NULL; f++) {
			if (f->word[0] == '\0' || strcmp(f->word, before) == 0)
				continue;
			completion_spec(&list[i], f->word, &spec);
			print(&spec, out);
			before = f->word;
		}
	}
}

/* 'NAME' or 'NAME WORD', as a pattern of case. */
static void
completion_print_case(const struct spec *spec, FILE *out)
{
	fprintf(out, "\t'%s%s%s')\n", spec->of->command->name,
	    spec->word == NULL ? "" : " ", spec->word == NULL ? ""
	    : spec->word);
}

/* What a value is, by its word in a synopsis. A word without a row is
 * anybody's: a date, a reason. */
static const struct completion_kind {
	const char *value;
	const char *words;              /* some of it; NULL */
	const char *names;              /* what help --names has; NULL */
	const char *files;              /* "all", "folders"; NULL: none */
} kinds[] = {
	{ "PARTNER", NULL, "partners", NULL },
	{ "ID", NULL, "exceptions", NULL },
	{ "WAITING", NULL, "waiting", NULL },
	{ "MTA", "postfix sendmail", NULL, NULL },
	{ "FILE", NULL, NULL, "all" },
	{ "FILE|journal|none", "journal none", NULL, "all" },
	{ "KEYFILE", NULL, NULL, "all" },
	{ "LOG", NULL, NULL, "all" },
	{ "PATH", NULL, NULL, "all" },
	{ "DIR", NULL, NULL, "folders" },
	{ "FOLDER", NULL, NULL, "folders" },
	{ "SHELL", "bash zsh", NULL, NULL },
	{ "KIND", "partners exceptions waiting", NULL, NULL },
};

/* The words of an enum, which its own list names. */
static void
completion_print_vocabularies(FILE *out)
{
	const struct command *command;

	fputs("\tHOP) choices='", out);
	for (unsigned i = 0; i < HOP_COUNT; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", hop_name((enum hop)i));
	fputs("' ;;\n\tLEVEL) choices='", out);
	for (unsigned i = LEVEL_NONE; i <= LEVEL_VERIFY; i++)
		fprintf(out, "%s%s", i == LEVEL_NONE ? "" : " ",
		    level_name((enum level)i));
	fputs("' ;;\n\tSTAGE) choices='", out);
	for (unsigned i = STAGE_LOG_ONLY; i < STAGE_COUNT; i++)
		fprintf(out, "%s%s", i == STAGE_LOG_ONLY ? "" : " ",
		    stage_name((enum stage)i));
	fputs("' ;;\n\tCOMMAND) choices='", out);
	for (size_t i = 0; (command = commands_at(i)) != NULL; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", command->name);
	fputs("' ;;\n", out);
}

static void
completion_print_kinds(FILE *out)
{
	fputs("# What the value of an option, or an argument, can be.\n"
	    "_enforcetls_kind() {\n"
	    "\tchoices= names= files=\n"
	    "\tcase $1 in\n", out);
	completion_print_vocabularies(out);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct completion_kind *k = &kinds[i];

		fprintf(out, "\t'%s')", k->value);
		if (k->words != NULL)
			fprintf(out, " choices='%s'", k->words);
		if (k->names != NULL)
			fprintf(out, " names=%s", k->names);
		if (k->files != NULL)
			fprintf(out, " files=%s", k->files);
		fputs(" ;;\n", out);
	}
	fputs("\tesac\n}\n\n", out);
}

static void
completion_print_bash_spec(const struct spec *spec, FILE *out)
{
	const struct command_option *o = spec->of->options;

	completion_print_case(spec, out);
	fputs("\t\toptions=(", out);
	for (; (o = completion_option(spec, o)) != NULL; o++) {
		if (completion_has_letter(spec, o))
			fprintf(out, "-%c ", o->letter);
		fprintf(out, "'--%s%s%s' ", o->name, o->value == NULL ? ""
		    : "=", o->value == NULL ? "" : o->value);
	}
	fputs("--json --help)\n\t\tforms=(", out);
	for (const struct command_form *f = spec->of->command->forms;
	     spec->word == NULL && f->usage != NULL; f++)
		if (completion_is_subword(f))
			fprintf(out, " %s", f->word);
	fputs(" )\n\t\targuments=(", out);
	for (size_t i = 0; i < spec->positions.count; i++)
		fprintf(out, " '%.*s'",
		    SLICE_ARGS(spec->positions.values[i]));
	fprintf(out, " ) again=%s ;;\n", spec->positions.again ? "yes" : "");
}

void
completion_print_bash(const struct completion_command *list, size_t count,
    FILE *out)
{
	fputs("# Completion of enforcetls in bash, made by the command "
	    "itself.\n\n", out);
	completion_print_kinds(out);
	fputs("# What follows a command, or it and one of its words.\n"
	    "_enforcetls_spec() {\n"
	    "\tcase $1 in\n"
	    "\t'') options=(-c=FILE --json --help --version) forms=()\n"
	    "\t\targuments=(COMMAND) again= ;;\n", out);
	completion_each_spec(list, count, completion_print_bash_spec, out);
	fputs("\t*) return 1 ;;\n\tesac\n}\n\n", out);
}

/* In the quotes of a shell, and in the brackets or behind the colon of
 * _arguments and _describe. */
static void
completion_print_quoted(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		if (strchr("[]:\\", *text) != NULL)
			putc('\\', out);
		if (*text == '\'')
			fputs("'\\''", out);
		else
			putc(*text, out);
	}
}

static void
completion_print_zsh_option(const struct spec *spec,
    const struct command_option *o, FILE *out)
{
	bool repeated = completion_is_repeated(spec, o);

	fprintf(out, "\t\t\t");
	if (completion_has_letter(spec, o))
		fprintf(out, "{-%c,--%s}", o->letter, o->name);
	else
		fprintf(out, "%s--%s", repeated ? "'*'" : "", o->name);
	fputs("'[", out);
	completion_print_quoted(o->does, out);
	putc(']', out);
	if (o->value != NULL)
		fprintf(out, ":%s: _enforcetls_value %s", o->value,
		    strchr(o->value, '|') != NULL ? "\"FILE|journal|none\""
		    : o->value);
	fputs("'\n", out);
}

static void
completion_print_zsh_spec(const struct spec *spec, FILE *out)
{
	const struct positions *p = &spec->positions;
	const struct command_option *o = spec->of->options;
	bool subword = spec->word != NULL && spec->word[0] != '-';
	bool any = false;

	completion_print_case(spec, out);
	fputs("\t\tforms=(", out);
	for (const struct command_form *f = spec->of->command->forms;
	     spec->word == NULL && f->usage != NULL; f++) {
		if (!completion_is_subword(f))
			continue;
		fprintf(out, "%s'%s:", any ? " " : "", f->word);
		completion_print_quoted(f->does, out);
		putc('\'', out);
		any = true;
	}
	fputs(")\n\t\tspecs=(\n", out);
	for (; (o = completion_option(spec, o)) != NULL; o++)
		completion_print_zsh_option(spec, o, out);
	if (any || subword)
		fputs("\t\t\t'1:word: _enforcetls_forms'\n", out);
	for (size_t i = 0; i < p->count && !any; i++) {
		char at[16];

		snprintf(at, sizeof(at), "%zu", i + 1 + subword);
		fprintf(out, "\t\t\t'%s:%.*s: _enforcetls_value %.*s'\n",
		    p->again && i + 1 == p->count ? "*" : at,
		    SLICE_ARGS(p->values[i]), SLICE_ARGS(p->values[i]));
	}
	fputs("\t\t) ;;\n", out);
}

void
completion_print_zsh(const struct completion_command *list, size_t count,
    FILE *out)
{
	fputs("#compdef enforcetls\n# Completion of enforcetls in zsh, made by "
	    "the command itself.\n\n", out);
	completion_print_kinds(out);
	fputs("_enforcetls_commands=(\n", out);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "\t'%s:", list[i].command->name);
		completion_print_quoted(list[i].command->does, out);
		fputs("'\n", out);
	}
	fputs(")\n\n# What follows a command, or it and one of its words.\n"
	    "_enforcetls_spec() {\n"
	    "\tcase $1 in\n", out);
	completion_each_spec(list, count, completion_print_zsh_spec, out);
	fputs("\t*) return 1 ;;\n\tesac\n}\n\n", out);
}
