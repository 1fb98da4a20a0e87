/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load - the milter protocol of many SMTP sessions, from one thread
 *
 * Keeps a number of sessions busy with messages, each on its own connection,
 * and compares every answer with the right one.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "policy/base/err.h"
#include "tests/driver/wire.h"

/* One in so many messages has a first recipient whose destination demands more
 * than the session proves. */
enum { LOAD_STRICT = 16 };

struct load {
	const char *where;              /* "unix:PATH" */
	unsigned sessions;              /* busy ones */
	unsigned parked;                /* connected, past HELO, and silent */
	unsigned messages;              /* of each connection */
	unsigned rows;                  /* destinations d0000000.bench.test */
	double seconds;                 /* how long to measure */
	double rate;                    /* messages a second; 0: no limit */
	bool enforcing;                 /* a strict destination is refused */
};

struct load_result {
	unsigned long decisions;        /* RCPTs answered */
	unsigned long messages;         /* ended */
	unsigned long wrong;            /* wrong answers */
	char first_wrong[256];
	double seconds;
	double p50_ms, p99_ms, worst_ms;        /* from RCPT to its answer */
	unsigned long late;             /* answers after more than 10 ms */
};

struct sessions;

/* Connects all sessions and sends CONNECT and HELO. Returns new; goes with
 * load_close(). On an error returns NULL and fills e. */
struct sessions *load_open(const struct load *load, struct err *e);
/* Runs them for load->seconds. */
int load_run(struct sessions *s, struct load_result *out, struct err *e);
void load_close(struct sessions **s);
#endif
