/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#include "conf/base/readwrite.h"

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
