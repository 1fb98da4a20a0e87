/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/state/statefolder.h"
#include "conf/base/readwrite.h"

static const char lock_file[] = "lock";

enum {
	/* How long to wait for the lock, and between two attempts. */
	LOCK_MS = 10000,
	PAUSE_MS = 10
};

int
statefolder_open(const char *path, struct err *e)
{
	int fd = open_again(AT_FDCWD, path, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC, 0);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_kind(e, ENOENT, "there is no state folder %s: "
		    "mount it, or make it with install -d -o USER -m 0750, "
		    "USER being that of the policy", path);
	if (fd < 0)
		return err_errno(e, "state folder %s", path);
	if (fstat(fd, &st) >= 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	close(fd);
	return err_set(e, "state folder %s is writable for users other than "
	    "its owner: chmod go-w it", path);
}

void
statefolder_pause(void)
{
	struct timespec pause = { 0, PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Waits up to LOCK_MS: the process that has the lock may hang on a failed
 * disk. */
static int
statefolder_wait(int lock, const char *path, struct err *e)
{
	for (int waited = 0; flock(lock, LOCK_EX | LOCK_NB) < 0;
	     waited += PAUSE_MS) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    waited >= LOCK_MS)
			return err_errno(e, "%s/%s", path, lock_file);
		statefolder_pause();
	}
	return 0;
}

int
statefolder_lock(int folder, const char *path, struct err *e)
{
	int lock = open_again(folder, lock_file, O_RDWR | O_CREAT |
	    O_CLOEXEC | O_NOFOLLOW, 0640);

	if (lock < 0)
		return err_errno(e, "%s/%s", path, lock_file);
	if (statefolder_wait(lock, path, e) == 0)
		return lock;
	close(lock);
	return -1;
}
