/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messageheader - what is kept of a message's header
 *
 * The Received fields, whether it has "TLS-Required: no", and how many fields
 * it has of the name that a `tag` stage adds: somebody else wrote those,
 * whatever they hold, and they would be believed to be ours. Other fields are
 * ignored.
 */
#ifndef MILTER_SESSION_MESSAGEHEADER_H
#define MILTER_SESSION_MESSAGEHEADER_H

#include "policy/base/arena.h"
#include "policy/judge/judge.h"

/* The name of the field that a `tag` stage adds. */
#define MESSAGEHEADER_TAG "X-Enforcetls"

enum {
	/* Fields of that name that we remove from one message. Postfix reads
	 * the header again for each. */
	MESSAGEHEADER_FORGED = 2000
};

struct messageheader {
	struct slice *received;         /* in the arena */
	size_t received_count;
	bool tls_required_no;
	unsigned forged;                /* fields of our name */
};

/* Notes one field. */
void messageheader_note(struct messageheader *fields, struct arena *a,
    struct slice name, struct slice value);

/* The same, as the judge takes it. Borrows from fields. */
struct header_evidence messageheader_get(const struct messageheader *fields);
#endif
