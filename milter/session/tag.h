/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tag - the body of the header field that a `tag` stage adds
 *
 * "HOST; partner=NAME; hop=HOP; reason=WORD; ref=REF"
 */
#ifndef MILTER_SESSION_TAG_H
#define MILTER_SESSION_TAG_H

#include "milter/session/recipient_record.h"
#include "policy/base/arena.h"

struct tags {
	const char **list;              /* bodies, in the arena */
	const struct rule **rules;      /* whose they are */
	size_t count;
};

/* Adds a body for each decision that was applied as a tag: one for each rule,
 * a few at most. */
void tags_add(struct tags *tags, struct arena *a,
    const struct recipient_record *recipient);

/* The text of a quarantine that recipient causes. In a. */
const char *tag_hold_reason(struct arena *a,
    const struct recipient_record *recipient);
#endif
