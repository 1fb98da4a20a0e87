/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock_shim - a program whose clock was set back
 *
 * Preloaded by tests/mta/lab.py. The clock that people set is as
 * many seconds behind as SHIM_BACK says; what counts on from the start of the
 * machine is not.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t which, struct timespec *out)
{
	const char *back = getenv("SHIM_BACK");
	long result = syscall(SYS_clock_gettime, which, out);

	if (result == 0 && which == CLOCK_REALTIME && back != NULL)
		out->tv_sec -= strtol(back, NULL, 10);
	return (int)result;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
