/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/domain.h"
#include "tests/cases.h"

#define TEN "abcdefghij"
#define L63 TEN TEN TEN TEN TEN TEN "abc"

struct sample {
	const char *label;
	struct slice raw;
	const char *want;       /* NULL: no domain */
};

/* clang-format off */
static const struct sample samples[] = {
	{ "plain", SLICE("bank.example"), "bank.example" },
	{ "mixed case", SLICE("Bank.EXAMPLE"), "bank.example" },
	{ "one label", SLICE("localhost"), "localhost" },
	{ "underscore is kept", SLICE("a_B.test"), "a_b.test" },
	{ "one trailing dot", SLICE("d."), "d" },
	{ "two trailing dots", SLICE("d.."), "d" },
	{ "many trailing dots", SLICE("d......"), "d" },
	{ "two hyphens in place 3", SLICE("r3---sn-x.Test"), "r3---sn-x.test" },
	{ "hyphens at the ends", SLICE("-a.b-.test"), "-a.b-.test" },
	{ "a hyphen alone", SLICE("-.test"), "-.test" },
	{ "digits in all labels but one", SLICE("1.2.x3"), "1.2.x3" },
	{ "label of 63", SLICE(L63 ".test"), L63 ".test" },
	{ "label of 64", SLICE(L63 "k.test"), NULL },
	{ "name of 253", SLICE(L63 "." L63 "." L63 "."
	    TEN TEN TEN TEN TEN TEN "a"),
	    L63 "." L63 "." L63 "." TEN TEN TEN TEN TEN TEN "a" },
	{ "name of 254", SLICE(L63 "." L63 "." L63 "."
	    TEN TEN TEN TEN TEN TEN "ab"), NULL },
	{ "absent", { NULL, 0 }, NULL },
	{ "empty", SLICE(""), NULL },
	{ "a dot", SLICE("."), NULL },
	{ "two dots", SLICE(".."), NULL },
	{ "leading dot", SLICE(".test"), NULL },
	{ "empty label", SLICE("a..test"), NULL },
	{ "address", SLICE("192.0.2.1"), NULL },
	{ "number", SLICE("12345"), NULL },
	{ "literal", SLICE("[192.0.2.1]"), NULL },
	{ "v6 literal", SLICE("[IPv6:::1]"), NULL },
	{ "star", SLICE("*"), NULL },
	{ "blank inside", SLICE("a b.test"), NULL },
	{ "blank behind", SLICE("a.test "), NULL },
	{ "at sign", SLICE("a@b.test"), NULL },
	{ "port", SLICE("a.test:25"), NULL },
	{ "slash", SLICE("a/b"), NULL },
	{ "exclamation mark", SLICE("a!b.test"), NULL },
	{ "NUL inside", SLICE("a\0b.test"), NULL },
	{ "NUL at the end", SLICE("a.test\0"), NULL },
	{ "NUL with a U-label", SLICE("m\xc3\xbcn\0.test"), NULL },
	{ "control", SLICE("a\x01.test"), NULL },
	{ "newline behind", SLICE("a.test\n"), NULL },
	{ "DEL", SLICE("a\x7f.test"), NULL },
	{ "control with a U-label", SLICE("m\xc3\xbcn\x1f.test"), NULL },

	{ "U-label", SLICE("m\xc3\xbcnchen.test"), "xn--mnchen-3ya.test" },
	{ "U-label, upper case", SLICE("M\xc3\x9cNCHEN.test"),
	    "xn--mnchen-3ya.test" },
	{ "U-label, decomposed", SLICE("mu\xcc\x88nchen.test"),
	    "xn--mnchen-3ya.test" },
	{ "A-label", SLICE("xn--mnchen-3ya.test"), "xn--mnchen-3ya.test" },
	{ "A-label, upper case", SLICE("XN--MNCHEN-3YA.TEST"),
	    "xn--mnchen-3ya.test" },
	{ "A-label, fullwidth prefix",
	    SLICE("\xef\xbc\xb8\xef\xbc\xae--mnchen-3ya.test"),
	    "xn--mnchen-3ya.test" },
	{ "A-label, hidden by a soft hyphen",
	    SLICE("xn\xc2\xad--mnchen-3ya.test"), "xn--mnchen-3ya.test" },
	{ "fullwidth letter", SLICE("\xef\xbc\xb3" "ecure.example"),
	    "secure.example" },
	{ "soft hyphen", SLICE("secu\xc2\xadre.example"), "secure.example" },
	{ "zero width no-break space", SLICE("\xef\xbb\xbfsecure.example"),
	    "secure.example" },
	{ "Kelvin sign", SLICE("\xe2\x84\xaa.test"), "k.test" },
	{ "ideographic dot", SLICE("a\xe3\x80\x82test"), "a.test" },
	{ "fullwidth dot", SLICE("a\xef\xbc\x8etest"), "a.test" },
	{ "halfwidth ideographic dot", SLICE("a\xef\xbd\xa1test"), "a.test" },
	{ "ideographic dot behind", SLICE("a.test\xe3\x80\x82"), "a.test" },
	{ "ideographic dot, empty label", SLICE("a.\xe3\x80\x82test"), NULL },
	{ "sharp s is its own letter", SLICE("stra\xc3\x9f" "e.test"),
	    "xn--strae-oqa.test" },
	{ "final sigma is its own letter", SLICE("\xcf\x82.test"),
	    "xn--3xa.test" },
	{ "underscore with a U-label", SLICE("_x.m\xc3\xbcn.test"),
	    "_x.xn--mn-xka.test" },
	{ "hyphens with a U-label", SLICE("r3---x.-a.m\xc3\xbcn.test"),
	    "r3---x.-a.xn--mn-xka.test" },
	{ "Chinese", SLICE("\xe4\xbe\x8b\xe5\xad\x90.test"),
	    "xn--fsqu00a.test" },
	{ "hyphens in a U-label", SLICE("ab--\xc3\xbc.test"), NULL },
	{ "U-label that begins with a hyphen", SLICE("-\xc3\xbc.test"), NULL },
	{ "label of nothing but a soft hyphen", SLICE("a.\xc2\xad.test"),
	    NULL },
	{ "fullwidth slash", SLICE("a\xef\xbc\x8f" "b.test"), NULL },
	{ "fullwidth at sign", SLICE("a\xef\xbc\xa0" "b.test"), NULL },
	{ "fullwidth digits are an address", SLICE("\xef\xbc\x91.2.3.4"),
	    NULL },
	{ "A-label that does not decode", SLICE("xn--0.test"), NULL },
	{ "A-label of nothing", SLICE("xn--.test"), NULL },
	{ "A-label of plain letters", SLICE("xn--abc-.test"), NULL },
	{ "A-label of an upper-case letter", SLICE("xn--a-ecp.test"), NULL },
	{ "A-label in a deep place", SLICE("a.b.xn--0"), NULL },
	{ "emoji", SLICE("\xf0\x9f\x92\xa9.test"), NULL },
	{ "emoji as A-label", SLICE("xn--ls8h.test"), NULL },
	{ "combining mark first", SLICE("\xcc\x81" "a.test"), NULL },
	{ "joiner out of place", SLICE("a\xe2\x80\x8d" "b.test"), NULL },
	{ "not UTF-8", SLICE("m\xfcnchen.test"), NULL },
	{ "overlong UTF-8", SLICE("\xc1\xa1.test"), NULL },
	{ "surrogate", SLICE("\xed\xa0\x80.test"), NULL },
	{ "cut UTF-8", SLICE("a.test\xc3"), NULL },
};
/* clang-format on */

static bool
is_wanted(const struct sample *s, bool found, const struct domain *d)
{
	if (s->want == NULL ? !found
			    : found && strcmp(d->text, s->want) == 0 &&
			d->n == strlen(s->want))
		return true;
	print_error("%s: got \"%s\", wanted \"%s\"\n", s->label,
	    found ? d->text : "(none)", s->want ? s->want : "(none)");
	return false;
}

static void
test_one_spelling_of_each_name(void **state ATTR_UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct domain d = { 0 };
		bool found = domain_from(samples[i].raw, &d);

		wrong += !is_wanted(&samples[i], found, &d);
		found = domain_from_idna(samples[i].raw, &d);
		wrong += !is_wanted(&samples[i], found, &d);
	}
	assert_int_equal(wrong, 0);
}

static void
test_nothing_is_written_when_it_is_no_domain(void **state ATTR_UNUSED)
{
	struct domain d = { 3, "abc" };

	assert_false(domain_from(SLICE("a b"), &d));
	assert_false(domain_from(SLICE("xn--0"), &d));
	assert_false(domain_from_idna(SLICE("a..b"), &d));
	assert_int_equal(d.n, 3);
	assert_string_equal(d.text, "abc");
}

static void
test_endless_input_is_no_domain(void **state ATTR_UNUSED)
{
	static char text[100000];
	struct domain d;

	memset(text, '.', sizeof(text));
	text[0] = 'a';
	assert_true(domain_from((struct slice){ text, sizeof(text) }, &d));
	assert_string_equal(d.text, "a");
	memcpy(text, "\xc3\xbc", 2);
	assert_false(domain_from((struct slice){ text, sizeof(text) }, &d));
	memset(text, 'a', sizeof(text));
	assert_false(domain_from((struct slice){ text, sizeof(text) }, &d));
}

static uint64_t
random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Made of pieces that stand on both sides of every rule. */
static size_t
random_name(uint64_t *seed, const char *const *pieces, size_t count,
    char out[256])
{
	size_t length = 1 + random_next(seed) % 12, n = 0;

	for (size_t i = 0; i < length; i++) {
		const char *piece = pieces[random_next(seed) % count];
		size_t m = strlen(piece);

		memcpy(out + n, piece, m);
		n += m;
	}
	return n;
}

static const char *const ascii_pieces[] = { "a", "Z", "0", "9", "-", "--",
	"_", ".", ".", "..", "xn-", "xn--", "x", "n", "mnchen-3ya", "Ab", "!",
	" ", "*", "@", "a.b", "XN--MNCHEN-3YA", "abcdefghijklm", ":" };

static void
test_plain_path_and_libidn2_agree(void **state ATTR_UNUSED)
{
	uint64_t seed = 0x9e3779b97f4a7c15u;
	unsigned domains = 0, wrong = 0;

	for (unsigned i = 0; i < 60000; i++) {
		char text[256];
		struct slice raw = { text,
			random_name(&seed, ascii_pieces, COUNT_OF(ascii_pieces),
			    text) };
		struct domain a = { 0 }, b = { 0 };
		bool is_a = domain_from(raw, &a);
		bool is_b = domain_from_idna(raw, &b);

		domains += is_a;
		if (is_a == is_b && strcmp(a.text, b.text) == 0)
			continue;
		print_error("\"%.*s\": plain \"%s\", libidn2 \"%s\"\n",
		    SLICE_ARGS(raw), a.text, b.text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_true(domains > 10000);
}

static const char *const utf8_pieces[] = { "a", "S", "-", ".", "\xc3\xbc",
	"\xc3\x9f", "u\xcc\x88", "\xef\xbc\xb3", "\xc2\xad", "\xe3\x80\x82",
	"\xef\xbc\x8e", "\xe4\xbe\x8b", "\xd7\x90", "xn--", "1", "\xcc\x81",
	"\xe2\x84\xaa", "\xe2\x82\xa8", "\xef\xb7\xba", "mnchen-3ya" };

/* What came out once goes in and comes out unchanged. */
static void
test_normalised_names_stay_as_they_are(void **state ATTR_UNUSED)
{
	uint64_t seed = 0x2545f4914f6cdd1du;
	unsigned domains = 0, wrong = 0;

	for (unsigned i = 0; i < 20000; i++) {
		char text[256];
		struct slice raw = { text,
			random_name(&seed, utf8_pieces, COUNT_OF(utf8_pieces),
			    text) };
		struct domain a, b = { 0 };

		if (!domain_from(raw, &a))
			continue;
		domains++;
		if (domain_from(domain_slice(&a), &b) &&
		    strcmp(a.text, b.text) == 0)
			continue;
		print_error("\"%s\" becomes \"%s\"\n", a.text, b.text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_true(domains > 1000);
}

static void
test_covers(void **state ATTR_UNUSED)
{
	/* clang-format off */
	static const struct {
		const char *pattern, *name;
		bool want;
	} cases[] = {
		{ "bank.example", "bank.example", true },
		{ "bank.example", "mx.bank.example", false },
		{ "bank.example", "thebank.example", false },
		{ ".bank.example", "mx.bank.example", true },
		{ ".bank.example", "a.b.bank.example", true },
		{ ".bank.example", "bank.example", false },
		{ ".bank.example", "thebank.example", false },
		{ ".bank.example", ".bank.example", false },
		{ ".", "a", false },
		{ ".", "a.", false },
		{ "", "", false },
		{ "", "a", false },
		{ NULL, "a", false },
		{ NULL, NULL, false },
		{ "a", NULL, false },
		{ ".a", NULL, false },
	};
	/* clang-format on */
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (domain_covers(slice_of(cases[i].pattern),
			slice_of(cases[i].name)) == cases[i].want)
			continue;
		print_error("\"%s\" and \"%s\": wanted %s\n",
		    cases[i].pattern ? cases[i].pattern : "(absent)",
		    cases[i].name ? cases[i].name : "(absent)",
		    cases[i].want ? "covered" : "not covered");
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_one_spelling_of_each_name),
	cmocka_unit_test(test_nothing_is_written_when_it_is_no_domain),
	cmocka_unit_test(test_endless_input_is_no_domain),
	cmocka_unit_test(test_plain_path_and_libidn2_agree),
	cmocka_unit_test(test_normalised_names_stay_as_they_are),
	cmocka_unit_test(test_covers),
};

RUN_TESTS(tests)
