/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/cipher.h"
#include "policy/verdict.h"
#include "tests/cases.h"

#define WORD(text) { (const struct slice[]){ { text, sizeof(text) - 1 } }, 1 }
#define FACT(text) { PROOF_PRESENT, { text, sizeof(text) - 1 } }
#define GROUPS(...) \
	.peers = (const struct peer_group[]){ __VA_ARGS__ }, \
	.peer_count = sizeof((const struct peer_group[]){ __VA_ARGS__ }) / \
	    sizeof(struct peer_group)

#define TLS12 .tls = PROOF_PRESENT, .version_text = { "TLSv1.2", 7 }, \
	.version = TLS_1_2
#define STRONG .cipher = { "ECDHE-RSA-AES256-GCM-SHA384", 27 }, .bits = 256
#define TLS(...) { TLS12, STRONG, .verified = PROOF_ABSENT, __VA_ARGS__ }
#define VERIFIED(...) { TLS12, STRONG, .verified = PROOF_PRESENT, __VA_ARGS__ }

static const struct netrange office[] = { { { 4, { 192, 0, 2 } }, 24 } };

/* clang-format off */
static const struct {
	const char *label;
	struct demand demand;
	struct evidence evidence;
	const char *verdict, *reason;
} cases[] = {
	{ "a demand nobody filled in", { 0 }, VERIFIED(),
	    "undecided", "internal-error" },
	{ "nothing known at all", { .level = LEVEL_ENCRYPT }, { 0 },
	    "undecided", "evidence-missing" },
	{ "none asks nothing", { .level = LEVEL_NONE },
	    { .tls = PROOF_ABSENT }, "pass", "ok" },
	{ "encrypt: plaintext", { .level = LEVEL_ENCRYPT },
	    { .tls = PROOF_ABSENT, .verified = PROOF_ABSENT },
	    "fail", "plaintext" },
	{ "encrypt: TLS", { .level = LEVEL_ENCRYPT }, TLS(), "pass", "ok" },

	{ "min_tls: above",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_3 },
	    TLS(), "fail", "version-too-low" },
	{ "min_tls: equal",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_2 },
	    TLS(), "pass", "ok" },
	{ "min_tls: a word nobody knows is below",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_0 },
	    { .tls = PROOF_PRESENT, .version_text = { "TLSv9", 5 } },
	    "fail", "version-too-low" },
	{ "min_tls: unknown",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_0 },
	    { .tls = PROOF_PRESENT }, "undecided", "evidence-missing" },
	{ "min_tls: plaintext is plaintext first",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_3 },
	    { .tls = PROOF_ABSENT }, "fail", "plaintext" },
	{ "min_bits: below",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_BITS] = 512 },
	    TLS(), "fail", "cipher-too-weak" },
	{ "min_bits: unknown",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_BITS] = 128 },
	    { TLS12 }, "undecided", "evidence-missing" },
	{ "min_grade: high", { .level = LEVEL_ENCRYPT,
	    .floor[FLOOR_GRADE] = GRADE_HIGH }, TLS(), "pass", "ok" },
	{ "min_grade: RC4", { .level = LEVEL_ENCRYPT,
	    .floor[FLOOR_GRADE] = GRADE_HIGH },
	    { TLS12, .cipher = { "RC4-SHA", 7 } },
	    "fail", "cipher-too-weak" },
	{ "min_grade: unknown suite", { .level = LEVEL_ENCRYPT,
	    .floor[FLOOR_GRADE] = GRADE_MEDIUM },
	    { TLS12, .cipher = { "FOO-BAR", 7 } },
	    "fail", "cipher-too-weak" },
	{ "min_grade: unknown", { .level = LEVEL_ENCRYPT,
	    .floor[FLOOR_GRADE] = GRADE_MEDIUM }, { TLS12 },
	    "undecided", "evidence-missing" },

	{ "any_peer: verified", { .level = LEVEL_VERIFY, .any_peer = true },
	    VERIFIED(), "pass", "ok" },
	{ "any_peer: not verified", { .level = LEVEL_VERIFY,
	    .any_peer = true }, TLS(), "fail", "peer-not-verified" },
	{ "any_peer: unknown", { .level = LEVEL_VERIFY, .any_peer = true },
	    { TLS12, STRONG }, "undecided", "evidence-missing" },
	{ "verify with no peer named never passes on an MTA's word",
	    { .level = LEVEL_VERIFY }, VERIFIED(), "fail",
	    "identity-mismatch" },
	{ "verify with no peer named, measured by a probe",
	    { .level = LEVEL_VERIFY }, VERIFIED(.source = SOURCE_PROBE),
	    "pass", "ok" },

	{ "names: the right one", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1.bank.example") }) },
	    VERIFIED(.peer = FACT("MX1.bank.example")), "pass", "ok" },
	{ "names: another", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1.bank.example") }) },
	    VERIFIED(.peer = FACT("mx2.bank.example")),
	    "fail", "identity-mismatch" },
	{ "names: right but not verified", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1.bank.example") }) },
	    TLS(.peer = FACT("mx1.bank.example")),
	    "fail", "peer-not-verified" },
	{ "names: sub-domain", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD(".bank.example") }) },
	    VERIFIED(.peer = FACT("a.b.bank.example")), "pass", "ok" },
	{ "names: suffix does not cover the bare name",
	    { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD(".bank.example") }) },
	    VERIFIED(.peer = FACT("bank.example")),
	    "fail", "identity-mismatch" },
	{ "names: a longer name that ends alike", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) },
	    VERIFIED(.peer = FACT("evilbank.example")),
	    "fail", "identity-mismatch" },
	{ "names: a wildcard certificate", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD(".bank.example") }) },
	    VERIFIED(.peer = FACT("*.bank.example")),
	    "fail", "identity-mismatch" },
	{ "names: full-width letters are another name",
	    { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) },
	    VERIFIED(.peer = FACT("\xef\xbd\x82" "ank.example")),
	    "fail", "identity-mismatch" },
	{ "names: a dot behind it", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) },
	    VERIFIED(.peer = FACT("bank.example.")),
	    "fail", "identity-mismatch" },
	{ "names: a NUL in it", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) },
	    VERIFIED(.peer = FACT("bank.example\0.evil.example")),
	    "fail", "identity-mismatch" },
	{ "names: certificate without one", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) },
	    VERIFIED(.peer = { PROOF_ABSENT, { NULL, 0 } }),
	    "fail", "name-missing" },
	{ "names: name unknown", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("bank.example") }) }, VERIFIED(),
	    "undecided", "evidence-missing" },

	{ "subject: octet for octet", { .level = LEVEL_VERIFY,
	    GROUPS({ .subjects = WORD("/O=Bank/CN=mx1") }) },
	    VERIFIED(.subject = FACT("/O=bank/CN=mx1")),
	    "fail", "identity-mismatch" },
	{ "issuer and name, both right", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1"), .issuers = WORD("CA 1") }) },
	    VERIFIED(.peer = FACT("mx1"), .issuer = FACT("CA 1")),
	    "pass", "ok" },
	{ "issuer and name, issuer wrong", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1"), .issuers = WORD("CA 1") }) },
	    VERIFIED(.peer = FACT("mx1"), .issuer = FACT("CA 2")),
	    "fail", "identity-mismatch" },
	{ "two groups, the second right", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1"), .issuers = WORD("CA 1") },
		{ .names = WORD("mx2"), .issuers = WORD("CA 2") }) },
	    VERIFIED(.peer = FACT("mx2"), .issuer = FACT("CA 2")),
	    "pass", "ok" },
	{ "two groups, mixed", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1"), .issuers = WORD("CA 1") },
		{ .names = WORD("mx2"), .issuers = WORD("CA 2") }) },
	    VERIFIED(.peer = FACT("mx1"), .issuer = FACT("CA 2")),
	    "fail", "identity-mismatch" },
	{ "an empty group is no way in", { .level = LEVEL_VERIFY,
	    GROUPS({ .client_count = 0 }) }, VERIFIED(),
	    "fail", "identity-mismatch" },
	{ "fingerprint of another digest", { .level = LEVEL_VERIFY,
	    GROUPS({ .fingerprints = WORD("sha256:aa") }) },
	    VERIFIED(.fingerprint = FACT("md5:aa")),
	    "undecided", "evidence-missing" },

	{ "login in place of a certificate", { .level = LEVEL_VERIFY,
	    GROUPS({ .names = WORD("mx1") }, { .logins = WORD("bank") }) },
	    TLS(.login = FACT("bank")), "pass", "ok" },
	{ "login of somebody else", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }) }, TLS(.login = FACT("Bank")),
	    "fail", "identity-mismatch" },
	{ "no login", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }) },
	    TLS(.login = { PROOF_ABSENT, { NULL, 0 } }),
	    "fail", "login-missing" },
	{ "a certificate, and no login", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }) },
	    VERIFIED(.login = { PROOF_ABSENT, { NULL, 0 } }),
	    "fail", "login-missing" },
	{ "no login, and somebody else's name", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }, { .names = WORD("mx1") }) },
	    VERIFIED(.login = { PROOF_ABSENT, { NULL, 0 } },
		.peer = FACT("mx2")), "fail", "identity-mismatch" },
	{ "no login, and no name", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }, { .names = WORD("mx1") }) },
	    VERIFIED(.login = { PROOF_ABSENT, { NULL, 0 } },
		.peer = { PROOF_ABSENT, { NULL, 0 } }),
	    "fail", "name-missing" },
	{ "login on plaintext", { .level = LEVEL_VERIFY,
	    GROUPS({ .logins = WORD("bank") }) },
	    { .tls = PROOF_ABSENT, .login = { PROOF_ABSENT, { NULL, 0 } } },
	    "fail", "plaintext" },

	{ "clients: inside", { .level = LEVEL_ENCRYPT,
	    GROUPS({ .clients = office, .client_count = 1 }) },
	    TLS(.client = { 4, { 192, 0, 2, 7 } }), "pass", "ok" },
	{ "clients: outside", { .level = LEVEL_ENCRYPT,
	    GROUPS({ .clients = office, .client_count = 1 }) },
	    TLS(.client = { 4, { 192, 0, 3, 7 } }),
	    "fail", "identity-mismatch" },
	{ "clients: address unknown", { .level = LEVEL_ENCRYPT,
	    GROUPS({ .clients = office, .client_count = 1 }) }, TLS(),
	    "undecided", "evidence-missing" },
	{ "clients: inside, but a certificate is asked too",
	    { .level = LEVEL_VERIFY, GROUPS({ .names = WORD("mx1"),
	    .clients = office, .client_count = 1 }) },
	    TLS(.client = { 4, { 192, 0, 2, 7 } }, .peer = FACT("mx1")),
	    "fail", "peer-not-verified" },
	{ "a definite failure beats what is not known",
	    { .level = LEVEL_VERIFY, .any_peer = true,
		.floor[FLOOR_TLS] = TLS_1_3 },
	    { TLS12, STRONG }, "fail", "version-too-low" },
};
/* clang-format on */

static void
a_demand_passes_only_on_proof(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct finding f = verdict_decide(&cases[i].demand,
		    &cases[i].evidence);

		want_text(cases[i].label, "verdict",
		    verdict_name(f.verdict), cases[i].verdict);
		want_text(cases[i].label, "reason", reason_name(f.reason),
		    cases[i].reason);
	}
}

/* Removes every fact of a passing session, one at a time. */
static void
taking_a_fact_away_never_helps(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct demand *demand = &cases[i].demand;
		struct evidence full = cases[i].evidence;
		bool passed = verdict_decide(demand, &full).verdict ==
		    VERDICT_PASS;
		struct evidence less[6] = { full, full, full, full, full,
			full };

		less[0].tls = PROOF_UNKNOWN;
		less[1].verified = PROOF_UNKNOWN;
		less[2].peer = (struct fact){ 0 };
		less[3].issuer = less[3].subject = (struct fact){ 0 };
		less[4].client.family = 0;
		less[5] = (struct evidence){ 0 };
		for (size_t k = 0; k < COUNT_OF(less); k++) {
			struct finding f = verdict_decide(demand, &less[k]);

			want_that(cases[i].label, "no pass by knowing less",
			    f.verdict != VERDICT_PASS || passed ||
			    demand->level == LEVEL_NONE);
			if (k == 5 && demand->level != LEVEL_NONE)
				want_that(cases[i].label,
				    "nothing known is no pass",
				    f.verdict != VERDICT_PASS);
		}
	}
}

static void
a_suite_has_a_grade(void **state ATTR_UNUSED)
{
	static const struct {
		const char *suite, *grade;
	} suites[] = {
		{ "TLS_AES_256_GCM_SHA384", "high" },
		{ "ECDHE-RSA-AES128-GCM-SHA256", "high" },
		{ "TLS_CHACHA20_POLY1305_SHA256", "high" },
		{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "high" },
		{ "CAMELLIA256-SHA", "high" },
		{ "SEED-SHA", "medium" },
		{ "TLS_RSA_WITH_RC4_128_SHA", "medium" },
		{ "ADH-AES256-SHA", "" },
		{ "DES-CBC3-SHA", "" },
		{ "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "" },
		{ "NULL-SHA256", "" },
		{ "EXP-RC4-MD5", "" },
		{ "AECDH-AES128-SHA", "" },
		{ "TLS_DH_anon_WITH_AES_128_CBC_SHA", "" },
		{ "XAES256", "" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT_OF(suites); i++)
		want_text(suites[i].suite, "grade",
		    grade_name(cipher_grade(slice_of(suites[i].suite))),
		    suites[i].grade);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_demand_passes_only_on_proof),
	cmocka_unit_test(taking_a_fact_away_never_helps),
	cmocka_unit_test(a_suite_has_a_grade),
};

RUN_TESTS(tests)
