/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "conf/base/standardio.h"

int
standardio_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int unusable = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free descriptor, which is this one. */
		if (errno != EBADF || open("/dev/null", unusable) != fd)
			return -1;
	}
	return 0;
}
