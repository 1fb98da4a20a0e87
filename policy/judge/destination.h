/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * destination - all names under which an address is looked up in the table
 *
 * The MTA, not our parser, decides where a recipient goes, so the address as
 * typed, {rcpt_addr} and {rcpt_host} are each looked up (FACTS 39, 41).
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
	bool route;                     /* from {rcpt_host}, which "*" does
	                                 * not cover */
};

/* Of each of two address forms: the domain, the address, and the address
 * without its extension by each delimiter. Then "*", and the route's. */
enum {
	DESTINATIONS_FORM = 2 + LIMIT_DELIMITERS + 1,
	DESTINATIONS = 2 * DESTINATIONS_FORM + 1 + 2 + 2 * LIMIT_ROUTE_PARTS
};

struct destinations {
	struct destination list[DESTINATIONS];
	size_t count;
	bool local;                     /* no domain: for this host */
	bool bare;                      /* typed and resolved without one */
	bool null;                      /* the null sender */
	bool postmaster;                /* of a served domain, both as typed
	                                 * and in {rcpt_addr} */
	bool unknown;                   /* no domain, and not local */
	bool unreadable;                /* a name cannot be read: a row may
	                                 * be for it all the same */
	bool cut;                       /* the route is longer than the limits:
	                                 * a next hop may be missing */
};

/* The names of the recipient. Texts are allocated in a. */
void destinations_of_recipient(const struct request *request,
    const struct settings *settings, struct arena *a,
    struct destinations *out);

/* The names of the bare address path if it had this domain, or, for ".suffix",
 * any below it. An absent domain: "*" alone. */
void destinations_at(const struct request *request,
    const struct settings *settings, struct slice path, struct slice domain,
    struct arena *a, struct destinations *out);

/* Cuts the next hop off *rest, a {rcpt_host}, as the request's MTA lists
 * them; false when there is none left. */
bool destination_next_hop(const struct request *request, struct slice *rest,
    struct slice *hop);

/* Whether mailer, a {rcpt_mailer}, delivers on this host, or nowhere. */
bool destination_is_local_mailer(struct slice mailer);

/*
 * The names of the sender, as typed and in {mail_addr}. unknown: the MTA
 * showed no sender, which is not the null sender (that has no name). A sender
 * without a domain, or with one that cannot be read, has the name "*".
 */
void destinations_of_sender(const struct request *request,
    const struct settings *settings, struct arena *a,
    struct destinations *out);
#endif
