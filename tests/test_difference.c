/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What another policy would do otherwise: every kind of loss is found, and what
 * is none is not. The settings are in tests/test_setting_rows.c.
 */
#include "config.h"

#include "policy/compare/difference.h"
#include "tests/reading.h"

enum { CAME = 8192, NOW = 1000000 };

#define LOG_ONLY \
	"format = 1;\nmode = \"log-only\";\nlog = { syslog = true; };\n"
#define PARTNERS(rows) "partners = ( " rows " );\n"
#define ROW(name, domains, rules) \
	"{ name = \"" name "\"; domains = [ " domains " ]; " rules " }"
#define INBOUND(rule) "inbound = { " rule " };"
#define ENTRY(rule) "entry = { " rule " };"
#define OUTBOUND(rule) "outbound = { " rule " };"
#define ENCRYPT "level = \"encrypt\"; stage = \"reject\"; "
#define VERIFY "level = \"verify\"; stage = \"reject\"; "
#define NAMES(list) VERIFY "names = [ " list " ]; "
#define PRIVATE "acknowledge_rfc3207 = true; "
#define NONE "level = \"none\"; stage = \"reject\"; "

/* One partner with one rule for inbound. */
#define ONE(rule) TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(rule)))
#define ONE_OUT(rule) \
	TOP PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(rule)))
#define PRINT \
	"sha256:0123456789abcdef0123456789abcdef0123456789abcdef" \
	"0123456789abcde"
#define HOP(key) "next_hops = [ \"" key "\" ]; "
#define ROUTES TOP "unlisted_routes = \"defer\";\n"
/* A route that has a row, but no rule for outbound. */
#define UNLISTED \
	TOP "unlisted_routes = \"defer\";\n" PARTNERS( \
	    ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", " \
	    "{ name = \"r\"; " HOP("[r.example]:25") \
	    "earlier = { " ENCRYPT " }; }")

/*
 * Before each item that is wanted: "!" for a loss, or "."; then "<" for less,
 * ">" for more, "~" for both, "=" for neither.
 */
struct difference_case {
	const char *label;
	const char *old, *new;
	const char *items;
};

static struct folder folder;

static struct policy *
read_text(const char *label, const char *name, const char *text)
{
	char problems[4096];
	struct policy *policy;

	folder_write_text(&folder, name, text);
	folder_read(&folder, name, &policy, problems, sizeof(problems));
	if (policy == NULL)
		fail_msg("%s: %s: %s", label, name, problems);
	return policy;
}

/* Writes the items, one a line. */
static void
show_difference(struct difference *d, char out[CAME])
{
	struct arena *a = arena_create(4096);
	size_t losses = 0;
	struct text text;

	text_init(&text, out, CAME);
	for (size_t i = 0; i < difference_count(d); i++) {
		const struct difference_item *item = difference_item(d, i);

		losses += item->loss;
		text_byte(&text, item->loss ? '!' : '.');
		text_byte(&text, "=<>~"[item->way]);
		text_byte(&text, ' ');
		text_slice(&text, item->name);
		text_slice(&text, difference_change(d, i, a));
		text_byte(&text, '\n');
	}
	assert_int_equal(losses, difference_losses(d));
	assert_false(text.cut);
	arena_destroy(&a);
}

static void
want_difference(const struct difference_case *c)
{
	struct policy *old = read_text(c->label, "old.conf", c->old);
	struct policy *new = read_text(c->label, "new.conf", c->new);
	struct difference *d = difference_make(old, new, NOW);
	char came[CAME];

	show_difference(d, came);
	difference_destroy(&d);
	policy_destroy(&old);
	policy_destroy(&new);
	want_text(c->label, "items", came, c->items);
}

static void
want_differences(const struct difference_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		want_difference(&cases[i]);
}

/* clang-format off */
static const struct difference_case no_losses[] = {
	{ "the same file", ONE(ENCRYPT), ONE(ENCRYPT), "" },
	{ "a row is split in two",
	    TOP PARTNERS(ROW("p", "\"a.example\", \"b.example\"",
		INBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"a.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"b.example\"", INBOUND(ENCRYPT))),
	    ".= q (new partner)\n" },
	{ "a key is moved to a partner who asks the same",
	    TOP PARTNERS(ROW("p", "\"a.example\", \"b.example\"",
		INBOUND(ENCRYPT)) ", "
		ROW("q", "\"c.example\"", INBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"a.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"c.example\", \"b.example\"", INBOUND(ENCRYPT))),
	    "" },
	{ "a profile is renamed",
	    TOP "profiles = ( { name = \"a\"; " INBOUND(ENCRYPT) " } );\n"
	    PARTNERS(ROW("p", "\"p.example\"", "profile = \"a\";")),
	    TOP "profiles = ( { name = \"b\"; " INBOUND(ENCRYPT) " } );\n"
	    PARTNERS(ROW("p", "\"p.example\"", "profile = \"b\";")), "" },
	{ "rows in another order",
	    TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"q.example\"", INBOUND(NAMES("\"a.example\"")))),
	    TOP PARTNERS(ROW("q", "\"q.example\"",
		INBOUND(NAMES("\"a.example\""))) ", "
		ROW("p", "\"p.example\"", INBOUND(ENCRYPT))), "" },
	{ "names in another order",
	    ONE(NAMES("\"a.example\", \"b.example\"")),
	    ONE(NAMES("\"b.example\", \"a.example\"")), "" },
	{ "a stage that rises",
	    ONE("level = \"encrypt\"; stage = \"defer\";"), ONE(ENCRYPT),
	    ".> p.example inbound: encrypt, defer (p) -> "
	    "encrypt, reject (p)\n" },
	{ "a row that comes",
	    ONE(ENCRYPT),
	    TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"q.example\"", INBOUND(ENCRYPT))),
	    ".= q (new partner)\n"
	    ".> q.example inbound: nothing -> encrypt, reject (q) "
	    "(new key)\n" },
	{ "a key that goes, and a suffix asks as much",
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"a.x.example\"", INBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT))),
	    ".= q (partner gone)\n.= a.x.example (key gone)\n" },
	{ "a key that goes, and \"*\" asks as much",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\"q.example\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    ".= q (partner gone)\n.= q.example (key gone)\n" },
	{ "fewer names", ONE(NAMES("\"a.example\", \"b.example\"")),
	    ONE(NAMES("\"a.example\"")),
	    ".> p.example inbound: verify names=a.example|b.example, reject "
	    "(p) -> verify names=a.example, reject (p)\n" },
	{ "a name below a suffix", ONE(NAMES("\".a.example\"")),
	    ONE(NAMES("\"x.a.example\", \".b.a.example\"")),
	    ".> p.example inbound: verify names=.a.example, reject (p) -> "
	    "verify names=x.a.example|.b.a.example, reject (p)\n" },
	{ "named instead of any peer", ONE(VERIFY "any_peer = true;"),
	    ONE(NAMES("\"a.example\"")),
	    ".> p.example inbound: verify any_peer, reject (p) -> "
	    "verify names=a.example, reject (p)\n" },
	{ "a range in two halves",
	    ONE(ENCRYPT "clients = [ \"192.0.2.0/24\" ];"),
	    ONE(ENCRYPT "clients = [ \"192.0.2.128/25\", "
	    "\"192.0.2.0/25\" ];"), "" },
	{ "a rule that did not act",
	    ONE("level = \"verify\"; any_peer = true; stage = \"log-only\";"),
	    ONE("level = \"encrypt\"; stage = \"log-only\";"),
	    ".< p.example inbound: verify any_peer, log-only (p) -> "
	    "encrypt, log-only (p)\n" },
	{ "a tag keeps no mail", ONE("level = \"encrypt\"; stage = \"tag\";"),
	    TOP PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(NONE))),
	    ".< p.example inbound: encrypt, tag (p) -> nothing\n" },
	{ "nothing acts in mode log-only",
	    LOG_ONLY PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT))),
	    LOG_ONLY,
	    ".= p (partner gone)\n"
	    ".< p.example inbound: encrypt, reject (p) -> nothing "
	    "(key gone)\n" },
	{ "what is only watched",
	    ONE(ENCRYPT "watch = { min_tls = \"1.3\"; };"), ONE(ENCRYPT), "" },
	{ "what the other side is called",
	    ONE_OUT(ENCRYPT "servername = \"hostname\";"), ONE_OUT(ENCRYPT),
	    "" },
	{ "a next hop whose host asks as much",
	    TOP PARTNERS("{ name = \"p\"; domains = [ \"p.example\" ]; "
		HOP("[p.example]:587") OUTBOUND(ENCRYPT) " }"),
	    ONE_OUT(ENCRYPT), ".= [p.example]:587 (key gone)\n" },
	{ "a next hop on this host is not covered by \"*\"",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		"{ name = \"q\"; " HOP("[127.0.0.1]:10025") OUTBOUND(NONE)
		" }"),
	    ".= q (new partner)\n.= [127.0.0.1]:10025 (new key)\n" },
	{ "an address whose domain asks as much",
	    TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"u@p.example\"", INBOUND(ENCRYPT))),
	    ONE(ENCRYPT),
	    ".= q (partner gone)\n.= u@p.example (key gone)\n" },
	{ "an address without its extension",
	    TOP PARTNERS(ROW("p", "\"u@p.example\", \"u+x@p.example\"",
		INBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"u@p.example\"", INBOUND(ENCRYPT))),
	    ".= u+x@p.example (key gone)\n" },
	{ "an address only adds",
	    ONE(VERIFY "any_peer = true;"),
	    TOP PARTNERS(ROW("p", "\"p.example\"",
		INBOUND(VERIFY "any_peer = true;")) ", "
		ROW("q", "\"u@p.example\"", INBOUND(NONE))),
	    ".= q (new partner)\n.= u@p.example (new key)\n" },
	{ "a more specific row that does not act leaves what acts",
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"a.x.example\"",
		INBOUND("level = \"none\"; stage = \"log-only\";"))),
	    ".= q (new partner)\n.= a.x.example (new key)\n" },
	{ "two demands together ask as much as one",
	    TOP PARTNERS(ROW("p", "\".x.example\"",
		INBOUND(ENCRYPT "min_tls = \"1.3\";")) ", "
		ROW("q", "\"a.x.example\"", INBOUND("level = \"encrypt\"; "
		"min_tls = \"1.3\"; min_bits = 256; stage = \"hold\";"))),
	    TOP PARTNERS(ROW("p", "\".x.example\"",
		INBOUND(ENCRYPT "min_tls = \"1.3\";")) ", "
		ROW("q", "\"a.x.example\"", INBOUND("level = \"encrypt\"; "
		"min_bits = 256; stage = \"hold\";"))), "" },
	{ "the same clients, and mail from elsewhere is only logged",
	    ONE(ENCRYPT "clients = [ \"192.0.2.1\", \"192.0.2.2\" ]; "
		"elsewhere = \"log\";"),
	    ONE(ENCRYPT "clients = [ \"192.0.2.2\", \"192.0.2.1\" ]; "
		"elsewhere = \"log\";"), "" },
	{ "a route that unlisted_routes refused before", UNLISTED, UNLISTED,
	    "" },
	{ "a route that unlisted_routes refuses all the same",
	    TOP "unlisted_routes = \"defer\";\n" PARTNERS(
		ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		"{ name = \"r\"; " HOP("[r.example]:25")
		OUTBOUND("level = \"encrypt\"; stage = \"defer\";") " }"),
	    TOP "unlisted_routes = \"defer\";\n" PARTNERS(
		ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    ".= r (partner gone)\n"
	    ".> [r.example]:25 outbound: encrypt, defer (r) -> "
	    "nothing passes, defer (unlisted_routes) (key gone)\n" },
	{ "a new partner beside unlisted_routes",
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		"{ name = \"q\"; domains = [ \"q.example\" ]; "
		HOP("[gw.example]:26") OUTBOUND(ENCRYPT) " }"),
	    ".= q (new partner)\n"
	    ".~ [gw.example]:26 outbound: nothing passes, defer "
	    "(unlisted_routes) -> encrypt, reject (q) (new key)\n"
	    ".> q.example outbound: nothing -> encrypt, reject (q) "
	    "(new key)\n" },
};

static const struct difference_case losses[] = {
	{ "a level is lowered", ONE(VERIFY "any_peer = true;"), ONE(ENCRYPT),
	    "!< p.example inbound: verify any_peer, reject (p) -> "
	    "encrypt, reject (p)\n" },
	{ "a stage is lowered", ONE(ENCRYPT),
	    ONE("level = \"encrypt\"; stage = \"defer\";"),
	    "!< p.example inbound: encrypt, reject (p) -> "
	    "encrypt, defer (p)\n" },
	{ "what was held passes",
	    ONE("level = \"encrypt\"; stage = \"hold\";"),
	    ONE("level = \"encrypt\"; stage = \"tag\";"),
	    "!< p.example inbound: encrypt, hold (p) -> encrypt, tag (p)\n" },
	{ "a floor is lowered", ONE(ENCRYPT "min_tls = \"1.3\";"),
	    ONE(ENCRYPT "min_tls = \"1.2\";"),
	    "!< p.example inbound: encrypt min_tls=1.3, reject (p) -> "
	    "encrypt min_tls=1.2, reject (p)\n" },
	{ "a row goes",
	    TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"q.example\"", INBOUND(ENCRYPT))),
	    ONE(ENCRYPT),
	    ".= q (partner gone)\n"
	    "!< q.example inbound: encrypt, reject (q) -> nothing "
	    "(key gone)\n" },
	{ "a rule goes",
	    TOP PARTNERS(ROW("p", "\"p.example\"",
		INBOUND(ENCRYPT) OUTBOUND(ENCRYPT))), ONE(ENCRYPT),
	    "!< p.example outbound: encrypt, reject (p) -> nothing\n" },
	{ "all rows go", ONE(ENCRYPT), TOP,
	    ".= p (partner gone)\n"
	    "!< p.example inbound: encrypt, reject (p) -> nothing "
	    "(key gone)\n" },
	{ "a key goes, and a suffix asks less",
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"a.x.example\"",
		INBOUND(VERIFY "any_peer = true;"))),
	    TOP PARTNERS(ROW("p", "\".x.example\"", INBOUND(ENCRYPT))),
	    ".= q (partner gone)\n"
	    "!< a.x.example inbound: verify any_peer, reject (q) -> "
	    "encrypt, reject (p) (key gone)\n" },
	{ "a new row asks less than the suffix above it",
	    TOP PARTNERS(ROW("p", "\".x.example\"",
		INBOUND(VERIFY "any_peer = true;"))),
	    TOP PARTNERS(ROW("p", "\".x.example\"",
		INBOUND(VERIFY "any_peer = true;")) ", "
		ROW("q", "\"a.x.example\"", INBOUND(ENCRYPT))),
	    ".= q (new partner)\n"
	    "!< a.x.example inbound: verify any_peer, reject (p) -> "
	    "encrypt, reject (q) (new key)\n" },
	{ "a new row below \"*\" asks nothing",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\".q.example\"", OUTBOUND(NONE))),
	    ".= q (new partner)\n"
	    "!< .q.example outbound: encrypt, reject (p) -> "
	    "none, reject (q) (new key)\n" },
	{ "\"*\" goes",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))), TOP,
	    ".= p (partner gone)\n"
	    "!< * outbound: encrypt, reject (p) -> nothing (key gone)\n" },
	{ "mail for this host is covered by \"*\" where it comes in",
	    TOP PARTNERS(ROW("p", "\"*\"", INBOUND(ENCRYPT PRIVATE))),
	    TOP PARTNERS(ROW("p", "\"*\"", INBOUND(ENCRYPT PRIVATE)) ", "
		ROW("q", "\"localhost\"", INBOUND(NONE))),
	    ".= q (new partner)\n"
	    "!< localhost inbound: encrypt, reject (p) -> "
	    "none, reject (q) (new key)\n" },
	{ "a next hop takes mail away from \"*\"",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		"{ name = \"q\"; " HOP("[r.example]:25") OUTBOUND(NONE) " }"),
	    ".= q (new partner)\n"
	    "!< [r.example]:25 outbound: encrypt, reject (p) -> "
	    "none, reject (q) (new key)\n" },
	{ "an address goes",
	    TOP PARTNERS(ROW("p", "\"p.example\"", INBOUND(ENCRYPT)) ", "
		ROW("q", "\"u@p.example\"",
		INBOUND(VERIFY "any_peer = true;"))),
	    ONE(ENCRYPT),
	    ".= q (partner gone)\n"
	    "!< u@p.example inbound: verify any_peer, reject (q) + "
	    "encrypt, reject (p) -> encrypt, reject (p) (key gone)\n" },
	{ "more names", ONE(NAMES("\"a.example\"")),
	    ONE(NAMES("\"a.example\", \"b.example\"")),
	    "!< p.example inbound: verify names=a.example, reject (p) -> "
	    "verify names=a.example|b.example, reject (p)\n" },
	{ "other names", ONE(NAMES("\"a.example\"")),
	    ONE(NAMES("\"b.example\"")),
	    "!~ p.example inbound: verify names=a.example, reject (p) -> "
	    "verify names=b.example, reject (p)\n" },
	{ "a suffix instead of a name", ONE(NAMES("\"x.a.example\"")),
	    ONE(NAMES("\".a.example\"")),
	    "!< p.example inbound: verify names=x.a.example, reject (p) -> "
	    "verify names=.a.example, reject (p)\n" },
	{ "any peer instead of a name", ONE(NAMES("\"a.example\"")),
	    ONE(VERIFY "any_peer = true;"),
	    "!< p.example inbound: verify names=a.example, reject (p) -> "
	    "verify any_peer, reject (p)\n" },
	{ "another way to prove it",
	    ONE(NAMES("\"a.example\"")),
	    ONE(VERIFY "peers = ( { names = [ \"a.example\" ]; }, "
		"{ logins = [ \"bob\" ]; } );"),
	    "!< p.example inbound: verify names=a.example, reject (p) -> "
	    "verify names=a.example or logins=bob, reject (p)\n" },
	{ "more subjects", ONE(VERIFY "subjects = \"a\";"),
	    ONE(VERIFY "subjects = [ \"a\", \"b\" ];"),
	    "!< p.example inbound: verify subjects=a, reject (p) -> "
	    "verify subjects=a|b, reject (p)\n" },
	{ "any issuer", ONE(VERIFY "subjects = \"a\"; issuers = \"ca\";"),
	    ONE(VERIFY "subjects = \"a\";"),
	    "!< p.example inbound: verify subjects=a issuers=ca, reject (p) "
	    "-> verify subjects=a, reject (p)\n" },
	{ "more fingerprints", ONE_OUT(VERIFY "fingerprints = \"" PRINT "a\";"),
	    ONE_OUT(VERIFY "fingerprints = [ \"" PRINT "a\", \"" PRINT
		"b\" ];"),
	    "!< p.example outbound: verify fingerprints=" PRINT "a, reject "
	    "(p) -> verify fingerprints=" PRINT "a|" PRINT
	    "b, reject (p)\n" },
	{ "more logins", ONE(VERIFY "logins = \"bob\";"),
	    ONE(VERIFY "logins = [ \"bob\", \"eve\" ];"),
	    "!< p.example inbound: verify logins=bob, reject (p) -> "
	    "verify logins=bob|eve, reject (p)\n" },
	{ "a login in place of any certificate",
	    ONE(VERIFY "any_peer = true;"), ONE(VERIFY "logins = \"bob\";"),
	    "!~ p.example inbound: verify any_peer, reject (p) -> "
	    "verify logins=bob, reject (p)\n" },
	{ "more clients", ONE(ENCRYPT "clients = [ \"192.0.2.0/25\" ];"),
	    ONE(ENCRYPT "clients = [ \"192.0.2.0/24\" ];"),
	    "!< p.example inbound: encrypt clients=192.0.2.0/25, reject (p) "
	    "-> encrypt clients=192.0.2.0/24, reject (p)\n" },
	{ "dane in place of names",
	    ONE_OUT(NAMES("\"mx.p.example\"")),
	    ONE_OUT(VERIFY "dane = true;"),
	    "!~ p.example outbound: verify names=mx.p.example, reject (p) "
	    "-> verify dane, reject (p)\n" },
	{ "mail from elsewhere is only logged",
	    ONE(ENCRYPT "clients = [ \"192.0.2.1\" ];"),
	    ONE(ENCRYPT "clients = [ \"192.0.2.1\" ]; elsewhere = \"log\";"),
	    "!< p.example inbound: encrypt clients=192.0.2.1, reject (p) -> "
	    "encrypt clients=192.0.2.1, reject, elsewhere log (p)\n" },
	{ "more of it is from elsewhere",
	    ONE(ENCRYPT "clients = [ \"192.0.2.1\", \"192.0.2.2\" ]; "
		"elsewhere = \"log\";"),
	    ONE(ENCRYPT "clients = [ \"192.0.2.1\" ]; elsewhere = \"log\";"),
	    "!~ p.example inbound: encrypt clients=192.0.2.1|192.0.2.2, "
	    "reject, elsewhere log (p) -> encrypt clients=192.0.2.1, "
	    "reject, elsewhere log (p)\n" },
	{ "exceptions may go lower",
	    ONE(VERIFY "any_peer = true; never_below = \"verify\";"),
	    ONE(VERIFY "any_peer = true;"),
	    "!< p.example inbound: verify any_peer, reject, never below "
	    "verify (p) -> verify any_peer, reject (p)\n" },
	{ "a row for a route that does not act hides unlisted_routes",
	    TOP "unlisted_routes = \"encrypt\";\n"
		PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    TOP "unlisted_routes = \"encrypt\";\n"
		PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		"{ name = \"r\"; " HOP("[r.example]:25")
		OUTBOUND("level = \"verify\"; stage = \"log-only\";") " }"),
	    ".= r (new partner)\n"
	    "!~ [r.example]:25 outbound: encrypt, defer (unlisted_routes) -> "
	    "verify, log-only (r) (new key)\n" },
	{ "a route's row is lost behind \"*\", and a row asks less than that",
	    TOP PARTNERS(ROW("p", "\"*\"", ENTRY(ENCRYPT PRIVATE)) ", "
		ROW("q", "\"q.example\"", ENTRY(NONE)) ", "
		ROW("r", "\"r.example\"", ENTRY(ENCRYPT PRIVATE))),
	    TOP PARTNERS(ROW("p", "\"*\"", ENTRY(ENCRYPT PRIVATE)) ", "
		ROW("q", "\"q.example\"", ENTRY(NONE))),
	    ".= r (partner gone)\n"
	    "!< r.example entry, as the host of a route: encrypt, reject (r) "
	    "-> nothing (key gone)\n" },
	{ "a suffix that asks nothing hides unlisted_routes",
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\".q.example\"", OUTBOUND(NONE))),
	    ".= q (new partner)\n"
	    "!< .q.example outbound, as the host of a route: nothing passes, "
	    "defer (unlisted_routes) -> none, reject (q) (new key)\n" },
	{ "\"*\" that asks nothing hides unlisted_routes",
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\"*\"", OUTBOUND(NONE))),
	    ".= q (new partner)\n"
	    "!< * outbound, as the host of a route: nothing passes, "
	    "defer (unlisted_routes) -> none, reject (q) (new key)\n" },
	{ "an address literal is not only a route",
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\"[192.0.2.1]\"", OUTBOUND(ENCRYPT))),
	    ROUTES PARTNERS(ROW("p", "\"p.example\"", OUTBOUND(ENCRYPT))),
	    ".= q (partner gone)\n"
	    "!< [192.0.2.1] outbound: encrypt, reject (q) -> nothing "
	    "(key gone)\n" },
	{ "an address on this host is covered by \"*\"",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\"[127.0.0.1]\", \"localhost\"", OUTBOUND(NONE))),
	    ".= q (new partner)\n"
	    "!< [127.0.0.1] outbound: encrypt, reject (p) -> none, reject (q) "
	    "(new key)\n"
	    "!< localhost outbound: encrypt, reject (p) -> none, reject (q) "
	    "(new key)\n" },
	{ "a next hop below localhost is not covered by \"*\"",
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT)) ", "
		ROW("q", "\".localhost\"", OUTBOUND(ENCRYPT))),
	    TOP PARTNERS(ROW("p", "\"*\"", OUTBOUND(ENCRYPT))),
	    ".= q (partner gone)\n"
	    "!< .localhost outbound, as the host of a route: encrypt, "
	    "reject (q) -> nothing (key gone)\n" },
	{ "rows are lost with the mode",
	    ONE(ENCRYPT), LOG_ONLY,
	    "!< mode: enforce -> log-only\n.= p (partner gone)\n"
	    "!< p.example inbound: encrypt, reject (p) -> nothing "
	    "(key gone)\n" },
};
/* clang-format on */

static void
test_no_losses(void **state ATTR_UNUSED)
{
	want_differences(no_losses, COUNT_OF(no_losses));
}

static void
test_losses(void **state ATTR_UNUSED)
{
	want_differences(losses, COUNT_OF(losses));
}

/*
 * With a state: an exception, inbound, and stages of the
 * rules by their numbers, 0 for the row's own.
 */
struct state_case {
	const char *label;
	const char *old, *new;
	const char *items;
	struct exception exception;     /* its partner absent: none */
	unsigned char old_stage, new_stage;     /* of rule 0 */
	bool not_old, not_new;          /* only one state has the exception */
};

#define EXCEPTION_OF(name, least, begin, end) \
	.exception = { .id = SLICE("x1"), .partner = SLICE(name), \
		.hop = HOP_INBOUND, .floor = (least), .from = (begin), \
		.until = (end) }
#define EXCEPTION(at_least, begin, end) \
	EXCEPTION_OF("p", LEVEL_##at_least, begin, end)
/* A line of a table that names a profile. */
#define LINE(rule) \
	TOP "tables = [ \"lines\" ];\nprofiles = ( { name = \"a\"; " \
	INBOUND(rule) " } );\n"
#define WITH " with x1 (encrypt until 1970-01-12T13:46:41Z)"
#define ANY VERIFY "any_peer = true;"

/* clang-format off */
static const struct state_case states[] = {
	{ "an exception does not hide that the rule asks less",
	    ONE(ANY), ONE(ENCRYPT),
	    "!< p.example inbound: verify any_peer, reject (p)" WITH " -> "
	    "encrypt, reject (p)" WITH "\n", EXCEPTION(ENCRYPT, 1, NOW + 1) },
	{ "an exception for both is no difference",
	    ONE(ANY), ONE(ANY), "", EXCEPTION(ENCRYPT, 1, NOW + 1) },
	{ "a key goes to a partner with an exception",
	    TOP PARTNERS(ROW("p", "\"a.example\"", INBOUND(ANY)) ", "
		ROW("q", "\"b.example\"", INBOUND(ANY))),
	    TOP PARTNERS(ROW("p", "\"a.example\", \"b.example\"",
		INBOUND(ANY))),
	    ".= q (partner gone)\n"
	    "!< b.example inbound: verify any_peer, reject (q) -> "
	    "verify any_peer, reject (p)" WITH "\n",
	    EXCEPTION(ENCRYPT, 1, NOW + 1) },
	{ "the same when it has yet to begin",
	    TOP PARTNERS(ROW("p", "\"a.example\"", INBOUND(ANY)) ", "
		ROW("q", "\"b.example\"", INBOUND(ANY))),
	    TOP PARTNERS(ROW("p", "\"a.example\", \"b.example\"",
		INBOUND(ANY))),
	    ".= q (partner gone)\n"
	    "!< b.example inbound: verify any_peer, reject (q) -> "
	    "verify any_peer, reject (p) with x1 (encrypt "
	    "from 1970-01-12T13:46:45Z until 1970-01-12T13:46:49Z)\n",
	    EXCEPTION(ENCRYPT, NOW + 5, NOW + 9) },
	{ "but not when it has ended",
	    TOP PARTNERS(ROW("p", "\"a.example\"", INBOUND(ANY)) ", "
		ROW("q", "\"b.example\"", INBOUND(ANY))),
	    TOP PARTNERS(ROW("p", "\"a.example\", \"b.example\"",
		INBOUND(ANY))),
	    ".= q (partner gone)\n", EXCEPTION(ENCRYPT, 1, NOW) },
	{ "an exception that was void is allowed now",
	    ONE(ANY "never_below = \"verify\";"), ONE(ANY),
	    "!< p.example inbound: verify any_peer, reject, never below "
	    "verify (p) -> verify any_peer, reject (p)" WITH "\n",
	    EXCEPTION(ENCRYPT, 1, NOW + 1) },
	{ "an exception becomes void",
	    ONE(ANY), ONE(ANY "never_below = \"verify\";"),
	    ".> p.example inbound: verify any_peer, reject (p)" WITH " -> "
	    "verify any_peer, reject, never below verify (p)\n"
	    ".= x1 (the exception is void)\n", EXCEPTION(ENCRYPT, 1, NOW + 1) },
	{ "another state has an exception", ONE(ANY), ONE(ANY),
	    "!< p.example inbound: verify any_peer, reject (p) -> "
	    "verify any_peer, reject (p)" WITH "\n",
	    EXCEPTION(ENCRYPT, 1, NOW + 1), .not_old = true },
	{ "another state has no such exception", ONE(ANY), ONE(ANY),
	    ".> p.example inbound: verify any_peer, reject (p)" WITH " -> "
	    "verify any_peer, reject (p)\n",
	    EXCEPTION(ENCRYPT, 1, NOW + 1), .not_new = true },
	{ "the stage of the state is what acts",
	    ONE("level = \"encrypt\"; stage = \"log-only\";"),
	    ONE("level = \"encrypt\"; stage = \"log-only\";"),
	    "!< p.example inbound: encrypt, reject (p) -> "
	    "encrypt, log-only (p)\n"
	    ".= p inbound (the stage set with the command is void)\n",
	    .old_stage = STAGE_REJECT },
	{ "a stage of the state that was lower",
	    ONE(ENCRYPT), ONE(ENCRYPT),
	    ".> p.example inbound: encrypt, log-only (p) -> "
	    "encrypt, reject (p)\n"
	    ".= p inbound (the stage set with the command is void)\n",
	    .old_stage = STAGE_LOG_ONLY },
	{ "an exception of a line becomes void",
	    LINE(ANY), LINE(ANY "never_below = \"verify\";"),
	    ".> line.example inbound: verify any_peer, reject" WITH " -> "
	    "verify any_peer, reject, never below verify\n"
	    ".= x1 (the exception is void)\n",
	    EXCEPTION_OF("line.example", LEVEL_ENCRYPT, 1, NOW + 1) },
	{ "one of a line that is a partner's key by now was void before",
	    ONE(ANY), ONE(ANY "never_below = \"verify\";"),
	    ".> p.example inbound: verify any_peer, reject (p) -> "
	    "verify any_peer, reject, never below verify (p)\n",
	    EXCEPTION_OF("p.example", LEVEL_ENCRYPT, 1, NOW + 1) },
	{ "a stage of the state that stays",
	    ONE(ENCRYPT), ONE(ENCRYPT), "",
	    .old_stage = STAGE_DEFER, .new_stage = STAGE_DEFER },
};
/* clang-format on */

/* Makes an overlay for policy. It goes with the policy's table. */
static void
lay_over(struct policy *policy, const struct state_case *c,
    unsigned char stage, bool granted)
{
	struct arena *a = table_arena(policy->table);
	struct overlay *overlay = arena_alloc(a, sizeof(*overlay));
	unsigned char *stages = arena_alloc(a, 1);

	stages[0] = stage;
	*overlay = (struct overlay){ .stages = stages, .stage_count = 1,
		.exceptions = exceptions_index(&c->exception,
		    granted && c->exception.partner.p != NULL, a) };
	policy->overlay = overlay;
}

static void
test_states(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		const struct state_case *c = &states[i];
		struct policy *old = read_text(c->label, "old.conf", c->old);
		struct policy *new = read_text(c->label, "new.conf", c->new);
		struct difference *d;
		char came[CAME];

		lay_over(old, c, c->old_stage, !c->not_old);
		lay_over(new, c, c->new_stage, !c->not_new);
		d = difference_make(old, new, NOW);
		show_difference(d, came);
		difference_destroy(&d);
		policy_destroy(&old);
		policy_destroy(&new);
		want_text(c->label, "items", came, c->items);
	}
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	folder_write_text(&folder, "lines", "line.example a\n");
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_no_losses),
	cmocka_unit_test(test_losses),
	cmocka_unit_test(test_states),
};
RUN_TESTS_WITH(tests, set_up, take_down)
