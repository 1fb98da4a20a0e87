/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "conf/audit/logreader.h"
#include "policy/base/arena.h"

enum {
	BUFFER = 256 * 1024,
	/* A line of ours is at most LIMIT_DECISION; what is longer is none. */
	LINE = 128 * 1024
};

struct log_part {
	char *path;                     /* owns */
	int fd;                         /* owns until it is read; opened at
	                                 * once: a rename moves names only */
	dev_t dev;
	ino_t ino;
	bool live;                      /* may be written to now */
	int64_t written;                /* nanoseconds since 1970 */
	uint64_t size;
};

struct logreader {
	struct lines lines;
	struct log_part *files; /* owns; oldest first */
	size_t count;
	size_t at;                      /* the file being read */
	gzFile in;                      /* owns; NULL: the next is not open */
	unsigned long line;
	uint64_t done;                  /* of the files before */
	uint64_t total;
	char *buffer;                   /* owns */
	size_t from, to;                /* what is left in it */
};

static bool
logreader_is_listed(const struct logreader *reader, const struct stat *st)
{
	for (size_t i = 0; i < reader->count; i++)
		if (reader->files[i].dev == st->st_dev &&
		    reader->files[i].ino == st->st_ino)
			return true;
	return false;
}

/* One that is there and cannot be opened is listed too, to be told of. */
static void
logreader_add_file(struct logreader *reader, const char *path, int64_t since,
    bool live)
{
	struct stat st;
	struct log_part *file;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if ((fd == -1 ? stat(path, &st) : fstat(fd, &st)) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_mtim.tv_sec < since ||
	    logreader_is_listed(reader, &st)) {
		if (fd != -1)
			close(fd);
		return;
	}
	reader->files = xrealloc(reader->files,
	    (reader->count + 1) * sizeof(*reader->files));
	file = &reader->files[reader->count++];
	*file = (struct log_part){ .path = xmalloc(strlen(path) + 1),
		.fd = fd, .dev = st.st_dev, .ino = st.st_ino, .live = live,
		.written = (int64_t)st.st_mtim.tv_sec * 1000000000 +
		st.st_mtim.tv_nsec, .size = (uint64_t)st.st_size };
	memcpy(file->path, path, strlen(path) + 1);
	reader->total += file->size;
}

/* Text for glob(3) that stands for itself. */
static char *
logreader_quoted(const char *path, const char *pattern)
{
	size_t n = strlen(path), k = 0;
	char *out = xmalloc(2 * n + strlen(pattern) + 1);

	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[]\\", path[i]) != NULL)
			out[k++] = '\\';
		out[k++] = path[i];
	}
	memcpy(out + k, pattern, strlen(pattern) + 1);
	return out;
}

static void
logreader_add_rotated(struct logreader *reader, const char *path, int64_t since)
{
	/* What logrotate(8) and this daemon make of a name. */
	static const char *const patterns[] = { ".[0-9]*", "-[0-9]*" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		char *pattern = logreader_quoted(path, patterns[i]);
		glob_t found;

		if (glob(pattern, 0, NULL, &found) == 0) {
			for (size_t k = 0; k < found.gl_pathc; k++)
				logreader_add_file(reader, found.gl_pathv[k],
				    since, false);
			globfree(&found);
		}
		free(pattern);
	}
}

static int
logreader_by_age(const void *a, const void *b)
{
	const struct log_part *x = a, *y = b;

	if (x->written != y->written)
		return x->written < y->written ? -1 : 1;
	/* Written in one tick: "log.2" is older than "log.1" than "log". */
	return -strcmp(x->path, y->path);
}

void
logreader_close(struct logreader **reader)
{
	struct logreader *r = *reader;

	if (r == NULL)
		return;
	if (r->in != NULL)
		gzclose(r->in);
	for (size_t i = 0; i < r->count; i++) {
		if (r->files[i].fd != -1)
			close(r->files[i].fd);
		free(r->files[i].path);
	}
	free(r->files);
	free(r->buffer);
	free(r);
	*reader = NULL;
}

static void
logreader_next_file(struct logreader *reader)
{
	if (reader->in != NULL)
		gzclose(reader->in);
	reader->in = NULL;
	reader->done += reader->files[reader->at].size;
	reader->at++;
	reader->from = reader->to = 0;
}

static bool
logreader_open_file(struct logreader *reader, struct err *e)
{
	struct log_part *file = &reader->files[reader->at];
	const char *path = file->path;

	reader->line = 0;
	reader->in = file->fd == -1 ? gzopen(path, "rbe")
	    : gzdopen(file->fd, "rb");
	if (reader->in != NULL) {
		file->fd = -1;          /* gzclose(3) closes it */
		gzbuffer(reader->in, BUFFER);
		return true;
	}
	err_errno(e, "%s", path);
	logreader_next_file(reader);
	return false;
}

/* Cuts a line off the buffer; false when none is whole in it. */
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

/* zlib's words, without its name for a file. */
static const char *
logreader_what_failed(gzFile in)
{
	int error;
	const char *text = gzerror(in, &error);
	const char *behind = text[0] == '<' ? strstr(text, ">: ") : NULL;

	return behind == NULL ? text : behind + 3;
}

static const char *
logreader_file(const struct logreader *reader)
{
	return reader->files[reader->at < reader->count ? reader->at
	    : reader->count - 1].path;
}

/* Reads more behind what is left: 1, 0 at the end of the file, -1. */
static int
logreader_fill(struct logreader *reader, struct err *e)
{
	int got, error;

	memmove(reader->buffer, reader->buffer + reader->from,
	    reader->to - reader->from);
	reader->to -= reader->from;
	reader->from = 0;
	if (reader->to >= LINE)
		return err_at(e, logreader_file(reader),
		    (unsigned)reader->line + 1, "a line is too long: this is "
		    "not a decision log");
	got = gzread(reader->in, reader->buffer + reader->to,
	    (unsigned)(BUFFER - reader->to));
	if (got > 0) {
		reader->to += (size_t)got;
		return 1;
	}
	/* A .gz that was cut off ends with an error, not like a file. */
	if (got == 0 && (gzerror(reader->in, &error), error != Z_BUF_ERROR)) {
		if (reader->to == 0 || reader->files[reader->at].live)
			return 0;
		return err_at(e, logreader_file(reader),
		    (unsigned)reader->line + 1, "ends in the middle of a line");
	}
	return err_at(e, logreader_file(reader), (unsigned)reader->line,
	    "cannot be read to its end: %s", logreader_what_failed(reader->in));
}

static bool
logreader_next(struct lines *lines, struct logline *out, struct err *e)
{
	struct logreader *reader = (struct logreader *)lines;

	e->text[0] = '\0';
	while (reader->at < reader->count) {
		int got;

		if (reader->in == NULL && !logreader_open_file(reader, e))
			return false;
		if (logreader_cut_line(reader, &out->text)) {
			out->file = logreader_file(reader);
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
	struct logreader *reader = xcalloc(1, sizeof(*reader));
	struct stat st;

	reader->lines.next = logreader_next;
	/* The file named itself is read however old it is, and first: what
	 * is renamed meanwhile is found among the rotated as well. */
	logreader_add_file(reader, path, 0, true);
	if (rotated)
		logreader_add_rotated(reader, path, since);
	if (reader->count == 0) {
		if (stat(path, &st) == -1)
			err_errno(e, "%s", path);
		else
			err_set(e, "%s is not a regular file", path);
		logreader_close(&reader);
		return NULL;
	}
	if (reader->count > 1)
		qsort(reader->files, reader->count, sizeof(*reader->files),
		    logreader_by_age);
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

	if (reader->in != NULL) {
		z_off_t offset = gzoffset(reader->in);

		if (offset > 0)
			p.done += (uint64_t)offset;
	}
	return p;
}
