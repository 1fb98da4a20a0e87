/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/nexthop.h"
#include "tests/cases.h"

static void
keys_are_read_once_for_all(void **state ATTR_UNUSED)
{
	static const struct {
		const char *raw;
		enum outbound_form form;
		const char *key, *host;         /* "": none */
	} cases[] = {
		{ "Bank.Example", OUTBOUND_FORM_HOST, "bank.example",
		    "bank.example" },
		{ "[bank.example]:25", OUTBOUND_FORM_HOST, "[bank.example]:25",
		    "bank.example" },
		{ "192.0.2.1", OUTBOUND_FORM_HOST, "[192.0.2.1]",
		    "[192.0.2.1]" },
		{ ".bank.example", OUTBOUND_FORM_PARENT, "", "" },
		{ "", OUTBOUND_FORM_BAD, "", "" },
		{ "*", OUTBOUND_FORM_BAD, "", "" },
		{ "bank example", OUTBOUND_FORM_BAD, NULL, "" },
		{ "private/lmtp", OUTBOUND_FORM_PATH, "private/lmtp", "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct outbound_key key;

		memset(&key, 0x5a, sizeof(key));
		outbound_key_read(slice_of(cases[i].raw), &key);
		want_number(cases[i].raw, "form", key.form, cases[i].form);
		if (cases[i].key != NULL)
			want_slice(cases[i].raw, "key", key_slice(&key.key),
			    cases[i].key);
		want_slice(cases[i].raw, "host", key_slice(&key.host),
		    cases[i].host);
		want_that(cases[i].raw, "no host is no key",
		    (key.host.kind == KEY_NONE) == (cases[i].host[0] == '\0'));
	}
}

static void
a_failure_comes_before_what_cannot_be_read(void **state ATTR_UNUSED)
{
	static const struct nexthop results[] = {
		{ .kind = OUTBOUND_NOTFOUND },
		{ .kind = OUTBOUND_OK, .finding = { VERDICT_PASS,
		    REASON_OK } },
		{ .kind = OUTBOUND_TEMP },
		{ .kind = OUTBOUND_OK, .finding = { VERDICT_UNDECIDED,
		    REASON_EVIDENCE_MISSING } },
		{ .kind = OUTBOUND_OK, .finding = { VERDICT_FAIL,
		    REASON_PLAINTEXT } },
	};

	/* Each takes precedence over those before it; of two failures the first
	 * one is reported. */
	for (size_t i = 0; i < COUNT_OF(results); i++)
		for (size_t k = 0; k < COUNT_OF(results); k++) {
			struct nexthop both = results[i];
			size_t wanted = i >= 3 ? i : k > i ? k : i;

			nexthop_merge(&both, &results[k]);
			want_number("merged", "kind", both.kind,
			    results[wanted].kind);
			if (both.kind == OUTBOUND_OK)
				want_number("merged", "verdict",
				    both.finding.verdict,
				    results[wanted].finding.verdict);
		}
}

static void
judge_hop(const struct policy *policy, const char *raw,
    const struct nexthop_proof *proof, struct nexthop *out)
{
	struct arena *a = arena_create(1024);
	struct outbound_key key;

	outbound_key_read(slice_of(raw), &key);
	nexthop_judge(policy, &key, 0, proof, a, out);
	arena_destroy(&a);
}

static void
what_was_measured_is_judged(void **state ATTR_UNUSED)
{
	struct rule rule = { .hop = HOP_OUTBOUND, .stage = STAGE_DEFER,
		.demand = { .level = LEVEL_VERIFY } };
	struct partner partner = { .rules = { [HOP_OUTBOUND] = &rule } };
	struct policy policy = { .table = table_create() };
	struct place first, at = { "test.conf", 1 };
	struct evidence e = { .tls = PROOF_PRESENT, .verified = PROOF_PRESENT,
		.peer = { PROOF_PRESENT, SLICE("mx.bank.example") } };
	struct nexthop_proof proof = { &e, false };
	struct nexthop hop;

	rule.partner = &partner;
	assert_int_equal(table_claim(policy.table, SLICE("bank.example"),
	    table_add_partner(policy.table, &partner), TABLE_ALL_HOPS, at,
	    &first), 0);
	table_seal(policy.table);

	judge_hop(&policy, "other.example", &proof, &hop);
	assert_int_equal(hop.kind, OUTBOUND_NOTFOUND);
	judge_hop(&policy, "private/lmtp", &proof, &hop);
	assert_int_equal(hop.kind, OUTBOUND_TEMP);
	/* A rule without names demands the next hop's. */
	judge_hop(&policy, "[bank.example]:25", &proof, &hop);
	assert_int_equal(hop.kind, OUTBOUND_OK);
	assert_int_equal(hop.finding.verdict, VERDICT_PASS);
	assert_ptr_equal(hop.judged_by.rule, &rule);
	e.peer.text = SLICE("mx.other.example");
	judge_hop(&policy, "bank.example", &proof, &hop);
	assert_int_equal(hop.finding.reason, REASON_IDENTITY_MISMATCH);
	/* TLSA records take the place of a name. */
	rule.demand.dane = true;
	judge_hop(&policy, "bank.example", &proof, &hop);
	assert_int_equal(hop.finding.reason, REASON_DANE_REQUIRED);
	proof.dane = true;
	judge_hop(&policy, "bank.example", &proof, &hop);
	assert_int_equal(hop.finding.verdict, VERDICT_PASS);
	e.tls = PROOF_ABSENT;
	judge_hop(&policy, "bank.example", &proof, &hop);
	assert_int_equal(hop.finding.reason, REASON_PLAINTEXT);
	table_destroy(&policy.table);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(keys_are_read_once_for_all),
	cmocka_unit_test(a_failure_comes_before_what_cannot_be_read),
	cmocka_unit_test(what_was_measured_is_judged),
};

RUN_TESTS(tests)
