/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/explain/remedy_words.h"
#include "tests/made.h"

/* What an administrator reads, word for word: the advice names what is wrong
 * and nothing else. tests/test_remedy_walk.c follows it. */

static const struct slice mx[] = { SLICE("mx.bank.example") };
static const struct slice below[] = { SLICE(".bank.example") };
static const struct slice dn[] = { SLICE("/O=Bank/CN=mx.bank.example") };
static const struct slice ca[] = { SLICE("/CN=Bank CA") };
static const struct slice prints[] = { SLICE("sha256:00") };
static const struct slice logins[] = { SLICE("bank") };
static const struct netrange range[] = { { { 4, { 198, 51, 100, 0 } }, 24 } };

#define ONE(list) { list, 1 }

static const struct peer_group named[] = { { .names = ONE(mx) } };
static const struct peer_group named_below[] = { { .names = ONE(below) } };
static const struct peer_group subject[] = { { .subjects = ONE(dn) } };
static const struct peer_group issued[] = { { .issuers = ONE(ca) } };
static const struct peer_group printed[] = { { .fingerprints = ONE(prints) } };
static const struct peer_group logged_in[] = { { .logins = ONE(logins) } };
static const struct peer_group whole[] = {
	{ .subjects = ONE(dn), .issuers = ONE(ca) } };
static const struct peer_group here[] = {
	{ .clients = range, .client_count = 1 } };
static const struct peer_group name_or_login[] = {
	{ .names = ONE(mx) }, { .logins = ONE(logins) } };
static const struct peer_group login_or_name[] = {
	{ .logins = ONE(logins) }, { .names = ONE(mx) } };
static const struct peer_group here_or_login[] = {
	{ .clients = range, .client_count = 1 }, { .logins = ONE(logins) } };

#define PEERS(groups) .peers = groups, .peer_count = COUNT_OF(groups)
#define VERIFY(groups) { .level = LEVEL_VERIFY, PEERS(groups) }
#define FACT(text) { PROOF_PRESENT, SLICE(text) }
#define NO_FACT { .proof = PROOF_ABSENT }
#define CLIENT .client = { 4, { 192, 0, 2, 7 } }

/* A session by TLS 1.2, without a certificate or a login. */
#define TLS .source = SOURCE_MACROS, .tls = PROOF_PRESENT, \
	.version = TLS_1_2, .version_text = SLICE("TLSv1.2")
#define NOBODY TLS, .verified = PROOF_ABSENT, .peer = NO_FACT, \
	.subject = NO_FACT, .issuer = NO_FACT, .fingerprint = NO_FACT
#define VERIFIED TLS, .verified = PROOF_PRESENT, .login = NO_FACT
#define OTHER VERIFIED, .peer = FACT("mx.other.example"), \
	.subject = FACT("/O=Other/CN=mx.other.example"), \
	.issuer = FACT("/CN=Other CA")
#define FIELD .source = SOURCE_RECEIVED, CLIENT

/* clang-format off */
static const struct words_case {
	const char *label;
	enum mta mta;
	const char *version;            /* v; NULL: not sent */
	bool recorded;
	enum hop hop;
	struct demand demand;
	struct evidence e;
	const char *words;
} cases[] = {
	{ "plaintext", MTA_POSTFIX, "Postfix 3.7.11", false, HOP_ENTRY,
	    { .level = LEVEL_ENCRYPT },
	    { CLIENT, .source = SOURCE_MACROS, .tls = PROOF_ABSENT },
	    "TLS (the client must use STARTTLS)" },
	{ "an unknown MTA hides whether it is plaintext", MTA_UNKNOWN,
	    "Mailer", false, HOP_ENTRY, { .level = LEVEL_ENCRYPT },
	    { CLIENT, .source = SOURCE_MACROS, .tls = PROOF_UNKNOWN },
	    "set milter.mta to \"postfix\" or \"sendmail\", whichever the MTA "
	    "is: it is not recognised by its macro v, \"Mailer\", TLS (the "
	    "client must use STARTTLS)" },
	{ "one that does not say what it is, either", MTA_UNKNOWN, NULL,
	    false, HOP_ENTRY, { .level = LEVEL_ENCRYPT },
	    { CLIENT, .source = SOURCE_MACROS, .tls = PROOF_UNKNOWN },
	    "set milter.mta to \"postfix\" or \"sendmail\", whichever the MTA "
	    "is, and let it send the macro v: it is not recognised, TLS (the "
	    "client must use STARTTLS)" },
	{ "an unknown MTA shows TLS, too old", MTA_UNKNOWN, "Mailer", false,
	    HOP_ENTRY,
	    { .level = LEVEL_ENCRYPT, .floor[FLOOR_TLS] = TLS_1_3 },
	    { CLIENT, TLS },
	    "TLS 1.3 or later" },
	{ "a subject that was cut in a record", MTA_SENDMAIL, "8.17.1", true,
	    HOP_ENTRY, VERIFY(subject),
	    { CLIENT, VERIFIED, .issuer = FACT("/CN=x") },
	    "a certificate whose subject is shorter than 255 octets, a "
	    "certificate with the subject /O=Bank/CN=mx.bank.example; or, if "
	    "this peer is theirs, add a group to peers of the rule at "
	    "t.conf:3: { issuers = [ \"/CN=x\" ]; clients = [ \"192.0.2.7\" ]; "
	    "} (keys beside peers move into a group of their own)" },
	{ "a name that was cut with it", MTA_SENDMAIL, "8.17.1", true,
	    HOP_ENTRY, VERIFY(named), { CLIENT, VERIFIED },
	    "a certificate whose subject is shorter than 255 octets, a "
	    "certificate with the common name mx.bank.example (the CN; a "
	    "milter does not see alternative names)" },
	{ "a name that did not come", MTA_SENDMAIL, "8.17.1", true, HOP_ENTRY,
	    VERIFY(named), { CLIENT, VERIFIED, .subject = FACT("/O=Bank") },
	    "the MTA must send the macro {cn_subject}, a certificate with the "
	    "common name mx.bank.example (the CN; a milter does not see "
	    "alternative names); or, if this peer is theirs, add a group to "
	    "peers of the rule at t.conf:3: { subjects = [ \"/O=Bank\" ]; } "
	    "(keys beside peers move into a group of their own)" },
	{ "an issuer that did not come", MTA_SENDMAIL, "8.17.1", true,
	    HOP_ENTRY, VERIFY(issued),
	    { CLIENT, VERIFIED, .subject = FACT("/O=Bank") },
	    "the MTA must send the macro {cert_issuer}, a certificate issued "
	    "by /CN=Bank CA; or, if this peer is theirs, add a group to peers "
	    "of the rule at t.conf:3: { subjects = [ \"/O=Bank\" ]; } (keys "
	    "beside peers move into a group of their own)" },
	{ "the right subject of another authority", MTA_SENDMAIL, "8.17.1",
	    true, HOP_ENTRY, VERIFY(whole), { CLIENT, VERIFIED,
	    .subject = FACT("/O=Bank/CN=mx.bank.example"),
	    .peer = FACT("mx.bank.example"),
	    .issuer = FACT("/CN=Other CA") },
	    "a certificate issued by /CN=Bank CA; or, if this peer is theirs, "
	    "add \"/CN=Other CA\" to issuers of the rule at "
	    "t.conf:3" },
	{ "another name", MTA_POSTFIX, "Postfix 3.7.11", false, HOP_ENTRY,
	    VERIFY(named), { CLIENT, OTHER },
	    "a certificate with the common name mx.bank.example (the CN; a "
	    "milter does not see alternative names); or, if this peer is "
	    "theirs, add \"mx.other.example\" to names of the rule at "
	    "t.conf:3" },
	{ "another name, by too old a TLS", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_ENTRY, { .level = LEVEL_VERIFY, PEERS(named),
	    .floor[FLOOR_TLS] = TLS_1_3 }, { CLIENT, OTHER },
	    "TLS 1.3 or later, a certificate with the common name "
	    "mx.bank.example (the CN; a milter does not see alternative "
	    "names)" },
	{ "no certificate, any host below", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_ENTRY, VERIFY(named_below),
	    { CLIENT, NOBODY, .login = NO_FACT },
	    "a client certificate that the MTA asks for and verifies "
	    "(smtpd_tls_ask_ccert = yes, and its authority in "
	    "smtpd_tls_CAfile), with the common name of a host below "
	    ".bank.example (the CN; a milter does not see alternative names)" },
	{ "no certificate, a subject", MTA_SENDMAIL, "8.17.1", false,
	    HOP_ENTRY, VERIFY(subject), { CLIENT, NOBODY, .login = NO_FACT },
	    "a client certificate that the MTA asks for and verifies (its "
	    "authority in confCACERT), with the subject "
	    "/O=Bank/CN=mx.bank.example" },
	{ "a name that is no host's", MTA_SENDMAIL, "8.17.1", true, HOP_ENTRY,
	    VERIFY(named), { CLIENT, VERIFIED, .peer = FACT("The Bank"),
	    .subject = FACT("/CN=The Bank"), .issuer = FACT("/CN=Bank CA") },
	    "a certificate with the common name mx.bank.example (the CN; a "
	    "milter does not see alternative names); or, if this peer is "
	    "theirs, add a group to peers of the rule at t.conf:3: { subjects "
	    "= [ \"/CN=The Bank\" ]; } (keys beside peers move into a group of "
	    "their own)" },
	{ "no name at all, but an authority", MTA_SENDMAIL, "8.17.1", true,
	    HOP_ENTRY, VERIFY(named), { CLIENT, VERIFIED, .peer = NO_FACT,
	    .subject = NO_FACT, .issuer = FACT("/CN=Bank CA") },
	    "a certificate with the common name mx.bank.example (the CN; a "
	    "milter does not see alternative names); or, if this peer is "
	    "theirs, add a group to peers of the rule at t.conf:3: { issuers = "
	    "[ \"/CN=Bank CA\" ]; clients = [ \"192.0.2.7\" ]; } (keys beside "
	    "peers move into a group of their own)" },
	{ "a fingerprint by MD5", MTA_SENDMAIL, "8.17.1", true, HOP_ENTRY,
	    VERIFY(printed), { CLIENT, OTHER, .fingerprint = FACT("md5:00") },
	    "the MTA must report fingerprints by sha256 "
	    "(confCERT_FINGERPRINT_ALGORITHM); or, if this peer is theirs, add "
	    "a group to peers of the rule at t.conf:3: { subjects = [ "
	    "\"/O=Other/CN=mx.other.example\" ]; } (keys beside peers move "
	    "into a group of their own)" },
	{ "another fingerprint", MTA_SENDMAIL, "8.17.1", true, HOP_ENTRY,
	    VERIFY(printed),
	    { CLIENT, OTHER, .fingerprint = FACT("sha256:ff") },
	    "a certificate with the fingerprint sha256:00; or, if this peer is "
	    "theirs, add \"sha256:ff\" to fingerprints of the rule at "
	    "t.conf:3" },
	{ "no certificate, or another login", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_ENTRY, VERIFY(name_or_login),
	    { CLIENT, NOBODY, .login = FACT("other") },
	    "a login as bank; or, if this peer is theirs, add a group to peers "
	    "of the rule at t.conf:3: { logins = [ \"other\" ]; }" },
	{ "no login, or a certificate without a name", MTA_POSTFIX,
	    "Postfix 3.7.11", false, HOP_ENTRY, VERIFY(login_or_name),
	    { CLIENT, VERIFIED, .peer = NO_FACT, .subject = NO_FACT,
	    .issuer = FACT("/CN=x") },
	    "a certificate with the common name mx.bank.example (the CN; a "
	    "milter does not see alternative names); or, if this peer is "
	    "theirs, add a group to peers of the rule at t.conf:3: { issuers = "
	    "[ \"/CN=x\" ]; clients = [ \"192.0.2.7\" ]; }" },
	{ "another address, or no login", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_ENTRY, VERIFY(here_or_login),
	    { CLIENT, NOBODY, .login = NO_FACT },
	    "from an address in 198.51.100.0/24; or, if this peer is theirs, "
	    "add a group to peers of the rule at t.conf:3: { clients = [ "
	    "\"192.0.2.7\" ]; }" },
	{ "another address", MTA_POSTFIX, "Postfix 3.7.11", false, HOP_ENTRY,
	    { .level = LEVEL_ENCRYPT, PEERS(here) },
	    { CLIENT, NOBODY, .login = NO_FACT },
	    "from an address in 198.51.100.0/24; or, if this peer is theirs, "
	    "add \"192.0.2.7\" to clients of the rule at "
	    "t.conf:3" },
	{ "an address that is not known, and a certificate", MTA_SENDMAIL,
	    "8.17.1", true, HOP_ENTRY,
	    { .level = LEVEL_ENCRYPT, PEERS(here) }, { OTHER },
	    "from an address in 198.51.100.0/24" },
	{ "no login, and a certificate where none is asked", MTA_SENDMAIL,
	    "8.17.1", true, HOP_ENTRY,
	    { .level = LEVEL_ENCRYPT, PEERS(logged_in) }, { CLIENT, OTHER },
	    "a login as bank" },
	{ "plaintext into an own relay", MTA_POSTFIX, "Postfix 3.7.11", false,
	    HOP_ENTRY, { .level = LEVEL_ENCRYPT },
	    { FIELD, .tls = PROOF_ABSENT },
	    "TLS (the client must use STARTTLS)" },
	{ "a relay's field shows no TLS", MTA_POSTFIX, "Postfix 3.7.11", false,
	    HOP_ENTRY, { .level = LEVEL_ENCRYPT },
	    { FIELD, .tls = PROOF_UNKNOWN },
	    "the own relay must show in its Received field how its client "
	    "connected (Postfix: smtpd_tls_received_header = yes), TLS (the "
	    "client must use STARTTLS); or run enforcetlsd on the own relay, "
	    "and set judged = true for it in own_relays" },
	{ "a relay's field shows no login", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_ENTRY, VERIFY(logged_in),
	    { FIELD, .tls = PROOF_PRESENT, .login = NO_FACT },
	    "run enforcetlsd on the own relay, and set judged = true for it in "
	    "own_relays" },
	{ "plaintext between own relays", MTA_POSTFIX, "Postfix 3.7.11",
	    false, HOP_EARLIER, { .level = LEVEL_ENCRYPT },
	    { FIELD, .tls = PROOF_ABSENT },
	    "the own relay 192.0.2.7 must send it on with TLS" },
};
/* clang-format on */

static void
the_advice_is_what_is_wrong(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(65536);
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, NULL, 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct words_case *c = &cases[i];
		const struct rule rule = { .hop = c->hop,
			.demand = c->demand, .stage = STAGE_REJECT,
			.place = { "t.conf", 3 } };
		struct evidence e = c->e;
		struct decision d = { .hop = c->hop, .rule = &rule,
			.demand = &rule.demand, .proof = &e,
			.partner = SLICE("bank") };
		struct request request = { .mta = c->mta,
			.measured = c->recorded ? &e : NULL };

		e.mta = c->mta;
		request.macros.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
		request.macros.value[MACRO_MTA_VERSION] =
		    slice_of(c->version);
		d.finding = verdict_decide(&rule.demand, &e);
		want_that(c->label, "does not pass",
		    d.finding.verdict != VERDICT_PASS);
		want_text(c->label, "remedy", remedy_of(&policy, &request, &d,
		    a), c->words);
	}
	made_clear(&policy);
	arena_destroy(&a);
}

/* A row of a profile has no name: its key names it. */
static void
a_next_hop_is_named_by_who_has_it(void **state ATTR_UNUSED)
{
	static const struct made_row rows[] = {
		{ "bank", "bank.example", .outbound = { MADE(VERIFY, REJECT),
			.names = "mx.bank.example" } },
		{ "relay", "[relay.example]", MADE_NEXT_HOP,
		    .outbound = { MADE(ENCRYPT, REJECT) } },
		{ NULL, "[nameless.example]", MADE_NEXT_HOP,
		    .outbound = { MADE(ENCRYPT, REJECT) } },
	};
	static const struct {
		const char *host, *words;
	} hops[] = {
		{ "[relay.example]", "relay, which has the next hop, must ask "
		    "as much in its outbound rule at t.conf:6: verify "
		    "names=mx.bank.example" },
		{ "[nameless.example]", "[nameless.example], which has the "
		    "next hop, must ask as much in its outbound rule at "
		    "t.conf:7: verify names=mx.bank.example" },
		{ "[free.example]", "no row covers the next hop "
		    "\"[free.example]\" as strictly: give bank next_hops = [ "
		    "\"[free.example]\" ]" },
	};
	struct arena *a = arena_create(4096);
	struct policy policy;
	struct row row;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	assert_true(table_exact(policy.table, SLICE("bank.example"), &row));
	for (size_t i = 0; i < COUNT_OF(hops); i++) {
		const struct rule *rule = row.partner->rules[HOP_OUTBOUND];
		struct decision d = { .hop = HOP_OUTBOUND, .rule = rule,
			.demand = &rule->demand,
			.partner = SLICE("bank"), .destination = row.key,
			.finding = { VERDICT_FAIL, REASON_ROUTE_UNCOVERED } };
		struct request request = { .mta = MTA_POSTFIX };

		request.macros.value[MACRO_RCPT_HOST] = slice_of(hops[i].host);
		want_text(hops[i].host, "remedy", remedy_of(&policy, &request,
		    &d, a), hops[i].words);
	}
	made_clear(&policy);
	arena_destroy(&a);
}

#define STAGE_WORDS "enforcetls stage 'bank' entry reject --reason WHY: the " \
	"stage was set for what the rule at t.conf:3 demanded then, and that " \
	"goes on acting until a stage is set for what it demands now"

/* The stage is for what the rule demands after the other step, so it comes
 * then; alone it follows nothing. */
static void
a_stage_is_set_after_the_rule_is_changed(void **state ATTR_UNUSED)
{
	static const struct partner bank = { .name = SLICE("bank") };
	static const struct rule rule = { .hop = HOP_ENTRY, .partner = &bank,
		.place = { "t.conf", 3 } };
	static const struct remedy_step stage = { .what = REMEDY_STAGE,
		.value = STAGE_REJECT, .rule = &rule };
	static const struct remedy_step add = { .what = REMEDY_ADD,
		.key = "logins", .text = SLICE("ann"), .rule = &rule,
		.place = { "t.conf", 3 } };
	struct remedy alone = { .ways = { { { stage }, 1 } }, .count = 1 };
	struct remedy both = { .ways = { { { add, stage }, 2 } }, .count = 1 };
	struct arena *a = arena_create(4096);

	want_text("alone", "words", remedy_words(&alone, MTA_POSTFIX, a),
	    STAGE_WORDS);
	want_text("after a change", "words",
	    remedy_words(&both, MTA_POSTFIX, a), "if this peer is theirs, add "
	    "\"ann\" to logins of the rule at t.conf:3, and then "
	    STAGE_WORDS);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_next_hop_is_named_by_who_has_it),
	cmocka_unit_test(the_advice_is_what_is_wrong),
	cmocka_unit_test(a_stage_is_set_after_the_rule_is_changed),
};

RUN_TESTS(tests)
