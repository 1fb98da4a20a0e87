/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "conf/screen/fold.h"
#include "policy/base/slice.h"

/* What is left of the line's room for its rest, at least. */
enum { ROOM = 20 };

/* One line as it is folded. */
struct fold {
	struct slice rest;              /* not printed yet */
	size_t width;
	size_t hang;                    /* columns in front of further lines */
	bool command;                   /* a shell has to take it */
	FILE *to;
};

/* Octets of an escape sequence at the begin of s; 0: there is none. */
static size_t
fold_escape(struct slice s)
{
	size_t n = s.n > 0 && s.p[0] == '\033' ? slice_find(s, 'm') : s.n;

	return n < s.n ? n + 1 : 0;
}

static size_t
fold_columns(struct slice s)
{
	size_t columns = 0;

	while (s.n > 0) {
		size_t n = fold_escape(s);

		columns += n == 0;
		s = slice_from(s, n == 0 ? 1 : n);
	}
	return columns;
}

/* Where a line goes on: under the column behind its last wide gap, if that is
 * not too far right; else four columns deeper than it begins. */
static size_t
fold_hang(struct slice line, size_t width)
{
	size_t column = 0, blanks = 0, indent = 0, hang = 0;
	bool begun = false;

	while (line.n > 0 && column < width / 2 + 1) {
		size_t n = fold_escape(line);

		if (n > 0) {
			line = slice_from(line, n);
			continue;
		}
		if (line.p[0] == ' ')
			blanks++;
		else {
			if (!begun)
				indent = column;
			else if (blanks > 1)
				hang = column;
			begun = true;
			blanks = 0;
		}
		column++;
		line = slice_from(line, 1);
	}
	hang = hang > 0 ? hang : indent + 4;
	return hang + ROOM > width ? 0 : hang;
}

/* Octets up to the last blank within room columns; up to the first one behind
 * if there is none, and all of it if there is none at all. One in the quotes of
 * a command, or between backquotes, does not count. */
static size_t
fold_place(const struct fold *f, size_t room)
{
	size_t column = 0, best = 0, i = 0, n;
	char quote = '\0';
	bool begun = false;

	for (; i < f->rest.n && (column <= room || best == 0); i += n) {
		char c = f->rest.p[i];

		n = fold_escape(slice_from(f->rest, i));
		if (n > 0)
			continue;
		n = 1;
		if (c == '`' || (f->command && strchr("\"'", c) != NULL))
			quote = quote == '\0' ? c : quote == c ? '\0' : quote;
		else if (c == ' ' && begun && quote == '\0')
			best = i;
		begun = begun || c != ' ';
		column++;
	}
	return best == 0 ? f->rest.n : best;
}

/* Whether the line is a command, or has one behind its label. */
static bool
fold_is_command(struct slice line, size_t hang)
{
	struct slice text = slice_trim(line);
	struct slice behind = slice_from(line, hang < line.n ? hang : line.n);

	return slice_starts(text, SLICE("enforcetls ")) ||
	    slice_starts(text, SLICE("posttls-finger ")) ||
	    slice_starts(behind, SLICE("posttls-finger "));
}

/* Prints the next line. */
static void
fold_next(struct fold *f, size_t before)
{
	size_t room = f->width - before;
	size_t n = f->rest.n;
	struct slice part;

	if (fold_columns(f->rest) > room)
		n = fold_place(f, room - (f->command ? 2 : 0));
	part = slice_head(f->rest, n);
	f->rest = slice_from(f->rest, n);
	while (f->rest.n > 0 && f->rest.p[0] == ' ')
		f->rest = slice_from(f->rest, 1);
	fprintf(f->to, "%*s%.*s%s\n", (int)before, "", SLICE_ARGS(part),
	    f->command && f->rest.n > 0 ? " \\" : "");
}

int
fold_line(const char *line, size_t n, size_t width, FILE *to)
{
	struct fold f = { .rest = { line, n }, .width = width, .to = to };

	f.hang = fold_hang(f.rest, width);
	f.command = fold_is_command(f.rest, f.hang);
	fold_next(&f, 0);
	while (f.rest.n > 0)
		fold_next(&f, f.hang);
	return ferror(to) ? -1 : 0;
}
