/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recipient - what the table says of one RCPT, hop by hop
 *
 * Finds every key a recipient and its sender have (typed, resolved, routed),
 * every rule those keys find, has each judged and staged, and names the
 * strictest action. Pure: the daemon, `explain` and the tests call the same.
 */
#ifndef POLICY_RECIPIENT_H
#define POLICY_RECIPIENT_H

#include <stdbool.h>

#include "policy/arena.h"
#include "policy/evidence.h"
#include "policy/policy.h"
#include "policy/reply.h"
#include "policy/staging.h"
#include "policy/verdict.h"

/* One RCPT as the MTA shows it. Borrows until the message's end. */
struct attempt {
	struct macros macros;
	enum dialect dialect;
	struct slice sender;            /* as typed; absent when the MTA was
	                                 * asked not to send MAIL */
	struct slice recipient;         /* as typed */
	struct slice ref;               /* shared by its decisions */
	bool can_hold;
	bool can_tag;
	bool sends_headers;             /* negotiated for this session */
};

/* One judged rule. Everything borrows until the message's end. */
struct decision {
	enum hop hop;
	const struct rule *rule;        /* NULL: no rule asked (scope all), or
	                                 * no destination (5.1.3) */
	struct slice partner;           /* the row's name */
	struct slice destination;       /* the key that matched */
	struct place place;             /* the rule's line; of a table line's
	                                 * row: that line */
	const struct evidence *proof;   /* NULL: none was gathered */
	struct finding finding;
	enum stage stage;
	enum action planned;
	enum action applied;
	enum exempt exempt;
	struct finding watch;           /* rule->watch judged; else UNSET */
	struct slice exception;         /* id; absent: none */
};

struct ruling {
	struct decision *list;
	size_t count;
	enum action applied;            /* the strictest of them; PASS */
	const struct decision *speaks;  /* whose action it is; NULL for PASS */
	bool at_end;                    /* a refusal must wait for the end of
	                                 * the message: this is not SMTP, and a
	                                 * recipient refused alone wedges
	                                 * Postfix (mta-facts section 5.3) */
	struct reply reply;             /* for DEFER and REJECT */
	enum listener_kind listener;
};

/* Judges inbound, entry and outbound. *out and all in it live in a. */
void recipient_decide(const struct policy *policy,
    const struct attempt *attempt, struct arena *a, struct ruling *out);

/* How the listener of this attempt is described in the settings. */
enum listener_kind recipient_listener(const struct settings *settings,
    const struct macros *m);
const char *listener_kind_name(enum listener_kind kind);
bool listener_kind_from(struct slice word, enum listener_kind *out);

/* Whether the attempt did not come over SMTP: our symbol list was honoured
 * and yet no {rcpt_mailer} came (mta-facts section 5.3). */
bool recipient_is_not_smtp(const struct macros *m);

/* The domains, literals and route keys an attempt is judged under, in the
 * order they are tried: for `explain`. */
struct destinations {
	struct key *list;               /* in the arena */
	size_t count;
	bool local;                     /* a bare local part, no remote host */
	bool postmaster;                /* of a served domain, by every form */
	bool unknown;                   /* none, and not local: 5.1.3 */
};

void recipient_destinations(const struct policy *policy,
    const struct attempt *attempt, struct arena *a,
    struct destinations *out);
#endif
