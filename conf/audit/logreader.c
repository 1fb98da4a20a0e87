/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/audit/logreader.h"
#include "conf/audit/loglist.h"
#include "conf/audit/unpack.h"
#include "policy/base/arena.h"

enum {
	BUFFER = 256 * 1024,
	/* Longer lines are not of a decision log: see LIMIT_DECISION. */
	LINE = 128 * 1024
};

struct logreader {
	struct lines lines;             /* first: it is cast to the reader */
	struct loglist list;            /* owns */
	size_t at;                      /* the file being read */
	struct unpack *in;              /* owns; NULL: that file is not open */
	unsigned long line;             /* lines of it read so far */
	uint64_t done;                  /* octets of the files before it */
	uint64_t total;                 /* octets of all files */
	char *buffer;                   /* owns */
	size_t from, to;                /* the unread part of the buffer */
};

static_assert(offsetof(struct logreader, lines) == 0, "lines is first");

void
logreader_close(struct logreader **reader)
{
	struct logreader *r = *reader;

	if (r == NULL)
		return;
	unpack_close(&r->in);
	loglist_clear(&r->list);
	free(r->buffer);
	free(r);
	*reader = NULL;
}

static void
logreader_next_file(struct logreader *reader)
{
	assert(reader->at < reader->list.count);
	unpack_close(&reader->in);
	reader->done += reader->list.files[reader->at].size;
	reader->at++;
	reader->from = reader->to = 0;
}

/* Opens the next file; one that cannot be opened is skipped. */
static int
logreader_open_file(struct logreader *reader, struct err *e)
{
	struct log_part *file = &reader->list.files[reader->at];
	const char *path = file->path;

	assert(reader->in == NULL);
	reader->line = 0;
	if (file->kind != NULL)
		err_at(e, path, 0, "is %s, not a regular file: what was "
		    "logged there cannot be read", file->kind);
	else if (file->fd >= 0 || loglist_open_again(file, e) == 0) {
		reader->in = unpack_open(file->fd, path);
		file->fd = -1;          /* unpack_close() closes it */
		return 0;
	}
	logreader_next_file(reader);
	return -1;
}

/* Cuts a line off the buffer; false when it has no complete line. */
static bool
logreader_cut_line(struct logreader *reader, struct slice *line)
{
	struct slice rest = { reader->buffer + reader->from,
		reader->to - reader->from };
	size_t n = slice_find(rest, '\n');

	if (n == rest.n)
		return false;
	*line = slice_head(rest, n);
	reader->from += n + 1;
	reader->line++;
	return true;
}

/* The path of the file being read, or of the last one. */
static const char *
logreader_path(const struct logreader *reader)
{
	return reader->list.files[reader->at < reader->list.count ? reader->at
	    : reader->list.count - 1].path;
}

/* At the end of a file: 0, or -1 with e filled when half a line is left. */
static int
logreader_end_file(const struct logreader *reader, struct err *e)
{
	if (reader->to == 0 || (reader->list.files[reader->at].live &&
	    !unpack_is_compressed(reader->in)))
		return 0;
	return err_at(e, logreader_path(reader), (unsigned)reader->line + 1,
	    "ends in the middle of a line");
}

/* Reads more into the buffer: 1, or 0 at the end of the file, or -1 with e
 * filled. */
static int
logreader_fill(struct logreader *reader, struct err *e)
{
	struct err cause;
	int got;

	assert(reader->in != NULL);
	assert(reader->from <= reader->to && reader->to <= BUFFER);
	memmove(reader->buffer, reader->buffer + reader->from,
	    reader->to - reader->from);
	reader->to -= reader->from;
	reader->from = 0;
	if (reader->to >= LINE)
		return err_at(e, logreader_path(reader),
		    (unsigned)reader->line + 1, "a line is too long: this is "
		    "not a decision log");
	got = unpack_read(reader->in, reader->buffer + reader->to,
	    BUFFER - reader->to, &cause);
	if (got < 0)
		return err_at(e, logreader_path(reader),
		    (unsigned)reader->line, "cannot be read to its end: %s",
		    cause.text);
	reader->to += (size_t)got;
	return got > 0 ? 1 : logreader_end_file(reader, e);
}

static bool
logreader_next(struct lines *lines, struct logline *out, struct err *e)
{
	struct logreader *reader = (struct logreader *)lines;

	e->text[0] = '\0';
	while (reader->at < reader->list.count) {
		int got;

		if (reader->in == NULL && logreader_open_file(reader, e) < 0)
			return false;
		if (logreader_cut_line(reader, &out->text)) {
			out->file = logreader_path(reader);
			out->number = reader->line;
			return true;
		}
		got = logreader_fill(reader, e);
		if (got > 0)
			continue;
		logreader_next_file(reader);
		if (got < 0)
			return false;
	}
	return false;
}

struct logreader *
logreader_open(const char *path, bool rotated, int64_t since, struct err *e)
{
	struct loglist list;
	struct logreader *reader;

	if (loglist_open(path, rotated, since, &list, e) < 0)
		return NULL;
	reader = xcalloc(1, sizeof(*reader));
	reader->lines.next = logreader_next;
	reader->list = list;
	for (size_t i = 0; i < list.count; i++)
		reader->total += list.files[i].size;
	reader->buffer = xmalloc(BUFFER);
	return reader;
}

struct lines *
logreader_lines(struct logreader *reader)
{
	return &reader->lines;
}

struct logreader_progress
logreader_progress(const struct logreader *reader)
{
	struct logreader_progress p = { reader->done, reader->total };

	if (reader->in != NULL)
		p.done += unpack_offset(reader->in);
	return p;
}
