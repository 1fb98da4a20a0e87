/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/dialect.h"
#include "policy/judge/destination.h"
#include "policy/judge/exempt.h"
#include "policy/judge/judge.h"
#include "policy/judge/route.h"
#include "policy/reason.h"
#include "policy/staging.h"
#include "tests/cases.h"

enum { PAIRS = 12, DECISIONS = 6 };

struct pair {
	const char *name;
	const char *value;
};

/* The macros of every SMTP session; a later pair of the same name wins. */
static const struct pair usual[] = {
	{ "v", "Postfix 3.7.11" }, { "client_addr", "192.0.2.7" },
	{ "client_port", "40000" }, { "daemon_addr", "192.0.2.1" },
	{ "daemon_port", "25" }, { "mail_addr", "a@stranger.example" },
	{ "rcpt_mailer", "smtp" },
};

static struct request
attempt_of(const char *sender, const char *recipient,
    const struct pair *pairs, size_t count)
{
	struct request a = { .sender = slice_of(sender),
		.recipient = slice_of(recipient), .ref = SLICE("4XJ2k"),
		.can_hold = true, .can_tag = true, .can_wait = true };
	enum macro which;

	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (macro_from(slice_of(usual[i].name), &which))
			a.macros.value[which] = slice_of(usual[i].value);
	for (size_t i = 0; i < count && pairs[i].name != NULL; i++) {
		if (!macro_from(slice_of(pairs[i].name), &which))
			fail_msg("no macro %s", pairs[i].name);
		a.macros.value[which] = slice_of(pairs[i].value);
	}
	a.mta = dialect_recognise(MTA_UNKNOWN, &a.macros);
	return a;
}

/* The policy that the reader would make of the rows below. */
struct made {
	struct policy policy;
	struct overlay overlay;
};

static struct rule *
rule_of(struct arena *a, enum hop hop, enum level level, enum stage stage)
{
	struct rule *rule = arena_alloc(a, sizeof(*rule));

	rule->hop = hop;
	rule->demand.level = level;
	rule->demand.any_peer = level == LEVEL_VERIFY;
	rule->stage = stage;
	rule->place = (struct place){ "test.conf", 1 };
	return rule;
}

static unsigned
add_partner(struct table *table, const char *name, struct rule *inbound,
    struct rule *entry, struct rule *outbound)
{
	struct partner *p = arena_alloc(table_arena(table), sizeof(*p));

	p->name = slice_of(name);
	p->rules[HOP_INBOUND] = inbound;
	p->rules[HOP_ENTRY] = entry;
	p->rules[HOP_OUTBOUND] = outbound;
	for (unsigned h = 0; h < HOP_COUNT; h++)
		if (p->rules[h] != NULL)
			((struct rule *)(uintptr_t)p->rules[h])->partner = p;
	return table_add_partner(table, p);
}

static void
claim(struct table *table, const char *key, unsigned partner, unsigned hops)
{
	struct place first;

	if (table_claim(table, slice_of(key), partner, hops,
	    (struct place){ "test.conf", 2 }, &first) != 0)
		fail_msg("%s is claimed twice", key);
}

static struct policy
a_policy(enum mode mode)
{
	struct policy p = { .settings = { .mode = mode,
		.local_submission = SUBMISSION_EXEMPT,
		.null_sender_cap = ACTION_DEFER,
		.postfix_version = 307 } };
	static const struct slice served[] = { { "corp.example", 12 } };
	struct table *t = table_create();
	struct arena *a = table_arena(t);
	unsigned n;

	p.settings.served_domains = (struct words){ served, 1 };
	p.settings.recipient_delimiter = SLICE("+");
	n = add_partner(t, "bank",
	    rule_of(a, HOP_INBOUND, LEVEL_VERIFY, STAGE_REJECT),
	    rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_REJECT), NULL);
	claim(t, "bank.example", n, TABLE_ALL_HOPS);
	claim(t, ".bank.example", n, TABLE_ALL_HOPS);
	claim(t, "[gw.bank.example]:587", n, TABLE_ALL_HOPS);
	claim(t, "unix:private/bank", n, TABLE_ALL_HOPS);
	claim(t, "pipe/a,b", n, TABLE_ALL_HOPS);
	n = add_partner(t, "clinic", NULL,
	    rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_LOG_ONLY), NULL);
	claim(t, "clinic.example", n, TABLE_ALL_HOPS);
	n = add_partner(t, "xn--mnchen", NULL,
	    rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_DEFER), NULL);
	claim(t, "xn--mnchen-3ya.example", n, TABLE_ALL_HOPS);
	n = add_partner(t, "chief", NULL,
	    rule_of(a, HOP_ENTRY, LEVEL_VERIFY, STAGE_DEFER), NULL);
	claim(t, "chief@corp.example", n, TABLE_ADDRESS);
	n = add_partner(t, "held", NULL,
	    rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_HOLD), NULL);
	claim(t, "held.example", n, TABLE_ALL_HOPS);
	n = add_partner(t, "literal", NULL,
	    rule_of(a, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_REJECT), NULL);
	claim(t, "[2001:db8::1]", n, TABLE_ALL_HOPS);
	n = add_partner(t, "ours",
	    NULL, rule_of(a, HOP_ENTRY, LEVEL_NONE, STAGE_REJECT), NULL);
	claim(t, "corp.example", n, TABLE_ALL_HOPS);
	table_seal(t);
	p.table = t;
	return p;
}

#define SIXTEEN "a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, " \
	"a14, a15, a16"
#define PLAIN { NULL, NULL }
#define TLS { "tls_version", "TLSv1.3" }
#define VERIFIED TLS, { "cert_subject", "mx1.bank.example" }

/* clang-format off */
static const struct {
	const char *label, *sender, *recipient;
	struct pair macros[PAIRS];
	const char *applied;            /* of the whole recipient */
	const char *reply;              /* NULL: none */
	const char *partners;           /* judged rules, in order */
} cases[] = {
	{ "no rule asks", "<a@stranger.example>", "<u@other.example>",
	    { PLAIN }, "pass", NULL, "" },
	{ "entry: plaintext", NULL, "<u@bank.example>", { PLAIN },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "entry: TLS", NULL, "<u@bank.example>", { TLS },
	    "pass", NULL, "entry=bank" },
	{ "entry: sub-domain, case and dots", NULL, "<u@A.Bank.Example..>",
	    { PLAIN }, "reject", "550 5.7.10", "entry=bank" },
	{ "inbound: sender of the partner, TLS only", NULL,
	    "<u@other.example>",
	    { TLS, { "mail_addr", "a@bank.example" } },
	    "reject", "554 5.7.5", "inbound=bank" },
	{ "inbound: verified", NULL, "<u@other.example>",
	    { VERIFIED, { "mail_addr", "a@bank.example" } },
	    "pass", NULL, "inbound=bank" },
	{ "inbound: as typed, where the MTA made something else of it",
	    "<a@bank.example>", "<u@other.example>", { PLAIN },
	    "reject", "550 5.7.10", "inbound=bank" },
	{ "inbound: no {mail_addr}, and none typed", NULL,
	    "<u@other.example>", { VERIFIED, { "mail_addr", NULL } },
	    "defer", "451 4.3.5", "inbound=" },
	{ "inbound: no {mail_addr} cannot pass on what was typed",
	    "<a@bank.example>", "<u@other.example>",
	    { VERIFIED, { "mail_addr", NULL } },
	    "defer", "451 4.3.5", "inbound=bank" },
	{ "null sender is nobody's partner", "<>", "<u@other.example>",
	    { { "mail_addr", "" } }, "pass", NULL, "" },
	{ "null sender: a refusal becomes a deferral", "<>",
	    "<u@bank.example>", { { "mail_addr", "" } },
	    "defer", "451 4.7.10", "entry=bank" },
	{ "a quoted domain is the one inside", NULL,
	    "<u%\"bank.example\"@[192.0.2.1]>",
	    { { "v", "8.17.1.9" }, { "rcpt_addr", "u@\"bank.example\"" },
	      { "rcpt_host", "\"bank.example\"" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "so is one in which a letter is", NULL,
	    "<u%b\\ank.example@[192.0.2.1]>",
	    { { "v", "8.17.1.9" }, { "rcpt_addr", "u@b\\ank.example" },
	      { "rcpt_host", "b\\ank.example." } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "what hides behind an @ in quotes", NULL,
	    "<u%\"x@bank.example\"@[192.0.2.1]>",
	    { { "v", "8.17.1.9" }, { "rcpt_addr", "u@\"x@bank.example\"" },
	      { "rcpt_host", "\"x@bank.example\"" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "a sender's quoted domain", NULL, "<u@other.example>",
	    { TLS, { "v", "8.17.1.9" },
	      { "mail_addr", "a@\"bank\".example" } },
	    "defer", "451 4.3.5", "inbound=bank" },
	{ "log-only stage lets pass", NULL, "<u@clinic.example>", { PLAIN },
	    "pass", NULL, "entry=clinic" },
	{ "hold", NULL, "<u@held.example>", { PLAIN },
	    "hold", NULL, "entry=held" },
	{ "U-label reaches the A-label's row", NULL,
	    "<u@m\xc3\xbcnchen.example>", { PLAIN },
	    "defer", "451 4.7.10", "entry=xn--mnchen" },
	{ "full-width letters reach the row", NULL,
	    "<u@\xef\xbd\x82" "ank.example>", { PLAIN },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "resolved elsewhere than typed", NULL,
	    "<u%bank.example@other.example>",
	    { { "rcpt_addr", "u@bank.example" },
	      { "rcpt_host", "bank.example" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "typed, though resolved elsewhere", NULL, "<u@bank.example>",
	    { { "rcpt_addr", "u@other.example" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "quoted @ in the local part", NULL,
	    "<\"a@bank.example\"@other.example>",
	    { PLAIN }, "pass", NULL, "" },
	{ "source route", NULL, "<@other.example,@x.example:u@bank.example>",
	    { PLAIN }, "reject", "550 5.7.10", "entry=bank" },
	{ "routed to a next hop with a row", NULL, "<u@other.example>",
	    { { "rcpt_host", "[GW.bank.example]:587" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "routed to a host of a partner", NULL, "<u@other.example>",
	    { { "rcpt_host", "[mx.bank.example]:25" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "the second of a list of next hops", NULL, "<u@other.example>",
	    { { "rcpt_host", "[x.example]:25, [gw.bank.example]:587" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "Sendmail's list of next hops", NULL, "<u@other.example>",
	    { { "v", "8.17.1.9" },
	      { "rcpt_host", "[x.example]:[mx.bank.example]" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "a list of next hops that is longer than is read", NULL,
	    "<u@other.example>", { { "rcpt_host", SIXTEEN ", a17" } },
	    "defer", "451 4.3.5", "entry=" },
	{ "a list of next hops that is just not", NULL,
	    "<u@other.example>", { { "rcpt_host", SIXTEEN } },
	    "pass", NULL, "" },
	{ "routed to a socket with a row", NULL, "<u@other.example>",
	    { { "rcpt_host", "unix:private/bank" },
	      { "rcpt_mailer", "lmtp" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "routed to Sendmail's socket with a row", NULL,
	    "<u@other.example>",
	    { { "v", "8.17.1.9" }, { "rcpt_host", "unix:private/bank" },
	      { "rcpt_mailer", "lmtp" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "routed to a pipe with a comma and a row", NULL,
	    "<u@other.example>",
	    { { "rcpt_host", "pipe/a,b" }, { "rcpt_mailer", "pipe" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "routed to a pipe without one", NULL, "<u@other.example>",
	    { { "rcpt_host", "foo/bar" }, { "rcpt_mailer", "pipe" } },
	    "pass", NULL, "" },
	{ "an alias' error text is no destination", NULL, "<u@corp.example>",
	    { { "rcpt_host", "5.1.1 User unknown in bank.example" },
	      { "rcpt_mailer", "error" } }, "pass", NULL, "entry=ours" },
	{ "address literal", NULL, "<u@[IPv6:2001:DB8:0:0::1]>", { PLAIN },
	    "reject", "550 5.7.10", "entry=literal" },
	{ "address key adds to its domain", NULL, "<Chief@corp.example>",
	    { TLS }, "defer", "451 4.7.5", "entry=ours entry=chief" },
	{ "address key: quoted and with an extension", NULL,
	    "<\"chief+x\"@corp.example>", { TLS },
	    "defer", "451 4.7.5", "entry=ours entry=chief" },
	{ "no destination can be read", NULL, "<u@bank..example>", { PLAIN },
	    "reject", "553 5.1.3", "entry=" },
	{ "no destination: bytes that are no name", NULL,
	    "<u@\xff\xfe.example>", { { "rcpt_host", "\xff\xfe.example" } },
	    "reject", "553 5.1.3", "entry=" },
	{ "not typed, but resolved", NULL, "<u@bank..example>",
	    { { "rcpt_addr", "u@bank.example" } },
	    "reject", "550 5.7.10", "entry=bank" },
	/* Sendmail takes the comment off, and may have an alias then. */
	{ "typed so that it cannot be read, and an alias", NULL,
	    "<u@bank.example(x)>",
	    { { "v", "8.17.1.9" }, { "rcpt_addr", "u@stranger.example" },
	      { "rcpt_host", "stranger.example." } },
	    "defer", "451 4.1.8", "entry=" },
	{ "bare local part: mail for a served domain", NULL, "<user>",
	    { { "rcpt_addr", "user" }, { "rcpt_host", "" } },
	    "pass", NULL, "entry=ours" },
	{ "bare local part: its address in a served domain", NULL, "<Chief>",
	    { { "rcpt_addr", "chief" }, { "rcpt_host", "" } },
	    "defer", "451 4.7.10", "entry=ours entry=chief" },
	{ "bare postmaster may be written to in clear", NULL,
	    "<postmaster>", { { "rcpt_addr", "postmaster" },
	      { "rcpt_host", "" } }, "pass", NULL, "entry=ours" },
	{ "typed name that is no name, local all the same", NULL,
	    "<u@bank..example>",
	    { { "rcpt_addr", "u" }, { "rcpt_host", "" } },
	    "pass", NULL, "" },
	{ "postmaster of a served domain may be written to in clear", NULL,
	    "<PostMaster@corp.example>",
	    { { "rcpt_addr", "postmaster@corp.example" },
	      { "mail_addr", "a@bank.example" } },
	    "pass", NULL, "inbound=bank entry=ours" },
	{ "postmaster of a partner may not", NULL, "<postmaster@bank.example>",
	    { { "rcpt_addr", "postmaster@bank.example" } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "postmaster that leads elsewhere may not", NULL,
	    "<postmaster@corp.example>",
	    { { "rcpt_addr", "admin@bank.example" } },
	    "reject", "550 5.7.10", "entry=ours entry=bank" },
	{ "no v: TLS is known, the peer is not", NULL, "<u@other.example>",
	    { VERIFIED, { "v", NULL }, { "mail_addr", "a@bank.example" } },
	    "defer", "451 4.3.5", "inbound=bank" },
	{ "no client_addr: nothing is known", NULL, "<u@bank.example>",
	    { { "client_addr", NULL } },
	    "defer", "451 4.3.5", "entry=bank" },
	{ "sendmail(1) crosses no hop", NULL, "u@bank.example",
	    { { "client_addr", "127.0.0.1" }, { "client_port", "0" },
	      { "rcpt_mailer", NULL } }, "pass", NULL, "entry=bank" },
	{ "no mailer, but a port: not sendmail(1)", NULL, "u@bank.example",
	    { { "client_addr", "127.0.0.1" }, { "rcpt_mailer", NULL } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "no mailer, but another host: not sendmail(1)", NULL,
	    "u@bank.example",
	    { { "client_port", "0" }, { "rcpt_mailer", NULL } },
	    "reject", "550 5.7.10", "entry=bank" },
	{ "sendmail -bs on a pipe crosses no hop", NULL, "<u@bank.example>",
	    { { "v", "8.17.1.9" }, { "client_addr", "0" },
	      { "client_port", "0" }, { "daemon_addr", NULL } },
	    "pass", NULL, "entry=bank" },
};
/* clang-format on */

static void
show_partners(const struct ruling *ruling, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ruling->count; i++) {
		const struct decision *d = &ruling->list[i];

		n += (size_t)snprintf(out + n, size - n, "%s%s=%.*s",
		    i > 0 ? " " : "", hop_name(d->hop),
		    SLICE_ARGS(d->partner));
	}
}

static void
decide(const struct policy *policy, size_t i, struct arena *a,
    struct ruling *ruling)
{
	struct request request = attempt_of(cases[i].sender,
	    cases[i].recipient, cases[i].macros, PAIRS);

	judge_recipient(policy, &request, a, ruling);
}

static void
a_recipient_is_judged_under_every_name_it_has(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_ENFORCE);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *a = arena_create(4096);
		struct ruling ruling;
		char shown[256];

		decide(&policy, i, a, &ruling);
		want_text(cases[i].label, "applied",
		    action_name(ruling.applied), cases[i].applied);
		show_partners(&ruling, shown, sizeof(shown));
		want_text(cases[i].label, "rules", shown, cases[i].partners);
		shown[0] = '\0';
		if (ruling.applied >= ACTION_DEFER)
			snprintf(shown, sizeof(shown), "%s %s",
			    ruling.reply->code, ruling.reply->enhanced);
		want_text(cases[i].label, "reply", shown,
		    cases[i].reply == NULL ? "" : cases[i].reply);
		arena_destroy(&a);
	}
	table_destroy(&policy.table);
}

static void
log_only_touches_nothing(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_LOG_ONLY);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		decide(&policy, i, a, &ruling);
		want_text(cases[i].label, "applied",
		    action_name(ruling.applied), "pass");
		for (size_t k = 0; k < ruling.count; k++)
			want_text(cases[i].label, "decision applied",
			    action_name(ruling.list[k].applied), "pass");
		arena_destroy(&a);
	}
	table_destroy(&policy.table);
}

/* A new row in log-only in addition to an enforcing "*", which still
 * applies. */
static void
a_rule_being_rolled_out_shadows_nothing(void **state ATTR_UNUSED)
{
	static const enum stage stages[] = { STAGE_LOG_ONLY, STAGE_TAG,
		STAGE_HOLD, STAGE_DEFER, STAGE_REJECT };

	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		struct policy p = { .settings = { .mode = MODE_ENFORCE } };
		struct request request = attempt_of(NULL, "<u@new.example>",
		    NULL, 0);
		struct arena *a = arena_create(4096);
		struct ruling ruling;
		unsigned n;

		p.table = table_create();
		n = add_partner(p.table, "new", NULL, rule_of(
		    table_arena(p.table), HOP_ENTRY, LEVEL_NONE, stages[i]),
		    NULL);
		claim(p.table, "new.example", n, TABLE_ALL_HOPS);
		n = add_partner(p.table, "all", NULL, rule_of(
		    table_arena(p.table), HOP_ENTRY, LEVEL_ENCRYPT,
		    STAGE_REJECT), NULL);
		claim(p.table, "*", n, TABLE_ALL_HOPS);
		table_seal(p.table);
		judge_recipient(&p, &request, a, &ruling);
		want_number(stage_name(stages[i]), "rules judged",
		    (long)ruling.count, stages[i] < STAGE_DEFER ? 2 : 1);
		want_text(stage_name(stages[i]), "applied",
		    action_name(ruling.applied),
		    stages[i] < STAGE_DEFER ? "reject" : "pass");
		arena_destroy(&a);
		table_destroy(&p.table);
	}
}

/* clang-format off */
static const struct {
	const char *label;
	int64_t now;
	struct pair macros[PAIRS];
	const char *recipient, *applied, *exception;
} times[] = {
	{ "before it begins", 999, { PLAIN }, "<u@bank.example>",
	    "reject", NULL },
	{ "alive", 1000, { PLAIN }, "<u@bank.example>", "pass",
	    "x1" },
	{ "its last second", 1999, { PLAIN }, "<u@bank.example>",
	    "pass", "x1" },
	{ "ended", 2000, { PLAIN }, "<u@bank.example>", "reject",
	    NULL },
	{ "no clock", 0, { PLAIN }, "<u@bank.example>", "reject",
	    NULL },
	{ "floor proven", 1500,
	    { TLS, { "mail_addr", "a@bank.example" } },
	    "<u@other.example>", "pass", "x2" },
	{ "floor not proven", 1500,
	    { { "mail_addr", "a@bank.example" } },
	    "<u@other.example>", "reject", NULL },
	{ "not needed", 1500,
	    { VERIFIED, { "mail_addr", "a@bank.example" } },
	    "<u@other.example>", "pass", NULL },
};
/* clang-format on */

static void
an_exception_ends_by_itself(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_ENFORCE);
	static const struct exception list[] = {
		{ .id = { "x1", 2 }, .partner = { "bank", 4 },
		    .hop = HOP_ENTRY, .floor = LEVEL_NONE, .from = 1000,
		    .until = 2000 },
		{ .id = { "x2", 2 }, .partner = { "bank", 4 },
		    .hop = HOP_INBOUND, .floor = LEVEL_ENCRYPT, .from = 1000,
		    .until = 2000 },
	};
	struct arena *state_arena = arena_create(1024);
	struct overlay overlay = { .exceptions = exceptions_index(list,
		COUNT_OF(list), state_arena) };

	policy.overlay = &overlay;
	policy.settings.exception_allow_plaintext = true;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		struct request request = attempt_of(NULL, times[i].recipient,
		    times[i].macros, PAIRS);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		request.now = times[i].now;
		judge_recipient(&policy, &request, a, &ruling);
		want_text(times[i].label, "applied",
		    action_name(ruling.applied), times[i].applied);
		want_slice(times[i].label, "exception",
		    ruling.list[0].exception, times[i].exception);
		arena_destroy(&a);
	}
	arena_destroy(&state_arena);
	table_destroy(&policy.table);
}

/* elsewhere = log: for a client that is known, and none of those listed. */
static void
mail_from_elsewhere_is_exempt_where_set(void **state ATTR_UNUSED)
{
	static const struct netrange office[] = {
		{ { 4, { 192, 0, 2 } }, 24 } };
	static const struct peer_group groups[] = {
		{ .client_count = 0 },
		{ .clients = office, .client_count = 1 } };
	static const struct {
		const char *label;
		struct netaddr client;
		size_t groups;
		enum elsewhere elsewhere;
		enum exempt wanted;
	} clients[] = {
		{ "elsewhere", { 4, { 198, 51, 100, 1 } }, 2, ELSEWHERE_LOG,
		    EXEMPT_ELSEWHERE },
		{ "a client listed", { 4, { 192, 0, 2, 1 } }, 2,
		    ELSEWHERE_LOG, EXEMPT_NONE },
		{ "not known", { 0, { 0 } }, 2, ELSEWHERE_LOG, EXEMPT_NONE },
		{ "no client listed", { 4, { 198, 51, 100, 1 } }, 1,
		    ELSEWHERE_LOG, EXEMPT_NONE },
		{ "not set", { 4, { 198, 51, 100, 1 } }, 2, ELSEWHERE_JUDGE,
		    EXEMPT_NONE },
	};

	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		struct rcpt_context context = { .client = clients[i].client };
		struct rule rule = { .elsewhere = clients[i].elsewhere,
			.demand = { .level = LEVEL_VERIFY, .peers = groups,
			    .peer_count = clients[i].groups } };

		want_number(clients[i].label, "exempt",
		    (long)exempt_of(&context, &rule,
			&rule.demand),
		    (long)clients[i].wanted);
	}
}

/* The MTA has taken the message: it can only wait. */
static void
what_was_accepted_is_never_refused(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_ENFORCE);
	static const struct pair null_sender[] = { { "mail_addr", "" } };

	policy.settings.null_sender_cap = ACTION_REJECT;
	for (size_t i = 0; i < 2; i++) {
		struct request request = attempt_of("<a@stranger.example>",
		    "<u@bank.example>", null_sender, i);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		judge_recipient(&policy, &request, a, &ruling);
		want_text("not yet accepted", "applied",
		    action_name(ruling.applied), "reject");
		want_number("the rule", "line",
		    (long)ruling.list[0].place.line, 1);
		request.accepted = true;
		judge_recipient(&policy, &request, a, &ruling);
		want_text("accepted", "applied", action_name(ruling.applied),
		    "defer");
		arena_destroy(&a);
	}
	table_destroy(&policy.table);
}

static void
mail_without_a_rule_is_recorded_where_set(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_ENFORCE);
	struct request request = attempt_of(NULL, "<u@other.example>", NULL,
	    0);
	struct arena *a = arena_create(4096);
	struct ruling ruling;

	policy.settings.scope = SCOPE_ALL;
	judge_recipient(&policy, &request, a, &ruling);
	want_number("scope all", "decisions", (long)ruling.count, 1);
	want_slice("scope all", "destination", ruling.list[0].destination,
	    "other.example");
	/* By the judge's time, and in the second that is named. */
	policy.settings.scope_until = 1000;
	request.now = 999;
	judge_recipient(&policy, &request, a, &ruling);
	want_number("before its end", "decisions", (long)ruling.count, 1);
	request.now = 1000;
	judge_recipient(&policy, &request, a, &ruling);
	want_number("at its end", "decisions", (long)ruling.count, 0);
	policy.settings.scope_until = 0;
	judge_recipient(&policy, &request, a, &ruling);
	want_number("without an end", "decisions", (long)ruling.count, 1);
	arena_destroy(&a);
	table_destroy(&policy.table);
}

static void
a_name_is_looked_up_once(void **state ATTR_UNUSED)
{
	static const struct pair pairs[] = {
		{ "rcpt_addr", "u@bank.example" },
		{ "rcpt_host", "bank.example" } };
	struct request request = attempt_of(NULL, "<u@bank.example>", pairs,
	    COUNT_OF(pairs));
	struct arena *a = arena_create(4096);
	struct settings settings = { .mode = MODE_ENFORCE };
	struct destinations names;

	destinations_of_recipient(&request, &settings, a, &names);
	want_number("typed, resolved, routed alike", "names",
	    (long)names.count, 2);
	arena_destroy(&a);
}

/* clang-format off */
static const struct {
	const char *label, *recipient;
	struct pair macros[PAIRS];
	const char *applied;
} names_under_star[] = {
	{ "a sender with a row", "<u@new.example>",
	    { { "mail_addr", "a@new.example" } }, "pass" },
	{ "a sender without", "<u@new.example>", { PLAIN }, "reject" },
	{ "a sender's empty label", "<u@new.example>",
	    { { "mail_addr", "a@bad..name" } }, "reject" },
	{ "a sender that does not convert", "<u@new.example>",
	    { { "mail_addr", "a@xn--a.example" } }, "reject" },
	{ "a sender's bare number", "<u@new.example>",
	    { { "mail_addr", "a@192.0.2.1" } }, "reject" },
	{ "a sender without a domain", "<u@new.example>",
	    { { "mail_addr", "a" } }, "reject" },
	{ "a sender that is not an address", "<u@new.example>",
	    { { "mail_addr", "a@\"b" } }, "reject" },
	{ "the null sender", "<u@new.example>",
	    { { "mail_addr", "" } }, "pass" },
	{ "a recipient resolved to what is no name", "<u%#x@new.example>",
	    { { "mail_addr", "" }, { "rcpt_addr", "u@#x" },
	      { "rcpt_host", "#x" } }, "defer" },
	{ "a bare recipient kept here", "<u>",
	    { { "mail_addr", "" }, { "rcpt_addr", "u" },
	      { "rcpt_host", "" } }, "defer" },
	{ "a recipient kept here", "<u@new.example>",
	    { { "mail_addr", "" }, { "rcpt_addr", "u" },
	      { "rcpt_host", "" } }, "pass" },
};
/* clang-format on */

/* "*" covers all other names, also a name that cannot be read. */
static void
a_name_that_cannot_be_read_gets_the_star_row(void **state ATTR_UNUSED)
{
	struct policy p = { .settings = { .mode = MODE_ENFORCE,
		.null_sender_cap = ACTION_DEFER } };
	struct arena *rules;
	unsigned n;

	p.table = table_create();
	rules = table_arena(p.table);
	n = add_partner(p.table, "new",
	    rule_of(rules, HOP_INBOUND, LEVEL_NONE, STAGE_REJECT),
	    rule_of(rules, HOP_ENTRY, LEVEL_NONE, STAGE_REJECT), NULL);
	claim(p.table, "new.example", n, TABLE_ALL_HOPS);
	n = add_partner(p.table, "all",
	    rule_of(rules, HOP_INBOUND, LEVEL_ENCRYPT, STAGE_REJECT),
	    rule_of(rules, HOP_ENTRY, LEVEL_ENCRYPT, STAGE_REJECT), NULL);
	claim(p.table, "*", n, TABLE_ALL_HOPS);
	table_seal(p.table);
	for (size_t i = 0; i < COUNT_OF(names_under_star); i++) {
		struct request request = attempt_of(NULL,
		    names_under_star[i].recipient, names_under_star[i].macros,
		    PAIRS);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		judge_recipient(&p, &request, a, &ruling);
		want_text(names_under_star[i].label, "applied",
		    action_name(ruling.applied), names_under_star[i].applied);
		arena_destroy(&a);
	}
	table_destroy(&p.table);
}

/* A sender without a domain is one of a domain that we serve, whichever of its
 * two forms the MTA shows. */
static void
a_bare_sender_is_in_a_served_domain(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *typed;
		struct pair macros[PAIRS];
		const char *applied;
	} senders[] = {
		{ "typed and resolved", "<chief>",
		    { { "mail_addr", "chief" } }, "reject" },
		{ "typed alone", "<chief>", { { "mail_addr", NULL } },
		    "reject" },
		{ "resolved alone", NULL, { { "mail_addr", "chief" } },
		    "reject" },
		{ "somebody else", NULL, { { "mail_addr", "clerk" } },
		    "pass" },
	};
	static const struct slice served[] = { SLICE("corp.example") };
	struct policy p = { .settings = { .mode = MODE_ENFORCE,
		.served_domains = { served, 1 } } };

	p.table = table_create();
	claim(p.table, "chief@corp.example", add_partner(p.table, "chief",
	    rule_of(table_arena(p.table), HOP_INBOUND, LEVEL_ENCRYPT,
		STAGE_REJECT), NULL, NULL), TABLE_ADDRESS);
	table_seal(p.table);
	for (size_t i = 0; i < COUNT_OF(senders); i++) {
		struct request request = attempt_of(senders[i].typed,
		    "<u@other.example>", senders[i].macros, PAIRS);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		judge_recipient(&p, &request, a, &ruling);
		want_text(senders[i].label, "applied",
		    action_name(ruling.applied), senders[i].applied);
		arena_destroy(&a);
	}
	table_destroy(&p.table);
}

/* An exception for one key, and mail that finds the partner by two keys. */
static void
an_exception_is_for_its_own_key(void **state ATTR_UNUSED)
{
	struct policy policy = a_policy(MODE_ENFORCE);
	static const struct exception list[] = {
		{ .id = { "x1", 2 }, .partner = { "bank", 4 },
		    .hop = HOP_ENTRY, .floor = LEVEL_NONE,
		    .key = { "bank.example", 12 }, .from = 1000,
		    .until = 2000 },
	};
	static const struct {
		const char *label, *recipient, *resolved, *applied;
	} keys[] = {
		{ "the key alone", "<u@bank.example>", "u@bank.example",
		    "pass" },
		{ "another key", "<u@a.bank.example>", "u@a.bank.example",
		    "reject" },
		{ "resolved to another key", "<u@bank.example>",
		    "u@a.bank.example", "reject" },
		{ "typed under another key", "<u@a.bank.example>",
		    "u@bank.example", "reject" },
	};
	struct arena *state_arena = arena_create(1024);
	struct overlay overlay = { .exceptions = exceptions_index(list,
		COUNT_OF(list), state_arena) };

	policy.overlay = &overlay;
	policy.settings.exception_allow_plaintext = true;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct pair pairs[] = { { "rcpt_addr", keys[i].resolved } };
		struct request request = attempt_of(NULL, keys[i].recipient,
		    pairs, 1);
		struct arena *a = arena_create(4096);
		struct ruling ruling;

		request.now = 1500;
		judge_recipient(&policy, &request, a, &ruling);
		want_text(keys[i].label, "applied",
		    action_name(ruling.applied), keys[i].applied);
		arena_destroy(&a);
	}
	arena_destroy(&state_arena);
	table_destroy(&policy.table);
}

/* It was granted before the partner gained "*". */
static void
no_exception_is_for_everybody(void **state ATTR_UNUSED)
{
	static const struct exception list[] = {
		{ .id = { "x1", 2 }, .partner = { "all", 3 },
		    .hop = HOP_ENTRY, .floor = LEVEL_NONE, .from = 1000,
		    .until = 2000 },
	};
	struct arena *state_arena = arena_create(1024);
	struct arena *a = arena_create(4096);
	struct overlay overlay = { .exceptions = exceptions_index(list,
		COUNT_OF(list), state_arena) };
	struct policy p = { .settings = { .mode = MODE_ENFORCE,
		.exception_allow_plaintext = true }, .overlay = &overlay };
	struct request request = attempt_of(NULL, "<u@any.example>", NULL, 0);
	struct ruling ruling;
	unsigned n;

	p.table = table_create();
	n = add_partner(p.table, "all", NULL, rule_of(table_arena(p.table),
	    HOP_ENTRY, LEVEL_ENCRYPT, STAGE_REJECT), NULL);
	claim(p.table, "*", n, TABLE_ALL_HOPS);
	table_seal(p.table);
	request.now = 1500;
	judge_recipient(&p, &request, a, &ruling);
	want_text("under *", "applied", action_name(ruling.applied),
	    "reject");
	arena_destroy(&a);
	arena_destroy(&state_arena);
	table_destroy(&p.table);
}

/* ---- routes that the MTA did not show ---- */

static struct finding
route_of(const struct policy *policy, const struct pair *pairs,
    const char *key)
{
	struct request request = attempt_of(NULL, "<u@bank.example>", pairs,
	    PAIRS);
	struct row row;

	assert_true(table_exact(policy->table, slice_of(key), &row));
	return route_decide(policy, &request,
	    row.partner->rules[HOP_OUTBOUND], row.key,
	    &row.partner->rules[HOP_OUTBOUND]->demand);
}

/* "*", a partner, and two relays of which one asks less. */
static struct policy
routed_policy(void)
{
	static const struct {
		const char *name, *key;
		enum level level;
	} rows[] = {
		{ "bank", "bank.example", LEVEL_VERIFY },
		{ "good", "[good.example]", LEVEL_VERIFY },
		{ "weak", "[weak.example]", LEVEL_ENCRYPT },
		{ "filter", "[127.0.0.1]:10024", LEVEL_NONE },
		{ "rest", "*", LEVEL_ENCRYPT },
	};
	struct policy p = { .settings = { .mode = MODE_ENFORCE,
		.unlisted_routes = UNLISTED_LOG } };

	p.table = table_create();
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		claim(p.table, rows[i].key, add_partner(p.table, rows[i].name,
		    NULL, NULL, rule_of(table_arena(p.table), HOP_OUTBOUND,
			rows[i].level, STAGE_REJECT)), TABLE_ALL_HOPS);
	table_seal(p.table);
	return p;
}

/* clang-format off */
static const struct {
	const char *label, *key;
	struct pair macros[PAIRS];
	const char *verdict;
} routes[] = {
	{ "none", "bank.example", { PLAIN }, "undecided" },
	{ "empty", "bank.example", { { "rcpt_host", "" } },
	    "undecided" },
	{ "neither host nor mailer: sendmail(1)", "bank.example",
	    { { "rcpt_mailer", NULL } }, "undecided" },
	{ "under \"*\" no relay is without a row", "*",
	    { { "rcpt_mailer", NULL } }, "pass" },
	{ "local to Sendmail, whatever its mailer", "bank.example",
	    { { "rcpt_host", "" }, { "rcpt_addr", "u" },
	      { "rcpt_mailer", "cyrus" } }, "pass" },
	{ "local, but the host is absent", "bank.example",
	    { { "rcpt_addr", "u" }, { "rcpt_mailer", "cyrus" } },
	    "undecided" },
	{ "delivered nowhere", "bank.example",
	    { { "rcpt_host", "4.0.0 later" },
	      { "rcpt_mailer", "retry" } }, "pass" },
	{ "the partner's own", "bank.example",
	    { { "rcpt_host", "bank.example" } }, "pass" },
	{ "a relay that asks less", "bank.example",
	    { { "rcpt_host", "[weak.example]" } }, "fail" },
	{ "one that cannot be read", "bank.example",
	    { { "rcpt_host", "no host" } }, "undecided" },
	{ "under \"*\" too", "*", { { "rcpt_host", "no host" } },
	    "undecided" },
	{ "the second cannot be read", "bank.example",
	    { { "rcpt_host", "[good.example], [a" } }, "undecided" },
	{ "one cannot be read, one asks less", "bank.example",
	    { { "rcpt_host", "[a, [weak.example]" } }, "fail" },
	{ "a parent is no next hop", "bank.example",
	    { { "rcpt_host", ".example" } }, "undecided" },
	{ "a socket crosses no wire", "bank.example",
	    { { "rcpt_host", "unix:private/lmtp" },
	      { "rcpt_mailer", "lmtp" } }, "pass" },
	{ "loopback is no partner's", "bank.example",
	    { { "rcpt_host", "[127.0.0.1]:24" } }, "fail" },
	{ "until a row names it", "bank.example",
	    { { "rcpt_host", "[127.0.0.1]:10024" } }, "pass" },
	{ "nor does \"*\" ask anything there", "*",
	    { { "rcpt_host", "[127.0.0.1]:24" } }, "pass" },
};
/* clang-format on */

static void
a_route_that_is_not_shown_is_undecided(void **state ATTR_UNUSED)
{
	struct policy policy = routed_policy();

	for (size_t i = 0; i < COUNT_OF(routes); i++) {
		struct finding found = route_of(&policy, routes[i].macros,
		    routes[i].key);

		want_text(routes[i].label, "verdict",
		    verdict_name(found.verdict), routes[i].verdict);
		if (found.verdict == VERDICT_UNDECIDED)
			want_text(routes[i].label, "reason",
			    reason_name(found.reason), "route-unknown");
	}
	table_destroy(&policy.table);
}

static void
smarthosts_decide_a_route_that_is_not_shown(void **state ATTR_UNUSED)
{
	static const struct slice good[] = { { "[good.example]", 14 } };
	static const struct slice both[] = { { "[good.example]", 14 },
		{ "[weak.example]", 14 } };
	static const struct pair none[PAIRS] = { { "rcpt_mailer", NULL } };
	static const struct {
		const char *label;
		struct words smarthosts;
		bool given;
		const char *verdict;
	} cases_of[] = {
		{ "not set", { NULL, 0 }, false, "undecided" },
		{ "none: the site sends directly", { NULL, 0 }, true, "pass" },
		{ "a relay that covers it", { good, 1 }, true, "pass" },
		{ "one of two does not", { both, 2 }, true, "undecided" },
	};
	struct policy policy = routed_policy();

	for (size_t i = 0; i < COUNT_OF(cases_of); i++) {
		policy.settings.smarthosts = cases_of[i].smarthosts;
		policy.settings.smarthosts_given = cases_of[i].given;
		want_text(cases_of[i].label, "verdict", verdict_name(
		    route_of(&policy, none, "bank.example").verdict),
		    cases_of[i].verdict);
	}
	table_destroy(&policy.table);
}

/* Postfix reads a file that has fewer forms of a next hop than the map. */
static void
a_route_that_a_static_map_misses_is_uncovered(void **state ATTR_UNUSED)
{
	static const struct {
		const char *route;
		const char *live, *file;        /* the verdict with each */
	} hops[] = {
		{ "bank.example", "pass", "pass" },
		{ "BANK.Example", "pass", "pass" },
		{ "[bank.example]", "pass", "pass" },
		{ "bank.example:26", "pass", "fail" },
		{ "bank.example.", "pass", "fail" },
		{ "\xef\xbd\x82" "ank.example", "pass", "fail" },
		{ "[good.example]", "pass", "pass" },
		{ "[good.example]:26", "fail", "fail" },
		{ "[127.0.0.1]:10024", "pass", "pass" },
	};
	struct policy policy = routed_policy();

	for (size_t i = 0; i < COUNT_OF(hops); i++) {
		struct pair macros[PAIRS] = { { "rcpt_host",
			hops[i].route } };

		policy.settings.map_static = SLICE_NONE;
		want_text(hops[i].route, "verdict with the map", verdict_name(
		    route_of(&policy, macros, "bank.example").verdict),
		    hops[i].live);
		policy.settings.map_static = SLICE("/m/o.cdb");
		want_text(hops[i].route, "verdict with a file", verdict_name(
		    route_of(&policy, macros, "bank.example").verdict),
		    hops[i].file);
	}
	table_destroy(&policy.table);
}

/* Never one recipient, which Postfix would try again for ever. */
static void
mail_of_sendmail_waits_as_a_whole(void **state ATTR_UNUSED)
{
	static const struct pair submitted[PAIRS] = {
		{ "client_addr", "127.0.0.1" }, { "client_port", "0" },
		{ "rcpt_mailer", NULL } };
	struct policy policy = routed_policy();
	struct request request = attempt_of(NULL, "u@bank.example", submitted,
	    PAIRS);
	struct arena *a = arena_create(4096);
	struct ruling ruling;

	judge_recipient(&policy, &request, a, &ruling);
	want_text("sendmail(1)", "applied", action_name(ruling.applied),
	    "defer");
	want_number("sendmail(1)", "at the end", ruling.at_end, true);
	want_text("sendmail(1)", "reply", ruling.reply->enhanced, "4.3.5");
	arena_destroy(&a);
	table_destroy(&policy.table);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_recipient_is_judged_under_every_name_it_has),
	cmocka_unit_test(log_only_touches_nothing),
	cmocka_unit_test(a_rule_being_rolled_out_shadows_nothing),
	cmocka_unit_test(a_route_that_is_not_shown_is_undecided),
	cmocka_unit_test(smarthosts_decide_a_route_that_is_not_shown),
	cmocka_unit_test(a_route_that_a_static_map_misses_is_uncovered),
	cmocka_unit_test(mail_of_sendmail_waits_as_a_whole),
	cmocka_unit_test(an_exception_ends_by_itself),
	cmocka_unit_test(mail_from_elsewhere_is_exempt_where_set),
	cmocka_unit_test(what_was_accepted_is_never_refused),
	cmocka_unit_test(mail_without_a_rule_is_recorded_where_set),
	cmocka_unit_test(a_name_is_looked_up_once),
	cmocka_unit_test(a_name_that_cannot_be_read_gets_the_star_row),
	cmocka_unit_test(a_bare_sender_is_in_a_served_domain),
	cmocka_unit_test(an_exception_is_for_its_own_key),
	cmocka_unit_test(no_exception_is_for_everybody),
};

RUN_TESTS(tests)
