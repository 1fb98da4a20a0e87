/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/base/readwrite.h"
#include "tests/cases.h"

enum { MUCH = 300000 };                 /* more than a pipe holds */

static char sent[MUCH], came[MUCH + 1];

static void
on_alarm(int number ATTR_UNUSED)
{
}

/* Signals that interrupt every few milliseconds, until turned off. */
static void
interrupt(bool on)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { { 0, on ? 2000 : 0 }, { 0, on ? 2000 : 0 } };

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* A child that reads a pipe slowly, and fails unless it gets everything. */
static pid_t
slow_reader(const int fds[2])
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	close(fds[1]);
	usleep(20000);
	_exit(read_all(fds[0], came, sizeof(came)) == MUCH &&
	    memcmp(came, sent, MUCH) == 0 ? 0 : 1);
}

static void
signals_and_short_counts_are_retried(void **state ATTR_UNUSED)
{
	int fds[2], status;
	size_t wrote;
	pid_t child;

	for (size_t i = 0; i < MUCH; i++)
		sent[i] = (char)(i % 251);
	assert_int_equal(pipe(fds), 0);
	child = slow_reader(fds);
	close(fds[0]);
	interrupt(true);
	assert_int_equal(write_all(fds[1], (struct slice){ sent, MUCH },
	    &wrote), 0);
	interrupt(false);
	assert_int_equal(wrote, MUCH);
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
a_read_waits_for_what_comes_in_pieces(void **state ATTR_UNUSED)
{
	int fds[2], status;
	pid_t child;
	char text[8];

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		size_t wrote;

		for (int i = 0; i < 3; i++) {
			usleep(5000);
			write_all(fds[1], SLICE("ab"), &wrote);
		}
		_exit(0);
	}
	close(fds[1]);
	interrupt(true);
	assert_int_equal(read_all(fds[0], text, 5), 5);
	assert_memory_equal(text, "ababa", 5);
	assert_int_equal(read_all(fds[0], text, sizeof(text)), 1);
	interrupt(false);
	assert_int_equal(read_all(fds[0], text, sizeof(text)), 0);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void
failures_say_why_and_how_far(void **state ATTR_UNUSED)
{
	int fd = open("/dev/full", O_WRONLY);
	char text[4];
	size_t wrote = 7;

	assert_int_equal(read_all(-1, text, sizeof(text)), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(write_all(-1, SLICE("x"), &wrote), -1);
	assert_int_equal(wrote, 0);
	if (fd < 0)
		return;
	assert_int_equal(write_all(fd, SLICE("x"), &wrote), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(wrote, 0);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(signals_and_short_counts_are_retried),
	cmocka_unit_test(a_read_waits_for_what_comes_in_pieces),
	cmocka_unit_test(failures_say_why_and_how_far),
};

RUN_TESTS(tests)
