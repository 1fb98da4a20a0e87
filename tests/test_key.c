/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/key.h"
#include "tests/cases.h"

struct sample {
	const char *raw;
	enum key_kind kind;     /* KEY_NONE: an error */
	const char *want;       /* the key; of an error: a part of its text */
};

static bool
is_right(const struct sample *s, int rc, const struct key *key,
    const struct err *e)
{
	if (rc == -1) {
		if (s->kind == KEY_NONE && strstr(e->text, s->want) != NULL)
			return true;
		print_error("\"%s\": error \"%s\", wanted \"%s\"\n", s->raw,
		    e->text, s->want);
		return false;
	}
	if (s->kind == key->kind && strcmp(key->text, s->want) == 0 &&
	    key->n == strlen(key->text))
		return true;
	print_error("\"%s\": got %s \"%s\", wanted %s \"%s\"\n", s->raw,
	    key_kind_name(key->kind), key->text, key_kind_name(s->kind),
	    s->want);
	return false;
}

/* clang-format off */
static const struct sample domain_samples[] = {
	{ "Bank.Example", KEY_DOMAIN, "bank.example" },
	{ "bank.example.", KEY_DOMAIN, "bank.example" },
	{ " bank.example ", KEY_DOMAIN, "bank.example" },
	{ "m\xc3\xbcnchen.test", KEY_DOMAIN, "xn--mnchen-3ya.test" },
	{ "localhost", KEY_DOMAIN, "localhost" },
	{ ".Bank.Example", KEY_SUFFIX, ".bank.example" },
	{ ".m\xc3\xbcnchen.test.", KEY_SUFFIX,
	    ".xn--mnchen-3ya.test" },
	{ ".test", KEY_SUFFIX, ".test" },
	{ "*", KEY_ANY, "*" },
	{ "[192.0.2.1]", KEY_LITERAL, "[192.0.2.1]" },
	{ "192.0.2.1", KEY_LITERAL, "[192.0.2.1]" },
	{ "[IPv6:2001:DB8:0::1]", KEY_LITERAL, "[2001:db8::1]" },
	{ "2001:db8::1", KEY_LITERAL, "[2001:db8::1]" },
	{ "[::ffff:192.0.2.1]", KEY_LITERAL, "[192.0.2.1]" },
	{ "User@Bank.Example", KEY_ADDRESS, "user@bank.example" },
	{ "\"User\"@bank.example.", KEY_ADDRESS,
	    "user@bank.example" },
	{ "u+x@bank.example", KEY_ADDRESS, "u+x@bank.example" },
	{ "\"a@b\"@bank.example", KEY_ADDRESS, "a@b@bank.example" },
	{ "u@[IPv6:::1]", KEY_ADDRESS, "u@[::1]" },
	{ "u@m\xc3\xbcn.test", KEY_ADDRESS, "u@xn--mn-xka.test" },

	{ "*.bank.example", KEY_NONE, "write \".bank.example\"" },
	{ "*.m\xc3\xbcn.test", KEY_NONE, "write \".m" },
	{ "*bank.example", KEY_NONE, "every subdomain of a name" },
	{ "mx*.bank.example", KEY_NONE, "a * that is not the whole" },
	{ "*.", KEY_NONE, "a * that is not the whole" },
	{ "**", KEY_NONE, "a * that is not the whole" },
	{ "[gw.bank.example]:587", KEY_NONE, "\"next_hops\"" },
	{ "[gw.bank.example]", KEY_NONE, "\"next_hops\"" },
	{ "gw.bank.example:25", KEY_NONE, "\"next_hops\"" },
	{ "[192.0.2.1]:25", KEY_NONE, "\"next_hops\"" },
	{ "inet:gw.bank.example:24", KEY_NONE, "\"next_hops\"" },
	{ "unix:private/lmtp", KEY_NONE, "\"next_hops\"" },
	{ "192.0.2.0/24", KEY_NONE, "\"own_relays\"" },
	{ "@bank.example", KEY_NONE, "write \"bank.example\"" },
	{ "u@.bank.example", KEY_NONE, "needs one domain" },
	{ "u@*", KEY_NONE, "needs one domain" },
	{ "u@", KEY_NONE, "needs one domain" },
	{ "\"\"@bank.example", KEY_NONE, "needs one domain" },
	{ "<u@bank.example>", KEY_NONE, "is not an address" },
	{ "U Ser <u@bank.example>", KEY_NONE, "is not an address" },
	{ "u@bank.example x", KEY_NONE, "is not an address" },
	{ "", KEY_NONE, "is empty" },
	{ " ", KEY_NONE, "is empty" },
	{ NULL, KEY_NONE, "is empty" },
	{ ".", KEY_NONE, "after its dot" },
	{ "..", KEY_NONE, "after its dot" },
	{ "..bank.example", KEY_NONE, "after its dot" },
	{ ".*.bank.example", KEY_NONE, "after its dot" },
	{ ".192.0.2.1", KEY_NONE, "after its dot" },
	{ "bank..example", KEY_NONE, "is not a domain name" },
	{ "bank example", KEY_NONE, "is not a domain name" },
	{ "https://bank.example/", KEY_NONE, "is not a domain name" },
	{ "xn--0.test", KEY_NONE, "is not a domain name" },
	{ "12345", KEY_NONE, "is not a domain name" },
	{ "[bank", KEY_NONE, "is not a domain name" },
	{ "bank\n\x80", KEY_NONE, "\"bank\\x0A\\x80\" is not a domain" },
};
/* clang-format on */

static void
test_keys_among_domains(void **state ATTR_UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(domain_samples); i++) {
		struct err e = { 0 };
		struct key key = { 0 };
		int rc =
		    key_from_domain(slice_of(domain_samples[i].raw), &key, &e);

		wrong += !is_right(&domain_samples[i], rc, &key, &e);
	}
	assert_int_equal(wrong, 0);
}

/* clang-format off */
static const struct sample next_hop_samples[] = {
	{ "[GW.Bank.Example]:587", KEY_NEXTHOP,
	    "[gw.bank.example]:587" },
	{ "[gw.bank.example.]", KEY_NEXTHOP, "[gw.bank.example]" },
	{ "GW.Bank.Example:25", KEY_NEXTHOP, "gw.bank.example:25" },
	{ "gw.bank.example:025", KEY_NEXTHOP, "gw.bank.example:25" },
	{ "gw.bank.example:SMTP", KEY_NEXTHOP, "gw.bank.example:25" },
	{ "[gw]:submission", KEY_NEXTHOP, "[gw]:587" },
	{ "[gw]:smtps", KEY_NEXTHOP, "[gw]:465" },
	{ "[gw]:submissions", KEY_NEXTHOP, "[gw]:465" },
	{ "gw:Mail-In", KEY_NEXTHOP, "gw:mail-in" },
	{ "[gw.bank.example]:", KEY_NEXTHOP, "[gw.bank.example]" },
	{ "gw.bank.example:", KEY_DOMAIN, "gw.bank.example" },
	{ "gw.bank.example", KEY_DOMAIN, "gw.bank.example" },
	{ " gw.bank.example. ", KEY_DOMAIN, "gw.bank.example" },
	{ "m\xc3\xbcn.test:25", KEY_NEXTHOP, "xn--mn-xka.test:25" },
	{ "[127.0.0.1]:21999", KEY_NEXTHOP, "[127.0.0.1]:21999" },
	{ "127.0.0.1:21999", KEY_NEXTHOP, "[127.0.0.1]:21999" },
	{ "127.0.0.1", KEY_LITERAL, "[127.0.0.1]" },
	{ "[127.0.0.1]", KEY_LITERAL, "[127.0.0.1]" },
	{ "[IPv6:::1]:25", KEY_NEXTHOP, "[::1]:25" },
	{ "[::1]:25", KEY_NEXTHOP, "[::1]:25" },
	{ "[ipv6:0:0:0:0:0:0:0:1]", KEY_LITERAL, "[::1]" },
	{ "2001:DB8::1", KEY_LITERAL, "[2001:db8::1]" },
	{ "inet:gw.bank.example:24", KEY_NEXTHOP,
	    "gw.bank.example:24" },
	{ "inet:[gw.bank.example]:24", KEY_NEXTHOP,
	    "[gw.bank.example]:24" },
	{ "inet:gw", KEY_DOMAIN, "gw" },
	{ "inet:25", KEY_NEXTHOP, "inet:25" },
	{ "inet:inet:I4", KEY_DOMAIN, "i4" },
	{ "Inet:7b", KEY_NEXTHOP, "Inet:7b" },
	{ "inet.:7b", KEY_NEXTHOP, "inet.:7b" },
	{ "relay.:7b", KEY_NEXTHOP, "relay.:7b" },
	{ "[Relay]:7B", KEY_NEXTHOP, "[relay]:7b" },
	{ "relay:25", KEY_NEXTHOP, "relay:25" },
	{ "smtp", KEY_DOMAIN, "smtp" },
	{ "unix:private/dovecot-lmtp", KEY_NEXTHOP,
	    "unix:private/dovecot-lmtp" },
	{ "Foo/Bar", KEY_NEXTHOP, "Foo/Bar" },
	{ "5.1.1 User unknown", KEY_NEXTHOP, "5.1.1 User unknown" },
	{ "5.7.1 no, thanks", KEY_NEXTHOP, "5.7.1 no, thanks" },
	{ "gw.bank.example:0", KEY_NEXTHOP, "gw.bank.example:0" },
	{ "gw.bank.example:65536", KEY_NEXTHOP,
	    "gw.bank.example:65536" },
	{ "a.example:b.example", KEY_NEXTHOP, "a.example:b.example" },
	{ "[gw", KEY_NEXTHOP, "[gw" },
	{ "[gw]x", KEY_NEXTHOP, "[gw]x" },
	{ "[]:25", KEY_NEXTHOP, "[]:25" },
	{ ":25", KEY_NEXTHOP, ":25" },
	{ "12345", KEY_NEXTHOP, "12345" },

	{ "smtp:[gw.bank.example]:587", KEY_NONE,
	    "write \"[gw.bank.example]:587\"" },
	{ "inet:smtp:gw", KEY_NONE, "write \"gw\"" },
	{ "relay:gw.bank.example", KEY_NONE,
	    "write \"gw.bank.example\"" },
	{ "lmtp:unix:private/lmtp", KEY_NONE,
	    "write \"unix:private/lmtp\"" },
	{ "*", KEY_NONE, "\"domains\"" },
	{ ".bank.example", KEY_NONE, "\"domains\"" },
	{ "*.bank.example", KEY_NONE, "\"domains\"" },
	{ "user@bank.example", KEY_NONE, "is an address" },
	{ "[a.example], [b.example]:25", KEY_NONE, "is a list" },
	{ "", KEY_NONE, "is empty" },
	{ "  ", KEY_NONE, "is empty" },
	{ NULL, KEY_NONE, "is empty" },
	{ "unix:a\x01", KEY_NONE, "control character" },
};
/* clang-format on */

static void
test_next_hops(void **state ATTR_UNUSED)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(next_hop_samples); i++) {
		struct err e = { 0 };
		struct key key = { 0 };
		const struct sample *s = &next_hop_samples[i];
		int rc = key_from_nexthop(slice_of(s->raw), &key, &e);

		wrong += !is_right(s, rc, &key, &e);
	}
	assert_int_equal(wrong, 0);
}

static void
test_normalised_keys_stay_as_they_are(void **state ATTR_UNUSED)
{
	static const char *const domains[] = { "a.test", ".a.test", "*",
		"[192.0.2.1]", "[::1]", "u@a.test", "u+x@[::1]" };
	static const char *const hops[] = { "a.test", "[a.test]", "a.test:25",
		"[a.test]:25", "[192.0.2.1]:25", "[::1]:25", "[::1]",
		"a.test:x-y", "unix:a/b", "x y" };
	struct key key;

	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		assert_int_equal(key_from_domain(slice_of(domains[i]), &key,
				     NULL), 0);
		assert_string_equal(key.text, domains[i]);
	}
	for (size_t i = 0; i < COUNT_OF(hops); i++) {
		assert_int_equal(key_from_nexthop(slice_of(hops[i]), &key,
				     NULL), 0);
		assert_string_equal(key.text, hops[i]);
	}
}

static void
test_host_of_a_next_hop(void **state ATTR_UNUSED)
{
	/* clang-format off */
	static const struct {
		const char *raw;
		enum key_kind kind;
		const char *want;
		bool in_brackets;
	} cases[] = {
		{ "[GW.test]:587", KEY_DOMAIN, "gw.test", true },
		{ "gw.test.:25", KEY_DOMAIN, "gw.test", false },
		{ "gw.test", KEY_DOMAIN, "gw.test", false },
		{ "[127.0.0.1]:25", KEY_LITERAL, "[127.0.0.1]", true },
		{ "[IPv6:::1]", KEY_LITERAL, "[::1]", true },
		{ "127.0.0.1:25", KEY_LITERAL, "[127.0.0.1]", true },
		{ "inet:[gw.test]:24", KEY_DOMAIN, "gw.test", true },
		{ "unix:private/lmtp", KEY_NONE, "", false },
		{ "foo/bar", KEY_NONE, "", false },
		{ "5.1.1 User unknown", KEY_NONE, "", false },
		{ "a.test:b.test", KEY_NONE, "", false },
		{ "*", KEY_NONE, "", false },
		{ ".test", KEY_NONE, "", false },
		{ "user@gw.test", KEY_NONE, "", false },
		{ "[gw.test", KEY_NONE, "", false },
		{ "[gw.test]25", KEY_NONE, "", false },
		{ "", KEY_NONE, "", false },
		{ NULL, KEY_NONE, "", false },
	};
	/* clang-format on */
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct key key = { 0 };
		bool brackets = false;
		bool found = key_nexthop_host(slice_of(cases[i].raw), &key,
		    &brackets);

		if (found == (cases[i].kind != KEY_NONE) &&
		    key.kind == cases[i].kind &&
		    strcmp(key.text, cases[i].want) == 0 &&
		    brackets == cases[i].in_brackets)
			continue;
		print_error("\"%s\": got %s \"%s\", brackets %d\n",
		    cases[i].raw ? cases[i].raw : "(absent)",
		    key_kind_name(key.kind), key.text, brackets);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void
test_too_long(void **state ATTR_UNUSED)
{
	char text[2 * LIMIT_PATH];
	struct slice s = { text, LIMIT_PATH };
	struct err e;
	struct key key;

	memset(text, '/', sizeof(text));
	assert_int_equal(key_from_nexthop(s, &key, &e), 0);
	assert_int_equal(key.n, LIMIT_PATH);
	s.n++;
	assert_int_equal(key_from_nexthop(s, &key, &e), -1);
	assert_non_null(strstr(e.text, "too long"));
	/* The domain grows when it is converted. */
	memset(text, 'l', sizeof(text));
	memcpy(text + LIMIT_PATH - 12, "@m\xc3\xbcnchen.de", 12);
	s.n = LIMIT_PATH;
	assert_int_equal(key_from_domain(s, &key, &e), -1);
	memset(text, 'l', sizeof(text));
	s.n = sizeof(text);
	assert_int_equal(key_from_domain(s, &key, &e), -1);
	assert_non_null(strstr(e.text, "..."));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_keys_among_domains),
	cmocka_unit_test(test_next_hops),
	cmocka_unit_test(test_normalised_keys_stay_as_they_are),
	cmocka_unit_test(test_host_of_a_next_hop),
	cmocka_unit_test(test_too_long),
};

RUN_TESTS(tests)
