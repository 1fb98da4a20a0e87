/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play_unit - the player that calls the judge directly, without a daemon
 */
#ifndef TESTS_DRIVER_PLAY_UNIT_H
#define TESTS_DRIVER_PLAY_UNIT_H

#include "policy/settings.h"
#include "tests/driver/play.h"

struct unit;

extern const struct player unit_player;

/* folder is for the policy files. Returns new; goes with unit_destroy(). */
struct unit *unit_create(const char *folder, enum mta mta);
void unit_destroy(struct unit **unit);
/* Judges by that policy from then on. */
int unit_load(struct unit *unit, const struct policy_text *policy,
    struct err *e);
#endif
