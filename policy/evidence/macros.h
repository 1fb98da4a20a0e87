/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * macros - the milter macros that the daemon asks the MTA for
 *
 * A macro that the MTA did not send is an absent slice (p NULL); an empty one
 * is not: the two mean opposite things (FACTS 4). Without a sentinel the others
 * prove nothing. The values borrow from the caller that filled them.
 */
#ifndef POLICY_EVIDENCE_MACROS_H
#define POLICY_EVIDENCE_MACROS_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum macro {
	MACRO_QUEUE_ID,                 /* i */
	MACRO_MTA_VERSION,              /* v, a sentinel */
	MACRO_HOSTNAME,                 /* j */
	MACRO_CLIENT_ADDR,              /* a sentinel */
	MACRO_CLIENT_NAME,
	MACRO_CLIENT_PORT,
	MACRO_DAEMON_NAME,
	MACRO_DAEMON_ADDR,
	MACRO_DAEMON_PORT,
	MACRO_TLS_VERSION,
	MACRO_CIPHER,
	MACRO_CIPHER_BITS,
	MACRO_VERIFY,
	MACRO_CERT_SUBJECT,
	MACRO_CERT_ISSUER,
	MACRO_CN_SUBJECT,
	MACRO_CERT_FP,
	MACRO_CERT_MD5,
	MACRO_AUTH_TYPE,
	MACRO_AUTH_AUTHEN,
	MACRO_MAIL_ADDR,                /* a sentinel */
	MACRO_RCPT_ADDR,
	MACRO_RCPT_HOST,
	MACRO_RCPT_MAILER,
	MACRO_COUNT
};

struct macros {
	struct slice value[MACRO_COUNT];
};

/* As libmilter and the MTAs name it: "i", "{tls_version}". */
const char *macro_name(enum macro macro);
/* The key that holds its value in a record; NULL: no record has it. */
const char *macro_key(enum macro macro);
/* Whether macro means something only together with another one, *on, which is
 * before it in the enum. */
bool macro_rests_on(enum macro macro, enum macro *on);
/* Whether name, with or without braces, is a macro that is asked for. */
bool macro_from(struct slice name, enum macro *out);

/* Copies the values into one piece of memory in a, each with a NUL after it. A
 * value that is also in known is not copied again: *to borrows it from there.
 * to is neither from nor known. */
void macros_copy(const struct macros *from, const struct macros *known,
    struct arena *a, struct macros *to);

static inline struct slice
macros_get(const struct macros *m, enum macro which)
{
	return m->value[which];
}

static inline bool
macros_has(const struct macros *m, enum macro which)
{
	return m->value[which].p != NULL;
}
#endif
