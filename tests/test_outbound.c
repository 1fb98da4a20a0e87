/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/outbound.h"
#include "policy/outbound/smarthost.h"
#include "policy/outbound/tlspolicy.h"
#include "tests/made.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef" \
	"0123456789abcdef0123456789abcdef"
#define DIGITS "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:" \
	"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF"

#define VERIFY MADE(VERIFY, DEFER)
#define ENCRYPT MADE(ENCRYPT, DEFER)

/* clang-format off */
static const struct made_row rows[] = {
	{ "bank", "bank.example", .outbound = { VERIFY,
	    .names = "mx1.bank.example .bank.example",
	    .floor[FLOOR_TLS] = TLS_1_2, .floor[FLOOR_GRADE] = GRADE_HIGH } },
	{ "below", ".bank.example", .outbound = { ENCRYPT } },
	{ "pinned", "pin.example", .outbound = { VERIFY,
	    .fingerprints = DIGEST } },
	{ "dane", "dane.example", .outbound = { VERIFY, .dane = true } },
	{ "own", "own.example xn--mnchen-3ya.example",
	    .outbound = { VERIFY } },
	{ "rollout", "new.part.example", .outbound = {
	    MADE(VERIFY, LOG_ONLY) } },
	{ "parent", ".part.example", .outbound = {
	    MADE(ENCRYPT, REJECT) } },
	{ "alone", "alone.example", .outbound = {
	    MADE(VERIFY, LOG_ONLY) } },
	{ "open", "open.example", .outbound = { MADE(NONE, DEFER) } },
	{ "gate", "[gw.bank.example]:587 [192.0.2.9]:25 relay.example:26",
	    MADE_NEXT_HOP, .outbound = { VERIFY, .names = "gw.bank.example",
	    .floor[FLOOR_TLS] = TLS_1_3 } },
	{ "filter", "[127.0.0.1]:10024", MADE_NEXT_HOP, .outbound = {
	    MADE(NONE, DEFER) } },
	{ "tunnel", "[127.0.0.1]:10025 below.localhost", .outbound = {
	    ENCRYPT } },
	{ "socket", "unix:private/lmtp", MADE_NEXT_HOP,
	    .outbound = { ENCRYPT } },
	{ "odd", "[mx.pin.example]", MADE_NEXT_HOP, .outbound = { VERIFY,
	    .names = "mx.pin.example" } },
	{ "oddhost", "mx.pin.example", .outbound = { VERIFY,
	    .fingerprints = DIGEST } },
	{ NULL, "[192.0.2.78]", MADE_NEXT_HOP, .outbound = { VERIFY } },
	/* The last row: left out in tests without a catch-all row. */
	{ "rest", "*", .outbound = { ENCRYPT } },
};
/* clang-format on */

enum star { NO_STAR, STAR };

static struct policy
make(enum mode mode, enum star star)
{
	struct policy policy;

	made_policy(&policy, mode, rows, COUNT_OF(rows) - (star == NO_STAR));
	return policy;
}

/* With a server of published policies. */
static struct policy
make_published(enum mode mode, enum star star)
{
	struct policy policy = make(mode, star);

	policy.settings.published = SLICE("inet:127.0.0.1:8461:postfix");
	return policy;
}

static struct outbound_key
key_of(const char *raw)
{
	struct outbound_key key;

	outbound_key_read(slice_of(raw), &key);
	return key;
}

static const char *
answer_to(const struct policy *policy, struct outbound_question question)
{
	static struct outbound_answer answer;

	outbound_answer(policy, &question, &answer);
	answer.text[answer.n] = '\0';
	return answer.text;
}

#define SNI " servername=hostname"
#define BANK "OK secure match=mx1.bank.example:.bank.example ciphers=high "
#define TEMP_ODD "TEMP rule of odd, line 18: names and fingerprints together"

static const struct {
	const char *label;
	const char *key;
	int version;
	const char *wanted;
} keys[] = {
	{ "a conflict in a row without a name", "[192.0.2.78]", 0,
	    "TEMP rule of [192.0.2.78], line 20: an address has no name to "
	    "check: set names or fingerprints" },
	{ "a domain", "bank.example", 0, BANK "protocols=>=TLSv1.2" SNI },
	{ "before 3.6", "bank.example", 305,
	    BANK "protocols=!SSLv2:!SSLv3:!TLSv1:!TLSv1.1" SNI },
	{ "upper case", "BANK.Example", 0, BANK "protocols=>=TLSv1.2" SNI },
	{ "a dot behind", "bank.example.", 0, BANK "protocols=>=TLSv1.2" SNI },
	{ "in brackets", "[bank.example]", 0, BANK "protocols=>=TLSv1.2" SNI },
	{ "in brackets with a port", "[bank.example]:26", 0,
	    BANK "protocols=>=TLSv1.2" SNI },
	{ "with a port", "bank.example:26", 0, BANK "protocols=>=TLSv1.2" SNI },
	{ "a suffix, in the first answer", "mx.bank.example", 0,
	    "OK encrypt" },
	{ "the question that follows", ".bank.example", 0, "NOTFOUND " },
	{ "the question after that", ".example", 0, "NOTFOUND " },
	{ "fingerprints", "pin.example", 0, "OK fingerprint match=" DIGITS },
	{ "dane", "dane.example", 0, "OK dane-only" },
	{ "no names given", "own.example", 0,
	    "OK secure match=nexthop:dot-nexthop" SNI },
	{ "U-labels", "m\xc3\xbcnchen.example", 0,
	    "OK secure match=nexthop:dot-nexthop" SNI },
	{ "U-labels in upper case", "M\xc3\x9cNCHEN.example", 0,
	    "OK secure match=nexthop:dot-nexthop" SNI },
	{ "A-labels", "xn--mnchen-3ya.example", 0,
	    "OK secure match=nexthop:dot-nexthop" SNI },
	{ "nobody's", "other.example", 0, "NOTFOUND " },
	{ "a rule being rolled out shadows nothing", "new.part.example", 0,
	    "OK encrypt" },
	{ "a rule being rolled out alone", "alone.example", 0, "NOTFOUND " },
	{ "level none asks nothing", "open.example", 0, "NOTFOUND " },
	{ "a next hop", "[gw.bank.example]:587", 0,
	    "OK secure match=gw.bank.example protocols=>=TLSv1.3" SNI },
	{ "its host on another port", "[gw.bank.example]:25", 0,
	    "OK encrypt" },
	{ "an address, which is no server name", "[192.0.2.9]:25", 0,
	    "OK secure match=gw.bank.example protocols=>=TLSv1.3" },
	{ "a next hop without brackets", "relay.example:26", 0,
	    "OK secure match=gw.bank.example protocols=>=TLSv1.3" SNI },
	{ "a filter here", "[127.0.0.1]:10024", 0, "NOTFOUND " },
	{ "two rules without a common answer", "[mx.pin.example]", 0,
	    TEMP_ODD },
	{ "a socket's path of no row", "private/other", 0, "NOTFOUND " },
	{ "a socket's path", "unix:private/lmtp", 0, "OK encrypt" },
	{ "a slash behind a domain", "bank.example/", 0,
	    "TEMP the next hop cannot be read" },
	{ "a slash within one", "bank.example/x", 0,
	    "TEMP the next hop cannot be read" },
	{ "a slash before one", "x/bank.example", 0,
	    "TEMP the next hop cannot be read" },
	{ "a path after one", "bank/mx.example", 0,
	    "TEMP the next hop cannot be read" },
	{ "a question mark", "bank.example?", 0,
	    "TEMP the next hop cannot be read" },
	{ "a semicolon", "bank.example;x", 0,
	    "TEMP the next hop cannot be read" },
	{ "an @ behind", "bank.example@", 0,
	    "TEMP the next hop cannot be read" },
	{ "a domain in brackets, one open", "[bank.example", 0,
	    "TEMP the next hop cannot be read" },
	{ "a path of odd bytes", "/var/x y", 0,
	    "TEMP the next hop cannot be read" },
	{ "an absolute path", "/var/run/lmtp.sock", 0, "NOTFOUND " },
	{ "a relative one", "dovecot/lmtp", 0, "NOTFOUND " },
	{ "one with a digit", "dovecot/lmtp2", 0, "NOTFOUND " },
	{ "one with a semicolon", "/var/x;y", 0,
	    "TEMP the next hop cannot be read" },
	{ "nothing", "", 0, "TEMP the next hop cannot be read" },
	{ "a blank", "bank example", 0, "TEMP the next hop cannot be read" },
	{ "an empty label", "bank..example", 0,
	    "TEMP the next hop cannot be read" },
	{ "an open bracket", "[bank.example", 0,
	    "TEMP the next hop cannot be read" },
};

static void
answers_every_form_of_key(void **state ATTR_UNUSED)
{
	struct policy policy = make(MODE_ENFORCE, NO_STAR);

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		want_text(keys[i].label, "the answer", answer_to(&policy,
		    (struct outbound_question){ .key = key_of(keys[i].key),
			.postfix_version = keys[i].version }),
		    keys[i].wanted);
	made_clear(&policy);
}

static void
an_answer_has_its_reason(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key;
		enum outbound_why why;
	} cases[] = {
		{ "one rule", "bank.example", OUTBOUND_WHY_RULE },
		{ "a next hop's and its host's", "[gw.bank.example]:587",
		    OUTBOUND_WHY_BOTH_RULES },
		{ "a rule being rolled out", "alone.example",
		    OUTBOUND_WHY_ROLLOUT },
		{ "no rule", "other.example", OUTBOUND_WHY_NO_RULE },
	};
	struct policy policy = make(MODE_ENFORCE, NO_STAR);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct outbound_question question = {
			.key = key_of(cases[i].key) };
		struct outbound_answer answer;

		outbound_answer(&policy, &question, &answer);
		want_number(cases[i].label, "why", (long)answer.why,
		    (long)cases[i].why);
	}
	made_clear(&policy);
}

static void
log_only_touches_nothing(void **state ATTR_UNUSED)
{
	struct policy policy = make(MODE_LOG_ONLY, STAR);

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		want_text(keys[i].label, "the answer", answer_to(&policy,
		    (struct outbound_question){
			.key = key_of(keys[i].key) }), "NOTFOUND ");
	made_clear(&policy);
}

static void
the_catch_all_covers_what_no_row_does(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key, *wanted;
	} cases[] = {
		{ "a domain", "other.example", "OK encrypt" },
		{ "a next hop", "[relay.other.example]:587", "OK encrypt" },
		{ "an address", "[192.0.2.77]", "OK encrypt" },
		{ "an own row applies instead", "open.example", "NOTFOUND " },
		{ "a next hop's own row too", "[127.0.0.1]:10024",
		    "NOTFOUND " },
		{ "a rule being rolled out", "alone.example", "OK encrypt" },
		{ "a parent", ".example", "NOTFOUND " },
		/* An after-queue filter: with TLS asked, all mail waits. */
		{ "no filter on loopback", "[127.0.0.1]:10026", "NOTFOUND " },
		{ "nor by another address", "[127.9.9.9]", "NOTFOUND " },
		{ "nor over IPv6", "[::1]:10026", "NOTFOUND " },
		{ "nor with its prefix", "[IPv6:::1]:10026", "NOTFOUND " },
		{ "nor v4-mapped", "[::ffff:127.0.0.1]:26", "NOTFOUND " },
		{ "nor by its name", "[localhost]:10026", "NOTFOUND " },
		{ "nor in another case", "LocalHost.:10026", "NOTFOUND " },
		{ "nor below it", "[x.localhost]", "NOTFOUND " },
		{ "nor a local socket", "private/other", "NOTFOUND " },
		{ "a name that only begins so", "localhost.example",
		    "OK encrypt" },
		{ "a row that names loopback does", "[127.0.0.1]:10025",
		    "OK encrypt" },
		{ "by name, too", "[below.localhost]:26", "OK encrypt" },
	};
	struct policy policy = make(MODE_ENFORCE, STAR);

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		want_text(cases[i].label, "the answer", answer_to(&policy,
		    (struct outbound_question){
			.key = key_of(cases[i].key) }), cases[i].wanted);
	made_clear(&policy);
}

#define STS "secure match=mx.hoster.example servername=hostname"

static const struct {
	const char *label;
	const char *key;
	enum publication publication;
	const char *text;
	const char *wanted;
} publications[] = {
	{ "nobody's row, nothing published", "other.example",
	    PUBLICATION_NONE, NULL, "NOTFOUND " },
	{ "nobody's row", "other.example", PUBLICATION_TEXT, STS, "OK " STS },
	{ "published none is as nothing", "other.example", PUBLICATION_TEXT,
	    "none", "NOTFOUND " },
	{ "an attribute of newer versions is left out", "other.example",
	    PUBLICATION_TEXT, "dane-only policy_type=tlsa "
	    "policy_domain=other.example", "OK dane-only" },
	{ "the stronger: published", "x.bank.example", PUBLICATION_TEXT, STS,
	    "OK " STS },
	{ "the stronger: the rule", "pin.example", PUBLICATION_TEXT, "may",
	    "OK fingerprint match=" DIGITS },
	{ "names of both only", "bank.example", PUBLICATION_TEXT,
	    "secure match=a.bank.example:.x.bank.example:o.example",
	    "OK secure match=a.bank.example:.x.bank.example ciphers=high "
	    "protocols=>=TLSv1.2" SNI },
	{ "no name of both", "bank.example", PUBLICATION_TEXT, STS,
	    "TEMP rule of bank, line 5: no name is in both lists" },
	{ "a rule without names takes the published", "own.example",
	    PUBLICATION_TEXT, STS, "OK " STS },
	{ "a failure leaves the rule", "x.bank.example", PUBLICATION_FAILED,
	    NULL, "OK encrypt" },
	{ "an answer that is none never passes for one", "x.bank.example",
	    PUBLICATION_TEXT, "secure colour=red",
	    "TEMP rule of below, line 6: the published policy cannot be "
	    "read" },
	{ "a rule that asks nothing", "open.example", PUBLICATION_TEXT, STS,
	    "OK " STS },
	{ "a rule being rolled out", "alone.example", PUBLICATION_TEXT, STS,
	    "OK " STS },
	{ "the question that follows", ".bank.example", PUBLICATION_TEXT,
	    STS, "NOTFOUND " },
};

static const char *
answer_published(const struct policy *policy, size_t i)
{
	return answer_to(policy, (struct outbound_question){
	    .key = key_of(publications[i].key),
	    .publication = publications[i].publication,
	    .published = slice_of(publications[i].text) });
}

static void
never_weaker_than_published(void **state ATTR_UNUSED)
{
	struct policy policy = make_published(MODE_ENFORCE, NO_STAR);

	for (size_t i = 0; i < COUNT_OF(publications); i++)
		want_text(publications[i].label, "the answer",
		    answer_published(&policy, i), publications[i].wanted);
	made_clear(&policy);
}

static void
log_only_passes_the_published_policy_on(void **state ATTR_UNUSED)
{
	struct policy policy = make_published(MODE_LOG_ONLY, NO_STAR);

	want_text("a row that acts", "the answer", answer_to(&policy,
	    (struct outbound_question){ .key = key_of("bank.example"),
		.publication = PUBLICATION_TEXT,
		.published = SLICE(STS) }), "OK " STS);
	made_clear(&policy);
}

static void
a_failed_query_follows_the_setting(void **state ATTR_UNUSED)
{
	struct policy defer = make_published(MODE_ENFORCE, NO_STAR);
	struct policy ignore = make_published(MODE_ENFORCE, NO_STAR);
	struct outbound_question question = { .key = key_of("other.example") };

	ignore.settings.published_failure = PUBLISHED_IGNORE;
	want_text("defer, the default", "the answer",
	    answer_to(&defer, question),
	    "TEMP the published policy could not be looked up");
	want_text("ignore", "the answer", answer_to(&ignore, question),
	    "NOTFOUND ");
	outbound_key_read(SLICE("x.bank.example"), &question.key);
	want_text("ignore never weakens a row", "the answer",
	    answer_to(&ignore, question), "OK encrypt");
	made_clear(&defer);
	made_clear(&ignore);
}

/* ---- exceptions and stages of the state file ---- */

static void
an_exception_leaves_its_floor(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		const char *key;
		enum level floor;
		bool override_published;
		int64_t now;
		enum publication publication;
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "to none", "bank.example", LEVEL_NONE, false, 100,
		    PUBLICATION_NONE, NULL, "OK may" },
		{ "to encrypt", "bank.example", LEVEL_ENCRYPT, false, 100,
		    PUBLICATION_NONE, NULL, "OK encrypt" },
		{ "ended", "bank.example", LEVEL_NONE, false, 200,
		    PUBLICATION_NONE, NULL, BANK "protocols=>=TLSv1.2" SNI },
		{ "another partner's", "pin.example", LEVEL_NONE, false, 100,
		    PUBLICATION_NONE, NULL, "OK fingerprint match=" DIGITS },
		{ "never below what is published", "bank.example",
		    LEVEL_NONE, false, 100, PUBLICATION_TEXT, STS,
		    "OK " STS },
		{ "unless it says so", "bank.example", LEVEL_NONE, true, 100,
		    PUBLICATION_TEXT, STS, "OK may" },
		{ "nor below what could not be learnt", "bank.example",
		    LEVEL_NONE, false, 100, PUBLICATION_FAILED, NULL,
		    "TEMP the published policy could not be looked up" },
		{ "unless it says so, again", "bank.example", LEVEL_NONE,
		    true, 100, PUBLICATION_FAILED, NULL, "OK may" },
	};
	struct policy policy = make_published(MODE_ENFORCE, NO_STAR);
	struct arena *a = arena_create(4096);

	policy.settings.exception_allow_plaintext = true;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct exception x = { .id = SLICE("x1"),
			.partner = SLICE("bank"), .hop = HOP_OUTBOUND,
			.floor = cases[i].floor, .from = 50, .until = 150,
			.override_published = cases[i].override_published };
		struct overlay overlay = {
			.exceptions = exceptions_index(&x, 1, a)
		};

		policy.overlay = &overlay;
		want_text(cases[i].label, "the answer", answer_to(&policy,
		    (struct outbound_question){
			.key = key_of(cases[i].key),
			.now = cases[i].now,
			.publication = cases[i].publication,
			.published = slice_of(cases[i].text) }),
		    cases[i].wanted);
	}
	policy.overlay = NULL;
	arena_destroy(&a);
	made_clear(&policy);
}

static void
a_stage_set_with_the_tool_acts(void **state ATTR_UNUSED)
{
	struct policy policy = make(MODE_ENFORCE, NO_STAR);
	struct outbound_question question = { .key = key_of("alone.example") };
	unsigned char stages[64] = { 0 };
	struct overlay overlay = { .stages = stages, .stage_count = 64 };
	struct row row;

	assert_true(table_exact(policy.table, SLICE("alone.example"),
	    &row));
	stages[row.partner->rules[HOP_OUTBOUND]->number] = STAGE_DEFER;
	policy.overlay = &overlay;
	want_text("raised", "the answer", answer_to(&policy, question),
	    "OK secure match=nexthop:dot-nexthop" SNI);
	policy.overlay = NULL;
	made_clear(&policy);
}

/* ---- routes that no row names ---- */

static const struct {
	const char *label, *key;
	bool unlisted;
	const char *encrypt, *defer;    /* the answers with these words */
} unlisted[] = {
	{ "a relay", "[relay.other.example]:587", true, "OK encrypt", "TEMP" },
	{ "without a port", "[relay.other.example]", true, "OK encrypt",
	    "TEMP" },
	{ "without brackets", "relay.other.example:587", true, "OK encrypt",
	    "TEMP" },
	{ "an address", "[192.0.2.77]", true, "OK encrypt", "TEMP" },
	{ "a domain is no route", "other.example", false, "NOTFOUND ",
	    "NOTFOUND " },
	{ "nor its parent", ".example", false, "NOTFOUND ", "NOTFOUND " },
	{ "nor a local socket", "private/other", false, "NOTFOUND ",
	    "NOTFOUND " },
	{ "loopback", "[127.0.0.1]:10026", false, "NOTFOUND ", "NOTFOUND " },
	{ "a row of the next hop", "[gw.bank.example]:587", false,
	    "OK secure match=gw.bank.example protocols=>=TLSv1.3" SNI, NULL },
	{ "a row of the host", "[bank.example]:587", false,
	    BANK "protocols=>=TLSv1.2" SNI, NULL },
	{ "a row that asks nothing", "[open.example]", false, "NOTFOUND ",
	    "NOTFOUND " },
	{ "a row of the host that is being rolled out", "[alone.example]",
	    true, "OK encrypt", "TEMP" },
};

static void
a_route_without_a_row_follows_the_setting(void **state ATTR_UNUSED)
{
	static struct outbound_answer answer;
	struct policy policy = make(MODE_ENFORCE, NO_STAR);

	for (size_t i = 0; i < COUNT_OF(unlisted); i++) {
		struct outbound_question question = {
			.key = key_of(unlisted[i].key) };
		const char *defer = unlisted[i].defer == NULL
		    ? unlisted[i].encrypt : unlisted[i].defer;

		outbound_answer(&policy, &question, &answer);
		want_number(unlisted[i].label, "unlisted", answer.unlisted,
		    unlisted[i].unlisted);
		policy.settings.unlisted_routes = UNLISTED_ENCRYPT;
		want_text(unlisted[i].label, "with encrypt",
		    answer_to(&policy, question), unlisted[i].encrypt);
		policy.settings.unlisted_routes = UNLISTED_DEFER;
		want_text(unlisted[i].label, "with defer",
		    answer_to(&policy, question),
		    strcmp(defer, "TEMP") == 0 ? "TEMP no row names this "
		    "route (unlisted_routes)" : defer);
		policy.settings.unlisted_routes = UNLISTED_LOG;
		if (unlisted[i].unlisted)
			want_text(unlisted[i].label, "with log",
			    answer_to(&policy, question), "NOTFOUND ");
	}
	made_clear(&policy);
}

static void
unlisted_routes_in_other_modes_and_rows(void **state ATTR_UNUSED)
{
	struct outbound_question question = {
		.key = key_of("[relay.other.example]:587") };
	struct policy policy = make(MODE_LOG_ONLY, NO_STAR);
	struct outbound_answer answer;

	policy.settings.unlisted_routes = UNLISTED_DEFER;
	outbound_answer(&policy, &question, &answer);
	want_number("log-only", "unlisted", answer.unlisted, true);
	want_number("log-only", "kind", answer.kind, OUTBOUND_NOTFOUND);
	made_clear(&policy);

	policy = make(MODE_ENFORCE, STAR);
	policy.settings.unlisted_routes = UNLISTED_DEFER;
	want_text("\"*\" that acts", "answer", answer_to(&policy, question),
	    "OK encrypt");
	made_clear(&policy);

	/* Without an outbound rule no mail waits. */
	made_policy(&policy, MODE_ENFORCE, rows, 0);
	policy.settings.unlisted_routes = UNLISTED_DEFER;
	outbound_answer(&policy, &question, &answer);
	want_number("no rule", "unlisted", answer.unlisted, false);
	want_number("no rule", "kind", answer.kind, OUTBOUND_NOTFOUND);
	made_clear(&policy);

	policy = make_published(MODE_ENFORCE, NO_STAR);
	policy.settings.unlisted_routes = UNLISTED_ENCRYPT;
	want_text("nothing is known of its policy", "answer",
	    answer_to(&policy, question),
	    "TEMP the published policy could not be looked up");
	question.publication = PUBLICATION_TEXT;
	question.published = SLICE(STS);
	want_text("it publishes more", "answer", answer_to(&policy, question),
	    "OK " STS);
	question.published = SLICE("may");
	want_text("it publishes less", "answer", answer_to(&policy, question),
	    "OK encrypt");
	made_clear(&policy);
}

/* A row of the route itself names it, before it acts. */
static void
a_route_whose_row_is_being_rolled_out_is_listed(void **state ATTR_UNUSED)
{
	static const struct made_row one = { "relay", "[relay.other.example]",
		.outbound = { MADE(ENCRYPT, LOG_ONLY) } };
	struct outbound_question question = {
		.key = key_of("[relay.other.example]") };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, &one, 1);
	policy.settings.unlisted_routes = UNLISTED_DEFER;
	want_text("its relay", "answer", answer_to(&policy, question),
	    "NOTFOUND ");
	made_clear(&policy);
}

/* A "*" that does not act names no route. */
static void
a_catch_all_being_rolled_out_names_no_route(void **state ATTR_UNUSED)
{
	static const struct made_row one = { "rest", "*", .outbound = {
		MADE(ENCRYPT, LOG_ONLY) } };
	struct outbound_question question = {
		.key = key_of("[relay.other.example]") };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, &one, 1);
	policy.settings.unlisted_routes = UNLISTED_ENCRYPT;
	want_text("a relay", "answer", answer_to(&policy, question),
	    "OK encrypt");
	made_clear(&policy);
}

/* ---- smarthosts ---- */

static void
smarthosts_undercut_rules(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *smarthost, *wanted;
	} cases[] = {
		{ "no row", "[relay.other.example]:587",
		    "the smarthost [relay.other.example]:587 has no row with "
		    "an outbound rule that acts: mail that no milter sees is "
		    "not held to the outbound rule of bank, below, pinned, "
		    "dane, own and 7 more" },
		{ "a row that does not act", "alone.example",
		    "the smarthost alone.example has no row with "
		    "an outbound rule that acts: mail that no milter sees is "
		    "not held to the outbound rule of bank, below, pinned, "
		    "dane, own and 7 more" },
		{ "a row that demands less", "[192.0.2.9]:25",
		    "the smarthost [192.0.2.9]:25 has the outbound rule of "
		    "gate, which demands less: mail that no milter sees is "
		    "not held to the outbound rule of bank, pinned, dane, "
		    "odd, oddhost" },
	};
	struct policy policy = make(MODE_ENFORCE, NO_STAR);
	char sentence[TEXT_SENTENCE];
	struct text text;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		text_init(&text, sentence, sizeof(sentence));
		want_number(cases[i].label, "undercuts", smarthost_undercuts(
		    &policy, slice_of(cases[i].smarthost), 0, &text), true);
		want_text(cases[i].label, "sentence", sentence,
		    cases[i].wanted);
	}
	made_clear(&policy);
	/* A rule that does not act demands nothing yet. */
	made_policy(&policy, MODE_ENFORCE, &rows[5], 1);
	text_init(&text, sentence, sizeof(sentence));
	want_number("a rule being rolled out", "undercuts",
	    smarthost_undercuts(&policy, SLICE("[r.example]"), 0, &text),
	    false);
	made_clear(&policy);
}

/* A rule of relays alone demands nothing of another relay: no partner's mail is
 * meant by it. One whose row has a domain too, or no smarthost, is a
 * partner's. */
static void
a_relay_is_no_partner_of_another(void **state ATTR_UNUSED)
{
#define ONLY(name) .outbound = { VERIFY, .names = name }
	static const struct made_row sites[] = {
		{ "relay", "[relay.example]:587", MADE_NEXT_HOP, ONLY("a.ex") },
		{ "its host", "relay.example", 0, ONLY("b.ex") },
		{ "direct", "direct.example", 0, ONLY("c.ex") },
		{ "ports", "port.example:26 unix:private/out pipe/out",
		    MADE_NEXT_HOP, ONLY("d.ex") },
		{ "mixed", "[mx.mixed.example] mixed.example", 0,
		    ONLY("e.ex") },
		{ "bank", "bank.example", 0, ONLY("f.ex") },
		{ NULL, "line.example", 0, ONLY("g.ex") },
		{ "gate", "[gw.bank.example]", MADE_NEXT_HOP, ONLY("h.ex") },
	};
	static const struct slice relays[] = { SLICE("[relay.example]:587"),
		SLICE("direct.example"), SLICE("port.example:26"),
		SLICE("[mx.mixed.example]") };
	static const char *const missed[] = {
		"of mixed, bank, the table lines with t.conf:11, gate",
		"of mixed, bank, the table lines with t.conf:11, gate",
		"of mixed, bank, the table lines with t.conf:11, gate",
		"of bank, the table lines with t.conf:11, gate",
	};
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, sites, COUNT_OF(sites));
	policy.settings.smarthosts =
	    (struct words){ relays, COUNT_OF(relays) };
	for (size_t i = 0; i < COUNT_OF(relays); i++) {
		char sentence[TEXT_SENTENCE];
		struct text text;

		text_init(&text, sentence, sizeof(sentence));
		assert_true(smarthost_undercuts(&policy, relays[i], 0,
		    &text));
		want_text("a relay", "misses", strstr(sentence, "rule of ") ==
		    NULL ? sentence : sentence + text_length(&text) -
		    strlen(missed[i]), missed[i]);
	}
	made_clear(&policy);
}

/* ---- the name in the handshake ---- */

static void
a_rule_may_set_the_server_name(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *key, *servername, *published, *wanted;
	} cases[] = {
		{ "none", "own.example", "none", NULL,
		    "OK secure match=nexthop:dot-nexthop" },
		{ "the next hop's", "own.example", "nexthop", NULL,
		    "OK secure match=nexthop:dot-nexthop servername=nexthop" },
		{ "a name", "own.example", "mx.own.example", NULL,
		    "OK secure match=nexthop:dot-nexthop "
		    "servername=mx.own.example" },
		{ "for a pinned certificate", "pin.example", "hostname", NULL,
		    "OK fingerprint match=" DIGITS SNI },
		{ "for encryption", ".part.example", "hostname", NULL,
		    "OK encrypt" SNI },
		{ "a published policy has its own", "own.example", "none",
		    STS, "OK " STS },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy policy = make_published(MODE_ENFORCE, NO_STAR);
		struct row row;

		assert_true(table_exact(policy.table, slice_of(cases[i].key),
		    &row));
		row.partner->rules[HOP_OUTBOUND]->servername =
		    slice_of(cases[i].servername);
		want_text(cases[i].label, "the answer", answer_to(&policy,
		    (struct outbound_question){
			.key = key_of(cases[i].key[0] == '.'
			    ? "x.part.example" : cases[i].key),
			.publication = cases[i].published == NULL
			    ? PUBLICATION_NONE : PUBLICATION_TEXT,
			.published = slice_of(cases[i].published) }),
		    cases[i].wanted);
		made_clear(&policy);
	}
}

/* Of a next hop's own row and its host's the first that sets a name. */
static void
one_of_two_rules_sets_the_server_name(void **state ATTR_UNUSED)
{
	static const struct made_row two[] = {
		{ "own", "[relay.example]:587", MADE_NEXT_HOP, .outbound = {
		    ENCRYPT } },
		{ "host", "relay.example", .outbound = { VERIFY,
		    .names = "relay.example" } },
	};
	static const struct {
		const char *label, *own, *host, *wanted;
	} cases[] = {
		{ "both", "mx.own.example", "mx.host.example",
		    "OK secure match=relay.example servername=mx.own.example" },
		{ "the next hop's own", "mx.own.example", NULL,
		    "OK secure match=relay.example servername=mx.own.example" },
		{ "its host's", NULL, "mx.host.example", "OK secure "
		    "match=relay.example servername=mx.host.example" },
		{ "neither", NULL, NULL, "OK secure match=relay.example" SNI },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy policy;
		struct row own, host;

		made_policy(&policy, MODE_ENFORCE, two, COUNT_OF(two));
		assert_true(table_exact(policy.table,
		    SLICE("[relay.example]:587"), &own));
		assert_true(table_exact(policy.table, SLICE("relay.example"),
		    &host));
		own.partner->rules[HOP_OUTBOUND]->servername =
		    slice_of(cases[i].own);
		host.partner->rules[HOP_OUTBOUND]->servername =
		    slice_of(cases[i].host);
		want_text(cases[i].label, "answer", answer_to(&policy,
		    (struct outbound_question){
			.key = key_of("[relay.example]:587") }),
		    cases[i].wanted);
		made_clear(&policy);
	}
}

/* ---- routes ---- */

static void
a_route_is_covered_or_not(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *domain, *route;
		bool covered;
	} cases[] = {
		{ "straight to the domain", "bank.example", "bank.example",
		    true },
		{ "in another case", "bank.example", "BANK.example", true },
		{ "a rule being rolled out, straight", "alone.example",
		    "alone.example", true },
		{ "a relay without a row", "bank.example",
		    "[relay.other.example]", false },
		{ "a relay whose row asks less", "bank.example",
		    "[x.bank.example]", false },
		{ "a relay whose row asks a lower grade", "bank.example",
		    "[192.0.2.9]:25", false },
		{ "a relay whose row asks other names", "bank.example",
		    "own.example", false },
		{ "a rule without names, a relay with", "own.example",
		    "[192.0.2.9]:25", true },
		{ "a rule without names, a pinned relay", "own.example",
		    "pin.example", true },
		{ "a rule that encrypts, a relay that verifies",
		    "new.part.example", "own.example", true },
		{ "a relay being rolled out", "bank.example",
		    "alone.example", false },
		{ "a relay with a rule that asks nothing", "bank.example",
		    "open.example", false },
		{ "loopback", "bank.example", "[127.0.0.1]:10026", false },
		{ "loopback by name", "bank.example", "localhost", false },
		{ "loopback that a row names", "bank.example",
		    "[127.0.0.1]:10024", true },
		{ "a local socket that a row names", "bank.example",
		    "unix:private/lmtp", true },
		{ "a local socket", "bank.example", "unix:private/other",
		    false },
		{ "two rules no policy holds", "own.example",
		    "[mx.pin.example]", false },
		{ "no host", "bank.example", "no such user", false },
		{ "nothing", "bank.example", "", false },
	};
	struct policy policy = make(MODE_LOG_ONLY, NO_STAR);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct row row;
		struct outbound_key key;

		assert_true(table_exact(policy.table,
		    slice_of(cases[i].domain), &row));
		key = key_of(cases[i].route);
		want_number(cases[i].label, "covered",
		    outbound_covers(&policy, row.partner->rules[HOP_OUTBOUND],
			&row.partner->rules[HOP_OUTBOUND]->demand, &key, 0),
		    cases[i].covered);
	}
	made_clear(&policy);
}

/* It lowers what the rule will ask, so what is below the rule's own demand does
 * not have to be asked. */
static void
an_exception_covers_a_rule_being_rolled_out(void **state ATTR_UNUSED)
{
	static const struct exception x = { .id = SLICE("x1"),
		.partner = SLICE("alone"), .hop = HOP_OUTBOUND,
		.floor = LEVEL_ENCRYPT, .from = 50, .until = 150 };
	struct policy policy = make(MODE_ENFORCE, NO_STAR);
	struct overlay overlay = { .exceptions =
	    exceptions_index(&x, 1, table_arena(policy.table)) };
	struct demand floor = exception_demand(&x);
	struct outbound_key key = key_of("alone.example");
	const struct rule *rule;
	struct row row;

	assert_true(table_exact(policy.table, SLICE("alone.example"), &row));
	rule = row.partner->rules[HOP_OUTBOUND];
	policy.overlay = &overlay;
	want_that("straight to the domain", "is covered",
	    outbound_covers(&policy, rule, &floor, &key, 100));
	key = key_of("[relay.other.example]");
	want_that("a relay without a row", "is not covered",
	    !outbound_covers(&policy, rule, &floor, &key, 100));
	made_clear(&policy);
}

/* A row for the names below localhost crosses no wire either. */
static void
a_suffix_below_localhost_is_on_this_host(void **state ATTR_UNUSED)
{
	struct outbound_key key;

	outbound_key_below(SLICE(".localhost"), &key);
	assert_true(key.on_host);
	outbound_key_below(SLICE(".x.localhost"), &key);
	assert_true(key.on_host);
	outbound_key_below(SLICE(".xlocalhost"), &key);
	assert_false(key.on_host);
	outbound_key_below(SLICE(".localhost.example"), &key);
	assert_false(key.on_host);
}

/* ---- every answer has its attributes ---- */

static void
every_answer_is_one_postfix_reads(void **state ATTR_UNUSED)
{
	struct policy policy = make_published(MODE_ENFORCE, STAR);
	static const int versions[] = { 205, 211, 303, 304, 305, 306, 307,
		308, 309, 310, 311 };

	for (size_t i = 0; i < COUNT_OF(keys) * COUNT_OF(publications); i++) {
		struct outbound_question question = {
			.key = key_of(keys[i / COUNT_OF(publications)].key),
			.postfix_version = versions[i % COUNT_OF(versions)],
			.publication = publications[i % COUNT_OF(publications)]
			    .publication,
			.published = slice_of(
			    publications[i % COUNT_OF(publications)].text)
		};
		struct slice text = slice_of(answer_to(&policy, question));
		struct tlspolicy read;

		if (slice_eq(text, SLICE("NOTFOUND ")) ||
		    (text.n > 5 && slice_starts(text, SLICE("TEMP "))))
			continue;
		want_that(text.p, "a policy Postfix can read",
		    slice_starts(text, SLICE("OK ")) &&
		    tlspolicy_parse(slice_from(text, 3), SLICE("h.example"),
			&read) && read.level != TLS_LEVEL_NONE);
		want_that(text.p, "what this version knows",
		    (question.postfix_version >= 304 ||
			(strstr(text.p, "servername=") == NULL &&
			    strstr(text.p, "connection_reuse=") == NULL)) &&
		    (question.postfix_version >= 306 ||
			strstr(text.p, ">=") == NULL) &&
		    (question.postfix_version >= 310 ||
			strstr(text.p, "policy_") == NULL));
	}
	made_clear(&policy);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(answers_every_form_of_key),
	cmocka_unit_test(an_answer_has_its_reason),
	cmocka_unit_test(log_only_touches_nothing),
	cmocka_unit_test(the_catch_all_covers_what_no_row_does),
	cmocka_unit_test(never_weaker_than_published),
	cmocka_unit_test(log_only_passes_the_published_policy_on),
	cmocka_unit_test(a_failed_query_follows_the_setting),
	cmocka_unit_test(an_exception_leaves_its_floor),
	cmocka_unit_test(a_stage_set_with_the_tool_acts),
	cmocka_unit_test(a_route_without_a_row_follows_the_setting),
	cmocka_unit_test(unlisted_routes_in_other_modes_and_rows),
	cmocka_unit_test(a_route_whose_row_is_being_rolled_out_is_listed),
	cmocka_unit_test(a_catch_all_being_rolled_out_names_no_route),
	cmocka_unit_test(smarthosts_undercut_rules),
	cmocka_unit_test(a_relay_is_no_partner_of_another),
	cmocka_unit_test(one_of_two_rules_sets_the_server_name),
	cmocka_unit_test(a_rule_may_set_the_server_name),
	cmocka_unit_test(a_route_is_covered_or_not),
	cmocka_unit_test(an_exception_covers_a_rule_being_rolled_out),
	cmocka_unit_test(a_suffix_below_localhost_is_on_this_host),
	cmocka_unit_test(every_answer_is_one_postfix_reads),
};

RUN_TESTS(tests)
