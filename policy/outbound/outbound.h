/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbound - the answer of the TLS policy map for a next hop
 *
 * Postfix asks for it before it connects; the milter judges routes by the
 * same rows, and `enforcetls map` prints it. Pure: rows and published policy
 * in, the bytes of a socketmap answer out. An answer is never weaker than a
 * rule that acts, and never weaker than what the destination itself published;
 * what no policy text can express is answered TEMP.
 */
#ifndef POLICY_OUTBOUND_OUTBOUND_H
#define POLICY_OUTBOUND_OUTBOUND_H

#include <stdbool.h>

#include "policy/base/limits.h"
#include "policy/outbound/outbound_key.h"
#include "policy/policy.h"

/* The policy that the destination itself published. */
enum publication {
	PUBLICATION_FAILED,             /* the look-up failed */
	PUBLICATION_NONE,               /* it publishes nothing */
	PUBLICATION_TEXT
};

struct outbound_question {
	struct outbound_key key;
	int postfix_version;            /* major * 100 + minor; 0: the one in
	                                 * the settings */
	int64_t now;                    /* seconds since 1970, for the end
	                                 * of exceptions */
	enum publication publication;   /* used only when the settings name
	                                 * a server of published policies */
	struct slice published;         /* its policy text; TEXT only */
};

/* The kind of an answer. Zero is the one that defers. */
enum outbound_kind { OUTBOUND_TEMP, OUTBOUND_NOTFOUND, OUTBOUND_OK };

/* Why the answer is this one: the first that applies. */
enum outbound_why {
	OUTBOUND_WHY_UNSET,
	OUTBOUND_WHY_PARENT,            /* the look-up of a parent */
	OUTBOUND_WHY_BAD_KEY,
	OUTBOUND_WHY_LOG_ONLY,          /* mode log-only: rules do not act */
	OUTBOUND_WHY_PAUSED,            /* outbound is paused */
	OUTBOUND_WHY_NO_RULE,
	OUTBOUND_WHY_ROLLOUT,           /* the rule's stage is below defer */
	OUTBOUND_WHY_ASKS_NOTHING,      /* the rule's level is none */
	OUTBOUND_WHY_UNLISTED,          /* unlisted_routes */
	OUTBOUND_WHY_EXCEPTION,         /* the floor of an exception */
	OUTBOUND_WHY_RULE,              /* the rule's demand */
	OUTBOUND_WHY_BOTH_RULES,        /* the demands of two rules */
	OUTBOUND_WHY_PUBLISHED,         /* the published policy */
	OUTBOUND_WHY_MERGED,            /* rule and published policy */
	OUTBOUND_WHY_PUBLISHED_FAILED,  /* the look-up of it failed */
	OUTBOUND_WHY_CONFLICT           /* no policy text can express it */
};

/* One sentence for why, without a full stop. */
const char *outbound_why_text(enum outbound_why why);

/* A row of the table with its rule. Borrows from the policy. */
struct outbound_row {
	const struct rule *rule;                /* NULL: no row */
	struct term terms[POLICY_TERMS];        /* of the rule: those that act,
	                                 * or, in rollout below, do not yet */
	size_t term_count;
	const struct exception *exception;      /* lowers the rule; or NULL */
	struct row row;
};

/* The name of the row's partner; its key when the partner has none, as a row of
 * a file of many has. */
struct slice outbound_row_name(const struct outbound_row *row);

/* The demand of terms[i] of the row, lowered by the row's exception. */
struct demand outbound_row_demand(const struct outbound_row *row, size_t i);

/* "NOTFOUND " and "TEMP " with a reason fit as well. */
enum { OUTBOUND_ANSWER_SIZE = LIMIT_POLICY_TEXT + 16 };

/* text is a socketmap answer (socketmap_table(5)) of n bytes. The rows borrow
 * from the policy. */
struct outbound_answer {
	enum outbound_kind kind;
	enum outbound_why why;
	struct outbound_row acting;     /* the most specific row that acts */
	struct outbound_row second;     /* the host's acting row, when the
	                                 * next hop has an acting row itself:
	                                 * both demands apply */
	struct outbound_row rollout;    /* the most specific row whose rule
	                                 * does not act yet */
	bool unlisted;                  /* it is a route, on a wire, that no
	                                 * row names: to be reported */
	const char *problem;            /* what failed; TEMP only */
	size_t n;
	char text[OUTBOUND_ANSWER_SIZE]; /* "OK secure ..." */
};

/*
 * Answers question from policy into *out. Rows of every kind that covers the
 * key count: its own, those of its host, suffixes and "*".
 */
void outbound_answer(const struct policy *policy,
    const struct outbound_question *question, struct outbound_answer *out);

/*
 * The rows that act for key at now (seconds since 1970), as in struct
 * outbound_answer, but without mode and published policy. A key of any form
 * may be asked for.
 */
void outbound_rows(const struct policy *policy, const struct outbound_key *key,
    int64_t now, struct outbound_row *acting, struct outbound_row *second);

/*
 * Whether the rows that act for nexthop (one part of a route) demand at least
 * demand, at now (seconds since 1970). If not, the verdict has
 * REASON_ROUTE_UNCOVERED. demand is one of rule, or the floor of an exception
 * from it. The mode and published policies are ignored, and demand counts as
 * acting on rule's row whatever its stage is, so the routes that miss it are
 * found before it acts. An exception lowers what a row demands, but not
 * demand. false also when no policy text can express one of the demands. A next
 * hop on this host is covered by any row that names it, whatever that demands.
 */
bool outbound_covers(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, const struct outbound_key *nexthop,
    int64_t now);
#endif
