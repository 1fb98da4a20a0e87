/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/waiting.h"
#include "policy/base/text.h"
#include "tests/made.h"

#define ENCRYPT MADE(ENCRYPT, DEFER)
#define NOT_OFFERED(host) \
	"TLS is required, but was not offered by host " host "[192.0.2.7]"
#define NOT_VERIFIED "Server certificate not verified"
#define TIMED_OUT "connect to mx.example[192.0.2.7]:25: timed out"

enum { NOW = 100000, LINES = 4 };

static const struct made_row rows[] = {
	{ "bank", "bank.example", .outbound = { MADE(VERIFY, DEFER),
	    .names = "mx.bank.example" } },
	{ "court", "court.example", .outbound = { ENCRYPT } },
	{ "gate", "[gw.example]", MADE_NEXT_HOP, .outbound = { ENCRYPT } },
	{ "rollout", "new.example", .outbound = { MADE(ENCRYPT, LOG_ONLY) } },
	{ NULL, "line.example", .outbound = { ENCRYPT } },
	{ "port", "[court.example]:587", MADE_NEXT_HOP,
	    .outbound = { ENCRYPT } },
};

static const struct slice to_gate[] = { { "[gw.example]", 12 } };
static const struct slice to_free[] = { { "free.example", 12 } };
static const struct slice to_port[] = { { "[court.example]:587", 19 } };
static const struct slice to_either[] = { { "bank.example", 12 },
	{ "[gw.example]", 12 } };
static const struct slice to_bank_or_free[] = { { "[free.example]", 14 },
	{ "bank.example", 12 } };
static const struct slice to_bank[] = { { "bank.example", 12 } };

#define MAIL(name, when, from, to, why) { .id = SLICE(name), .arrival = when, \
	.sender = SLICE(from), .recipient = SLICE(to), .reason = SLICE(why) }
#define ONE(to, why) { MAIL("A", 10, "a@x.example", to, why) }
#define BY(to, why, list, reason_unsure) { { .id = SLICE("A"), \
	.arrival = 10, .sender = SLICE("a@x.example"), \
	.recipient = SLICE(to), .reason = SLICE(why), .hops = list, \
	.hop_count = COUNT_OF(list), .unsure = reason_unsure } }
#define FAILED "the next hop is not known: a table failed"
#define UNTRIED(to, why) { { .id = SLICE("A"), .arrival = 10, \
	.sender = SLICE("a@x.example"), .recipient = SLICE(to), \
	.other_reason = SLICE(why) } }

/* clang-format off */
static const struct waiting_case {
	const char *label;
	struct waiting_mail mail[LINES];
	/* Kind, partner, messages/recipients, the oldest and the oldest
	 * bounce, the lacks, and the floor of an exception. */
	const char *groups;
} cases[] = {
	{ "for a rule", ONE("u@bank.example", NOT_OFFERED("mx.b.example")),
	    "rule bank 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "what an exception for a certificate lets pass",
	    ONE("u@bank.example", NOT_VERIFIED),
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n" },
	{ "recipients of a message, and other messages",
	    { MAIL("A", 30, "a@x.example", "u@bank.example", NOT_VERIFIED),
	      MAIL("A", 30, "a@x.example", "v@bank.example", NOT_VERIFIED),
	      MAIL("B", 20, "a@x.example", "u@bank.example", NOT_VERIFIED),
	      MAIL("C", 0, "a@x.example", "u@bank.example",
		NOT_OFFERED("mx.b.example")) },
	    "rule bank 3/4 20 0 starttls-not-offered=1 "
	    "certificate-not-verified=3 none\n" },
	{ "bounces have their own age",
	    { MAIL("A", 30, "a@x.example", "u@bank.example", NOT_VERIFIED),
	      MAIL("B", 20, "", "u@bank.example", NOT_VERIFIED),
	      MAIL("C", 25, "", "u@bank.example", NOT_VERIFIED) },
	    "rule bank 3/3 30 20 certificate-not-verified=3 encrypt\n" },
	{ "by kind, then by partner",
	    { MAIL("A", 10, "a@x.example", "u@court.example", NOT_VERIFIED),
	      MAIL("B", 10, "a@x.example", "u@bank.example", TIMED_OUT),
	      MAIL("C", 10, "a@x.example", "u@bank.example", NOT_VERIFIED),
	      MAIL("D", 10, "a@x.example", "u@free.example", NOT_VERIFIED) },
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n"
	    "rule court 1/1 10 0 certificate-not-verified=1 none\n"
	    "maybe bank 1/1 10 0 unknown=1 unset\n"
	    "other - 1/1 10 0 certificate-not-verified=1 unset\n" },
	{ "for the map", ONE("u@bank.example", "TLS policy lookup failed"),
	    "map bank 1/1 10 0 map-failed=1 unset\n" },
	{ "for the map, and no row", ONE("u@free.example",
	    "TLS policy lookup failed"),
	    "map - 1/1 10 0 map-failed=1 unset\n" },
	{ "the same for several, those without a row first",
	    { MAIL("A", 10, "a@x.example", "u@bank.example",
		"TLS policy lookup failed"),
	      MAIL("B", 10, "a@x.example", "u@free.example",
		"TLS policy lookup failed"),
	      MAIL("C", 10, "a@x.example", "u@other.example",
		"TLS policy lookup failed") },
	    "map - 2/2 10 0 map-failed=2 unset\n"
	    "map bank 1/1 10 0 map-failed=1 unset\n" },
	{ "no rule, and no reason of TLS", ONE("u@free.example", TIMED_OUT),
	    "" },
	{ "a rule that does not act", ONE("u@new.example", TIMED_OUT), "" },
	{ "an MX host's row is not that of the next hop",
	    ONE("u@free.example", NOT_OFFERED("court.example")),
	    "other - 1/1 10 0 starttls-not-offered=1 unset\n" },
	{ "the next hop has the row, and the domain has another",
	    BY("u@bank.example", NOT_VERIFIED, to_gate, NULL),
	    "rule gate 1/1 10 0 certificate-not-verified=1 none\n" },
	{ "the next hop has no row, and the domain has one",
	    BY("u@bank.example", NOT_VERIFIED, to_free, NULL),
	    "other - 1/1 10 0 certificate-not-verified=1 unset\n" },
	{ "two rows of one next hop", BY("u@x.example", NOT_VERIFIED, to_port,
	    NULL), "unsure - (the rule may be that of port or of court) 1/1 10 0 "
	    "certificate-not-verified=1 unset\n" },
	{ "two next hops with a row", BY("u@x.example", NOT_VERIFIED,
	    to_either, NULL), "unsure - (the rule may be that of bank or of gate) "
	    "1/1 10 0 certificate-not-verified=1 unset\n" },
	{ "two next hops, one with a row", BY("u@x.example", NOT_VERIFIED,
	    to_bank_or_free, NULL),
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n" },
	{ "sent to this very host", BY("u@x.example",
	    NOT_OFFERED("gw.example"), to_gate, NULL),
	    "rule gate 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "sent elsewhere before the next hop changed", BY("u@x.example",
	    NOT_OFFERED("court.example"), to_gate, NULL),
	    "unsure - (the next hop is not known: it was sent to another "
	    "host than the next hop of now) 1/1 10 0 starttls-not-offered=1 "
	    "unset\n" },
	{ "the host rules one out", BY("u@x.example",
	    NOT_OFFERED("mx.b.example"), to_either, NULL),
	    "rule bank 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "the message's reason names the row", { { .id = SLICE("A"),
	    .arrival = 10, .sender = SLICE("a"), .recipient = SLICE("u@b"),
	    .other_reason = SLICE("TLS policy: plaintext by rule of bank"),
	    .hops = to_bank, .hop_count = 1, .unsure = "a mailertable" } },
	    "rule bank 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "there may be other next hops", BY("u@x.example", NOT_VERIFIED,
	    to_bank, "a table failed"), "unsure - (" FAILED ") 1/1 10 0 "
	    "certificate-not-verified=1 unset\n" },
	{ "the same, and another reason", BY("u@x.example", TIMED_OUT,
	    to_bank, "a table failed"), "maybe - (" FAILED ") 1/1 10 0 "
	    "unknown=1 unset\n" },
	{ "the same, and no row", BY("u@x.example", TIMED_OUT,
	    to_free, "a table failed"), "" },
	{ "the same, and the host has one", BY("u@x.example",
	    NOT_OFFERED("court.example"), to_free, "a table failed"),
	    "unsure - (" FAILED ") 1/1 10 0 starttls-not-offered=1 "
	    "unset\n" },
	{ "the answer named the partner, whatever the next hop is",
	    BY("u@x.example", "TLS policy: plaintext by rule of bank",
		to_bank, "a mailertable"),
	    "rule bank 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "and another partner than the domain's", ONE("u@court.example",
	    "TLS policy: plaintext by rule of shop"),
	    "rule shop 1/1 10 0 starttls-not-offered=1 unset\n" },
	{ "the domain's row comes first", ONE("u@bank.example",
	    NOT_OFFERED("court.example")),
	    "rule bank 1/1 10 0 starttls-not-offered=1 none\n" },
	{ "a row without a name", ONE("u@line.example", NOT_VERIFIED),
	    "rule line.example 1/1 10 0 certificate-not-verified=1 none\n" },
	{ "the reason names the partner", ONE("u@free.example",
	    "TLS policy: plaintext by rule of shop"),
	    "rule shop 1/1 10 0 starttls-not-offered=1 unset\n" },
	{ "no domain", ONE("u", NOT_VERIFIED),
	    "other - 1/1 10 0 certificate-not-verified=1 unset\n" },
	{ "not tried yet", { { .id = SLICE("A"),
	    .recipient = SLICE("u@bank.example") } }, "" },
	{ "the reason of its message",
	    UNTRIED("u@bank.example", NOT_VERIFIED),
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n" },
	{ "the reason of its message, where it says more",
	    { { .id = SLICE("A"), .arrival = 10, .sender = SLICE("a"),
	      .recipient = SLICE("u@bank.example"),
	      .reason = SLICE(TIMED_OUT),
	      .other_reason = SLICE(NOT_VERIFIED) } },
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n" },
	{ "but not for whom no rule is",
	    { { .id = SLICE("A"), .arrival = 10, .sender = SLICE("a"),
	      .recipient = SLICE("u@free.example"),
	      .reason = SLICE(TIMED_OUT),
	      .other_reason = SLICE(NOT_VERIFIED) } }, "" },
	{ "its own reason comes first",
	    { { .id = SLICE("A"), .arrival = 10, .sender = SLICE("a"),
	      .recipient = SLICE("u@bank.example"),
	      .reason = SLICE(NOT_VERIFIED),
	      .other_reason = SLICE("TLS policy lookup failed") } },
	    "rule bank 1/1 10 0 certificate-not-verified=1 encrypt\n" },
	{ "a recipient that is not whole may be anybody's",
	    { { .id = SLICE("A"), .arrival = 10, .sender = SLICE("a"),
	      .recipient = SLICE("u@bank.example"), .cut = true,
	      .reason = SLICE(TIMED_OUT) } },
	    "maybe - 1/1 10 0 unknown=1 unset\n" },
	{ "what came after", { MAIL("A", 51, "a@x.example", "u@bank.example",
		NOT_VERIFIED),
	      MAIL("B", 50, "a@x.example", "u@bank.example", NOT_VERIFIED) },
	    "rule bank 1/1 50 0 certificate-not-verified=1 encrypt\n" },
};
/* clang-format on */

static void
show_group(const struct waiting_group *group, void *data)
{
	struct text *t = data;
	size_t listed = 0;

	text_add(t, "%s %.*s ", waiting_kind_name(group->kind),
	    SLICE_ARGS(group->partner.p == NULL ? SLICE("-")
						: group->partner));
	if (group->unsure.p != NULL)
		text_add(t, "(%.*s) ", SLICE_ARGS(group->unsure));
	text_add(t, "%lu/%lu %ld %ld ", (unsigned long)group->messages,
	    (unsigned long)group->recipients,
	    (long)group->oldest, (long)group->oldest_bounce);
	for (unsigned i = 0; i < LACK_COUNT; i++) {
		if (group->lacked[i] > 0)
			text_add(t, "%s=%lu ", lack_name((enum lack)i),
			    (unsigned long)group->lacked[i]);
		assert_int_equal(group->lacked[i] > 0,
		    group->example[i].p != NULL);
		if (group->example[i].p != NULL)
			assert_int_equal(deferral_lack(group->example[i]), i);
	}
	text_add(t, "%s\n", group->floor == LEVEL_UNSET ? "unset"
	    : level_name(group->floor));
	for (const struct waiting_mail *m = group->mail; m != NULL;
	     m = m->next)
		listed++;
	assert_int_equal(listed, group->recipients);
}

/* Adds mail that goes to its domain, as most does, unless it has hops. */
static void
add_mail(struct waiting *w, const struct waiting_mail *added)
{
	struct waiting_mail mail = *added;
	struct slice domain = slice_from(mail.recipient,
	    slice_rfind(mail.recipient, '@') + 1);

	if (mail.hops == NULL && !mail.cut) {
		mail.hops = &domain;
		mail.hop_count = 1;
	}
	waiting_add(w, &mail);
}

static void
show_all(const struct policy *policy, int64_t before,
    const struct waiting_case *c, char *out, size_t size)
{
	struct waiting *w = waiting_create(policy, NOW, before);
	struct text t;

	text_init(&t, out, size);
	for (size_t i = 0; i < LINES && c->mail[i].id.p != NULL; i++)
		add_mail(w, &c->mail[i]);
	waiting_each(w, show_group, &t);
	waiting_destroy(&w);
	assert_null(w);
	waiting_destroy(&w);
}

static void
mail_is_grouped_by_what_it_waits_for(void **state ATTR_UNUSED)
{
	struct policy policy;
	char shown[1024];

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		show_all(&policy, i == COUNT_OF(cases) - 1 ? 50 : 0,
		    &cases[i], shown, sizeof(shown));
		want_text(cases[i].label, "groups", shown, cases[i].groups);
	}
	made_clear(&policy);
}

static void
keep_key(const struct waiting_group *group, void *data)
{
	*(struct slice *)data = group->mail->key;
}

/* An exception for the key of the mail is the narrowest that helps. */
static void
a_recipient_has_the_key_that_covers_it(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		struct waiting_mail mail;
		const char *key;
	} keyed[] = {
		{ "its domain", MAIL("A", 10, "a@x.example", "u@bank.example",
		    NOT_VERIFIED), "bank.example" },
		{ "its next hop", { .id = SLICE("A"), .arrival = 10,
		    .sender = SLICE("a"), .recipient = SLICE("u@free.example"),
		    .reason = SLICE(NOT_VERIFIED), .hops = to_gate,
		    .hop_count = 1 }, "[gw.example]" },
		{ "no row", MAIL("A", 10, "a@x.example", "u@free.example",
		    NOT_VERIFIED), NULL },
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(keyed); i++) {
		struct waiting *w = waiting_create(&policy, NOW, 0);
		struct slice key = SLICE("no group");

		add_mail(w, &keyed[i].mail);
		waiting_each(w, keep_key, &key);
		want_slice(keyed[i].label, "key", key, keyed[i].key);
		waiting_destroy(&w);
	}
	made_clear(&policy);
}

/* In log-only no mail waits for a rule. */
static void
a_policy_that_only_logs_keeps_no_mail(void **state ATTR_UNUSED)
{
	struct policy policy;
	char shown[1024];

	made_policy(&policy, MODE_LOG_ONLY, rows, COUNT_OF(rows));
	show_all(&policy, 0, &cases[0], shown, sizeof(shown));
	want_text("log-only", "groups", shown,
	    "other - 1/1 10 0 starttls-not-offered=1 unset\n");
	made_clear(&policy);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(mail_is_grouped_by_what_it_waits_for),
	cmocka_unit_test(a_recipient_has_the_key_that_covers_it),
	cmocka_unit_test(a_policy_that_only_logs_keeps_no_mail),
};

RUN_TESTS(tests)
