/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each setting of the policy file has a row that says what weaker means, and
 * each row that can be weaker has a case here. So has each key of a rule, in
 * tests/test_difference.c. A new setting or key fails here until it has them.
 */
#include "config.h"

#include "conf/file/network.h"
#include "conf/file/partners.h"
#include "conf/file/services.h"
#include "conf/file/rule.h"
#include "conf/file/toplevel.h"
#include "policy/compare/difference.h"
#include "policy/compare/setting_rows.h"
#include "tests/reading.h"

enum { NOW = 1000000 };

#define RULE "{ level = \"encrypt\"; stage = \"reject\"; }; "
#define PARTNER \
	"partners = ( { name = \"p\"; domains = [ \"p.example\" ]; " \
	"inbound = " RULE "entry = { acknowledge_rfc3207 = true; " \
	"level = \"encrypt\"; stage = \"reject\"; }; earlier = " RULE \
	"outbound = " RULE "} );\n"
#define ENFORCE "mode = \"enforce\";\n"
#define LOG_ONLY "mode = \"log-only\";\n"

/* Two values of a setting. The second is weaker. */
struct weaker_case {
	const char *setting;
	const char *label;
	const char *strong, *weak;
	bool both;                      /* each is weaker than the other */
	bool always;                    /* a loss in mode log-only, too */
};

/* clang-format off */
static const struct weaker_case cases[] = {
	{ .setting = "mode", .strong = ENFORCE, .weak = LOG_ONLY },
	{ .setting = "milter.mta", .strong = "",
	    .weak = "milter = { listen = \"unix:/m\"; mta = \"postfix\"; };" },
	{ .setting = "map.postfix_version",
	    .strong = "map = { postfix_version = \"3.10\"; };",
	    .weak = "map = { postfix_version = \"3.9\"; };" },
	{ .setting = "map.published", .always = true,
	    .strong = "map = { published = \"inet:127.0.0.1:8461:sts\"; };",
	    .weak = "" },
	{ .setting = "map.published", .label = "another server",
	    .always = true, .both = true,
	    .strong = "map = { published = \"inet:127.0.0.1:8461:sts\"; };",
	    .weak = "map = { published = \"inet:127.0.0.1:8462:sts\"; };" },
	{ .setting = "map.published_failure", .always = true,
	    .strong = "map = { published = \"inet:127.0.0.1:8461:sts\"; };",
	    .weak = "map = { published = \"inet:127.0.0.1:8461:sts\"; "
	    "published_failure = \"ignore\"; };" },
	{ .setting = "map.deadline", .always = true,
	    .strong = "map = { published = \"inet:127.0.0.1:8461:sts\"; "
	    "published_failure = \"ignore\"; };",
	    .weak = "map = { published = \"inet:127.0.0.1:8461:sts\"; "
	    "published_failure = \"ignore\"; deadline = \"1s\"; };" },
	{ .setting = "map.static", .always = true,
	    .label = "Postfix reads a file that nobody writes",
	    .strong = "map = { static = \"/var/lib/e/a.cdb\"; };",
	    .weak = "" },
	{ .setting = "map.static", .always = true, .both = true,
	    .label = "the same for another file",
	    .strong = "map = { static = \"/var/lib/e/a.cdb\"; };",
	    .weak = "map = { static = \"/var/lib/e/b.cdb\"; };" },
	{ .setting = "served_domains",
	    .label = "its postmaster becomes exempt",
	    .strong = "served_domains = [ \"a.example\" ];",
	    .weak = "served_domains = [ \"a.example\", \"b.example\" ];" },
	{ .setting = "served_domains", .both = true,
	    .label = "an address without a domain is judged as of it no more",
	    .strong = "served_domains = [ \"p.example\" ];", .weak = "" },
	{ .setting = "served_domains", .both = true,
	    .label = "the same for the rows below a suffix",
	    .strong = "served_domains = [ \".example\" ];",
	    .weak = "served_domains = [ \"a.example\" ];" },
	{ .setting = "recipient_delimiter",
	    .strong = "recipient_delimiter = \"+-\";",
	    .weak = "recipient_delimiter = \"+\";" },
	{ .setting = "own_relays", .both = true,
	    .label = "what another host writes is believed",
	    .strong = "own_relays = \"192.0.2.1\";",
	    .weak = "own_relays = \"192.0.2.0/30\";" },
	{ .setting = "own_relays", .label = "what it brings is exempt",
	    .strong = "own_relays = \"192.0.2.1\";",
	    .weak = "own_relays = ( { address = \"192.0.2.1\"; "
	    "judged = true; } );" },
	{ .setting = "own_relays", .label = "the first that fits decides",
	    .strong = "own_relays = ( \"192.0.2.0/24\", "
	    "{ address = \"192.0.2.1\"; judged = true; } );",
	    .weak = "own_relays = ( { address = \"192.0.2.1\"; "
	    "judged = true; }, \"192.0.2.0/24\" );" },
	{ .setting = "listeners", .label = "reinject",
	    .strong = "", .weak =
	    "listeners = ( { port = 10025; as = \"reinject\"; } );" },
	{ .setting = "listeners", .label = "the same one is another kind",
	    .strong = "listeners = ( { port = 10025; "
	    "as = \"submission\"; } );",
	    .weak = "listeners = ( { port = 10025; as = \"reinject\"; } );" },
	{ .setting = "listeners", .label = "proxied no more",
	    .strong = "listeners = ( { daemon_name = \"p\"; "
	    "as = \"proxied\"; } );", .weak = "" },
	{ .setting = "listeners", .label = "the first that fits decides",
	    .strong = "listeners = ( { address = \"192.0.2.1\"; "
	    "as = \"submission\"; }, { port = 26; as = \"reinject\"; } );",
	    .weak = "listeners = ( { port = 26; as = \"reinject\"; }, "
	    "{ address = \"192.0.2.1\"; as = \"submission\"; } );" },
	{ .setting = "local_clients",
	    .strong = "local_clients = [ \"192.0.2.0/26\", "
	    "\"192.0.2.64/26\" ];",
	    .weak = "local_clients = \"192.0.2.0/24\";" },
	{ .setting = "local_submission",
	    .strong = "local_submission = \"judge\";", .weak = "" },
	{ .setting = "null_sender", .label = "a reject becomes a deferral",
	    .strong = "null_sender = \"enforce\";", .weak = "" },
	{ .setting = "null_sender", .label = "a bounce always passes",
	    .strong = "", .weak = "null_sender = \"log-only\";" },
	{ .setting = "tls_required_no",
	    .strong = "map = { postfix_version = \"3.10\"; };",
	    .weak = "map = { postfix_version = \"3.10\"; };"
	    "tls_required_no = \"ignore\";" },
	{ .setting = "smarthosts", .label = "a route not seen is one of them",
	    .strong = "", .weak = "smarthosts = [ \"[r.example]:25\" ];" },
	{ .setting = "smarthosts", .label = "one fewer is checked",
	    .strong = "smarthosts = [ \"[r.example]:25\", \"[s.example]\" ];",
	    .weak = "smarthosts = [ \"[r.example]:25\" ];" },
	{ .setting = "unlisted_routes",
	    .strong = "unlisted_routes = \"defer\";",
	    .weak = "unlisted_routes = \"encrypt\";" },
	{ .setting = "unlisted_routes",
	    .strong = "unlisted_routes = \"encrypt\";", .weak = "" },
	{ .setting = "exceptions.longest", .strong = "",
	    .weak = "exceptions = { longest = \"91d\"; };" },
	{ .setting = "exceptions.allow_plaintext", .strong = "",
	    .weak = "exceptions = { allow_plaintext = true; };" },
	{ .setting = "exceptions.four_eyes", .weak = "", .always = true,
	    .strong = "exceptions = { four_eyes = true; };" },
};

/* The same, written in another way. */
static const struct weaker_case same[] = {
	{ .label = "ranges in halves",
	    .strong = "local_clients = [ \"192.0.2.0/25\", "
	    "\"192.0.2.128/25\" ]; own_relays = [ \"198.51.100.0/24\" ];",
	    .weak = "local_clients = [ \"192.0.2.0/24\" ]; own_relays = "
	    "[ \"198.51.100.128/25\", \"198.51.100.0/25\" ];" },
	{ .label = "listeners in another order",
	    .strong = "listeners = ( { port = 26; as = \"reinject\"; }, "
	    "{ port = 27; as = \"proxied\"; } );",
	    .weak = "listeners = ( { port = 27; as = \"proxied\"; }, "
	    "{ port = 26; as = \"reinject\"; } );" },
	{ .label = "a domain below a served suffix",
	    .strong = "served_domains = [ \".a.example\" ];",
	    .weak = "served_domains = [ \"b.a.example\", \".a.example\" ];" },
	{ .label = "a listener that is taken for the same",
	    .strong = "",
	    .weak = "listeners = ( { port = 587; as = \"submission\"; } );" },
	{ .label = "what decides nothing",
	    .strong = "",
	    .weak = "help_url = \"https://a.example\"; user = \"mail\"; "
	    "map = { published_failure = \"ignore\"; deadline = \"1s\"; };" },
};

static const struct shown_case {
	const char *before, *after;
	const char *shown;
} shown[] = {
	{ "own_relays = [ \"192.0.2.0/24\" ];",
	    "own_relays = ( \"192.0.2.0/24\", { address = "
	    "\"2001:db8::1\"; judged = true; } );",
	    ": 192.0.2.0/24 -> 192.0.2.0/24 2001:db8::1 (judged)" },
	{ "", "own_relays = \"192.0.2.1\";", ": none -> 192.0.2.1" },
	{ "", "listeners = ( { port = 10025; as = \"reinject\"; }, "
	    "{ address = \"192.0.2.1\"; daemon_name = \"MSA\"; "
	    "as = \"proxied\"; } );", ": none -> reinject port 10025 "
	    "proxied address 192.0.2.1 daemon_name MSA" },
	{ "local_clients = [ ];",
	    "local_clients = [ \"192.0.2.0/26\", \"192.0.2.64/26\" ];",
	    ": none -> 192.0.2.0/26 192.0.2.64/26" },
	{ "served_domains = [ \"a.example\", \".b.example\" ];", "",
	    ": a.example .b.example -> none" },
	{ "smarthosts = [ ];",
	    "smarthosts = [ \"[r.example]:25\", \"[s.example]\" ];",
	    ": none -> [r.example]:25 [s.example]" },
	{ "", "smarthosts = [ ];", ": not set -> none" },
	{ "map = { listen = [ \"unix:/a\", \"unix:/b\" ]; };", "",
	    ": unix:/a unix:/b -> none (a Postfix that goes on asking there "
	    "defers its mail)" },
};
/* clang-format on */

/* With the table "lines", of rows that keep no mail back. */
#define ROWS_THAT_LOG "tables = [ \"lines\" ]; profiles = ( { " \
	"name = \"logs\"; inbound = { level = \"encrypt\"; " \
	"stage = \"log-only\"; }; } );\n"

static struct folder folder;

static struct policy *
read_setting(const char *label, const char *name, const char *mode,
    const char *setting)
{
	char text[2048], problems[4096];
	struct policy *policy;

	/* The case of the mode brings its own. */
	snprintf(text, sizeof(text), "format = 1;\n%slog = { syslog = true; "
	    "};\n%s\n%s", slice_starts(slice_of(setting), SLICE("mode"))
	    ? "" : mode, setting, PARTNER);
	folder_write_text(&folder, name, text);
	folder_read(&folder, name, &policy, problems, sizeof(problems));
	if (policy == NULL)
		fail_msg("%s: %s", label, problems);
	return policy;
}

/* Writes "NAME<!" and so on for each item between the two values: the way, and
 * whether it is a loss. */
static void
compare(const char *label, const char *mode, const char *before,
    const char *after, char out[256])
{
	struct policy *old = read_setting(label, "old.conf", mode, before);
	struct policy *new = read_setting(label, "new.conf", mode, after);
	struct difference *d = difference_make(old, new, NOW);
	struct text text;

	text_init(&text, out, 256);
	for (size_t i = 0; i < difference_count(d); i++) {
		const struct difference_item *item = difference_item(d, i);

		text_slice(&text, item->name);
		text_byte(&text, "=<>~"[item->way]);
		text_add(&text, "%s", item->loss ? "!" : "");
	}
	difference_destroy(&d);
	policy_destroy(&old);
	policy_destroy(&new);
}

static void
want_compared(const struct weaker_case *c, const char *mode,
    const char *before, const char *after, const char *wanted)
{
	char label[128], came[256], full[128] = "";

	snprintf(label, sizeof(label), "%s, %s", c->setting,
	    c->label == NULL ? "-" : c->label);
	if (wanted[0] != '\0')
		snprintf(full, sizeof(full), "%s%s", c->setting, wanted);
	compare(label, mode, before, after, came);
	want_text(label, mode, came, full);
}

static void
test_weaker_is_a_loss(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct weaker_case *c = &cases[i];
		bool is_mode = strcmp(c->setting, "mode") == 0;

		want_compared(c, ENFORCE, c->strong, c->weak,
		    c->both ? "~!" : "<!");
		want_compared(c, ENFORCE, c->weak, c->strong,
		    c->both ? "~!" : ">");
		if (!is_mode)
			want_compared(c, LOG_ONLY, c->strong, c->weak,
			    c->always ? c->both ? "~!" : "<!"
			    : c->both ? "~" : "<");
	}
}

static void
test_the_same_is_no_loss(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		want_compared(&same[i], ENFORCE, same[i].strong, same[i].weak,
		    "");
		want_compared(&same[i], ENFORCE, same[i].weak, same[i].strong,
		    "");
	}
}

/* A socket of the map: its MTA defers, and that is shown. */
static void
test_a_closed_socket_is_shown(void **state ATTR_UNUSED)
{
	static const char one[] = "map = { listen = [ \"unix:/a\" ]; };";
	static const char two[] = "map = { listen = [ \"unix:/b\", "
	    "\"unix:/a\" ]; };";
	static const struct weaker_case c = { .setting = "map.listen" };

	want_compared(&c, ENFORCE, one, "", "=");
	want_compared(&c, LOG_ONLY, one, "", "=");
	want_compared(&c, ENFORCE, two, one, "=");
	want_compared(&c, ENFORCE, one, two, "");
	want_compared(&c, ENFORCE, "", one, "");
}

/* More rows below a suffix than are looked through: any of them may keep mail
 * back, so what is not looked at counts as if it did. */
static void
test_rows_not_looked_at_are_a_loss(void **state ATTR_UNUSED)
{
	static const struct {
		int rows;
		const char *wanted;
	} sizes[] = {
		{ LIMIT_BELOW_SERVED, ">" },
		{ LIMIT_BELOW_SERVED + 1, "~!" },
	};
	static const struct weaker_case c = { .setting = "served_domains" };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		char lines[2048];
		struct text t;

		text_init(&t, lines, sizeof(lines));
		for (int k = 0; k < sizes[i].rows; k++)
			text_add(&t, "d%d.test logs\n", k);
		folder_write_text(&folder, "lines", lines);
		want_compared(&c, ENFORCE, ROWS_THAT_LOG
		    "served_domains = [ \".test\" ];", ROWS_THAT_LOG,
		    sizes[i].wanted);
	}
}

/* A change is shown with both values, as they are written in the file. */
static void
test_values_are_shown(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		const struct shown_case *c = &shown[i];
		struct policy *old = read_setting(c->shown, "old.conf",
		    ENFORCE, c->before);
		struct policy *new = read_setting(c->shown, "new.conf",
		    ENFORCE, c->after);
		struct difference *d = difference_make(old, new, NOW);
		struct arena *a = arena_create(1024);

		want_number(c->shown, "differences",
		    (long)difference_count(d), 1);
		want_slice(c->shown, "change", difference_change(d, 0, a),
		    c->shown);
		arena_destroy(&a);
		difference_destroy(&d);
		policy_destroy(&old);
		policy_destroy(&new);
	}
}

/* Settings */

static const struct setting_row *
row_of(const char *name)
{
	const struct setting_row *row;

	for (size_t i = 0; (row = setting_row(i)) != NULL; i++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static bool
has_case(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (strcmp(cases[i].setting, name) == 0)
			return true;
	return false;
}

/* Why the setting could be forgotten; NULL: it cannot. */
static const char *
problem_of(const char *name)
{
	const struct setting_row *row = row_of(name);

	if (row == NULL)
		return "has no row in policy/compare/setting_rows.c";
	if ((row->is_weaker == NULL) != (row->never != NULL) ||
	    (row->is_weaker == NULL && row->closes == NULL) !=
		(row->add == NULL) ||
	    (row->closes == NULL) != (row->closed == NULL))
		return "its row is not complete";
	if (row->is_weaker != NULL && !has_case(name))
		return "has no case in this test";
	return NULL;
}

static size_t
want_rows(const char *prefix, const struct section *section)
{
	size_t count = 0;

	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		char name[96];

		if (key->group != NULL) {
			count += want_rows(key->name, key->group());
			continue;
		}
		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] == '\0' ? "" : ".", key->name);
		want_text(name, "problem", problem_of(name), NULL);
		count++;
	}
	return count;
}

static void
test_every_setting_has_a_row(void **state ATTR_UNUSED)
{
	size_t count = want_rows("", toplevel_section());

	want_text("planted", "problem", problem_of("planted"),
	    "has no row in policy/compare/setting_rows.c");
	/* No row is about a setting that there is no more. */
	assert_ptr_equal(setting_row(count), NULL);
	assert_ptr_not_equal(setting_row(count - 1), NULL);
}

/*
 * Keys of a rule and of what else is a list of groups: where each is compared,
 * or why it need not be.
 */
static const struct {
	const char *key;
	const char *where;
} keys[] = {
	{ "a relay.address", "own_relays" },
	{ "a relay.judged", "own_relays" },
	{ "a listener.port", "listeners" },
	{ "a listener.address", "listeners" },
	{ "a listener.daemon_name", "listeners" },
	{ "a listener.as", "listeners" },
	{ "a listener.name", "what its rule is called" },
	{ "a listener.rule", "the key of its row is compared" },
	{ "a service.names", "whom the service finds is compared" },
	{ "a service.subjects", "as names" },
	{ "a service.issuers", "as a rule's" },
	{ "a service.fingerprints", "as names" },
	{ "a service.certificates", "their fingerprints are compared" },
	{ "a service.logins", "as names" },
	{ "a service.clients", "as names" },
	{ "a service.name", "its key goes" },
	{ "a service.listeners", "as names" },
	{ "a service.owner", "a text" },
	{ "a service.contact", "a text" },
	{ "a service.inbound", "as a partner's" },
	{ "a partner.name", "exceptions and stages are found by it" },
	{ "a partner.domains", "a key goes" },
	{ "a partner.senders", "a key goes" },
	{ "a partner.next_hops", "a next hop" },
	{ "a partner.profile", "its rules are the partner's" },
	{ "a partner.owner", "a text" },
	{ "a partner.contact", "a text" },
	{ "a partner.inbound", "a row goes" },
	{ "a partner.entry", "as inbound" },
	{ "a partner.earlier", "as inbound" },
	{ "a partner.outbound", "a rule goes" },
	{ "a rule.names", "more names" },
	{ "a rule.subjects", "more subjects" },
	{ "a rule.issuers", "more issuers" },
	{ "a rule.fingerprints", "more fingerprints" },
	{ "a rule.certificates", "more fingerprints" },
	{ "a rule.logins", "more logins" },
	{ "a rule.clients", "more clients" },
	{ "a rule.level", "a level is lowered" },
	{ "a rule.min_tls", "a floor is lowered" },
	{ "a rule.min_bits", "a floor is lowered" },
	{ "a rule.min_grade", "a floor is lowered" },
	{ "a rule.peers", "another way to prove it" },
	{ "a rule.any_peer", "any peer instead of a name" },
	{ "a rule.dane", "dane in place of names" },
	{ "a rule.stage", "a stage is lowered" },
	{ "a rule.watch", "only logged" },
	{ "a rule.never_below", "exceptions may go lower" },
	{ "a rule.acknowledge_rfc3207", "only a warning" },
	{ "a rule.reply", "a text" },
	{ "a rule.elsewhere", "mail from elsewhere is only logged" },
	{ "a rule.servername", "it asks nothing of the server" },
};

static void
want_keys(const char *what, const struct section *section)
{
	for (size_t i = 0; i < section->count; i++) {
		char name[96];
		size_t k = 0;

		snprintf(name, sizeof(name), "%s.%s", what,
		    section->keys[i].name);
		while (k < COUNT_OF(keys) && strcmp(keys[k].key, name) != 0)
			k++;
		want_that(name, "policy/compare/ knows what weaker means",
		    k < COUNT_OF(keys));
	}
}

static void
test_every_key_is_known(void **state ATTR_UNUSED)
{
	for (unsigned i = 0; network_section(i) != NULL; i++)
		want_keys(network_section(i)->what, network_section(i));
	want_keys("a partner", partners_section(0));
	want_keys("a service", services_section());
	want_keys("a rule", rule_section());
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_weaker_is_a_loss),
	cmocka_unit_test(test_the_same_is_no_loss),
	cmocka_unit_test(test_a_closed_socket_is_shown),
	cmocka_unit_test(test_rows_not_looked_at_are_a_loss),
	cmocka_unit_test(test_values_are_shown),
	cmocka_unit_test(test_every_setting_has_a_row),
	cmocka_unit_test(test_every_key_is_known),
};
RUN_TESTS_WITH(tests, set_up, take_down)
