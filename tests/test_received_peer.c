/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text of a peer in HELO, certificate, ident or envelope. Written in an
 * MTA's format after that MTA's cleaning of such text, the field is read as the
 * facts that the MTA saw. Written without any cleaning, the facts may become
 * unknown, but never better than the truth.
 */
#include "config.h"

#include "tests/cases.h"
#include "tests/received_show.h"

#define DATE "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)"

enum { ROUNDS = 30000, WORD = 400, FIELD = 4096 };

/* The peer is at 203.0.113.5; 192.0.2.1 is an own relay. */
static const char *const hostile[] = { "[192.0.2.1]", "(relay [192.0.2.1])",
	"192.0.2.1", "(", ")", "\"", "\\", "<", ">", ";", " ", "\n\t",
	"a", "relay.example", "from", "by", "by mx (Postfix)", "with ESMTPS",
	"id 1", ("(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
	"(256/256 bits))"), "(Client CN \"a\", Issuer \"b\" (verified OK))",
	"\", Issuer \"CA\" (verified OK)", "\", Issuer \"CA\" (verified OK))",
	"(Authenticated sender: b", "(verified OK)", "verify=OK",
	"(version=TLSv1.3 cipher=AES bits=256 verify=OK)", "for <u@d>",
	"(8.17.1/8.17.1)", "tls TLS_AES_128_GCM_SHA256", "(Exim 4.96)",
	"(envelope-from <", "(HELO x)", "(192.0.2.1)", "DATE", "DATE(",
	"helo=", "x@192.0.2.1", "@", "\xc3\xa4", "\001", "for \"", "for <",
	"with (AES256-SHA encrypted) SMTP", "with ESMTP/TLS/AES256-SHA",
	"(TLS1.3)", "with esmtps (TLS1.3) tls TLS_X (Exim 4.96)",
	"(Postfix)", "(OpenSMTPD)", "(TLSv1.3:X:256:YES)", "(RZmta 1)",
	"by mx.google.com", "with Microsoft SMTP Server (TLS)" };

static unsigned long random_state;

/* The generator of Numerical Recipes: every run has the same rounds. */
static unsigned
roll(unsigned n)
{
	random_state = random_state * 1664525UL + 1013904223UL;
	return (unsigned)(random_state >> 16) % n;
}

static void
add(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	snprintf(out + n, size - n, "%s", text);
}

static void
hostile_word(char *out)
{
	unsigned parts = roll(5);

	out[0] = '\0';
	for (unsigned i = 0; i <= parts; i++) {
		const char *part = hostile[roll(COUNT_OF(hostile))];

		if (strncmp(part, "DATE", 4) == 0) {
			add(out, WORD, DATE);
			part += 4;
		}
		add(out, WORD, part);
		if (roll(2) == 0)
			add(out, WORD, " ");
	}
}

/* Replaces every byte that is not printable ASCII or is one of bad. */
static void
mask(char *text, const char *bad)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e || strchr(bad, *text) != NULL)
			*text = '?';
}

static void
clean_helo(char *text)
{
	mask(text, " <>()\\\";@");
}

/* Sendmail and Exim refuse other bytes in HELO. */
static void
clean_strict(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr("[].-_#:", *p) != NULL))
			*p = '-';
}

static void
clean_qmail(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr(".@%+/=:-", *p) != NULL))
			*p = '?';
}

/* Postfix: brackets must match, backslashes are removed. */
static void
clean_comment(char *text)
{
	int depth = 0;

	mask(text, "\\");
	for (char *p = text; *p != '\0'; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')' && depth-- == 0) {
			*p = '?';
			depth = 0;
		}
	}
	while (depth-- > 0)
		add(text, WORD, ")");
}

/* A local part as a quoted string. */
static void
quote(char *text)
{
	char out[WORD * 2 + 3];
	size_t n = 0;

	out[n++] = '"';
	for (const char *p = text; *p != '\0' && n < WORD - 3; p++) {
		if (*p == '"' || *p == '\\')
			out[n++] = '\\';
		out[n++] = *p < 0x20 && *p >= 0 ? '?' : *p;
	}
	out[n++] = '"';
	out[n] = '\0';
	memcpy(text, out, n + 1);
}

struct peer {
	char helo[WORD], name[WORD], cn[WORD], issuer[WORD], sender[WORD],
	    rcpt[WORD];
};

static const char using[] = "(using TLSv1.3 with cipher "
			    "TLS_AES_256_GCM_SHA384 (256/256 bits))\n\t";
static const char suite[] = "\n\t(version=TLSv1.3 cipher="
			    "TLS_AES_256_GCM_SHA384 bits=256 verify=";

static void
postfix(const struct peer *p, bool tls, bool verified, char *out)
{
	snprintf(out, FIELD, "from %s (%s [203.0.113.5])\n\t", p->helo,
	    p->name);
	if (tls) {
		add(out, FIELD, using);
		add(out, FIELD, "(Client CN \"");
		add(out, FIELD, p->cn);
		add(out, FIELD, "\", Issuer \"");
		add(out, FIELD, p->issuer);
		add(out, FIELD, verified ? "\" (verified OK))\n\t"
					 : "\" (not verified))\n\t");
	}
	add(out, FIELD, tls ? "by mx.example (Postfix) with ESMTPS id 1\n\t"
			    : "by mx.example (Postfix) with ESMTP id 1\n\t");
	add(out, FIELD, "for <");
	add(out, FIELD, p->rcpt);
	add(out, FIELD, "@d.example>" DATE);
}

static void
sendmail(const struct peer *p, bool tls, bool verified, char *out)
{
	snprintf(out, FIELD, "from %s (%s [203.0.113.5])\n\tby sm.example "
	    "(8.17.1/8.17.1) with %s id 1", p->helo, p->name,
	    tls ? "ESMTPS" : "ESMTP");
	if (tls) {
		add(out, FIELD, suite);
		add(out, FIELD, verified ? "OK)" : "FAIL)");
	}
	add(out, FIELD, "\n\tfor <");
	add(out, FIELD, p->rcpt);
	add(out, FIELD, "@d.example>" DATE);
}

static void
exim(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from x.example ([203.0.113.5] helo=%s)\n\t"
	    "by ex.example with %s\n\t(Exim 4.96)\n\t(envelope-from <",
	    p->helo, tls ? "esmtps  (TLS1.3) tls TLS_AES_256_GCM_SHA384"
			 : "esmtp");
	add(out, FIELD, p->sender);
	add(out, FIELD, "@s.example>)\n\tid 1\n\tfor ");
	add(out, FIELD, p->rcpt);
	add(out, FIELD, "@d.example" DATE);
}

static void
exchange(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from %s (203.0.113.5) by ex.example (10.0.0.5) "
	    "with Microsoft SMTP Server%s id 15.1" DATE, p->helo,
	    tls ? " (version=TLS1_3, cipher=TLS_AES_256_GCM_SHA384)" : "");
}

static void
google(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from %s (%s. [203.0.113.5]) by mx.google.com "
	    "with %s id 1 for <%s@d.example>%s" DATE, p->helo, p->name,
	    tls ? "ESMTPS" : "ESMTP", p->rcpt, tls ? "\n (version=TLS1_3 "
	    "cipher=TLS_AES_256_GCM_SHA384 bits=256/256)" : "");
}

static void
haraka(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from %s (%s [203.0.113.5])\r\n\tby h.example "
	    "(Haraka/3.0.3) with %s id 1\r\n\tenvelope-from <%s@s.example>%s"
	    DATE, p->helo, p->name, tls ? "ESMTPS" : "ESMTP", p->sender,
	    tls ? "\r\n\ttls TLS_AES_256_GCM_SHA384" : "");
}

static void
qmail(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from x.example (HELO %s) (%s@203.0.113.5)\n  by "
	    "q.example with %sSMTP" DATE, p->helo, p->sender,
	    tls ? "(AES256-SHA encrypted) " : "");
}

static void
strato(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from %s by smtp.strato.example (RZmta 51.2) "
	    "with %s id z0%s" DATE, p->helo, tls ? "ESMTPS" : "ESMTP",
	    tls ? " (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 "
	    "bits)) (Client did not present a certificate)" : "");
}

static void
plain(const struct peer *p, bool tls, bool verified ATTR_UNUSED, char *out)
{
	snprintf(out, FIELD, "from %s (%s [203.0.113.5]) by m.example with %s "
	    "id 1 for <%s@d.example>" DATE, p->helo, p->name,
	    tls ? "ESMTPS" : "ESMTP", p->rcpt);
}

static const struct {
	const char *label;
	void (*write)(const struct peer *p, bool tls, bool verified,
	    char *out);
	void (*helo)(char *text);
	void (*sender)(char *text);
	bool vouches, address;
} mtas[] = {
	{ "Postfix", postfix, clean_helo, quote, true, true },
	{ "Sendmail", sendmail, clean_strict, quote, true, true },
	{ "Exim", exim, clean_strict, clean_strict, false, true },
	{ "Exchange", exchange, clean_helo, quote, false, true },
	{ "Google", google, clean_helo, quote, false, true },
	{ "Haraka", haraka, clean_helo, quote, false, true },
	{ "qmail", qmail, clean_qmail, clean_qmail, false, true },
	{ "Strato", strato, clean_helo, quote, false, false },
	{ "plain", plain, clean_helo, quote, false, true },
};

static void
make_peer(struct peer *p, size_t mta, bool clean)
{
	hostile_word(p->helo);
	hostile_word(p->cn);
	hostile_word(p->issuer);
	hostile_word(p->sender);
	hostile_word(p->rcpt);
	/* A name that the MTA looked up, or an ident before it. */
	if (clean || roll(3) != 0)
		snprintf(p->name, WORD, "x.example");
	else
		hostile_word(p->name);
	if (!clean) {
		if (roll(2) == 0)
			quote(p->rcpt);
		return;
	}
	mtas[mta].helo(p->helo);
	mtas[mta].sender(p->sender);
	clean_comment(p->cn);
	clean_comment(p->issuer);
	quote(p->rcpt);
}

static bool
is_real(const struct netaddr *client)
{
	struct netaddr real;

	return netaddr_from(SLICE("203.0.113.5"), &real) &&
	    netaddr_eq(&real, client);
}

/* Fails if the field is read as better than the truth. */
static void
want_no_better(const char *label, const struct evidence *e, bool tls,
    bool verified, const char *field)
{
	if (e->tls == PROOF_PRESENT && !tls)
		fail_msg("%s: TLS came out of %s", label, field);
	if (e->verified == PROOF_PRESENT && !verified)
		fail_msg("%s: verified came out of %s", label, field);
	if (e->client.family != 0 && !is_real(&e->client))
		fail_msg("%s: another address came out of %s", label, field);
}

static void
want_truth(size_t mta, const struct evidence *e, bool tls, bool verified,
    const char *field)
{
	const char *label = mtas[mta].label;

	if (mtas[mta].address && e->client.family == 0)
		fail_msg("%s: no address came out of %s", label, field);
	if (tls && e->tls != PROOF_PRESENT)
		fail_msg("%s: no TLS came out of %s", label, field);
	if (tls && mtas[mta].vouches && !verified &&
	    e->verified != PROOF_ABSENT)
		fail_msg("%s: \"not verified\" lost in %s", label, field);
}

static void
cleaned_text_reads_as_the_mta_saw_it(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(16384);
	char field[FIELD];
	struct received r;
	struct peer p;

	random_state = 1;
	for (unsigned i = 0; i < ROUNDS; i++) {
		size_t mta = i % COUNT_OF(mtas);
		bool tls = roll(2) != 0, verified = tls && roll(2) != 0;

		make_peer(&p, mta, true);
		mtas[mta].write(&p, tls, verified, field);
		received_read(slice_of(field), a, &r);
		want_no_better(mtas[mta].label, &r.proof, tls, verified,
		    field);
		want_truth(mta, &r.proof, tls, verified, field);
		arena_reset(a);
	}
	arena_destroy(&a);
}

static void
raw_text_never_reads_better_than_the_truth(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(16384);
	char field[FIELD];
	struct received r;
	struct peer p;
	long rounds = ROUNDS;

	if (getenv("TEST_ROUNDS") != NULL)
		slice_int(slice_of(getenv("TEST_ROUNDS")), 1, 1000000000,
		    &rounds);
	random_state = 2;
	for (long i = 0; i < rounds; i++) {
		size_t mta = (size_t)i % COUNT_OF(mtas);
		bool tls = roll(2) != 0, verified = tls && roll(2) != 0;

		make_peer(&p, mta, false);
		mtas[mta].write(&p, tls, verified, field);
		received_read(slice_of(field), a, &r);
		want_no_better(mtas[mta].label, &r.proof, tls, verified,
		    field);
		arena_reset(a);
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(cleaned_text_reads_as_the_mta_saw_it),
	cmocka_unit_test(raw_text_never_reads_better_than_the_truth),
};

RUN_TESTS(tests)
