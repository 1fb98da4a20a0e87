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

#include "conf/cmd/command.h"
#include "policy/base/arena.h"
#include "policy/judge/request.h"

struct simulation {
	struct request request; /* texts in the arena, or argv's */
	enum mta mta;
	bool mta_assumed;
	bool now_assumed;               /* --at was not given */
	bool assumed[MACRO_COUNT];      /* not typed: added */
};

/* Reads the command's arguments; -1 says what is wrong with them. */
int simulate_from(const struct invocation *invocation,
    const struct settings *settings, struct arena *a, struct simulation *out,
    struct err *e);

const char *simulate_mta_name(enum mta mta);
#endif
