/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/limits.h"
#include "policy/names/address.h"
#include "tests/cases.h"

struct sample {
	const char *label;
	struct slice path;
	const char *local;      /* NULL: cannot be cut */
	const char *domain;     /* NULL: absent */
};

/* clang-format off */
static const struct sample samples[] = {
	{ "plain", SLICE("<user@d.test>"), "user", "d.test" },
	{ "no brackets", SLICE("user@d.test"), "user", "d.test" },
	{ "case is kept", SLICE("<User@D.Test>"), "User", "D.Test" },
	{ "trailing dots are kept", SLICE("<u@d..>"), "u", "d.." },
	{ "bare local part", SLICE("<postmaster>"), "postmaster", NULL },
	{ "bare local part, no brackets", SLICE("user"), "user", NULL },
	{ "blanks around", SLICE(" < u@d > "), "u", "d" },
	{ "extension", SLICE("<u+x@d>"), "u+x", "d" },

	{ "quoted local part", SLICE("<\"a b\"@d>"), "\"a b\"", "d" },
	{ "quoted @", SLICE("<\"a@b\"@d>"), "\"a@b\"", "d" },
	{ "quoted @ and no other", SLICE("<\"a@b\">"), "\"a@b\"", NULL },
	{ "quoted >", SLICE("<\"a>b\"@d>"), "\"a>b\"", "d" },
	{ "quoted quote", SLICE("<\"a\\\"@b\"@d>"), "\"a\\\"@b\"", "d" },
	{ "quoted backslash", SLICE("<\"a\\\\\"@d>"), "\"a\\\\\"", "d" },
	{ "quoted colon", SLICE("<\"@a:b\"@d>"), "\"@a:b\"", "d" },
	{ "pair outside quotes", SLICE("<a\\@b@d>"), "a\\@b", "d" },
	{ "two @", SLICE("<u@a@d>"), "u@a", "d" },
	{ "percent hack", SLICE("<u%final.test@d>"), "u%final.test", "d" },
	{ "bang path", SLICE("<final.test!u@d>"), "final.test!u", "d" },
	{ "8-bit", SLICE("<\xe7\x94\xa8@\xe4\xbe\x8b.test>"), "\xe7\x94\xa8",
	    "\xe4\xbe\x8b.test" },

	{ "source route", SLICE("<@a,@b:u@d>"), "u", "d" },
	{ "route of one", SLICE("<@a:u@d>"), "u", "d" },
	{ "route, no brackets", SLICE("@a,@b:u@d"), "u", "d" },
	{ "route of literals", SLICE("<@[IPv6:::1],@b:u@d>"), "u", "d" },
	{ "route and a quoted colon", SLICE("<@a:\"x:y\"@d>"), "\"x:y\"",
	    "d" },
	{ "route behind a route", SLICE("<@a:@b:u@d>"), "u", "d" },
	{ "route to a local part", SLICE("<@a:u>"), "u", NULL },
	{ "route to nowhere", SLICE("<@a:>"), NULL, NULL },
	{ "route without an end", SLICE("<@a,@b>"), NULL, NULL },
	{ "route with a quote", SLICE("<@\"a\":u@d>"), NULL, NULL },

	{ "v4 literal", SLICE("<u@[192.0.2.1]>"), "u", "[192.0.2.1]" },
	{ "v6 literal", SLICE("<u@[IPv6:::1]>"), "u", "[IPv6:::1]" },

	{ "opening bracket alone", SLICE("<u@d"), "u", "d" },
	{ "closing bracket alone", SLICE("u@d>"), "u", "d" },
	{ "two pairs", SLICE("<<u@d>>"), "u", "d" },
	{ "a name before it", SLICE("U Ser <u@d>"), "u", "d" },
	{ "parameters behind", SLICE("<u@d> SIZE=1 RET=HDRS"), "u", "d" },
	{ "parameters with an address", SLICE("<u@d> ORCPT=rfc822;<x@e>"),
	    "u", "d" },
	{ "parameters, no brackets", SLICE("u@d ORCPT=rfc822;x@e"), "u",
	    "d" },
	{ "parameters, bracket missing", SLICE("<u@d ORCPT=x@e"), "u", "d" },
	{ "blank in a local part", SLICE("john doe@d"), "john doe", "d" },
	{ "text behind", SLICE("<u@d>x@e"), NULL, NULL },

	{ "empty domain", SLICE("<u@>"), "u", "" },
	{ "no local part", SLICE("<@d>"), NULL, NULL },
	{ "empty quotes", SLICE("<\"\"@d>"), "\"\"", "d" },
	{ "an @ alone", SLICE("@"), NULL, NULL },
	{ "open quote", SLICE("<\"u@d>"), NULL, NULL },
	{ "cut pair", SLICE("<u@d\\"), NULL, NULL },
	{ "absent", { NULL, 0 }, NULL, NULL },
	{ "NUL", SLICE("<u\0@d>"), NULL, NULL },
	{ "newline", SLICE("<u@d\n>"), NULL, NULL },
	{ "tab", SLICE("<u@d>\tx"), NULL, NULL },
	{ "DEL", SLICE("<u@d\x7f>"), NULL, NULL },
};
/* clang-format on */

static bool
is_same(const char *label, struct slice got, const char *want)
{
	if (want == NULL ? got.p == NULL : slice_eq(got, slice_of(want)))
		return true;
	print_error("%s: got \"%.*s\", wanted \"%s\"\n", label,
	    SLICE_ARGS(got), want == NULL ? "(absent)" : want);
	return false;
}

static bool
is_cut_right(const struct sample *s)
{
	struct address a = { SLICE("?"), SLICE("?"), true };
	bool found = address_cut(s->path, &a);

	if (found != (s->local != NULL)) {
		print_error("%s: %s\n", s->label, found ? "cut" : "not cut");
		return false;
	}
	if (!found)
		return a.null;
	if (a.null)
		print_error("%s: taken for the null path\n", s->label);
	return !a.null && is_same(s->label, a.local, s->local) &&
	    is_same(s->label, a.domain, s->domain);
}

static void
test_cut(void **state ATTR_UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(samples); i++)
		wrong += !is_cut_right(&samples[i]);
	assert_int_equal(wrong, 0);
}

static void
test_null_path(void **state ATTR_UNUSED)
{
	static const char *const paths[] = { "<>", "", "<> SIZE=1", " <> ",
		"< >" };
	struct address a;

	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		assert_true(address_cut(slice_of(paths[i]), &a));
		assert_true(a.null);
		assert_null(a.domain.p);
		assert_int_equal(a.local.n, 0);
	}
	assert_true(address_cut(SLICE("<\"\">"), &a));
	assert_false(a.null);
}

static void
test_too_long(void **state ATTR_UNUSED)
{
	char text[LIMIT_PATH + 1];
	struct address a;

	memset(text, 'a', sizeof(text));
	text[1] = '@';
	assert_true(address_cut((struct slice){ text, LIMIT_PATH }, &a));
	assert_int_equal(a.domain.n, LIMIT_PATH - 2);
	assert_false(address_cut((struct slice){ text, LIMIT_PATH + 1 }, &a));
}

/* For any input the parts are within it. */
static void
test_slices_stay_inside(void **state ATTR_UNUSED)
{
	static const char letters[] = "a@\"\\<>:[], .\x80\x01";
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned cut = 0;

	for (unsigned i = 0; i < 200000; i++) {
		char *text = test_malloc(12);
		struct slice s = { text, 0 };
		struct address a = { 0 };

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		s.n = (size_t)(seed >> 60) % 13;
		for (size_t j = 0; j < s.n; j++)
			text[j] = letters[(seed >> (5 + 4 * j)) % 13];
		if (address_cut(s, &a)) {
			cut++;
			assert_true(a.local.p >= text);
			assert_true(a.local.p + a.local.n <= text + s.n);
			assert_true(a.null || a.local.n > 0);
			assert_true(a.domain.p == NULL ||
			    (a.domain.p > text &&
				a.domain.p + a.domain.n <= text + s.n));
		}
		test_free(text);
	}
	assert_true(cut > 1000);
}

static void
test_local_key(void **state ATTR_UNUSED)
{
	/* clang-format off */
	static const struct {
		const char *local;
		char delimiter;
		const char *want;
	} cases[] = {
		{ "User", '\0', "user" },
		{ "\"User\"", '\0', "user" },
		{ "\"a\\\"B\"", '\0', "a\"b" },
		{ "a\\@b", '\0', "a@b" },
		{ "u+x", '\0', "u+x" },
		{ "u+x", '+', "u" },
		{ "u+x+y", '+', "u" },
		{ "\"U+x\"", '+', "u" },
		{ "+x", '+', "+x" },
		{ "+x+y", '+', "+x" },
		{ "u+", '+', "u" },
		{ "", '\0', "" },
		{ "\"\"", '\0', "" },
		{ "12345678", '\0', "12345678" },
		{ "123456789", '\0', "" },
		{ "12345678+9", '+', "12345678" },
		{ "board-x", '-', "board" },
		{ "board-x+y", '-', "board" },
		{ "board-x+y", '+', "board-x" },
		{ "-x", '-', "-x" },
		{ "\xc3\x84", '\0', "\xc3\x84" },
	};
	/* clang-format on */
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char key[8];
		size_t n = address_local_key(slice_of(cases[i].local),
		    cases[i].delimiter, key, sizeof(key));

		wrong += !is_same(cases[i].local, (struct slice){ key, n },
		    cases[i].want);
	}
	assert_int_equal(wrong, 0);
}

static void
test_postmaster(void **state ATTR_UNUSED)
{
	static const char *const yes[] = { "postmaster", "PostMaster",
		"\"postmaster\"", "\"post\\master\"" };
	static const char *const no[] = { "", "postmaste", "postmasters",
		"postmaster+x", "\"postmaster \"", "hostmaster" };

	for (size_t i = 0; i < COUNT_OF(yes); i++)
		assert_true(address_is_postmaster(slice_of(yes[i])));
	for (size_t i = 0; i < COUNT_OF(no); i++)
		assert_false(address_is_postmaster(slice_of(no[i])));
	assert_false(address_is_postmaster(SLICE_NONE));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_cut),
	cmocka_unit_test(test_null_path),
	cmocka_unit_test(test_too_long),
	cmocka_unit_test(test_slices_stay_inside),
	cmocka_unit_test(test_local_key),
	cmocka_unit_test(test_postmaster),
};

RUN_TESTS(tests)
