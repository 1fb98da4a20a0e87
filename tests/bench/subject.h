/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subject - one of the filters that are measured, all running at once
 */
#ifndef TESTS_BENCH_SUBJECT_H
#define TESTS_BENCH_SUBJECT_H

#include "policy/base/err.h"
#include "tests/driver/daemon.h"

enum { ROWS = 1000000, SUBJECT_PATH = 256 };

struct subject {
	const char *name;
	const char *kind;               /* "bare", "four", "daemon" */
	bool logs;                      /* daemon: one JSON line a decision */
	unsigned rows;                  /* daemon: of its table; 0: none */
	char folder[SUBJECT_PATH];      /* its own */
	char where[SUBJECT_PATH + 16];
	struct daemon daemon;
	double start_ms;                /* time until it listened */
};

/* Starts it in a new folder in folder. "bare" negotiates as the running daemon
 * like does. Returns -1 and fills e on failure. */
int subject_start(struct subject *s, const char *folder,
    const struct subject *like, struct err *e);
int subject_stop(struct subject *s, struct err *e);
#endif
