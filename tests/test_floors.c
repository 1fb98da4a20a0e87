/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every floor is known wherever it is needed: by the reader of the policy, the
 * judge, explain, the record, the map, and each MTA's macros. The manual and
 * what check prints are looked at by test_settings_table.
 */
#include "config.h"

#include "conf/file/rule.h"
#include "policy/audit/recorded.h"
#include "policy/base/limits.h"
#include "policy/evidence/dialect.h"
#include "policy/evidence/measure.h"
#include "policy/explain/explanation.h"
#include "policy/explain/remedy_words.h"
#include "policy/judge/record.h"
#include "policy/outbound/tlsdemand.h"
#include "tests/reading.h"

#define FOR_EACH_FLOOR(i) \
	for (enum floor i = (enum floor)0; i < FLOOR_COUNT; i++)
#define FOR_EACH_HOP(i) \
	for (enum hop i = (enum hop)0; i < HOP_COUNT; i++)

/* The n-th value of a floor, from the lowest to the highest; 0 past it. */
static int
value_of(enum floor floor, unsigned n)
{
	const struct section_key *key =
	    &rule_section()->keys[FIELD_FLOOR + floor];

	if (key->words == NULL)
		return n == 0 ? key->low : n == 1 ? key->high : 0;
	return n < key->words()->count ? key->words()->words[n].value : 0;
}

static int
highest(enum floor floor)
{
	unsigned n = 0;

	while (value_of(floor, n + 1) != 0)
		n++;
	return value_of(floor, n);
}

static const char *
shown(enum floor floor, int value, char out[32])
{
	struct text t;

	text_init(&t, out, 32);
	floor_add_value(floor, value, &t);
	return out;
}

static struct demand
a_demand(enum floor floor, int value)
{
	struct demand d = { .level = LEVEL_ENCRYPT };

	d.floor[floor] = value;
	return d;
}

/* Reads a rule of one hop, over a profile's; what is wrong goes to came. */
static struct policy *
read_rule(enum hop hop, const char *profile, const char *own, char came[1024])
{
	struct folder f;
	struct policy *policy;
	char text[512];

	snprintf(text, sizeof(text), TOP
	    "map = { listen = \"unix:/m\"; };\n"
	    "own_relays = [ \"192.0.2.1\" ];\n"
	    "profiles = ( { name = \"q\"; %s = { level = \"encrypt\"; "
	    "stage = \"defer\"; %s }; } );\n"
	    "partners = ( { name = \"p\"; domains = [ \"p.example\" ];\n"
	    "profile = \"q\"; %s = { %s }; } );\n", hop_name(hop), profile,
	    hop_name(hop), own);
	folder_create(&f);
	folder_write_text(&f, "t.conf", text);
	folder_read(&f, "t.conf", &policy, came, 1024);
	folder_remove(&f);
	return policy;
}

static void
want_read(enum hop hop, enum floor floor, const char *profile,
    const char *own, int wanted)
{
	char came[1024];
	struct policy *policy = read_rule(hop, profile, own, came);
	struct row row;

	if (policy == NULL)
		fail_msg("%s %s %s: %s", hop_name(hop), profile, own, came);
	want_that(own, "has its row",
	    table_exact(policy->table, SLICE("p.example"), &row));
	want_number(floor_name(floor), "read",
	    row.partner->rules[hop]->demand.floor[floor], wanted);
	policy_destroy(&policy);
}

static void
want_refused(enum hop hop, enum floor floor, const char *own)
{
	char came[1024];
	struct policy *policy = read_rule(hop, "", own, came);

	want_that(own, "is refused", policy == NULL);
	want_that(own, came,
	    strstr(came, floor_refusal(floor, hop)) != NULL);
}

static void
test_the_reader_knows_it(void **state ATTR_UNUSED)
{
	char value[32], set[64];

	FOR_EACH_FLOOR(floor) {
		const char *mark =
		    rule_section()->keys[FIELD_FLOOR + floor].words == NULL ?
		    "" : "\"";

		want_text("key", "name",
		    rule_section()->keys[FIELD_FLOOR + floor].name,
		    floor_name(floor));
		FOR_EACH_HOP(hop)
			for (unsigned n = 0; value_of(floor, n) != 0; n++) {
				int wanted = value_of(floor, n);

				snprintf(set, sizeof(set), "%s = %s%s%s;",
				    floor_name(floor), mark,
				    shown(floor, wanted, value), mark);
				if (floor_refusal(floor, hop) != NULL) {
					want_refused(hop, floor, set);
					continue;
				}
				want_read(hop, floor, "", set, wanted);
				want_read(hop, floor, set, "", wanted);
				want_read(hop, floor, set,
				    "level = \"none\";", 0);
			}
	}
}

/* What evidence does not hold is undecided, whatever else it holds. */
static void
test_nothing_passes_without_evidence(void **state ATTR_UNUSED)
{
	enum { EVERY = 1u << FLOOR_COUNT };

	for (unsigned asked = 0; asked < EVERY; asked++)
		for (unsigned held = 0; held < EVERY; held++) {
			struct demand d = { .level = LEVEL_ENCRYPT };
			struct evidence e = { .tls = PROOF_PRESENT };
			struct finding f;

			FOR_EACH_FLOOR(i) {
				if (asked & 1u << i)
					d.floor[i] = value_of(i, 0);
				if (held & 1u << i)
					measure_set(i, highest(i), &e);
			}
			f = verdict_decide(&d, &e);
			want_text("asked, held", "verdict",
			    verdict_name(f.verdict), asked & ~held ?
			    "undecided" : "pass");
			want_text("asked, held", "reason",
			    reason_name(f.reason), asked & ~held ?
			    "evidence-missing" : "ok");
		}
}

static void
want_judged(enum floor floor, int asked, int proven)
{
	struct demand d = a_demand(floor, asked);
	struct evidence e = { .tls = PROOF_PRESENT };
	const char *label = floor_name(floor);
	struct finding f;
	int measured = -1;

	measure_set(floor, proven, &e);
	want_that(label, "is measured", measure_floor(floor, &e, &measured));
	want_that(label, "proves what was set", measured >= proven);
	f = verdict_decide(&d, &e);
	want_text(label, "verdict", verdict_name(f.verdict),
	    measured >= asked ? "pass" : "fail");
	want_text(label, "reason", reason_name(f.reason), measured >= asked ?
	    "ok" : reason_name(floor_reason(floor)));
}

static void
test_it_is_judged(void **state ATTR_UNUSED)
{
	FOR_EACH_FLOOR(floor) {
		want_that(floor_name(floor), "has a reason",
		    floor_reason(floor) > REASON_OK);
		want_that(floor_name(floor), "rises", value_of(floor, 0) > 0);
		for (unsigned i = 0; value_of(floor, i) != 0; i++) {
			want_that(floor_name(floor), "rises", i == 0 ||
			    value_of(floor, i) > value_of(floor, i - 1));
			for (unsigned k = 0; value_of(floor, k) != 0; k++)
				want_judged(floor, value_of(floor, i),
				    value_of(floor, k));
		}
	}
}

static void
want_explained(enum floor floor, int value, struct arena *a)
{
	struct rule rule = { .demand = a_demand(floor, value) };
	struct evidence e = { .tls = PROOF_PRESENT };
	struct decision d = { .hop = HOP_ENTRY, .rule = &rule, .proof = &e,
		.demand = &rule.demand };
	struct request request = { .mta = MTA_UNKNOWN };
	static const struct policy policy;
	struct explained_step steps[CHECK_COUNT];
	const char *remedy;
	char word[32];

	shown(floor, value, word);
	request.macros.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	request.macros.value[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	want_number(word, "steps", (long)explanation_steps(&rule.demand, &e, a,
	    steps), 2);
	want_text(word, "check", check_name(steps[1].check),
	    floor_name(floor));
	want_that(steps[1].wanted, word, strstr(steps[1].wanted, word) != NULL);
	want_text(word, "found", steps[1].found, "not known");
	d.finding = verdict_decide(&rule.demand, &e);
	remedy = remedy_of(&policy, &request, &d, a);
	want_that(word, "has a remedy", remedy != NULL);
	want_that(remedy, steps[1].wanted,
	    strstr(remedy, steps[1].wanted) != NULL);
	measure_set(floor, value, &e);
	explanation_steps(&rule.demand, &e, a, steps);
	want_that(word, "shows what was found", steps[1].found[0] != '\0' &&
	    strcmp(steps[1].found, "not known") != 0);
}

static void
test_it_is_explained(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	FOR_EACH_FLOOR(floor)
		for (unsigned n = 0; value_of(floor, n) != 0; n++)
			want_explained(floor, value_of(floor, n), a);
	arena_destroy(&a);
}

/* What an MTA's macros show of a session with TLS. */
static struct evidence
evidence_of(enum mta mta, struct arena *a)
{
	static const struct macro_value session[] = {
		{ MACRO_CLIENT_ADDR, "192.0.2.7" },
		{ MACRO_TLS_VERSION, "TLSv1.2" },
		{ MACRO_CIPHER, "ECDHE-RSA-AES256-GCM-SHA384" },
		{ MACRO_CIPHER_BITS, "256" },
	};
	struct macros m = { 0 };
	struct evidence e = { 0 };

	for (size_t i = 0; i < COUNT_OF(session); i++)
		if (dialect_of(mta)->sends[session[i].macro])
			m.value[session[i].macro] = slice_of(session[i].value);
	evidence_from_macros(&m, mta, a, &e);
	return e;
}

/* The record has what was asked, and what it has of the proof is measured as
 * it was. */
static void
want_recorded(enum floor floor, int value, struct arena *a)
{
	struct rule rule = { .demand = a_demand(floor, value) };
	struct evidence e = evidence_of(MTA_POSTFIX, a);
	struct request request = { .ref = SLICE("r"), .mta = MTA_POSTFIX };
	struct decision d = { .rule = &rule, .proof = &e,
		.demand = &rule.demand,
		.finding = { VERDICT_PASS, REASON_OK },
		.planned = ACTION_PASS, .applied = ACTION_PASS };
	struct record record = { .outcome = OUTCOME_ACCEPTED,
		.request = &request, .decision = &d, .applied = ACTION_PASS };
	char line[LIMIT_DECISION], word[32], need[64];
	struct recorded back;
	int before, after = 0;
	json_t *json;

	record_chain(NULL, line + record_json(&record, line, sizeof(line)),
	    RECORD_CHAIN);
	json = json_loads(line, 0, NULL);
	want_that(line, "read back", recorded_read(json, a, &back));
	json_decref(json);
	snprintf(need, sizeof(need), "encrypt %s=%s", floor_name(floor),
	    shown(floor, value, word));
	want_slice(line, "need", back.need, need);
	want_that(line, "measured", measure_floor(floor, &e, &before) &&
	    measure_floor(floor, &back.proof, &after));
	want_number(line, "value", after, before);
}

static void
test_it_is_recorded(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	FOR_EACH_FLOOR(floor)
		for (unsigned n = 0; value_of(floor, n) != 0; n++)
			want_recorded(floor, value_of(floor, n), a);
	arena_destroy(&a);
}

/* What outbound is refused for is what no answer of the map can ask. */
static void
test_the_map_asks_it_or_it_is_refused(void **state ATTR_UNUSED)
{
	FOR_EACH_FLOOR(floor) {
		struct demand d = a_demand(floor, highest(floor));
		struct tlspolicy policy;
		const char *problem =
		    tlsdemand_policy(&d, SLICE("mx.p.example"), &policy);
		char wanted[64];

		snprintf(wanted, sizeof(wanted), "Postfix cannot check %s",
		    floor_name(floor));
		want_text(floor_name(floor), "asked", problem,
		    floor_refusal(floor, HOP_OUTBOUND) == NULL ? NULL :
		    wanted);
	}
}

/* An MTA that cannot show a floor would leave it undecided for all mail: then
 * conf/file/enforceable.c has to refuse it of that MTA. */
static void
test_every_mta_shows_it(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (enum mta mta = MTA_UNKNOWN; mta < MTA_COUNT; mta++) {
		const struct dialect *dialect = dialect_of(mta);
		struct evidence e;
		int value;

		if (!dialect_is_known(dialect))
			continue;
		e = evidence_of(mta, a);
		FOR_EACH_FLOOR(floor)
			if (floor_refusal(floor, HOP_INBOUND) == NULL)
				want_that(dialect->name, floor_name(floor),
				    measure_floor(floor, &e, &value) &&
				    value > 0);
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_the_reader_knows_it),
	cmocka_unit_test(test_nothing_passes_without_evidence),
	cmocka_unit_test(test_it_is_judged),
	cmocka_unit_test(test_it_is_explained),
	cmocka_unit_test(test_it_is_recorded),
	cmocka_unit_test(test_the_map_asks_it_or_it_is_refused),
	cmocka_unit_test(test_every_mta_shows_it),
};

RUN_TESTS(tests)
