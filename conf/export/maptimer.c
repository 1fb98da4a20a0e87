/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/export/maptimer.h"
#include "conf/base/readwrite.h"
#include "policy/settings.h"

static const char suffix[] = ".timer";

static void
maptimer_path(const char *path, char out[SETTINGS_PATH + sizeof(suffix)])
{
	snprintf(out, SETTINGS_PATH + sizeof(suffix), "%s%s", path, suffix);
}

int
maptimer_touch(const char *path, struct err *e)
{
	char stamp[SETTINGS_PATH + sizeof(suffix)];
	int fd, r;

	maptimer_path(path, stamp);
	fd = open_again(AT_FDCWD, stamp, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		return err_errno(e, "%s", stamp);
	r = futimens(fd, NULL);
	if (r < 0)
		err_errno(e, "%s", stamp);
	close(fd);
	return r;
}

bool
maptimer_is_running(const char *path, int64_t clock)
{
	char stamp[SETTINGS_PATH + sizeof(suffix)];
	struct stat st;

	maptimer_path(path, stamp);
	/* A second of the future: the clock was read before the file. */
	return lstat(stamp, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtim.tv_sec <= clock + 1 &&
	    clock - st.st_mtim.tv_sec <= MAPTIMER_AGE;
}
