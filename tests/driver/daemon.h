/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemon - a milter process under test: started, watched, stopped
 */
#ifndef TESTS_DRIVER_DAEMON_H
#define TESTS_DRIVER_DAEMON_H

#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct daemon {
	pid_t pid;                      /* 0: not running */
	int out;                        /* its standard error, read end */
	char *said;                     /* owns; what it wrote so far */
	size_t said_n;
	size_t said_room;
};

/* Where the daemon under test is: $ENFORCETLSD, or ./enforcetlsd. */
const char *daemon_program(void);

/* Starts argv[0]; waits for its socket at path, NULL: does not wait. */
int daemon_start(struct daemon *d, const char *const *argv,
    const char *path, struct err *e);
/*
 * Sends sig (0: none) and waits for the end. Returns the exit status, 128 +
 * the signal's number when a signal ended it, or -1 and e when it did not
 * end in ten seconds (it is then killed).
 */
int daemon_stop(struct daemon *d, int sig, struct err *e);
/* Forgets what it said, once it was stopped. */
void daemon_clear(struct daemon *d);
void daemon_signal(const struct daemon *d, int sig);

/* Whether it has said text by now or does within wait_ms; from is where in
 * what it said to begin. */
bool daemon_said(struct daemon *d, size_t from, const char *text,
    unsigned wait_ms);
/* Reads what it has said without waiting. */
void daemon_listen(struct daemon *d);

/* A line of /proc/PID/status in KiB: "VmRSS"; 0: unknown. */
unsigned long daemon_memory(const struct daemon *d, const char *what);
/* CPU time used so far in microseconds, user and system. */
unsigned long daemon_cpu_us(const struct daemon *d);
unsigned daemon_descriptors(const struct daemon *d);

/* Milliseconds of a clock that only goes forward. */
double now_ms(void);
#endif
