/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/names/shortening.h"
#include "tests/cases.h"

/* Shows what the code is of, for people. */
static void
show_code(const unsigned char key[SHORTENING_KEY], struct slice text,
    char out[SHORTENING_CODE + 1])
{
	snprintf(out, SHORTENING_CODE + 1, "%c%.*s", key[0],
	    SLICE_ARGS(text));
}

static const struct shortening domain = { .form = ADDRESSES_DOMAIN };
static const struct shortening hashed = { .form = ADDRESSES_HASHED,
	.code = show_code, .key = { '#' } };

static const struct {
	const char *label, *address, *domain, *hashed;
} cases[] = {
	{ "an address", "ann@bank.example", "[]@bank.example",
	    "[#ann@bank.example]@bank.example" },
	{ "in brackets", "<ann@bank.example>", "[]@bank.example",
	    "[#ann@bank.example]@bank.example" },
	{ "case has no code of its own", "Ann@Bank.example",
	    "[]@Bank.example", "[#ann@bank.example]@Bank.example" },
	{ "quotes neither", "\"a nn\"@b.example", "[]@b.example",
	    "[#a nn@b.example]@b.example" },
	{ "a quoted @", "\"a@x\"@b.example", "[]@b.example",
	    "[#a@x@b.example]@b.example" },
	{ "an extension", "ann+n@b.example", "[]@b.example",
	    "[#ann+n@b.example]@b.example" },
	{ "a literal", "ann@[192.0.2.1]", "[]@[192.0.2.1]",
	    "[#ann@[192.0.2.1]]@[192.0.2.1]" },
	{ "a U-label", "ann@\xc3\xbc.example", "[]@\xc3\xbc.example",
	    "[#ann@xn--tda.example]@\xc3\xbc.example" },
	{ "a source route", "@relay.example:ann@b.example", "[]@b.example",
	    "[#ann@b.example]@b.example" },
	{ "without a domain", "ann", "[]", "[#ann]" },
	{ "a bang path", "x!ann", "[]!", "[#x!ann]!" },
	{ "the percent hack", "ann%x", "[]!", "[#ann%x]!" },
	{ "an open quote", "\"ann@b", "[]!", "[#\"ann@b]!" },
	{ "a person in the domain", "u@\"ann@b\"", "[]!", "[#u@\"ann@b\"]!" },
	{ "the null sender", "<>", "<>", "<>" },
	{ "nothing", "", "", "" },
	{ "a role", "Postmaster@b.example", "Postmaster@b.example",
	    "Postmaster@b.example" },
};

static void
test_addresses(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct slice address = slice_of(cases[i].address);
		char out[SHORTENING_TEXT];
		struct text t;

		text_init(&t, out, sizeof(out));
		shortening_add(&domain, address, &t);
		want_text(cases[i].label, "domain", out, cases[i].domain);
		text_init(&t, out, sizeof(out));
		shortening_add(&hashed, address, &t);
		want_text(cases[i].label, "hashed", out, cases[i].hashed);
		text_init(&t, out, sizeof(out));
		shortening_add(NULL, address, &t);
		want_text(cases[i].label, "full", out, cases[i].address);
	}
}

static const struct {
	const char *label, *text, *shortened;
} texts[] = {
	{ "no address", "CN=mx.bank.example", "CN=mx.bank.example" },
	{ "of a subject", "/C=DE/CN=Ann/emailAddress=ann@b.example",
	    "/C=DE/CN=Ann/emailAddress=[]@b.example" },
	{ "alone", "ann@b.example", "[]@b.example" },
	{ "two", "ann@b.example, bob@c.example (x)",
	    "[]@b.example, []@c.example (x)" },
	{ "of nobody", "x @ y", "x []! y" },
};

static void
test_texts(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		char out[SHORTENING_TEXT];
		struct text t;

		text_init(&t, out, sizeof(out));
		shortening_add_text(&domain, slice_of(texts[i].text), &t);
		want_text(texts[i].label, "text", out, texts[i].shortened);
	}
}

/* What is recorded reads as the domain's, and as no row of an address. */
static void
test_reads_as_domain(void **state ATTR_UNUSED)
{
	static const char *const forms[] = { "[]@bank.example",
		"[0123456789abcdef0123]@bank.example" };

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct address a;
		struct domain d;

		want_that(forms[i], "reads", address_cut(slice_of(forms[i]),
		    &a));
		want_that(forms[i], "domain", domain_from(a.domain, &d));
		want_slice(forms[i], "domain", domain_slice(&d),
		    "bank.example");
		want_that(forms[i], "brackets", a.local.p[0] == '[');
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_addresses),
	cmocka_unit_test(test_texts),
	cmocka_unit_test(test_reads_as_domain),
};

RUN_TESTS(tests)
