/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/evidence.h"
#include "policy/evidence/dialect.h"
#include "tests/cases.h"

enum { PAIRS = 8 };

struct pair {
	const char *name;
	const char *value;
};

/* The macros of every session of an MTA that supports symbol lists. */
#define POSTFIX { "v", "Postfix 3.7.11" }, { "client_addr", "192.0.2.7" }
#define SENDMAIL { "v", "8.17.1.9" }, { "client_addr", "192.0.2.7" }
#define TLS13 { "tls_version", "TLSv1.3" }

static struct macros
macros_of(const struct pair *pairs, size_t count)
{
	struct macros m = { 0 };

	for (size_t i = 0; i < count && pairs[i].name != NULL; i++) {
		enum macro which;

		if (!macro_from(slice_of(pairs[i].name), &which))
			fail_msg("no macro %s", pairs[i].name);
		m.value[which] = slice_of(pairs[i].value);
	}
	return m;
}

static const char *
proof_word(enum proof proof)
{
	static const char *const words[] = { "unknown", "absent", "present" };

	return words[proof];
}

static const struct {
	const char *label;
	struct pair macros[PAIRS];
	const char *tls, *verified;
} proofs[] = {
	/* Postfix: FACTS 1 */
	{ "postfix: plaintext", { POSTFIX }, "absent", "absent" },
	{ "postfix: TLS, no certificate", { POSTFIX, TLS13 },
	    "present", "absent" },
	{ "postfix: trusted certificate",
	    { POSTFIX, TLS13, { "cert_subject", "mx1.bank.example" },
		{ "cert_issuer", "CA" } }, "present", "present" },
	{ "postfix: trusted, without a CN",
	    { POSTFIX, TLS13, { "cert_subject", "" },
		{ "cert_issuer", "CA" } }, "present", "present" },
	{ "postfix: issuer alone present",
	    { POSTFIX, TLS13, { "cert_issuer", "" } },
	    "present", "present" },
	{ "postfix: certificate macros on plaintext are forged",
	    { POSTFIX, { "cert_subject", "mx1.bank.example" },
		{ "verify", "OK" } }, "absent", "absent" },
	{ "postfix: a {verify} of no is believed",
	    { POSTFIX, TLS13, { "cert_subject", "x" },
		{ "verify", "FAIL" } }, "present", "absent" },
	{ "postfix: a {verify} of OK alone is forged",
	    { POSTFIX, TLS13, { "verify", "OK" } },
	    "present", "absent" },
	/* Sendmail */
	{ "sendmail: plaintext", { SENDMAIL }, "absent", "absent" },
	{ "sendmail: verify OK",
	    { SENDMAIL, TLS13, { "verify", "OK" } },
	    "present", "present" },
	{ "sendmail: none presented",
	    { SENDMAIL, TLS13, { "verify", "NO" } },
	    "present", "absent" },
	{ "sendmail: not requested",
	    { SENDMAIL, TLS13, { "verify", "NOT" } },
	    "present", "absent" },
	{ "sendmail: subject of an unverified certificate",
	    { SENDMAIL, TLS13, { "verify", "FAIL" },
		{ "cert_subject", "/CN=mx1.bank.example" } },
	    "present", "absent" },
	{ "sendmail: verify never asked for",
	    { SENDMAIL, TLS13, { "cert_subject", "/CN=x" } },
	    "present", "unknown" },
	{ "sendmail: lower case is not OK",
	    { SENDMAIL, TLS13, { "verify", "ok" } },
	    "present", "absent" },
	{ "sendmail: empty verify proves nothing",
	    { SENDMAIL, TLS13, { "verify", "" } },
	    "present", "unknown" },
	/* neither */
	{ "unknown MTA gets Sendmail's rule",
	    { { "v", "Other 1" }, { "client_addr", "192.0.2.7" },
		TLS13, { "cert_subject", "x" } },
	    "present", "unknown" },
	{ "no v: nobody is verified",
	    { { "client_addr", "192.0.2.7" }, TLS13,
		{ "verify", "OK" }, { "cert_subject", "x" } },
	    "present", "unknown" },
	{ "no client_addr: our list was not honoured",
	    { { "v", "Postfix 3.7.11" } }, "unknown", "unknown" },
	{ "empty tls_version proves nothing",
	    { POSTFIX, { "tls_version", "" } }, "unknown", "unknown" },
};

static void
the_proof_of_tls_and_peer_is_by_dialect(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(proofs); i++) {
		struct macros m = macros_of(proofs[i].macros, PAIRS);
		struct arena *a = arena_create(256);
		struct evidence e;

		evidence_from_macros(&m, dialect_recognise(MTA_UNKNOWN, &m),
		    a, &e);
		want_text(proofs[i].label, "tls", proof_word(e.tls),
		    proofs[i].tls);
		want_text(proofs[i].label, "verified", proof_word(e.verified),
		    proofs[i].verified);
		arena_destroy(&a);
	}
}

static void
a_wrong_setting_never_gives_the_laxer_rule(void **state ATTR_UNUSED)
{
	static const struct pair sendmail_fail[] = { SENDMAIL, TLS13,
		{ "verify", "FAIL" }, { "cert_subject", "/CN=x" } };
	static const struct pair sendmail_no_verify[] = { SENDMAIL, TLS13,
		{ "cert_subject", "/CN=x" } };
	static const struct pair postfix_forged[] = { POSTFIX, TLS13,
		{ "verify", "OK" } };
	struct arena *a = arena_create(256);
	struct evidence e;
	struct macros m;

	m = macros_of(sendmail_fail, COUNT_OF(sendmail_fail));
	evidence_from_macros(&m, dialect_recognise(MTA_POSTFIX, &m), a, &e);
	assert_int_equal(e.verified, PROOF_ABSENT);
	m = macros_of(sendmail_no_verify, COUNT_OF(sendmail_no_verify));
	evidence_from_macros(&m, dialect_recognise(MTA_POSTFIX, &m), a, &e);
	assert_int_equal(e.verified, PROOF_UNKNOWN);
	m = macros_of(postfix_forged, COUNT_OF(postfix_forged));
	evidence_from_macros(&m, dialect_recognise(MTA_SENDMAIL, &m), a, &e);
	assert_int_equal(e.verified, PROOF_ABSENT);
	arena_destroy(&a);
}

/* clang-format off */
static const struct {
	const char *label;
	struct pair macros[PAIRS];
	const char *proof, *peer;
} peers[] = {
	{ "postfix: the CN", { POSTFIX, TLS13,
	    { "cert_subject", "mx1.bank.example" } },
	    "present", "mx1.bank.example" },
	{ "postfix: empty is no identity", { POSTFIX, TLS13,
	    { "cert_subject", "" }, { "cert_issuer", "CA" } },
	    "absent", NULL },
	{ "postfix: issuer alone is no identity", { POSTFIX, TLS13,
	    { "cert_issuer", "CA" } }, "absent", NULL },
	{ "postfix: a control byte", { POSTFIX, TLS13,
	    { "cert_subject", "mx1\n.bank.example" } },
	    "absent", NULL },
	{ "sendmail: decoded CN", { SENDMAIL, TLS13,
	    { "verify", "OK" }, { "cn_subject", "m+C3+BCnchen" },
	    { "cert_subject", "/CN=m+5CxC3+5CxBCnchen" } },
	    "present", "m\\xC3\\xBCnchen" },
	{ "sendmail: CN never comes out of the DN", { SENDMAIL, TLS13,
	    { "verify", "OK" },
	    { "cert_subject", "/CN=mx1.bank.example" } },
	    "unknown", NULL },
	{ "sendmail: two CNs, or one forged in a value", { SENDMAIL,
	    TLS13, { "verify", "OK" },
	    { "cn_subject", "mx1.bank.example" },
	    { "cert_subject", "/O=a/CN=evil/CN=mx1.bank.example" } },
	    "absent", NULL },
	{ "sendmail: placeholder word", { SENDMAIL, TLS13,
	    { "verify", "OK" },
	    { "cn_subject", "BadCertificateContainsNUL" },
	    { "cert_subject", "/CN=x" } }, "absent", NULL },
	{ "sendmail: empty", { SENDMAIL, TLS13, { "verify", "OK" },
	    { "cn_subject", "" }, { "cert_subject", "" } },
	    "absent", NULL },
	{ "sendmail: bad xtext, one digit", { SENDMAIL, TLS13,
	    { "verify", "OK" }, { "cn_subject", "mx1+4" },
	    { "cert_subject", "/CN=x" } }, "absent", NULL },
	{ "sendmail: bad xtext, lower case", { SENDMAIL, TLS13,
	    { "verify", "OK" }, { "cn_subject", "mx1+2e" },
	    { "cert_subject", "/CN=x" } }, "absent", NULL },
	{ "sendmail: a NUL in xtext", { SENDMAIL, TLS13,
	    { "verify", "OK" },
	    { "cn_subject", "mx1.bank.example+00.evil" },
	    { "cert_subject", "/CN=x" } }, "absent", NULL },
	{ "sendmail: decoded once only", { SENDMAIL, TLS13,
	    { "verify", "OK" }, { "cn_subject", "a+2B2Eb" },
	    { "cert_subject", "/CN=x" } }, "present", "a+2Eb" },
	{ "nothing of a plaintext session", { SENDMAIL,
	    { "cn_subject", "mx1" }, { "cert_subject", "/CN=mx1" } },
	    "unknown", NULL },
};
/* clang-format on */

static void
a_peer_is_a_name_that_cannot_be_forged(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(peers); i++) {
		struct macros m = macros_of(peers[i].macros, PAIRS);
		struct arena *a = arena_create(256);
		struct evidence e;

		evidence_from_macros(&m, dialect_recognise(MTA_UNKNOWN, &m),
		    a, &e);
		want_text(peers[i].label, "proof", proof_word(e.peer.proof),
		    peers[i].proof);
		want_slice(peers[i].label, "peer", e.peer.text,
		    peers[i].peer);
		arena_destroy(&a);
	}
}

static void
a_name_that_sendmail_may_have_cut_is_unknown(void **state ATTR_UNUSED)
{
	char dn[300] = "/CN=";
	const struct pair pairs[] = { SENDMAIL, TLS13, { "verify", "OK" },
		{ "cn_subject", "mx1.bank.example" }, { "cert_subject", dn } };
	struct arena *a = arena_create(256);
	struct evidence e;
	struct macros m;

	memset(dn + 4, 'a', 251);
	m = macros_of(pairs, COUNT_OF(pairs));
	evidence_from_macros(&m, MTA_SENDMAIL, a, &e);
	assert_int_equal(e.subject.proof, PROOF_UNKNOWN);
	assert_int_equal(e.peer.proof, PROOF_UNKNOWN);
	arena_destroy(&a);
}

static void
a_login_counts_over_tls_and_by_sasl_only(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		struct pair macros[PAIRS];
		const char *proof, *login;
	} cases[] = {
		{ "login over TLS",
		    { POSTFIX, TLS13, { "auth_type", "PLAIN" },
			{ "auth_authen", "bank" } }, "present", "bank" },
		{ "login in plaintext",
		    { POSTFIX, { "auth_type", "PLAIN" },
			{ "auth_authen", "bank" } }, "absent", NULL },
		{ "XCLIENT's word for it",
		    { POSTFIX, TLS13, { "auth_type", "XCLIENT" },
			{ "auth_authen", "bank" } }, "absent", NULL },
		{ "no mechanism",
		    { POSTFIX, TLS13, { "auth_authen", "bank" } },
		    "absent", NULL },
		{ "empty mechanism",
		    { SENDMAIL, TLS13, { "auth_type", "" },
			{ "auth_authen", "bank" } }, "absent", NULL },
		{ "a plus sign, as Postfix shows it",
		    { POSTFIX, TLS13, { "auth_type", "PLAIN" },
			{ "auth_authen", "bank+2B@x" } },
		    "present", "bank+2B@x" },
		{ "a plus sign, as Sendmail codes it",
		    { SENDMAIL, TLS13, { "auth_type", "PLAIN" },
			{ "auth_authen", "bank+2Bmail" } },
		    "present", "bank+mail" },
		{ "no code that Sendmail writes",
		    { SENDMAIL, TLS13, { "auth_type", "PLAIN" },
			{ "auth_authen", "bank+mail" } }, "absent", NULL },
		{ "a plus sign, from nobody knows which MTA",
		    { TLS13, { "client_addr", "192.0.2.1" },
			{ "auth_type", "PLAIN" },
			{ "auth_authen", "bank+2Bmail" } },
		    "unknown", NULL },
		{ "empty name",
		    { POSTFIX, TLS13, { "auth_type", "PLAIN" },
			{ "auth_authen", "" } }, "absent", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct macros m = macros_of(cases[i].macros, PAIRS);
		struct arena *a = arena_create(256);
		struct evidence e;

		evidence_from_macros(&m, dialect_recognise(MTA_UNKNOWN, &m),
		    a, &e);
		want_text(cases[i].label, "proof", proof_word(e.login.proof),
		    cases[i].proof);
		want_slice(cases[i].label, "login", e.login.text,
		    cases[i].login);
		arena_destroy(&a);
	}
}

#define SHA256_UPPER "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:" \
	"AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99"
#define SHA256_HEX "aabbccddeeff00112233445566778899" \
	"aabbccddeeff00112233445566778899"

static void
the_length_of_a_fingerprint_shows_its_digest(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *value, *text;
	} cases[] = {
		{ "sha256", SHA256_UPPER, "sha256:" SHA256_HEX },
		{ "md5", "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
		    "md5:aabbccddeeff00112233445566778899" },
		{ "empty: no certificate", "", NULL },
		{ "lower case is not Sendmail's",
		    "aa:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99", NULL },
		{ "no colons",
		    "AABBCCDDEEFF00112233445566778899AABBCCDDEEFF001", NULL },
		{ "another length", "AA:BB", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct pair pairs[] = { SENDMAIL, TLS13,
			{ "verify", "OK" }, { "cert_fp", cases[i].value } };
		struct macros m = macros_of(pairs, COUNT_OF(pairs));
		struct arena *a = arena_create(256);
		struct evidence e;

		evidence_from_macros(&m, MTA_SENDMAIL, a, &e);
		want_slice(cases[i].label, "fingerprint", e.fingerprint.text,
		    cases[i].text);
		arena_destroy(&a);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_proof_of_tls_and_peer_is_by_dialect),
	cmocka_unit_test(a_wrong_setting_never_gives_the_laxer_rule),
	cmocka_unit_test(a_peer_is_a_name_that_cannot_be_forged),
	cmocka_unit_test(a_name_that_sendmail_may_have_cut_is_unknown),
	cmocka_unit_test(a_login_counts_over_tls_and_by_sasl_only),
	cmocka_unit_test(the_length_of_a_fingerprint_shows_its_digest),
};

RUN_TESTS(tests)
