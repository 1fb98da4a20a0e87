/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/domain.h"
#include "policy/names/lookalike.h"
#include "tests/cases.h"

static const struct {
	const char *label;
	const char *name;
	bool wanted;
} cases[] = {
	{ "plain", "bank.example", false },
	{ "a Cyrillic a in Latin", "b\xd0\xb0nk.example", true },
	{ "in the second label", "mx.b\xd0\xb0nk.example", true },
	{ "a Greek omicron in Latin", "g\xce\xbf.example", true },
	{ "beside a Latin letter with an accent",
	    "\xc3\xa9\xd1\x81.example", true },
	{ "all Cyrillic, all with a twin (apple)",
	    "\xd0\xb0\xd1\x80\xd1\x80\xd3\x8f\xd0\xb5.example", true },
	{ "a Cyrillic word", "\xd0\xb1\xd0\xb0\xd0\xbd\xd0\xba.example",
	    false },
	{ "Cyrillic and digits", "\xd0\xb1\xd0\xb0\xd0\xbd\xd0\xba"
	    "24.example", false },
	{ "German", "m\xc3\xbcnchen.example", false },
	{ "Japanese beside Latin", "\xe9\x8a\x80\xe8\xa1\x8c-bank.example",
	    false },
};

static void
finds_letters_of_another_alphabet(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct domain d;

		if (!domain_from(slice_of(cases[i].name), &d))
			fail_msg("%s: no domain", cases[i].label);
		want_number(cases[i].label, "looks like another",
		    lookalike_key(domain_slice(&d)), cases[i].wanted);
	}
}

static void
looks_into_every_form_of_key(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		struct slice key;
		bool wanted;
	} keys[] = {
		{ "*", SLICE("*"), false },
		{ "a suffix", SLICE(".xn--bnk-6cd.example"), true },
		{ "an address", SLICE("board@xn--bnk-6cd.example"), true },
		{ "a next hop", SLICE("[xn--bnk-6cd.example]:587"), true },
		{ "a literal", SLICE("[ipv6:2001:db8::1]:25"), false },
		{ "a socket", SLICE("unix:private/lmtp"), false },
		{ "no A-label", SLICE("xn--"), false },
		{ "nothing", SLICE(""), false },
	};

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		want_number(keys[i].label, "looks like another",
		    lookalike_key(keys[i].key), keys[i].wanted);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(finds_letters_of_another_alphabet),
	cmocka_unit_test(looks_into_every_form_of_key),
};

RUN_TESTS(tests)
