/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/key.h"
#include "policy/names/spelling.h"
#include "policy/base/text.h"
#include "tests/cases.h"

static void
join(struct slice spelling, void *data)
{
	text_join(data, " | ", "%.*s", SLICE_ARGS(spelling));
}

#define U "m\xc3\xbcnchen.example"
#define A "xn--mnchen-3ya.example"

static const struct {
	const char *key;
	const char *wanted;
} keys[] = {
	{ "bank.example", "bank.example" },
	{ ".bank.example", ".bank.example" },
	{ A, A " | " U },
	{ "." A, "." A " | ." U },
	{ "[" A "]", "[" A "] | [" U "]" },
	{ "[gw.example]:587", "[gw.example]:587 | [gw.example]:submission" },
	{ "gw.example:25", "gw.example:25 | gw.example:smtp | "
	    "gw.example:mail" },
	{ "gw.example:26", "gw.example:26" },
	{ A ":26", A ":26 | " U ":26" },
	{ "[192.0.2.1]", "[192.0.2.1] | 192.0.2.1" },
	{ "[192.0.2.1]:26", "[192.0.2.1]:26 | 192.0.2.1:26" },
	{ "[2001:db8::1]", "[2001:db8::1] | [ipv6:2001:db8::1] | "
	    "2001:db8::1" },
	{ "[2001:db8::1]:26", "[2001:db8::1]:26 | [ipv6:2001:db8::1]:26" },
	{ "unix:private/Lmtp", "unix:private/lmtp" },
};

static void
spells_every_form(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char came[800];
		struct text t;

		text_init(&t, came, sizeof(came));
		spelling_each(slice_of(keys[i].key), join, &t);
		want_text(keys[i].key, "spellings", came, keys[i].wanted);
	}
}

/* What Postfix finds is what the table finds: every spelling of a next hop
 * normalises to its key. */
static void
check_normal(struct slice spelling, void *data)
{
	const char *wanted = data;
	struct key key;

	if (spelling.p[0] == '.' || wanted[0] == 'u')
		return;
	if (key_from_nexthop(spelling, &key, NULL) < 0)
		fail_msg("%s: a spelling is no next hop", wanted);
	want_text(wanted, "normalised again", key.text, wanted);
}

static void
every_spelling_is_of_the_key(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char key[64];

		snprintf(key, sizeof(key), "%s", keys[i].key);
		spelling_each(slice_of(key), check_normal, key);
		want_that(key, "it is one itself", slice_eq(slice_of(key),
		    SLICE("unix:private/Lmtp")) ||
		    spelling_is_of(slice_of(key), slice_of(key)));
		want_that(key, "another is not",
		    !spelling_is_of(SLICE("x.example"), slice_of(key)));
	}
}

static const struct {
	const char *raw;
	const char *wanted;             /* "": none */
} folds[] = {
	{ "Bank.EXAMPLE", "bank.example" },
	{ "M\xc3\x9cNCHEN.Example", U },
	/* No octet of it is ASCII. */
	{ "\xc3\x9c", "\xc3\xbc" },
	{ "stra\xc3\x9f" "e.example", "strasse.example" },
	{ "\xcf\x82.example", "\xcf\x83.example" },
	/* Not composed: Postfix looks it up as it is. */
	{ "mu\xcc\x88nchen.example", "mu\xcc\x88nchen.example" },
	{ "\xff.example", "" },
	{ "", "" },
};

static void
folds_as_postfix_does(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(folds); i++) {
		char came[SPELLING_SIZE + 1];
		size_t n = spelling_fold(slice_of(folds[i].raw), came);

		came[n] = '\0';
		want_text(folds[i].raw, "folded", came, folds[i].wanted);
	}
}

static const struct {
	const char *key;
	bool wanted;
} unique[] = {
	{ "strasse.example", true },
	{ A, true },
	{ "xn--strae-oqa.example", false },
	{ ".xn--strae-oqa.example", false },
	{ "[xn--strae-oqa.example]:587", false },
	{ "xn--3xa.example", false },
	{ "xn--4xa.example", true },
	{ "[192.0.2.1]", true },
	{ "unix:private/Lmtp", true },
};

static void
a_sharp_s_is_not_unique(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(unique); i++)
		want_number(unique[i].key, "unique",
		    spelling_is_unique(slice_of(unique[i].key)),
		    unique[i].wanted);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(spells_every_form),
	cmocka_unit_test(every_spelling_is_of_the_key),
	cmocka_unit_test(folds_as_postfix_does),
	cmocka_unit_test(a_sharp_s_is_not_unique),
};

RUN_TESTS(tests)
