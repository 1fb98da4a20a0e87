/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/explain/explanation.h"
#include "policy/explain/remedy_words.h"
#include "tests/cases.h"

/* Every combination of demands and evidence: a failure has steps that would
 * make it pass, and a pass has none. */

static const struct slice names[] = { { "mx.bank.example", 15 },
	{ ".bank.example", 13 } };
static const struct slice subject[] = { { "/CN=bank", 8 } };
static const struct slice logins[] = { { "bank", 4 } };
static const struct slice prints[] = { { "sha256:00", 9 } };
static const struct netrange range[] = { { { 4, { 192, 0, 2, 0 } }, 24 } };

static const struct peer_group groups[] = {
	{ .names = { names, 2 } },
	{ .logins = { logins, 1 } },
	{ .names = { names + 1, 1 }, .clients = range, .client_count = 1 },
	{ .subjects = { subject, 1 }, .issuers = { subject, 1 },
	    .fingerprints = { prints, 1 } },
};

static const struct fact facts[] = {
	{ PROOF_UNKNOWN, { NULL, 0 } },
	{ PROOF_ABSENT, { NULL, 0 } },
	{ PROOF_PRESENT, { "mx.bank.example", 15 } },
	{ PROOF_PRESENT, { "\033[2Jother", 9 } },
};

static struct demand
a_demand(unsigned n)
{
	struct demand d = { .level = n & 1 ? LEVEL_VERIFY : LEVEL_ENCRYPT,
		.floor[FLOOR_TLS] = n & 2 ? TLS_1_3 : TLS_NONE,
		.floor[FLOOR_BITS] = n & 4 ? 256 : 0,
		.floor[FLOOR_GRADE] = n & 8 ? GRADE_HIGH : GRADE_NONE };

	if ((n & 1) == 0)
		return d;
	d.any_peer = n >> 4 == COUNT_OF(groups) + 1;
	if (!d.any_peer) {
		d.peers = n >> 4 == COUNT_OF(groups) ? groups : &groups[n >> 4];
		d.peer_count = n >> 4 == COUNT_OF(groups) ? 2 : 1;
	}
	return d;
}

static struct evidence
an_evidence(unsigned n)
{
	struct evidence e = { .source = SOURCE_MACROS, .mta = MTA_POSTFIX,
		.tls = (enum proof)(n % 3) };

	if (e.tls == PROOF_PRESENT) {
		e.verified = (enum proof)(n / 3 % 3);
		e.peer = facts[n / 9 % 4];
		e.subject = e.issuer = facts[n / 36 % 4];
		e.login = facts[n / 144 % 3];
		e.version = n % 2 ? TLS_1_2 : TLS_1_3;
		e.version_text = n % 2 ? SLICE("TLSv1.2") : SLICE("TLSv1.3");
		e.bits = n % 5 ? 128 : 0;
		e.cipher = n % 7 ? SLICE("AES256-SHA") : SLICE_NONE;
	}
	return e;
}

static void
look_at(const struct request *request, const struct rule *rule,
    const struct evidence *e, struct arena *a, const char *label)
{
	struct decision d = { .hop = HOP_ENTRY, .rule = rule, .proof = e,
		.demand = &rule->demand,
		.partner = SLICE("bank"), .stage = rule->stage };
	static const struct policy policy;
	struct explained_step steps[CHECK_COUNT];
	const char *remedy;
	bool all_pass = true;

	d.finding = verdict_decide(&rule->demand, e);
	remedy = remedy_of(&policy, request, &d, a);
	want_that(label, "a remedy for what does not pass, and only for that",
	    (remedy == NULL) == (d.finding.verdict == VERDICT_PASS));
	for (const char *p = remedy; p != NULL && *p != '\0'; p++)
		want_that(label, "printable", *p >= ' ' && *p <= '~');
	if (remedy != NULL)
		want_that(label, remedy, strcmp(remedy,
		    "nothing: this hop cannot prove what the rule asks") != 0);
	for (size_t n = explanation_steps(&rule->demand, e, a, steps); n > 0;
	    n--)
		all_pass = all_pass &&
		    steps[n - 1].finding.verdict == VERDICT_PASS;
	want_that(label, "the steps agree with the verdict",
	    all_pass == (d.finding.verdict == VERDICT_PASS));
}

static void
test_every_mixture(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(65536);
	struct request request = { .ref = SLICE("x") };
	char label[64];

	request.macros.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	request.macros.value[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	for (unsigned i = 0; i < 16 * (COUNT_OF(groups) + 2); i++) {
		struct rule rule = { .demand = a_demand(i),
			.stage = STAGE_DEFER, .place = { "t.conf", 3 } };

		for (unsigned k = 0; k < 432; k++) {
			struct evidence e = an_evidence(k);

			snprintf(label, sizeof(label), "demand %u, evidence "
			    "%u", i, k);
			look_at(&request, &rule, &e, a, label);
			arena_reset(a);
		}
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_every_mixture),
};

RUN_TESTS(tests)
