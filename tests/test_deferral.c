/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/deferral.h"
#include "tests/cases.h"

static const struct {
	const char *reason;
	enum lack wanted;
	const char *host;
	const char *partner;
} reasons[] = {
	{ "TLS is required, but was not offered by host mx.a.example[192.0.2.1]",
	    LACK_STARTTLS, "mx.a.example", NULL },
	{ "TLS is required, but host mx.a.example[192.0.2.1] refused to start "
	    "TLS: 454 4.7.0 no", LACK_START, "mx.a.example", NULL },
	{ "TLS is required, but our TLS engine is unavailable", LACK_ENGINE,
	    NULL, NULL },
	{ "Cannot start TLS: handshake failure", LACK_HANDSHAKE, NULL, NULL },
	{ "Server certificate not verified", LACK_CERTIFICATE, NULL, NULL },
	{ "Server certificate not trusted", LACK_CERTIFICATE, NULL, NULL },
	{ "TLSA lookup error for mx.a.example:25", LACK_DANE, NULL, NULL },
	{ "client TLS configuration problem", LACK_MAP, NULL, NULL },
	{ "TLS policy lookup failed", LACK_MAP, NULL, NULL },
	{ "sendmail map: lookup (a.example/mx/TEMP/////): deferred", LACK_MAP,
	    NULL, NULL },
	{ "TLS policy: plaintext by rule of bank", LACK_STARTTLS, NULL,
	    "bank" },
	{ "TLS policy: identity-mismatch by rule of bank", LACK_CERTIFICATE,
	    NULL, "bank" },
	{ "TLS policy: version-too-low by rule of bank", LACK_STRENGTH, NULL,
	    "bank" },
	{ "TLS policy: plaintext, and no row names this route", LACK_ROUTE,
	    NULL, NULL },
	{ "Deferred: 403 4.7.0 TLS handshake failed.", LACK_HANDSHAKE, NULL,
	    NULL },
	{ "connect to mx.a.example[192.0.2.1]:25: Connection timed out",
	    LACK_NONE, NULL, NULL },
	/* What a server answers is no reason of the MTA's own. */
	{ "host mx.a.example[192.0.2.1] said: 450 TLS is required, but was "
	    "not offered by host x[y]", LACK_NONE, NULL, NULL },
	{ "Deferred: 450 TLS policy: plaintext by rule of bank", LACK_NONE,
	    NULL, NULL },
	{ "", LACK_NONE, NULL, NULL },
};

static void
test_reasons(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct slice reason = slice_of(reasons[i].reason);

		want_number(reasons[i].reason, "lack",
		    (long)deferral_lack(reason), (long)reasons[i].wanted);
		want_slice(reasons[i].reason, "host", deferral_host(reason),
		    reasons[i].host);
		want_slice(reasons[i].reason, "partner",
		    deferral_partner(reason), reasons[i].partner);
	}
	assert_int_equal(deferral_lack(SLICE_NONE), LACK_NONE);
}

static const struct {
	const char *label;
	enum lack lack;
	enum level level;
	int least_tls;
	enum level wanted;
} floors[] = {
	{ "no TLS", LACK_STARTTLS, LEVEL_VERIFY, 0, LEVEL_NONE },
	{ "a certificate", LACK_CERTIFICATE, LEVEL_VERIFY, 0, LEVEL_ENCRYPT },
	{ "a handshake that a least version ends", LACK_HANDSHAKE,
	    LEVEL_ENCRYPT, TLS_1_3, LEVEL_ENCRYPT },
	{ "a handshake", LACK_HANDSHAKE, LEVEL_VERIFY, 0, LEVEL_NONE },
	{ "encrypt, and the exception must ask less", LACK_CERTIFICATE,
	    LEVEL_ENCRYPT, 0, LEVEL_NONE },
	{ "the map", LACK_MAP, LEVEL_VERIFY, 0, LEVEL_UNSET },
	{ "not known", LACK_NONE, LEVEL_VERIFY, 0, LEVEL_UNSET },
};

static void
test_floors(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(floors); i++) {
		struct demand demand = { .level = floors[i].level,
			.floor[FLOOR_TLS] = floors[i].least_tls };

		want_number(floors[i].label, "floor",
		    (long)lack_floor(floors[i].lack, &demand),
		    (long)floors[i].wanted);
	}
}

/* Each has a word and a meaning of its own. */
static void
test_words(void **state ATTR_UNUSED)
{
	for (unsigned i = 0; i < LACK_COUNT; i++) {
		assert_non_null(lack_text((enum lack)i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(lack_name((enum lack)i),
			    lack_name((enum lack)k));
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_reasons),
	cmocka_unit_test(test_floors),
	cmocka_unit_test(test_words),
};

RUN_TESTS(tests)
