/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conf/base/textfile.h"
#include "conf/base/readers.h"
#include "conf/base/readwrite.h"
#include "policy/base/arena.h"

/* libconfig counts bytes in an int. */
enum { LARGEST = 1 << 30 };

static bool
textfile_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int
textfile_check_kind(const char *path, const struct stat *st, struct err *e)
{
	if (S_ISDIR(st->st_mode))
		return err_at(e, path, 0, "this is a folder, not a file");
	if (!S_ISREG(st->st_mode))
		return err_at(e, path, 0, "not a regular file");
	if (st->st_size > LARGEST)
		return err_at(e, path, 0, "larger than 1 GiB");
	return 0;
}

/* Reads fd; out->text may be allocated on failure too. */
static int
textfile_read_unchanged(int fd, const char *path, struct textfile *out,
    struct err *e)
{
	struct stat before, after;
	size_t room;
	ssize_t n;

	if (fstat(fd, &before) < 0)
		return err_at(e, path, 0, "cannot be read: %s",
		    strerror(errno));
	if (textfile_check_kind(path, &before, e) < 0)
		return -1;
	room = (size_t)before.st_size + 1;
	out->text = xmalloc(room + 2);
	/* One byte more than the file had shows that it has grown. */
	n = read_all(fd, out->text, room);
	if (n < 0 || fstat(fd, &after) < 0)
		return err_at(e, path, 0, "cannot be read: %s",
		    strerror(errno));
	out->n = (size_t)n;
	if (out->n != (size_t)before.st_size ||
	    after.st_size != before.st_size ||
	    !textfile_same_time(before.st_mtim, after.st_mtim))
		return err_at(e, path, 0,
		    "changed while it was being read: try again");
	out->device = before.st_dev;
	out->inode = before.st_ino;
	out->writable = (before.st_mode & (S_IWGRP | S_IWOTH)) != 0;
	return 0;
}

int
textfile_read(const char *path, struct textfile *out, struct err *e)
{
	struct textfile new = { .path = path, .name = path };
	/* O_NONBLOCK: opening a named pipe would wait for its writer. */
	int fd = open_again(AT_FDCWD, path, O_RDONLY | O_CLOEXEC |
	    O_NONBLOCK | O_NOCTTY, 0);
	int result, number = errno;
	char who[READERS_TEXT];

	if (fd < 0)
		return err_at(e, path, 0, "cannot be opened: %s%s",
		    strerror(number), readers_of(number, path, who));
	result = textfile_read_unchanged(fd, path, &new, e);
	close(fd);
	if (result < 0) {
		free(new.text);
		return -1;
	}
	assert(new.text != NULL && new.n <= LARGEST);
	new.text[new.n] = '\n';
	new.text[new.n + 1] = '\0';
	*out = new;
	return 0;
}

int
textfile_check_bytes(const struct textfile *file, struct err *e)
{
	const char *nul = memchr(file->text, '\0', file->n);
	unsigned line = 1;

	if (slice_starts((struct slice){ file->text, file->n },
	    SLICE("\xef\xbb\xbf")))
		return err_at(e, file->path, 1, "begins with a byte order "
		    "mark: save it as UTF-8 without one");
	if (nul == NULL)
		return 0;
	for (const char *p = file->text; p < nul; p++)
		line += *p == '\n';
	return err_at(e, file->path, line, "a NUL byte: this is not a text "
	    "file");
}

void
textfile_clear(struct textfile *file)
{
	free(file->text);
	file->text = NULL;
	file->n = 0;
}
