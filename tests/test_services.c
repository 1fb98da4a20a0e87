/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_services - who connects finds a row, whatever the envelope says
 */
#include "config.h"

#include "policy/compare/difference.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "policy/reason.h"
#include "tests/cases.h"
#include "tests/reading.h"

#define RULE(level) \
	"{ level = \"" level "\"; stage = \"reject\"; }"

static const char policy_text[] = TOP
    "null_sender = \"log-only\";\nlocal_submission = \"judge\";\n"
    "local_clients = [ \"10.8.0.0/16\" ];\n"
    "own_relays = ( { address = \"10.9.0.1\"; judged = true; } );\n"
    "served_domains = [ \"corp.example\" ];\n"
    "listeners = (\n"
    "  { port = 587; as = \"submission\"; rule = " RULE("encrypt") "; },\n"
    "  { daemon_name = \"haproxy\"; as = \"proxied\"; },\n"
    "  { port = 2525; name = \"internal\"; as = \"submission\";\n"
    "    rule = { level = \"none\"; stage = \"reject\"; }; },\n"
    "  { port = 2526; name = \"batch\"; as = \"reinject\"; } );\n"
    "services = (\n"
    "  { name = \"billing\"; clients = [ \"10.1.2.0/24\" ];\n"
    "    logins = [ \"billing\", \"billing-2\" ]; listeners = ( 587, 25 );\n"
    "    inbound = " RULE("verify") "; },\n"
    "  { name = \"alerts\"; names = [ \"alerts.corp.example\" ];\n"
    "    listeners = ( 25, 587 );\n"
    "    inbound = " RULE("verify") "; },\n"
    "  { name = \"scanner\"; clients = [ \"10.1.3.7\" ];\n"
    "    inbound = { level = \"encrypt\"; min_tls = \"1.2\";\n"
    "      stage = \"reject\"; }; },\n"
    "  { name = \"batch\"; listeners = [ \"batch\" ];\n"
    "    inbound = " RULE("encrypt") "; },\n"
    "  { name = \"trial\"; clients = [ \"10.1.4.1\" ];\n"
    "    inbound = { level = \"encrypt\"; stage = \"log-only\"; }; } );\n"
    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "    inbound = { level = \"verify\"; any_peer = true;\n"
    "      stage = \"reject\"; }; } );\n";

static struct folder folder;
static struct policy *policy;

enum { PAIRS = 10 };

/* A session over TLS, of no service. */
static const struct pair {
	const char *name, *value;
} usual[] = {
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
#define CERTIFICATE(cn) { "cert_subject", cn }, { "cert_issuer", "CA" }, \
    { "verify", "OK" }

static const struct session_case {
	const char *label;
	struct pair pairs[PAIRS];       /* these macros are otherwise */
	const char *expect;             /* the reply's code, then the decisions
	                                 * that found the session */
} sessions[] = {
	{ "a stranger", { { "v", "Postfix 3.7.11" } }, "pass" },
	{ "a stranger in clear", { CLEAR }, "pass" },
	{ "an unlisted sender in clear on 587", { CLEAR,
	    { "daemon_port", "587" } }, "550 5.7.10 port-587:listener" },
	{ "over TLS on 587", { { "daemon_port", "587" } },
	    "pass port-587:listener" },
	{ "postmaster in clear on 587", { CLEAR, { "daemon_port", "587" },
	    { "rcpt_addr", "postmaster@corp.example" } },
	    "550 5.7.10 port-587:listener" },
	{ "a listener that asks nothing", { CLEAR,
	    { "daemon_port", "2525" } }, "pass internal:listener" },
	{ "a login in clear there", { CLEAR, { "daemon_port", "2525" },
	    { "auth_authen", "joe" }, { "auth_type", "PLAIN" } },
	    "pass internal:listener -:login-in-clear" },
	{ "a login in clear on 587", { CLEAR, { "daemon_port", "587" },
	    { "auth_authen", "joe" }, { "auth_type", "PLAIN" } },
	    "550 5.7.11 port-587:listener" },
	{ "an address without a login", { { "client_addr", "10.1.2.9" } },
	    "530 5.7.0 billing:client" },
	{ "address and login", { { "client_addr", "10.1.2.9" },
	    { "auth_authen", "billing-2" }, { "auth_type", "PLAIN" } },
	    "pass billing:client" },
	{ "a wrong login", { { "client_addr", "10.1.2.9" },
	    { "auth_authen", "joe" }, { "auth_type", "PLAIN" } },
	    "550 5.7.1 billing:client" },
	{ "the login from elsewhere", { { "auth_authen", "billing" },
	    { "auth_type", "PLAIN" } }, "550 5.7.1 billing:login" },
	{ "on a listener that it does not list", { { "client_addr",
	    "10.1.2.9" }, { "daemon_port", "26" } },
	    "530 5.7.0 billing:client" },
	{ "a certificate", { CERTIFICATE("alerts.corp.example") },
	    "pass alerts:certificate" },
	{ "another service's certificate", { { "client_addr", "10.1.2.9" },
	    { "auth_authen", "billing" }, { "auth_type", "PLAIN" },
	    CERTIFICATE("alerts.corp.example") },
	    "pass billing:client alerts:certificate" },
	{ "two services, the stricter one acts", { { "client_addr",
	    "10.1.3.7" }, { "auth_authen", "billing" },
	    { "auth_type", "PLAIN" } },
	    "550 5.7.1 billing:login scanner:client" },
	{ "an old version", { { "client_addr", "10.1.3.7" },
	    { "tls_version", "TLSv1.1" } }, "554 5.7.10 scanner:client" },
	{ "a listener by its daemon_name", { CLEAR,
	    { "daemon_name", "batch" } }, "550 5.7.10 batch:listener" },
	{ "a stage that only logs", { CLEAR, { "client_addr", "10.1.4.1" } },
	    "pass trial:client" },
	{ "a service within a partner's domain", { { "client_addr",
	    "10.1.3.7" }, { "mail_addr", "x@bank.example" } },
	    "554 5.7.5 scanner:client" },
	{ "behind a proxy, by its address", { CLEAR, { "daemon_name",
	    "haproxy" }, { "client_addr", "10.1.3.7" } },
	    "451 4.3.5 alerts:certificate scanner:client" },
	{ "behind a proxy, by a port that the service does not list", { CLEAR,
	    { "daemon_name", "haproxy" }, { "daemon_port", "26" } }, "pass" },
	{ "of no network", { CLEAR, { "client_addr", "10.8.0.1" },
	    { "daemon_port", "587" } }, "pass port-587:listener" },
	{ "a judged relay in clear on 587", { CLEAR,
	    { "client_addr", "10.9.0.1" }, { "daemon_port", "587" } },
	    "550 5.7.10 port-587:listener" },
	{ "sendmail(1)", { CLEAR, { "client_addr", "127.0.0.1" },
	    { "client_port", "0" }, { "daemon_port", NULL },
	    { "daemon_addr", NULL }, { "daemon_name", NULL },
	    { "rcpt_mailer", NULL } }, "pass" },
	{ "a port that the MTA does not show", { CLEAR,
	    { "daemon_port", NULL } },
	    "451 4.3.5 batch:listener port-587:listener "
	    "internal:listener" },
	{ "a port that a proxy left out", { CLEAR,
	    { "daemon_port", "unknown" } },
	    "451 4.3.5 batch:listener port-587:listener "
	    "internal:listener" },
	{ "an address that a proxy left out", { CLEAR,
	    { "daemon_addr", "unknown" } }, "451 4.3.5 batch:listener" },
	{ "a listener by its name", { CLEAR, { "daemon_port", "2526" } },
	    "550 5.7.10 batch:listener" },
	{ "a login in other letters", { { "auth_authen", "Billing" },
	    { "auth_type", "PLAIN" } }, "550 5.7.1 billing:login" },
	{ "a login in clear that cannot be read", { CLEAR,
	    { "daemon_port", "2525" }, { "auth_authen", "jo\001e" },
	    { "auth_type", "PLAIN" } },
	    "pass internal:listener -:login-in-clear" },
	{ "an empty sender in clear on 587, with log-only for bounces",
	    { CLEAR, { "daemon_port", "587" }, { "mail_addr", "" } },
	    "451 4.7.10 port-587:listener" },
	{ "sendmail -bs on a pipe", { CLEAR, { "v", "8.17.1.9" },
	    { "client_addr", "0" }, { "client_port", "0" },
	    { "daemon_port", NULL }, { "daemon_addr", NULL },
	    { "daemon_name", NULL } }, "pass" },
	{ "no port, over TLS", { { "daemon_port", NULL } },
	    "pass batch:listener port-587:listener internal:listener" },
};

static struct request
request_of(const struct session_case *c)
{
	struct request a = { .sender = SLICE("<a@stranger.example>"),
		.ref = SLICE("4XJ2k"),
		.can_hold = true, .can_tag = true, .can_wait = true };
	enum macro which;

	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (macro_from(slice_of(usual[i].name), &which))
			a.macros.value[which] = slice_of(usual[i].value);
	for (size_t i = 0; i < PAIRS && c->pairs[i].name != NULL; i++) {
		if (!macro_from(slice_of(c->pairs[i].name), &which))
			fail_msg("no macro %s", c->pairs[i].name);
		a.macros.value[which] = c->pairs[i].value == NULL ? SLICE_NONE
		    : slice_of(c->pairs[i].value);
	}
	a.recipient = a.macros.value[MACRO_RCPT_ADDR];
	a.mta = dialect_recognise(MTA_UNKNOWN, &a.macros);
	return a;
}

static void
ruling_show(const struct ruling *ruling, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	if (ruling->reply == NULL)
		text_add(&t, "%s", action_name(ruling->applied));
	else
		text_add(&t, "%s %s", ruling->reply->code,
		    ruling->reply->enhanced);
	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];

		if (d->found_by != FOUND_BY_NONE)
			text_add(&t, " %s:%s", d->partner.p,
			    found_by_name(d->found_by));
		else if (d->finding.reason == REASON_LOGIN_IN_CLEAR)
			text_add(&t, " -:login-in-clear");
	}
}

static void
test_who_connects_finds_its_rows(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct request request = request_of(&sessions[i]);
		struct arena *a = arena_create(4096);
		struct ruling ruling;
		char came[200];

		judge_recipient(policy, &request, a, &ruling);
		ruling_show(&ruling, came, sizeof(came));
		want_text(sessions[i].label, "outcome", came,
		    sessions[i].expect);
		arena_destroy(&a);
	}
}

/* The rule of "*" is the map's, so no decision at RCPT is about the name. */
static void
test_a_service_hides_no_name_that_cannot_be_read(void **state ATTR_UNUSED)
{
	static const char *const clients[] = { "10.1.4.1", "192.0.2.7" };
	char problems[2048];
	struct policy *made;

	folder_write_text(&folder, "any.conf", TOP
	    "map = { listen = \"unix:/run/x/map\"; };\n"
	    "services = ( { name = \"trial\"; clients = [ \"10.1.4.1\" ];\n"
	    "  inbound = { level = \"encrypt\"; stage = \"log-only\"; }; } "
	    ");\npartners = ( { name = \"all\"; domains = [ \"*\" ];\n"
	    "  outbound = { level = \"encrypt\"; stage = \"reject\"; }; } );");
	folder_read(&folder, "any.conf", &made, problems, sizeof(problems));
	want_that("the policy", problems, made != NULL);
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		const struct session_case c = { clients[i], {
		    { "client_addr", clients[i] },
		    { "rcpt_addr", "u@a..example" } }, NULL };
		struct request request = request_of(&c);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		request.recipient = SLICE("u@corp.example");
		judge_recipient(made, &request, a, &ruling);
		want_number(clients[i], "applied", ruling.applied,
		    ACTION_DEFER);
		arena_destroy(&a);
	}
	policy_destroy(&made);
}

static void
test_log_only_touches_nothing(void **state ATTR_UNUSED)
{
	policy->settings.mode = MODE_LOG_ONLY;
	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct request request = request_of(&sessions[i]);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		judge_recipient(policy, &request, a, &ruling);
		want_number(sessions[i].label, "applied", ruling.applied,
		    ACTION_PASS);
		arena_destroy(&a);
	}
	policy->settings.mode = MODE_ENFORCE;
}

static const struct reading_case readings[] = {
	{ "nobody is found", TOP "services = ( { name = \"a\";\n"
	    "inbound = " RULE("encrypt") "; } );", "4: services[0]: nobody is "
	    "found by this service: add clients, logins, names, subjects, "
	    "fingerprints, certificates or listeners\n" },
	{ "no rule", TOP "services = ( { name = \"a\"; logins = [ \"b\" ]; } "
	    ");", "4: services[0]: a service without a rule: add inbound\n" },
	{ "verify without anything to verify", TOP "services = ( { name = "
	    "\"a\"; listeners = ( 25 );\ninbound = " RULE("verify") "; } );",
	    "5: services[0].inbound: level \"verify\" without identity: any "
	    "certificate of any authority that the MTA trusts would be "
	    "accepted. Set names, subjects, issuers, fingerprints or logins; "
	    "or any_peer = true\n" },
	{ "a port that is none", TOP "services = ( { name = \"a\";\n"
	    "listeners = ( 70000 ); inbound = " RULE("encrypt") "; } );",
	    "5: services[0].listeners[0]: a port is 1 to 65535\n" },
	{ "a partner's name", TOP "partners = ( { name = \"a\"; domains = [ "
	    "\"x.example\" ];\ninbound = " RULE("encrypt") "; } );\n"
	    "services = ( { name = \"a\"; logins = [ \"b\" ];\n"
	    "inbound = " RULE("encrypt") "; } );", "6: services[0]: \"a\" is "
	    "already the name of the partner at t.conf:4\n" },
	{ "a rule for an mx listener", TOP "listeners = ( { port = 25;\n"
	    "rule = " RULE("encrypt") "; } );", "5: listeners[0].rule: the "
	    "rule demands TLS of every stranger who comes in by an \"mx\" "
	    "listener: a public mail server must not (RFC 3207 section 4). If "
	    "this is not one, set as = \"submission\" or acknowledge_rfc3207 "
	    "= true\n" },
	{ "a submission port without a rule", TOP "listeners = ( { port = "
	    "587;\nas = \"submission\"; } );", "4: warning: listeners[0]: "
	    "nothing is demanded of who comes in by this listener: add rule = "
	    "{ level = \"encrypt\"; stage = \"log-only\"; }\n" },
	{ "a certificate behind a proxy", TOP "listeners = ( { daemon_name = "
	    "\"p\"; as = \"proxied\"; } );\nservices = ( { name = \"a\"; "
	    "names = [ \"a.example\" ];\ninbound = " RULE("verify") "; } );",
	    "5: warning: services[0]: a certificate finds this service, and "
	    "behind the proxy (listeners[0]) none is known: all mail by it "
	    "waits unless it meets the rule. Add listeners, by which the "
	    "service comes in\n" },
	{ "the port of strangers by itself", TOP "services = ( { name = \"a\";\n"
	    "listeners = ( 25 ); inbound = " RULE("encrypt") "; } );",
	    "5: a: its listeners alone find it, so it demands TLS of every "
	    "stranger: a public mail server must not (RFC 3207 section 4). Add "
	    "clients, logins or names; or set acknowledge_rfc3207 = true\n" },
	{ "fingerprints, which Postfix does not tell", TOP "milter = { listen "
	    "= \"unix:/run/x\"; mta = \"postfix\"; };\nservices = ( { name = "
	    "\"a\"; clients = [ \"192.0.2.1\" ];\nfingerprints = [ \"sha256:"
	    "00000000000000000000000000000000"
	    "00000000000000000000000000000000\" ];\ninbound = "
	    RULE("encrypt") "; } );", "7: a: Postfix reports no fingerprint "
	    "to a milter, so everybody over TLS may be this service: find it "
	    "by names, subjects, logins or clients\n" },
	{ "a certificate alone, and encrypt", TOP "services = ( { name = "
	    "\"a\"; names = [ \"a.example\" ];\ninbound = "
	    RULE("encrypt") "; } );", "5: warning: a: only a session over TLS "
	    "shows the certificate that finds it, so \"encrypt\" refuses "
	    "nothing: add clients or logins, or a rule of its listener\n" },
	{ "clients of no network", TOP "local_clients = [ \"10.0.0.0/8\" ];\n"
	    "services = ( { name = \"a\"; clients = [ \"10.1.2.0/24\" ];\n"
	    "inbound = " RULE("encrypt") "; } );", "6: warning: a: 10.1.2.0/24 "
	    "is in local_clients, so nothing from there is refused\n" },
	{ "elsewhere", TOP "services = ( { name = \"a\"; logins = [ \"b\" ];\n"
	    "inbound = { level = \"encrypt\"; stage = \"reject\";\nclients = "
	    "[ \"192.0.2.1\" ]; elsewhere = \"log\"; }; } );", "5: a: elsewhere "
	    "is about a partner's senders; who connects finds this row: remove "
	    "it\n" },
	{ "issuers that nothing demands", TOP "services = ( { name = \"a\"; "
	    "logins = [ \"b\" ];\nissuers = [ \"CA\" ]; inbound = "
	    RULE("encrypt") "; } );", "5: a: issuers find nobody, and this "
	    "rule does not demand them: remove them, or write them into a rule "
	    "with level \"verify\"\n" },
	{ "a listener of no name", TOP "services = ( { name = \"a\"; logins = [ "
	    "\"b\" ];\nlisteners = [ \"intern\" ]; inbound = "
	    RULE("encrypt") "; } );", "5: warning: a: no listener is named "
	    "\"intern\": unless it is the MTA's {daemon_name}, nobody comes in "
	    "by it. Name one so in listeners, or write its port\n" },
	{ "a listener behind a wider one", TOP "listeners = ( { port = 587; "
	    "as = \"submission\";\nrule = " RULE("encrypt") "; },\n"
	    "{ port = 587; address = \"192.0.2.1\"; as = \"mx\"; } );",
	    "6: listeners[1]: listeners[0], which comes first, takes everybody "
	    "who comes in by this one: write this one before it\n" },
	{ "a listener whose name is a port", TOP "listeners = ( { port = 587; "
	    "as = \"submission\";\nname = \"465\"; rule = " RULE("encrypt")
	    "; } );", "4: listeners[0]: a name of digits alone is a port where "
	    "services name their listeners: begin it with a letter\n" },
	{ "names of a provider", TOP "services = ( { name = \"a\";\n"
	    "names = [ \"mail.protection.outlook.com\" ];\n"
	    "inbound = " RULE("verify") "; } );", "4: warning: services[0]: "
	    "these names prove Microsoft 365, not this service: all its "
	    "customers use them\n" },
	{ "a provider's name finds it, and a login is asked for", TOP
	    "services = ( { name = \"a\"; names = [ \"smtp.gmail.com\" ];\n"
	    "inbound = { level = \"verify\"; logins = [ \"b\" ];\n"
	    "stage = \"reject\"; }; } );", "4: warning: services[0]: these "
	    "names prove Google, not this service: all its customers use "
	    "them\n" },
	{ "a listener without a name", TOP "listeners = ( { address = "
	    "\"192.0.2.1\"; as = \"submission\";\nrule = " RULE("encrypt")
	    "; } );", "4: listeners[0]: a listener with a rule needs a "
	    "name, a port or a daemon_name\n" },
};

static void
test_what_cannot_be_read_is_said(void **state ATTR_UNUSED)
{
	want_readings(readings, COUNT_OF(readings));
}

#define BILLING(finds, rule) "{ name = \"billing\"; " finds " inbound = " \
    rule "; }"
#define PORT(port, rule) "{ port = " port "; as = \"submission\"; rule = " \
    rule "; }"
#define CLIENTS "clients = [ \"10.1.2.0/24\" ];"

#define NAMED(port, name) "{ port = " port "; name = \"" name "\"; as = " \
    "\"submission\"; }"
#define BATCH " ); services = ( " BILLING("listeners = [ \"batch\" ];", \
    RULE("encrypt"))

static const struct {
	const char *label;
	bool listeners;                 /* else services */
	const char *old, *new;
	unsigned losses;
} changes[] = {
	{ "the same", false, BILLING(CLIENTS, RULE("encrypt")),
	    BILLING(CLIENTS, RULE("encrypt")), 0 },
	{ "it goes", false, BILLING(CLIENTS, RULE("encrypt")), "", 1 },
	{ "its stage falls", false, BILLING(CLIENTS, RULE("encrypt")),
	    BILLING(CLIENTS, "{ level = \"encrypt\"; stage = \"log-only\"; }"),
	    1 },
	{ "one that only logs goes", false, BILLING(CLIENTS,
	    "{ level = \"encrypt\"; stage = \"log-only\"; }"), "", 0 },
	{ "another name", false, BILLING(CLIENTS, RULE("encrypt")),
	    "{ name = \"bills\"; " CLIENTS " inbound = " RULE("encrypt")
	    "; }", 0 },
	{ "fewer clients", false, BILLING(CLIENTS, RULE("encrypt")),
	    BILLING("clients = [ \"10.1.2.0/25\" ];", RULE("encrypt")), 1 },
	{ "more clients", false, BILLING(CLIENTS, RULE("encrypt")),
	    BILLING("clients = [ \"10.1.0.0/16\" ];", RULE("encrypt")), 0 },
	{ "a new login beside the old one", false,
	    BILLING("logins = [ \"a\" ];", RULE("encrypt")),
	    BILLING("logins = [ \"a\", \"b\" ];", RULE("encrypt")), 0 },
	{ "a new login in place of the old one", false,
	    BILLING("logins = [ \"a\" ];", RULE("encrypt")),
	    BILLING("logins = [ \"b\" ];", RULE("encrypt")), 1 },
	{ "a wider name", false,
	    BILLING("names = [ \"a.x.example\" ];", RULE("encrypt")),
	    BILLING("names = [ \".x.example\" ];", RULE("encrypt")), 0 },
	{ "by its clients in place of its listener", false,
	    BILLING("listeners = ( 587 );", RULE("encrypt")),
	    BILLING("listeners = ( 587 ); " CLIENTS, RULE("encrypt")), 1 },
	{ "a listener less", false,
	    BILLING("listeners = ( 587, 465 );", RULE("encrypt")),
	    BILLING("listeners = ( 587 );", RULE("encrypt")), 1 },
	{ "the rule of a listener goes", true, PORT("587", RULE("encrypt")),
	    "{ port = 587; as = \"submission\"; }", 1 },
	{ "it is for another port", true, PORT("587", RULE("encrypt")),
	    PORT("465", RULE("encrypt")), 1 },
	{ "a listener before it takes its sessions", true,
	    PORT("587", RULE("encrypt")), "{ address = \"192.0.2.1\"; as = "
	    "\"submission\"; }, " PORT("587", RULE("encrypt")), 1 },
	{ "another one before it", true, PORT("587", RULE("encrypt")),
	    "{ port = 25; as = \"mx\"; }, " PORT("587", RULE("encrypt")), 0 },
	{ "the name is that of another port", true, NAMED("2525", "batch")
	    BATCH, NAMED("2526", "batch") BATCH, 1 },
	{ "no listener has the name any more", true, NAMED("2525", "batch")
	    BATCH, NAMED("2525", "other") BATCH, 1 },
	{ "one more has the name", true, NAMED("2525", "batch") BATCH,
	    NAMED("2525", "batch") ", " NAMED("2526", "batch") BATCH, 0 },
	{ "a place by its name is taken by another", true,
	    NAMED("2525", "batch") BATCH, "{ address = \"192.0.2.1\"; as = "
	    "\"submission\"; }, " NAMED("2525", "batch") BATCH, 1 },
	{ "another one beside it", true, PORT("587", RULE("encrypt")),
	    PORT("587", RULE("encrypt")) ", { port = 25; as = \"mx\"; }", 0 },
};

static struct policy *
policy_with(const char *label, bool listeners, const char *list)
{
	char text[1024], problems[2048];
	struct policy *made;

	snprintf(text, sizeof(text), TOP "%s = ( %s );\n",
	    listeners ? "listeners" : "services", list);
	folder_write_text(&folder, "change.conf", text);
	folder_read(&folder, "change.conf", &made, problems,
	    sizeof(problems));
	want_that(label, problems, made != NULL);
	return made;
}

static void
test_a_change_that_finds_less_is_a_loss(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		struct policy *old = policy_with(changes[i].label,
		    changes[i].listeners, changes[i].old);
		struct policy *new = policy_with(changes[i].label,
		    changes[i].listeners, changes[i].new);
		struct difference *d = difference_make(old, new, 1000);

		want_number(changes[i].label, "losses",
		    (long)difference_losses(d), changes[i].losses);
		difference_destroy(&d);
		policy_destroy(&old);
		policy_destroy(&new);
	}
}

/* The folder of partners has services too. */
static void
test_an_included_file_has_services(void **state ATTR_UNUSED)
{
	char problems[2048];
	struct policy *made;

	folder_write_text(&folder, "more.conf", "services = ( "
	    BILLING(CLIENTS, RULE("encrypt")) " );\n");
	folder_write_text(&folder, "main.conf", TOP
	    "include = [ \"more.conf\" ];\n");
	folder_read(&folder, "main.conf", &made, problems, sizeof(problems));
	want_text("included", "problems", problems, "");
	want_number("included", "services", (long)made->service_count, 1);
	policy_destroy(&made);
}

static const struct {
	const char *label;
	bool listeners;
	const char *old, *new;
	const char *line;
} shown[] = {
	{ "fewer clients", false, BILLING(CLIENTS, RULE("encrypt")),
	    BILLING("clients = [ \"10.1.2.0/25\" ];", RULE("encrypt")),
	    " inbound: encrypt, reject (billing) -> encrypt, reject (billing); "
	    "found by clients=10.1.2.0/24 -> clients=10.1.2.0/25" },
	{ "a listener before it", true, PORT("587", RULE("encrypt")),
	    "{ address = \"192.0.2.1\"; as = \"submission\"; }, "
	    PORT("587", RULE("encrypt")), " inbound: encrypt, reject (port-587)"
	    " -> encrypt, reject (port-587); found by (listener port 587) -> "
	    "(listener port 587, but for address 192.0.2.1)" },
	{ "the name of another port", true, NAMED("2525", "batch") BATCH,
	    NAMED("2526", "batch") BATCH, " inbound: encrypt, reject (billing)"
	    " -> encrypt, reject (billing); found by listeners=batch (listener "
	    "port 2525) -> listeners=batch (listener port 2526)" },
};

/* The digest of a loss is over these lines: it takes what they show. */
static void
test_a_loss_shows_who_is_not_found_any_more(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		struct policy *old = policy_with(shown[i].label,
		    shown[i].listeners, shown[i].old);
		struct policy *new = policy_with(shown[i].label,
		    shown[i].listeners, shown[i].new);
		struct difference *d = difference_make(old, new, 1000);
		struct arena *a = arena_create(4096);
		struct slice line;

		want_number(shown[i].label, "items", (long)difference_count(d),
		    1);
		line = difference_change(d, 0, a);
		want_slice(shown[i].label, "line", line, shown[i].line);
		difference_destroy(&d);
		policy_destroy(&old);
		policy_destroy(&new);
		arena_destroy(&a);
	}
}

static int
set_up(void **state ATTR_UNUSED)
{
	char problems[2048];

	folder_create(&folder);
	folder_write_text(&folder, "t.conf", policy_text);
	folder_read(&folder, "t.conf", &policy, problems, sizeof(problems));
	want_text("the policy", "problems", problems, "");
	return policy == NULL;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	policy_destroy(&policy);
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_who_connects_finds_its_rows),
	cmocka_unit_test(test_a_service_hides_no_name_that_cannot_be_read),
	cmocka_unit_test(test_log_only_touches_nothing),
	cmocka_unit_test(test_a_change_that_finds_less_is_a_loss),
	cmocka_unit_test(test_a_loss_shows_who_is_not_found_any_more),
	cmocka_unit_test(test_what_cannot_be_read_is_said),
	cmocka_unit_test(test_an_included_file_has_services),
};

RUN_TESTS_WITH(tests, set_up, tear_down)
