/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/sendmail_server.h"
#include "tests/made.h"

/* clang-format off */
static const struct made_row rows[] = {
	{ "bank", "bank.example", .outbound = { MADE(VERIFY, DEFER),
	    .names = ".hoster.example", .floor[FLOOR_TLS] = TLS_1_2,
	    .floor[FLOOR_GRADE] = GRADE_HIGH } },
	{ "own", "own.example", .outbound = { MADE(VERIFY, DEFER) } },
	{ "enc", "enc.example", .outbound = { MADE(ENCRYPT, REJECT) } },
	{ "new", "new.example", .outbound = {
	    MADE(VERIFY, LOG_ONLY) } },
	{ "dane", "dane.example", .outbound = { MADE(VERIFY, DEFER),
	    .dane = true } },
	{ "relay", "[relay.example]", MADE_NEXT_HOP, .outbound = {
	    MADE(ENCRYPT, DEFER) } },
	{ "literal", "[192.0.2.1]", .outbound = { MADE(ENCRYPT, DEFER) } },
	{ "filter", "[127.0.0.1]", .outbound = { MADE(NONE, DEFER) } },
	{ "rest", "*", .outbound = { MADE(ENCRYPT, DEFER) } },
};

/* The rows without "*". */
enum { NAMED = COUNT_OF(rows) - 1 };
/* clang-format on */

#define TLS13 "/TLSv1.3/256/TLS_AES_256_GCM_SHA384/"

static const struct {
	const char *label, *key, *wanted;
} cases[] = {
	{ "a listed name that the certificate carries",
	    "bank.example/mx1.hoster.example/OK" TLS13 "mx1.hoster.example/",
	    "OK good" },
	{ "in another case",
	    "BANK.example/mx1.hoster.example/OK" TLS13 "MX1.Hoster.example/",
	    "OK good" },
	{ "a name that is not listed",
	    "bank.example/mx.other.example/OK" TLS13 "mx.other.example/",
	    "OK wait identity-mismatch by rule of bank" },
	{ "a certificate without the server's name",
	    "bank.example/mx1.hoster.example/OK" TLS13 "/",
	    "OK wait identity-mismatch by rule of bank" },
	{ "a chain that is not good",
	    "bank.example/mx1.hoster.example/FAIL" TLS13
	    "mx1.hoster.example/",
	    "OK wait peer-not-verified by rule of bank" },
	{ "no certificate asked for",
	    "bank.example/mx1.hoster.example/NOT" TLS13 "mx1.hoster.example/",
	    "OK wait peer-not-verified by rule of bank" },
	{ "plaintext", "bank.example/mx1.hoster.example/NONE/////",
	    "OK wait plaintext by rule of bank" },
	{ "plaintext, no {verify}", "bank.example/mx1.x.example//////",
	    "OK wait plaintext by rule of bank" },
	{ "a verified chain without TLS is false",
	    "bank.example/mx1.hoster.example/OK////mx1.hoster.example/",
	    "OK wait plaintext by rule of bank" },
	{ "an old version",
	    "bank.example/mx1.hoster.example/OK/TLSv1.1/256/AES256-SHA/"
	    "mx1.hoster.example/",
	    "OK wait version-too-low by rule of bank" },
	{ "an unknown version",
	    "bank.example/mx1.hoster.example/OK/TLSv9/256/AES256-SHA/"
	    "mx1.hoster.example/",
	    "OK wait version-too-low by rule of bank" },
	{ "a weak cipher",
	    "bank.example/mx1.hoster.example/OK/TLSv1.2/128/RC4-SHA/"
	    "mx1.hoster.example/",
	    "OK wait cipher-too-weak by rule of bank" },
	{ "no names given: the domain itself",
	    "own.example/own.example/OK" TLS13 "own.example/", "OK good" },
	{ "no names given: below the domain",
	    "own.example/mx.own.example/OK" TLS13 "mx.own.example/",
	    "OK good" },
	{ "no names given: somebody else",
	    "own.example/mx.hoster.example/OK" TLS13 "mx.hoster.example/",
	    "OK wait identity-mismatch by rule of own" },
	{ "encrypt", "enc.example/x.example/FAIL" TLS13 "/", "OK good" },
	{ "encrypt, in the clear", "enc.example/x.example/NONE/////",
	    "OK wait plaintext by rule of enc" },
	{ "a rule being rolled out", "new.example/x.example/NONE/////",
	    "NOTFOUND " },
	{ "nobody's", "other.example/x.example/NONE/////", "NOTFOUND " },
	{ "nobody's, by a relay that has a row",
	    "other.example/relay.example/NONE/////",
	    "OK wait plaintext by rule of relay" },
	{ "the domain's row holds by a relay as well",
	    "bank.example/relay.example/OK" TLS13 "relay.example/",
	    "OK wait identity-mismatch by rule of bank" },
	{ "dane that Sendmail checked", "dane.example/x.example/TRUSTED" TLS13
	    "/", "OK good" },
	{ "dane that it did not", "dane.example/x.example/OK" TLS13 "/",
	    "OK wait dane-required by rule of dane" },
	{ "a server by address, which has a row",
	    "other.example/[192.0.2.1]/NONE/////",
	    "OK wait plaintext by rule of literal" },
	{ "too few fields", "bank.example/mx1.hoster.example/OK",
	    "TEMP the next hop cannot be read" },
	{ "too many fields", "other.example/x.example/OK" TLS13 "///",
	    "TEMP the next hop cannot be read" },
	{ "no domain", "/x.example/NONE/////",
	    "TEMP the next hop cannot be read" },
	{ "no server", "other.example//NONE/////",
	    "TEMP the next hop cannot be read" },
	{ "no domain, and a relay's rule that fails",
	    "a b/relay.example/NONE/////",
	    "OK wait plaintext by rule of relay" },
	{ "no domain, and a relay's rule that passes",
	    "a b/relay.example/OK" TLS13 "relay.example/",
	    "TEMP the next hop cannot be read" },
	{ "nothing", "", "TEMP the next hop cannot be read" },
};

static const char *
judged(const struct policy *policy, const char *key)
{
	static struct sendmail_server answer;
	struct arena *a = arena_create(4096);

	sendmail_server_judge(policy, slice_of(key), 0, a, &answer);
	arena_destroy(&a);
	assert_int_equal(answer.n, strlen(answer.text));
	return answer.text;
}

static void
judges_what_sendmail_measured(void **state ATTR_UNUSED)
{
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, NAMED);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		want_text(cases[i].label, "the answer",
		    judged(&policy, cases[i].key), cases[i].wanted);
	made_clear(&policy);
}

/* Mail to a server on this host crosses no wire. */
static void
the_catch_all_leaves_loopback_out(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key, *wanted;
	} hosts[] = {
		{ "a server elsewhere", "x.example/mx.x.example/NONE/////",
		    "OK wait plaintext by rule of rest" },
		{ "an address elsewhere", "x.example/[192.0.2.7]/NONE/////",
		    "OK wait plaintext by rule of rest" },
		{ "loopback", "x.example/[127.0.0.2]/NONE/////",
		    "NOTFOUND " },
		{ "its name", "x.example/localhost/NONE/////", "NOTFOUND " },
		{ "a name below, of an MX record", "x.example/mx.localhost"
		    "/NONE/////", "OK wait plaintext by rule of rest" },
		{ "a recipient's domain is no server", "localhost/mx.x.example"
		    "/NONE/////", "OK wait plaintext by rule of rest" },
		{ "a partner's row covers it", "bank.example/localhost/NONE"
		    "/////", "OK wait plaintext by rule of bank" },
		{ "until a row names it", "bank.example/[127.0.0.1]/NONE"
		    "/////", "OK good" },
		{ "for nobody's mail as well", "x.example/[127.0.0.1]/NONE"
		    "/////", "OK good" },
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		want_text(hosts[i].label, "the answer",
		    judged(&policy, hosts[i].key), hosts[i].wanted);
	made_clear(&policy);
}

static void
a_route_without_a_row_follows_the_setting(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key, *encrypt, *defer;
	} routes[] = {
		{ "an address", "x.example/[192.0.2.7]/NONE/////",
		    "OK wait plaintext, and no row names this route",
		    "OK wait no row names this route" },
		{ "over TLS", "x.example/[192.0.2.7]/OK" TLS13 "/",
		    "NOTFOUND ", "OK wait no row names this route" },
		{ "a name may be an MX host's", "x.example/mx.x.example/NONE"
		    "/////", "NOTFOUND ", "NOTFOUND " },
		{ "loopback", "x.example/[127.0.0.2]/NONE/////", "NOTFOUND ",
		    "NOTFOUND " },
		{ "the recipient's row decides", "enc.example/[192.0.2.7]/OK"
		    TLS13 "/", "OK good", "OK good" },
		{ "a row of the route", "x.example/[192.0.2.1]/OK" TLS13 "/",
		    "OK good", "OK good" },
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, NAMED);
	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		policy.settings.unlisted_routes = UNLISTED_ENCRYPT;
		want_text(routes[i].label, "with encrypt",
		    judged(&policy, routes[i].key), routes[i].encrypt);
		policy.settings.unlisted_routes = UNLISTED_DEFER;
		want_text(routes[i].label, "with defer",
		    judged(&policy, routes[i].key), routes[i].defer);
	}
	made_clear(&policy);
}

static void
log_only_touches_nothing(void **state ATTR_UNUSED)
{
	struct policy policy;

	made_policy(&policy, MODE_LOG_ONLY, rows, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		want_text(cases[i].label, "the answer",
		    judged(&policy, cases[i].key), "NOTFOUND ");
	made_clear(&policy);
}

static void
names_for_the_sts_map(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key, *answer, *wanted;
	} rewritten[] = {
		{ "names", "bank.example",
		    "OK secure match=a.example:.b.example ciphers=high "
		    "protocols=>=TLSv1.2",
		    "OK secure match=a.example:.b.example "
		    "servername=hostname" },
		{ "the next hop's own", "Bank.example",
		    "OK secure match=nexthop:dot-nexthop",
		    "OK secure match=bank.example:.bank.example "
		    "servername=hostname" },
		{ "any name is none", "bank.example",
		    "OK secure match=hostname", "TEMP no names to check" },
		{ "encrypt has no names", "bank.example", "OK encrypt",
		    "NOTFOUND " },
		{ "nothing", "bank.example", "NOTFOUND ", "NOTFOUND " },
		{ "trouble", "bank.example", "TEMP x", "TEMP x" },
	};

	for (size_t i = 0; i < COUNT_OF(rewritten); i++) {
		static struct outbound_answer a;
		struct outbound_key key;

		a.kind = rewritten[i].answer[0] == 'O' ? OUTBOUND_OK :
		    rewritten[i].answer[0] == 'N' ? OUTBOUND_NOTFOUND :
		    OUTBOUND_TEMP;
		a.n = strlen(rewritten[i].answer);
		memcpy(a.text, rewritten[i].answer, a.n);
		outbound_key_read(slice_of(rewritten[i].key), &key);
		sendmail_server_sts(&key, &a);
		want_slice(rewritten[i].label, "the answer",
		    (struct slice){ a.text, a.n }, rewritten[i].wanted);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(judges_what_sendmail_measured),
	cmocka_unit_test(the_catch_all_leaves_loopback_out),
	cmocka_unit_test(a_route_without_a_row_follows_the_setting),
	cmocka_unit_test(log_only_touches_nothing),
	cmocka_unit_test(names_for_the_sts_map),
};

RUN_TESTS(tests)
