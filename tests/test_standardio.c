/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/base/standardio.h"
#include "tests/cases.h"

/* What a process sees that starts without the descriptors in closed, a mask:
 * 0, or the number of the check that failed. */
static int
start_without(unsigned closed)
{
	char c;

	for (int fd = 0; fd <= 2; fd++)
		if ((closed & 1U << fd) != 0)
			close(fd);
	if (standardio_open() < 0)
		return 1;
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 2;
	if (open("/dev/null", O_RDONLY) <= 2)
		return 3;
	if ((closed & 1) != 0 && read(0, &c, 1) >= 0)
		return 4;
	for (int fd = 1; fd <= 2; fd++)
		if ((closed & 1U << fd) != 0 && write(fd, "x", 1) >= 0)
			return 5;
	return 0;
}

static void
no_file_becomes_a_standard_descriptor(void **state ATTR_UNUSED)
{
	for (unsigned closed = 0; closed < 8; closed++) {
		int status = 0;
		pid_t child = fork();

		if (child == 0)
			_exit(start_without(closed));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("closed %#x: status %#x", closed,
			    (unsigned)status);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(no_file_becomes_a_standard_descriptor),
};

RUN_TESTS(tests)
