/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/state/statefile.h"
#include "conf/base/readwrite.h"

/* Why the file is refused; NULL when it is not. */
static const char *
statefile_problem(int folder, const struct stat *st)
{
	struct stat parent;

	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "is writable for users other than its owner";
	if (st->st_uid != 0 && (fstat(folder, &parent) < 0 ||
	    st->st_uid != parent.st_uid))
		return "does not belong to the folder's owner";
	return NULL;
}

enum statefile
statefile_open(int folder, const char *name, int *fd, struct err *e)
{
	/* O_NONBLOCK: opening a named pipe would wait for its writer. */
	int found = open_again(folder, name, O_RDONLY | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0);
	const char *problem;
	struct stat st;

	assert(strchr(name, '/') == NULL);
	if (found < 0 && errno == ENOENT)
		return STATEFILE_NONE;
	if (found < 0 && errno == ELOOP) {
		err_set(e, "%s is a symbolic link", name);
		return STATEFILE_INVALID;
	}
	if (found < 0 || fstat(found, &st) < 0) {
		err_errno(e, "%s", name);
		if (found >= 0)
			close(found);
		return STATEFILE_UNREADABLE;
	}
	problem = statefile_problem(folder, &st);
	if (problem != NULL) {
		err_set(e, "%s %s", name, problem);
		close(found);
		return STATEFILE_INVALID;
	}
	*fd = found;
	return STATEFILE_GOOD;
}

enum statefile
statefile_read(int folder, const char *name, size_t limit, struct arena *a,
    struct slice *out, struct err *e)
{
	enum statefile status;
	struct stat st;
	ssize_t n;
	char *text;
	int fd;

	*out = SLICE_NONE;
	status = statefile_open(folder, name, &fd, e);
	if (status != STATEFILE_GOOD)
		return status;
	if (fstat(fd, &st) < 0) {
		err_errno(e, "%s", name);
		close(fd);
		return STATEFILE_UNREADABLE;
	}
	if ((size_t)st.st_size > limit) {
		close(fd);
		err_set(e, "%s is too large for a state file", name);
		return STATEFILE_INVALID;
	}
	text = arena_alloc(a, (size_t)st.st_size + 1);
	n = read_all(fd, text, (size_t)st.st_size);
	if (n < 0) {
		err_errno(e, "%s", name);
		status = STATEFILE_UNREADABLE;
	} else
		*out = (struct slice){ text, (size_t)n };
	close(fd);
	return status;
}

int
statefile_write(int folder, const char *name, int flags, const char *text,
    size_t n, struct err *e)
{
	int fd = open_again(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | flags, 0640);
	size_t wrote;
	off_t before;

	assert(strchr(name, '/') == NULL);
	if (fd < 0)
		return err_errno(e, "%s", name);
	before = lseek(fd, 0, SEEK_END);
	if (write_all(fd, (struct slice){ text, n }, &wrote) < 0 ||
	    fsync(fd) < 0) {
		err_errno(e, "%s", name);
		/* The next line must not follow half of this one. */
		if (before >= 0 && ftruncate(fd, before) < 0)
			err_errno(e, "%s: truncating it", name);
		close(fd);
		return -1;
	}
	if (close(fd) < 0)
		return err_errno(e, "%s", name);
	return 0;
}

int
statefile_replace(int folder, const char *name, struct slice text,
    struct err *e)
{
	char new[PATH_MAX];

	snprintf(new, sizeof(new), "%s.new", name);
	if (statefile_write(folder, new, O_TRUNC, text.p, text.n, e) < 0)
		return -1;
	if (renameat(folder, new, folder, name) < 0 || fsync(folder) < 0)
		return err_errno(e, "%s", name);
	return 0;
}
