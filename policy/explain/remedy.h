/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy - the smallest changes that would let a decision pass
 *
 * A remedy is data: policy/explain/remedy_words puts it into words, and
 * tests/test_remedy_walk.c makes every change it names and judges again.
 */
#ifndef POLICY_EXPLAIN_REMEDY_H
#define POLICY_EXPLAIN_REMEDY_H

#include "policy/judge/judge.h"

/* One change. remedy_words.c has its words. */
enum remedy_what {
	/* By the client's postmaster. */
	REMEDY_TLS,                     /* of value at least; 0: any */
	REMEDY_FLOOR,                   /* floor, value */
	REMEDY_CERTIFICATE,             /* one that the MTA verifies */
	REMEDY_SHORT_SUBJECT,           /* that the MTA shows as a whole */
	REMEDY_NAME,                    /* text: the CN; more: or another */
	REMEDY_SUBJECT,
	REMEDY_ISSUER,
	REMEDY_FINGERPRINT,
	REMEDY_LOGIN,
	REMEDY_ADDRESS,                 /* text: a range */
	/* By the sender. */
	REMEDY_RECIPIENT,               /* with a domain that can be read */
	REMEDY_READABLE,                /* addresses that can be read */
	REMEDY_NO_TLS_REQUIRED,         /* without that header field */
	REMEDY_NO_FIELDS,               /* without fields of our name */
	REMEDY_FEWER,                   /* recipients in one message */
	REMEDY_FINISH,                  /* messages, before the next ones */
	/* By the administrator, at the MTA. */
	REMEDY_MACRO,
	REMEDY_ASK,                     /* it must ask for a certificate */
	REMEDY_DIGEST,                  /* fingerprints by SHA-256 */
	REMEDY_DIRECT,                  /* not through the proxied listener */
	REMEDY_NEW_SESSION,             /* one with headers */
	REMEDY_SHORT_ROUTE,
	REMEDY_CHANGES,                 /* it must make changes it offered */
	REMEDY_LOAD,                    /* a policy file that can be read */
	REMEDY_RUN,                     /* enforcetlsd has to run */
	REMEDY_RELAY_TLS,               /* text: its address; value */
	REMEDY_RELAY_FIELD,             /* its Received field must show more */
	/* By the administrator, in the policy file. */
	REMEDY_MTA,                     /* milter.mta = text; absent: the right
	                                 * one; shown: v */
	REMEDY_JUDGED,                  /* of own_relays, where it is true */
	REMEDY_IDENTITY,                /* the rule at place asks what this MTA
	                                 * does not show */
	REMEDY_ADD,                     /* text to key of the rule at place */
	REMEDY_GROUP,                   /* key = [ text ] in a new group; more:
	                                 * there are groups */
	REMEDY_NEXT_HOP,                /* text to next_hops of shown */
	REMEDY_RAISE,                   /* outbound of shown, to text */
	REMEDY_STAGE,                   /* the command sets value for rule: it
	                                 * demands what it did before, too */
	REMEDY_END,                     /* text: an exception from that row */
	REMEDY_SMARTHOSTS,              /* all relays, with strict rows */
	REMEDY_COUNT
};

struct remedy_step {
	enum remedy_what what;
	enum floor floor;
	int value;
	enum macro macro;
	const char *key;
	struct slice text;
	struct slice shown;
	bool more;
	struct place place;
	const struct rule *rule;        /* ADD, GROUP: the one at place */
};

enum { REMEDY_STEPS = 16, REMEDY_WAYS = 3 };

/* Changes that help only together. */
struct remedy_way {
	struct remedy_step steps[REMEDY_STEPS];
	size_t count;
};

/* Ways of which one is enough. */
struct remedy {
	struct remedy_way ways[REMEDY_WAYS];
	size_t count;                   /* 0: it passed, or nothing helps */
};

/* Fills *out, which borrows from the rest and a. */
void remedy_find(const struct policy *policy, const struct request *request,
    const struct decision *decision, struct arena *a, struct remedy *out);
#endif
