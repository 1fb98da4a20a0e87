/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/base/cleanstream.h"
#include "policy/base/slice.h"

/* Octets that are shown at once, and how many characters they take. */
enum { PIECE = 256, SHOWN = 4 * PIECE + 1 };

static int
cleanstream_pass_on(struct printed *printed, const char *text, size_t n)
{
	size_t room = sizeof(printed->text) - printed->n;
	size_t kept = n < room ? n : room;

	memcpy(printed->text + printed->n, text, kept);
	printed->n += kept;
	printed->any = printed->any || n > 0;
	return fwrite(text, 1, n, printed->to) == n ? 0 : -1;
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

FILE *
cleanstream_open(FILE *to, struct printed *printed)
{
	cookie_io_functions_t functions = { .write = cleanstream_write };
	FILE *stream = fopencookie(printed, "w", functions);

	*printed = (struct printed){ .to = to };

	if (stream == NULL) {
		perror("enforcetls");
		exit(2);
	}
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
