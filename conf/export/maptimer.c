/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/export/maptimer.h"
#include "conf/base/readwrite.h"
#include "policy/base/slice.h"
#include "policy/settings.h"

static const char suffix[] = ".timer";

/* Octets of what is noted: three numbers of 18 digits, and what is between
 * them. */
enum { MAPTIMER_LINE = 57 };

static void
maptimer_path(const char *path, char out[SETTINGS_PATH + sizeof(suffix)])
{
	snprintf(out, SETTINGS_PATH + sizeof(suffix), "%s%s", path, suffix);
}

static int
maptimer_open(const char *path, char stamp[SETTINGS_PATH + sizeof(suffix)],
    struct err *e)
{
	int fd;

	maptimer_path(path, stamp);
	fd = open_again(AT_FDCWD, stamp, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		err_errno(e, "%s", stamp);
	return fd;
}

int
maptimer_touch(const char *path, struct err *e)
{
	char stamp[SETTINGS_PATH + sizeof(suffix)];
	int fd = maptimer_open(path, stamp, e), r;

	if (fd < 0)
		return -1;
	r = futimens(fd, NULL);
	if (r < 0)
		err_errno(e, "%s", stamp);
	close(fd);
	return r;
}

/* The latest time that the runs over one file have seen. */
struct maptimer_seen {
	long written;                   /* the file's, in seconds */
	long now_ms;
	long steady_ms;                 /* then */
};

/* All zero when nothing was noted. */
static struct maptimer_seen
maptimer_read(int fd)
{
	struct maptimer_seen seen = { .written = 0 }, none = seen;
	long *const numbers[] = { &seen.written, &seen.now_ms,
		&seen.steady_ms };
	char text[MAPTIMER_LINE + 1];
	ssize_t n = pread(fd, text, sizeof(text), 0);
	struct slice rest, word;

	if (n != MAPTIMER_LINE || text[n - 1] != '\n')
		return none;
	rest = (struct slice){ text, (size_t)n - 1 };
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (!slice_next(&rest, ' ', &word) ||
		    !slice_int(word, 0, LONG_MAX, numbers[i]))
			return none;
	return seen;
}

/* In place, and always as long: there is room for it on a full disk. */
static int
maptimer_write(int fd, const struct maptimer_seen *seen)
{
	char text[MAPTIMER_LINE + 1];
	int n = snprintf(text, sizeof(text), "%018ld %018ld %018ld\n",
	    seen->written, seen->now_ms, seen->steady_ms);

	return n == MAPTIMER_LINE && pwrite(fd, text, (size_t)n, 0) == n
	    ? 0 : -1;
}

int
maptimer_tell(const char *path, int64_t written, int64_t clock,
    int64_t steady_ms, int64_t *now, struct err *e)
{
	char stamp[SETTINGS_PATH + sizeof(suffix)];
	struct maptimer_seen seen = { .written = 0 };
	int fd = maptimer_open(path, stamp, e), r = -1;

	if (fd >= 0)
		seen = maptimer_read(fd);
	if (seen.written != written)
		seen.now_ms = written * 1000;
	else if (steady_ms > seen.steady_ms)
		/* Less than has passed, if the machine was started anew. */
		seen.now_ms += steady_ms - seen.steady_ms;
	if (seen.now_ms < clock * 1000)
		seen.now_ms = clock * 1000;
	seen.written = written;
	seen.steady_ms = steady_ms;
	*now = seen.now_ms / 1000;
	if (fd >= 0) {
		r = maptimer_write(fd, &seen);
		if (r < 0)
			err_errno(e, "%s", stamp);
		close(fd);
	}
	return r;
}

int64_t
maptimer_steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
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
