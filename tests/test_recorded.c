/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/recorded.h"
#include "tests/cases.h"

/* A record whose certificate has peer and subject, by a client with login. Each
 * is JSON. */
#define RECORD(form, peer, subject, login) \
    "{\"time\":\"2026-03-31T10:00:00.000Z\",\"addresses\":\"" form "\"," \
    "\"login\":" login ",\"proof\":{\"tls\":\"TLSv1.3\"," \
    "\"verified\":true,\"peer\":" peer ",\"subject\":" subject "," \
    "\"issuer\":\"/CN=CA\",\"fingerprint\":\"sha256:00\"," \
    "\"source\":\"sendmail\"}}"

#define PRESENT(text) { PROOF_PRESENT, SLICE(text) }
#define ABSENT { .proof = PROOF_ABSENT }
#define UNKNOWN { .proof = PROOF_UNKNOWN }

#define CODE "[0123456789abcdef0123]"

/*
 * A verdict of what is left of a name would be one of another name: it is
 * unknown, and so is any login, where nothing tells a code from a name. What
 * has no address in it is there as it was, and what is proven absent stays so.
 */
static const struct {
	const char *label, *record;
	struct fact peer, subject, login;
} cases[] = {
	{ "full", RECORD("full", "\"ann@b.example\"", "\"/CN=a@b.example\"",
	    "\"ann\""), PRESENT("ann@b.example"), PRESENT("/CN=a@b.example"),
	    PRESENT("ann") },
	{ "full, none", RECORD("full", "false", "false", "false"), ABSENT,
	    ABSENT, ABSENT },
	{ "domain", RECORD("domain", "\"[]@b.example\"",
	    "\"/CN=[]@b.example\"", "\"[]\""), UNKNOWN, UNKNOWN, UNKNOWN },
	{ "domain, without an address", RECORD("domain", "\"mx.b.example\"",
	    "\"/CN=mx.b.example\"", "\"[]@b.example\""),
	    PRESENT("mx.b.example"), PRESENT("/CN=mx.b.example"), UNKNOWN },
	{ "domain, none", RECORD("domain", "false", "false", "false"), ABSENT,
	    ABSENT, ABSENT },
	{ "domain, not known", RECORD("domain", "null", "null", "null"),
	    UNKNOWN, UNKNOWN, UNKNOWN },
	{ "hashed", RECORD("hashed", "\"" CODE "@b.example\"",
	    "\"/CN=" CODE "@b.example\"", "\"" CODE "\""), UNKNOWN, UNKNOWN,
	    UNKNOWN },
	{ "hashed, without an address", RECORD("hashed", "\"mx.b.example\"",
	    "\"/CN=mx.b.example\"", "\"" CODE "@b.example\""),
	    PRESENT("mx.b.example"), PRESENT("/CN=mx.b.example"), UNKNOWN },
	{ "hashed, none", RECORD("hashed", "false", "false", "false"), ABSENT,
	    ABSENT, ABSENT },
};

static void
want_fact(const char *label, const char *what, struct fact came,
    struct fact wanted)
{
	want_number(label, what, came.proof, wanted.proof);
	if (wanted.proof == PROOF_PRESENT)
		want_that(label, what, slice_eq(came.text, wanted.text));
	else
		want_that(label, what, came.text.p == NULL);
}

static void
what_is_left_of_a_name_proves_nothing(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		json_t *record = json_loads(cases[i].record, 0, NULL);
		struct recorded back;

		assert_non_null(record);
		recorded_read(record, a, &back);
		json_decref(record);
		want_fact(cases[i].label, "peer", back.proof.peer,
		    cases[i].peer);
		want_fact(cases[i].label, "subject", back.proof.subject,
		    cases[i].subject);
		want_fact(cases[i].label, "login", back.proof.login,
		    cases[i].login);
		want_slice(cases[i].label, "issuer", back.proof.issuer.text,
		    "/CN=CA");
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_left_of_a_name_proves_nothing),
};

RUN_TESTS(tests)
