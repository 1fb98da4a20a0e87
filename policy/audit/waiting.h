/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * waiting - the mail in a queue that waits for a rule, by partner
 *
 * The rule is that of the next hop, which the MTA may have chosen otherwise
 * than by the recipient's domain. Where several rules may be the one, none is
 * named. Mail whose reason is not known is listed too when a rule that acts
 * covers it: nothing that may wait for a rule is hidden.
 */
#ifndef POLICY_AUDIT_WAITING_H
#define POLICY_AUDIT_WAITING_H

#include <stdint.h>

#include "policy/audit/deferral.h"
#include "policy/outbound/outbound.h"
#include "policy/policy.h"

struct waiting;

enum waiting_kind {
	WAITING_RULE,                   /* for the rule of a partner */
	WAITING_MAP,                    /* for the map, which did not answer */
	WAITING_UNSURE,                 /* for TLS; which rule asks for it, if
	                                 * one does, cannot be told */
	WAITING_MAYBE,                  /* a rule covers it, and the reason is
	                                 * another or not known */
	WAITING_OTHER,                  /* for TLS, but no rule asks for it */
	WAITING_COUNT
};

const char *waiting_kind_name(enum waiting_kind kind);

/* One recipient of a message in the queue. Borrows for the call. */
struct waiting_mail {
	struct slice id;                /* of the message */
	int64_t arrival;                /* seconds since 1970; 0: not known */
	struct slice sender;            /* empty: the null sender */
	struct slice recipient;
	bool cut;                       /* recipient is not all of it */
	struct slice reason;            /* absent: it was not tried yet */
	struct slice other_reason;      /* of the message; or absent */
	const struct slice *hops;       /* the next hops that it may go to */
	size_t hop_count;
	const char *unsure;             /* why there may be others; NULL: there
	                                 * are none */
	/* These are set by waiting_add(). */
	struct slice key;               /* of the row that covers it, or
	                                 * absent; borrows from the policy */
	const struct waiting_mail *next;        /* of its group */
};

/* All of one kind for one partner. Borrows from the waiting. */
struct waiting_group {
	enum waiting_kind kind;
	struct slice partner;           /* absent: no row, or unsure */
	struct slice unsure;            /* why its row is not known; absent:
	                                 * it is, or it has none */
	struct outbound_row row;        /* its rule is NULL without a row */
	uint64_t messages;
	uint64_t recipients;
	int64_t oldest;                 /* arrival of mail; 0: there is none */
	int64_t oldest_bounce;          /* the same from the null sender */
	uint64_t lacked[LACK_COUNT];    /* recipients */
	struct slice example[LACK_COUNT];       /* a reason of each */
	enum level floor;               /* of an exception that would let all
	                                 * of it pass; UNSET: none can */
	const struct waiting_mail *mail;        /* oldest call first */
};

/*
 * Returns new; goes with waiting_destroy(). Borrows policy until then. now is
 * in seconds since 1970; mail that arrived after before is not counted (0:
 * all is).
 */
struct waiting *waiting_create(const struct policy *policy, int64_t now,
    int64_t before);
void waiting_destroy(struct waiting **waiting);

/* Adds a recipient of the queue. Recipients of one message come in a row. */
void waiting_add(struct waiting *waiting, const struct waiting_mail *mail);

/* Calls visit for each group, by kind and partner. */
void waiting_each(struct waiting *waiting,
    void (*visit)(const struct waiting_group *group, void *data), void *data);
#endif
