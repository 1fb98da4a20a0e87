/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/ioctl.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/screen/terminal.h"
#include "policy/base/slice.h"

enum {
	USUAL = 80,
	/* What is narrower, or wider, is somebody's mistake. */
	NARROWEST = 20,
	WIDEST = 10000
};

size_t
terminal_width(FILE *stream)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long n;

	if (columns != NULL &&
	    slice_int(slice_of(columns), NARROWEST, WIDEST, &n))
		return (size_t)n;
	if (!isatty(fileno(stream)))
		return 0;
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) < 0 ||
	    size.ws_col < NARROWEST)
		return USUAL;
	return size.ws_col;
}

bool
terminal_has_colours(FILE *stream)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fileno(stream)) && (no == NULL || no[0] == '\0') &&
	    term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}
