/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorded - a line of the decision log, read back for the judge
 *
 * Its evidence is the struct that every other source fills, so what-if and
 * `explain REF` use the same judge as the daemon.
 */
#ifndef POLICY_AUDIT_RECORDED_H
#define POLICY_AUDIT_RECORDED_H

#include <jansson.h>

#include "policy/judge/judge.h"

struct recorded {
	struct request request;         /* measured points at proof */
	struct evidence proof;
	bool has_proof;                 /* the record has one */
	bool cut;                       /* an address or next hop in it is not
	                                 * all of what was there */
	bool shortened;                 /* addresses have no local part, or a
	                                 * code for it: see shortening.h */
	struct decision decision;       /* rule is NULL: see rule_text */
	enum outcome outcome;
	enum listener_kind listener;
	enum mode mode;
	int64_t time;                   /* seconds since 1970 */
	struct slice session;
	struct slice login_text;        /* of login or claimed_login, as it is
	                                 * recorded, shortened too; or absent */
	struct slice queue_id;
	struct slice rule_text;         /* "enforcetls.conf:42" */
	struct slice need;
	struct slice pause;             /* id; absent: none */
	struct slice reply;
	struct slice policy_digest;
};

/* A time as records have it, "2026-03-31T18:00:00.123Z", in seconds since
 * 1970; 0: it is no time, or text is NULL. */
int64_t recorded_time(const char *text);
/* The time with which a line of the log begins, without parsing the rest; 0:
 * it begins with none. */
int64_t recorded_line_time(struct slice line);

/*
 * Whether the record's own rule keeps the mail back. "applied" tells what was
 * done to the recipient: a rule that passes, or that an exception covers, has
 * "defer" there too where another one deferred it.
 */
bool recorded_keeps_back(const json_t *record);

/* Whether the addresses of a record are not there as they were. */
bool recorded_is_shortened(const json_t *record);

/*
 * Reads a record. Texts are in a; *out has pointers into itself, so it must
 * not be moved. false when it is not a record of a decision (the log has lines
 * of other kinds too). A key that is missing is unknown.
 */
bool recorded_read(const json_t *record, struct arena *a,
    struct recorded *out);
#endif
