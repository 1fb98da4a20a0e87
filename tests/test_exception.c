/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/table/exception.h"
#include "tests/cases.h"

static const struct exception list[] = {
	{ .id = SLICE("plain"), .partner = SLICE("bank"), .hop = HOP_INBOUND,
	    .floor = LEVEL_NONE, .from = 100, .until = 200 },
	{ .id = SLICE("short"), .partner = SLICE("bank"), .hop = HOP_INBOUND,
	    .floor = LEVEL_ENCRYPT, .from = 100, .until = 250 },
	{ .id = SLICE("long"), .partner = SLICE("bank"), .hop = HOP_INBOUND,
	    .floor = LEVEL_ENCRYPT, .from = 100, .until = 300 },
	{ .id = SLICE("keyed"), .partner = SLICE("bank"), .hop = HOP_ENTRY,
	    .floor = LEVEL_ENCRYPT, .key = SLICE("a.example"), .from = 100,
	    .until = 300 },
	{ .id = SLICE("endless"), .partner = SLICE("clinic"),
	    .hop = HOP_INBOUND, .floor = LEVEL_NONE, .from = 100 },
	{ .id = SLICE("unset"), .partner = SLICE("clinic"),
	    .hop = HOP_INBOUND, .from = 100, .until = 300 },
	{ .id = SLICE("verify"), .partner = SLICE("shop"),
	    .hop = HOP_OUTBOUND, .floor = LEVEL_VERIFY, .from = 100,
	    .until = 300 },
};

static const struct {
	const char *label;
	const char *partner;
	enum hop hop;
	const char *key;
	enum level least;
	long now;
	const char *wanted;             /* id; NULL: none */
} finds[] = {
	{ "the lowest floor", "bank", HOP_INBOUND, "k", LEVEL_NONE, 150,
	    "plain" },
	{ "its first second", "bank", HOP_INBOUND, "k", LEVEL_NONE, 100,
	    "plain" },
	{ "a second before", "bank", HOP_INBOUND, "k", LEVEL_NONE, 99, NULL },
	{ "its last second", "bank", HOP_INBOUND, "k", LEVEL_NONE, 199,
	    "plain" },
	{ "when that has ended, the longest", "bank", HOP_INBOUND, "k",
	    LEVEL_NONE, 200, "long" },
	{ "none so low", "bank", HOP_INBOUND, "k", LEVEL_ENCRYPT, 150,
	    "long" },
	{ "all too low", "bank", HOP_INBOUND, "k", LEVEL_VERIFY, 150, NULL },
	{ "all ended", "bank", HOP_INBOUND, "k", LEVEL_NONE, 300, NULL },
	{ "another hop", "bank", HOP_OUTBOUND, "k", LEVEL_NONE, 150, NULL },
	{ "another partner", "banks", HOP_INBOUND, "k", LEVEL_NONE, 150,
	    NULL },
	{ "its key", "bank", HOP_ENTRY, "a.example", LEVEL_NONE, 150,
	    "keyed" },
	{ "another key", "bank", HOP_ENTRY, "b.example", LEVEL_NONE, 150,
	    NULL },
	{ "no end is no exception", "clinic", HOP_INBOUND, "k", LEVEL_NONE,
	    150, NULL },
	{ "no clock", "bank", HOP_INBOUND, "k", LEVEL_NONE, 0, NULL },
	{ "verify", "shop", HOP_OUTBOUND, "k", LEVEL_VERIFY, 150, "verify" },
};

static void
test_finds(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(1024);
	const struct exceptions *all =
	    exceptions_index(list, COUNT_OF(list), a);

	for (size_t i = 0; i < COUNT_OF(finds); i++) {
		const struct exception *x = exceptions_find(all,
		    slice_of(finds[i].partner), finds[i].hop,
		    slice_of(finds[i].key), finds[i].least, finds[i].now);

		want_slice(finds[i].label, "exception",
		    x == NULL ? SLICE_NONE : x->id, finds[i].wanted);
	}
	want_that("none at all", "none is found", exceptions_find(NULL,
	    SLICE("bank"), HOP_INBOUND, SLICE("k"), LEVEL_NONE, 150) == NULL);
	want_that("an empty list", "none is found", exceptions_find(
	    exceptions_index(list, 0, a), SLICE("bank"), HOP_INBOUND,
	    SLICE("k"), LEVEL_NONE, 150) == NULL);
	arena_destroy(&a);
}

/* The remaining demand has a level and no identity. */
static void
test_demands(void **state ATTR_UNUSED)
{
	for (enum level l = LEVEL_NONE; l <= LEVEL_VERIFY; l++) {
		const struct exception x = { .floor = l };
		struct demand d = exception_demand(&x);

		want_number(level_name(l), "level", (long)d.level, (long)l);
		want_that(level_name(l), "any peer with verify only",
		    d.any_peer == (l == LEVEL_VERIFY));
		want_that(level_name(l), "no other floor", !d.dane &&
		    d.peer_count == 0);
		for (unsigned i = 0; i < FLOOR_COUNT; i++)
			want_number(floor_name((enum floor)i), "asked",
			    d.floor[i], 0);
	}
}

/* What lets no mail pass that the rule keeps back is no exception. */
static void
test_lowers(void **state ATTR_UNUSED)
{
	static const struct peer_group group = { .client_count = 0 };
	static const struct {
		const char *label;
		enum level floor;
		struct demand demand;
		bool lowers;
	} cases[] = {
		{ "a lower level", LEVEL_NONE, { .level = LEVEL_ENCRYPT },
		    true },
		{ "the level itself", LEVEL_ENCRYPT,
		    { .level = LEVEL_ENCRYPT }, false },
		{ "a higher level", LEVEL_VERIFY, { .level = LEVEL_ENCRYPT,
		    .floor[FLOOR_TLS] = TLS_1_3 }, false },
		{ "the level without a least version", LEVEL_ENCRYPT,
		    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_3 },
		    true },
		{ "the level without the last floor", LEVEL_ENCRYPT,
		    { .level = LEVEL_ENCRYPT, .floor[FLOOR_COUNT - 1] = 1 },
		    true },
		{ "the level of any peer", LEVEL_VERIFY,
		    { .level = LEVEL_VERIFY, .any_peer = true }, false },
		{ "the level without the peer", LEVEL_VERIFY,
		    { .level = LEVEL_VERIFY, .peers = &group,
			.peer_count = 1 }, true },
		{ "the level without dane", LEVEL_VERIFY,
		    { .level = LEVEL_VERIFY, .dane = true }, true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		want_number(cases[i].label, "lowers", exception_floor_lowers(
		    cases[i].floor, &cases[i].demand), cases[i].lowers);
}

/* Ten thousand partners with one exception each. */
static void
test_many(void **state ATTR_UNUSED)
{
	enum { MANY = 10000 };
	struct arena *a = arena_create(1 << 20);
	struct exception *many = arena_array(a, MANY, sizeof(*many));
	const struct exceptions *all;

	for (int i = 0; i < MANY; i++)
		many[i] = (struct exception){ .partner = slice_of(
			arena_printf(a, "p%d", i)), .floor = LEVEL_NONE,
			.from = 1, .until = 10 };
	all = exceptions_index(many, MANY, a);
	for (int i = 0; i < MANY; i++)
		want_that("ten thousand", "each finds its own",
		    exceptions_find(all, many[i].partner, HOP_INBOUND,
		    SLICE("k"), LEVEL_NONE, 5) == &many[i]);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_finds),
	cmocka_unit_test(test_demands),
	cmocka_unit_test(test_lowers),
	cmocka_unit_test(test_many),
};

RUN_TESTS(tests)
