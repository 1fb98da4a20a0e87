/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/file/toplevel.h"
#include "policy/table/demand.h"
#include "tests/reading.h"

static const char full[] =
    "format = 1;\n"
    "mode = \"log-only\";\n"
    "milter = { listen = \"unix:/run/enforcetls/milter.sock\";\n"
    "  group = \"postfix\"; mta = \"postfix\"; };\n"
    "map = { listen = [ \"unix:/run/enforcetls/map.sock\",\n"
    "  \"inet:127.0.0.1:8461\" ]; postfix_version = \"3.10\";\n"
    "  published = \"inet:127.0.0.1:8462:QUERY\";\n"
    "  published_failure = \"ignore\"; deadline = \"500ms\"; };\n"
    "control = { listen = \"unix:/run/enforcetls/control.sock\";\n"
    "  socket_mode = \"600\"; };\n"
    "log = { decisions = \"/var/log/d.jsonl\"; syslog = true;\n"
    "  scope = \"all\"; max_size = \"64m\"; };\n"
    "served_domains = [ \"Corp.Example\", \".b\xc3\xbc" "cher.example\" ];\n"
    "own_relays = ( \"192.0.2.0/24\", { address = \"2001:db8::1\";\n"
    "  judged = true; } );\n"
    "listeners = ( { port = 10025; as = \"reinject\"; },\n"
    "  { address = \"192.0.2.9\"; daemon_name = \"MSA\";\n"
    "    as = \"submission\"; } );\n"
    "local_clients = \"198.51.100.0/24\";\n"
    "local_submission = \"judge\";\n"
    "null_sender = \"enforce\";\n"
    "tls_required_no = \"ignore\";\n"
    "state = \"/srv/state\"; user = \"mail\";\n"
    "help_url = \"https://corp.example/tls\"; candidate = \"next.conf\";\n"
    "exceptions = { longest = \"2w\"; allow_plaintext = true; };\n"
    "profiles = ( { name = \"regulated\";\n"
    "  inbound = { level = \"verify\"; names = [ \"mx.p.example\" ];\n"
    "    issuers = [ \"Partner CA\" ]; min_tls = \"1.2\";\n"
    "    stage = \"defer\"; reply = \"From the profile\"; };\n"
    "  outbound = { level = \"verify\"; dane = true; min_tls = \"1.2\";\n"
    "    stage = \"defer\"; }; } );\n"
    "partners = (\n"
    "  { name = \"bank\"; profile = \"regulated\";\n"
    "    domains = [ \"bank.example\", \".bank.example\" ];\n"
    "    senders = [ \"bank-news.example\" ];\n"
    "    next_hops = [ \"[GW.bank.example]:587\" ];\n"
    "    inbound = { names = [ \".Bank.example\" ]; stage = \"reject\";\n"
    "      never_below = \"encrypt\"; };\n"
    "    outbound = { names = [ \"mx.bank.example\" ];\n"
    "      watch = { min_tls = \"1.3\"; }; };\n"
    "    owner = \"o@corp.example\"; contact = \"c@bank.example\"; },\n"
    "  { name = \"clinic\"; profile = \"regulated\";\n"
    "    domains = [ \"clinic.example\" ];\n"
    "    inbound = { peers = ( { logins = [ \"clinic\" ]; },\n"
    "      { names = [ \"a.clinic.example\" ];\n"
    "        clients = [ \"203.0.113.0/24\" ]; } ); };\n"
    "    entry = { level = \"encrypt\"; min_bits = 128;\n"
    "      min_grade = \"high\"; stage = \"hold\"; };\n"
    "    outbound = { level = \"encrypt\"; }; },\n"
    "  { name = \"press\"; profile = \"regulated\";\n"
    "    domains = [ \"press.example\" ];\n"
    "    inbound = { level = \"none\"; };\n"
    "    outbound = { level = \"none\"; stage = \"log-only\"; }; }\n"
    ");\n";

static struct folder folder;
static struct policy *policy;

static int
read_full(void **state ATTR_UNUSED)
{
	char came[2048];

	folder_create(&folder);
	folder_write_text(&folder, "t.conf", full);
	folder_write_text(&folder, "next.conf", TOP);
	folder_read(&folder, "t.conf", &policy, came, sizeof(came));
	if (policy == NULL || came[0] != '\0')
		fail_msg("every key: %s", came);
	return 0;
}

static int
forget(void **state ATTR_UNUSED)
{
	policy_destroy(&policy);
	folder_remove(&folder);
	return 0;
}

static void
test_sockets(void **state ATTR_UNUSED)
{
	const struct settings *s = &policy->settings;

	want_slice("milter", "listen", s->milter.spec,
	    "unix:/run/enforcetls/milter.sock");
	want_slice("milter", "group", s->milter.group, "postfix");
	want_number("milter", "mode", s->milter.socket_mode, 0660);
	want_number("milter", "mta", s->mta, MTA_POSTFIX);
	want_number("map", "sockets", (long)s->map_count, 2);
	want_slice("map", "second", s->maps[1].spec, "inet:127.0.0.1:8461");
	want_number("map", "version", s->postfix_version, 310);
	want_slice("map", "published", s->published,
	    "inet:127.0.0.1:8462:QUERY");
	want_number("map", "failure", s->published_failure,
	    PUBLISHED_IGNORE);
	want_number("map", "deadline", s->map_deadline_ms, 500);
	want_number("control", "sockets", (long)s->control_count, 1);
	want_number("control", "mode", s->controls[0].socket_mode, 0600);
}

static void
test_settings(void **state ATTR_UNUSED)
{
	const struct settings *s = &policy->settings;
	char path[256];

	want_number("mode", "value", s->mode, MODE_LOG_ONLY);
	want_slice("log", "path", s->decisions, "/var/log/d.jsonl");
	want_number("log", "syslog", s->syslog, true);
	want_number("log", "scope", s->scope, SCOPE_ALL);
	want_number("log", "size", (long)s->log_max_size, 64 << 20);
	want_number("served", "count", (long)s->served_domains.count, 2);
	want_slice("served", "case", s->served_domains.list[0],
	    "corp.example");
	want_slice("served", "A-label", s->served_domains.list[1],
	    ".xn--bcher-kva.example");
	want_number("relays", "count", (long)s->own_relay_count, 2);
	want_number("relays", "first", s->own_relays[0].judged, false);
	want_number("relays", "second", s->own_relays[1].judged, true);
	want_number("relays", "bits", s->own_relays[1].range.length, 128);
	want_number("listeners", "count", (long)s->listener_count, 2);
	want_number("listeners", "port", s->listeners[0].port, 10025);
	want_number("listeners", "kind", s->listeners[0].kind,
	    LISTENER_REINJECT);
	want_slice("listeners", "name", s->listeners[1].daemon_name, "MSA");
	want_number("listeners", "no port", s->listeners[1].port, 0);
	want_number("local", "count", (long)s->local_client_count, 1);
	want_number("local", "submission", s->local_submission,
	    SUBMISSION_JUDGE);
	want_number("null sender", "cap", s->null_sender_cap, ACTION_REJECT);
	want_number("TLS-Required", "no", s->tls_required_no,
	    TLS_REQUIRED_NO_IGNORE);
	want_slice("state", "path", s->state, "/srv/state");
	want_slice("user", "name", s->user, "mail");
	want_slice("help", "url", s->help_url, "https://corp.example/tls");
	want_slice("candidate", "path", s->candidate,
	    folder_path(&folder, "next.conf", path));
	want_number("exceptions", "longest", (long)s->exception_longest,
	    14 * 86400);
	want_number("exceptions", "plaintext",
	    s->exception_allow_plaintext, true);
}

/* clang-format off */
static const struct {
	const char *partner;
	enum hop hop;
	const char *need;               /* NULL: there is no rule */
	enum stage stage;
	unsigned line;
	const char *watch;
} rules[] = {
	{ "bank", HOP_INBOUND, "verify names=.bank.example "
	    "issuers=Partner CA min_tls=1.2", STAGE_REJECT, 37, NULL },
	{ "bank", HOP_ENTRY, NULL, STAGE_UNSET, 0, NULL },
	{ "bank", HOP_EARLIER, NULL, STAGE_UNSET, 0, NULL },
	{ "bank", HOP_OUTBOUND, "verify names=mx.bank.example min_tls=1.2",
	    STAGE_DEFER, 39, "verify names=mx.bank.example min_tls=1.3" },
	{ "clinic", HOP_INBOUND, "verify logins=clinic or "
	    "names=a.clinic.example clients=203.0.113.0/24 min_tls=1.2",
	    STAGE_DEFER, 44, NULL },
	{ "clinic", HOP_ENTRY, "encrypt min_bits=128 min_grade=high",
	    STAGE_HOLD, 47, NULL },
	{ "clinic", HOP_OUTBOUND, "encrypt min_tls=1.2", STAGE_DEFER, 49,
	    NULL },
	{ "press", HOP_INBOUND, "none", STAGE_DEFER, 52, NULL },
	{ "press", HOP_OUTBOUND, "none", STAGE_LOG_ONLY, 53, NULL },
};
/* clang-format on */

static const struct partner *
partner_named(const char *name)
{
	for (unsigned i = 0; i < table_partners(policy->table); i++)
		if (slice_eq(table_partner(policy->table, i)->name,
		    slice_of(name)))
			return table_partner(policy->table, i);
	fail_msg("no partner %s", name);
	return NULL;
}

static void
test_rules(void **state ATTR_UNUSED)
{
	char label[64], text[512];

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		const struct partner *p = partner_named(rules[i].partner);
		const struct rule *rule = p->rules[rules[i].hop];

		snprintf(label, sizeof(label), "%s of %s",
		    hop_name(rules[i].hop), rules[i].partner);
		want_that(label, "has a rule", (rule != NULL) ==
		    (rules[i].need != NULL));
		if (rule == NULL)
			continue;
		want_that(label, "knows its partner", rule->partner == p);
		demand_show(&rule->demand, text, sizeof(text));
		want_text(label, "need", text, rules[i].need);
		want_number(label, "stage", rule->stage, rules[i].stage);
		want_number(label, "line", rule->place.line, rules[i].line);
		want_text(label, "file", rule->place.file, "t.conf");
		want_that(label, "watch", (rule->watch != NULL) ==
		    (rules[i].watch != NULL));
		if (rule->watch == NULL)
			continue;
		demand_show(rule->watch, text, sizeof(text));
		want_text(label, "watch", text, rules[i].watch);
	}
}

static void
test_partners(void **state ATTR_UNUSED)
{
	const struct partner *bank = partner_named("bank");
	struct row row;

	want_slice("bank", "owner", bank->owner, "o@corp.example");
	want_slice("bank", "contact", bank->contact, "c@bank.example");
	want_number("bank", "line", bank->place.line, 33);
	want_number("bank", "never below",
	    bank->rules[HOP_INBOUND]->never_below, LEVEL_ENCRYPT);
	want_slice("bank", "the profile's reply",
	    bank->rules[HOP_INBOUND]->reply, "From the profile");
	want_that("senders", "are keys", table_exact(policy->table,
	    SLICE("bank-news.example"), &row));
	want_number("senders", "hops", row.hops, TABLE_INBOUND);
	want_number("senders", "line", table_place(policy->table,
	    &row).line, 35);
	want_that("next hops", "are keys", table_exact(policy->table,
	    SLICE("[gw.bank.example]:587"), &row));
	want_that("next hops", "are not for inbound",
	    (row.hops & TABLE_INBOUND) == 0);
}

static void
test_defaults(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	struct settings s;

	toplevel_defaults(a, &s);
	want_number("default", "milter mode", s.milter.socket_mode, 0660);
	want_number("default", "mta", s.mta, MTA_UNKNOWN);
	want_number("default", "recipients", s.max_recipients, 1000);
	want_number("default", "version", s.postfix_version, 307);
	want_number("default", "failure", s.published_failure,
	    PUBLISHED_DEFER);
	want_number("default", "deadline", s.map_deadline_ms, 2000);
	want_number("default", "scope", s.scope, SCOPE_DEMANDED);
	want_number("default", "size", (long)s.log_max_size, 1 << 30);
	want_number("default", "submission", s.local_submission,
	    SUBMISSION_EXEMPT);
	want_number("default", "null sender", s.null_sender_cap,
	    ACTION_DEFER);
	want_number("default", "TLS-Required", s.tls_required_no,
	    TLS_REQUIRED_NO_ENFORCE);
	want_slice("default", "state", s.state, "/var/lib/enforcetls");
	want_slice("default", "user", s.user, "enforcetls");
	want_number("default", "longest", (long)s.exception_longest,
	    90 * 86400);
	want_number("default", "plaintext", s.exception_allow_plaintext,
	    false);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_sockets),
	cmocka_unit_test(test_settings),
	cmocka_unit_test(test_rules),
	cmocka_unit_test(test_partners),
	cmocka_unit_test(test_defaults),
};

RUN_TESTS_WITH(tests, read_full, forget)
