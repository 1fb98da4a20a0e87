/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/readwrite.h"

enum { TRIES = 6, PAUSE_MS = 100 };

bool
failure_may_pass(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	    error == EAGAIN || error == EINTR || error == EIO;
}

int
open_again(int folder, const char *path, int flags, mode_t mode)
{
	struct timespec pause = { 0, PAUSE_MS * 1000000L };
	int fd = openat(folder, path, flags, mode);

	for (int i = 1; i < TRIES && fd < 0 && failure_may_pass(errno); i++) {
		nanosleep(&pause, NULL);
		fd = openat(folder, path, flags, mode);
	}
	return fd;
}

ssize_t
read_all(int fd, char *to, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = read(fd, to + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	assert(done <= n);
	return (ssize_t)done;
}

int
write_all(int fd, struct slice text, size_t *wrote)
{
	*wrote = 0;
	while (*wrote < text.n) {
		ssize_t put = write(fd, text.p + *wrote, text.n - *wrote);

		if (put < 0 && errno == EINTR)
			continue;
		if (put == 0)
			errno = ENOSPC;
		if (put <= 0)
			return -1;
		*wrote += (size_t)put;
	}
	assert(*wrote == text.n);
	return 0;
}
