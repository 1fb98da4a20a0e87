/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simulate - a session that never was, filled in as the MTA would
 *
 * A postmaster types a sender, a recipient, perhaps a TLS version. What an
 * MTA always sends beside is added, and remembered as assumed, so that the
 * answer says on what it rests.
 */
#ifndef CONF_CMD_SIMULATE_H
#define CONF_CMD_SIMULATE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/judge/request.h"

struct simulation {
	struct arena *arena;            /* borrows; of what is assumed */
	struct request request;         /* texts in the arena, or argv's */
	enum mta mta;                   /* UNKNOWN: as v says */
	bool mta_assumed;
	bool now_assumed;               /* --at was not given */
	bool given;                     /* anything was */
	bool typed[MACRO_COUNT];        /* also when typed as absent */
	bool assumed[MACRO_COUNT];      /* not typed: added */
};

/* What can be typed of it. */
enum simulate_option {
	SIMULATE_MTA = 1,
	SIMULATE_SENDER,
	SIMULATE_RCPT,
	SIMULATE_RCPT_HOST,
	SIMULATE_MACRO,
	SIMULATE_AT
};

void simulate_init(struct simulation *s);
/* Sets what an option says; borrows value. */
int simulate_take(struct simulation *s, enum simulate_option option,
    const char *value, struct err *e);
/* Adds what was not typed, in a; -1 when it takes more to be judged. */
int simulate_complete(struct simulation *s, const struct settings *settings,
    struct arena *a, struct err *e);
#endif
