/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messageheader - what is kept of a message's header
 *
 * The Received fields, whether "TLS-Required: no" stood in it, and which
 * fields of our own name carry this host's name: somebody else wrote those,
 * and under our name they would be believed. The rest is not looked at.
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

/* Takes one field into account. host: the MTA's own name, macro j. */
void messageheader_note(struct messageheader *fields, struct arena *a,
    struct slice name, struct slice value, struct slice host);

/* As the core reads it. Borrows from fields. */
struct message_header messageheader_get(const struct messageheader *fields);
#endif
