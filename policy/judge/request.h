/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request - one RCPT as the MTA shows it
 *
 * The addresses as typed, the macros at that moment, and what was negotiated.
 * All slices borrow until the message's end.
 */
#ifndef POLICY_JUDGE_REQUEST_H
#define POLICY_JUDGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/evidence/macros.h"
#include "policy/settings.h"

struct evidence;
struct session_proof;

struct request {
	struct macros macros;
	enum mta mta;
	struct slice sender;            /* as typed; absent when the MTA was
	                                 * asked not to send MAIL */
	struct slice recipient;         /* as typed */
	struct slice ref;               /* the reference in replies and log */
	int64_t now;                    /* seconds since 1970, for exceptions;
	                                 * 0: none is alive */
	bool requiretls;                /* MAIL had REQUIRETLS (RFC 8689) */
	bool can_hold;                  /* quarantine was negotiated */
	bool can_tag;                   /* adding fields was negotiated */
	bool sends_headers;             /* that was negotiated, too */
	bool recipient_cut;             /* of a recorded request: a name of the
	                                 * recipient is not recorded whole */
	bool can_wait;                  /* the end of the message is sure to
	                                 * come, or DATA, where it is judged
	                                 * again: what needs the header or acts
	                                 * on the message may wait for it */
	bool accepted;                  /* it was accepted before: a refusal
	                                 * now is temporary */
	/* Made for another recipient from the same macros of the session; NULL:
	 * it is made anew. */
	const struct session_proof *session;
	/* Of a recorded request: the evidence and the listener of the record.
	 * NULL: they are taken from the macros. */
	const struct evidence *measured;
	const enum listener_kind *listener;
};

/* Whether it did not come by SMTP: macros were sent, but no {rcpt_mailer}
 * (FACTS 35). */
bool request_is_not_smtp(const struct request *request);

/*
 * Whether it is from sendmail(1) or the like on this host. Postfix: not SMTP,
 * no port, and from loopback as well: a macro that is missing by a mistake in
 * the MTA's configuration must not exempt anybody. Sendmail: `sendmail -bs` on
 * a pipe shows address "0", port "0" and no listener (FACTS 37), which no
 * client on a network can imitate.
 */
bool request_is_submission(const struct request *request);

/* Whether the sender is the null reverse path: a bounce. */
bool request_is_bounce(const struct request *request);

/* The client's address; family 0 when it is unknown. */
struct netaddr request_client(const struct request *request);

/* The port that it came in by; false: the MTA did not show one. Behind a proxy
 * Postfix may have "unknown" (FACTS 126). */
bool request_port(const struct request *request, long *port);
/* The same of the address. */
bool request_address(const struct request *request, struct netaddr *address);

/* The first listener in the settings that matches it by port, address and
 * daemon name; NULL when none does. Borrows from settings. */
const struct listener *request_listener_row(const struct request *request,
    const struct settings *settings);
/* Whether it may have come in by listener, as far as the MTA showed: what it
 * did not show may be anything. */
bool request_listener_may_be(const struct request *request,
    const struct listener *listener);

/* The kind of the listener it came in by: of the first in the settings that
 * matches by port, address and daemon name; else LISTENER_MX. */
enum listener_kind request_listener(const struct request *request,
    const struct settings *settings);

VOCABULARY(listener_kind);
#endif
