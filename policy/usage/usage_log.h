/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage_log - the recipients of a decision log, each with its session
 */
#ifndef POLICY_USAGE_USAGE_LOG_H
#define POLICY_USAGE_USAGE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/audit/gathered.h"
#include "policy/base/lines.h"
#include "policy/usage/listed_logins.h"

/* Borrows for the call. */
struct usage_recipient {
	const struct gathered_record *records;  /* all of it */
	const struct recorded *record;  /* the one with the session's proof, or
	                                 * the first */
	const struct evidence *session; /* without a proof all but its client is
	                                 * unknown */
	bool new_message;               /* the first accepted one of a
	                                 * message */
};

typedef void usage_fn(const struct usage_recipient *recipient, void *data);

struct usage_totals {
	int64_t first;                  /* time of the oldest line, in seconds
	                                 * since 1970; 0: there is none */
	uint64_t recipients;
	uint64_t lost;                  /* records that the daemon could not
	                                 * write */
	uint64_t skipped;               /* lines that are no JSON */
};

struct usage;

/* Returns new; goes with usage_destroy(). logins may be NULL; borrows it. */
struct usage *usage_create(const struct listed_logins *logins, usage_fn *take,
    void *data);
void usage_destroy(struct usage **usage);

/* Hands over the recipients of a log that are not older than since (seconds
 * since 1970). -1 with e filled when it cannot be read to its end. */
int usage_read(struct usage *usage, struct lines *log, int64_t since,
    struct err *e);
/* Call it after the last log: hands over the recipients that still wait. */
struct usage_totals usage_end(struct usage *usage);
#endif
