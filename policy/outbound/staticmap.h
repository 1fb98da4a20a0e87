/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * staticmap - the map's answers as a file that Postfix reads by itself
 *
 * smtp_tls_policy_maps = cdb:FILE holds the rules while no daemon runs. This
 * says which keys such a file has, with policy/outbound's answer for each, and
 * which of them Postfix finds for a next hop. What a file cannot express is
 * refused: it would answer less than the map.
 */
#ifndef POLICY_OUTBOUND_STATICMAP_H
#define POLICY_OUTBOUND_STATICMAP_H

#include "policy/names/spelling.h"
#include "policy/outbound/outbound.h"

/*
 * Why a row cannot be kept in a file, in words that follow its key, with what
 * to do; NULL: it can. Rows below defer act as little here as in the map.
 */
const char *staticmap_problem(const struct policy *policy,
    const struct row *row, int64_t now);

/*
 * Calls put for each key of the file, once, at now (seconds since 1970): a
 * spelling of the key of a row with an outbound rule, or of a smarthost, and
 * the text of a TLS policy. A key that the map answers with TEMP gets a text
 * that Postfix cannot read, so that mail waits (FACTS 75). In mode log-only
 * there is none.
 *
 * strict is policy without its exceptions: after is the text of the key once
 * they have ended. An absent text is no key. strict NULL: after is text.
 */
void staticmap_each(const struct policy *policy, const struct policy *strict,
    int64_t now, void (*put)(struct slice key, struct slice text,
    struct slice after, void *data), void *data);

/* The keys that Postfix looks up for one next hop, one after the other, until
 * one is found (FACTS 71). */
struct staticmap_walk {
	char text[SPELLING_SIZE];
	struct slice next;              /* absent: no more */
	bool parents;                   /* the parents of a name follow */
};

/* raw as an administrator or a sender wrote it; it may be anything. */
void staticmap_walk_begin(struct staticmap_walk *walk, struct slice raw);
/* *key borrows from walk, which must not move. */
bool staticmap_walk_next(struct staticmap_walk *walk, struct slice *key);

/*
 * Whether the file asks at least demand, one of rule, of the next hop raw, at
 * now, as outbound_covers() says of the map. It covers less: no spelling that
 * it does not have, and no [host] or port by a row of the host's parents.
 */
bool staticmap_covers(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, struct slice raw, int64_t now);
#endif
