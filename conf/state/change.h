/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change - what an administrator asks the state to become
 *
 * The words of the control socket and of the command line meet here: a change
 * is held against the policy in force, then made by conf/state. The daemon
 * and the tool do it through the same function, so neither can grant what the
 * other would refuse.
 */
#ifndef CONF_STATE_CHANGE_H
#define CONF_STATE_CHANGE_H

#include <jansson.h>

#include "conf/state/state.h"

enum change_kind {
	CHANGE_UNSET,
	CHANGE_GRANT,                   /* a new exception */
	CHANGE_RENEW,                   /* a later end for one */
	CHANGE_END,                     /* end one now */
	CHANGE_STAGE                    /* move a rule on the ladder */
};

struct change {
	enum change_kind kind;
	struct slice id;                /* RENEW, END */
	struct slice partner;           /* GRANT, STAGE */
	enum hop hop;
	enum level floor;               /* GRANT */
	enum stage stage;               /* STAGE */
	struct slice key;               /* GRANT; absent: any */
	int64_t from;                   /* GRANT; 0: now */
	int64_t until;                  /* GRANT, RENEW; seconds, UTC */
	bool override_published;        /* GRANT */
	bool force;                     /* STAGE: climbed without evidence */
	struct slice owner;             /* GRANT */
	struct slice reason;            /* all; END may leave it out */
	struct slice ticket;
	struct slice approver;
	struct slice ignored_client;    /* STAGE: left out of the evidence */
};

VOCABULARY(change_kind);

/* Reads a frame's object; strings are copied into a. -1: e names the key. */
int change_from_json(const json_t *object, struct arena *a,
    struct change *out, struct err *e);
/* Returns new; goes with json_decref(). */
json_t *change_to_json(const struct change *change);

enum {
	CHANGE_ID = 32,
	/* Any of the texts: room for a paragraph. */
	CHANGE_TEXT = 1000
};

/* Whether every text is printable UTF-8 and of a sane length. */
int change_check_texts(const struct change *change, struct err *e);

/*
 * Makes a change in folder as policy allows it. Refused, with what to do
 * instead: without an end, an owner or a reason; past; longer than
 * exceptions.longest; for "*"; for a partner, hop or key there is none of;
 * below never_below; to plaintext where that is not allowed; what lowers
 * nothing; a stage the hop cannot carry, or is at already. The id of the
 * exception that was made or changed is written to id.
 */
int change_make(const char *folder, const struct policy *policy,
    const struct change *change, const struct actor *actor,
    char id[CHANGE_ID], struct err *e);

/*
 * The rule of a partner's hop; NULL when there is none, with e filled. The
 * name of a table line that names only a profile is its key. *known_as is the
 * name in its one spelling; it borrows from policy.
 */
const struct rule *change_rule(const struct policy *policy,
    struct slice partner, enum hop hop, struct slice *known_as,
    struct err *e);
#endif
