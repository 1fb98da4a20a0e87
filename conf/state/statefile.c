/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/state/statefile.h"
#include "conf/base/readwrite.h"

/* NULL, or what makes it no file of this program's. */
static const char *
statefile_what_is_wrong(int folder, const struct stat *st)
{
	struct stat parent;

	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "is writable for users other than its owner";
	if (st->st_uid != 0 && (fstat(folder, &parent) == -1 ||
	    st->st_uid != parent.st_uid))
		return "does not belong to the folder's owner";
	return NULL;
}

enum statefile
statefile_open(int folder, const char *name, int *fd, struct err *e)
{
	/* A pipe would be waited for. */
	int found = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	const char *wrong;
	struct stat st;

	if (found == -1 && errno == ENOENT)
		return STATEFILE_NONE;
	if (found == -1 && errno == ELOOP) {
		err_set(e, "%s is a symbolic link", name);
		return STATEFILE_WRONG;
	}
	if (found == -1 || fstat(found, &st) == -1) {
		err_errno(e, "%s", name);
		if (found != -1)
			close(found);
		return STATEFILE_UNREADABLE;
	}
	wrong = statefile_what_is_wrong(folder, &st);
	if (wrong != NULL) {
		err_set(e, "%s %s", name, wrong);
		close(found);
		return STATEFILE_WRONG;
	}
	*fd = found;
	return STATEFILE_GOOD;
}

enum statefile
statefile_read(int folder, const char *name, size_t limit, struct arena *a,
    struct slice *out, struct err *e)
{
	enum statefile is;
	struct stat st;
	ssize_t n;
	char *text;
	int fd;

	*out = SLICE_NONE;
	is = statefile_open(folder, name, &fd, e);
	if (is != STATEFILE_GOOD)
		return is;
	if (fstat(fd, &st) == -1 || (size_t)st.st_size > limit) {
		close(fd);
		err_set(e, "%s is too large for a state file", name);
		return STATEFILE_WRONG;
	}
	text = arena_alloc(a, (size_t)st.st_size + 1);
	n = read_all(fd, text, (size_t)st.st_size);
	if (n == -1) {
		err_errno(e, "%s", name);
		is = STATEFILE_UNREADABLE;
	} else
		*out = (struct slice){ text, (size_t)n };
	close(fd);
	return is;
}

int
statefile_write(int folder, const char *name, int flags, const char *text,
    size_t n, struct err *e)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | flags, 0640);
	size_t wrote;
	off_t before;

	if (fd == -1)
		return err_errno(e, "%s", name);
	before = lseek(fd, 0, SEEK_END);
	if (write_all(fd, (struct slice){ text, n }, &wrote) == -1 || fsync(fd) == -1) {
		err_errno(e, "%s", name);
		/* Never half a line in front of a good one. */
		if (before >= 0 && ftruncate(fd, before) == -1)
			err_errno(e, "%s: truncating it", name);
		close(fd);
		return -1;
	}
	if (close(fd) == -1)
		return err_errno(e, "%s", name);
	return 0;
}
