/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state - a state folder and a policy for tests of changes
 */
#ifndef TESTS_STATE_H
#define TESTS_STATE_H

#include "conf/loss.h"
#include "conf/state/change.h"
#include "tests/reading.h"

enum { STATE_DAY = 86400 };
/* A place without a marker. */
#define STATE_AT(path) (&(struct state_place){ .folder = (path) })
/* 2026-03-01T00:00:00Z */
#define STATE_T INT64_C(1772323200)

#define STATE_POLICY TOP \
"partners = (\n" \
"{ name = \"bank\"; domains = [ \"bank.example\", \".bank.example\" ];\n" \
"  senders = [ \"bank-news.example\" ];\n" \
"  inbound = { level = \"verify\"; names = [ \"mx.bank.example\" ];\n" \
"    stage = \"reject\"; };\n" \
"  entry = { level = \"encrypt\"; stage = \"log-only\"; };\n" \
"  outbound = { level = \"verify\"; stage = \"defer\"; }; },\n" \
"{ name = \"clinic\"; domains = [ \"clinic.example\" ];\n" \
"  inbound = { level = \"verify\"; names = [ \"mx.clinic.example\" ];\n" \
"    never_below = \"encrypt\"; stage = \"defer\"; }; },\n" \
"{ name = \"watched\"; domains = [ \"watched.example\" ];\n" \
"  entry = { level = \"encrypt\";\n" \
"    never_below = \"encrypt\"; stage = \"log-only\"; }; },\n" \
"{ name = \"rest\"; domains = [ \"*\", \"shop.example\" ];\n" \
"  outbound = { level = \"encrypt\"; stage = \"defer\"; }; } );\n"

static inline struct policy *
state_policy(const struct folder *f, const char *text)
{
	struct policy *policy;
	char problem[2048];

	folder_write_text(f, "t.conf", text);
	folder_read(f, "t.conf", &policy, problem, sizeof(problem));
	if (policy == NULL)
		fail_msg("the policy did not load: %s", problem);
	return policy;
}

/* A valid grant. */
static inline struct change
state_grant(void)
{
	return (struct change){ .kind = CHANGE_GRANT,
		.partner = SLICE("bank"), .hop = HOP_INBOUND,
		.floor = LEVEL_ENCRYPT, .until = STATE_T + 10 * STATE_DAY,
		.owner = SLICE("me"), .reason = SLICE("why") };
}

/* Makes a change at the time clock. Returns why it was refused, or "". */
static inline const char *
state_make(const struct folder *f, const struct policy *policy,
    const struct change *change, int64_t clock, char id[CHANGE_ID])
{
	static char problem[512];
	struct actor actor = { .uid = 7, .losses = loss_count,
		.reason = change->reason, .clock = clock };
	struct change_made made;
	struct err e;
	int result = change_make(STATE_AT(f->path), policy, change, &actor,
	    &made, &e);

	snprintf(id, CHANGE_ID, "%s", made.id);
	if (result == 0)
		return "";
	snprintf(problem, sizeof(problem), "%s", e.text);
	return problem;
}
#endif
