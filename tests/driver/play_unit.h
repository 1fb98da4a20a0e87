/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play_unit - the player that calls message.c directly, without a daemon
 *
 * What is answered and recorded is the product's own. Only the MTA and its
 * protocol are missing.
 */
#ifndef TESTS_DRIVER_PLAY_UNIT_H
#define TESTS_DRIVER_PLAY_UNIT_H

#include "policy/settings.h"
#include "tests/driver/play.h"

struct unit;

extern const struct player unit_player;

/* Starts the decision log, of which a process has one. folder is for it and for
 * the policy files. Returns new, which goes with unit_destroy(); NULL and e
 * filled on failure. */
struct unit *unit_create(const char *folder, enum mta mta, struct err *e);
void unit_destroy(struct unit **unit);
/* Puts that policy in force. */
int unit_load(struct unit *unit, const struct policy_text *policy,
    struct err *e);
#endif
