/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/state/change_pause.h"
#include "policy/judge/judge.h"
#include "policy/outbound/outbound.h"
#include "tests/state.h"

#define TEXT TOP "exceptions = { longest = \"%s\"; };\n" \
"partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n" \
"  inbound = { level = \"encrypt\"; never_below = \"encrypt\";\n" \
"    stage = \"reject\"; };\n" \
"  entry = { level = \"encrypt\"; stage = \"reject\"; };\n" \
"  outbound = { level = \"encrypt\"; stage = \"defer\"; }; } );\n"

enum { HOUR = 3600 };

static struct policy *
read_policy(const struct folder *f, const char *longest)
{
	char text[1024];

	snprintf(text, sizeof(text), TEXT, longest);
	return state_policy(f, text);
}

static struct change
pause_of(enum hop hop, int64_t lasts)
{
	return (struct change){ .kind = CHANGE_PAUSE, .hop = hop,
		.lasts = lasts, .reason = SLICE("the night") };
}

/* "reject P1" for plaintext from bank at now: what was applied, and the pause
 * on record. */
static void
judge_at(const struct folder *f, struct policy *policy, int64_t now, char *out,
    size_t size)
{
	struct request r = { .sender = SLICE("a@bank.example"),
		.recipient = SLICE("b@other.example"), .ref = SLICE("r"),
		.mta = MTA_POSTFIX, .now = now, .can_wait = true };
	struct arena *a = arena_create(4096);
	const struct pause *pause;
	struct ruling ruling;
	struct state *state;
	struct err e;

	r.macros.value[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	r.macros.value[MACRO_CLIENT_ADDR] = SLICE("198.51.100.1");
	r.macros.value[MACRO_MAIL_ADDR] = SLICE("a@bank.example");
	r.macros.value[MACRO_RCPT_MAILER] = SLICE("smtp");
	state = state_read(STATE_AT(f->path), &e);
	assert_non_null(state);
	state_apply(state, policy);
	policy->overlay = &state->overlay;
	judge_recipient(policy, &r, a, &ruling);
	assert_int_equal(ruling.count, 1);
	assert_int_equal(ruling.list[0].stage, STAGE_REJECT);
	assert_int_equal(ruling.list[0].planned, ACTION_REJECT);
	pause = policy_pause(policy, HOP_INBOUND, now);
	snprintf(out, size, "%s %.*s", action_name(ruling.applied),
	    SLICE_ARGS(pause != NULL ? pause->id : SLICE("")));
	policy->overlay = NULL;
	state_destroy(&state);
	arena_destroy(&a);
}

/* Begun while a clock was ahead, it would act by itself days later. */
static void
test_one_of_a_wrong_clock_ends(void **unused ATTR_UNUSED)
{
	const int64_t ahead = STATE_T + 10 * STATE_DAY;
	struct change change = pause_of(HOP_INBOUND, 4 * HOUR);
	struct actor actor = { .clock = STATE_T, .reason = SLICE("right") };
	char id[CHANGE_ID], came[64];
	struct policy *policy;
	struct folder f;
	struct err e;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("ahead", "refusal", state_make(&f, policy, &change, ahead,
		id), "");
	judge_at(&f, policy, ahead, came, sizeof(came));
	want_text("ahead", "applied", came, "pass P1");
	want_number("repair", "done", state_repair(STATE_AT(f.path), &actor,
	    true, &e), 0);
	judge_at(&f, policy, STATE_T, came, sizeof(came));
	want_text("the clock is right", "applied", came, "reject ");
	judge_at(&f, policy, ahead + HOUR, came, sizeof(came));
	want_text("days later", "applied", came, "reject ");
	/* One that the right clock saw begin goes on. */
	want_text("again", "refusal", state_make(&f, policy, &change,
		STATE_T, id), "");
	assert_int_equal(state_remember(STATE_AT(f.path), STATE_T + 2 * HOUR,
	    &e), 0);
	actor.clock = STATE_T + HOUR;
	want_number("repair", "done", state_repair(STATE_AT(f.path), &actor,
	    true, &e), 0);
	judge_at(&f, policy, STATE_T + 3 * HOUR, came, sizeof(came));
	want_text("in its time", "applied", came, "pass P3");
	policy_destroy(&policy);
	folder_remove(&f);
}

static void
test_rules_only_log_until_its_end(void **unused ATTR_UNUSED)
{
	static const struct {
		const char *label;
		int64_t at;
		const char *came;
	} times[] = {
		{ "before it: recorded mail that is judged again", -1,
		    "reject " },
		{ "at its begin, below never_below", 0, "pass P1" },
		{ "in its last second", 4 * HOUR - 1, "pass P1" },
		{ "at its end, with nobody's help", 4 * HOUR, "reject " },
	};
	struct change change = pause_of(HOP_INBOUND, 4 * HOUR);
	struct policy *policy;
	char id[CHANGE_ID], came[80];
	struct folder f;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("pause", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	want_text("pause", "id", id, "P1");
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		judge_at(&f, policy, STATE_T + times[i].at, came,
		    sizeof(came));
		want_text(times[i].label, "judged", came, times[i].came);
	}
	change = (struct change){ .kind = CHANGE_END_PAUSE,
		.hop = HOP_INBOUND };
	want_text("end", "refusal", state_make(&f, policy, &change,
		STATE_T + 60, id), "");
	judge_at(&f, policy, STATE_T + 60, came, sizeof(came));
	want_text("ended", "judged", came, "reject ");
	want_text("again", "refusal", state_make(&f, policy, &change,
		STATE_T + 61, id), "");
	want_text("again", "id", id, "");
	policy_destroy(&policy);
	folder_remove(&f);
}

static void
test_it_is_for_its_hop(void **unused ATTR_UNUSED)
{
	struct change change = pause_of(HOP_ENTRY, HOUR);
	struct policy *policy;
	char id[CHANGE_ID], came[80];
	struct folder f;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("entry", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	judge_at(&f, policy, STATE_T + 1, came, sizeof(came));
	want_text("another hop", "judged", came, "reject ");
	change.all_hops = true;
	want_text("all", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	judge_at(&f, policy, STATE_T + 1, came, sizeof(came));
	want_text("every hop", "judged", came, "pass P2");
	policy_destroy(&policy);
	folder_remove(&f);
}

static void
test_its_length_has_a_limit(void **unused ATTR_UNUSED)
{
	static const struct {
		const char *longest;
		int64_t lasts;
		const char *refusal;
	} cases[] = {
		{ "90d", 24 * HOUR, "" },
		{ "90d", 24 * HOUR + 1, "at most 24 hours" },
		{ "3h", 3 * HOUR, "" },
		{ "3h", 3 * HOUR + 1, "at most 3 hours" },
		{ "90d", 0, "must end" },
		{ "90d", -1, "must end" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct change change = pause_of(HOP_INBOUND, cases[i].lasts);
		struct policy *policy;
		char id[CHANGE_ID];
		const char *came;
		struct folder f;

		folder_create(&f);
		policy = read_policy(&f, cases[i].longest);
		came = state_make(&f, policy, &change, STATE_T, id);
		want_that(came, cases[i].refusal, cases[i].refusal[0] == '\0'
		    ? came[0] == '\0' : strstr(came, cases[i].refusal) != NULL);
		policy_destroy(&policy);
		folder_remove(&f);
	}
}

static void
test_the_map_asks_nothing(void **unused ATTR_UNUSED)
{
	struct change change = pause_of(HOP_OUTBOUND, HOUR);
	struct outbound_question q = { .publication = PUBLICATION_NONE,
		.now = STATE_T + 1 };
	struct outbound_answer answer;
	struct policy *policy;
	struct state *state;
	char id[CHANGE_ID];
	struct folder f;
	struct err e;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("pause", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	state = state_read(STATE_AT(f.path), &e);
	state_apply(state, policy);
	policy->overlay = &state->overlay;
	outbound_key_read(SLICE("bank.example"), &q.key);
	outbound_answer(policy, &q, &answer);
	assert_int_equal(answer.kind, OUTBOUND_NOTFOUND);
	assert_int_equal(answer.why, OUTBOUND_WHY_PAUSED);
	q.now = STATE_T + HOUR;
	outbound_answer(policy, &q, &answer);
	assert_int_equal(answer.kind, OUTBOUND_OK);
	policy->overlay = NULL;
	state_destroy(&state);
	policy_destroy(&policy);
	folder_remove(&f);
}

/* P1 of 4 hours is in force. */
static const struct {
	const char *label;
	int64_t at, lasts;              /* in seconds; of the next one */
	bool all_hops;
	const char *refusal;            /* part of it */
	const char *id;
	int64_t until, since;
} twice[] = {
	{ "at once", 0, 4 * HOUR, false, NULL, "P1", 4 * HOUR, 0 },
	{ "a minute later", 60, 4 * HOUR, false, NULL, "P1", 4 * HOUR, 0 },
	{ "longer", 61, 4 * HOUR, false, NULL, "P2", 4 * HOUR + 61, 0 },
	{ "shorter", 60, HOUR, false, NULL, "P2", HOUR + 60, 0 },
	{ "a minute shorter", 0, 4 * HOUR - 60, false, NULL, "P2",
	    4 * HOUR - 60, 0 },
	{ "other hops too", 0, 4 * HOUR, true, NULL, "P2", 4 * HOUR, 0 },
	{ "to the end of the day", 4 * HOUR - 1, 20 * HOUR + 1, false, NULL,
	    "P2", 24 * HOUR, 0 },
	{ "longer than one may be", 4 * HOUR - 1, 20 * HOUR + 2, false,
	    "`enforcetls pause --end inbound`", "P1", 4 * HOUR, 0 },
	{ "longer, for all", 4 * HOUR - 1, 21 * HOUR, true,
	    "`enforcetls pause --end`", "P1", 4 * HOUR, 0 },
	{ "after its end", 4 * HOUR, 24 * HOUR, false, NULL, "P2",
	    28 * HOUR, 4 * HOUR },
};

static void
test_twice(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(twice); i++) {
		struct change change = pause_of(HOP_INBOUND, 4 * HOUR);
		const char *refusal, *label = twice[i].label;
		const struct pause *pause;
		struct policy *policy;
		struct state *state;
		char id[CHANGE_ID];
		struct folder f;
		struct err e;

		folder_create(&f);
		policy = read_policy(&f, "90d");
		want_text(label, "the first", state_make(&f, policy, &change,
		    STATE_T, id), "");
		change.lasts = twice[i].lasts;
		change.all_hops = twice[i].all_hops;
		refusal = state_make(&f, policy, &change,
		    STATE_T + twice[i].at, id);
		want_that(label, "refused", twice[i].refusal == NULL
		    ? refusal[0] == '\0'
		    : strstr(refusal, twice[i].refusal) != NULL);
		state = state_read(STATE_AT(f.path), &e);
		pause = &state->pauses[HOP_INBOUND];
		want_slice(label, "id", pause->id, twice[i].id);
		want_number(label, "until", (long)(pause->until - STATE_T),
		    (long)twice[i].until);
		want_number(label, "since", (long)(pause->since - STATE_T),
		    (long)twice[i].since);
		state_destroy(&state);
		policy_destroy(&policy);
		folder_remove(&f);
	}
}

/* A lost or damaged state loses the pause, not protection. */
static void
test_damage_ends_it(void **unused ATTR_UNUSED)
{
	struct change change = pause_of(HOP_INBOUND, HOUR);
	struct policy *policy;
	char id[CHANGE_ID], came[80], line[300];
	struct folder f;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("pause", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	snprintf(line, sizeof(line), "echo x >>%s/state.conf", f.path);
	assert_int_equal(system(line), 0);
	judge_at(&f, policy, STATE_T + 1, came, sizeof(came));
	want_text("damaged", "judged", came, "reject ");
	policy_destroy(&policy);
	folder_remove(&f);
}

/* The time seen is kept for it, so that it stays ended. */
static void
test_a_clock_set_back_does_not_lengthen_it(void **unused ATTR_UNUSED)
{
	struct change change = pause_of(HOP_INBOUND, HOUR);
	struct policy *policy;
	struct state *state;
	char id[CHANGE_ID];
	struct folder f;
	struct err e;

	folder_create(&f);
	policy = read_policy(&f, "90d");
	want_text("pause", "refusal", state_make(&f, policy, &change, STATE_T,
		id), "");
	assert_int_equal(state_remember(STATE_AT(f.path), STATE_T + 2 * HOUR,
	    &e), 0);
	state = state_read(STATE_AT(f.path), &e);
	assert_int_equal(state_now(state, STATE_T), STATE_T + 2 * HOUR);
	state_destroy(&state);
	policy_destroy(&policy);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_one_of_a_wrong_clock_ends),
	cmocka_unit_test(test_rules_only_log_until_its_end),
	cmocka_unit_test(test_it_is_for_its_hop),
	cmocka_unit_test(test_its_length_has_a_limit),
	cmocka_unit_test(test_the_map_asks_nothing),
	cmocka_unit_test(test_twice),
	cmocka_unit_test(test_damage_ends_it),
	cmocka_unit_test(test_a_clock_set_back_does_not_lengthen_it),
};

RUN_TESTS(tests)
