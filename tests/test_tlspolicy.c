/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/limits.h"
#include "policy/outbound/tlsdemand.h"
#include "policy/outbound/tlspolicy.h"
#include "policy/outbound/tlsstrength.h"
#include "tests/cases.h"

#define HOST SLICE("bank.example")

static const char *
written(const struct tlspolicy *p, int version)
{
	static char text[LIMIT_POLICY_TEXT + 1];
	size_t n = tlspolicy_write(p, version, text, sizeof(text) - 1);

	text[n] = '\0';
	return text;
}

static int failures;

static void
expect(const char *label, const char *came, const char *wanted)
{
	if (strcmp(came, wanted) == 0)
		return;
	print_error("%s\n  came:   \"%s\"\n  wanted: \"%s\"\n", label, came,
	    wanted);
	failures++;
}

/* Texts of published policies, and what is sent to each version of Postfix. */
static const struct {
	const char *label;
	const char *text;
	int version;
	const char *wanted;             /* "" : cannot be read */
} texts[] = {
	{ "levels pass", "may", 307, "may" },
	{ "case does not count", "Secure MATCH=a.example", 307,
	    "secure match=a.example" },
	{ "commas and blanks separate",
	    "encrypt,ciphers=high, protocols=TLSv1.2", 307,
	    "encrypt ciphers=high "
	    "protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1:!TLSv1.3" },
	{ "secure lists its names", "secure", 307,
	    "secure match=nexthop:dot-nexthop" },
	{ "verify is secure with names from DNS", "verify", 307,
	    "secure match=hostname" },
	{ "match may repeat",
	    "secure match=a.example match=.b.example:c.example", 307,
	    "secure match=a.example:.b.example:c.example" },
	{ "the resolver's own form",
	    "secure match=mx.a.example:.b.example servername=hostname", 307,
	    "secure match=mx.a.example:.b.example servername=hostname" },
	{ "fingerprints are kept", "fingerprint match=AA:BB|cc:dd", 307,
	    "fingerprint match=AA:BB|cc:dd" },
	{ "a lowest version, new form", "encrypt protocols=>=TLSv1.2", 306,
	    "encrypt protocols=>=TLSv1.2" },
	{ "a lowest version, old form", "encrypt protocols=>=TLSv1.2", 305,
	    "encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1" },
	{ "old form to new form",
	    "encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1", 307,
	    "encrypt protocols=>=TLSv1.2" },
	{ "a range keeps its top", "encrypt protocols=>=TLSv1.2:<=TLSv1.2", 307,
	    "encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1:!TLSv1.3" },
	{ "no protocol at all is no policy",
	    "encrypt protocols=>=TLSv1.3:<=TLSv1.2", 307, "" },
	{ "raw public keys from 3.9", "encrypt enable_rpk=yes", 309,
	    "encrypt enable_rpk=yes" },
	{ "raw public keys before 3.9", "encrypt enable_rpk=yes", 308,
	    "encrypt" },
	{ "report attributes from 3.10",
	    "secure match=mx.a.example policy_type=sts policy_ttl=86400 "
	    "policy_domain=a.example { policy_string = mode: enforce } "
	    "mx_host_pattern=mx.a.example",
	    310,
	    "secure match=mx.a.example policy_type=sts policy_ttl=86400 "
	    "policy_domain=a.example { policy_string = mode: enforce } "
	    "mx_host_pattern=mx.a.example" },
	{ "report attributes before 3.10",
	    "secure match=mx.a.example policy_type=sts policy_ttl=86400 "
	    "{ policy_string = mode: enforce } mx_host_pattern=mx.a.example",
	    309, "secure match=mx.a.example" },
	{ "none is never sent", "none", 307, "" },
	{ "empty", "", 307, "" },
	{ "blank", "  ", 307, "" },
	{ "an unknown level", "strong", 307, "" },
	{ "an unknown attribute", "encrypt colour=red", 307, "" },
	{ "an attribute without a value", "encrypt ciphers", 307, "" },
	{ "an unknown grade", "encrypt ciphers=best", 307, "" },
	{ "an unknown version", "encrypt protocols=TLSv9", 307, "" },
	{ "match where it means nothing", "encrypt match=a.example", 307, "" },
	{ "empty match", "secure match=", 307, "" },
	{ "an empty name", "secure match=a.example::b.example", 307, "" },
	{ "fingerprint without one", "fingerprint", 307, "" },
	{ "a digest that is none", "fingerprint match=AA:BB|sha256:", 307, "" },
	{ "ciphers twice", "encrypt ciphers=high ciphers=medium", 307, "" },
	{ "patterns without a type", "secure mx_host_pattern=a.example", 310,
	    "" },
	{ "an open brace", "secure { match = a.example", 307, "" },
	{ "braces inside a word", "secure match={a.example}", 307, "" },
	{ "a blank where only new ones read it",
	    "encrypt { ciphers = high medium }", 310, "" },
	{ "a line break", "encrypt\nciphers=high", 307, "" },
	{ "a trust anchor where none is used", "encrypt tafile=/x", 307, "" },
};

static void
test_texts(void **state ATTR_UNUSED)
{
	struct tlspolicy p;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		bool read = tlspolicy_parse(slice_of(texts[i].text), HOST, &p);

		expect(texts[i].label,
		    read ? written(&p, texts[i].version) : "",
		    texts[i].wanted);
	}
	assert_int_equal(failures, 0);
}

/* Two texts: whether the first proves at least the second, and both
 * combined. */
static const struct {
	const char *label;
	const char *have;
	const char *want;
	bool covers;
	bool published;
	const char *both;               /* NULL: not possible */
} pairs[] = {
	{ "encrypt holds may", "encrypt", "may", true, false, "encrypt" },
	{ "may does not hold encrypt", "may", "encrypt", false, false,
	    "encrypt" },
	{ "names hold encrypt", "secure match=a.example", "encrypt", true,
	    false, "secure match=a.example" },
	{ "anything holds none", "may", "none", true, false, "may" },
	{ "fewer names hold more names", "secure match=a.example",
	    "secure match=a.example:b.example", true, false,
	    "secure match=a.example" },
	{ "more names do not hold fewer", "secure match=a.example:b.example",
	    "secure match=a.example", false, false,
	    "secure match=a.example" },
	{ "a name holds its parent's suffix", "secure match=mx.a.example",
	    "secure match=.a.example", true, false,
	    "secure match=mx.a.example" },
	{ "a suffix does not hold the bare name", "secure match=a.example",
	    "secure match=.a.example", false, false, NULL },
	{ "a suffix holds a shorter one", "secure match=.b.a.example",
	    "secure match=.a.example", true, false,
	    "secure match=.b.a.example" },
	{ "a shorter suffix does not hold a longer",
	    "secure match=.a.example", "secure match=.b.a.example", false,
	    false, "secure match=.b.a.example" },
	{ "no suffix inside a label", "secure match=xa.example",
	    "secure match=.a.example", false, false, NULL },
	{ "names in common only",
	    "secure match=mx1.a.example:mx2.a.example:.c.example",
	    "secure match=mx2.a.example:x.c.example:d.example", false, false,
	    "secure match=mx2.a.example:x.c.example" },
	{ "a name in common that only the first has",
	    "secure match=mx.c.example:d.example",
	    "secure match=.c.example:e.example", false, false,
	    "secure match=mx.c.example" },
	{ "dane holds may", "dane", "may", true, false, "dane" },
	{ "dane holds dane", "dane", "dane", true, false, "dane" },
	{ "digests in common only", "fingerprint match=AA|BB",
	    "fingerprint match=BB|CC", false, false, "fingerprint match=BB" },
	{ "digests that read as names", "fingerprint match=AA",
	    "secure match=AA", false, false, NULL },
	{ "other attributes of both", "encrypt servername=x",
	    "encrypt exclude=RC4", false, false,
	    "encrypt servername=x exclude=RC4" },
	{ "two values for one attribute", "encrypt exclude=MD5",
	    "encrypt exclude=RC4", false, false, NULL },
	{ "no name in common", "secure match=a.example",
	    "secure match=b.example", false, false, NULL },
	{ "case of names", "secure match=MX.A.example",
	    "secure match=mx.a.example", true, false,
	    "secure match=MX.A.example" },
	{ "nexthop is the host asked about", "secure match=bank.example",
	    "secure", true, false, "secure match=bank.example" },
	{ "dot-nexthop is below it", "secure match=mx.bank.example",
	    "secure", true, false, "secure match=mx.bank.example" },
	{ "hostname is any name", "secure match=a.example", "verify", true,
	    false, "secure match=a.example" },
	{ "any name holds no name", "verify", "secure match=a.example", false,
	    false, "secure match=a.example" },
	{ "one digest of two", "fingerprint match=AA:BB",
	    "fingerprint match=cc:dd|aabb", true, false,
	    "fingerprint match=AA:BB" },
	{ "another digest", "fingerprint match=AA:BB",
	    "fingerprint match=AA:BC", false, false, NULL },
	{ "a digest is not a name", "fingerprint match=AA:BB",
	    "secure match=a.example", false, false, NULL },
	{ "a name is not a digest", "secure match=a.example",
	    "fingerprint match=AA:BB", false, true, NULL },
	{ "dane-only holds dane", "dane-only", "dane", true, false,
	    "dane-only" },
	{ "dane may fall to may", "dane", "encrypt", false, false,
	    "dane-only" },
	{ "encrypt asks no TLSA", "encrypt", "dane", false, true,
	    "dane-only" },
	{ "two rules, dane and names", "dane-only", "secure match=a.example",
	    false, false, NULL },
	{ "a rule's dane before published names", "dane-only",
	    "secure match=a.example servername=hostname policy_type=sts",
	    false, true, "dane-only servername=hostname" },
	{ "a rule's names with published dane", "secure match=a.example",
	    "dane-only", false, true, NULL },
	{ "a lower version", "encrypt protocols=>=TLSv1.2",
	    "encrypt protocols=>=TLSv1.3", false, false,
	    "encrypt protocols=>=TLSv1.3" },
	{ "a higher version", "encrypt protocols=>=TLSv1.3",
	    "encrypt protocols=>=TLSv1.2", true, false,
	    "encrypt protocols=>=TLSv1.3" },
	{ "no version", "encrypt", "encrypt protocols=>=TLSv1.2", false,
	    false, "encrypt protocols=>=TLSv1.2" },
	{ "versions that never meet", "encrypt protocols=TLSv1.2",
	    "encrypt protocols=>=TLSv1.3", false, false, NULL },
	{ "a weaker grade", "encrypt ciphers=medium", "encrypt ciphers=high",
	    false, false, "encrypt ciphers=high" },
	{ "excluded ciphers stay", "encrypt", "may exclude=RC4", false, true,
	    "encrypt exclude=RC4" },
	{ "a trust anchor stays", "secure match=mx.a.example",
	    "secure match=.a.example tafile=/x", false, true,
	    "secure match=mx.a.example tafile=/x" },
	{ "what a published policy is called never replaces our names",
	    "secure match=mx.a.example",
	    "may policy_type=sts mx_host_pattern=mx.b.example", true, true,
	    "secure match=mx.a.example" },
	{ "patterns are narrowed as the names are",
	    "secure match=mx1.a.example",
	    "secure match=.a.example policy_type=sts "
	    "mx_host_pattern=*.a.example "
	    "mx_host_pattern=*.b.example", false, true,
	    "secure match=mx1.a.example policy_type=sts "
	    "mx_host_pattern=mx1.a.example" },
	{ "patterns with nothing of ours",
	    "secure match=x.mx1.a.example",
	    "secure match=.a.example policy_type=sts "
	    "mx_host_pattern=*.a.example",
	    false, true, NULL },
	{ "encrypt takes a publication whole", "encrypt protocols=>=TLSv1.2",
	    "secure match=mx.a.example policy_type=sts "
	    "mx_host_pattern=mx.a.example", false, true,
	    "secure match=mx.a.example protocols=>=TLSv1.2 policy_type=sts "
	    "mx_host_pattern=mx.a.example" },
};

static void
check_pair(size_t i)
{
	struct tlspolicy have, want, both, again;
	const char *problem;

	if (!tlspolicy_parse(slice_of(pairs[i].have), HOST, &have) ||
	    !tlspolicy_parse(slice_of(pairs[i].want), HOST, &want)) {
		expect(pairs[i].label, "unreadable case", "");
		return;
	}
	expect(pairs[i].label,
	    tlsstrength_covers(&have, &want) ? "holds" : "does not hold",
	    pairs[i].covers ? "holds" : "does not hold");
	problem = tlsstrength_merge(&have, &want, pairs[i].published, &both);
	expect(pairs[i].label, problem == NULL ? written(&both, 312) : "(no)",
	    pairs[i].both == NULL ? "(no)" : pairs[i].both);
	if (problem != NULL)
		return;
	if (!tlspolicy_parse(slice_of(written(&both, 312)), HOST, &again) ||
	    !tlsstrength_covers(&again, &have))
		expect(pairs[i].label, "weaker than the rule", "");
	/* tlsstrength.h has the one exception to "never weaker than both". */
	if (!tlsstrength_covers(&both, &want) &&
	    !(pairs[i].published && have.level == TLS_LEVEL_DANE_ONLY))
		expect(pairs[i].label, "weaker than the publication", "");
}

static void
test_pairs(void **state ATTR_UNUSED)
{
	failures = 0;
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		check_pair(i);
	assert_int_equal(failures, 0);
}

#define DIGEST "0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define DIGEST_OF_NONE "0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdeg"

static const struct slice names[] = { { "mx1.bank.example", 16 },
	{ ".bank.example", 13 }, { "hostname", 8 } };
static const struct slice digests[] = { { "sha256:" DIGEST, 71 },
	{ "md5:00112233445566778899aabbccddeeff", 36 },
	{ "sha256:" DIGEST_OF_NONE, 71 } };
static const struct peer_group groups[] = {
	{ .names = { names, 2 } },
	{ .fingerprints = { digests, 1 } },
	{ .names = { names + 2, 1 } },
	{ .fingerprints = { digests + 1, 1 } },
	{ .names = { names, 1 }, .fingerprints = { digests, 1 } },
	{ .subjects = { names, 1 } },
	{ .names = { NULL, 0 } },
	{ .fingerprints = { digests + 2, 1 } },
};

static const struct {
	const char *label;
	struct demand demand;
	int version;
	const char *wanted;             /* "": not possible */
} demands[] = {
	{ "unset asks nothing anybody could meet", { .level = LEVEL_UNSET },
	    307, "" },
	{ "none", { .level = LEVEL_NONE }, 307, "may" },
	{ "encrypt", { .level = LEVEL_ENCRYPT }, 307, "encrypt" },
	{ "encrypt with floors",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_2,
		.floor[FLOOR_GRADE] = GRADE_HIGH },
	    307, "encrypt ciphers=high protocols=>=TLSv1.2" },
	{ "encrypt with floors before 3.6",
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_3 }, 305,
	    "encrypt protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1:!TLSv1.2" },
	{ "verify with no names", { .level = LEVEL_VERIFY }, 307,
	    "secure match=nexthop:dot-nexthop" },
	{ "verify with names",
	    { .level = LEVEL_VERIFY, .peers = groups, .peer_count = 1,
		.floor[FLOOR_TLS] = TLS_1_2,
		.floor[FLOOR_GRADE] = GRADE_MEDIUM },
	    307, "secure match=mx1.bank.example:.bank.example "
	    "ciphers=medium protocols=>=TLSv1.2" },
	{ "fingerprints",
	    { .level = LEVEL_VERIFY, .peers = groups + 1, .peer_count = 1 },
	    307, "fingerprint match="
	    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
	    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF" },
	{ "dane", { .level = LEVEL_VERIFY, .dane = true }, 307, "dane-only" },
	{ "a name that Postfix reads as any name",
	    { .level = LEVEL_VERIFY, .peers = groups + 2, .peer_count = 1 },
	    307, "" },
	{ "a digest Postfix is not configured for",
	    { .level = LEVEL_VERIFY, .peers = groups + 3, .peer_count = 1 },
	    307, "" },
	{ "a digest of other digits",
	    { .level = LEVEL_VERIFY, .peers = groups + 7, .peer_count = 1 },
	    307, "" },
	{ "names and digests in one group",
	    { .level = LEVEL_VERIFY, .peers = groups + 4, .peer_count = 1 },
	    307, "" },
	{ "subjects",
	    { .level = LEVEL_VERIFY, .peers = groups + 5, .peer_count = 1 },
	    307, "" },
	{ "an empty group",
	    { .level = LEVEL_VERIFY, .peers = groups + 6, .peer_count = 1 },
	    307, "" },
	{ "names or digests",
	    { .level = LEVEL_VERIFY, .peers = groups, .peer_count = 2 },
	    307, "" },
	{ "dane and names",
	    { .level = LEVEL_VERIFY, .dane = true, .peers = groups,
		.peer_count = 1 },
	    307, "" },
	{ "encrypt with names",
	    { .level = LEVEL_ENCRYPT, .peers = groups, .peer_count = 1 },
	    307, "" },
	{ "bits", { .level = LEVEL_ENCRYPT, .floor[FLOOR_BITS] = 128 }, 307,
	    "" },
};

static void
test_demands(void **state ATTR_UNUSED)
{
	failures = 0;
	for (size_t i = 0; i < COUNT_OF(demands); i++) {
		struct tlspolicy p, again;
		const char *problem = tlsdemand_policy(&demands[i].demand,
		    HOST, &p);
		const char *text = problem != NULL
		    ? "" : written(&p, demands[i].version);

		expect(demands[i].label, text, demands[i].wanted);
		if (problem == NULL &&
		    (!tlspolicy_parse(slice_of(text), HOST, &again) ||
			!tlsstrength_covers(&again, &p)))
			expect(demands[i].label, "weaker than asked", "");
	}
	assert_int_equal(failures, 0);
}

/* A rule without an identity is met by any proof of the next hop. */
static void
test_open(void **state ATTR_UNUSED)
{
	static const struct {
		const char *published;
		const char *both;
	} cases[] = {
		{ "secure match=mx.hoster.example servername=hostname",
		    "secure match=mx.hoster.example servername=hostname" },
		{ "dane-only", "dane-only" },
		{ "dane", "dane-only" },
		{ "verify", "secure match=nexthop:dot-nexthop" },
		{ "may", "secure match=nexthop:dot-nexthop" },
	};
	static const struct demand demand = { .level = LEVEL_VERIFY };

	failures = 0;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tlspolicy rule, published, both;
		const char *problem;

		assert_null(tlsdemand_policy(&demand, HOST, &rule));
		assert_true(tlspolicy_parse(slice_of(cases[i].published),
		    HOST, &published));
		problem = tlsstrength_merge(&rule, &published, true, &both);
		expect(cases[i].published,
		    problem == NULL ? written(&both, 307) : problem,
		    cases[i].both);
	}
	assert_int_equal(failures, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_texts),
	cmocka_unit_test(test_pairs),
	cmocka_unit_test(test_demands),
	cmocka_unit_test(test_open),
};

RUN_TESTS(tests)
