/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/limits.h"
#include "policy/judge/earlier.h"
#include "tests/cases.h"

#define DATE "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)"
#define CERT "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 " \
	"bits)) (Client CN \"mx1.bank.example\", Issuer \"CA\" (verified OK)) "
#define HOP(address, with) "from h.example (x.example [" address "]) " \
	"by r.corp.example (Postfix) with " with " id 1" DATE
#define RELAY_1 "192.0.2.1"
#define RELAY_2 "192.0.2.2"
#define STRANGER "203.0.113.5"
#define FILTER HOP("127.0.0.1", "ESMTP")
#define PARTNER "from h.example (x.example [198.51.100.7]) " CERT \
	"by r.corp.example (Postfix) with ESMTPS id 1" DATE
#define SUBMIT "by r.corp.example (Postfix, from userid 0) id 1" DATE

enum { FIELDS = 6 };

static const struct relay relays[] = {
	{ .range = { { 4, { 192, 0, 2 } }, 24 } },
	{ .range = { { 6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 } },
};
static const struct settings settings = { .own_relays = relays,
	.own_relay_count = 2 };

/* clang-format off */
static const struct {
	const char *label;
	const char *client;             /* of this session; NULL: unknown */
	const char *fields[FIELDS];     /* top first */
	const char *trust;              /* a letter each: see letter_of() */
	const char *verdict, *reason;   /* of "encrypt" on earlier hops */
	const char *edge;               /* tls, verified of the edge */
} cases[] = {
	{ "a stranger's own fields are never believed", STRANGER,
	    { HOP(RELAY_1, "ESMTPS"), PARTNER }, "--", "pass", "ok", "nn" },
	{ "the client is not known", NULL, { HOP(RELAY_1, "ESMTPS") }, "-",
	    "undecided", "earlier-unknown", "??" },
	{ "no fields: it began on the relay", RELAY_1, { NULL }, "",
	    "pass", "ok", "??" },

	{ "the edge is the relay's top field", RELAY_1, { PARTNER }, "E",
	    "pass", "ok", "yy" },
	{ "an edge without TLS", RELAY_1, { HOP(STRANGER, "ESMTP") }, "E",
	    "pass", "ok", "nn" },
	{ "forged fields below the edge", RELAY_1,
	    { HOP(STRANGER, "ESMTP"), HOP(RELAY_2, "ESMTPS"), PARTNER },
	    "E--", "pass", "ok", "nn" },
	{ "two relays", RELAY_1, { HOP(RELAY_2, "ESMTPS"), PARTNER }, "RE",
	    "pass", "ok", "yy" },
	{ "a relay by IPv6", "2001:db8::1",
	    { HOP("IPv6:2001:db8::2", "ESMTPS"), PARTNER }, "RE",
	    "pass", "ok", "yy" },
	{ "plaintext between relays", RELAY_1,
	    { HOP(RELAY_2, "ESMTP"), PARTNER }, "RE", "fail", "plaintext",
	    "yy" },
	{ "the worst hop counts", RELAY_1, { HOP(RELAY_2, "ESMTPS"),
	    HOP(RELAY_2, "SMTP"), HOP(RELAY_2, "ESMTP"), PARTNER }, "RRRE",
	    "fail", "plaintext", "yy" },
	{ "a hop without a mark", RELAY_1,
	    { HOP(RELAY_2, "SMTP"), PARTNER }, "RE", "undecided",
	    "earlier-unknown", "yy" },
	{ "a stranger between relays ends it", RELAY_1,
	    { HOP(RELAY_2, "ESMTPS"), HOP(STRANGER, "ESMTPS"),
	    HOP(RELAY_2, "ESMTP"), PARTNER }, "RE--", "pass", "ok", "y?" },

	{ "a filter on the edge relay", RELAY_1, { FILTER, PARTNER }, "IE",
	    "pass", "ok", "yy" },
	{ "filters everywhere", RELAY_1, { FILTER, FILTER,
	    HOP(RELAY_2, "ESMTPS"), FILTER, PARTNER }, "IIRIE",
	    "pass", "ok", "yy" },
	{ "loopback below the edge is not looked at", RELAY_1,
	    { HOP(STRANGER, "ESMTP"), FILTER, PARTNER }, "E--",
	    "pass", "ok", "nn" },
	{ "HELO as loopback is no loopback", RELAY_1,
	    { "from [127.0.0.1] (x [" STRANGER "]) by r (Postfix) with ESMTP "
	    "id 1" DATE, PARTNER }, "E-", "pass", "ok", "nn" },
	{ "HELO as a relay is no relay", RELAY_1,
	    { "from [" RELAY_2 "] (x [" STRANGER "]) by r (Postfix) with "
	    "ESMTP id 1" DATE, PARTNER }, "E-", "pass", "ok", "nn" },
	{ "qmail's two fields", RELAY_1, { "(qmail 1 invoked from network)"
	    DATE, "from unknown (HELO h) (198.51.100.7) by q with SMTP" DATE },
	    "IE", "pass", "ok", "??" },

	{ "a program on the relay: no edge, nothing believed below", RELAY_1,
	    { SUBMIT, PARTNER }, "O-", "pass", "ok", "??" },
	{ "a program behind a filter", RELAY_1, { FILTER, SUBMIT, PARTNER },
	    "IO-", "pass", "ok", "??" },
	{ "an unreadable field may be a hop or the edge", RELAY_1,
	    { "from nowhere by nobody", PARTNER }, "U-",
	    "undecided", "earlier-unknown", "??" },
	{ "a field without an address", RELAY_1,
	    { "by r.corp.example with ESMTPS id 1" DATE, PARTNER }, "U-",
	    "undecided", "earlier-unknown", "??" },
	{ "plaintext is worse than unreadable", RELAY_1,
	    { HOP(RELAY_2, "ESMTP"), "x" }, "RU", "fail", "plaintext", "??" },
	{ "a relay that wrote nothing below", RELAY_1,
	    { HOP(RELAY_2, "ESMTPS") }, "R", "pass", "ok", "??" },
};
/* clang-format on */

static char
letter_of(enum received_trust trust)
{
	static const char letters[] = {
		[TRUST_NONE] = '-',
		[TRUST_RELAYED] = 'R',
		[TRUST_EDGE] = 'E',
		[TRUST_INSIDE] = 'I',
		[TRUST_ORIGIN] = 'O',
		[TRUST_UNREADABLE] = 'U',
	};

	return letters[trust];
}

static char
proof_letter(enum proof proof)
{
	static const char letters[] = {
		[PROOF_UNKNOWN] = '?',
		[PROOF_ABSENT] = 'n',
		[PROOF_PRESENT] = 'y',
	};

	return letters[proof];
}

static void
read_fields(const struct settings *by, const struct evidence *session,
    const struct slice *bodies, size_t count, struct arena *a,
    struct earlier *out)
{
	struct received_fields *fields = arena_alloc(a, sizeof(*fields));

	*fields = (struct received_fields){ .bodies = bodies, .count = count };
	earlier_read(by, session, fields, a, out);
}

static void
check(size_t i, enum proof session_tls, struct arena *a)
{
	static const struct demand encrypt = { .level = LEVEL_ENCRYPT };
	const char *label = cases[i].label;
	struct evidence session = { .source = SOURCE_MACROS, .mta = MTA_POSTFIX,
		.tls = session_tls, .verified = PROOF_ABSENT };
	struct slice fields[FIELDS];
	char trust[FIELDS + 1] = "", edge[3] = "";
	struct earlier earlier;
	struct finding finding;
	size_t n = 0;

	for (; n < FIELDS && cases[i].fields[n] != NULL; n++)
		fields[n] = slice_of(cases[i].fields[n]);
	if (cases[i].client != NULL)
		netaddr_from(slice_of(cases[i].client), &session.client);
	read_fields(&settings, &session, fields, n, a, &earlier);
	for (size_t k = 0; k < earlier.field_count; k++)
		trust[k] = letter_of(earlier.fields[k].trust);
	want_text(label, "trust", trust, cases[i].trust);
	finding = earlier_decide(&encrypt, &earlier, NULL);
	if (session_tls == PROOF_PRESENT) {
		want_text(label, "verdict", verdict_name(finding.verdict),
		    cases[i].verdict);
		want_text(label, "reason", reason_name(finding.reason),
		    cases[i].reason);
	} else if (cases[i].client != NULL && earlier.hop_count > 0)
		want_text(label, "verdict of a plaintext session",
		    verdict_name(finding.verdict), "fail");
	edge[0] = proof_letter(earlier.edge->tls);
	edge[1] = proof_letter(earlier.edge->verified);
	if (earlier.relayed == PROOF_ABSENT)
		want_that(label, "the edge is the session",
		    earlier.edge == &session);
	else
		want_text(label, "edge", edge, cases[i].edge);
}

static void
believes_only_what_own_relays_wrote(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check(i, PROOF_PRESENT, a);
		check(i, PROOF_ABSENT, a);
		arena_reset(a);
	}
	arena_destroy(&a);
}

/* Another relay may be beyond the fields that are read. */
static void
too_many_fields_are_undecided(void **state ATTR_UNUSED)
{
	static const struct demand encrypt = { .level = LEVEL_ENCRYPT };
	struct evidence session = { .tls = PROOF_PRESENT };
	struct slice fields[LIMIT_RECEIVED + 1];
	struct arena *a = arena_create(4096);
	const struct evidence *which;
	struct earlier earlier;
	struct finding finding;

	netaddr_from(SLICE(RELAY_1), &session.client);
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		fields[i] = SLICE(HOP(RELAY_2, "ESMTPS"));
	read_fields(&settings, &session, fields, COUNT_OF(fields) - 1, a,
	    &earlier);
	finding = earlier_decide(&encrypt, &earlier, &which);
	want_text("as many as are read", "verdict",
	    verdict_name(finding.verdict), "pass");
	want_that("as many as are read", "the nearest of equals",
	    which == &session);
	read_fields(&settings, &session, fields, COUNT_OF(fields), a,
	    &earlier);
	finding = earlier_decide(&encrypt, &earlier, &which);
	want_text("one more", "verdict", verdict_name(finding.verdict),
	    "undecided");
	arena_destroy(&a);
}

static void
no_hop_is_not_judged(void **state ATTR_UNUSED)
{
	static const struct demand unset = { 0 };
	struct evidence session = { .tls = PROOF_ABSENT };
	struct arena *a = arena_create(4096);
	const struct evidence *which = &session;
	struct earlier earlier;

	netaddr_from(SLICE(STRANGER), &session.client);
	read_fields(&settings, &session, NULL, 0, a, &earlier);
	want_number("stranger", "hops", (long)earlier.hop_count, 0);
	earlier_decide(&unset, &earlier, &which);
	want_that("stranger", "no hop decides", which == NULL);
	arena_destroy(&a);
}

/* A loopback address proves nothing: tunnels end there. */
static void
a_relay_declared_local_is_no_hop(void **state ATTR_UNUSED)
{
	static const struct relay filter[] = {
		{ .range = { { 4, { 127, 0, 0, 1 } }, 32 } },
	};
	static const struct netrange local[] = {
		{ { 4, { 127, 0, 0, 1 } }, 32 },
	};
	struct settings own = { .own_relays = filter, .own_relay_count = 1 };
	struct evidence session = { .tls = PROOF_ABSENT };
	struct slice fields[] = { SLICE(PARTNER) };
	struct arena *a = arena_create(4096);
	struct earlier earlier;

	netaddr_from(SLICE("127.0.0.1"), &session.client);
	read_fields(&own, &session, fields, 1, a, &earlier);
	want_number("loopback", "hops", (long)earlier.hop_count, 1);
	own.local_clients = local;
	own.local_client_count = 1;
	read_fields(&own, &session, fields, 1, a, &earlier);
	want_number("local client", "hops", (long)earlier.hop_count, 0);
	want_number("local client", "edge", earlier.edge->verified,
	    PROOF_PRESENT);
	arena_destroy(&a);
}

/* The recipients of a message share its fields. */
static void
a_field_is_parsed_once(void **state ATTR_UNUSED)
{
	struct evidence session = { .tls = PROOF_PRESENT };
	struct slice bodies[] = { SLICE(HOP(RELAY_2, "ESMTPS")),
		SLICE(PARTNER), SLICE(PARTNER) };
	struct received_fields fields = { .bodies = bodies,
		.count = COUNT_OF(bodies) };
	struct arena *a = arena_create(4096);
	struct earlier first, second, stranger;

	netaddr_from(SLICE(STRANGER), &session.client);
	earlier_read(&settings, &session, &fields, a, &stranger);
	want_number("stranger", "parsed", (long)fields.parsed_count, 0);
	netaddr_from(SLICE(RELAY_1), &session.client);
	earlier_read(&settings, &session, &fields, a, &first);
	want_number("first", "parsed, down to the edge",
	    (long)fields.parsed_count, 2);
	earlier_read(&settings, &session, &fields, a, &second);
	want_number("second", "parsed", (long)fields.parsed_count, 2);
	want_that("second", "the field of the first",
	    second.fields[0].received == first.fields[0].received);
	want_that("second", "the edge of the first", second.edge == first.edge);
	want_number("second", "hops", (long)second.hop_count,
	    (long)first.hop_count);
	earlier_fields(&settings, false, &fields, a, &second);
	want_number("for people", "parsed", (long)fields.parsed_count, 3);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(believes_only_what_own_relays_wrote),
	cmocka_unit_test(too_many_fields_are_undecided),
	cmocka_unit_test(no_hop_is_not_judged),
	cmocka_unit_test(a_field_is_parsed_once),
	cmocka_unit_test(a_relay_declared_local_is_no_hop),
};

RUN_TESTS(tests)
