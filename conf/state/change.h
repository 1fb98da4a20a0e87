/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change - a change to the state that an administrator requests
 *
 * It comes over the control socket or from the command line, is checked
 * against the policy in force and then made by conf/state/state. The daemon
 * and the command use the same function, so neither can grant what the other
 * would refuse.
 */
#ifndef CONF_STATE_CHANGE_H
#define CONF_STATE_CHANGE_H

#include <jansson.h>

#include "conf/state/state.h"

enum change_kind {
	CHANGE_UNSET,
	CHANGE_GRANT,                   /* a new exception */
	CHANGE_RENEW,                   /* another end for an exception */
	CHANGE_END,                     /* end an exception now */
	CHANGE_STAGE,                   /* set the stage of a rule */
	CHANGE_END_STAGE,               /* forget one of a rule that is gone */
	CHANGE_APPROVE,                 /* what another person asked for */
	CHANGE_PAUSE,                   /* rules of a hop only log */
	CHANGE_END_PAUSE                /* they act again now */
};

struct change {
	enum change_kind kind;
	struct slice id;                /* RENEW, END, APPROVE; GRANT: one that
	                                 * the caller chooses; absent: none */
	struct slice partner;           /* GRANT, STAGE, END_STAGE */
	enum hop hop;
	bool all_hops;                  /* PAUSE, END_PAUSE: hop does not
	                                 * count */
	int64_t lasts;                  /* PAUSE, in seconds */
	struct slice queue;             /* PAUSE: what was shown of the MTA's
	                                 * queue; or absent */
	enum level floor;               /* GRANT */
	enum stage stage;               /* STAGE */
	struct slice key;               /* GRANT; absent: any key */
	int64_t from;                   /* GRANT; seconds since 1970; 0: now */
	int64_t until;                  /* GRANT, RENEW; seconds since 1970 */
	bool override_published;        /* GRANT */
	bool force;                     /* STAGE: set without evidence */
	struct slice owner;             /* GRANT */
	struct slice reason;            /* all; optional for END, APPROVE */
	struct slice ticket;            /* optional */
	struct slice approver;          /* optional */
	struct slice ignored_client;    /* STAGE: not counted as evidence;
	                                 * addresses and ranges, in words */
	bool ignored_unverified;        /* STAGE: nor who never passed */
	struct slice claimed_by;        /* SUDO_USER of the command; absent */
};

VOCABULARY(change_kind);

/* Reads the object of a control frame; strings are copied into a. -1 with e
 * filled when a member is missing or not valid; *out is written only on
 * success. */
int change_from_json(const json_t *object, struct arena *a,
    struct change *out, struct err *e);
/* Returns new; goes with json_decref(). */
json_t *change_to_json(const struct change *change);

enum {
	/* Octets of an exception's id, with its NUL. */
	CHANGE_ID = 32,
	/* Octets of any of the texts: room for a paragraph. */
	CHANGE_TEXT = 1000
};

/* What came of a change that was not refused. */
struct change_made {
	char id[CHANGE_ID];             /* of the exception or pause; "" for
	                                 * a stage */
	bool already;                   /* it was so: nothing was changed */
	bool waits;                     /* for another person's approval */
	int64_t acts_until;             /* one person granted it, until then;
	                                 * 0: not so. Seconds since 1970 */
	int64_t approve_until;          /* waits: the first second in which it
	                                 * is too late */
};

/* Returns -1 with e filled unless every text is UTF-8 without control
 * characters and at most CHANGE_TEXT long. */
int change_check_texts(const struct change *change, struct err *e);

/*
 * Makes a change in the state of place, if policy allows it. -1 with e filled
 * when it is refused or the state cannot be read or written. Refused is an
 * exception without an end, an owner or a reason, with an end in the past,
 * longer than exceptions.longest, for "*", for an unknown partner, hop or key,
 * below never_below, to plaintext where that is not allowed, one that asks no
 * less than the rule, one that another gives already, or one by an id that has
 * other terms; a stage that the hop does not have; and the end of one that was
 * not set, or whose rule the policy has. A stage that the rule
 * has, and an exception that has the chosen id, are already so. *made is
 * written at once: its id is empty when the change is refused.
 */
int change_make(const struct state_place *place, const struct policy *policy,
    const struct change *change, const struct actor *actor,
    struct change_made *made, struct err *e);

/*
 * The rule for a hop of the partner called name; NULL with e, which may be
 * NULL, filled when there is no such partner or rule. A table line that only
 * names a profile is found by its key. *canonical is the name as the policy
 * has it; rule and *canonical borrow from policy.
 */
const struct rule *change_rule(const struct policy *policy,
    struct slice name, enum hop hop, struct slice *canonical,
    struct err *e);
#endif
