/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/audit/logfollow.h"
#include "policy/base/arena.h"

enum {
	STEP_MS = 250,
	/* No line of a decision log is longer: see LIMIT_DECISION. */
	BUFFER = 256 * 1024
};

struct logfollow {
	const char *path;               /* borrows */
	int fd;                         /* owns; -1: there is no file */
	struct stat file;               /* that fd is of */
	off_t offset;                   /* octets of it read so far */
	char *buffer;                   /* owns */
	size_t from, to;                /* the unread part of the buffer */
	unsigned long line;
	unsigned long skip;             /* lines to leave out */
};

/* Opens the file that path names now; leaves fd -1 when there is none. */
static int
logfollow_open_file(struct logfollow *f, struct err *e)
{
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	f->offset = 0;
	f->from = f->to = 0;
	f->line = 0;
	if (f->fd < 0)
		return errno == ENOENT ? 0 : err_file(e, f->path);
	if (fstat(f->fd, &f->file) < 0)
		return err_file(e, f->path);
	return S_ISREG(f->file.st_mode) ? 0
	    : err_at(e, f->path, 0, "is not a regular file");
}

struct logfollow *
logfollow_open(const char *path)
{
	struct logfollow *f = xcalloc(1, sizeof(*f));
	struct err e;

	assert(path != NULL);
	f->path = path;
	f->buffer = xmalloc(BUFFER);
	/* logfollow_next() tries again, and reports. */
	if (logfollow_open_file(f, &e) < 0 && f->fd >= 0) {
		close(f->fd);
		f->fd = -1;
	}
	return f;
}

void
logfollow_close(struct logfollow **follow)
{
	struct logfollow *f = *follow;

	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->buffer);
	free(f);
	*follow = NULL;
}

void
logfollow_skip_all(struct logfollow *f)
{
	char last = '\n';
	off_t end = f->fd < 0 ? 0 : lseek(f->fd, 0, SEEK_END);

	if (end <= 0)
		return;
	f->offset = end;
	/* A line that is being written now is a later one. */
	while (f->offset > 0 && pread(f->fd, &last, 1, f->offset - 1) == 1 &&
	    last != '\n')
		f->offset--;
}

void
logfollow_skip(struct logfollow *f, unsigned long n)
{
	f->skip = n;
}

/* Cuts a complete line off the buffer. */
static bool
logfollow_cut(struct logfollow *f, struct logline *out)
{
	struct slice rest = { f->buffer + f->from, f->to - f->from };
	size_t n = slice_find(rest, '\n');

	if (n == rest.n)
		return false;
	f->from += n + 1;
	*out = (struct logline){ slice_head(rest, n), f->path, ++f->line };
	return true;
}

/* Reads more: 1, or 0 when there is none now, or -1 with e filled. */
static int
logfollow_fill(struct logfollow *f, struct err *e)
{
	ssize_t n;

	memmove(f->buffer, f->buffer + f->from, f->to - f->from);
	f->to -= f->from;
	f->from = 0;
	if (f->to == BUFFER)
		return err_at(e, f->path, 0, "a line is too long: this is not "
		    "a decision log");
	n = pread(f->fd, f->buffer + f->to, BUFFER - f->to, f->offset);
	if (n < 0)
		return err_file(e, f->path);
	f->to += (size_t)n;
	f->offset += n;
	return n > 0 ? 1 : 0;
}

/* Whether path names another file by now, or the file was emptied. */
static bool
logfollow_has_moved(const struct logfollow *f)
{
	struct stat now, own;

	if (fstat(f->fd, &own) == 0 && own.st_size < f->offset)
		return true;
	return stat(f->path, &now) == 0 && (now.st_dev != f->file.st_dev ||
	    now.st_ino != f->file.st_ino);
}

/* Reads on, in the next file where this one has its end. 1, 0 or -1 as
 * logfollow_fill(). */
static int
logfollow_read_on(struct logfollow *f, struct err *e)
{
	bool moved;
	int got;

	if (f->fd < 0) {
		if (logfollow_open_file(f, e) < 0)
			return -1;
		if (f->fd < 0)
			return 0;
	}
	/* Asked first: what was written before the rename is read below. */
	moved = logfollow_has_moved(f);
	got = logfollow_fill(f, e);
	if (got != 0 || !moved)
		return got;
	close(f->fd);
	f->skip = 0;
	return logfollow_open_file(f, e) < 0 ? -1 : f->fd < 0 ? 0
	    : logfollow_fill(f, e);
}

bool
logfollow_next(struct logfollow *f, int wait_ms, struct logline *out,
    struct err *e)
{
	int waited = 0;

	e->text[0] = '\0';
	for (;;) {
		int got;

		if (logfollow_cut(f, out)) {
			if (f->skip == 0)
				return true;
			f->skip--;
			continue;
		}
		got = logfollow_read_on(f, e);
		if (got < 0 || (got == 0 && waited >= wait_ms))
			return false;
		if (got > 0)
			continue;
		poll(NULL, 0, STEP_MS);
		waited += STEP_MS;
	}
}
