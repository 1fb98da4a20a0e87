/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_equate.h"
#include "conf/sendmail/sendmail_line.h"
#include "conf/sendmail/sendmail_option.h"
#include "policy/base/text.h"
#include "tests/cases.h"

#define V "V10/Berkeley\n"

/* clang-format off */
static const struct {
	const char *label;
	const char *text;
	const char *wanted;             /* see shown() */
} cases[] = {
	{ "an option", V "O LogLevel=14\n", "2 O LogLevel=14\n" },
	{ "blanks around the sign", V "O LogLevel  =  14 \n",
	    "2 O LogLevel=14\n" },
	{ "a beginning, any case", V "O loglev=14\n", "2 O LogLevel=14\n" },
	{ "a beginning of several", V "O Max=14\n",
	    "2 O Max=14\n2 no option of Sendmail 8.17 or 8.18 has this name\n" },
	{ "one letter", V "OL14\nOA/etc/aliases\n",
	    "2 O LogLevel=14\n3 O AliasFile=/etc/aliases\n" },
	{ "an unknown letter", V "O%14\n",
	    "2 O %=14\n2 no option of Sendmail 8.17 or 8.18 has this name\n" },
	{ "no value", V "O TLSFallbacktoClear\n",
	    "2 O TLSFallbacktoClear=\n" },
	{ "a part", V "O Milter.macros.helo={verify}, {cipher}\n",
	    "2 O Milter.macros.helo={verify}, {cipher}\n" },
	{ "a comment behind a value", V "O LogLevel=14 # or 9\n",
	    "2 O LogLevel=14\n" },
	{ "no comment: escaped", V "O LogLevel=\\#14\n",
	    "2 O LogLevel=#14\n" },
	{ "no comment: $#", V "Sx\nR$*\t$#error\n", "2 S x\n3 R $*\t$#error\n" },
	{ "no comments before version 3", "V2\nO LogLevel=14 # or 9\n",
	    "2 O LogLevel=14 # or 9\n" },
	{ "a line that goes on", V "O Milter.macros.helo=a,\n\tb # c\n  d\n"
	    "O LogLevel=9\n",
	    "2 O Milter.macros.helo=a,\tb   d\n5 O LogLevel=9\n" },
	{ "a comment that goes on", V "# a\n O LogLevel=14\nO LogLevel=9\n",
	    "4 O LogLevel=9\n" },
	{ "CR LF, no newline at the end", V "O LogLevel=9\r\nO LogLevel=8",
	    "2 O LogLevel=9\n3 O LogLevel=8\n" },
	{ "no version", "O LogLevel=9\n", "1 O LogLevel=9\n"
	    "0 the file has no V line, which Sendmail warns of\n" },
	{ "an unknown line", V "Zork\n",
	    "2 Sendmail knows no line with this first letter\n" },
	{ "lines that are passed over", V "Hx: y\nPlist=-30\nQq,P=/x\nEA=b\n",
	    "" },

	{ "a service", V "O DaemonPortOptions=Name=MTA, Family=inet6, "
	    "Addr=::1, Port=25, M=Ea, InputMailFilters=a;b\n",
	    "2 D MTA inet6 ::1 25 Ea a;b\n" },
	{ "small letters, first letters", V
	    "O DaemonPortOptions=n=x,f=inet,a=1.2.3.4,p=smtp,m=s,i=\n",
	    "2 D x inet 1.2.3.4 smtp s []\n" },
	{ "a service of defaults", V "O DaemonPortOptions=Port=smtp\nOOP=465\n",
	    "2 D Daemon0 - - smtp [] -\n3 D Daemon1 - - 465 [] -\n" },
	{ "what no service has", V "O DaemonPortOptions=Name=x, Zone=1, c=3\n",
	    "2 D x - - - [] -\n"
	    "2 a keyword of this option is none that Sendmail has\n" },
	{ "as a client", V "O ClientPortOptions=Family=inet, Addr=192.0.2.1\n",
	    "2 L Daemon0 inet 192.0.2.1 - [] -\n" },

	{ "a filter", V "Xenforcetls, S=inet:8892@127.0.0.1, F=T, "
	    "T=C:5s;S:6s;R:10s;E:1m30s\n",
	    "2 X enforcetls inet:8892@127.0.0.1 T 5 6 10 90\n" },
	{ "a filter without F= and T=", V "Xa, S=local:/run/a.sock\n",
	    "2 X a local:/run/a.sock [] 300 10 10 300\n" },
	{ "a filter that is cut", V "Xa, S=local:/a, F\n",
	    "2 a filter has no name, or a field of it no \"=\"\n" },
	{ "two of a name: the first", V "Xa, S=local:/a\nXa, S=local:/b\n",
	    "2 X a local:/a [] 300 10 10 300\n"
	    "3 a filter of this name is defined before\n" },
	{ "a wrong time", V "Xa, S=local:/a, T=R:soon;E:9\n",
	    "2 X a local:/a [] 300 10 10 9\n"
	    "2 a filter has a T= that Sendmail does not take\n" },

	{ "a mailer", V "Mesmtp,\t\tP=[IPC], F=mDFMuXa, S=A/B, E=\\r\\n,\n"
	    "\t\tT=DNS/RFC822/SMTP,\n\t\tA=TCP $h 2525\n",
	    "2 M esmtp [IPC] mDFMuXa smtp $h 2525\n" },
	{ "a mailer on the usual port", V "Msmtp, P=[IPC], A=TCP $h\n",
	    "2 M smtp [IPC] [] smtp $h -\n" },
	{ "a mailer that is a program", V "Mlocal, P=/bin/mda, F=l9S, "
	    "A=mda \"a, b\" $u\n", "2 M local /bin/mda l9S\n" },
	{ "LMTP over a socket", V "Mcyrus, P=[IPC], F=z, A=FILE /run/lmtp\n",
	    "2 M cyrus [IPC] z\n" },
	{ "a mailer without A=", V "Mx, P=[IPC]\n",
	    "2 a mailer has no P= or no A=\n" },

	{ "macros", V "DSesmtp:gw.example\nD{MTAHost}[127.0.0.1]\nDZ\n",
	    "2 d S esmtp:gw.example\n3 d MTAHost [127.0.0.1]\n4 d Z []\n" },
	{ "a macro of one letter in braces", V "D{S}\"a b\"\n",
	    "2 d S a b\n" },
	{ "a macro without its end", V "D{Sab\n",
	    "2 the name of a macro is missing\n" },
	{ "classes", V "Cwlocalhost a.example\nC{VirtHost}v.example\n"
	    "CR$={VirtHost}\nTroot\n",
	    "2 C w 0 localhost a.example\n3 C VirtHost 0 v.example\n"
	    "4 C R 0 $={VirtHost}\n5 C t 0 root\n" },
	{ "classes in files", V "Fw/etc/names %[^\\#]\nFR-o /etc/relay\n"
	    "F{x}|/bin/list all\nF{y}key@hash:/etc/map\nF{z}@LDAP\n",
	    "2 C w 1 /etc/names\n3 C R 1 /etc/relay optional\n"
	    "4 C x 2 /bin/list all\n5 C y 3 key@hash:/etc/map\n"
	    "6 C z 3 @LDAP\n" },
	{ "a class without a file", V "Fw\n",
	    "2 the file of a class is missing\n" },
	{ "a macro in a class", V "DZa.example\nCw$Z $j $$Z\n",
	    "2 d Z a.example\n3 C w 0 a.example $j $$Z\n" },

	{ "a map", V "Kaccess hash -T<TMPF> -o /etc/mail/access\n",
	    "2 K access hash To /etc/mail/access <TMPF> - - -\n" },
	{ "columns of a map", V "Kt text -k0 -v 1 -z: /etc/t rebuild\n",
	    "2 K t text kvz /etc/t - 0 1 :\n" },
	{ "a map of maps", V "Kall sequence a b\n",
	    "2 K all sequence [] a - - - -\n" },
	{ "a map without a file", V "Kdequote dequote\n",
	    "2 K dequote dequote [] - - - - -\n" },
	{ "a macro in a map", V "D{d}/etc\nKa hash ${d}/a\n",
	    "2 d d /etc\n3 K a hash [] /etc/a - - - -\n" },
	{ "a map without a type", V "Ka\n",
	    "2 a map has no name or no type\n" },

	{ "rulesets", V "SLocal=98\nR$*\tx\nS3\nSlocal\nR$+\ty\n",
	    "2 S Local\n3 R $*\tx\n4 S 3\n6 R $+\ty\n" },
	{ "a rule before all", V "R$*\tx\n",
	    "2 a rule is before the first ruleset\n" },
	{ "a rule without a tab", V "Sx\nR$* x\n",
	    "2 S x\n3 a rule has no tab\n" },
};
/* clang-format on */

/* A value for a list between blanks: "-" when absent, "[]" when empty. */
static const char *
word(struct slice s, struct arena *a)
{
	return s.p == NULL ? "-" : s.n == 0 ? "[]" : arena_string(a, s);
}

static void
show_daemons(struct text *out, char letter, const struct sendmail_daemon *list,
    size_t count, struct arena *a)
{
	for (size_t i = 0; i < count; i++)
		text_add(out, "%u %c %s %s %s %s %s %s\n", list[i].line,
		    letter, word(list[i].name, a), word(list[i].family, a),
		    word(list[i].address, a), word(list[i].port, a),
		    word(list[i].modifiers, a), word(list[i].filters, a));
}

static void
show_options(struct text *out, const struct sendmail_cf *cf, struct arena *a)
{
	for (size_t i = 0; i < cf->option_count; i++) {
		const struct sendmail_option *o = &cf->options[i];

		if (slice_ends(o->name, SLICE("PortOptions")))
			continue;
		text_add(out, "%u O %s%s%s=%s\n", o->line,
		    arena_string(a, o->name), o->sub.p == NULL ? "" : ".",
		    o->sub.p == NULL ? "" : arena_string(a, o->sub),
		    arena_string(a, o->value));
	}
	show_daemons(out, 'D', cf->daemons, cf->daemon_count, a);
	show_daemons(out, 'L', cf->clients, cf->client_count, a);
}

static void
show_agents(struct text *out, const struct sendmail_cf *cf, struct arena *a)
{
	for (size_t i = 0; i < cf->filter_count; i++) {
		const struct sendmail_filter *f = &cf->filters[i];

		text_add(out, "%u X %s %s %s %ld %ld %ld %ld\n", f->line,
		    word(f->name, a), word(f->socket, a), word(f->flags, a),
		    f->connect, f->write, f->read, f->end);
	}
	for (size_t i = 0; i < cf->mailer_count; i++) {
		const struct sendmail_mailer *m = &cf->mailers[i];

		text_add(out, "%u M %s %s %s", m->line, word(m->name, a),
		    word(m->path, a), word(m->flags, a));
		if (m->is_smtp)
			text_add(out, " smtp %s %s", word(m->host, a),
			    word(m->port, a));
		text_add(out, "\n");
	}
}

static void
show_names(struct text *out, const struct sendmail_cf *cf, struct arena *a)
{
	for (size_t i = 0; i < cf->macro_count; i++)
		text_add(out, "%u d %s %s\n", cf->macros[i].line,
		    word(cf->macros[i].name, a), word(cf->macros[i].value, a));
	for (size_t i = 0; i < cf->class_count; i++)
		text_add(out, "%u C %s %d %s%s\n", cf->classes[i].line,
		    word(cf->classes[i].name, a), (int)cf->classes[i].members,
		    word(cf->classes[i].text, a),
		    cf->classes[i].optional ? " optional" : "");
	for (size_t i = 0; i < cf->map_count; i++) {
		const struct sendmail_map *m = &cf->maps[i];

		text_add(out, "%u K %s %s %s %s %s %s %s %s\n", m->line,
		    word(m->name, a), word(m->type, a), word(m->switches, a),
		    word(m->file, a), word(m->on_failure, a),
		    word(m->key_column, a), word(m->value_column, a),
		    word(m->delimiter, a));
	}
}

/* Each list in turn; rulesets with their rules, in the order of lines. */
static const char *
shown(const struct sendmail_cf *cf, struct arena *a)
{
	struct text out;
	size_t rule = 0;

	text_init(&out, arena_alloc(a, 4096), 4096);
	show_options(&out, cf, a);
	show_agents(&out, cf, a);
	show_names(&out, cf, a);
	for (size_t i = 0; i < cf->ruleset_count || rule < cf->rule_count; )
		if (i < cf->ruleset_count && (rule == cf->rule_count ||
		    cf->rulesets[i].line < cf->rules[rule].line)) {
			text_add(&out, "%u S %s\n", cf->rulesets[i].line,
			    word(cf->rulesets[i].name, a));
			i++;
		} else {
			text_add(&out, "%u R %s\n", cf->rules[rule].line,
			    word(cf->rules[rule].text, a));
			rule++;
		}
	for (size_t i = 0; i < cf->problem_count; i++)
		text_add(&out, "%u %s\n", cf->problems[i].line,
		    cf->problems[i].what);
	assert_false(out.cut);
	return text_so_far(&out).p;
}

static void
test_lines(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *a = arena_create(4096);
		struct sendmail_cf cf;

		sendmail_line_read(slice_of(cases[i].text), a, &cf);
		want_text(cases[i].label, "reading", shown(&cf, a),
		    cases[i].wanted);
		arena_destroy(&a);
	}
}

/* What a command line sets beats the file. */
static void
test_overrides(void **state ATTR_UNUSED)
{
	static const char text[] = V "O LogLevel=9\nO PrivacyOptions=a\n"
	    "O DaemonPortOptions=Name=x\nO DaemonPortOptions=Name=y\n"
	    "O Milter.macros.helo=a\nO Milter.macros.eom=b\n";
	struct arena *a = arena_create(4096);
	struct sendmail_cf cf;

	sendmail_line_read(slice_of(text), a, &cf);
	sendmail_cf_override(&cf, SLICE("LogLevel=14"));
	sendmail_cf_override(&cf, SLICE("PrivacyOptions=b"));
	sendmail_cf_override(&cf, SLICE("DaemonPortOptions=Name=z"));
	sendmail_cf_override(&cf, SLICE("daemonport=Name=zz"));
	sendmail_cf_override(&cf, SLICE("Milter.macros.helo=c"));
	sendmail_cf_override(&cf, SLICE("Nonsense=c"));
	want_text("command line", "reading", shown(&cf, a),
	    "3 O PrivacyOptions=a\n7 O Milter.macros.eom=b\n0 O LogLevel=14\n"
	    "0 O PrivacyOptions=b\n0 O Milter.macros.helo=c\n"
	    "0 O Nonsense=c\n"
	    "0 D z - - - [] -\n0 D zz - - - [] -\n"
	    "0 the command line has an option that is none\n");
	arena_destroy(&a);
}

static void
test_questions(void **state ATTR_UNUSED)
{
	static const char text[] = V "O LogLevel=9\nO LogLevel=14\n"
	    "O TLSFallbacktoClear=false\nO UseMSP\nO TLSSrvOptions=C\n"
	    "O TLSSrvOptions=X, V\nO Milter.macros.helo=a\nDSx\nDSy\n"
	    "Ka hash /1\nKa text /2\nMESMTP, P=[IPC], A=TCP $h\nXa, S=b\n"
	    "Stry_tls\nR$*\t$: $(access x $)\nR$*\t$(accessory x $)\nSb\n";
	struct arena *a = arena_create(4096);
	struct sendmail_cf cf;
	unsigned line = 0;

	sendmail_line_read(slice_of(text), a, &cf);
	want_slice("option", "the last", sendmail_cf_option(&cf,
	    "LogLevel").text, "14");
	want_number("option", "its line", sendmail_cf_option(&cf,
	    "LogLevel").line, 3);
	want_slice("option", "not set", sendmail_cf_option(&cf,
	    "CACertFile").text, NULL);
	want_slice("option", "a part", sendmail_cf_part(&cf, "Milter",
	    "macros.HELO").text, "a");
	want_slice("option", "no part", sendmail_cf_part(&cf, "Milter",
	    "macros.eom").text, NULL);
	want_that("on", "off", !sendmail_cf_is_on(&cf, "TLSFallbacktoClear",
	    true));
	want_that("on", "no value", sendmail_cf_is_on(&cf, "UseMSP", false));
	want_that("on", "not set", sendmail_cf_is_on(&cf, "DANE", true));
	want_that("letter", "V", sendmail_cf_has_letter(&cf, "TLSSrvOptions",
	    'V', &line));
	want_number("letter", "line", line, 7);
	want_that("letter", "none", !sendmail_cf_has_letter(&cf,
	    "TLSSrvOptions", 'Z', &line));
	want_slice("macro", "the last", sendmail_cf_macro(&cf, "S").text, "y");
	want_slice("map", "the last", sendmail_cf_map(&cf, "a")->type, "text");
	want_that("map", "none", sendmail_cf_map(&cf, "b") == NULL);
	want_that("mailer", "case", sendmail_cf_mailer(&cf,
	    SLICE("esmtp")) != NULL);
	want_that("filter", "there", sendmail_cf_filter(&cf,
	    SLICE("a")) != NULL);
	want_that("looks up", "access", sendmail_cf_looks_up(&cf, "try_tls",
	    "access", &line));
	want_number("looks up", "line", line, 16);
	want_that("looks up", "any", sendmail_cf_looks_up(&cf, NULL,
	    "accessory", &line));
	want_that("looks up", "not there", !sendmail_cf_looks_up(&cf, "b",
	    "access", &line));
	want_that("looks up", "no ruleset", !sendmail_cf_looks_up(&cf, "c",
	    "access", &line));
	arena_destroy(&a);
}

static void
test_seconds(void **state ATTR_UNUSED)
{
	static const struct {
		const char *text;
		long wanted;
	} times[] = {
		{ "5", 5 }, { "5s", 5 }, { "1m30s", 90 }, { "2h", 7200 },
		{ "1d", 86400 }, { "1w", 604800 }, { "", -1 }, { "s", -1 },
		{ "5x", -1 }, { "-5", -1 }, { "99999999999", -1 },
		{ "99w", -1 },
	};

	for (size_t i = 0; i < COUNT_OF(times); i++)
		want_number(times[i].text, "seconds",
		    sendmail_equate_seconds(slice_of(times[i].text)),
		    times[i].wanted);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_lines),
	cmocka_unit_test(test_overrides),
	cmocka_unit_test(test_questions),
	cmocka_unit_test(test_seconds),
};

RUN_TESTS(tests)
