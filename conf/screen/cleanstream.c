/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/screen/cleanstream.h"
#include "conf/screen/fold.h"
#include "conf/screen/paint.h"
#include "conf/screen/terminal.h"
#include "policy/base/arena.h"
#include "policy/base/slice.h"

/* Octets that are shown at once, and how many characters they take. */
enum { PIECE = 256, SHOWN = 4 * PIECE + 1 };

static bool
cleanstream_is_plain(const struct printed *printed)
{
	return printed->plain != NULL && *printed->plain;
}

/* Adds to the line that is begun; writes it when this ends it. */
static int
cleanstream_add(struct printed *printed, const char *text, size_t n)
{
	bool ends = n > 0 && text[n - 1] == '\n';

	n -= ends;
	if (printed->line_n + n > printed->line_room) {
		printed->line_room = 2 * (printed->line_n + n);
		printed->line = xrealloc(printed->line, printed->line_room);
	}
	memcpy(printed->line + printed->line_n, text, n);
	printed->line_n += n;
	if (!ends)
		return 0;
	n = printed->line_n;
	printed->line_n = 0;
	return fold_line(n == 0 ? "" : printed->line, n, printed->width,
	    printed->to);
}

static int
cleanstream_write_out(struct printed *printed, const char *text, size_t n)
{
	if (printed->width > 0 && !cleanstream_is_plain(printed))
		return cleanstream_add(printed, text, n);
	return fwrite(text, 1, n, printed->to) == n ? 0 : -1;
}

/* Blanks around a word have no colour. */
static int
cleanstream_write_painted(struct printed *printed, enum paint colour,
    const char *text, size_t n)
{
	static const char *const begin[] = { [PAINT_GOOD] = "\033[32m",
		[PAINT_CARE] = "\033[33m", [PAINT_BAD] = "\033[1;31m" };

	if (colour == PAINT_NONE || !printed->colours || n == 0 ||
	    text[0] == '\n' || cleanstream_is_plain(printed))
		return cleanstream_write_out(printed, text, n);
	return cleanstream_write_out(printed, begin[colour],
	    strlen(begin[colour])) < 0 ||
	    cleanstream_write_out(printed, text, n) < 0 ||
	    cleanstream_write_out(printed, "\033[0m", 4) < 0 ? -1 : 0;
}

static int
cleanstream_pass_on(struct printed *printed, const char *text, size_t n)
{
	size_t room = sizeof(printed->text) - printed->n;
	size_t kept = n < room ? n : room;

	memcpy(printed->text + printed->n, text, kept);
	printed->n += kept;
	printed->any = printed->any || n > 0;
	return cleanstream_write_painted(printed, paint_now(), text, n);
}

static int
cleanstream_put(struct printed *printed, struct slice text)
{
	char shown[SHOWN];

	while (text.n > 0) {
		struct slice piece = slice_head(text, PIECE);
		size_t n = slice_show_line(piece, shown, sizeof(shown));

		if (cleanstream_pass_on(printed, shown, n) < 0)
			return -1;
		text = slice_from(text, piece.n);
	}
	return 0;
}

static ssize_t
cleanstream_write(void *cookie, const char *bytes, size_t size)
{
	struct printed *printed = cookie;
	size_t from = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i < size && bytes[i] != '\n' && bytes[i] != '\t')
			continue;
		if (cleanstream_put(printed, (struct slice){ bytes + from,
			i - from }) < 0)
			return 0;
		if (i < size && cleanstream_pass_on(printed, bytes + i, 1) < 0)
			return 0;
		from = i + 1;
	}
	return (ssize_t)size;
}

/* The begin of a line that was not ended. */
static int
cleanstream_close(void *cookie)
{
	struct printed *printed = cookie;
	size_t n = printed->line_n;
	bool written = fwrite(n == 0 ? "" : printed->line, 1, n,
	    printed->to) == n;

	free(printed->line);
	printed->line = NULL;
	return written ? 0 : -1;
}

FILE *
cleanstream_open(FILE *to, const bool *plain, struct printed *printed)
{
	cookie_io_functions_t functions = { .write = cleanstream_write,
		.close = cleanstream_close };
	FILE *stream = fopencookie(printed, "w", functions);

	*printed = (struct printed){ .to = to, .plain = plain,
		.width = terminal_width(to),
		.colours = terminal_has_colours(to) };
	paint_wanted(printed->colours);

	if (stream == NULL) {
		perror("enforcetls");
		exit(2);
	}
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
