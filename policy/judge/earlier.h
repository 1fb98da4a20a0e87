/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * earlier - the transfers before this session, as own relays recorded them
 *
 * Anchored in addresses, never in names written in a field: the top Received
 * field counts only if this session's client is in own_relays, each further
 * one only if the client address that the believed field above it recorded
 * is. A field above the first one not believed was written by an own relay;
 * everything from there on is whatever the peer liked.
 *
 * A transfer of a host to itself (loopback) crosses no wire: it is believed
 * and stepped over. Whoever can hand over mail on a relay's loopback (a
 * tunnel, a web form) is thereby believed about what happened before: that is
 * told in enforcetls.conf(5), beside own_relays.
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

/* What a field is to the trail. */
enum received_trust {
	TRUST_STRANGE,          /* not believed */
	TRUST_RELAYED,          /* between own relays: an earlier hop */
	TRUST_EDGE,             /* into the outermost own relay */
	TRUST_INSIDE,           /* believed, crossed no wire */
	TRUST_ORIGIN,           /* believed: written on an own relay */
	TRUST_UNREADABLE                /* believed, but says nothing we can
	                                 * read: hop or edge, nobody knows */
};

struct trusted_field {
	enum received_trust trail;
	struct received received;
};

struct earlier {
	/* Whether this session's client is an own relay; UNKNOWN without
	 * {client_addr}. */
	enum proof relayed;
	/* The earlier hops, nearest first: this session itself unless its
	 * client is in local_clients too, then those of believed fields. None
	 * when relayed is ABSENT. */
	const struct evidence **hops;
	size_t hop_count;
	/* What inbound and entry are judged by: the session itself when
	 * relayed is ABSENT, else the edge's field; all unknown when no
	 * believed field shows the edge. Never NULL. */
	const struct evidence *edge;
	/* Every field, top first; only those believed were read. */
	struct trusted_field *fields;
	size_t field_count;
};

/*
 * Reads received (bodies of the message's Received fields, top first, the
 * MTA's own not among them) for a session with the macros' evidence. Past
 * LIMIT_RECEIVED fields nothing is read. *out and all in it live in a, or
 * borrow session and received.
 */
void earlier_read(const struct settings *settings,
    const struct evidence *session, const struct slice *received,
    size_t count, struct arena *a, struct earlier *out);

/*
 * All fields, read whether believed or not, for people. believed: whether the
 * top one is, which nobody but the caller knows without a session. hops are
 * those of fields alone, and edge is unknown unless a field shows it.
 */
void earlier_fields(const struct settings *settings, bool believed,
    const struct slice *received, size_t count, struct arena *a,
    struct earlier *out);

/*
 * The verdict of an `earlier` demand on all hops: the worst counts, fail
 * before undecided before pass, the nearest of equals. *which, which may be
 * NULL, is the hop whose it is; NULL when there was none (then: pass, no
 * transfer to judge). A Received field without a mark gives
 * REASON_EARLIER_UNKNOWN.
 */
struct finding earlier_decide(const struct demand *demand,
    const struct earlier *earlier, const struct evidence **which);

const char *received_trust_name(enum received_trust trail);
#endif
