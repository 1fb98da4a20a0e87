/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>

#include "conf/syntax/problems.h"
#include "conf/screen/paint.h"
#include "policy/base/arena.h"
#include "policy/base/slice.h"
#include "policy/base/text.h"

enum {
	/* Nobody reads more; the rest is counted. */
	LISTED = 1000,
	/* Octets for a sentence, a path and two values. */
	TEXT = 1024
};

struct problems {
	struct arena *arena;            /* owns; holds files and texts */
	struct problem *list;           /* owns */
	size_t count, room;
	size_t found[2];                 /* by severity */
};

struct problems *
problems_create(void)
{
	struct problems *problems = xcalloc(1, sizeof(*problems));

	problems->arena = arena_create(4096);
	return problems;
}

void
problems_destroy(struct problems **problems)
{
	if (*problems == NULL)
		return;
	arena_destroy(&(*problems)->arena);
	free((*problems)->list);
	free(*problems);
	*problems = NULL;
}

/* A copy of file in the arena; problems of one file in a row share it. */
static const char *
problems_keep_file(struct problems *problems, const char *file)
{
	const char *last = problems->count == 0 ? NULL :
	    problems->list[problems->count - 1].file;

	if (last != NULL && strcmp(last, file) == 0)
		return last;
	return arena_string(problems->arena, slice_of(file));
}

bool
problems_full(const struct problems *problems, enum severity severity)
{
	return problems->found[severity] >= LISTED;
}

void
problems_vadd(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, va_list args)
{
	char bytes[TEXT];
	struct problem *new;
	struct text text;

	assert(severity < COUNT_OF(problems->found));
	if (problems->found[severity]++ >= LISTED)
		return;
	text_init(&text, bytes, sizeof(bytes));
	text_vadd(&text, format, args);
	if (problems->count == problems->room) {
		problems->room = problems->room == 0 ? 16 : problems->room * 2;
		problems->list = xrealloc(problems->list,
		    problems->room * sizeof(*problems->list));
	}
	new = &problems->list[problems->count];
	new->severity = severity;
	new->file = problems_keep_file(problems, file == NULL ? "" : file);
	new->line = line;
	new->text = text_copy(&text, problems->arena);
	problems->count++;
}

void
problems_add(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_vadd(problems, severity, file, line, format, args);
	va_end(args);
}

size_t
problems_errors(const struct problems *problems)
{
	return problems->found[SEVERITY_ERROR];
}

size_t
problems_warnings(const struct problems *problems)
{
	return problems->found[SEVERITY_WARNING];
}

size_t
problems_count(const struct problems *problems)
{
	return problems->count;
}

const struct problem *
problems_get(const struct problems *problems, size_t i)
{
	assert(i < problems->count);
	return &problems->list[i];
}

const char *
severity_name(enum severity severity)
{
	return severity == SEVERITY_WARNING ? "warning" : "error";
}

/* Values in a text were escaped by slice_show(); file names and the messages of
 * the C library were not. */
static void
problems_print_clean(const char *text, FILE *out)
{
	char shown[4 * TEXT];

	slice_show_line(slice_of(text), shown, sizeof(shown));
	fputs(shown, out);
}

static void
problems_print_rest(const struct problems *problems, enum severity severity,
    FILE *out)
{
	if (problems->found[severity] > LISTED)
		fprintf(out, "%zu more %ss are not shown\n",
		    problems->found[severity] - LISTED,
		    severity_name(severity));
}

void
problem_print(const struct problem *problem, FILE *out)
{
	if (problem->file[0] != '\0') {
		problems_print_clean(problem->file, out);
		if (problem->line != 0)
			fprintf(out, ":%u", problem->line);
		fputs(": ", out);
	}
	paint(out, problem->severity == SEVERITY_ERROR ? PAINT_BAD : PAINT_CARE,
	    severity_name(problem->severity));
	fputs(": ", out);
	problems_print_clean(problem->text, out);
	putc('\n', out);
}

void
problems_print(const struct problems *problems, FILE *out)
{
	for (size_t i = 0; i < problems->count; i++)
		problem_print(&problems->list[i], out);
	problems_print_rest(problems, SEVERITY_ERROR, out);
	problems_print_rest(problems, SEVERITY_WARNING, out);
}
