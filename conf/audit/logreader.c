/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/audit/logreader.h"
#include "conf/audit/gunzip.h"
#include "policy/base/arena.h"

enum {
	BUFFER = 256 * 1024,
	/* Longer lines are not of a decision log: see LIMIT_DECISION. */
	LINE = 128 * 1024
};

struct log_part {
	char *path;                     /* owns */
	const char *kind;               /* why it is not read: it is no regular
	                                 * file; or NULL */
	int fd;                         /* owns until it is read; -1: it could
	                                 * not be opened. Opened early, so a
	                                 * rotation meanwhile does not matter */
	dev_t dev;
	ino_t ino;
	bool live;                      /* the daemon may be writing to it */
	int64_t written;                /* nanoseconds since 1970 */
	uint64_t size;
};

struct logreader {
	struct lines lines;             /* first: it is cast to the reader */
	struct log_part *files;         /* owns; oldest first */
	size_t count;
	size_t at;                      /* the file being read */
	struct gunzip *in;              /* owns; NULL: that file is not open */
	unsigned long line;             /* lines of it read so far */
	uint64_t done;                  /* octets of the files before it */
	uint64_t total;                 /* octets of all files */
	char *buffer;                   /* owns */
	size_t from, to;                /* the unread part of the buffer */
};

static_assert(offsetof(struct logreader, lines) == 0, "lines is first");

static bool
logreader_is_listed(const struct logreader *reader, const struct stat *st)
{
	for (size_t i = 0; i < reader->count; i++)
		if (reader->files[i].dev == st->st_dev &&
		    reader->files[i].ino == st->st_ino)
			return true;
	return false;
}

/* What a file is that is no regular one; NULL: it is one. */
static const char *
logreader_kind_of(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case 0:                         /* not known */
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a FIFO";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFSOCK:
		return "a socket";
	}
	return "a device";
}

/*
 * Fills st and opens the file at path. A rotated file is never a symbolic link:
 * who replaced it by one could show another file at each reading. The log
 * itself may be one. Returns the descriptor; -1 with errno: it cannot be read,
 * and st is all zero when it is not known either.
 */
static int
logreader_open_part(const char *path, bool live, struct stat *st)
{
	int fd;

	*st = (struct stat){ .st_mode = 0 };
	if ((live ? stat(path, st) : lstat(path, st)) < 0)
		return -1;
	/* A FIFO is not opened: that could wake who writes to it. */
	if (!S_ISREG(st->st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
	    (live ? 0 : O_NOFOLLOW));
	if (fd >= 0 && fstat(fd, st) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Whether a file is to be left out: it is too old, or listed already. */
static bool
logreader_is_unwanted(const struct logreader *reader, const struct stat *st,
    int64_t since)
{
	if (st->st_mode == 0)
		return false;
	return (S_ISREG(st->st_mode) && st->st_mtim.tv_sec < since) ||
	    logreader_is_listed(reader, st);
}

/* Adds the file at path, unless it is unwanted. One that cannot be opened, or
 * is not a regular file, is listed too, so that reading it reports that. */
static void
logreader_add_file(struct logreader *reader, const char *path, int64_t since,
    bool live)
{
	struct stat st;
	struct log_part *file;
	int fd = logreader_open_part(path, live, &st);

	if (logreader_is_unwanted(reader, &st, since)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	reader->files = xrealloc(reader->files,
	    (reader->count + 1) * sizeof(*reader->files));
	file = &reader->files[reader->count++];
	*file = (struct log_part){ .path = xmalloc(strlen(path) + 1),
		.kind = logreader_kind_of(&st), .fd = fd, .dev = st.st_dev,
		.ino = st.st_ino, .live = live,
		.written = (int64_t)st.st_mtim.tv_sec * 1000000000 +
		st.st_mtim.tv_nsec, .size = (uint64_t)st.st_size };
	memcpy(file->path, path, strlen(path) + 1);
	reader->total += file->size;
}

/* path, escaped for glob(3), with pattern added. Returns new, for free(3). */
static char *
logreader_glob_pattern(const char *path, const char *pattern)
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
	/* The names that logrotate(8) and the daemon give to rotated files. */
	static const char *const patterns[] = { ".[0-9]*", "-[0-9]*" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		char *pattern = logreader_glob_pattern(path, patterns[i]);
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

/* Orders files from the oldest to the newest, for qsort(3). */
static int
logreader_compare_age(const void *a, const void *b)
{
	const struct log_part *x = a, *y = b;

	if (x->written != y->written)
		return x->written < y->written ? -1 : 1;
	/* With equal times "log.2" is older than "log.1", and that than
	 * "log". */
	return -strcmp(x->path, y->path);
}

void
logreader_close(struct logreader **reader)
{
	struct logreader *r = *reader;

	if (r == NULL)
		return;
	gunzip_close(&r->in);
	for (size_t i = 0; i < r->count; i++) {
		if (r->files[i].fd >= 0)
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
	assert(reader->at < reader->count);
	gunzip_close(&reader->in);
	reader->done += reader->files[reader->at].size;
	reader->at++;
	reader->from = reader->to = 0;
}

/* Whether the name is that of a file that a rotation compressed. All but gzip
 * are listed so that such a file is an error, and not read as text. */
static bool
logreader_name_is_compressed(const char *path)
{
	static const char *const ends[] = { ".gz", ".xz", ".bz2", ".zst",
		".lz4" };

	for (size_t i = 0; i < COUNT_OF(ends); i++)
		if (slice_ends(slice_of(path), slice_of(ends[i])))
			return true;
	return false;
}

/* Opens the next file; one that cannot be opened is skipped. */
static int
logreader_open_file(struct logreader *reader, struct err *e)
{
	struct log_part *file = &reader->files[reader->at];
	const char *path = file->path;

	assert(reader->in == NULL);
	reader->line = 0;
	if (file->fd < 0 && file->kind == NULL)
		file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK |
		    O_NOCTTY | (file->live ? 0 : O_NOFOLLOW));
	if (file->fd >= 0) {
		reader->in = gunzip_open(file->fd,
		    logreader_name_is_compressed(path));
		file->fd = -1;          /* gunzip_close() closes it */
		return 0;
	}
	if (file->kind != NULL)
		err_at(e, path, 0, "is %s, not a regular file: what was "
		    "logged there cannot be read", file->kind);
	else
		err_errno(e, "%s", path);
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
	return reader->files[reader->at < reader->count ? reader->at
	    : reader->count - 1].path;
}

/* At the end of a file: 0, or -1 with e filled when half a line is left. */
static int
logreader_end_file(const struct logreader *reader, struct err *e)
{
	if (reader->to == 0 || (reader->files[reader->at].live &&
	    !gunzip_is_compressed(reader->in)))
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
	got = gunzip_read(reader->in, reader->buffer + reader->to,
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
	while (reader->at < reader->count) {
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
	struct logreader *reader = xcalloc(1, sizeof(*reader));

	reader->lines.next = logreader_next;
	/* path itself is read however old it is. It is listed first: when it is
	 * renamed meanwhile, it is found among the rotated files and skipped
	 * there; listed last, it would be missed. */
	if (access(path, F_OK) == 0 || errno != ENOENT)
		logreader_add_file(reader, path, 0, true);
	if (rotated)
		logreader_add_rotated(reader, path, since);
	if (reader->count == 0) {
		errno = ENOENT;
		err_errno(e, "%s", path);
		logreader_close(&reader);
		return NULL;
	}
	if (reader->count > 1)
		qsort(reader->files, reader->count, sizeof(*reader->files),
		    logreader_compare_age);
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
		p.done += gunzip_offset(reader->in);
	return p;
}
