/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * received_shared - what the three files of the parts of Received fields share
 *
 * Each part looks at the tokens from f->next on. It takes those it knows and
 * returns true, or returns false and leaves f->next as it was.
 */
#ifndef POLICY_EVIDENCE_RECEIVED_SHARED_H
#define POLICY_EVIDENCE_RECEIVED_SHARED_H

#include "policy/evidence/received_parts.h"

struct received_part {
	const char *name;
	bool (*take)(struct received_parts *f);
};

/* The part of that name in received_client.c, in received_tls.c, or in list;
 * NULL when it has none. */
const struct received_part *received_client_part(struct slice name);
const struct received_part *received_tls_part(struct slice name);
const struct received_part *received_part_in(const struct received_part *list,
    size_t count, struct slice name);

/* The next token if it is of that kind, else NULL. Takes nothing. */
const struct token *received_see(const struct received_parts *f,
    enum token_kind kind);
/* The same for a word of ASCII without quotes, as MTAs write them. */
const struct token *received_see_word(const struct received_parts *f);

/* Whether s is not empty and has only ASCII letters, digits and the bytes of
 * extra. */
bool received_made_of(struct slice s, const char *extra);
/* Whether s has any of bytes, a C string. */
bool received_has_any(struct slice s, const char *bytes);
/* The text between prefix and suffix; absent when s has not both. */
struct slice received_between(struct slice s, struct slice prefix,
    struct slice suffix);
#endif
