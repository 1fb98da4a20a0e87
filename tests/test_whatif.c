/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/whatif.h"
#include "policy/base/text.h"
#include "tests/made.h"
#include "tests/textlines.h"

/* The keys of every record; a later key of the same name wins. */
static const char usual[] =
    "\"time\":\"2026-03-31T10:00:00.000Z\",\"outcome\":\"accepted\","
    "\"queue_id\":\"7F3A1\",\"mta\":\"postfix\",\"session\":\"s\","
    "\"listener\":\"mx\",\"client_addr\":\"192.0.2.7\","
    "\"client_port\":\"4444\",\"client_name\":null,\"login\":null,"
    "\"sender\":\"a@stranger.example\",\"recipient\":\"u@bank.example\","
    "\"rcpt_addr\":\"u@bank.example\",\"rcpt_host\":\"bank.example\","
    "\"mailer\":\"smtp\",\"destination\":\"bank.example\","
    "\"hop\":\"entry\",\"partner\":\"bank\",\"rule\":\"t.conf:1\","
    "\"need\":\"level encrypt\",\"reason\":\"ok\",\"verdict\":\"pass\","
    "\"stage\":\"reject\",\"planned\":\"pass\",\"applied\":\"pass\","
    "\"mode\":\"enforce\",\"exempt\":null,\"watch\":null,"
    "\"exception\":null,\"candidate\":null,\"reply\":null,\"policy\":\"x\"";

#define PLAIN "\"proof\":{\"tls\":false,\"cipher\":null,\"bits\":null," \
    "\"verified\":false,\"peer\":false,\"subject\":false," \
    "\"issuer\":false,\"fingerprint\":false,\"source\":\"postfix\"}"
#define OVER_TLS(v) "\"proof\":{\"tls\":\"" v "\",\"cipher\":\"X\"," \
    "\"bits\":256,\"verified\":false,\"peer\":false," \
    "\"subject\":false,\"issuer\":false,\"fingerprint\":false," \
    "\"source\":\"postfix\"}"
#define HASHED ",\"addresses\":\"hashed\",\"recipient\":\"[0123456789" \
    "abcdef0123]@bank.example\",\"rcpt_addr\":\"[0123456789abcdef0123]" \
    "@bank.example\""
#define DOMAIN ",\"addresses\":\"domain\",\"recipient\":" \
    "\"[]@bank.example\",\"rcpt_addr\":\"[]@bank.example\""
#define BLIND "\"proof\":null"
#define OF_HEADER "\"proof\":{\"tls\":\"TLSv1.3\",\"cipher\":null," \
    "\"bits\":null,\"verified\":null,\"peer\":null,\"subject\":null," \
    "\"issuer\":null,\"fingerprint\":null,\"source\":\"received\"}"
#define REFUSED "\"outcome\":\"refused\",\"reason\":\"plaintext\"," \
    "\"verdict\":\"fail\",\"planned\":\"reject\",\"applied\":\"reject\""
/* By a rule that acted but for a pause. */
#define PAUSED "\"pause\":\"P1\",\"mode\":\"log-only\"," \
    "\"reason\":\"plaintext\",\"verdict\":\"fail\"," \
    "\"planned\":\"reject\""
#define UNASKED "\"partner\":null,\"rule\":null,\"need\":null," \
    "\"reason\":\"no-rule\",\"stage\":\"log-only\""

/* The policies to judge by. */
struct under {
	struct made_row row;            /* no name: no row */
	enum mode mode;
	bool relays;                    /* 198.51.100.0/24 is our own */
	bool reinject;                  /* port 10025 takes mail back */
	int postfix;                    /* its version, if not the usual */
};

#define BANK "bank", "bank.example", 0
static const struct under encrypt = { .row = { BANK, .entry = {
	    MADE(ENCRYPT, REJECT) } }, .relays = true, .reinject = true };
static const struct under modern = { .row = { BANK, .entry = {
	    MADE(ENCRYPT, DEFER), .floor[FLOOR_TLS] = TLS_1_3 } } };
static const struct under both = { .row = { BANK,
    .inbound = { MADE(VERIFY, DEFER), .names = "mx.bank.example" },
    .entry = { MADE(ENCRYPT, DEFER) } } };
static const struct under earlier = { .row = { BANK, .earlier = {
	    MADE(ENCRYPT, REJECT) } }, .relays = true };
static const struct under held = { .row = { BANK, .entry = {
	    MADE(ENCRYPT, HOLD) } } };
static const struct under leaving = { .row = { BANK, .outbound = {
	    MADE(ENCRYPT, REJECT) } }, .postfix = 310 };
static const struct under quiet = { .row = { BANK, .entry = {
	    MADE(ENCRYPT, REJECT) } }, .mode = MODE_LOG_ONLY };
static const struct under board = { .row = { "board", "board@bank.example", 0,
    .entry = { MADE(ENCRYPT, REJECT) } } };
static const struct under nothing = { .mode = MODE_ENFORCE };

enum { LINES = 4 };

struct wanted {
	long recipients, refused, passed, unknown, skipped;
};

static const struct whatif_case {
	const char *label;
	const struct under *policy;
	bool enforce;
	const char *lines[LINES];       /* after the usual keys */
	struct wanted wanted;
} cases[] = {
	{ "plaintext, accepted before", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 1, 0, 0, 0 } },
	{ "TLS", &encrypt, false,
	    { "\"ref\":\"A\"," OVER_TLS("TLSv1.2") }, { 1, 0, 0, 0, 0 } },
	{ "refused before, and now", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN "," REFUSED }, { 1, 0, 0, 0, 0 } },
	{ "refused before, no row now", &nothing, false,
	    { "\"ref\":\"A\"," PLAIN "," REFUSED }, { 1, 0, 1, 0, 0 } },
	{ "refused before, the new mode only logs", &quiet, false,
	    { "\"ref\":\"A\"," PLAIN "," REFUSED }, { 1, 0, 1, 0, 0 } },
	{ "a log-only policy refuses nothing", &quiet, false,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 0, 0, 0, 0 } },
	{ "but judged as if it enforced", &quiet, true,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 1, 0, 0, 0 } },
	{ "refused because it could not be held, as it would be now", &held,
	    false, { "\"ref\":\"A\"," PLAIN "," REFUSED
	    ",\"planned\":\"hold\"" }, { 1, 0, 0, 0, 0 } },
	{ "refused before, held now", &held, false,
	    { "\"ref\":\"A\"," PLAIN "," REFUSED }, { 1, 0, 1, 0, 0 } },
	{ "two rules refused it, and not because it could not be held", &held,
	    false, { "\"ref\":\"A\"," PLAIN "," REFUSED
	    ",\"planned\":\"hold\"", "\"ref\":\"A\"," PLAIN "," REFUSED },
	    { 1, 0, 1, 0, 0 } },
	{ "logged in log-only", &encrypt, false,
	    { "\"ref\":\"A\",\"mode\":\"log-only\",\"verdict\":\"fail\","
	    "\"reason\":\"plaintext\",\"planned\":\"reject\"," PLAIN },
	    { 1, 1, 0, 0, 0 } },
	{ "too old a TLS", &modern, false,
	    { "\"ref\":\"A\"," OVER_TLS("TLSv1.2"),
	    "\"ref\":\"B\"," OVER_TLS("TLSv1.3") }, { 2, 1, 0, 0, 0 } },
	{ "another address than that of the row", &board, false,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 0, 0, 0, 0 } },
	{ "an address of the domain, and nobody knows which", &board, false,
	    { "\"ref\":\"A\"," PLAIN HASHED }, { 1, 0, 0, 1, 0 } },
	{ "and without a code", &board, false,
	    { "\"ref\":\"A\"," PLAIN DOMAIN }, { 1, 0, 0, 1, 0 } },
	{ "a code where the domain decides", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN HASHED }, { 1, 1, 0, 0, 0 } },
	{ "only a domain where that decides", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN DOMAIN }, { 1, 1, 0, 0, 0 } },
	{ "a role is recorded", &board, false,
	    { "\"ref\":\"A\"," PLAIN ",\"addresses\":\"hashed\","
	    "\"recipient\":\"postmaster@bank.example\","
	    "\"rcpt_addr\":\"postmaster@bank.example\"" },
	    { 1, 0, 0, 0, 0 } },
	{ "a form that this version does not know", &board, false,
	    { "\"ref\":\"A\"," PLAIN ",\"addresses\":\"sealed\"" },
	    { 1, 0, 0, 1, 0 } },
	{ "no proof on record", &encrypt, false,
	    { "\"ref\":\"A\"," BLIND }, { 1, 0, 0, 1, 0 } },
	{ "no proof, and no row", &nothing, false,
	    { "\"ref\":\"A\"," BLIND }, { 1, 0, 0, 0, 0 } },
	{ "a Received field is no proof of the session", &encrypt, false,
	    { "\"ref\":\"A\",\"hop\":\"earlier\"," OF_HEADER },
	    { 1, 0, 0, 1, 0 } },
	{ "unless the session's is recorded with it", &encrypt, false,
	    { "\"ref\":\"A\",\"hop\":\"earlier\"," OF_HEADER,
	    "\"ref\":\"A\"," PLAIN }, { 1, 1, 0, 0, 0 } },
	{ "records of one recipient", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN, "\"ref\":\"A\",\"hop\":\"inbound\","
	    PLAIN, "\"ref\":\"A\",\"hop\":\"outbound\"," BLIND },
	    { 1, 1, 0, 0, 0 } },
	{ "records of two, side by side", &encrypt, false,
	    { "\"ref\":\"A\"," PLAIN, "\"ref\":\"B\"," PLAIN,
	    "\"ref\":\"A\"," PLAIN, "\"ref\":\"B\"," PLAIN },
	    { 2, 2, 0, 0, 0 } },
	{ "lines of other kinds", &encrypt, false,
	    { "\"lost\":7", "\"ref\":7", "\"ref\":\"A\",\"hop\":\"x\"",
	    "\"ref\":\"B\"," PLAIN }, { 1, 1, 0, 0, 3 } },
	{ "mail that no rule asked about", &encrypt, false,
	    { "\"ref\":\"A\"," UNASKED "," PLAIN }, { 1, 1, 0, 0, 0 } },
	{ "a recipient that is not recorded whole", &encrypt, false,
	    { "\"ref\":\"A\",\"recipient\":\"u@bank.exa...\","
	    "\"rcpt_addr\":null," OVER_TLS("TLSv1.2") },
	    { 1, 0, 0, 1, 0 } },
	{ "nor is what the MTA made of it", &encrypt, false,
	    { "\"ref\":\"A\",\"rcpt_addr\":\"u@bank.exa...\","
	    OVER_TLS("TLSv1.2") }, { 1, 0, 0, 1, 0 } },
	{ "nor is its next hop", &encrypt, false,
	    { "\"ref\":\"A\",\"rcpt_host\":\"[gw.bank.exa...\","
	    OVER_TLS("TLSv1.2") }, { 1, 0, 0, 1, 0 } },
	{ "a byte of it that is no UTF-8", &encrypt, false,
	    { "\"ref\":\"A\",\"recipient\":\"u@b\\\\xffank.example\","
	    OVER_TLS("TLSv1.2") }, { 1, 0, 0, 1, 0 } },
	{ "refused before, cut, and perhaps not now", &encrypt, false,
	    { "\"ref\":\"A\",\"recipient\":\"u@bank.exa...\","
	    "\"rcpt_addr\":null,\"rcpt_host\":null," PLAIN "," REFUSED },
	    { 1, 0, 0, 1, 0 } },
	{ "a sender that is not recorded whole", &both, false,
	    { "\"ref\":\"A\",\"sender\":\"aaa@stranger.exam...\","
	    OVER_TLS("TLSv1.3") }, { 1, 0, 0, 1, 0 } },
	{ "a sender that cannot be read", &both, false,
	    { "\"ref\":\"A\",\"sender\":\"ceo@bank.example@\","
	    OVER_TLS("TLSv1.3") }, { 1, 0, 0, 1, 0 } },
	{ "an exception let it by", &encrypt, false,
	    { "\"ref\":\"A\",\"verdict\":\"fail\",\"reason\":\"plaintext\","
	    "\"planned\":\"reject\",\"exception\":\"E1\"," PLAIN },
	    { 1, 0, 0, 0, 0 } },
	{ "an exception for another hop", &encrypt, false,
	    { "\"ref\":\"A\",\"verdict\":\"fail\",\"reason\":\"plaintext\","
	    "\"hop\":\"inbound\",\"exception\":\"E1\"," PLAIN },
	    { 1, 1, 0, 0, 0 } },
	{ "refused with its message, for another's sake", &encrypt, false,
	    { "\"ref\":\"A\",\"outcome\":\"refused\",\"applied\":\"reject\","
	    OVER_TLS("TLSv1.3") }, { 1, 0, 0, 0, 0 } },
	{ "a failure outweighs what is not known", &both, false,
	    { "\"ref\":\"A\",\"sender\":null,\"hop\":\"inbound\"," PLAIN },
	    { 1, 1, 0, 0, 0 } },
	{ "a sender that is not on record", &both, false,
	    { "\"ref\":\"A\",\"sender\":null," OVER_TLS("TLSv1.3") },
	    { 1, 0, 0, 1, 0 } },
	{ "the header is not on record", &earlier, false,
	    { "\"ref\":\"A\",\"client_addr\":\"198.51.100.9\","
	    OVER_TLS("TLSv1.3") }, { 1, 0, 0, 1, 0 } },
	{ "nor, where the client is not, whether a relay brought it",
	    &earlier, false, { "\"ref\":\"A\",\"client_addr\":null,"
	    OVER_TLS("TLSv1.3") }, { 1, 0, 0, 1, 0 } },
	{ "refused by its header, which counts now too", &leaving, false,
	    { "\"ref\":\"A\",\"hop\":\"outbound\"," BLIND "," REFUSED
	    ",\"reason\":\"tls-required-no\"" }, { 1, 0, 0, 0, 0 } },
	{ "refused by its header, which does not count now", &nothing, false,
	    { "\"ref\":\"A\",\"hop\":\"outbound\"," BLIND "," REFUSED
	    ",\"reason\":\"tls-required-no\"" }, { 1, 0, 1, 0, 0 } },
	{ "refused otherwise, and the header was read", &leaving, false,
	    { "\"ref\":\"A\"," PLAIN "," REFUSED }, { 1, 0, 1, 0, 0 } },
	{ "accepted, and the header was read", &leaving, false,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 0, 0, 0, 0 } },
	{ "no relay brought it", &earlier, false,
	    { "\"ref\":\"A\"," PLAIN }, { 1, 0, 0, 0, 0 } },
	{ "an after-queue filter came back", &encrypt, false,
	    { "\"ref\":\"A\",\"listener\":\"reinject\","
	    "\"client_addr\":\"127.0.0.1\",\"exempt\":\"reinject\"," PLAIN },
	    { 1, 0, 0, 0, 0 } },
	{ "a stranger at that listener", &encrypt, false,
	    { "\"ref\":\"A\",\"listener\":\"reinject\"," PLAIN },
	    { 1, 1, 0, 0, 0 } },
	{ "the sender's typed address proves nothing", &both, false,
	    { "\"ref\":\"A\",\"sender\":\"a@bank.example\","
	    "\"outcome\":\"refused\",\"hop\":\"inbound\","
	    "\"reason\":\"evidence-missing\",\"verdict\":\"undecided\","
	    "\"planned\":\"defer\"," OVER_TLS("TLSv1.3") },
	    { 1, 0, 0, 0, 0 } },
	{ "a message given up before its end", &encrypt, false,
	    { "\"ref\":\"A\",\"outcome\":\"aborted\",\"mailer\":null,"
	    "\"verdict\":\"fail\",\"planned\":\"reject\"," PLAIN },
	    { 1, 0, 0, 0, 0 } },
	{ "one given up after this recipient", &encrypt, false,
	    { "\"ref\":\"A\",\"outcome\":\"aborted\"," PLAIN },
	    { 1, 1, 0, 0, 0 } },
};

static void
make(struct policy *policy, const struct under *under)
{
	static const struct listener reinject = { .port = 10025,
		.kind = LISTENER_REINJECT };
	static struct relay relay;

	made_policy(policy, under->mode, &under->row,
	    under->row.name == NULL ? 0 : 1);
	if (under->postfix != 0)
		policy->settings.postfix_version = under->postfix;
	if (under->relays) {
		assert_true(netrange_from(SLICE("198.51.100.0/24"),
		    &relay.range));
		policy->settings.own_relays = &relay;
		policy->settings.own_relay_count = 1;
	}
	if (under->reinject) {
		policy->settings.listeners = &reinject;
		policy->settings.listener_count = 1;
	}
}

/* Of a repeated key the last value counts. */
static void
feed(struct whatif *w, const char *keys)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "{%s,%s}", usual, keys);

	want_between("the line", n, 1, sizeof(line) - 1);
	whatif_line(w, (struct slice){ line, (size_t)n });
}

static void
only_changed_answers_are_counted(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct whatif_case *c = &cases[i];
		struct policy policy;
		struct whatif_totals t;
		struct whatif *w;

		make(&policy, c->policy);
		w = whatif_create(&policy);
		if (c->enforce)
			policy.settings.mode = MODE_ENFORCE;
		for (size_t k = 0; k < LINES && c->lines[k] != NULL; k++)
			feed(w, c->lines[k]);
		whatif_end(w);
		t = whatif_totals(w);
		want_number(c->label, "recipients", (long)t.recipients,
		    c->wanted.recipients);
		want_number(c->label, "newly refused",
		    (long)t.newly_refused, c->wanted.refused);
		want_number(c->label, "newly passed", (long)t.newly_passed,
		    c->wanted.passed);
		want_number(c->label, "cannot tell", (long)t.cannot_tell,
		    c->wanted.unknown);
		want_number(c->label, "skipped", (long)t.skipped,
		    c->wanted.skipped);
		whatif_destroy(&w);
		made_clear(&policy);
	}
}

static const struct {
	const char *label;
	const struct under *policy;
	const char *keys;               /* after the usual ones */
	long refused, paused;
} recorded_in_a_pause[] = {
	{ "let pass by the pause", &encrypt, PLAIN "," PAUSED, 0, 1 },
	{ "of an exception too", &encrypt, PLAIN "," PAUSED
	    ",\"exception\":\"E1\"", 0, 0 },
	{ "refused by another rule too", &both, PLAIN "," PAUSED
	    ",\"sender\":\"a@bank.example\"", 1, 0 },
	{ "passed, and the new rule asks more", &modern, "\"pause\":\"P1\","
	    "\"mode\":\"log-only\"," OVER_TLS("TLSv1.2"), 1, 0 },
	{ "the rule did not act", &encrypt, PLAIN "," PAUSED
	    ",\"stage\":\"log-only\",\"planned\":\"pass\"", 1, 0 },
	{ "the row asks nothing now", &nothing, PLAIN "," PAUSED, 0, 0 },
};

static void
what_a_pause_let_pass_is_counted_apart(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(recorded_in_a_pause); i++) {
		const char *label = recorded_in_a_pause[i].label;
		struct policy policy;
		struct whatif *w;
		char keys[2000];

		make(&policy, recorded_in_a_pause[i].policy);
		w = whatif_create(&policy);
		snprintf(keys, sizeof(keys), "\"ref\":\"A\",%s",
		    recorded_in_a_pause[i].keys);
		feed(w, keys);
		whatif_end(w);
		want_number(label, "newly refused",
		    (long)whatif_totals(w).newly_refused,
		    recorded_in_a_pause[i].refused);
		want_number(label, "let pass by a pause",
		    (long)whatif_totals(w).paused,
		    recorded_in_a_pause[i].paused);
		whatif_destroy(&w);
		made_clear(&policy);
	}
}

/* A pause of today, or one that has ended, is no part of a policy. */
static void
a_pause_changes_no_answer(void **state ATTR_UNUSED)
{
	/* 2026-03-31T10:00:00Z, the time of the records. */
	enum { THEN = 1774951200, WEEK = 7 * 86400 };
	static const struct pause pauses[][HOP_COUNT] = {
		{ [HOP_ENTRY] = { .since = THEN - 60, .until = THEN + 60 } },
		{ [HOP_ENTRY] = { .since = THEN + WEEK,
		    .until = THEN + WEEK + 60 } },
	};

	for (size_t i = 0; i < COUNT_OF(pauses); i++) {
		struct overlay overlay = { .pauses = pauses[i] };
		struct policy policy;
		struct whatif *w;

		make(&policy, &encrypt);
		policy.overlay = &overlay;
		w = whatif_create(&policy);
		feed(w, "\"ref\":\"A\"," PLAIN);
		feed(w, "\"ref\":\"B\"," PLAIN "," REFUSED);
		whatif_end(w);
		want_number("paused", "newly refused",
		    (long)whatif_totals(w).newly_refused, 1);
		want_number("paused", "newly passed",
		    (long)whatif_totals(w).newly_passed, 0);
		want_number("paused", "idle", (long)whatif_totals(w).idle, 0);
		want_that("a pause", "begins when it was set",
		    policy_pause(&policy, HOP_ENTRY, THEN + WEEK - 1) ==
		    NULL);
		whatif_destroy(&w);
		policy.overlay = NULL;
		made_clear(&policy);
	}
}

/* More recipients than are collected at a time, with records far apart. */
static void
each_recipient_is_counted_once(void **state ATTR_UNUSED)
{
	enum { MANY = 1000 };
	struct policy policy;
	struct whatif *w;
	char keys[1024];

	make(&policy, &encrypt);
	w = whatif_create(&policy);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < MANY; i++) {
			snprintf(keys, sizeof(keys), "\"ref\":\"R%d\",%s", i,
			    PLAIN);
			feed(w, keys);
		}
	whatif_end(w);
	want_number("many", "recipients", (long)whatif_totals(w).recipients,
	    MANY);
	want_number("many", "newly refused",
	    (long)whatif_totals(w).newly_refused, MANY);
	whatif_destroy(&w);
	want_that("destroyed", "is gone", w == NULL);
	whatif_destroy(&w);
	made_clear(&policy);
}

static void
want_row(const struct whatif_row *row, void *data)
{
	unsigned *seen = data;

	if (row->judged == 0)
		return;
	(*seen)++;
	want_text("rows", "partner", row->partner, "bank");
	want_number("rows", "hop", row->hop, HOP_ENTRY);
	want_number("rows", "judged", (long)row->judged, 10);
	want_number("rows", "newly refused", (long)row->newly_refused, 10);
	want_number("rows", "for plaintext",
	    (long)row->by_reason[REASON_PLAINTEXT], 10);
	want_number("rows", "senders", (long)row->sender_count, 4);
	for (size_t i = 0; i < 4; i++) {
		char sender[32];

		snprintf(sender, sizeof(sender), "s%zu@x.example", 4 - i);
		want_text("rows", "sender", row->senders[i].name, sender);
		want_number("rows", "count", (long)row->senders[i].count,
		    (long)(4 - i));
	}
}

static void
the_busiest_senders_come_first(void **state ATTR_UNUSED)
{
	struct policy policy;
	struct whatif *w;
	char keys[1024];
	unsigned seen = 0;

	make(&policy, &encrypt);
	w = whatif_create(&policy);
	for (int i = 1; i <= 4; i++)
		for (int k = 0; k < i; k++) {
			snprintf(keys, sizeof(keys), "\"ref\":\"R%d-%d\","
			    "\"sender\":\"s%d@x.example\",%s", i, k, i,
			    PLAIN);
			feed(w, keys);
		}
	whatif_end(w);
	whatif_each(w, want_row, &seen);
	want_number("rows", "rows", seen, 1);
	whatif_destroy(&w);
	made_clear(&policy);
}

static void
show_rows(const struct whatif_row *row, void *data)
{
	struct text *t = data;

	if (row->newly_refused + row->newly_passed > 0)
		text_add(t, "%s %s +%lu -%lu ", row->partner,
		    hop_name(row->hop), (unsigned long)row->newly_refused,
		    (unsigned long)row->newly_passed);
}

#define SENT_BY_BANK "\"ref\":\"A\",\"sender\":\"a@bank.example\"," PLAIN
#define PLANNED(hop, what) SENT_BY_BANK "," REFUSED ",\"hop\":\"" hop \
	"\",\"planned\":\"" what "\""

/* Of several rules that refuse a recipient the strictest is named: by the new
 * policy, or by the old one. */
static void
a_recipient_counts_for_its_strictest_rule(void **state ATTR_UNUSED)
{
	static const struct under first = { .row = { BANK,
	    .inbound = { MADE(ENCRYPT, REJECT) },
	    .entry = { MADE(ENCRYPT, DEFER) } } };
	static const struct under second = { .row = { BANK,
	    .inbound = { MADE(ENCRYPT, DEFER) },
	    .entry = { MADE(ENCRYPT, REJECT) } } };
	static const struct {
		const char *label;
		const struct under *policy;
		const char *lines[2];
		const char *rows;
	} orders[] = {
		{ "the first now", &first, { SENT_BY_BANK },
		    "bank inbound +1 -0 " },
		{ "the second now", &second, { SENT_BY_BANK },
		    "bank entry +1 -0 " },
		{ "the first then", &nothing, { PLANNED("inbound", "reject"),
		    PLANNED("entry", "defer") }, "bank inbound +0 -1 " },
		{ "the second then", &nothing, { PLANNED("inbound", "defer"),
		    PLANNED("entry", "reject") }, "bank entry +0 -1 " },
	};

	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		struct policy policy;
		struct whatif *w;
		struct text t;
		char shown[128];

		make(&policy, orders[i].policy);
		w = whatif_create(&policy);
		for (size_t k = 0; k < 2 && orders[i].lines[k] != NULL; k++)
			feed(w, orders[i].lines[k]);
		whatif_end(w);
		text_init(&t, shown, sizeof(shown));
		whatif_each(w, show_rows, &t);
		want_text(orders[i].label, "rows", shown, orders[i].rows);
		whatif_destroy(&w);
		made_clear(&policy);
	}
}

#define MISSING "\"hop\":\"inbound\",\"reason\":\"evidence-missing\"," \
	"\"verdict\":\"undecided\""

/* A sender is taken as one that was only typed where a proof was there and
 * was not enough. */
static const struct {
	const char *label, *keys;
	bool typed;
} senders[] = {
	{ "a proof, not enough", MISSING "," PLAIN, true },
	{ "another proof, not enough", MISSING "," OVER_TLS("TLSv1.3"), true },
	{ "no proof", MISSING "," BLIND, false },
	{ "the hop in", MISSING ",\"hop\":\"entry\"," PLAIN, false },
	{ "another reason", MISSING ",\"reason\":\"plaintext\"," PLAIN,
	    false },
};

static void
test_typed_senders(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(senders); i++) {
		struct arena *a = arena_create(4096);
		struct recorded r;
		char line[4096];
		json_t *record;
		struct slice addr;

		snprintf(line, sizeof(line), "{%s,\"ref\":\"A\",%s}", usual,
		    senders[i].keys);
		record = json_loads(line, 0, NULL);
		assert_true(recorded_read(record, a, &r));
		addr = macros_get(&r.request.macros, MACRO_MAIL_ADDR);
		want_that(senders[i].label, "is only typed",
		    (addr.p == NULL) == senders[i].typed);
		want_that(senders[i].label, "is there",
		    slice_eq(senders[i].typed ? r.request.sender : addr,
			SLICE("a@stranger.example")));
		json_decref(record);
		arena_destroy(&a);
	}
}

static const struct {
	const char *text;
	long time;
} times[] = {
	{ "2026-03-01T00:00:00.123Z", 1772323200 },
	{ "2026-03-01T00:00:00Z", 1772323200 },
	{ "yesterday", 0 },
	{ "", 0 },
};

/* --since counts whole seconds; what shows no time is read, to be reported. */
static void
lines_before_a_time_are_not_read(void **state ATTR_UNUSED)
{
	static const char log[] =
	    "{\"time\":\"2026-03-31T09:59:59.999Z\"}\n"
	    "{\"time\":\"2026-03-31T10:00:00.000Z\"}\n"
	    "{\"time\":\"2026-03-31T10:00:01.000Z\"}\n"
	    "{\"time\":\"a time that is none\"}\n"
	    "{\"time\":\"2020-01-01T00:00:0\n"
	    "no record, but long enough to be one with a time\n"
	    "\n";
	static const struct {
		int64_t since;
		long skipped;           /* as they are no decisions */
	} wanted[] = {
		{ 0, 7 }, { 1774951199, 7 }, { 1774951200, 6 },
		{ 1774951201, 5 }, { 1774951202, 4 },
	};

	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		struct textlines text;
		struct err e = { 0 };
		struct policy policy;
		struct whatif *w;

		make(&policy, &nothing);
		w = whatif_create(&policy);
		assert_int_equal(whatif_read(w, textlines_init(&text, log,
		    NULL), wanted[i].since, &e), 0);
		want_number("since", "lines",
		    (long)whatif_totals(w).skipped, wanted[i].skipped);
		assert_int_equal(whatif_read(w, textlines_init(&text, log,
		    "cut off"), 0, &e), -1);
		whatif_destroy(&w);
		made_clear(&policy);
	}
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X96 X16 X16 X16 X16 X16 X16

/* Half a subject may be another one's. */
static void
a_fact_that_is_cut_is_unknown(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *subject;
		enum proof proof;
	} facts[] = {
		{ "whole", "\"CN=mx\"", PROOF_PRESENT },
		{ "cut", "\"" X96 "...\"", PROOF_UNKNOWN },
		{ "too short to be cut", "\"x...\"", PROOF_PRESENT },
		{ "long", "\"" X96 X16 "\"", PROOF_PRESENT },
		{ "proven absent", "false", PROOF_ABSENT },
		{ "unknown", "null", PROOF_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		struct arena *a = arena_create(4096);
		struct recorded r;
		char line[4096];
		json_t *record;

		snprintf(line, sizeof(line),
		    "{%s,\"ref\":\"A\",\"proof\":{\"subject\":%s}}", usual,
		    facts[i].subject);
		record = json_loads(line, 0, NULL);
		assert_true(recorded_read(record, a, &r));
		want_number(facts[i].label, "proof", r.proof.subject.proof,
		    facts[i].proof);
		json_decref(record);
		arena_destroy(&a);
	}
}

static void
test_times(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(times); i++)
		want_number(times[i].text, "time",
		    (long)recorded_time(times[i].text), times[i].time);
	want_number("no time", "time", (long)recorded_time(NULL), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(only_changed_answers_are_counted),
	cmocka_unit_test(what_a_pause_let_pass_is_counted_apart),
	cmocka_unit_test(a_pause_changes_no_answer),
	cmocka_unit_test(each_recipient_is_counted_once),
	cmocka_unit_test(the_busiest_senders_come_first),
	cmocka_unit_test(a_recipient_counts_for_its_strictest_rule),
	cmocka_unit_test(test_typed_senders),
	cmocka_unit_test(a_fact_that_is_cut_is_unknown),
	cmocka_unit_test(test_times),
	cmocka_unit_test(lines_before_a_time_are_not_read),
};

RUN_TESTS(tests)
