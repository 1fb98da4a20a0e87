/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * destination - every name that a recipient or a sender is judged under
 *
 * The MTA, not our parser, knows where a recipient goes, so what was typed,
 * what {rcpt_addr} says and what {rcpt_host} says are each held against the
 * table (FACTS 39, 41).
 */
#ifndef POLICY_JUDGE_DESTINATION_H
#define POLICY_JUDGE_DESTINATION_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/judge/request.h"
#include "policy/names/key.h"

struct destination {
	enum key_kind kind;
	struct slice text;              /* normalised */
	bool route;                     /* from {rcpt_host}: a more specific
	                                 * row only, "*" is for addresses */
};

/* Two address forms with three keys each, "*", and the route's. */
enum { DESTINATIONS = 10 + 2 * LIMIT_ROUTE_PARTS };

struct destinations {
	struct destination list[DESTINATIONS];
	size_t count;
	bool local;                     /* no domain, and none was needed */
	bool bare;                      /* the same, and none was typed */
	bool postmaster;                /* of served domains, by every form */
	bool unknown;                   /* no domain, and not local: 5.1.3 */
	bool cut;                       /* the route is longer than is read:
	                                 * a next hop may have been missed */
};

/* Texts are allocated in a. */
void destinations_of_recipient(const struct request *request,
    const struct settings *settings, struct arena *a,
    struct destinations *out);

/* A bare recipient's names were it written with domain, one that is served;
 * an absent one: as one of "everything else". */
void destinations_at(const struct request *request, struct slice domain,
    struct arena *a, struct destinations *out);

/* Cuts the next hop off *rest, a {rcpt_host}, as the attempt's MTA lists
 * them; false when there is none left. */
bool destination_next_hop(const struct request *request, struct slice *rest,
    struct slice *hop);

/*
 * The same for the sender, typed and {mail_addr}. unknown: the MTA showed no
 * sender at all, which is not the null sender (that has no key). One without
 * a domain, or with one that cannot be read, is "*" alone.
 */
void destinations_of_sender(const struct request *request, struct arena *a,
    struct destinations *out);
#endif
