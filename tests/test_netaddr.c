/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/names/netaddr.h"
#include "tests/cases.h"

struct sample {
	const char *text;
	const char *want;       /* as shown; NULL: no address */
};

static bool
is_shown(const char *text, bool found, const char *shown, const char *want)
{
	if (want == NULL ? !found : found && strcmp(shown, want) == 0)
		return true;
	print_error("\"%s\": got %s, wanted %s\n", text,
	    found ? shown : "(none)", want == NULL ? "(none)" : want);
	return false;
}

static void
test_every_spelling_is_one_address(void **state ATTR_UNUSED)
{
	static const struct sample samples[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "[192.0.2.1]", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "IPv6:::ffff:c000:201", "192.0.2.1" },
		{ "::1", "::1" },
		{ "[::1]", "::1" },
		{ "IPv6:::1", "::1" },
		{ "ipv6:::1", "::1" },
		{ "[IPv6:::1]", "::1" },
		{ "IPv6:0:0:0:0:0:0:0:1", "::1" },
		{ "2001:DB8::A", "2001:db8::a" },
		{ "::192.0.2.1", "::192.0.2.1" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "", NULL },
		{ "[]", NULL },
		{ "IPv6:", NULL },
		{ "IPv6:192.0.2.1", NULL },
		{ "IPv6:IPv6:::1", NULL },
		{ "[192.0.2.1", NULL },
		{ "192.0.2.1]", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.256", NULL },
		{ "192.0.2.01", NULL },
		{ "0x7f.0.0.1", NULL },
		{ "192.0.2.1 ", NULL },
		{ "fe80::1%eth0", NULL },
		{ "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19", NULL },
		{ "unknown", NULL },
		{ "[UNAVAILABLE]", NULL },
		{ NULL, NULL },
	};
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct netaddr a = { 0 };
		char shown[46];
		bool found = netaddr_from(slice_of(samples[i].text), &a);

		netaddr_show(&a, shown, sizeof(shown));
		wrong += !is_shown(samples[i].text ? samples[i].text : "",
		    found, shown, samples[i].want);
	}
	assert_int_equal(wrong, 0);
}

static void
test_a_nul_ends_nothing(void **state ATTR_UNUSED)
{
	struct netaddr a = { 0 };

	assert_false(netaddr_from(SLICE("192.0.2.1\0x"), &a));
	assert_int_equal(a.family, 0);
}

static void
test_ranges_are_read(void **state ATTR_UNUSED)
{
	static const struct sample samples[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.1/32", "192.0.2.1" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "2001:db8::/32", "2001:db8::/32" },
		{ "[2001:db8::]/32", "2001:db8::/32" },
		{ "::/0", "::/0" },
		{ "::1/128", "::1" },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24" },
		{ "::ffff:0:0/96", "0.0.0.0/0" },
		{ "192.0.2.1/24", NULL },
		{ "192.0.2.0/23", "192.0.2.0/23" },
		{ "192.0.1.0/23", NULL },
		{ "2001:db8::1/64", NULL },
		{ "::ffff:0:0/90", NULL },
		{ "192.0.2.0/33", NULL },
		{ "192.0.2.0/-1", NULL },
		{ "192.0.2.0/", NULL },
		{ "192.0.2.0/24/24", NULL },
		{ "192.0.2.0/x", NULL },
		{ "/24", NULL },
		{ "", NULL },
		{ "bank.example", NULL },
		{ NULL, NULL },
	};
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		struct netrange r = { 0 };
		char shown[50];
		bool found = netrange_from(slice_of(samples[i].text), &r);

		netrange_show(&r, shown, sizeof(shown));
		wrong += !is_shown(samples[i].text ? samples[i].text : "",
		    found, shown, samples[i].want);
	}
	assert_int_equal(wrong, 0);
}

static void
test_range_has(void **state ATTR_UNUSED)
{
	/* clang-format off */
	static const struct {
		const char *range, *address;
		bool want;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.0/23", "192.0.3.0", true },
		{ "192.0.2.4/31", "192.0.2.5", true },
		{ "192.0.2.4/31", "192.0.2.6", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.0/24", "::ffff:192.0.2.9", true },
		{ "::ffff:192.0.2.0/120", "192.0.2.9", true },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "192.0.2.1", false },
		{ "::/0", "2001:db8::1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
	};
	/* clang-format on */
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct netrange r;
		struct netaddr a;

		assert_true(netrange_from(slice_of(cases[i].range), &r));
		assert_true(netaddr_from(slice_of(cases[i].address), &a));
		if (netrange_has(&r, &a) == cases[i].want &&
		    netrange_any(&r, 1, &a) == cases[i].want)
			continue;
		print_error("%s has %s: wanted %d\n", cases[i].range,
		    cases[i].address, cases[i].want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void
test_no_address_is_in_no_range(void **state ATTR_UNUSED)
{
	struct netaddr none = { 0 };
	struct netrange unset = { 0 }, all;

	assert_true(netrange_from(SLICE("0.0.0.0/0"), &all));
	assert_false(netrange_has(&all, &none));
	assert_false(netrange_has(&unset, &none));
	assert_false(netrange_any(&all, 0, &all.base));
	assert_false(netaddr_eq(&none, &none));
	assert_false(netaddr_is_loopback(&none));
}

static void
test_loopback(void **state ATTR_UNUSED)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = { { "127.0.0.1", true }, { "127.255.0.9", true },
		{ "::1", true }, { "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false }, { "::2", false }, { "::", false },
		{ "0.0.0.0", false } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct netaddr a;

		assert_true(netaddr_from(slice_of(cases[i].text), &a));
		if (netaddr_is_loopback(&a) != cases[i].want)
			fail_msg("%s: wanted %d", cases[i].text,
			    cases[i].want);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_every_spelling_is_one_address),
	cmocka_unit_test(test_a_nul_ends_nothing),
	cmocka_unit_test(test_ranges_are_read),
	cmocka_unit_test(test_range_has),
	cmocka_unit_test(test_no_address_is_in_no_range),
	cmocka_unit_test(test_loopback),
};

RUN_TESTS(tests)
