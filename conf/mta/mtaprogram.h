/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mtaprogram - runs a program of the MTA and reads the lines that it prints
 *
 * Without a shell, with an environment of its own, and within limits of time
 * and size: a queue may be large, and a program may hang.
 */
#ifndef CONF_MTA_MTAPROGRAM_H
#define CONF_MTA_MTAPROGRAM_H

#include "conf/base/unix_user.h"
#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

enum {
	/* Seconds. Sendmail waits 60 for a host name that is not known. */
	MTAPROGRAM_SECONDS = 150,
	/* Octets of one line: Postfix prints all recipients of a message on
	 * one, and accepts no more than some ten thousand. */
	MTAPROGRAM_LINE = 16 << 20,
	/* Octets of all lines: a queue of a million messages. */
	MTAPROGRAM_OUTPUT = 1 << 30
};

/* Takes a line without its newline, which borrows for the call. Returns -1 with
 * e filled to stop. */
typedef int mtaprogram_line_fn(void *data, struct slice line, struct err *e);

/*
 * Runs argv, which ends with NULL; argv[0] has to be an absolute path. Calls
 * take with data for each line of its standard output. -1 with e filled when it
 * cannot be run, exceeds a limit, or ends with another status than 0; the error
 * then has the first line that it wrote to its standard error, escaped.
 * e->number is the errno of a program that cannot be run.
 */
int mtaprogram_run(const char *const *argv, mtaprogram_line_fn *take,
    void *data, struct err *e);

/* Writes the path of the program that the process runs, without a NUL, and
 * whether its file was removed or replaced since. Returns the length, cut to
 * size; -1 with errno set. */
ssize_t mtaprogram_of(pid_t pid, char *path, size_t size, bool *replaced);

/* What a program is asked on its standard input. */
struct mtaprogram_question {
	const struct unix_user *user;   /* whom root runs it as; NULL: itself.
	                                 * Anybody else runs it as themselves */
	struct slice input;
	int nothing;                    /* the status with which it ends when
	                                 * it has nothing to answer */
	const char *harmless;           /* is in each line of its standard
	                                 * error that is no failure then */
};

/* The same, with a standard input. An end with the status for nothing is no
 * failure unless it complains of something else. */
int mtaprogram_ask(const char *const *argv,
    const struct mtaprogram_question *q, mtaprogram_line_fn *take, void *data,
    struct err *e);
#endif
