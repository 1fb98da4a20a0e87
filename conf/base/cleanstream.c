/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/base/cleanstream.h"
#include "policy/base/slice.h"

/* Octets that are shown at once, and how many characters they take. */
enum { PIECE = 256, SHOWN = 4 * PIECE + 1 };

static int
cleanstream_put(FILE *to, struct slice text)
{
	char shown[SHOWN];

	while (text.n > 0) {
		struct slice piece = slice_head(text, PIECE);
		size_t n = slice_show_line(piece, shown, sizeof(shown));

		if (fwrite(shown, 1, n, to) != n)
			return -1;
		text = slice_from(text, piece.n);
	}
	return 0;
}

static ssize_t
cleanstream_write(void *cookie, const char *bytes, size_t size)
{
	FILE *to = cookie;
	size_t from = 0;

	for (size_t i = 0; i <= size; i++) {
		if (i < size && bytes[i] != '\n' && bytes[i] != '\t')
			continue;
		if (cleanstream_put(to, (struct slice){ bytes + from,
			i - from }) < 0)
			return 0;
		if (i < size && putc(bytes[i], to) == EOF)
			return 0;
		from = i + 1;
	}
	return (ssize_t)size;
}

FILE *
cleanstream_open(FILE *to)
{
	cookie_io_functions_t functions = { .write = cleanstream_write };
	FILE *stream = fopencookie(to, "w", functions);

	if (stream == NULL) {
		perror("enforcetls");
		exit(2);
	}
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}
