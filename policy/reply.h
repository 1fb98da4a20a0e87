/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply - what the client is told when it is refused
 *
 * Text and action come from one function, because a reply whose class differs
 * from the returned status is silently replaced on both MTAs, a deferral by
 * a 550 (FACTS 50).
 */
#ifndef POLICY_REPLY_H
#define POLICY_REPLY_H

#include "policy/base/limits.h"
#include "policy/base/slice.h"
#include "policy/vocabulary.h"

struct reply {
	enum action action;             /* DEFER or REJECT; UNSET: no reply */
	char code[4];                   /* "550" */
	char enhanced[8];               /* "5.7.10", same class */
	char text[LIMIT_REPLY + 1];     /* printable ASCII, no CR or LF, a
	                                 * single "%" as it is */
};

struct reply_words {
	struct slice partner;           /* name of the row; absent: none */
	struct slice sentence;          /* the rule's own; absent: usual */
	struct slice reference;         /* what `explain` resolves */
	struct slice help_url;          /* absent: none */
};

/*
 * Code and enhanced code are of one class (RFC 2034 section 4). action is
 * DEFER or REJECT; a reason that may never be refused for good gives a
 * deferral whatever was asked, and out->action says which it became.
 */
void reply_make(enum action action, enum reason reason,
    const struct reply_words *words, struct reply *out);

/* Copies text to out with every "%" doubled, as smfi_setreply() needs it
 * (FACTS 52). size 2 * LIMIT_REPLY + 1 always fits. */
void reply_escape(const char *text, char *out, size_t size);
#endif
