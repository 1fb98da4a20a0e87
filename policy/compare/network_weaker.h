/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * network_weaker - whether a list of relays, listeners or clients trusts more
 *
 * The first row of own_relays or listeners that fits a session decides, so what
 * counts is what each address or listener is taken for, not how it is written.
 */
#ifndef POLICY_COMPARE_NETWORK_WEAKER_H
#define POLICY_COMPARE_NETWORK_WEAKER_H

#include <stdbool.h>

#include "policy/settings.h"

/* Each of these: whether mail could pass with the setting of to that is kept
 * back with that of from. hops has a bit of 1 << HOP_... for each hop that
 * matters. */
bool network_relays_are_weaker(const struct settings *from,
    const struct settings *to, unsigned hops);
bool network_listeners_are_weaker(const struct settings *from,
    const struct settings *to, unsigned hops);
bool network_local_is_weaker(const struct settings *from,
    const struct settings *to, unsigned hops);
#endif
