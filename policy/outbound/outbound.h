/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outbound - what Postfix is told about the hop to a next hop
 *
 * The answer of the policy map, which is also what the milter asks about a
 * route and what `enforcetls map` prints. Pure: rows and published policy in,
 * the bytes of a socketmap answer out. An answer is never weaker than a rule
 * that acts, and never weaker than what the destination itself published;
 * what no policy text can express is answered TEMP.
 */
#ifndef POLICY_OUTBOUND_OUTBOUND_H
#define POLICY_OUTBOUND_OUTBOUND_H

#include <stdbool.h>

#include "policy/base/limits.h"
#include "policy/names/key.h"
#include "policy/policy.h"

/* What a key is, before any row is looked at. */
enum outbound_form {
	OUTBOUND_BAD,                   /* nothing that mail is sent to */
	OUTBOUND_PARENT,                /* ".domain": a follow-up question of
	                                 * Postfix; the first was answered
	                                 * with suffixes included */
	OUTBOUND_HOST,                  /* domain, [host], [host]:port, ... */
	OUTBOUND_PATH                   /* a socket's path; compared only */
};

/* A next hop as an MTA wrote it, read once. */
struct outbound_key {
	enum outbound_form form;
	struct key key;                 /* its one spelling; HOST and PATH */
	struct key host;                /* its host; KEY_NONE: it has none */
};

void outbound_key_read(struct slice raw, struct outbound_key *out);

/* What is known of the policy that the destination itself published. */
enum publication {
	PUBLICATION_FAILED,             /* asked for, and not learnt */
	PUBLICATION_NONE,               /* it publishes nothing */
	PUBLICATION_TEXT
};

struct outbound_question {
	struct outbound_key key;
	int postfix_version;            /* 0: the one in the settings */
	int64_t now;                    /* seconds since 1970: which
	                                 * exceptions live */
	enum publication publication;   /* read only when the settings name
	                                 * a server of published policies */
	struct slice published;         /* its policy text; TEXT only */
};

/* The kind of an answer. The careful one is zero. */
enum outbound_kind { OUTBOUND_TEMP, OUTBOUND_NOTFOUND, OUTBOUND_OK };

/* Why the answer is what it is: the first that applies. */
enum outbound_why {
	OUTBOUND_WHY_UNSET,
	OUTBOUND_WHY_PARENT,            /* a follow-up question */
	OUTBOUND_WHY_BAD_KEY,
	OUTBOUND_WHY_LOG_ONLY,          /* mode log-only: rules do not act */
	OUTBOUND_WHY_NO_RULE,
	OUTBOUND_WHY_ROLLOUT,           /* the rule's stage is below defer */
	OUTBOUND_WHY_ASKS_NOTHING,      /* the rule's level is none */
	OUTBOUND_WHY_EXCEPTION,         /* what an exception leaves of it */
	OUTBOUND_WHY_RULE,              /* what the rule asks */
	OUTBOUND_WHY_BOTH_RULES,        /* what two rules ask together */
	OUTBOUND_WHY_PUBLISHED,         /* what was published */
	OUTBOUND_WHY_MERGED,            /* rule and publication together */
	OUTBOUND_WHY_PUBLISHED_FAILED,  /* not learnt what was published */
	OUTBOUND_WHY_CONFLICT           /* no policy text can say it */
};

const char *outbound_why_text(enum outbound_why why);

/* A row with its rule; rule NULL: none. Borrows from the policy. */
struct outbound_row {
	const struct rule *rule;
	const struct exception *exception;      /* lowers the rule; or NULL */
	struct row row;
};

/* "NOTFOUND " and "TEMP " with a reason fit as well. */
enum { OUTBOUND_ANSWER = LIMIT_POLICY_TEXT + 16 };

struct outbound_answer {
	enum outbound_kind kind;
	enum outbound_why why;
	struct outbound_row speaks;
	struct outbound_row other;      /* its demand was added */
	struct outbound_row rollout;    /* the most specific row whose rule
	                                 * does not act yet */
	const char *problem;            /* CONFLICT: what cannot be said */
	size_t n;
	char text[OUTBOUND_ANSWER];     /* the whole answer: "OK secure ..." */
};

/*
 * Answers question from policy into *out. The key is judged with everything
 * that covers it: its own row, the rows of its host, suffixes and "*".
 */
void outbound_answer(const struct policy *policy,
    const struct outbound_question *question, struct outbound_answer *out);

/*
 * The rows that speak for key at now, of whatever form it is, without mode
 * and publication: for others who judge by them.
 */
void outbound_rows(const struct policy *policy, const struct outbound_key *key,
    int64_t now, struct outbound_row *speaks, struct outbound_row *other);

/*
 * Whether mail that leaves by nexthop (one part of a route, as the MTA wrote
 * it) is held to at least what rule asks: the question behind
 * REASON_ROUTE_UNCOVERED. Answered as in mode "enforce" and as if rule itself
 * already acted, so that a rule being rolled out is told of the routes that
 * would miss it; exceptions that live at now lower it. What only a publication
 * would add is not counted. rule may be a copy with another demand.
 */
bool outbound_covers(const struct policy *policy, const struct rule *rule,
    const struct outbound_key *nexthop, int64_t now);
#endif
