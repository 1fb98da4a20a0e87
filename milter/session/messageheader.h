/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messageheader - what is kept of a message's header
 *
 * The Received fields, whether it has "TLS-Required: no", and which fields of
 * our own name begin with the name of this host: somebody else wrote those, and
 * they would be believed to be ours. Other fields are ignored.
 */
#ifndef MILTER_SESSION_MESSAGEHEADER_H
#define MILTER_SESSION_MESSAGEHEADER_H

#include "policy/base/arena.h"
#include "policy/judge/judge.h"

/* The name of the field that a `tag` stage adds. */
#define MESSAGEHEADER_TAG "X-Enforcetls"

struct messageheader {
	struct slice *received;         /* in the arena */
	size_t received_count;
	bool tls_required_no;
	unsigned tags_seen;             /* fields of our name */
	unsigned *forged;               /* which of them, counted from 1 */
	size_t forged_count;
};

/* Notes one field. host: the MTA's own name, macro j. */
void messageheader_note(struct messageheader *fields, struct arena *a,
    struct slice name, struct slice value, struct slice host);

/* The same, as the judge takes it. Borrows from fields. */
struct header_evidence messageheader_get(const struct messageheader *fields);
#endif
