/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/queue/nexthops.h"
#include "conf/queue/sendmail_routes.h"
#include "policy/base/text.h"
#include "tests/folder.h"

#define USUAL "default_transport = smtp\nrelay_transport = relay\n" \
	"relay_domains =\nvirtual_transport = virtual\n" \
	"local_transport = local:mx.corp.example\nrelayhost =\n" \
	"virtual_mailbox_domains =\nmydestination = mx.corp.example\n" \
	"sender_dependent_relayhost_maps =\n" \
	"sender_dependent_default_transport_maps =\n" \
	"smtp_fallback_relay =\ncontent_filter =\n" \
	"recipient_delimiter = +\n" \
	"parent_domain_matches_subdomains = relay_domains\n" \
	"transport_maps =\n"
/* Later lines count. */
#define SET(lines) USUAL lines "\n"
#define TABLE SET("transport_maps = hash:t, proxy:regexp:r")

#define INLINE "inline:{in.example=smtp:[inline.example], { x = y, z }}"

/* Answers as postmap(1) does, from a file for each table. */
static const char postmap[] =
    "shift; shift; [ \"$1\" = -c ] && exit 9\n"
    "cd \"${0%/*}\" || exit 9\n"
    "case $1 in '" INLINE "') set -- i;; inline:*) exit 9;; esac\n"
    "case $1 in *:absent) echo 'postmap: fatal: open' >&2; exit 1;; esac\n"
    "echo 'postmap: warning: database t.db is older than source file t' >&2\n"
    "none=1\n"
    "while IFS= read -r key; do\n"
    "	while IFS='|' read -r is value; do\n"
    "		[ \"$is\" = \"$key\" ] || continue\n"
    "		printf '%s\\t%s\\n' \"$key\" \"$value\"; none=0\n"
    "	done <\"${1##*:}\"\n"
    "done\n"
    "exit $none\n";

static const char table[] =
    "bank.example|smtp:[gw.bank.example]:587\n"
    ".shop.example|relay:[relay.example]\n"
    "user@person.example|smtp:[alone.example]\n"
    "plain.example|:\n"
    "clear.example|smtp:\n"
    "two.example|smtp:[a.example], [b.example]\n"
    "socket.example|lmtp:unix:private/lmtp\n"
    "gone.example|:[kept.example]\n";
static const char in_main_cf[] =
    "in.example|smtp:[inline.example]\n";
static const char patterns[] =
    "x@whole.example|smtp:[pattern.example]\n"
    "whole.example|smtp:[never.example]\n";

/* clang-format off */
static const struct {
	const char *label;
	const char *settings;
	const char *address;
	const char *wanted;             /* hops, then (unsure) */
} cases[] = {
	{ "the domain", USUAL, "u@bank.example", "bank.example" },
	{ "relayhost", SET("relayhost = [out.example]:587"),
	    "u@bank.example", "[out.example]:587" },
	{ "several relay hosts", SET("relayhost = [a.example], [b.example]"),
	    "u@bank.example", "[a.example] [b.example]" },
	{ "a transport's own", SET("default_transport = smtp:[out.example]"),
	    "u@bank.example", "[out.example]" },
	{ "by class, which is not looked up",
	    SET("default_transport = smtp:[out.example]\n"
		"relay_domains = hash:x"),
	    "u@bank.example", "[out.example] bank.example" },
	{ "no relay domain",
	    SET("default_transport = smtp:[out.example]\n"
		"relay_domains = corp.example, other.bank.example"),
	    "u@bank.example", "[out.example]" },
	{ "a mailbox behind SMTP", SET("virtual_transport = smtp:[box]\n"
	    "virtual_mailbox_domains = BANK.example"),
	    "u@bank.example", "bank.example [box]" },
	{ "no mailbox behind SMTP", SET("virtual_transport = smtp:[box]\n"
	    "virtual_mailbox_domains = corp.example\n"
	    "local_transport = smtp:[box]"),
	    "u@bank.example", "bank.example" },
	{ "a local domain", SET("local_transport = smtp:[box]"),
	    "u@mx.corp.example", "mx.corp.example [box]" },
	{ "a fallback", SET("smtp_fallback_relay = [late.example]"),
	    "u@bank.example", "bank.example [late.example]" },
	{ "a filter", SET("content_filter = scan:[127.0.0.1]:10024"),
	    "u@bank.example", "bank.example [127.0.0.1]:10024" },
	{ "by sender", SET("sender_dependent_relayhost_maps = hash:x"),
	    "u@bank.example",
	    "bank.example (sender_dependent_relayhost_maps is set)" },
	{ "a transport by sender",
	    SET("sender_dependent_default_transport_maps = hash:x"),
	    "u@bank.example", "bank.example "
	    "(sender_dependent_default_transport_maps is set)" },
	{ "the table", TABLE, "u@bank.example", "[gw.bank.example]:587" },
	{ "it is none of a subdomain's", TABLE, "u@a.bank.example",
	    "a.bank.example" },
	{ "a parent", TABLE, "u@a.b.shop.example", "[relay.example]" },
	{ "a parent has another style", SET("transport_maps = hash:t\n"
	    "parent_domain_matches_subdomains = x,transport_maps"),
	    "u@a.bank.example", "[gw.bank.example]:587" },
	{ "the address", TABLE, "user@person.example", "[alone.example]" },
	{ "with its extension", TABLE, "user+x@person.example",
	    "[alone.example]" },
	{ "of another user", TABLE, "other@person.example",
	    "person.example" },
	{ "nothing but a colon", TABLE, "u@plain.example", "plain.example" },
	{ "a transport resets relayhost",
	    SET("relayhost = [out.example]\ntransport_maps = hash:t"),
	    "u@clear.example", "clear.example" },
	{ "and a colon does not",
	    SET("relayhost = [out.example]\ntransport_maps = hash:t"),
	    "u@plain.example", "[out.example]" },
	{ "what the table decides is not the sender's",
	    SET("transport_maps = hash:t\n"
		"sender_dependent_relayhost_maps = hash:x"),
	    "u@bank.example", "[gw.bank.example]:587" },
	{ "two of them", TABLE, "u@two.example", "[a.example] [b.example]" },
	{ "a socket", TABLE, "u@socket.example", "" },
	{ "without a transport", TABLE, "u@gone.example", "[kept.example]" },
	{ "a pattern", TABLE, "x@whole.example", "[pattern.example]" },
	{ "a pattern is not for a part", TABLE, "y@whole.example",
	    "whole.example" },
	{ "a table that fails", SET("transport_maps = hash:t hash:absent"),
	    "u@bank.example", "bank.example (FOLDER/postmap failed: postmap: "
	    "fatal: open)" },
	{ "a table of tables", SET("transport_maps = pipemap:{hash:t}"),
	    "u@bank.example", "bank.example (transport_maps has a table that "
	    "is not asked here: pipemap:{hash:t})" },
	{ "a table in main.cf itself", SET("transport_maps = " INLINE
	    ", hash:t"), "u@in.example", "[inline.example]" },
	{ "and one behind it", SET("transport_maps = " INLINE ", hash:t"),
	    "u@bank.example", "[gw.bank.example]:587" },
	{ "a table of tables, with a blank",
	    SET("transport_maps = unionmap:{hash:t, hash:u} hash:t"),
	    "u@bank.example", "bank.example (transport_maps has a table that "
	    "is not asked here: unionmap:{hash:t, hash:u})" },
	{ "no domain", TABLE, "u", " (the address has no domain, or a control "
	    "character)" },
	{ "a line that is two", TABLE, "a\nb@bank.example", " (the address has "
	    "no domain, or a control character)" },
	{ "a parameter that this Postfix does not have",
	    "transport_maps =\n", "u@bank.example",
	    "bank.example (postconf does not print relayhost)" },
	{ "no answer", NULL, "u@bank.example",
	    "bank.example (FOLDER/postconf ended with status 7)" },
};
/* clang-format on */

static void
show_hops(const struct queued_recipient *to, char *out, size_t size,
    const char *folder)
{
	size_t n = strlen(folder);
	const char *at = to->unsure == NULL ? NULL
	    : strstr(to->unsure, folder);
	struct text t;

	text_init(&t, out, size);
	for (size_t i = 0; i < to->hop_count; i++)
		text_join(&t, " ", "%.*s", SLICE_ARGS(to->hops[i]));
	if (to->unsure != NULL)
		text_add(&t, " (%s%s)", at == NULL ? "" : "FOLDER",
		    at == NULL ? to->unsure : at + n);
}

static void
postfix_sends_to_what_its_tables_have(void **state ATTR_UNUSED)
{
	struct folder f;
	char postqueue[256], script[4096], shown[600];

	folder_create(&f);
	folder_path(&f, "postqueue", postqueue);
	folder_write_text(&f, "t", table);
	folder_write_text(&f, "i", in_main_cf);
	folder_write_text(&f, "r", patterns);
	folder_write_program(&f, "postmap", postmap);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct queued_recipient to = {
			.address = slice_of(cases[i].address) };
		struct nexthops *n;

		snprintf(script, sizeof(script), cases[i].settings == NULL
		    ? "exit 7" : "cat <<'END'\n%sEND\n", cases[i].settings);
		folder_write_program(&f, "postconf", script);
		n = nexthops_create(postqueue, NULL);
		nexthops_add(n, to.address);
		nexthops_add(n, SLICE("else@else.example"));
		nexthops_look_up(n);
		nexthops_of(n, &to);
		show_hops(&to, shown, sizeof(shown), f.path);
		want_text(cases[i].label, "next hops", shown,
		    cases[i].wanted);
		nexthops_destroy(&n);
		assert_null(n);
		nexthops_destroy(&n);
	}
	folder_remove(&f);
}

static const struct {
	const char *label, *cf;
	bool elsewhere;
} files[] = {
	{ "neither", "DS\nDH\nDR\nKaliases hash /etc/mail/aliases\n", false },
	{ "a smart host", "DSout.example\n", true },
	{ "a mail hub", "DHhub.example\n", true },
	{ "a relay", "DRrelay.example\n", true },
	{ "a mailertable", "Kmailertable hash -o /etc/mail/mailertable\n",
	    true },
	{ "submission", "D{MTAHost}[127.0.0.1]\n", true },
};

static void
sendmail_sends_to_the_domain_or_it_is_not_known(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(files); i++)
		want_number(files[i].label, "elsewhere",
		    sendmail_routes_of_cf(slice_of(files[i].cf)) != NULL,
		    files[i].elsewhere);
	assert_non_null(sendmail_routes_read("/nonexistent"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(postfix_sends_to_what_its_tables_have),
	cmocka_unit_test(sendmail_sends_to_the_domain_or_it_is_not_known),
};

RUN_TESTS(tests)
