/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simulate - an invented session, completed as the MTA would send it
 *
 * An administrator gives a sender, a recipient, perhaps a TLS version. The
 * macros that the MTA always sends are filled in and marked as assumed, so
 * that the answer shows what it rests on.
 */
#ifndef CONF_TOOL_SIMULATE_H
#define CONF_TOOL_SIMULATE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/judge/request.h"
#include "policy/policy.h"

struct simulation {
	struct arena *arena;            /* borrows until its end; holds the
	                                 * assumed texts */
	struct request request;         /* texts borrow from argv, the arena */
	enum mta mta;                   /* UNKNOWN: recognised by v */
	bool mta_assumed;               /* --mta was not given */
	bool now_assumed;               /* --at was not given */
	bool any_option;                /* one of those below was given */
	bool given[MACRO_COUNT];        /* also when given as absent */
	bool assumed[MACRO_COUNT];      /* filled in; never a given one */
};

/* The options of a session, as values of getopt_long(). */
enum simulate_option {
	SIMULATE_MTA = 1,
	SIMULATE_SENDER,
	SIMULATE_RCPT,
	SIMULATE_RCPT_HOST,
	SIMULATE_MACRO,
	SIMULATE_AT
};

void simulate_init(struct simulation *s);
/* Stores the value of an option; borrows value. -1 with e filled when it is
 * wrong. */
int simulate_take(struct simulation *s, enum simulate_option option,
    const char *value, struct err *e);
/* -1 with e filled unless a sender and a recipient were given. */
int simulate_check(const struct simulation *s, struct err *e);
/* Fills in what else was not given, in a, by the policy. */
void simulate_complete(struct simulation *s, const struct policy *policy,
    struct arena *a);
#endif
