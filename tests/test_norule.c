/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/judge.h"
#include "policy/judge/norule.h"
#include "policy/reason.h"
#include "tests/made.h"

#define ENCRYPT MADE(ENCRYPT, REJECT)

static const struct made_row rows[] = {
	{ "bank", "bank.example", .inbound = { ENCRYPT } },
	{ "away", "away.example", .outbound = { ENCRYPT } },
	{ "before", "before.example", .earlier = { ENCRYPT } },
};

static const struct made_row inbound_only[] = {
	{ "bank", "bank.example", .inbound = { ENCRYPT } },
};

/* clang-format off */
static const struct norule_case {
	const char *label;
	const char *sender, *recipient;
	const char *wanted;
} cases[] = {
	{ "no row covers a name", "<a@free.example>", "<u@free.example>",
	    "no-rule" },
	{ "the null sender", "<>", "<u@free.example>", "null-sender" },
	{ "a rule that the map applies", "<a@free.example>",
	    "<u@away.example>", "route-covered" },
	{ "a client that is no own relay", "<a@free.example>",
	    "<u@before.example>", "not-relayed" },
};
/* clang-format on */

/* A session in the clear; mail goes straight to the recipient's domain. */
static struct request
request_of(const char *sender, const char *recipient)
{
	struct request request = { .mta = MTA_POSTFIX,
		.sender = slice_of(sender), .recipient = slice_of(recipient),
		.ref = SLICE("R"), .sends_headers = true, .can_wait = true };
	struct slice *value = request.macros.value;

	value[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	value[MACRO_RCPT_MAILER] = SLICE("smtp");
	value[MACRO_RCPT_HOST] = slice_head(slice_from(request.recipient,
	    slice_find(request.recipient, '@') + 1), request.recipient.n -
	    slice_find(request.recipient, '@') - 2);
	value[MACRO_MAIL_ADDR] = slice_head(
	    slice_from(request.sender, 1), request.sender.n - 2);
	return request;
}

static void
each_reason_is_recorded_under_scope_all(void **state ATTR_UNUSED)
{
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	policy.settings.scope = SCOPE_ALL;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct request request =
		    request_of(cases[i].sender, cases[i].recipient);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		judge_recipient(&policy, &request, a, &ruling);
		want_number(cases[i].label, "records", (long)ruling.count, 1);
		want_text(cases[i].label, "reason",
		    reason_name(ruling.list[0].finding.reason),
		    cases[i].wanted);
		arena_destroy(&a);
	}
	made_clear(&policy);
}

/* Whatever a name's trouble is, "no rule applies" is never the answer. */
static void
what_is_not_known_is_undecided(void **state ATTR_UNUSED)
{
	static const struct destinations known = { .count = 1 };
	static const struct destinations odd[] = {
		{ .unknown = true }, { .unreadable = true, .count = 1 },
		{ .cut = true, .count = 1 }, { .count = 0 },
		{ .unknown = true, .null = true },
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct finding to = norule_why(&policy, &known, &odd[i]);
		struct finding from = norule_why(&policy, &odd[i], &known);

		assert_int_equal(to.verdict, VERDICT_UNDECIDED);
		assert_int_equal(from.verdict, VERDICT_UNDECIDED);
	}
	made_clear(&policy);
}

static void
a_name_that_no_rule_is_about_may_be_unknown(void **state ATTR_UNUSED)
{
	static const struct destinations known = { .count = 1 };
	static const struct destinations odd = { .unreadable = true };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, inbound_only, 1);
	assert_int_equal(norule_why(&policy, &known, &odd).verdict,
	    VERDICT_PASS);
	assert_int_equal(norule_why(&policy, &odd, &known).verdict,
	    VERDICT_UNDECIDED);
	made_clear(&policy);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_reason_is_recorded_under_scope_all),
	cmocka_unit_test(what_is_not_known_is_undecided),
	cmocka_unit_test(a_name_that_no_rule_is_about_may_be_unknown),
};

RUN_TESTS(tests)
