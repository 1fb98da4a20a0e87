/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/text.h"
#include "policy/policy.h"
#include "tests/cases.h"

/* One partner with one rule, for this hop and at this stage. */
static void
add_row(struct policy *policy, const char *key, enum hop hop, enum stage stage)
{
	struct arena *a = table_arena(policy->table);
	struct partner *p = arena_alloc(a, sizeof(*p));
	struct place first, at = { "test.conf", 1 };
	unsigned hops = 1u << HOP_INBOUND | 1u << HOP_OUTBOUND;

	p->rules[hop] = arena_alloc(a, sizeof(*p->rules[hop]));
	p->rules[hop]->partner = p;
	p->rules[hop]->hop = hop;
	p->rules[hop]->stage = stage;
	assert_int_equal(table_claim(policy->table, slice_of(key),
	    table_add_partner(policy->table, p), hops, at, &first), 0);
}

static void
policy_begin(struct policy *policy)
{
	*policy = (struct policy){ .table = table_create() };
	add_row(policy, "*", HOP_OUTBOUND, STAGE_REJECT);
	add_row(policy, ".example", HOP_OUTBOUND, STAGE_DEFER);
	add_row(policy, "tag.example", HOP_OUTBOUND, STAGE_TAG);
	add_row(policy, "hold.example", HOP_OUTBOUND, STAGE_HOLD);
	add_row(policy, "log.example", HOP_OUTBOUND, STAGE_LOG_ONLY);
	add_row(policy, "acts.example", HOP_OUTBOUND, STAGE_REJECT);
	add_row(policy, "unset.example", HOP_OUTBOUND, STAGE_UNSET);
	add_row(policy, "in.example", HOP_INBOUND, STAGE_REJECT);
	add_row(policy, "log.test", HOP_OUTBOUND, STAGE_LOG_ONLY);
	add_row(policy, "[192.0.2.1]", HOP_OUTBOUND, STAGE_LOG_ONLY);
	add_row(policy, "[gw.example]:26", HOP_OUTBOUND, STAGE_LOG_ONLY);
	table_seal(policy->table);
}

static void
a_rollout_shadows_nothing(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		enum key_kind kind;
		const char *name;
		bool any;
		const char *rows;
	} cases[] = {
		{ "a rule that acts", KEY_DOMAIN, "acts.example", true,
		    "acts.example" },
		{ "no stage acts", KEY_DOMAIN, "unset.example", true,
		    "unset.example" },
		{ "log-only", KEY_DOMAIN, "log.example", true,
		    "log.example .example" },
		{ "tag", KEY_DOMAIN, "tag.example", true,
		    "tag.example .example" },
		{ "hold", KEY_DOMAIN, "hold.example", true,
		    "hold.example .example" },
		{ "down to everything else", KEY_DOMAIN, "log.test", true,
		    "log.test *" },
		{ "without everything else", KEY_DOMAIN, "log.test", false,
		    "log.test" },
		{ "a rule of another hop is passed over", KEY_DOMAIN,
		    "in.example", true, ".example" },
		{ "no row but everything else", KEY_DOMAIN, "x.test", true,
		    "*" },
		{ "no row at all", KEY_DOMAIN, "x.test", false, "" },
		{ "address", KEY_LITERAL, "[192.0.2.1]", true,
		    "[192.0.2.1] *" },
		{ "route by address", KEY_LITERAL, "[192.0.2.1]", false,
		    "[192.0.2.1]" },
		{ "a next hop is itself alone", KEY_NEXTHOP, "[gw.example]:26",
		    true, "[gw.example]:26" },
		{ "an address of mail is itself alone", KEY_ADDRESS,
		    "a@acts.example", true, "" },
		{ "everything else", KEY_ANY, "*", true, "*" },
		{ "no key", KEY_NONE, "acts.example", true, "" },
		{ "a suffix, for any name below it", KEY_SUFFIX, ".example", true,
		    ".example" },
		{ "a longer suffix", KEY_SUFFIX, ".bank.example", true,
		    ".example" },
	};
	struct policy policy;

	policy_begin(&policy);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct row rows[TABLE_ROWS];
		char found[256];
		struct text t;
		size_t n = policy_rows(&policy, HOP_OUTBOUND, cases[i].kind,
		    slice_of(cases[i].name), cases[i].any, rows);

		text_init(&t, found, sizeof(found));
		for (size_t k = 0; k < n; k++)
			text_join(&t, " ", "%.*s", SLICE_ARGS(rows[k].key));
		want_text(cases[i].label, "rows", found, cases[i].rows);
	}
	table_destroy(&policy.table);
}

static void
a_stage_set_with_the_tool_comes_first(void **state ATTR_UNUSED)
{
	unsigned char stages[16] = { 0 };
	struct overlay overlay = { .stages = stages, .stage_count = 16 };
	struct row rows[TABLE_ROWS];
	const struct rule *rule;
	struct policy policy;

	policy_begin(&policy);
	assert_int_equal(policy_rows(&policy, HOP_OUTBOUND, KEY_DOMAIN,
	    SLICE("log.test"), true, rows), 2);
	rule = rows[0].partner->rules[HOP_OUTBOUND];
	assert_false(policy_rule_acts(&policy, rule));
	stages[rule->number] = STAGE_DEFER;
	policy.overlay = &overlay;
	assert_true(policy_rule_acts(&policy, rule));
	assert_int_equal(policy_rows(&policy, HOP_OUTBOUND, KEY_DOMAIN,
	    SLICE("log.test"), true, rows), 1);
	table_destroy(&policy.table);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_rollout_shadows_nothing),
	cmocka_unit_test(a_stage_set_with_the_tool_comes_first),
};

RUN_TESTS(tests)
