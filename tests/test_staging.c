/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/reason.h"
#include "policy/reply.h"
#include "policy/staging.h"
#include "tests/cases.h"

static void
a_stage_turns_a_verdict_into_an_action(void **state ATTR_UNUSED)
{
	static const struct {
		const char *stage, *pass, *undecided, *fail;
	} cases[] = {
		{ "log-only", "pass", "pass", "pass" },
		{ "tag", "pass", "tag", "tag" },
		{ "hold", "pass", "hold", "hold" },
		{ "defer", "pass", "defer", "defer" },
		{ "reject", "pass", "defer", "reject" },
		{ "unset", "pass", "defer", "defer" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum stage stage = STAGE_UNSET;

		stage_from(slice_of(cases[i].stage), &stage);
		want_text(cases[i].stage, "pass", action_name(
		    staging_plan(VERDICT_PASS, stage)), cases[i].pass);
		want_text(cases[i].stage, "undecided", action_name(
		    staging_plan(VERDICT_UNDECIDED, stage)),
		    cases[i].undecided);
		want_text(cases[i].stage, "fail", action_name(
		    staging_plan(VERDICT_FAIL, stage)), cases[i].fail);
	}
}

static void
the_applied_action_is_never_more_than_planned(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		enum action planned;
		struct action_limits c;
		const char *applied;
	} cases[] = {
		{ "enforce", ACTION_REJECT,
		    { .can_hold = true, .can_tag = true }, "reject" },
		{ "hold at the end", ACTION_HOLD,
		    { .can_hold = true, .can_wait = true }, "hold" },
		{ "hold where the end may not come", ACTION_HOLD,
		    { .can_hold = true, .can_tag = true }, "defer" },
		{ "tag at the end", ACTION_TAG,
		    { .can_tag = true, .can_wait = true }, "tag" },
		{ "tag where the end may not come", ACTION_TAG,
		    { .can_hold = true, .can_tag = true }, "defer" },
		{ "log-only waits for no end", ACTION_HOLD,
		    { .mode = MODE_LOG_ONLY, .can_hold = true }, "pass" },
		{ "log-only touches nothing", ACTION_REJECT,
		    { .mode = MODE_LOG_ONLY }, "pass" },
		{ "log-only, and a plan nobody made", ACTION_UNSET,
		    { .mode = MODE_LOG_ONLY }, "pass" },
		{ "a plan nobody made defers", ACTION_UNSET, { 0 }, "defer" },
		{ "exempt", ACTION_REJECT, { .exempt = EXEMPT_POSTMASTER },
		    "pass" },
		{ "no quarantine offered", ACTION_HOLD, { 0 }, "defer" },
		{ "no headers offered", ACTION_TAG, { 0 }, "pass" },
		{ "null sender: reject becomes defer", ACTION_REJECT,
		    { .cap = ACTION_DEFER }, "defer" },
		{ "null sender: enforce", ACTION_REJECT,
		    { .cap = ACTION_REJECT }, "reject" },
		{ "null sender: log-only", ACTION_REJECT,
		    { .cap = ACTION_PASS }, "pass" },
		{ "null sender: hold stays", ACTION_HOLD,
		    { .cap = ACTION_DEFER, .can_hold = true,
			.can_wait = true }, "hold" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		want_text(cases[i].label, "applied", action_name(
		    staging_apply(cases[i].planned, &cases[i].c)),
		    cases[i].applied);
}

static void
codes_are_those_of_the_registry(void **state ATTR_UNUSED)
{
	static const struct {
		const char *reason, *reject, *defer;
	} cases[] = {
		{ "plaintext", "550 5.7.10", "451 4.7.10" },
		{ "version-too-low", "554 5.7.10", "451 4.7.10" },
		{ "cipher-too-weak", "554 5.7.10", "451 4.7.10" },
		{ "peer-not-verified", "554 5.7.5", "451 4.7.5" },
		{ "identity-mismatch", "550 5.7.1", "451 4.7.0" },
		{ "evidence-missing", "451 4.3.5", "451 4.3.5" },
		{ "policy-unavailable", "451 4.3.5", "451 4.3.5" },
		{ "name-unreadable", "451 4.1.8", "451 4.1.8" },
		{ "destination-unknown", "553 5.1.3", "451 4.3.0" },
		{ "route-unknown", "451 4.3.5", "451 4.3.5" },
		{ "route-uncovered", "550 5.7.10", "451 4.7.10" },
		{ "shutting-down", "421 4.3.2", "421 4.3.2" },
		{ "ok", "451 4.3.0", "451 4.3.0" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct reply_words words = { .reference = SLICE("4XJ2k") };
		enum reason reason = REASON_UNSET;
		struct reply reply;
		char codes[16];

		reason_from(slice_of(cases[i].reason), &reason);
		reply_make(ACTION_REJECT, reason, &words, &reply);
		snprintf(codes, sizeof(codes), "%s %s", reply.code,
		    reply.enhanced);
		want_text(cases[i].reason, "refusal", codes, cases[i].reject);
		want_number(cases[i].reason, "class and action agree",
		    reply.action == ACTION_REJECT, reply.code[0] == '5');
		reply_make(ACTION_DEFER, reason, &words, &reply);
		snprintf(codes, sizeof(codes), "%s %s", reply.code,
		    reply.enhanced);
		want_text(cases[i].reason, "deferral", codes, cases[i].defer);
		want_number(cases[i].reason, "defers", reply.action,
		    ACTION_DEFER);
	}
}

static void
a_reply_is_one_short_printable_line(void **state ATTR_UNUSED)
{
	char long_text[600];
	struct reply_words words = {
		.partner = SLICE("b\xc3\xa4nk\r\n250 ok"),
		.sentence = { long_text, sizeof(long_text) },
		.reference = SLICE("4XJ2k"),
		.help_url = SLICE("https://corp.example/50%"),
	};
	struct reply reply;
	char escaped[2 * LIMIT_REPLY + 1];

	memset(long_text, '%', sizeof(long_text));
	for (unsigned r = 0; r < REASON_COUNT; r++) {
		reply_make(ACTION_REJECT, (enum reason)r, &words, &reply);
		want_that(reason_name((enum reason)r), "bounded",
		    strlen(reply.text) <= LIMIT_REPLY);
		want_that(reason_name((enum reason)r), "keeps its reference",
		    strstr(reply.text, "; ref 4XJ2k)") != NULL);
		want_that(reason_name((enum reason)r), "keeps its reason",
		    strstr(reply.text, reason_name((enum reason)r)) != NULL);
		for (const char *p = reply.text; *p != '\0'; p++)
			want_that(reason_name((enum reason)r), "printable",
			    *p >= 0x20 && *p <= 0x7e);
		want_number(reason_name((enum reason)r), "class of both",
		    reply.code[0], reply.enhanced[0]);
	}
	words.sentence = SLICE_NONE;
	reply_make(ACTION_DEFER, REASON_PLAINTEXT, &words, &reply);
	assert_string_equal(reply.text, "Encryption (TLS) is required "
	    "(b??nk??250 ok: plaintext; ref 4XJ2k) https://corp.example/50%");
	reply_escape(reply.text, escaped, sizeof(escaped));
	assert_non_null(strstr(escaped, "50%%"));
	memset(long_text, '%', sizeof(long_text));
	long_text[LIMIT_REPLY] = '\0';
	reply_escape(long_text, escaped, sizeof(escaped));
	assert_int_equal(strlen(escaped) % 2, 0);
	assert_true(strlen(escaped) >= 2 * LIMIT_REPLY - 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_stage_turns_a_verdict_into_an_action),
	cmocka_unit_test(the_applied_action_is_never_more_than_planned),
	cmocka_unit_test(codes_are_those_of_the_registry),
	cmocka_unit_test(a_reply_is_one_short_printable_line),
};

RUN_TESTS(tests)
