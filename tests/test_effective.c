/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/effective.h"
#include "tests/state.h"

/* A policy that has less than the one that the state was made under. */
#define FEWER TOP \
"partners = (\n" \
"{ name = \"bank\"; domains = [ \"bank.example\" ];\n" \
"  inbound = { level = \"verify\"; names = [ \"mx.bank.example\" ];\n" \
"    stage = \"reject\"; never_below = \"%s\"; }; } );\n"

static void
want_counts(const char *label, const struct folder *f,
    const struct policy *policy, int64_t now, const char *wanted)
{
	struct effective c;
	struct err e;
	struct state *state = state_read(STATE_AT(f->path), &e);
	char came[200];

	assert_non_null(state);
	effective_count(policy, state, now, &c);
	snprintf(came, sizeof(came), "%zu now, %zu later, %zu void; stages: "
	    "%zu, %zu void", c.exceptions, c.exceptions_later,
	    c.exceptions_void, c.stages, c.stages_void);
	want_text(label, "counts", came, wanted);
	state_destroy(&state);
}

static void
change(const struct folder *f, const struct policy *policy, struct change c)
{
	char id[CHANGE_ID];

	want_text("change", "refusal", state_make(f, policy, &c, STATE_T, id),
	    "");
}

/* Ten days of bank inbound from now, ten of bank entry later, a stage of bank
 * inbound and one of clinic inbound. */
static void
fill(const struct folder *f, const struct policy *policy)
{
	struct change later = state_grant(), stage = { .kind = CHANGE_STAGE,
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.stage = STAGE_TAG, .force = true, .reason = SLICE("r") };

	change(f, policy, state_grant());
	later.from = STATE_T + 20 * STATE_DAY;
	later.until = STATE_T + 30 * STATE_DAY;
	change(f, policy, later);
	change(f, policy, stage);
	stage.hop = HOP_INBOUND;
	stage.partner = SLICE("clinic");
	stage.stage = STAGE_REJECT;
	change(f, policy, stage);
}

static void
test_counts(void **unused ATTR_UNUSED)
{
	struct policy *policy, *fewer, *stricter;
	char text[1024];
	struct folder f;

	folder_create(&f);
	policy = state_policy(&f, STATE_POLICY);
	fill(&f, policy);
	snprintf(text, sizeof(text), FEWER, "none");
	fewer = state_policy(&f, text);
	snprintf(text, sizeof(text), FEWER, "verify");
	stricter = state_policy(&f, text);
	want_counts("the first is in force", &f, policy, STATE_T,
	    "1 now, 1 later, 0 void; stages: 2, 0 void");
	want_counts("one that has ended is not in force", &f, policy,
	    STATE_T + 10 * STATE_DAY,
	    "0 now, 1 later, 0 void; stages: 2, 0 void");
	want_counts("nor when all have ended", &f, policy,
	    STATE_T + 40 * STATE_DAY,
	    "0 now, 0 later, 0 void; stages: 2, 0 void");
	want_counts("what the policy no longer has is void", &f, fewer,
	    STATE_T, "1 now, 1 later, 0 void; stages: 0, 2 void");
	want_counts("so is what it no longer allows", &f, stricter, STATE_T,
	    "0 now, 0 later, 2 void; stages: 0, 2 void");
	policy_destroy(&policy);
	policy_destroy(&fewer);
	policy_destroy(&stricter);
	folder_remove(&f);
}

static void
test_no_state(void **unused ATTR_UNUSED)
{
	struct policy *policy;
	struct effective c;
	struct folder f;

	folder_create(&f);
	policy = state_policy(&f, STATE_POLICY);
	effective_count(policy, NULL, STATE_T, &c);
	want_number("none", "all", (long)(c.exceptions + c.exceptions_later +
	    c.exceptions_void + c.stages + c.stages_void), 0);
	policy_destroy(&policy);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_counts),
	cmocka_unit_test(test_no_state),
};

RUN_TESTS(tests)
