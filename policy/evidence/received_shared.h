/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_parts - what the files of the parts of a Received field share
 *
 * A part looks at t->next and takes what it knows, or leaves *t alone.
 */
#ifndef POLICY_EVIDENCE_RECEIVED_SHARED_H
#define POLICY_EVIDENCE_RECEIVED_SHARED_H

#include "policy/evidence/received_parts.h"

struct received_part {
	const char *name;
	bool (*take)(struct received_parts *t);
};

/* The part of that name: about the client, about TLS, or about the rest;
 * NULL when there is none. */
const struct received_part *received_client_part(struct slice name);
const struct received_part *received_tls_part(struct slice name);

const struct received_part *received_part_in(const struct received_part *list,
    size_t count, struct slice name);

/* The next token if it is of that kind; NULL otherwise. Moves nothing. */
const struct token *received_see(const struct received_parts *t,
    enum token_kind kind);
/* The next plain word: what an MTA writes itself, and HELO. */
const struct token *received_see_word(const struct received_parts *t);

/* Whether s is not empty, and letters, digits and the bytes of extra. */
bool received_made_of(struct slice s, const char *extra);
bool received_has_any(struct slice s, const char *bytes);
/* What stands between prefix and suffix; absent when they do not. */
struct slice received_between(struct slice s, struct slice prefix,
    struct slice suffix);
#endif
