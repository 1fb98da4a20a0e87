/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - many SMTP sessions' worth of milter protocol, from one thread
 *
 * Keeps a number of sessions busy with messages, each on its own connection,
 * and holds every answer against the one that is right.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "policy/base/err.h"
#include "tests/driver/wire.h"

/* Of the messages, one in so many has a recipient first whose destination
 * asks for more than the session has. */
enum { LOAD_STRICT = 16 };

struct load {
	const char *where;              /* "unix:PATH" */
	unsigned sessions;              /* busy ones */
	unsigned parked;                /* connected, past HELO, and silent */
	unsigned messages;              /* of a session, before the next */
	unsigned rows;                  /* destinations d0000000.bench.test */
	double seconds;                 /* how long it is measured */
	double rate;                    /* messages a second; 0: all it can */
	bool enforcing;                 /* a strict destination is refused */
};

struct load_result {
	unsigned long decisions;        /* RCPTs answered */
	unsigned long messages;         /* ended */
	unsigned long wrong;            /* answers that were not right */
	char first_wrong[256];
	double seconds;
	double p50_ms, p99_ms, worst_ms;        /* from RCPT to its answer */
	unsigned long late;             /* of them, by more than 10 ms */
};

struct sessions;

/* Connects them all and says CONNECT and HELO. Returns new; goes with
 * load_close(). NULL fills e. */
struct sessions *load_open(const struct load *load, struct err *e);
/* Runs them for load->seconds. */
int load_run(struct sessions *s, struct load_result *out, struct err *e);
void load_close(struct sessions **s);
#endif
