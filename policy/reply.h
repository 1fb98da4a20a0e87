/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reply - the SMTP reply to a recipient or message that is refused
 *
 * One function makes text and action, because both MTAs silently replace a
 * reply whose class differs from the milter's status, a deferral even by a 550
 * (FACTS 50).
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
	char text[LIMIT_REPLY + 1];     /* printable ASCII; "%" not doubled */
};

struct reply_words {
	struct slice partner;           /* name of the row; absent: none */
	struct slice sentence;          /* of the rule; absent: the usual */
	struct slice reference;         /* for `enforcetls explain` */
	struct slice help_url;          /* absent: none */
};

/*
 * Makes the reply for action, ACTION_DEFER or ACTION_REJECT. Some reasons never
 * reject: out->action is then ACTION_DEFER. Code and enhanced code have the
 * same class (RFC 2034 section 4).
 */
void reply_make(enum action action, enum reason reason,
    const struct reply_words *words, struct reply *out);

/* Copies text to out with every "%" doubled, as smfi_setreply() needs it
 * (FACTS 52). 2 * LIMIT_REPLY + 1 bytes are always enough. */
void reply_escape(const char *text, char *out, size_t size);
#endif
