/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/judge.h"
#include "policy/judge/refusal.h"
#include "policy/reason.h"
#include "policy/staging.h"
#include "tests/made.h"

#define ENCRYPT MADE(ENCRYPT, REJECT)

static const struct made_row rows[] = {
	{ "out", "out.example", .outbound = { ENCRYPT } },
	{ "any", "any.example", .outbound = { MADE(NONE, REJECT) } },
	{ "in", "in.example", .entry = { ENCRYPT } },
	{ "ours", "corp.example", .entry = { ENCRYPT },
	    .earlier = { ENCRYPT } },
};

/* A session in the clear, from this client to this recipient, who goes straight
 * to his domain; the MTA sends the header. */
static struct request
request_of(const char *client, const char *recipient)
{
	struct request request = { .mta = MTA_POSTFIX,
		.sender = SLICE("<a@free.example>"),
		.recipient = slice_of(recipient), .ref = SLICE("R"),
		.can_hold = true, .can_tag = true, .sends_headers = true,
		.can_wait = true };
	struct slice *value = request.macros.value;

	value[MACRO_MTA_VERSION] = SLICE("Postfix 3.10.1");
	value[MACRO_CLIENT_ADDR] = slice_of(client);
	value[MACRO_CLIENT_PORT] = SLICE("40000");
	value[MACRO_MAIL_ADDR] = SLICE("a@free.example");
	value[MACRO_RCPT_MAILER] = SLICE("smtp");
	value[MACRO_RCPT_ADDR] = slice_head(slice_from(request.recipient, 1),
	    request.recipient.n - 2);
	value[MACRO_RCPT_HOST] = slice_from(value[MACRO_RCPT_ADDR],
	    slice_find(value[MACRO_RCPT_ADDR], '@') + 1);
	return request;
}

static void
want_first(const char *label, const struct ruling *ruling,
    const char *applied, const char *reason)
{
	want_text(label, "applied", action_name(ruling->applied), applied);
	want_text(label, "reason", ruling->count == 0 ? "-"
	    : reason_name(ruling->list[0].finding.reason), reason);
}

/* clang-format off */
static const struct required_case {
	const char *label, *recipient;
	int postfix;                    /* the setting */
	enum tls_required_no setting;
	bool requiretls;
	bool waits;                     /* at RCPT, for the header */
	const char *applied;            /* at the end, with the field */
	const char *unseen;             /* at RCPT, where none can be seen */
	const char *shown;              /* the macro v; NULL: 3.7.11 */
} required_cases[] = {
	{ "as it is", "<u@out.example>", 310, TLS_REQUIRED_NO_ENFORCE, false,
	    true, "reject", "defer", NULL },
	{ "the setting is ignore", "<u@out.example>", 310,
	    TLS_REQUIRED_NO_IGNORE, false, false, "pass", "pass", NULL },
	{ "a Postfix that does not know the field", "<u@out.example>", 309,
	    TLS_REQUIRED_NO_ENFORCE, false, false, "pass", "pass", NULL },
	{ "one that knows it, and an old setting", "<u@out.example>", 307,
	    TLS_REQUIRED_NO_ENFORCE, false, true, "reject", "defer",
	    "Postfix 3.10.13" },
	{ "the same with two digits less", "<u@out.example>", 307,
	    TLS_REQUIRED_NO_ENFORCE, false, false, "pass", "pass",
	    "Postfix 3.1.9" },
	{ "a snapshot of 3.11", "<u@out.example>", 307,
	    TLS_REQUIRED_NO_ENFORCE, false, true, "reject", "defer",
	    "Postfix 3.11-20250101" },
	{ "another name and a hidden version", "<u@out.example>", 307,
	    TLS_REQUIRED_NO_ENFORCE, false, true, "reject", "defer", "Mail" },
	{ "a newer one, and a sender that asked", "<u@out.example>", 307,
	    TLS_REQUIRED_NO_ENFORCE, true, false, "pass", "pass",
	    "Postfix 4.0.0" },
	{ "the sender asked for TLS", "<u@out.example>", 310,
	    TLS_REQUIRED_NO_ENFORCE, true, false, "pass", "pass", NULL },
	{ "a rule that asks no TLS", "<u@any.example>", 310,
	    TLS_REQUIRED_NO_ENFORCE, false, false, "pass", "pass", NULL },
	{ "no rule for the hop out", "<u@in.example>", 310,
	    TLS_REQUIRED_NO_ENFORCE, false, false, "pass", "reject", NULL },
};
/* clang-format on */

/* Postfix 3.10 sends such a message in the clear without asking the map. */
static void
tls_required_no_never_undercuts_a_rule(void **state ATTR_UNUSED)
{
	struct header_evidence header = { .tls_required_no = true };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(required_cases); i++) {
		const struct required_case *c = &required_cases[i];
		struct request request =
		    request_of("192.0.2.7", c->recipient);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		policy.settings.postfix_version = c->postfix;
		request.macros.value[MACRO_MTA_VERSION] = slice_of(
		    c->shown == NULL ? "Postfix 3.7.11" : c->shown);
		policy.settings.tls_required_no = c->setting;
		request.requiretls = c->requiretls;
		judge_recipient(&policy, &request, a, &ruling);
		want_number(c->label, "waits", ruling.wants_headers, c->waits);
		judge_at_end(&policy, &request, &header, a, &ruling);
		want_first(c->label, &ruling, c->applied, ruling.count == 0
			? "-" : "tls-required-no");
		request.sends_headers = false;
		judge_recipient(&policy, &request, a, &ruling);
		want_text(c->label, "without a header",
		    action_name(ruling.applied), c->unseen);
		arena_destroy(&a);
	}
	made_clear(&policy);
}

/* A floor of none is kept by a message that is sent in the clear. */
static void
an_exception_counts_for_tls_required_no_too(void **state ATTR_UNUSED)
{
	static const struct exception list[] = {
		{ .id = SLICE("x1"), .partner = SLICE("out"),
		    .hop = HOP_OUTBOUND, .floor = LEVEL_NONE, .from = 1000,
		    .until = 2000 },
	};
	struct arena *a = arena_create(4096);
	struct overlay overlay = { .exceptions = exceptions_index(list,
		COUNT_OF(list), a) };
	struct header_evidence header = { .tls_required_no = true };
	struct request request = request_of("192.0.2.7", "<u@out.example>");
	struct policy policy;
	struct ruling ruling;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	policy.settings.postfix_version = 310;
	policy.settings.exception_allow_plaintext = true;
	policy.overlay = &overlay;
	request.now = 1500;
	judge_at_end(&policy, &request, &header, a, &ruling);
	want_first("an exception", &ruling, "pass", "tls-required-no");
	want_slice("an exception", "its id", ruling.list[0].exception, "x1");
	request.now = 2000;
	judge_at_end(&policy, &request, &header, a, &ruling);
	want_first("it ended", &ruling, "reject", "tls-required-no");
	arena_destroy(&a);
	made_clear(&policy);
}

/* Mail by an own relay, of which this MTA shows no header. Rules on the hop into
 * the edge have exemptions; those on hops between own relays have none. */
static void
without_a_header_only_who_is_exempt_passes(void **state ATTR_UNUSED)
{
	static const struct relay relays[] = {
		{ .range = { { 4, { 192, 0, 2, 1 } }, 32 } } };
	static const struct slice served[] = { SLICE("corp.example"),
		SLICE("in.example") };
	static const struct {
		const char *label, *recipient, *applied;
		const char *exempt;     /* from entry */
		size_t count;           /* of decisions */
	} mails[] = {
		{ "a user", "<u@in.example>", "defer", NULL, 1 },
		{ "the postmaster", "<postmaster@in.example>", "pass",
		    "postmaster", 1 },
		{ "a user, by earlier too", "<u@corp.example>", "defer", NULL,
		    2 },
		{ "the postmaster, by earlier too",
		    "<postmaster@corp.example>", "defer", "postmaster", 2 },
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	policy.settings.own_relays = relays;
	policy.settings.own_relay_count = COUNT_OF(relays);
	policy.settings.served_domains = (struct words){ served, 2 };
	for (size_t i = 0; i < COUNT_OF(mails); i++) {
		struct request request =
		    request_of("192.0.2.1", mails[i].recipient);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		request.sends_headers = false;
		judge_recipient(&policy, &request, a, &ruling);
		want_first(mails[i].label, &ruling, mails[i].applied,
		    "evidence-missing");
		want_number(mails[i].label, "decisions", (long)ruling.count,
		    (long)mails[i].count);
		want_text(mails[i].label, "entry",
		    exempt_name(ruling.list[0].exempt), mails[i].exempt);
		if (ruling.count > 1)
			want_text(mails[i].label, "earlier",
			    exempt_name(ruling.list[1].exempt), NULL);
		arena_destroy(&a);
	}
	made_clear(&policy);
}

/* Mail of this host itself has crossed no hop. Sendmail shows no address for
 * `sendmail -bs` on a pipe (FACTS 37): that alone may be an own relay. */
static void
mail_of_this_host_has_no_earlier_hop(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *client, *port, *daemon, *mailer;
		bool waits;
		const char *applied;
	} clients[] = {
		{ "sendmail -bs on a pipe", "0", "0", NULL, "esmtp", false,
		    "pass" },
		{ "sendmail(1)", "127.0.0.1", "0", NULL, NULL, false, "pass" },
		{ "a client that is no relay", "192.0.2.7", "40000",
		    "192.0.2.9", "esmtp", false, "pass" },
		{ "an address that is not known", NULL, "40000", "192.0.2.9",
		    "esmtp", true, "defer" },
		{ "nor can be read, at a listener", "0", "0", "192.0.2.9",
		    "esmtp", true, "defer" },
		{ "nor can be read, with a port", "0", "40000", NULL, "esmtp",
		    true, "defer" },
	};
	static const struct made_row before[] = {
		{ "ours", "corp.example", .earlier = { ENCRYPT } } };
	struct header_evidence header = { .tls_required_no = false };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, before, COUNT_OF(before));
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		struct request request =
		    request_of(clients[i].client, "<u@corp.example>");
		struct slice *value = request.macros.value;
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		value[MACRO_CLIENT_PORT] = slice_of(clients[i].port);
		value[MACRO_DAEMON_ADDR] = slice_of(clients[i].daemon);
		value[MACRO_RCPT_MAILER] = slice_of(clients[i].mailer);
		judge_recipient(&policy, &request, a, &ruling);
		want_number(clients[i].label, "waits", ruling.wants_headers,
		    clients[i].waits);
		judge_at_end(&policy, &request, &header, a, &ruling);
		want_text(clients[i].label, "applied",
		    action_name(ruling.applied), clients[i].applied);
		arena_destroy(&a);
	}
	made_clear(&policy);
}

/* Too many recipients, say: what the rules decided is recorded all the same. */
static void
a_refusal_of_ours_keeps_what_was_decided(void **state ATTR_UNUSED)
{
	struct request request = request_of("192.0.2.7", "<u@in.example>");
	struct arena *a = arena_create(4096);
	struct ruling ruling, empty = { .count = 0 };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	policy.settings.help_url = SLICE("https://corp.example/tls");
	judge_recipient(&policy, &request, a, &ruling);
	refusal_add(&policy, request.ref, REASON_TOO_MANY_RECIPIENTS, a,
	    &ruling);
	want_number("after a rule's", "decisions", (long)ruling.count, 2);
	want_first("after a rule's", &ruling, "defer", "plaintext");
	want_slice("after a rule's", "partner", ruling.list[0].partner, "in");
	want_text("after a rule's", "strictest", reason_name(
	    ruling.strictest->finding.reason), "too-many-recipients");
	want_that("after a rule's", "the reply has the URL", strstr(
	    ruling.reply->text, "https://corp.example/tls") != NULL);
	refusal_add(NULL, request.ref, REASON_POLICY_UNAVAILABLE, a, &empty);
	want_number("alone", "decisions", (long)empty.count, 1);
	want_first("alone", &empty, "defer", "policy-unavailable");
	arena_destroy(&a);
	made_clear(&policy);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mail_of_this_host_has_no_earlier_hop),
	cmocka_unit_test(a_refusal_of_ours_keeps_what_was_decided),
	cmocka_unit_test(tls_required_no_never_undercuts_a_rule),
	cmocka_unit_test(an_exception_counts_for_tls_required_no_too),
	cmocka_unit_test(without_a_header_only_who_is_exempt_passes),
};

RUN_TESTS(tests)
