/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_service_whatif - recorded sessions judged again under other services
 *
 * What is judged first is recorded as the daemon does it; what-if then has
 * nothing but the record.
 */
#include "config.h"

#include "policy/audit/whatif.h"
#include "policy/base/limits.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "policy/judge/record.h"
#include "tests/cases.h"
#include "tests/reading.h"

static struct folder folder;

enum { PAIRS = 8 };

struct pair {
	const char *name, *value;
};

/* A session over TLS, of no service. */
static const struct pair usual[] = {
	{ "v", "Postfix 3.7.11" }, { "client_addr", "192.0.2.7" },
	{ "client_port", "40000" }, { "daemon_addr", "192.0.2.1" },
	{ "daemon_port", "25" }, { "daemon_name", "mx" },
	{ "mail_addr", "a@stranger.example" }, { "rcpt_mailer", "smtp" },
	{ "rcpt_addr", "u@corp.example" }, { "rcpt_host", "corp.example" },
	{ "tls_version", "TLSv1.3" }, { "cipher", "TLS_AES_256_GCM_SHA384" },
	{ "cipher_bits", "256" },
};

#define CLEAR { "tls_version", NULL }, { "cipher", NULL }, \
    { "cipher_bits", NULL }
#define SENDMAIL { "v", "8.17.1.9" }
#define LOGIN(name, type) { "auth_authen", name }, { "auth_type", type }

#define RULE(level) \
	"{ level = \"" level "\"; stage = \"reject\"; }"
#define SERVICE(finds, rule) "services = ( { name = \"billing\"; " finds \
    " inbound = " rule "; } );\n"
#define CLIENTS "clients = [ \"10.1.2.0/24\" ];"
#define PORT(rule) "listeners = ( { port = 587; as = \"submission\"; " rule \
    " } );\n"
#define NAMED(rule) "listeners = ( { daemon_name = \"batch\"; as = " \
    "\"submission\"; " rule " } );\n"
#define ENCRYPTED "rule = " RULE("encrypt") ";"

static const struct {
	const char *label;
	struct pair pairs[PAIRS];       /* these macros are otherwise */
	const char *old, *new;          /* policies, after their first lines */
	long refused, passed, unknown;
} cases[] = {
	{ "a new service, in clear", { CLEAR, { "client_addr", "10.1.2.9" } },
	    "", SERVICE(CLIENTS, RULE("encrypt")), 1, 0, 0 },
	{ "the same over TLS", { { "client_addr", "10.1.2.9" } },
	    "", SERVICE(CLIENTS, RULE("encrypt")), 0, 0, 0 },
	{ "another client", { CLEAR },
	    "", SERVICE(CLIENTS, RULE("encrypt")), 0, 0, 0 },
	{ "a service that goes", { CLEAR, { "client_addr", "10.1.2.9" } },
	    SERVICE(CLIENTS, RULE("encrypt")), "", 0, 1, 0 },
	{ "a service that only logs now", { CLEAR,
	    { "client_addr", "10.1.2.9" } },
	    SERVICE(CLIENTS, RULE("encrypt")), SERVICE(CLIENTS,
	    "{ level = \"encrypt\"; stage = \"log-only\"; }"), 0, 1, 0 },
	{ "the same service", { CLEAR, { "client_addr", "10.1.2.9" } },
	    SERVICE(CLIENTS, RULE("encrypt")),
	    SERVICE(CLIENTS, RULE("encrypt")), 0, 0, 0 },
	{ "a rule for a port", { CLEAR, { "daemon_port", "587" } },
	    PORT(""), PORT(ENCRYPTED), 1, 0, 0 },
	{ "another port", { CLEAR }, PORT(""), PORT(ENCRYPTED), 0, 0, 0 },
	{ "the rule of a port goes", { CLEAR, { "daemon_port", "587" } },
	    PORT(ENCRYPTED), PORT(""), 0, 1, 0 },
	{ "a rule for a daemon_name", { CLEAR, { "daemon_name", "batch" } },
	    NAMED(""), NAMED(ENCRYPTED), 1, 0, 0 },
	{ "a service found by a port", { CLEAR, { "daemon_port", "587" } },
	    PORT(""), PORT("") SERVICE("listeners = ( 587 );",
	    RULE("encrypt")), 1, 0, 0 },
	{ "a login that was the service's, and is another's", {
	    LOGIN("billing", "PLAIN") }, SERVICE("logins = [ \"billing\" ];",
	    RULE("verify")), SERVICE(CLIENTS " logins = [ \"billing\" ];",
	    RULE("verify")), 1, 0, 0 },
	{ "a login in clear finds it", { CLEAR, LOGIN("billing", "PLAIN") },
	    "", SERVICE("logins = [ \"billing\" ];", RULE("encrypt")),
	    1, 0, 0 },
	{ "a login that a proxy claims proves nothing", {
	    LOGIN("billing", "XCLIENT") }, "",
	    SERVICE("logins = [ \"billing\" ];", RULE("verify")), 1, 0, 0 },
	{ "but passes a rule that asks for none", {
	    LOGIN("billing", "XCLIENT") }, "",
	    SERVICE("logins = [ \"billing\" ];", RULE("encrypt")), 0, 0, 0 },
	{ "behind a proxy nothing is proven", { { "daemon_name", "haproxy" },
	    { "client_addr", "10.1.2.9" } }, "listeners = ( { daemon_name = "
	    "\"haproxy\"; as = \"proxied\"; } );\n", "listeners = ( { "
	    "daemon_name = \"haproxy\"; as = \"proxied\"; } );\n"
	    SERVICE(CLIENTS, RULE("encrypt")), 0, 0, 1 },
	{ "a certificate that is not verified finds it", { SENDMAIL,
	    { "verify", "FAIL" }, { "cn_subject", "a.corp.example" },
	    { "cert_subject", "/CN=a.corp.example" } },
	    "", SERVICE("names = [ \"a.corp.example\" ];", RULE("verify")),
	    1, 0, 0 },
	{ "one that is verified", { SENDMAIL, { "verify", "OK" },
	    { "cn_subject", "a.corp.example" },
	    { "cert_subject", "/CN=a.corp.example" } },
	    "", SERVICE("names = [ \"a.corp.example\" ];", RULE("verify")),
	    0, 0, 0 },
};

static struct policy *
policy_of(const char *label, const char *more)
{
	char text[1024], problems[2048];
	struct policy *policy;

	snprintf(text, sizeof(text), TOP "%s", more);
	folder_write_text(&folder, "t.conf", text);
	folder_read(&folder, "t.conf", &policy, problems, sizeof(problems));
	want_that(label, problems, policy != NULL);
	return policy;
}

static struct request
request_of(const struct pair *pairs)
{
	struct request a = { .sender = SLICE("<a@stranger.example>"),
		.recipient = SLICE("<u@corp.example>"), .ref = SLICE("4XJ2k"),
		.can_hold = true, .can_tag = true, .can_wait = true };
	enum macro which;

	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (macro_from(slice_of(usual[i].name), &which))
			a.macros.value[which] = slice_of(usual[i].value);
	for (size_t i = 0; i < PAIRS && pairs[i].name != NULL; i++) {
		want_that(pairs[i].name, "is a macro",
		    macro_from(slice_of(pairs[i].name), &which));
		a.macros.value[which] = slice_of(pairs[i].value);
	}
	a.mta = dialect_recognise(MTA_UNKNOWN, &a.macros);
	return a;
}

/* Judges the request and hands each record of it to w. */
static void
record_all(const struct policy *policy, const struct request *request,
    struct whatif *w)
{
	struct arena *a = arena_create(4096);
	struct ruling ruling;

	judge_recipient(policy, request, a, &ruling);
	for (size_t i = 0; i < ruling.count; i++) {
		struct record record = { .request = request,
			.outcome = ruling.reply == NULL ? OUTCOME_ACCEPTED
			    : OUTCOME_REFUSED,
			.decision = &ruling.list[i],
			.applied = ruling.applied, .mode = MODE_ENFORCE,
			.listener = ruling.listener, .reply = ruling.reply,
			.policy_digest = policy->digest };
		char line[LIMIT_DECISION];
		size_t n = record_json(&record, line, sizeof(line));

		n += record_chain(NULL, line + n, RECORD_CHAIN);
		/* Without its newline. */
		whatif_line(w, (struct slice){ line, n - 1 });
	}
	arena_destroy(&a);
}

static void
test_a_record_is_judged_by_new_services(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *label = cases[i].label;
		struct policy *old = policy_of(label, cases[i].old);
		struct policy *new = policy_of(label, cases[i].new);
		struct whatif *w = whatif_create(new);
		struct request request = request_of(cases[i].pairs);
		struct whatif_totals t;

		/* Mail that no rule asks about is recorded, too. */
		old->settings.scope = SCOPE_ALL;
		record_all(old, &request, w);
		whatif_end(w);
		t = whatif_totals(w);
		want_number(label, "recipients", (long)t.recipients, 1);
		want_number(label, "skipped", (long)t.skipped, 0);
		want_number(label, "newly refused", (long)t.newly_refused,
		    cases[i].refused);
		want_number(label, "newly passed", (long)t.newly_passed,
		    cases[i].passed);
		want_number(label, "cannot tell", (long)t.cannot_tell,
		    cases[i].unknown);
		whatif_destroy(&w);
		policy_destroy(&old);
		policy_destroy(&new);
	}
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_record_is_judged_by_new_services),
};

RUN_TESTS_WITH(tests, set_up, tear_down)
