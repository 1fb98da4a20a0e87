/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sends through this server, what is proposed for whom no row covers, and
 * which credentials are in use.
 */
#include "config.h"

#include <time.h>

#include "conf/base/addresskey.h"
#include "policy/base/text.h"
#include "policy/usage/partner_use.h"
#include "policy/usage/proposal.h"
#include "tests/reading.h"
#include "tests/textlines.h"

#define PIN "sha256:00112233445566778899aabbccddeeff" \
    "00112233445566778899aabbccddeeff"

static const char policy_text[] = TOP
    "served_domains = [ \"corp.example\", \".corp.example\" ];\n"
    "own_relays = [ \"10.9.0.1\" ];\n"
    "listeners = ( { port = 587; as = \"submission\"; },\n"
    "  { port = 10025; as = \"reinject\"; },\n"
    "  { port = 2525; name = \"internal\"; as = \"submission\";\n"
    "    rule = { level = \"encrypt\"; stage = \"log-only\"; }; } );\n"
    "services = (\n"
    "  { name = \"billing\"; logins = [ \"billing\", \"billing-old\" ];\n"
    "    inbound = { level = \"encrypt\"; stage = \"log-only\"; }; },\n"
    "  { name = \"pinned\"; fingerprints = [ \"" PIN "\" ];\n"
    "    listeners = ( 465 );\n"
    "    inbound = { level = \"verify\"; stage = \"log-only\"; }; } );\n"
    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "    inbound = { level = \"verify\"; names = [ \"mx.bank.example\",\n"
    "      \"mx-old.bank.example\" ]; stage = \"log-only\"; }; } );\n";

/* The keys of every record; a later key of the same name wins. */
static const char usual[] =
    "\"outcome\":\"accepted\",\"mta\":\"sendmail\",\"session\":\"s\","
    "\"listener\":\"mx\",\"client_addr\":\"192.0.2.7\","
    "\"client_port\":\"4444\",\"daemon_addr\":\"192.0.2.1\","
    "\"daemon_port\":\"25\",\"login\":false,\"claimed_login\":null,"
    "\"sender\":\"a@nobody.example\",\"recipient\":\"u@corp.example\","
    "\"rcpt_addr\":\"u@corp.example\",\"rcpt_host\":\"corp.example\","
    "\"mailer\":\"smtp\",\"addresses\":\"full\",\"hop\":\"inbound\","
    "\"partner\":null,\"service\":null,\"found_by\":null,"
    "\"proof\":{\"tls\":\"TLSv1.3\",\"cipher\":null,\"bits\":256,"
    "\"verified\":false,\"peer\":false,\"subject\":false,"
    "\"issuer\":false,\"fingerprint\":false,\"source\":\"sendmail\"},"
    "\"reason\":\"ok\",\"verdict\":\"pass\",\"stage\":\"log-only\","
    "\"planned\":\"pass\",\"applied\":\"pass\",\"mode\":\"enforce\","
    "\"exempt\":null,\"exception\":null";

#define CLEAR "\"proof\":{\"tls\":false,\"verified\":false," \
    "\"peer\":false,\"subject\":false,\"issuer\":false," \
    "\"fingerprint\":false,\"source\":\"sendmail\"}"
#define UNKNOWN "\"proof\":null"
#define CERTIFICATE(cn, fp, ok) "\"proof\":{\"tls\":\"TLSv1.2\"," \
    "\"verified\":" ok ",\"peer\":\"" cn "\",\"subject\":\"/CN=" cn \
    "\",\"issuer\":\"/CN=CA\",\"fingerprint\":" fp ",\"source\":" \
    "\"sendmail\"}"
#define ELSEWHERE "\"recipient\":\"u@other.example\""
#define LOGIN(name) "\"daemon_port\":\"587\",\"login\":\"" name "\""
#define IN_CLEAR(name) LOGIN(name) ",\"login\":false," \
    "\"claimed_login\":\"" name "\"," CLEAR

enum { NOW = 1774958400, DAY = 86400, LOG = 1 << 21 };  /* 2026-03-31 */

static struct folder folder;
static struct policy *policy;
static struct shortening hashed;
static char *log_text;
static size_t log_length;
static unsigned refs;

static void
log_begin(void)
{
	log_length = 0;
	log_text[0] = '\0';
	refs = 0;
}

/* Adds a record of so many days ago, of the message with this queue id. */
static void
log_add(int days, const char *id, const char *keys)
{
	time_t when = NOW - (time_t)days * DAY;
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S.000Z",
	    gmtime(&when));
	log_length += (size_t)snprintf(log_text + log_length,
	    LOG - log_length, "{\"time\":\"%s\",\"ref\":\"R%u\","
	    "\"queue_id\":\"%s\",%s%s%s}\n", stamp, ++refs, id, usual,
	    keys[0] == '\0' ? "" : ",", keys);
	assert_true(log_length < LOG);
}

static void
take_both(const struct usage_recipient *recipient, void *data)
{
	applications_take(data, recipient);
}

static struct usage_totals
read_log(usage_fn *take, void *data, bool with_key, unsigned times)
{
	struct listed_logins *logins = with_key
	    ? listed_logins_create(policy, &hashed) : NULL;
	struct usage *usage = usage_create(logins, take, data);
	struct usage_totals totals;
	struct textlines lines;
	struct err e;

	for (unsigned i = 0; i < times; i++)
		assert_int_equal(usage_read(usage, textlines_init(&lines,
		    log_text, NULL), 0, &e), 0);
	totals = usage_end(usage);
	usage_destroy(&usage);
	listed_logins_destroy(&logins);
	return totals;
}

/* "login billing@587 1/2" for each: messages and recipients, "+" for what a row
 * covers, "?" for what one may. */
static void
show_applications(struct applications *apps, struct text *out)
{
	const struct application *const *list;
	size_t count = applications_rank(apps, &list);

	for (size_t i = 0; i < count; i++) {
		const struct application *a = list[i];
		uint64_t maybe = 0;

		for (size_t k = 0; k < policy->service_count; k++)
			maybe += a->maybe[k];
		text_join(out, ", ", "%s %.*s@%.*s %d/%d%s%s",
		    found_by_name(a->by), SLICE_ARGS(a->name),
		    SLICE_ARGS(a->listener), (int)a->messages,
		    (int)a->recipients, a->uncovered == 0 ? "+" : "",
		    maybe > 0 ? "?" : "");
	}
}

enum { RECORDS = 4 };

static const struct {
	const char *label;
	const char *keys[RECORDS];      /* messages Q0, Q1 and so on */
	bool all;
	const char *expect;
} who[] = {
	{ "a stranger with mail for us", { "" }, false, "" },
	{ "is shown when asked for", { "" }, true, "client 192.0.2.7@25 1/1" },
	{ "who relays through us", { ELSEWHERE }, false,
	    "client 192.0.2.7@25 1/1" },
	{ "to a sub-domain of ours", { "\"recipient\":\"u@a.corp.example\"" },
	    false, "" },
	{ "to a name that cannot be read", { "\"recipient\":\"u@a..b\"" },
	    false, "" },
	{ "a relay of ours", { ELSEWHERE ",\"client_addr\":\"10.9.0.1\"" },
	    false, "" },
	{ "a recipient that the MTA refuses", { ELSEWHERE
	    ",\"mailer\":\"error\"" }, false, "" },
	{ "by a submission port", { "\"daemon_port\":\"587\"" }, false,
	    "client 192.0.2.7@587 1/1" },
	{ "back from a filter", { ELSEWHERE ",\"daemon_port\":\"10025\"" },
	    true, "" },
	{ "sendmail(1)", { ELSEWHERE ",\"client_addr\":\"127.0.0.1\","
	    "\"client_port\":\"0\",\"mailer\":null,\"daemon_port\":null" },
	    false, "" },
	{ "a listener with a rule", { "\"daemon_port\":\"2525\"" }, false,
	    "client 192.0.2.7@internal 1/1+" },
	{ "one login from two clients", { LOGIN("joe"),
	    LOGIN("joe") ",\"client_addr\":\"192.0.2.8\"" }, false,
	    "login joe@587 2/2" },
	{ "one login at two ports", { LOGIN("joe"), LOGIN("joe")
	    ",\"daemon_port\":\"465\"" }, false,
	    "login joe@465 1/1, login joe@587 1/1" },
	{ "a login that a service lists", { LOGIN("billing") }, false,
	    "login billing@587 1/1+" },
	{ "a login in clear", { IN_CLEAR("joe") }, false,
	    "login joe@587 1/1" },
	{ "a login beats a certificate", { LOGIN("joe") ","
	    CERTIFICATE("a.corp.example", "false", "true") }, false,
	    "login joe@587 1/1" },
	{ "a certificate beats an address", { ELSEWHERE ","
	    CERTIFICATE("a.corp.example", "false", "true") }, false,
	    "certificate a.corp.example@25 1/1" },
	{ "the same name, not verified", { ELSEWHERE ","
	    CERTIFICATE("a.corp.example", "false", "true"), ELSEWHERE ","
	    CERTIFICATE("a.corp.example", "false", "false") }, false,
	    "certificate a.corp.example@25 1/1, "
	    "certificate a.corp.example@25 1/1" },
	{ "two certificates of one name", { ELSEWHERE ","
	    CERTIFICATE("a.corp.example", "\"sha256:11\"", "true"), ELSEWHERE
	    "," CERTIFICATE("a.corp.example", "\"sha256:22\"", "true") },
	    false, "certificate a.corp.example@25 2/2" },
	{ "a proof that is not on record", { "\"daemon_port\":\"465\","
	    "\"listener\":\"submission\"," UNKNOWN }, false,
	    "client 192.0.2.7@465 1/1?" },
	{ "a login without its local part", { LOGIN("[]@corp.example")
	    ",\"addresses\":\"domain\"" }, false,
	    "login []@corp.example@587 1/1?" },
};

static void
test_who_is_an_application(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(who); i++) {
		struct applications *apps = applications_create(policy, 0,
		    who[i].all);
		char came[2048], id[8];
		struct text t;

		log_begin();
		for (unsigned k = 0; k < RECORDS && who[i].keys[k] != NULL;
		     k++) {
			snprintf(id, sizeof(id), "Q%u", k);
			log_add(1, id, who[i].keys[k]);
		}
		read_log(take_both, apps, false, 1);
		text_init(&t, came, sizeof(came));
		show_applications(apps, &t);
		want_text(who[i].label, "applications", came, who[i].expect);
		applications_destroy(&apps);
	}
}

static void
test_a_message_counts_once(void **state ATTR_UNUSED)
{
	struct applications *apps = applications_create(policy, NOW - 9 * DAY,
	    false);
	char came[256];
	struct usage_totals totals;
	struct text t;

	log_begin();
	log_add(10, "Q1", LOGIN("joe"));        /* too old */
	log_add(1, "Q2", LOGIN("joe"));
	log_add(1, "Q2", LOGIN("joe"));
	log_add(1, "Q3", LOGIN("joe") ",\"outcome\":\"refused\"");
	log_add(1, "", LOGIN("joe"));
	log_length += (size_t)snprintf(log_text + log_length, LOG -
	    log_length, "{\"time\":\"2026-03-30T00:00:00.000Z\",\"lost\":7,"
	    "\"losses\":[]}\nnonsense\n");
	totals = read_log(take_both, apps, false, 2);
	text_init(&t, came, sizeof(came));
	show_applications(apps, &t);
	want_text("read twice", "applications", came, "login joe@587 1/4");
	want_number("the log", "recipients", (long)totals.recipients, 5);
	want_number("the log", "days", (long)((NOW - totals.first) / DAY), 10);
	want_number("the log", "lost", (long)totals.lost, 14);
	want_number("the log", "skipped", (long)totals.skipped, 2);
	applications_destroy(&apps);
}

static void
test_a_hostile_log_is_bounded(void **state ATTR_UNUSED)
{
	struct applications *apps = applications_create(policy, 0, false);
	const struct application *const *list;
	bool found = false;
	char keys[200];
	size_t count;

	log_begin();
	log_add(2, "Q", LOGIN("billing"));
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(keys, sizeof(keys), ELSEWHERE ",\"client_addr\":"
		    "\"10.0.%u.%u\"", i / 250, i % 250);
		log_add(1, "Q", keys);
	}
	for (unsigned i = 0; i < 40; i++) {
		snprintf(keys, sizeof(keys), LOGIN("joe") ",\"client_addr\":"
		    "\"10.1.1.%u\"", i);
		log_add(1, "Q", keys);
	}
	read_log(take_both, apps, false, 1);
	count = applications_rank(apps, &list);
	assert_true(count <= APPLICATIONS);
	for (size_t i = 0; i < count; i++) {
		found = found || slice_eq(list[i]->name, SLICE("billing"));
		if (!slice_eq(list[i]->name, SLICE("joe")))
			continue;
		want_number("joe", "clients", (long)list[i]->client_count,
		    APPLICATION_CLIENTS);
		assert_true(list[i]->more_clients);
	}
	assert_true(found);
	want_number("all", "recipients", (long)(applications_others(apps) +
	    count - 1 + 40), 1541);
	applications_destroy(&apps);
}

static const struct {
	const char *label;
	const char *keys[RECORDS];
	const char *expect;             /* of the first row */
} proposed[] = {
	{ "a login over TLS", { LOGIN("joe") },
	    "joe logins=joe verify 1.2 587" },
	{ "once in clear", { LOGIN("joe"), IN_CLEAR("joe") },
	    "joe logins=joe none 587" },
	{ "once with an old version", { LOGIN("joe"), LOGIN("joe")
	    ",\"proof\":{\"tls\":\"TLSv1.1\",\"source\":\"sendmail\"}" },
	    "joe logins=joe verify 587" },
	{ "once by a proxy", { LOGIN("joe"), LOGIN("joe") ",\"login\":null,"
	    "\"claimed_login\":\"joe\",\"proof\":{\"tls\":null,"
	    "\"source\":\"postfix\"}" }, "joe logins=joe none 587" },
	{ "at two ports, in clear at one", { LOGIN("joe"), IN_CLEAR("joe")
	    ",\"daemon_port\":\"25\"" }, "joe logins=joe none 587 25" },
	{ "an address over TLS", { ELSEWHERE },
	    "client-192.0.2.7 clients=192.0.2.7 encrypt 1.2 25" },
	{ "an address of IPv6", { ELSEWHERE ",\"client_addr\":\"2001:db8::7\"" },
	    "client-2001-db8--7 clients=2001:db8::7 encrypt 1.2 25" },
	{ "a verified certificate", { ELSEWHERE ","
	    CERTIFICATE("A.corp.example", "false", "true") },
	    "a.corp.example names=a.corp.example verify 1.2 25" },
	{ "one that is not verified", { ELSEWHERE ","
	    CERTIFICATE("a.corp.example", "false", "false") },
	    "a.corp.example names=a.corp.example encrypt 1.2 25" },
	{ "one without a host name", { ELSEWHERE ","
	    CERTIFICATE("Some App", "false", "true") },
	    "CN-Some-App subjects=/CN=Some App verify 1.2 25" },
	{ "a name that is taken", { LOGIN("Bank@corp.example") },
	    "Bank-2 logins=Bank@corp.example verify 1.2 587" },
	{ "a login that no file can have", { LOGIN("j\\u00e9") },
	    "client-192.0.2.7 clients=192.0.2.7 encrypt 1.2 587" },
	{ "a code", { LOGIN("[0123456789abcdef0123]")
	    ",\"addresses\":\"hashed\"" },
	    "client-192.0.2.7 clients=192.0.2.7 encrypt 1.2 587" },
	{ "nothing at all", { "\"daemon_port\":\"587\","
	    "\"client_addr\":\"unknown\"" }, "unknown - 587" },
	{ "what a row covers", { LOGIN("billing") }, "" },
};

static void
show_proposal(const struct proposal *row, struct text *out)
{
	text_add(out, "%.*s ", SLICE_ARGS(row->name));
	if (row->list == NULL)
		text_byte(out, '-');
	else
		text_add(out, "%s=%.*s %s%s", row->list,
		    SLICE_ARGS(row->values.list[0]), level_name(row->level),
		    row->modern ? " 1.2" : "");
	for (size_t i = 0; i < row->place_count; i++)
		text_add(out, " %d", row->places[i].port);
}

static void
test_the_strictest_level_that_was_proven(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(proposed); i++) {
		struct applications *apps = applications_create(policy, 0,
		    false);
		const struct application *const *list;
		struct arena *a = arena_create(4096);
		struct proposal *rows;
		size_t count, left;
		char came[512] = "";
		struct text t;

		log_begin();
		for (unsigned k = 0; k < RECORDS &&
		     proposed[i].keys[k] != NULL; k++)
			log_add(1, "Q", proposed[i].keys[k]);
		read_log(take_both, apps, false, 1);
		count = applications_rank(apps, &list);
		count = proposals_make(policy, list, count, a, &rows, &left);
		text_init(&t, came, sizeof(came));
		if (count > 0)
			show_proposal(&rows[0], &t);
		want_text(proposed[i].label, "row", came, proposed[i].expect);
		assert_true(count <= 1 && left == 0);
		arena_destroy(&a);
		applications_destroy(&apps);
	}
}

/* Credentials */

static void
take_service(const struct usage_recipient *recipient, void *data)
{
	credentials_take(data, recipient);
}

/* "used 1" for each: its state, and messages or days. */
static void
show_credentials(const struct credentials *c, const struct usage_totals *t,
    struct text *out)
{
	for (size_t i = 0; i < credentials_count(c); i++) {
		long days;
		enum credential_state s = credentials_state(c, i, t->first,
		    &days);

		text_join(out, ", ", "%s %ld", credential_state_name(s),
		    s == CREDENTIAL_USED
			? (long)credentials_get(c, i)->messages : days);
	}
}

#define OF(row) ",\"partner\":\"" row "\",\"service\":\"" row "\"," \
    "\"found_by\":\"login\""

static const struct {
	const char *label;
	size_t service;
	bool with_key;
	struct {
		int days;
		const char *keys;
	} records[RECORDS];
	const char *expect;
} uses[] = {
	{ "one used, one not, on record for 40 days", 0, false,
	    { { 40, LOGIN("billing") OF("billing") },
	    { 2, LOGIN("billing") OF("billing") } }, "used 1, unused 40" },
	{ "for less than 30 days", 0, false,
	    { { 12, LOGIN("billing") OF("billing") } },
	    "used 1, not-seen 12" },
	{ "a row that is new, in an old log", 0, false,
	    { { 60, "" }, { 3, LOGIN("billing") OF("billing") } },
	    "used 1, not-seen 3" },
	{ "used before the row was there", 0, false,
	    { { 50, LOGIN("billing-old") }, { 3, LOGIN("billing")
	    OF("billing") } }, "used 1, unused 3" },
	{ "no mail of the row", 0, false, { { 60, "" } },
	    "not-seen 60, not-seen 60" },
	{ "a login in clear is a use", 0, false, { { 1, IN_CLEAR("billing")
	    OF("billing") } }, "used 1, not-seen 1" },
	{ "codes, without the key", 0, false,
	    { { 40, LOGIN("[0123456789abcdef0123]") ",\"addresses\":"
	    "\"hashed\"" OF("billing") }, { 1, LOGIN("[0123456789abcdef0123]")
	    ",\"addresses\":\"hashed\"" OF("billing") } },
	    "unknown 40, unknown 40" },
	{ "codes that are old", 0, false,
	    { { 40, LOGIN("[0123456789abcdef0123]") ",\"addresses\":"
	    "\"hashed\"" OF("billing") }, { 1, LOGIN("billing")
	    OF("billing") } }, "used 1, unused 40" },
	{ "codes, with the key", 0, true,
	    { { 40, LOGIN("[CODE]") ",\"addresses\":\"hashed\"" OF("billing")
	    }, { 1, LOGIN("[CODE]") ",\"addresses\":\"hashed\"" OF("billing")
	    } }, "used 1, unused 40" },
	{ "a fingerprint", 1, false, { { 1, "\"daemon_port\":\"465\","
	    CERTIFICATE("a", "\"" PIN "\"", "true") } }, "used 1" },
	{ "one that the MTA does not show", 1, false,
	    { { 1, "\"daemon_port\":\"465\"," CERTIFICATE("a", "null",
	    "true") } }, "unknown 1" },
	{ "by another digest", 1, false, { { 1, "\"daemon_port\":\"465\","
	    CERTIFICATE("a", "\"md5:00\"", "true") } }, "unknown 1" },
	{ "another listener than that of the service", 1, false,
	    { { 1, CERTIFICATE("a", "null", "true") } }, "not-seen 1" },
};

/* The code of "billing" in place of CODE. */
static const char *
with_code(const char *keys, char *out, size_t size)
{
	const char *at = strstr(keys, "[CODE]");
	struct text t;

	text_init(&t, out, size);
	if (at == NULL)
		return keys;
	text_slice(&t, (struct slice){ keys, (size_t)(at - keys) });
	shortening_add(&hashed, SLICE("billing"), &t);
	text_add(&t, "%s", at + strlen("[CODE]"));
	return out;
}

static void
test_what_is_not_shown_is_not_unused(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(uses); i++) {
		struct credentials *c = credentials_of_service(policy,
		    &policy->services[uses[i].service], NOW);
		char came[256], keys[1024], id[8];
		struct usage_totals totals;
		struct text t;

		log_begin();
		for (unsigned k = 0; k < RECORDS &&
		     uses[i].records[k].keys != NULL; k++) {
			snprintf(id, sizeof(id), "Q%u", k);
			log_add(uses[i].records[k].days, id,
			    with_code(uses[i].records[k].keys, keys,
				sizeof(keys)));
		}
		totals = read_log(take_service, c, uses[i].with_key, 1);
		text_init(&t, came, sizeof(came));
		show_credentials(c, &totals, &t);
		want_text(uses[i].label, "credentials", came, uses[i].expect);
		credentials_destroy(&c);
	}
}

static void
test_the_credentials_of_a_partner(void **state ATTR_UNUSED)
{
	static const char row[] = ",\"partner\":\"bank\"";
	struct partner_use *use = partner_use_create(NOW, NULL);
	char keys[512], came[128];
	struct usage_totals totals;
	struct text t;

	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *p = table_partner(policy->table,
		    (unsigned)i);

		partner_use_add(use, p, p->name);
	}
	assert_false(partner_use_is_empty(use));
	log_begin();
	snprintf(keys, sizeof(keys), "%s%s", CERTIFICATE("mx.bank.example",
	    "false", "true"), row);
	log_add(45, "Q1", keys);
	log_add(1, "Q2", keys);
	log_add(0, "Q3", CERTIFICATE("mx-old.bank.example", "false", "true"));
	totals = read_log(partner_use_take, use, false, 1);
	text_init(&t, came, sizeof(came));
	show_credentials(partner_use_of(use, SLICE("bank"), HOP_INBOUND),
	    &totals, &t);
	want_text("bank", "credentials", came, "used 1, unused 45");
	assert_null(partner_use_of(use, SLICE("bank"), HOP_ENTRY));
	assert_null(partner_use_of(use, SLICE("nobody"), HOP_INBOUND));
	partner_use_destroy(&use);
}

static int
set_up(void **state ATTR_UNUSED)
{
	char came[2000], path[256];
	struct err e;

	folder_create(&folder);
	folder_write_text(&folder, "t.conf", policy_text);
	folder_read(&folder, "t.conf", &policy, came, sizeof(came));
	if (policy == NULL)
		fail_msg("%s", came);
	if (addresskey_read(folder_path(&folder, "key", path), true, &hashed,
		&e) < 0)
		fail_msg("%s", e.text);
	log_text = xmalloc(LOG);
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	free(log_text);
	policy_destroy(&policy);
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_who_is_an_application),
	cmocka_unit_test(test_a_message_counts_once),
	cmocka_unit_test(test_a_hostile_log_is_bounded),
	cmocka_unit_test(test_the_strictest_level_that_was_proven),
	cmocka_unit_test(test_what_is_not_shown_is_not_unused),
	cmocka_unit_test(test_the_credentials_of_a_partner),
};

RUN_TESTS_WITH(tests, set_up, take_down)
