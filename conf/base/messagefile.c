/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>

#include "conf/base/messagefile.h"

enum {
	/* Sendmail's MaxHeadersLength is 32 KiB by default. */
	HEADER_MAX = 1024 * 1024
};

static bool
messagefile_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the next line, with its newline, off *rest; false at the end. */
static bool
messagefile_next_line(struct slice *rest, struct slice *line)
{
	size_t n = slice_find(*rest, '\n');

	if (rest->n == 0)
		return false;
	*line = slice_head(*rest, n + 1);
	*rest = slice_from(*rest, n + 1);
	return true;
}

/* Cuts a field with its continuation lines; false at the empty line. */
static bool
messagefile_next_field(struct slice *rest, struct slice *field)
{
	struct slice line, after;

	if (!messagefile_next_line(rest, field) || slice_trim(*field).n == 0)
		return false;
	for (after = *rest; messagefile_next_line(&after, &line);
	     *rest = after) {
		assert(line.n > 0);
		if (!messagefile_is_blank(line.p[0]))
			break;
		field->n += line.n;
	}
	return true;
}

/* The length of a field's name; 0 when it has no valid one (RFC 5322
 * section 2.2). */
static size_t
messagefile_name_length(struct slice field)
{
	size_t n = slice_find(field, ':');

	if (n == field.n)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (field.p[i] <= ' ' || field.p[i] > '~')
			return 0;
	return n;
}

static void
messagefile_add_received(struct messagefile *m, struct arena *a,
    struct slice body)
{
	m->received = arena_more(a, m->received, m->received_count,
	    sizeof(*m->received));
	m->received[m->received_count++] = body;
}

static int
messagefile_parse(struct slice text, const char *path, struct arena *a,
    struct messagefile *out, struct err *e)
{
	struct slice field;
	unsigned number = 0;

	while (messagefile_next_field(&text, &field)) {
		size_t n = messagefile_name_length(field);

		number++;
		if (n == 0 && number == 1 &&
		    slice_starts(field, SLICE("From ")))
			continue;
		if (n == 0)
			return err_at(e, path, 0, "header field %u has no "
			    "name: this is not a mail message", number);
		if (slice_ieq(slice_head(field, n), SLICE("Received")))
			messagefile_add_received(out, a,
			    slice_from(field, n + 1));
	}
	if (number == 0)
		return err_at(e, path, 0, "no header: this is not a mail "
		    "message");
	return 0;
}

/* The length of the header with its empty line; 0 when it has no end. */
static size_t
messagefile_header_end(struct slice text)
{
	struct slice rest = text, line;

	while (messagefile_next_line(&rest, &line))
		if (slice_ends(line, SLICE("\n")) && slice_trim(line).n == 0 &&
		    !messagefile_is_blank(line.p[0]))
			return text.n - rest.n;
	return 0;
}

static int
messagefile_read_header(FILE *file, const char *path, struct arena *a,
    struct slice *out, struct err *e)
{
	char *text = arena_alloc(a, HEADER_MAX);
	size_t n = 0, end = 0, got;

	do {
		got = fread(text + n, 1, HEADER_MAX - n, file);
		n += got;
		end = messagefile_header_end((struct slice){ text, n });
	} while (got > 0 && end == 0 && n < HEADER_MAX);
	assert(end <= n && n <= HEADER_MAX);
	if (ferror(file))
		return err_at(e, path, 0, "cannot be read: %s",
		    strerror(errno));
	if (end == 0 && n == HEADER_MAX)
		return err_at(e, path, 0, "its header has no end within %d "
		    "bytes", HEADER_MAX);
	*out = (struct slice){ text, end > 0 ? end : n };
	return 0;
}

int
messagefile_read(const char *path, struct arena *a, struct messagefile *out,
    struct err *e)
{
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "re");
	struct messagefile message = { NULL, 0 };
	struct slice text = SLICE_NONE;
	int result;

	if (file == NULL)
		return err_at(e, path, 0, "cannot be opened: %s",
		    strerror(errno));
	result = messagefile_read_header(file, path, a, &text, e);
	if (result >= 0)
		result = messagefile_parse(text, path, a, &message, e);
	if (!is_input)
		fclose(file);
	if (result >= 0)
		*out = message;
	return result;
}
