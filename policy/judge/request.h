/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request - one RCPT as the MTA shows it
 *
 * What was typed, what the macros said at that moment, and how they came.
 * Borrows until the message's end.
 */
#ifndef POLICY_JUDGE_REQUEST_H
#define POLICY_JUDGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/evidence/macros.h"
#include "policy/settings.h"

struct evidence;

struct request {
	struct macros macros;
	enum mta mta;
	struct slice sender;            /* as typed; absent when the MTA was
	                                 * asked not to send MAIL */
	struct slice recipient;         /* as typed */
	struct slice ref;               /* shared by its decisions */
	int64_t now;                    /* seconds since 1970, for exceptions;
	                                 * 0: none is alive */
	bool requiretls;                /* MAIL had REQUIRETLS (RFC 8689) */
	bool can_hold;                  /* the MTA offered quarantine */
	bool can_tag;                   /* the MTA offered header changes */
	bool sends_headers;             /* negotiated for this session */
	/* Of a recorded attempt: what was measured then, and the listener it
	 * came in by. NULL: the macros say. */
	const struct evidence *measured;
	const enum listener_kind *listener;
};

/* Whether it did not come over SMTP: our symbol list was honoured and yet no
 * {rcpt_mailer} came (FACTS 35). */
bool request_is_not_smtp(const struct request *request);

/*
 * Whether it is sendmail(1) or the like on this host. Postfix: not SMTP, no
 * port, and from loopback as well: a macro left out by a mistake in the MTA's
 * configuration may not exempt anybody. Sendmail: `sendmail -bs` on a pipe
 * shows address "0" and port "0" and no listener (FACTS 37), which no client
 * of a network can bring about.
 */
bool request_is_submission(const struct request *request);

/* Whether the sender is the null reverse path: a bounce. */
bool request_is_bounce(const struct request *request);

/* The client's address; family 0 when the MTA did not say. */
struct netaddr request_client(const struct request *request);

/* How the settings describe the listener it came in by: the first that
 * matches by port, address and daemon name; else LISTENER_MX. */
enum listener_kind request_listener(const struct request *request,
    const struct settings *settings);

VOCABULARY(listener_kind);
#endif
