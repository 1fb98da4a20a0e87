/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every row of the tables of keys is used: `enforcetls check` reads and shows a
 * value that is not the default. enforcetls.conf(5) has an item for the key
 * with its default, its range and each word that it accepts. A new row fails
 * here until it has a value below and its words in the manual.
 */
#include "config.h"

#include "conf/file/network.h"
#include "conf/file/partners.h"
#include "conf/file/services.h"
#include "conf/file/rule.h"
#include "conf/file/takes.h"
#include "conf/file/toplevel.h"
#include "conf/syntax/field.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/request.h"
#include "tests/reading.h"

enum { OUTPUT = 8192 };

#define MODE "format = 1;\nmode = \"log-only\";\n"
#define PARTNER(keys) MODE "partners = ( { name = \"p\"; " keys " } );\n"
#define SERVICE(keys) MODE "services = ( { name = \"s\"; " keys " } );\n"
#define IN "inbound = { level = \"encrypt\"; stage = \"defer\"; };"
#define DOMAINS "domains = \"p.example\"; "
#define INBOUND(keys) \
	PARTNER(DOMAINS "inbound = { stage = \"defer\"; " keys " };")
#define OUTBOUND(keys) \
	PARTNER(DOMAINS "outbound = { stage = \"defer\"; " keys " };")
#define VERIFY "level = \"verify\"; "
#define ENCRYPT "level = \"encrypt\"; "

/* A file that sets the key to another value than its default, and what check
 * prints of it. check prints this of no file without the key. */
struct sample {
	const char *key;                /* with its section before it */
	const char *file;
	const char *shown;
};

/* clang-format off */
static const struct sample samples[] = {
	{ "format", MODE, "mode log-only" },
	{ "mode", "format = 1;\nmode = \"enforce\";\n", "mode enforce\n" },
	{ "milter.listen", MODE "milter = { listen = \"unix:/m\"; };\n",
	    "  milter.listen        unix:/m\n" },
	{ "milter.group",
	    MODE "milter = { listen = \"unix:/m\"; group = \"mail\"; };\n",
	    " unix:/m group=mail\n" },
	{ "milter.socket_mode",
	    MODE "milter = { listen = \"unix:/m\"; socket_mode = \"600\"; };\n",
	    " unix:/m mode=0600\n" },
	{ "milter.mta",
	    MODE "milter = { listen = \"unix:/m\"; mta = \"postfix\"; };\n",
	    "  milter.mta           postfix\n" },
	{ "milter.max_recipients",
	    MODE "milter = { listen = \"unix:/m\"; max_recipients = 100; };\n",
	    "  milter.max_recipients 100\n" },
	{ "map.listen",
	    MODE "map = { listen = [ \"unix:/a\", \"unix:/b\" ]; };\n",
	    "  map.listen           unix:/a unix:/b\n" },
	{ "map.group",
	    MODE "map = { group = \"mail\"; listen = \"unix:/a\"; };\n",
	    " unix:/a group=mail\n" },
	{ "map.socket_mode",
	    MODE "map = { listen = \"unix:/a\"; socket_mode = \"0600\"; };\n",
	    " unix:/a mode=0600\n" },
	{ "map.postfix_version",
	    MODE "map = { postfix_version = \"3.10\"; };\n",
	    "  map.postfix_version  3.10\n" },
	{ "map.published",
	    MODE "map = { published = \"inet:127.0.0.1:8461:sts\"; };\n",
	    "  map.published        inet:127.0.0.1:8461:sts\n" },
	{ "map.published_failure",
	    MODE "map = { published_failure = \"ignore\"; };\n",
	    "  map.published_failure ignore\n" },
	{ "map.deadline", MODE "map = { deadline = \"3s\"; };\n",
	    "  map.deadline         3000ms\n" },
	{ "map.static", MODE "map = { static = \"/var/o.cdb\"; };\n",
	    "  map.static           /var/o.cdb\n" },
	{ "control.listen", MODE "control = { listen = \"unix:/c\"; };\n",
	    "  control.listen       unix:/c\n" },
	{ "control.group",
	    MODE "control = { listen = \"unix:/c\"; group = \"adm\"; };\n",
	    " unix:/c group=adm\n" },
	{ "control.socket_mode",
	    MODE "control = { listen = \"unix:/c\"; "
	    "socket_mode = \"0600\"; };\n",
	    " unix:/c mode=0600\n" },
	{ "log.key", MODE "log = { key = \"/var/k\"; };\n",
	    "  log.key              /var/k\n" },
	{ "log.decisions", MODE "log = { decisions = \"/var/d\"; };\n",
	    "  log.decisions        /var/d\n" },
	{ "log.syslog", MODE "log = { syslog = true; };\n",
	    "  log.syslog           true\n" },
	{ "log.scope", MODE "log = { scope = \"all\"; };\n",
	    "  log.scope            all\n" },
	{ "log.scope_until", MODE "log = { scope = \"all\"; "
	    "scope_until = \"2027-03-01T18:00\"; };\n",
	    "  log.scope_until      2027-0" },
	{ "log.keep", MODE "log = { keep = \"57w\"; };\n",
	    "  log.keep             399d\n" },
	{ "log.addresses", MODE "log = { addresses = \"hashed\"; };\n",
	    "  log.addresses        hashed\n" },
	{ "log.addresses_key", MODE "log = { addresses_key = \"/var/a\"; };\n",
	    "  log.addresses_key    /var/a\n" },
	{ "log.max_size", MODE "log = { max_size = \"2k\"; };\n",
	    "  log.max_size         2048 bytes\n" },
	{ "served_domains",
	    MODE "served_domains = [ \"a.example\", \".b.example\" ];\n",
	    "  served_domains       a.example .b.example\n" },
	{ "recipient_delimiter", MODE "recipient_delimiter = \"+-\";\n",
	    "  recipient_delimiter  +-\n" },
	{ "own_relays", MODE "own_relays = \"192.0.2.0/24\";\n",
	    "  own_relays           192.0.2.0/24\n" },
	{ "listeners", MODE "listeners = ( { port = 25; } );\n",
	    "  listeners            mx: port 25\n" },
	{ "local_clients", MODE "local_clients = \"192.0.2.1\";\n",
	    "  local_clients        192.0.2.1\n" },
	{ "local_submission", MODE "local_submission = \"judge\";\n",
	    "  local_submission     judge\n" },
	{ "null_sender", MODE "null_sender = \"enforce\";\n",
	    "  null_sender          enforce\n" },
	{ "smarthosts", MODE "smarthosts = [ \"[Relay.corp.example]:587\" ];\n",
	    "  smarthosts           [relay.corp.example]:587\n" },
	{ "unlisted_routes", MODE "unlisted_routes = \"encrypt\";\n",
	    "  unlisted_routes      encrypt\n" },
	{ "tls_required_no", MODE "tls_required_no = \"ignore\";\n",
	    "  tls_required_no      ignore\n" },
	{ "stages_from", MODE "stages_from = \"file\";\n",
	    "  stages_from          file\n" },
	{ "state", MODE "state = \"/srv/s\";\n",
	    "  state                /srv/s\n" },
	{ "user", MODE "user = \"mail\";\n",
	    "  user                 mail\n" },
	{ "help_url", MODE "help_url = \"https://corp.example/tls\";\n",
	    "  help_url             https://corp.example/tls\n" },
	{ "contact_us", MODE "contact_us = \"postmaster@corp.example\";\n",
	    "  contact_us           postmaster@corp.example\n" },
	{ "reply_names_partner", MODE "reply_names_partner = true;\n",
	    "  reply_names_partner  true\n" },
	{ "candidate", MODE "candidate = \"/nowhere/next.conf\";\n",
	    "  candidate            /nowhere/next.conf\n" },
	{ "exceptions.longest", MODE "exceptions = { longest = \"1d\"; };\n",
	    "  exceptions.longest   1d\n" },
	{ "exceptions.allow_plaintext",
	    MODE "exceptions = { allow_plaintext = true; };\n",
	    "  exceptions.allow_plaintext true\n" },
	{ "exceptions.four_eyes", MODE "exceptions = { four_eyes = true; };\n",
	    "  exceptions.four_eyes true\n" },
	{ "include", MODE "include = \"more.conf\";\n", "\nincluded (" },
	{ "tables", MODE "tables = \"rows\";\nprofiles = ( { name = \"q\"; "
	    "inbound = { " ENCRYPT "stage = \"tag\"; }; } );\n",
	    "\ntable lines of the profile at " },
	{ "profiles",
	    MODE "profiles = ( { name = \"q\"; inbound = { " ENCRYPT
	    "stage = \"tag\"; }; } );\npartners = ( { name = \"p\"; " DOMAINS
	    "profile = \"q\"; } );\n", "  inbound   encrypt, tag (" },
	{ "services", SERVICE("logins = \"l\"; " IN), "\ns (" },
	{ "partners", INBOUND(ENCRYPT), "\np (" },

	{ "a relay.address",
	    MODE "own_relays = ( { address = \"192.0.2.1\"; } );\n",
	    " 192.0.2.1\n" },
	{ "a relay.judged", MODE
	    "own_relays = ( { address = \"192.0.2.1\"; judged = true; } );\n",
	    " 192.0.2.1 (judged)\n" },
	{ "a listener.port", MODE "listeners = ( { port = 26; } );\n",
	    " mx: port 26\n" },
	{ "a listener.address",
	    MODE "listeners = ( { address = \"192.0.2.1\"; } );\n",
	    " mx: address 192.0.2.1\n" },
	{ "a listener.daemon_name",
	    MODE "listeners = ( { daemon_name = \"MSA\"; } );\n",
	    " mx: daemon_name MSA\n" },
	{ "a listener.as",
	    MODE "listeners = ( { port = 25; as = \"reinject\"; } );\n",
	    " reinject: port 25\n" },

	{ "a listener.name", MODE "listeners = ( { port = 25; name = \"n\"; "
	    "} );\n", " mx: port 25 name n\n" },
	{ "a listener.rule", MODE "listeners = ( { port = 587; as = "
	    "\"submission\"; rule = { " ENCRYPT "stage = \"defer\"; }; } );\n",
	    "port-587 (" },
	{ "a service.names", SERVICE("names = \"n.example\"; " IN),
	    "  found by  names=n.example\n" },
	{ "a service.subjects", SERVICE("subjects = \"CN=n\"; " IN),
	    "  found by  subjects=CN=n\n" },
	{ "a service.issuers", SERVICE("issuers = \"CA\"; logins = \"l\"; "
	    "inbound = { level = \"verify\"; stage = \"defer\"; };"),
	    "  found by  logins=l\n"
	    "  inbound   verify issuers=CA logins=l, defer" },
	{ "a service.fingerprints", SERVICE("fingerprints = \"sha256:"
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	    "\"; " IN), "  found by  fingerprints=sha256:00112233445566778899"
	    "aabbccddeeff00112233445566778899aabbccddeeff\n" },
	{ "a service.certificates", SERVICE("certificates = \"pin.pem\"; "
	    IN), "  found by  fingerprints=sha256:" },
	{ "a service.logins", SERVICE("logins = \"l\"; " IN),
	    "  found by  logins=l\n" },
	{ "a service.clients", SERVICE("clients = \"192.0.2.1\"; " IN),
	    "  found by  clients=192.0.2.1\n" },
	{ "a service.name", SERVICE("logins = \"l\"; " IN), "\ns (" },
	{ "a service.listeners", SERVICE("listeners = ( 26, \"x\" ); " IN),
	    "  found by  listeners=26|x\n" },
	{ "a service.owner", SERVICE("logins = \"l\"; owner = \"me\"; " IN),
	    "  owner     me\n" },
	{ "a service.contact", SERVICE("logins = \"l\"; contact = \"you\"; "
	    IN), "  contact   you\n" },
	{ "a service.inbound", SERVICE("logins = \"l\"; " IN),
	    "  inbound   encrypt, defer (" },
	{ "a partner.inbound", INBOUND(ENCRYPT),
	    "  inbound   encrypt, defer (" },
	{ "a partner.entry",
	    PARTNER(DOMAINS "entry = { " ENCRYPT "stage = \"defer\"; };"),
	    "  entry     encrypt, defer (" },
	{ "a partner.earlier",
	    PARTNER(DOMAINS "earlier = { " ENCRYPT "stage = \"defer\"; };"),
	    "  earlier   encrypt, defer (" },
	{ "a partner.outbound", OUTBOUND(ENCRYPT),
	    "  outbound  encrypt, defer (" },
	{ "a partner.name", INBOUND(ENCRYPT), "\np (" },
	{ "a partner.domains", INBOUND(ENCRYPT), "  keys      p.example\n" },
	{ "a partner.senders",
	    PARTNER("senders = \"s.example\"; inbound = { " ENCRYPT
	    "stage = \"defer\"; };"), "  senders   s.example\n" },
	{ "a partner.next_hops",
	    PARTNER("next_hops = \"[mx.p.example]\"; outbound = { " ENCRYPT
	    "stage = \"defer\"; };"), "  keys      [mx.p.example]\n" },
	{ "a partner.profile",
	    MODE "profiles = ( { name = \"q\"; inbound = { " ENCRYPT
	    "stage = \"tag\"; }; } );\npartners = ( { name = \"p\"; " DOMAINS
	    "profile = \"q\"; } );\n", "  inbound   encrypt, tag (" },
	{ "a partner.owner",
	    PARTNER(DOMAINS "owner = \"me\"; inbound = { " ENCRYPT
	    "stage = \"defer\"; };"), "  owner     me\n" },
	{ "a partner.contact",
	    PARTNER(DOMAINS "contact = \"you\"; inbound = { " ENCRYPT
	    "stage = \"defer\"; };"), "  contact   you\n" },

	{ "a rule.names", INBOUND(VERIFY "names = \"mx.p.example\";"),
	    "verify names=mx.p.example" },
	{ "a rule.subjects", INBOUND(VERIFY "subjects = \"mx\";"),
	    "verify subjects=mx" },
	{ "a rule.issuers", INBOUND(VERIFY "issuers = \"ca\";"),
	    "verify issuers=ca" },
	{ "a rule.fingerprints", INBOUND(VERIFY "fingerprints = \"sha256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "\";"), "verify fingerprints=sha256:0123456789abcdef" },
	{ "a rule.certificates", INBOUND(VERIFY "certificates = \"pin.pem\";"),
	    "            pin.pem ends 2" },
	{ "a rule.logins", INBOUND(VERIFY "logins = \"bob\";"),
	    "verify logins=bob" },
	{ "a rule.clients", INBOUND(ENCRYPT "clients = \"192.0.2.1\";"),
	    "encrypt clients=192.0.2.1" },
	{ "a rule.level", INBOUND(ENCRYPT), "encrypt, defer" },
	{ "a rule.min_tls", INBOUND(ENCRYPT "min_tls = \"1.3\";"),
	    "encrypt min_tls=1.3" },
	{ "a rule.min_bits", INBOUND(ENCRYPT "min_bits = 128;"),
	    "encrypt min_bits=128" },
	{ "a rule.min_grade", OUTBOUND(ENCRYPT "min_grade = \"high\";"),
	    "encrypt min_grade=high" },
	{ "a rule.peers", INBOUND(VERIFY "peers = ( { logins = \"bob\"; }, "
	    "{ names = \"mx.p.example\"; } );"), "logins=bob" },
	{ "a rule.any_peer", INBOUND(VERIFY "any_peer = true;"),
	    "verify any_peer" },
	{ "a rule.dane", OUTBOUND(VERIFY "dane = true;"), "verify dane" },
	{ "a rule.stage", INBOUND(ENCRYPT), "encrypt, defer (" },
	{ "a rule.watch", INBOUND(ENCRYPT "watch = { min_tls = \"1.3\"; };"),
	    "watched, never acted on: encrypt min_tls=1.3\n" },
	{ "a rule.never_below", INBOUND(ENCRYPT "never_below = \"encrypt\";"),
	    "no exception below encrypt\n" },
	{ "a rule.acknowledge_rfc3207",
	    INBOUND(ENCRYPT "acknowledge_rfc3207 = true;"),
	    "RFC 3207 acknowledged\n" },
	{ "a rule.reply", INBOUND(ENCRYPT "reply = \"Call us\";"),
	    "reply: Call us\n" },
	{ "a rule.elsewhere",
	    INBOUND(ENCRYPT "clients = \"192.0.2.1\"; elsewhere = \"log\";"),
	    "from outside clients: logged only\n" },
	{ "a rule.servername", OUTBOUND(ENCRYPT "servername = \"nexthop\";"),
	    "server name: nexthop\n" },
};
/* clang-format on */

static struct folder folder;
static char *page;

/* Writes the output of `enforcetls check` to out. Returns its exit status. */
static int
check_file(const char *text, char out[OUTPUT])
{
	char path[256], command[320];
	size_t n;
	FILE *in;

	folder_write_text(&folder, "t.conf", text);
	snprintf(command, sizeof(command), "./enforcetls check %s 2>&1",
	    folder_path(&folder, "t.conf", path));
	in = popen(command, "r");
	want_that(command, "runs", in != NULL);
	n = fread(out, 1, OUTPUT - 1, in);
	out[n] = '\0';
	return pclose(in);
}

static const struct sample *
sample_of(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(samples); i++)
		if (strcmp(samples[i].key, key) == 0)
			return &samples[i];
	return NULL;
}

/* Returns NULL, or why check does not read and show the key. */
static const char *
problem_in_check(const char *key)
{
	const struct sample *sample = sample_of(key);
	char out[OUTPUT];

	if (sample == NULL)
		return "has no value in this test";
	if (check_file(sample->file, out) != 0) {
		print_message("%s", out);
		return "its value is refused";
	}
	if (strstr(out, sample->shown) == NULL) {
		print_message("%s", out);
		return "check does not show it";
	}
	check_file("format = 1;\nmode = \"log-only\";\nlog = { };\n", out);
	if (strstr(out, sample->shown) != NULL && strcmp(key, "format") != 0)
		return "check shows it where it is not set";
	return NULL;
}

/* Whether an item of the page contains the word. */
static bool
has_word(const char *item, size_t n, const char *word)
{
	char quoted[64];
	size_t length;
	const char *at = item;

	snprintf(quoted, sizeof(quoted), "\n.Ql %s", word);
	length = strlen(quoted);
	while ((at = strstr(at, quoted)) != NULL && at < item + n) {
		if (at[length] == '\n' || at[length] == ' ')
			return true;
		at += length;
	}
	return false;
}

static bool
has_text(const char *item, size_t n, const char *text)
{
	const char *at = strstr(item, text);

	return at != NULL && at < item + n;
}

/* The n-th word that a key accepts; NULL past the end. */
static const char *
word_of(const struct section_key *key, unsigned n)
{
	/* The words are the rows of the dialects. */
	if (strcmp(key->name, "mta") == 0)
		return dialect_setting_word(n);
	return key->words == NULL ? NULL : vocabulary_word(key->words(), n);
}

/* Returns NULL, or what an item of the page lacks. */
static const char *
problem_in_item(const char *item, size_t n, const struct section_key *key)
{
	const char *word;
	char range[32];

	snprintf(range, sizeof(range), "%d to %d", key->low, key->high);
	if (key->fallback != NULL && !has_word(item, n, key->fallback) &&
	    !has_text(item, n, "default\n"))
		return "its default is not in the manual";
	if (key->fallback != NULL && !has_word(item, n, key->fallback))
		return "the manual has another default";
	if (key->set == field_set_number && !has_text(item, n, range))
		return "its range is not in the manual";
	for (unsigned i = 0; (word = word_of(key, i)) != NULL; i++)
		if (!has_word(item, n, word))
			return "a word it accepts is not in the manual";
	return NULL;
}

/* Whether an item is about a key; a few are about more than one. */
static bool
item_names(const char *item, const char *name)
{
	const char *end = strchr(item, '\n');
	size_t n = strlen(name);

	for (const char *at = strstr(item, name); at != NULL && at < end;
	     at = strstr(at + 1, name))
		if (at[-1] == ' ' && (at[n] == ' ' || at[n] == '\n'))
			return true;
	return false;
}

/* Returns NULL, or what the manual lacks of the key. If two sections have a key
 * of the same name, one of the items must be right. */
static const char *
problem_in_manual(const struct section_key *key)
{
	const char *why = "has no item in the manual";
	const char *at = page;

	while (why != NULL && (at = strstr(at, "\n.It Cm ")) != NULL) {
		const char *item = at + 1, *next = strstr(item, "\n.It ");
		const char *end = strstr(item, "\n.El");

		if (next == NULL || (end != NULL && end < next))
			next = end;
		if (item_names(item, key->name))
			why = problem_in_item(item, (size_t)(next - item),
			    key);
		at = item;
	}
	return why;
}

static void
want_used(const char *prefix, const struct section_key *key)
{
	char name[96];
	const char *why;

	snprintf(name, sizeof(name), "%s%s%s", prefix,
	    prefix[0] == '\0' ? "" : ".", key->name);
	why = problem_in_check(name);
	if (why == NULL)
		why = problem_in_manual(key);
	want_text(name, "problem", why, NULL);
}

static void
want_rows_used(const char *prefix, const struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];

		if (key->group != NULL) {
			want_text(key->name, "manual", problem_in_manual(key),
			    NULL);
			want_rows_used(key->name, key->group());
		} else {
			want_used(prefix, key);
		}
	}
}

/* A row without one would be a setting of which a reload says nothing. */
static void
want_rows_taken(const char *prefix, const struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		enum takes takes;
		char name[128];

		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] == '\0' ? "" : ".", key->name);
		if (key->group != NULL)
			want_rows_taken(name, key->group());
		else if (!takes_of(name, &takes))
			fail_msg("%s: no row of conf/file/takes.c says when "
			    "a change of it takes effect", name);
	}
}

static void
count_one(const char *name ATTR_UNUSED, enum takes takes ATTR_UNUSED,
    const struct section_key *key, void *data)
{
	assert_non_null(key->show);
	++*(size_t *)data;
}

static void
test_every_row_is_taken(void **state ATTR_UNUSED)
{
	size_t count = 0;
	enum takes unused;

	want_rows_taken("", toplevel_section());
	assert_false(takes_of("milter", &unused));
	/* Three kinds of sockets and the user. */
	takes_each_restart(count_one, &count);
	want_number("rows that need a restart", "count", (long)count, 4);
}

static void
test_every_row_is_used(void **state ATTR_UNUSED)
{
	want_rows_used("", toplevel_section());
	for (unsigned i = 0; network_section(i) != NULL; i++)
		want_rows_used(network_section(i)->what, network_section(i));
	/* The keys of a profile are also the first keys of a partner. */
	want_rows_used("a partner", partners_section(0));
	want_rows_used("a service", services_section());
	want_rows_used("a rule", rule_section());
}

/* A row that lacks something is found. */
static void
test_planted_rows_are_found(void **state ATTR_UNUSED)
{
	struct section_key planted = { .name = "planted" };

	want_text("no value", "problem", problem_in_check("planted"),
	    "has no value in this test");
	want_text("no item", "problem", problem_in_manual(&planted),
	    "has no item in the manual");
	planted = (struct section_key){ .name = "max_size", .fallback = "2g" };
	want_text("a default", "problem", problem_in_manual(&planted),
	    "the manual has another default");
	planted = (struct section_key){ .name = "published",
		.fallback = "defer" };
	want_text("no default", "problem", problem_in_manual(&planted),
	    "its default is not in the manual");
	planted = (struct section_key){ .name = "scope",
		.words = listener_kind_vocabulary };
	want_text("a word", "problem", problem_in_manual(&planted),
	    "a word it accepts is not in the manual");
	planted = (struct section_key){ .name = "min_bits", .low = 1,
		.high = 512, .set = field_set_number };
	want_text("a range", "problem", problem_in_manual(&planted),
	    "its range is not in the manual");
}

static int
set_up(void **state ATTR_UNUSED)
{
	char *pin;

	folder_create(&folder);
	folder_write_text(&folder, "more.conf",
	    "partners = ( { name = \"included\"; domains = \"i.example\"; "
	    "inbound = { level = \"encrypt\"; stage = \"tag\"; }; } );\n");
	folder_write_text(&folder, "rows", "t.example q\n");
	pin = source_text("tests/golden/command/pin.pem");
	folder_write_text(&folder, "pin.pem", pin);
	free(pin);
	page = source_text("conf/enforcetls.conf.5");
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	free(page);
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_every_row_is_used),
	cmocka_unit_test(test_every_row_is_taken),
	cmocka_unit_test(test_planted_rows_are_found),
};

RUN_TESTS_WITH(tests, set_up, take_down)
