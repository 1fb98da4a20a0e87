/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "policy/outbound/nexthop.h"
#include "policy/outbound/outbound.h"
#include "tests/made.h"

/*
 * A rule whose row demanded "encrypt" when its stage was set to reject, and
 * demands more now: both act, each at its stage, on every hop.
 */
#define RAISED { MADE(VERIFY, LOG_ONLY), .names = "mx1.bank.example" }

static const struct made_row rows[] = {
	{ "bank", "bank.example", .inbound = RAISED, .entry = RAISED,
	    .earlier = { MADE(ENCRYPT, LOG_ONLY),
		.floor[FLOOR_TLS] = TLS_1_3 },
	    .outbound = RAISED },
	{ "rest", "*", .outbound = { MADE(VERIFY, REJECT) } },
};

static const struct demand encrypt = { .level = LEVEL_ENCRYPT };

struct kept {
	struct policy policy;
	struct kept_term terms[HOP_COUNT];
	struct overlay overlay;
};

static void
kept_make(struct kept *k, const struct demand *demand)
{
	static struct relay relay;

	made_policy(&k->policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	assert_true(netrange_from(SLICE("192.0.2.7"), &relay.range));
	k->policy.settings.own_relays = &relay;
	k->policy.settings.own_relay_count = 1;
	k->overlay = (struct overlay){ .kept = k->terms,
		.kept_count = HOP_COUNT };
	for (unsigned h = 0; h < HOP_COUNT; h++)
		k->terms[h] = (struct kept_term){ table_partner(
			k->policy.table, 0)->rules[h]->number, STAGE_REJECT,
			demand };
	k->policy.overlay = &k->overlay;
}

/* Of a client with this address; version NULL: in plaintext. */
static struct request
request_from(const char *client, const char *version)
{
	struct request r = { .sender = SLICE("a@bank.example"),
		.recipient = SLICE("b@bank.example"), .ref = SLICE("4XJ2k"),
		.mta = MTA_POSTFIX, .can_hold = true, .can_tag = true,
		.can_wait = true, .sends_headers = true };
	struct slice *m = r.macros.value;

	m[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	m[MACRO_CLIENT_ADDR] = slice_of(client);
	m[MACRO_DAEMON_PORT] = SLICE("25");
	m[MACRO_MAIL_ADDR] = SLICE("a@bank.example");
	m[MACRO_RCPT_MAILER] = SLICE("smtp");
	m[MACRO_RCPT_HOST] = SLICE("bank.example");
	if (version != NULL) {
		m[MACRO_TLS_VERSION] = slice_of(version);
		m[MACRO_CIPHER] = SLICE("TLS_AES_256_GCM_SHA384");
		m[MACRO_CIPHER_BITS] = SLICE("256");
	}
	return r;
}

/* "inbound encrypt fail reject, ...": what each decision is. */
static void
show_ruling(const struct ruling *ruling, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];
		char need[200];

		demand_show(d->demand, need, sizeof(need));
		text_join(&t, ", ", "%s %s %s %s", hop_name(d->hop), need,
		    verdict_name(d->finding.verdict), action_name(d->applied));
	}
}

#define NEED "verify names=mx1.bank.example"

static const struct {
	const char *label;
	const char *client, *tls;
	bool at_end;
	enum action applied;
	const char *decisions;
} arrivals[] = {
	{ "plaintext is refused by what the row demanded before",
	    "198.51.100.1", NULL, false, ACTION_REJECT,
	    "inbound " NEED " fail pass, inbound encrypt fail reject, "
	    "entry " NEED " fail pass, entry encrypt fail reject" },
	{ "TLS without a certificate passes until the rest is staged",
	    "198.51.100.1", "TLSv1.3", false, ACTION_PASS,
	    "inbound " NEED " fail pass, inbound encrypt pass pass, "
	    "entry " NEED " fail pass, entry encrypt pass pass" },
	{ "an earlier hop in plaintext is refused", "192.0.2.7", NULL, true,
	    ACTION_REJECT, "earlier encrypt min_tls=1.3 fail pass, "
	    "earlier encrypt fail reject" },
	{ "an earlier hop below the new floor passes", "192.0.2.7", "TLSv1.2",
	    true, ACTION_PASS, "earlier encrypt min_tls=1.3 fail pass, "
	    "earlier encrypt pass pass" },
};

static void
both_demands_are_judged(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	struct kept k;

	kept_make(&k, &encrypt);
	for (size_t i = 0; i < COUNT_OF(arrivals); i++) {
		struct request r = request_from(arrivals[i].client,
		    arrivals[i].tls);
		struct header_evidence header = { .tls_required_no = false };
		struct ruling ruling;
		char shown[600];

		if (arrivals[i].at_end) {
			r.sender = SLICE("x@other.example");
			r.macros.value[MACRO_MAIL_ADDR] = r.sender;
			((struct partner *)(uintptr_t)table_partner(
				k.policy.table, 0))->rules[HOP_ENTRY] = NULL;
			judge_at_end(&k.policy, &r, &header, a, &ruling);
		} else
			judge_recipient(&k.policy, &r, a, &ruling);
		show_ruling(&ruling, shown, sizeof(shown));
		want_text(arrivals[i].label, "decisions", shown,
		    arrivals[i].decisions);
		want_text(arrivals[i].label, "applied",
		    action_name(ruling.applied),
		    action_name(arrivals[i].applied));
	}
	made_clear(&k.policy);
	arena_destroy(&a);
}

static void
the_reply_is_of_the_demand_that_acts(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	struct request r = request_from("198.51.100.1", NULL);
	struct ruling ruling;
	struct kept k;

	kept_make(&k, &encrypt);
	judge_recipient(&k.policy, &r, a, &ruling);
	assert_ptr_equal(ruling.strictest->demand, &encrypt);
	assert_int_equal(ruling.strictest->stage, STAGE_REJECT);
	assert_int_equal(ruling.reply->action, ACTION_REJECT);
	made_clear(&k.policy);
	arena_destroy(&a);
}

static const char *
answer_of(const struct policy *policy, const char *key)
{
	static struct outbound_answer answer;
	struct outbound_question q = { .publication = PUBLICATION_NONE };

	outbound_key_read(slice_of(key), &q.key);
	outbound_answer(policy, &q, &answer);
	answer.text[answer.n] = '\0';
	return answer.text;
}

/* The row acts, so "*" does not reach its keys; it asks what it asked. */
static void
the_map_asks_what_acts(void **state ATTR_UNUSED)
{
	static const struct slice name = SLICE("mx2.bank.example");
	static const struct peer_group other = { .names = { &name, 1 } };
	static const struct demand mx2 = { .level = LEVEL_VERIFY,
		.peers = &other, .peer_count = 1 };
	struct kept k;

	kept_make(&k, &encrypt);
	want_text("kept", "answer", answer_of(&k.policy, "bank.example"),
	    "OK encrypt");
	/* When both act, one answer has to hold both. */
	k.terms[HOP_OUTBOUND].demand = &mx2;
	want_text("another name", "answer", answer_of(&k.policy,
	    "bank.example"), "OK secure match=mx2.bank.example "
	    "servername=hostname");
	((struct rule *)(uintptr_t)table_partner(k.policy.table,
	    0)->rules[HOP_OUTBOUND])->stage = STAGE_REJECT;
	want_that("two names", "nothing holds both", strncmp(
	    answer_of(&k.policy, "bank.example"), "TEMP ", 5) == 0);
	k.terms[HOP_OUTBOUND].demand = &encrypt;
	want_text("both act", "answer", answer_of(&k.policy, "bank.example"),
	    "OK secure match=mx1.bank.example servername=hostname");
	made_clear(&k.policy);
}

static void
a_measured_next_hop_is_held_to_what_acts(void **state ATTR_UNUSED)
{
	struct evidence plain = { .tls = PROOF_ABSENT }, tls = {
		.tls = PROOF_PRESENT, .verified = PROOF_ABSENT };
	struct nexthop_proof proof = { &plain, false };
	struct arena *a = arena_create(1024);
	struct outbound_key key;
	struct nexthop hop;
	struct kept k;

	kept_make(&k, &encrypt);
	outbound_key_read(SLICE("bank.example"), &key);
	nexthop_judge(&k.policy, &key, 0, &proof, a, &hop);
	assert_int_equal(hop.finding.verdict, VERDICT_FAIL);
	assert_ptr_equal(hop.demand, &encrypt);
	proof.evidence = &tls;
	nexthop_judge(&k.policy, &key, 0, &proof, a, &hop);
	assert_int_equal(hop.finding.verdict, VERDICT_PASS);
	made_clear(&k.policy);
	arena_destroy(&a);
}

/* A relay without a row of its own holds neither: each is found, and only the
 * one that acts refuses. */
static void
a_route_is_held_to_both(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	struct request r = request_from("198.51.100.1", "TLSv1.3");
	struct ruling ruling;
	char shown[600];
	struct kept k;

	kept_make(&k, &encrypt);
	r.recipient = SLICE("b@bank.example");
	r.macros.value[MACRO_RCPT_HOST] = SLICE("[relay.corp.example]");
	((struct rule *)(uintptr_t)table_partner(k.policy.table,
	    1)->rules[HOP_OUTBOUND])->stage = STAGE_LOG_ONLY;
	judge_recipient(&k.policy, &r, a, &ruling);
	show_ruling(&ruling, shown, sizeof(shown));
	want_that(shown, "has both", strstr(shown, "outbound " NEED
	    " fail pass, outbound encrypt fail reject") != NULL);
	made_clear(&k.policy);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(both_demands_are_judged),
	cmocka_unit_test(the_reply_is_of_the_demand_that_acts),
	cmocka_unit_test(the_map_asks_what_acts),
	cmocka_unit_test(a_measured_next_hop_is_held_to_what_acts),
	cmocka_unit_test(a_route_is_held_to_both),
};

RUN_TESTS(tests)
