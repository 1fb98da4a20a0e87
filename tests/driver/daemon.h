/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * daemon - starts, watches and stops a milter process under test
 */
#ifndef TESTS_DRIVER_DAEMON_H
#define TESTS_DRIVER_DAEMON_H

#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Sanitizers keep freed memory and put more around each piece, so memory cannot
 * be measured with them. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_TELLS false
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_TELLS false
#endif
#ifndef MEMORY_TELLS
#define MEMORY_TELLS true
#endif

struct daemon {
	pid_t pid;                      /* 0: not running */
	int out;                        /* its standard error, read end */
	char *output;                   /* owns; what it printed so far */
	size_t output_n;
	size_t output_room;
};

/* The path of the daemon under test: $ENFORCETLSD, or ./enforcetlsd. */
const char *daemon_program(void);

/* Starts argv[0] and waits for its socket at path, if path is not NULL.
 * Returns -1 and fills e on failure. */
int daemon_start(struct daemon *d, const char *const *argv,
    const char *path, struct err *e);
/*
 * Sends sig (0: none) and waits for the end. Returns the exit status, or 128 +
 * the signal's number if a signal ended it. If it does not end in ten seconds,
 * kills it and returns -1 and fills e.
 */
int daemon_stop(struct daemon *d, int sig, struct err *e);
/* Frees the output of a stopped daemon. */
void daemon_clear(struct daemon *d);
void daemon_signal(const struct daemon *d, int sig);

/* Whether its output from offset `from` on contains text, now or soon (it waits
 * for that). */
bool daemon_printed(struct daemon *d, size_t from, const char *text);
/* Reads its output without waiting. */
void daemon_read_output(struct daemon *d);

/* A line of /proc/PID/status in KiB: "VmRSS"; 0: unknown. */
unsigned long daemon_memory(const struct daemon *d, const char *what);
/* Its CPU time so far in microseconds, user and system. */
unsigned long daemon_cpu_us(const struct daemon *d);
unsigned daemon_descriptors(const struct daemon *d);

/* Milliseconds of the monotonic clock. */
double now_ms(void);
#endif
