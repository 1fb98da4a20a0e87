/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * earlier - the transfers before this session, as own relays recorded them
 *
 * Trust rests on addresses, never on names in a field: the top Received field
 * is believed only if this session's client is in own_relays, each further one
 * only if the client address in the believed field above it is. All fields
 * above the first one that is not believed were written by own relays; that
 * one and all below may be forged.
 *
 * A transfer of a host to itself (loopback) crosses no wire: it is believed
 * and passed over. So a client that can submit mail on a relay's loopback (a
 * tunnel, a web form) is believed about the transfers before: own_relays in
 * enforcetls.conf(5) warns of it.
 */
#ifndef POLICY_JUDGE_EARLIER_H
#define POLICY_JUDGE_EARLIER_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/evidence/evidence.h"
#include "policy/evidence/received.h"
#include "policy/settings.h"
#include "policy/table/demand.h"
#include "policy/verdict.h"

/* What a field records, if it is believed. */
enum received_trust {
	TRUST_NONE,                     /* not believed */
	TRUST_RELAYED,                  /* between own relays: an earlier hop */
	TRUST_EDGE,                     /* into the outermost own relay */
	TRUST_INSIDE,                   /* crossed no wire */
	TRUST_ORIGIN,                   /* written on an own relay */
	TRUST_UNREADABLE                /* unknown: a hop, or the edge */
};

/* The Received fields of one message, top first. A field is parsed once, when
 * it is first needed. */
struct received_fields {
	const struct slice *bodies;     /* borrows until the message's end */
	size_t count;
	struct received *parsed;        /* in the message's arena; NULL: no
	                                 * field was needed so far */
	size_t parsed_count;            /* those of the first bodies */
};

/* earlier_read() parses only the fields that are believed, earlier_fields()
 * all of them. */
struct earlier_field {
	enum received_trust trust;
	const struct received *received;        /* NULL: not parsed */
};

struct earlier {
	/* Whether this session's client is an own relay; UNKNOWN without
	 * {client_addr}. */
	enum proof relayed;
	/* The earlier hops, nearest first: this session unless its client is in
	 * local_clients too, then those of believed fields. None when relayed
	 * is ABSENT. */
	const struct evidence **hops;
	size_t hop_count;
	/* The evidence for inbound and entry: the session when relayed is
	 * ABSENT, else the field of the edge; all unknown when no believed
	 * field shows the edge. Never NULL. */
	const struct evidence *edge;
	/* The first LIMIT_RECEIVED fields at most, top first. */
	struct earlier_field *fields;
	size_t field_count;
};

/*
 * Follows the Received fields of a message (without the one that the MTA adds
 * itself) for a session with this evidence. At most LIMIT_RECEIVED are parsed;
 * those that are stay in fields. a is the message's arena. *out lives in it and
 * borrows from session and fields.
 */
void earlier_read(const struct settings *settings,
    const struct evidence *session, struct received_fields *fields,
    struct arena *a, struct earlier *out);

/*
 * The same without a session, and with all fields parsed, for people.
 * believed: whether the top one is. hops are those of fields alone, and edge
 * is unknown unless a field shows it.
 */
void earlier_fields(const struct settings *settings, bool believed,
    struct received_fields *fields, struct arena *a, struct earlier *out);

/*
 * The verdict of an `earlier` demand on all hops: the worst counts, fail
 * before undecided before pass, the nearest of equals. *which, if which is not
 * NULL, is the hop with that verdict; NULL when there is no hop (which passes).
 * A Received field that does not show what is needed gives
 * REASON_EARLIER_UNKNOWN.
 */
struct finding earlier_decide(const struct demand *demand,
    const struct earlier *earlier, const struct evidence **which);

/* In a few words, for people and for the JSON of `enforcetls hops`. */
const char *received_trust_name(enum received_trust trust);
#endif
