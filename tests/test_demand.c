/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/table/demand_cover.h"
#include "policy/table/demandtext.h"
#include "policy/verdict.h"
#include "tests/cases.h"

/* Demands in the text that reads back, each asking something else. */
static const char *const demands[] = {
	"none",
	"encrypt",
	"encrypt min_tls=1.2",
	"encrypt min_tls=1.3 min_bits=128",
	"encrypt min_grade=high",
	"encrypt clients=192.0.2.0/24",
	"encrypt clients=192.0.2.128/25 min_tls=1.2",
	"encrypt clients=192.0.2.0/24|2001:db8::/32",
	"verify any_peer",
	"verify any_peer min_tls=1.2",
	"verify names=mx1.bank.example",
	"verify names=mx1.bank.example|mx2.bank.example",
	"verify names=.bank.example",
	"verify names=.example min_bits=256",
	"verify names=mx1.bank.example issuers=CN=Bank%20CA",
	"verify names=mx1.bank.example or logins=bank",
	"verify logins=bank",
	"verify logins=bank clients=192.0.2.0/24",
	"verify subjects=CN=b%7c%25%20%c3%a9",
	"verify fingerprints=sha256:00",
	"verify dane",
	"verify",
};

static struct demand
demand_of(const char *text, struct arena *a)
{
	struct demand demand = { .level = LEVEL_UNSET };

	want_that(text, "is read", demandtext_read(slice_of(text), a,
	    &demand));
	return demand;
}

static void
a_demand_reads_back_exactly(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(demands); i++) {
		struct demand demand = demand_of(demands[i], a), again;
		struct slice text = demandtext_of(&demand, a);

		want_slice(demands[i], "written and read", text, demands[i]);
		want_that(demands[i], "reads back",
		    demandtext_read(text, a, &again) &&
		    demand_covers(&demand, &again) &&
		    demand_covers(&again, &demand));
	}
	arena_destroy(&a);
}

static void
an_odd_octet_reads_back(void **state ATTR_UNUSED)
{
	static const struct slice login = SLICE("a b|c=%20\t\xff or\"");
	struct peer_group group = { .logins = { &login, 1 } };
	struct demand demand = { .level = LEVEL_VERIFY, .peers = &group,
		.peer_count = 1 }, again;
	struct arena *a = arena_create(1024);

	assert_true(demandtext_read(demandtext_of(&demand, a), a, &again));
	assert_int_equal(again.peer_count, 1);
	assert_int_equal(again.peers[0].logins.count, 1);
	assert_true(slice_eq(again.peers[0].logins.list[0], login));
	arena_destroy(&a);
}

/* Each list begins with its key, whether its words are shortened or not. */
static void
lists_are_shown_shortened(void **state ATTR_UNUSED)
{
	static const struct shortening domain = { .form = ADDRESSES_DOMAIN };
	static const struct {
		const char *full, *shortened;
	} cases[] = {
		{ "verify logins=ann", "verify logins=[]" },
		{ "verify logins=ann|bob@bank.example|cy",
		    "verify logins=[]|[]@bank.example|[]" },
		{ "verify subjects=/CN=ann@bank.example|/CN=mx logins=ann|bob",
		    "verify subjects=/CN=[]@bank.example|/CN=mx logins=[]|[]" },
	};
	struct arena *a = arena_create(1024);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct demand demand = demand_of(cases[i].full, a);
		char shown[256];

		demand_show_shortened(&demand, &domain, shown, sizeof(shown));
		want_text(cases[i].full, "shortened", shown,
		    cases[i].shortened);
		demand_show_shortened(&demand, NULL, shown, sizeof(shown));
		want_text(cases[i].full, "not shortened", shown,
		    cases[i].full);
	}
	arena_destroy(&a);
}

/* As many and as long as an administrator writes them: none is cut. */
static void
long_lists_read_back(void **state ATTR_UNUSED)
{
	enum { NAMES = 200 };
	struct arena *a = arena_create(4096);
	struct slice names[NAMES];
	struct peer_group group = { .names = { names, NAMES },
		.logins = { names, NAMES } };
	struct demand demand = { .level = LEVEL_VERIFY, .peers = &group,
		.peer_count = 1 }, again;

	for (int i = 0; i < NAMES; i++)
		names[i] = slice_of(arena_printf(a, "%d \xc3\xbc\xc3\xbc"
		    "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", i));
	assert_true(demandtext_read(demandtext_of(&demand, a), a, &again));
	assert_int_equal(again.peers[0].names.count, NAMES);
	assert_int_equal(again.peers[0].logins.count, NAMES);
	for (int i = 0; i < NAMES; i++)
		want_that("a long list", "each name is the same",
		    slice_eq(again.peers[0].names.list[i], names[i]));
	arena_destroy(&a);
}

static void
what_is_no_demand_is_refused(void **state ATTR_UNUSED)
{
	static const char *const texts[] = { "", "verfiy", "unset",
		"verify names=", "verify names", "verify names=a|",
		"verify names=%2", "verify names=%zz", "verify or names=a",
		"verify names=a or", "verify names=a or or names=b",
		"encrypt min_tls=1.9", "encrypt min_bits=0", "encrypt size=3",
		"encrypt clients=192.0.2.1/24", " encrypt", "encrypt  dane" };
	struct arena *a = arena_create(1024);

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct demand demand = { .level = LEVEL_UNSET };

		want_that(texts[i], "is refused",
		    !demandtext_read(slice_of(texts[i]), a, &demand));
		want_number(texts[i], "level", demand.level, LEVEL_UNSET);
	}
	arena_destroy(&a);
}

static void
one_demand_covers_another(void **state ATTR_UNUSED)
{
	static const struct {
		const char *a, *b;
		bool covers;
	} cases[] = {
		{ "verify names=mx1.bank.example", "encrypt", true },
		{ "encrypt", "verify names=mx1.bank.example", false },
		{ "verify names=mx1.bank.example",
		    "verify names=mx1.bank.example|mx2.bank.example", true },
		{ "verify names=mx1.bank.example|mx2.bank.example",
		    "verify names=mx1.bank.example", false },
		{ "verify names=mx1.bank.example", "verify names=.bank.example",
		    true },
		{ "verify names=.bank.example", "verify names=mx1.bank.example",
		    false },
		{ "verify names=.bank.example", "verify names=.example", true },
		{ "verify names=mx1.bank.example",
		    "verify names=mx2.bank.example", false },
		{ "verify names=mx1.bank.example issuers=CA",
		    "verify names=mx1.bank.example", true },
		{ "verify names=mx1.bank.example",
		    "verify names=mx1.bank.example issuers=CA", false },
		{ "verify names=mx1.bank.example",
		    "verify names=mx1.bank.example or logins=bank", true },
		{ "verify names=mx1.bank.example or logins=bank",
		    "verify names=mx1.bank.example", false },
		{ "verify names=mx1.bank.example", "verify any_peer", true },
		/* A login passes without a certificate. */
		{ "verify logins=bank", "verify any_peer", false },
		{ "verify any_peer", "verify names=mx1.bank.example", false },
		{ "verify dane", "verify any_peer", false },
		{ "verify dane", "encrypt", true },
		{ "verify names=mx1.bank.example", "verify dane", false },
		/* The name of the next hop. */
		{ "verify", "verify", true },
		{ "verify names=mx1.bank.example", "verify", false },
		{ "verify", "verify any_peer", true },
		{ "encrypt min_tls=1.3", "encrypt min_tls=1.2", true },
		{ "encrypt min_tls=1.2", "encrypt min_tls=1.3", false },
		{ "encrypt min_tls=1.2", "encrypt min_bits=128", false },
		{ "encrypt clients=192.0.2.128/25", "encrypt clients=192.0.2.0/24",
		    true },
		{ "encrypt clients=192.0.2.0/24", "encrypt clients=192.0.2.128/25",
		    false },
		{ "encrypt", "encrypt clients=192.0.2.0/24", false },
	};
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct demand x = demand_of(cases[i].a, a);
		struct demand y = demand_of(cases[i].b, a);

		want_number(cases[i].a, cases[i].b, demand_covers(&x, &y),
		    cases[i].covers);
	}
	arena_destroy(&a);
}

/* One of many measured sessions. */
static struct evidence
evidence_number(unsigned n)
{
	static const struct fact names[] = { { PROOF_ABSENT, { NULL, 0 } },
		{ PROOF_PRESENT, SLICE("mx1.bank.example") },
		{ PROOF_PRESENT, SLICE("mx2.bank.example") },
		{ PROOF_PRESENT, SLICE("a.example") } };
	static const struct fact logins[] = { { PROOF_ABSENT, { NULL, 0 } },
		{ PROOF_PRESENT, SLICE("bank") } };
	static const struct fact subjects[] = {
		{ PROOF_PRESENT, SLICE("CN=b|% \xc3\xa9") },
		{ PROOF_UNKNOWN, { NULL, 0 } } };
	static const char *const clients[] = { "192.0.2.1", "192.0.2.200",
		"2001:db8::1" };
	struct evidence e = { .tls = n % 2 ? PROOF_PRESENT : PROOF_ABSENT,
		.version = n / 2 % 2 ? TLS_1_3 : TLS_1_2,
		.bits = n / 4 % 2 ? 256 : 128,
		.verified = n / 8 % 2 ? PROOF_PRESENT : PROOF_ABSENT,
		.peer = names[n / 16 % 4], .login = logins[n / 64 % 2],
		.subject = subjects[n / 128 % 2],
		.issuer = { PROOF_PRESENT, SLICE("CN=Bank CA") },
		.fingerprint = { PROOF_PRESENT, SLICE("sha256:00") } };

	e.cipher = SLICE("TLS_AES_256_GCM_SHA384");
	netaddr_from(slice_of(clients[n / 256 % 3]), &e.client);
	return e;
}

enum { SESSIONS = 768 };

/* What the judge makes of it is the measure: nothing that a covering demand
 * lets pass is refused by the covered one. */
static void
what_covers_lets_nothing_pass_that_the_other_refuses(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	unsigned passed = 0;

	for (size_t i = 0; i < COUNT_OF(demands) * COUNT_OF(demands); i++) {
		const char *first = demands[i / COUNT_OF(demands)];
		const char *second = demands[i % COUNT_OF(demands)];
		struct demand x = demand_of(first, a);
		struct demand y = demand_of(second, a);

		for (unsigned n = 0; n < SESSIONS &&
		    demand_covers(&x, &y); n++) {
			struct evidence e = evidence_number(n);

			if (verdict_decide(&x, &e).verdict != VERDICT_PASS)
				continue;
			passed++;
			want_number(first, second,
			    verdict_decide(&y, &e).verdict, VERDICT_PASS);
		}
	}
	assert_true(passed > SESSIONS);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_demand_reads_back_exactly),
	cmocka_unit_test(an_odd_octet_reads_back),
	cmocka_unit_test(lists_are_shown_shortened),
	cmocka_unit_test(long_lists_read_back),
	cmocka_unit_test(what_is_no_demand_is_refused),
	cmocka_unit_test(one_demand_covers_another),
	cmocka_unit_test(what_covers_lets_nothing_pass_that_the_other_refuses),
};

RUN_TESTS(tests)
