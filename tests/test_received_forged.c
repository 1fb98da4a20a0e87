/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/limits.h"
#include "tests/cases.h"
#include "tests/received_show.h"

/* The client is 203.0.113.5, a stranger that impersonates the own relay
 * 192.0.2.1. */
#define DATE "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)"
#define REAL " (x.example [203.0.113.5])\n\t"
#define AES "TLS_AES_256_GCM_SHA384"
#define USING "(using TLSv1.3 with cipher " AES " (256/256 bits))\n\t"
#define BY "by mx.corp.example (Postfix) with "
#define UNKNOWN "none unknown tls=unknown verified=unknown from nowhere"
#define PLAIN "Postfix hop tls=no verified=no from 203.0.113.5"
#define TLS "Postfix hop tls=yes TLSv1.3 " AES "/256 "
#define CERT(cn, issuer, word) "from h" REAL USING "(Client CN \"" cn \
	"\", Issuer \"" issuer "\" (" word "))\n\t" BY "ESMTPS id 1" DATE

/* clang-format off */
static const struct {
	const char *label, *field, *wanted;
} cases[] = {
	/* HELO */
	{ "HELO is an own relay's literal", "from [192.0.2.1]" REAL BY
	    "ESMTP id 1" DATE, PLAIN },
	{ "HELO is an own relay's bare address", "from 192.0.2.1" REAL BY
	    "ESMTP id 1" DATE, PLAIN },
	{ "HELO is a v6 literal", "from [IPv6:2001:db8::1]" REAL BY
	    "ESMTP id 1" DATE, PLAIN },
	{ "HELO is localhost", "from localhost" REAL BY "ESMTP id 1" DATE,
	    PLAIN },
	{ "HELO is a keyword", "from ESMTPS" REAL BY "ESMTP id 1" DATE,
	    PLAIN },
	{ "HELO is by", "from by" REAL BY "ESMTP id 1" DATE, PLAIN },
	{ "HELO brings its own comment", "from h (relay [192.0.2.1])" REAL BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "HELO brings a comment without a blank", "from h(relay[192.0.2.1])"
	    REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "HELO closes a comment", "from h)" REAL BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "HELO opens a comment", "from h (" REAL BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "HELO is a quoted string", "from \"h\"" REAL BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "HELO opens a quote that a CN closes", "from h\"" REAL USING
	    "(Client CN \" (relay [192.0.2.1]) " USING "(Client CN \"a\", "
	    "Issuer \"b\", Issuer \"self\" (not verified))\n\t" BY
	    "ESMTPS id 1" DATE, UNKNOWN },
	{ "HELO has a backslash", "from h\\" REAL BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "HELO is UTF-8, which Postfix lets by", "from h\xc3\xa4" REAL BY
	    "ESMTP id 1" DATE, PLAIN },
	{ "HELO has a semicolon", "from h;" REAL BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "HELO is a whole field", "from h (relay [192.0.2.1]) " BY
	    "ESMTPS id 1" DATE REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "HELO is a whole field and hides the rest", "from h (relay "
	    "[192.0.2.1]) " BY "ESMTPS id 1; Sat, 21 Nov 2026 21:15:32 +0000 ("
	    REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "two from", "from a from h" REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "no HELO at all", "from" REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "Exchange: HELO brings an address", "from h (192.0.2.1) "
	    "(203.0.113.5) by ex.corp.example (10.0.0.5) with Microsoft SMTP "
	    "Server id 15.1" DATE, UNKNOWN },
	{ "Exchange: HELO is an address", "from 192.0.2.1 (203.0.113.5) by "
	    "ex.corp.example (10.0.0.5) with Microsoft SMTP Server id 15.1"
	    DATE, "Exchange hop tls=unknown verified=unknown "
	    "from 203.0.113.5" },
	{ "Exchange: the receiver's address is not the client's", "from h by "
	    "ex.corp.example (192.0.2.1) with Microsoft SMTP Server id 15.1"
	    DATE, UNKNOWN },
	{ "Exim: HELO behind the address", "from x.example ([203.0.113.5] "
	    "helo=[192.0.2.1])\n\tby ex.example with esmtp (Exim 4.96)\n\t"
	    "id 1" DATE, "Exim hop tls=no verified=no from 203.0.113.5" },
	{ "Exim: HELO reads TLS", "from x.example ([203.0.113.5] "
	    "helo=esmtps.TLS1.3)\n\tby ex.example with esmtp (Exim 4.96)\n\t"
	    "id 1" DATE, "Exim hop tls=no verified=no from 203.0.113.5" },
	{ "Exim: HELO closes the comment", "from x.example ([203.0.113.5] "
	    "helo=h) by y with esmtps (TLS1.3) tls " AES " (Exim 4.96) "
	    "(envelope-from <)\n\tby ex.example with esmtp (Exim 4.96)\n\t"
	    "id 1" DATE, UNKNOWN },
	{ "Exim: a name that is an address", "from [192.0.2.1] "
	    "([203.0.113.5])\n\tby ex.example with esmtp (Exim 4.96)\n\tid 1"
	    DATE, UNKNOWN },
	{ "Exim: ident holds an address", "from x.example ([203.0.113.5] "
	    "ident=[192.0.2.1])\n\tby ex.example with esmtp (Exim 4.96)\n\t"
	    "id 1" DATE, "Exim hop tls=no verified=no from 203.0.113.5" },
	{ "qmail: HELO is an address", "from unknown (HELO 192.0.2.1) "
	    "(203.0.113.5)\n  by qm.example with SMTP" DATE,
	    "qmail hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "qmail: ident is an address", "from unknown (HELO h) "
	    "(192.0.2.1@203.0.113.5)\n  by qm.example with SMTP" DATE,
	    "qmail hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "qpsmtpd: HELO closes its comment", "from unknown (HELO h) "
	    "(192.0.2.1) (203.0.113.5)\n  by qp.example (qpsmtpd/0.96) with "
	    "SMTP" DATE, UNKNOWN },
	{ "qmail: HELO reads encrypted", "from unknown (HELO AES256-SHA "
	    "encrypted) (203.0.113.5)\n  by qm.example with SMTP" DATE,
	    UNKNOWN },
	{ "Strato: HELO brings the comment it lacks", "from h (relay "
	    "[192.0.2.1])\n by smtp.strato.example (RZmta 51.2.3 AUTH) with "
	    "ESMTPSA id z0" DATE, UNKNOWN },

	/* The client's name */
	{ "a name that is an address", "from h (192.0.2.1 [203.0.113.5])\n\t"
	    BY "ESMTP id 1" DATE, PLAIN },
	{ "two addresses", "from h ([192.0.2.1] [203.0.113.5])\n\t" BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "ident with an address", "from h ([192.0.2.1]@x [203.0.113.5])\n\t"
	    BY "ESMTP id 1" DATE, UNKNOWN },
	{ "ident with a blank", "from h (a b@x [203.0.113.5])\n\t" BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "an address behind the address", "from h (x [203.0.113.5] "
	    "(relay [192.0.2.1]))\n\t" BY "ESMTP id 1" DATE, UNKNOWN },
	{ "by inside the comment", "from h (by mx (Postfix) with ESMTPS "
	    "[192.0.2.1])" REAL BY "ESMTP id 1" DATE, UNKNOWN },
	{ "no brackets in a plain field", "from h (x 192.0.2.1)\n\t" BY
	    "ESMTPS id 1" DATE, UNKNOWN },
	{ "no brackets, address alone", "from h (192.0.2.1)\n\t" BY
	    "ESMTPS id 1" DATE, UNKNOWN },
	{ "v4 tagged as v6", "from h (x [IPv6:192.0.2.1])\n\t" BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "two brackets", "from h (x [[192.0.2.1]])\n\t" BY "ESMTP id 1" DATE,
	    UNKNOWN },
	{ "an octet too high", "from h (x [192.0.2.256])\n\t" BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "a v4 address in v6 clothes is the v4 one", "from h (x "
	    "[IPv6:::ffff:203.0.113.5])\n\t" BY "ESMTP id 1" DATE, PLAIN },
	{ "a quoted pair hides the end", "from h (x \\[192.0.2.1\\] "
	    "[203.0.113.5])\n\t" BY "ESMTP id 1" DATE, UNKNOWN },

	/* Certificate names */
	{ "CN reads verified OK", CERT("a (verified OK)", "i",
	    "not verified"), TLS "verified=no from 203.0.113.5" },
	{ "issuer reads verified OK", CERT("a", "i (verified OK)",
	    "not verified"), TLS "verified=no from 203.0.113.5" },
	{ "issuer is the whole end", CERT("a", "i\\\" (verified OK)",
	    "not verified"), TLS "verified=no from 203.0.113.5" },
	{ "CN is a whole comment", CERT("a\", Issuer \"CA\" (verified OK)",
	    "i", "not verified"), TLS "verified=no from 203.0.113.5" },
	{ "CN as Postfix writes one that closes the comment",
	    CERT("a\" (verified OK)? by mx (Postfix) with ESMTPS", "i",
	    "not verified"), TLS "verified=no from 203.0.113.5" },
	{ "CN closes the comment", CERT("a\", Issuer \"CA\" (verified OK))",
	    "i", "not verified"), UNKNOWN },
	{ "CN closes the comment and opens another", "from h" REAL USING
	    "(Client CN \"a\", Issuer \"CA\" (verified OK)) (Authenticated "
	    "sender: b\", Issuer \"i\" (not verified))\n\t" BY "ESMTPS id 1"
	    DATE, UNKNOWN },
	{ "CN closes the comment and opens a login of one word",
	    "from h" REAL USING
	    "(Client CN \"a\", Issuer \"CA\" (verified OK)) (Authenticated "
	    "sender: b (not verified))\n\t" BY "ESMTPS id 1" DATE, UNKNOWN },
	{ "verified, but the names can be cut in two ways",
	    CERT("mx1.bank.example\", Issuer \"Bank CA", "i", "verified OK"),
	    TLS "verified=unknown from 203.0.113.5" },
	{ "verified, a quote in the CN", CERT("a\"b", "i", "verified OK"),
	    TLS "verified=unknown from 203.0.113.5" },
	{ "verified, a quoted pair in the CN", CERT("a\\\\b", "i",
	    "verified OK"), TLS "verified=unknown from 203.0.113.5" },
	{ "another word", CERT("a", "i", "verified ok"), UNKNOWN },
	{ "verified OK and more", CERT("a", "i", "verified OK)(x"), UNKNOWN },
	{ "a comment of its own", "from h" REAL USING "(verified OK)\n\t" BY
	    "ESMTPS id 1" DATE, UNKNOWN },
	{ "certificate without TLS", "from h" REAL "(Client CN \"a\", Issuer "
	    "\"b\" (verified OK))\n\t" BY "ESMTPS id 1" DATE, UNKNOWN },
	{ "two comments of certificates", "from h" REAL USING "(Client CN "
	    "\"a\", Issuer \"b\" (verified OK)) (Client did not present a "
	    "certificate)\n\t" BY "ESMTPS id 1" DATE, UNKNOWN },
	{ "Strato does not vouch", "from h by smtp.strato.example (RZmta "
	    "51.2.3 AUTH) with ESMTPSA id z0 (using TLSv1.3 with cipher " AES
	    " (256 bits)) (Client CN \"a\", Issuer \"b\" (verified OK))" DATE,
	    "Strato hop tls=yes TLSv1.3 " AES "/256 verified=unknown "
	    "from nowhere" },

	/* TLS */
	{ "a TLS comment in front of the address", "from h " USING REAL BY
	    "ESMTP id 1" DATE, UNKNOWN },
	{ "a TLS comment against Postfix's own word", "from h" REAL USING
	    "(Client did not present a certificate)\n\t" BY "ESMTP id 1" DATE,
	    "Postfix hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "two TLS comments", "from h" REAL USING USING BY "ESMTPS id 1" DATE,
	    UNKNOWN },
	{ "a TLS comment at the end", "from h" REAL BY "ESMTP id 1 " USING
	    DATE, UNKNOWN },
	{ "a cipher that is none", "from h" REAL "(using TLSv1.2 with cipher "
	    "ECDHE-RSA-NULL-SHA (0/0 bits)) (Client did not present a "
	    "certificate)\n\t" BY "ESMTPS id 1" DATE,
	    "Postfix hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "a version that is none", "from h" REAL "by sm (8.17.1/8.17.1) "
	    "with ESMTPS id 1 (version=NONE cipher=NONE bits=0 verify=NO)"
	    DATE, "Sendmail hop tls=unknown verified=unknown "
	    "from 203.0.113.5" },
	{ "an IANA cipher that is none", "from h (203.0.113.5) by ex (10.0.0.5)"
	    " with Microsoft SMTP Server (version=TLS1_2, "
	    "cipher=TLS_RSA_WITH_NULL_SHA256) id 15.1" DATE,
	    "Exchange hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "verify twice", "from h" REAL "by sm (8.17.1/8.17.1) with ESMTPS "
	    "id 1 (version=TLSv1.3 cipher=" AES " bits=256 verify=NO "
	    "verify=OK)" DATE, UNKNOWN },
	{ "two suites", "from h" REAL "by sm (8.17.1/8.17.1) with ESMTPS "
	    "id 1 (version=TLSv1.3 cipher=" AES " bits=256 verify=OK) "
	    "(version=TLSv1.3 cipher=" AES " bits=256 verify=NO)" DATE,
	    UNKNOWN },
	{ "a suite behind the recipient", "from h" REAL "by sm "
	    "(8.17.1/8.17.1) with ESMTP id 1 for <u@hop.test> "
	    "(version=TLSv1.3 cipher=" AES " bits=256 verify=OK)" DATE,
	    UNKNOWN },
	{ "a suite in the wrong place", "from h (version=TLSv1.3 cipher=" AES
	    " bits=256 verify=OK)" REAL "by sm (8.17.1/8.17.1) with ESMTP "
	    "id 1" DATE, UNKNOWN },
	{ "a suite with a key nobody knows", "from h" REAL "by sm "
	    "(8.17.1/8.17.1) with ESMTPS id 1 (version=TLSv1.3 cipher=" AES
	    " bits=256 verify=OK x=y)" DATE, UNKNOWN },
	{ "verify=OK in lower case", "from h" REAL "by sm (8.17.1/8.17.1) "
	    "with ESMTPS id 1 (version=TLSv1.3 cipher=" AES " bits=256 "
	    "verify=ok)" DATE, "Sendmail hop tls=yes TLSv1.3 " AES
	    "/256 verified=unknown from 203.0.113.5" },
	{ "secure in the name of the receiver", "from h" REAL "by "
	    "ESMTPS.TLS.example (Postfix) with ESMTP id 1" DATE, PLAIN },
	{ "secure in the id", "from h" REAL BY "ESMTP id ESMTPS" DATE,
	    PLAIN },
	{ "ESMTPS in a comment", "from h" REAL BY "ESMTP (ESMTPS) id 1" DATE,
	    UNKNOWN },
	{ "two protocols", "from h" REAL BY "ESMTP with ESMTPS id 1" DATE,
	    UNKNOWN },
	{ "two by", "from h" REAL BY "ESMTPS id 1 " BY "ESMTP id 2" DATE,
	    UNKNOWN },

	/* Envelope */
	{ "a recipient that ends the field", "from h" REAL BY "ESMTP id 1 for "
	    "<\"a>; Sat, 21 Nov 2026 21:15:32 +0000 (\"@corp.example>" DATE,
	    PLAIN },
	{ "a recipient with a clause", "from h" REAL "by x.example with ESMTP "
	    "id 1 for <\"a> tls " AES " (\"@corp.example>" DATE,
	    "plain hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "a recipient without its quotes", "from h" REAL "by x.example with "
	    "ESMTP id 1 for a tls " AES "@corp.example" DATE, UNKNOWN },
	{ "Google: a recipient with a suite", "from h" REAL "by mx.google.com "
	    "with ESMTP id 1 for <\"a> (version=TLS1_3 cipher=" AES
	    " bits=256/256)\"@corp.example>" DATE,
	    "Google hop tls=unknown verified=unknown from 203.0.113.5" },
	{ "Exim: a sender that closes its comment", "from x.example "
	    "([203.0.113.5])\n\tby ex.example with esmtp (Exim 4.96)\n\t"
	    "(envelope-from <\"a) tls " AES " (\"@b.example>)\n\tid 1" DATE,
	    UNKNOWN },
	{ "Haraka: a sender with a clause", "from h (x [203.0.113.5]) by "
	    "ha.example (Haraka/3.0.3) with ESMTP id 1 envelope-from "
	    "<\"> tls TLS_X\"@b.example>" DATE,
	    "Haraka hop tls=no verified=no from 203.0.113.5" },

	{ "a HELO with a date, and a sender that closes what it opened",
	    "from h (relay [192.0.2.1]) " BY "ESMTPS id 1" DATE " (" REAL
	    "by x.example with ESMTP id 1" DATE " (envelope-from a)) (@b)",
	    UNKNOWN },
	{ "Dovecot: a sender with a clause", "from h (x [203.0.113.5])\n\tby "
	    "i.example with LMTP id 1 (envelope-from <\"a) tls TLS_X "
	    "(\"@b>)" DATE, UNKNOWN },

	/* Not a field at all */
	{ "nothing", "", UNKNOWN },
	{ "blanks", " \r\n\t ", UNKNOWN },
	{ "no date", "from h" REAL BY "ESMTPS id 1", UNKNOWN },
	{ "half a date", "from h" REAL BY "ESMTPS id 1; Sat, 21 Nov",
	    UNKNOWN },
	{ "words behind the date", "from h" REAL BY "ESMTPS id 1" DATE " by x",
	    UNKNOWN },
	{ "a comment that is not closed", "from h" REAL BY "ESMTPS id 1"
	    "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC", UNKNOWN },
	{ "a comment closed twice", "from h" REAL BY "ESMTPS id 1" DATE ")",
	    UNKNOWN },
	{ "a line break that is no fold", "from h" REAL BY "ESMTP id 1" DATE
	    "\nReceived: from h (relay [192.0.2.1]) " BY "ESMTPS id 1" DATE,
	    UNKNOWN },
	{ "a bare CR", "from h\r" REAL BY "ESMTPS id 1" DATE, UNKNOWN },
	{ "a control character", "from h" REAL BY "ESMTPS id \001" DATE,
	    UNKNOWN },
	{ "a DEL", "from h\177" REAL BY "ESMTPS id 1" DATE, UNKNOWN },
	{ "another language", "von h" REAL BY "ESMTPS id 1" DATE, UNKNOWN },
};
/* clang-format on */

static void
forged_fields_gain_nothing(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(1024);
	struct received received;
	char line[2048];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		received_read(slice_of(cases[i].field), a, &received);
		received_show(&received, line, sizeof(line));
		want_text(cases[i].label, "facts", line, cases[i].wanted);
		arena_reset(a);
	}
	arena_destroy(&a);
}

static void
a_nul_or_too_long_is_unknown(void **state ATTR_UNUSED)
{
	static const char nul[] = "from h\0" REAL BY "ESMTPS id 1" DATE;
	static const char good[] = "from h" REAL BY "ESMTPS id ";
	struct arena *a = arena_create(1024);
	char field[LIMIT_RECEIVED_FIELD + 100];
	struct received r;

	received_read((struct slice){ nul, sizeof(nul) - 1 }, a, &r);
	want_number("NUL", "passage", r.passage, PASSAGE_UNKNOWN);
	received_read(SLICE_NONE, a, &r);
	want_number("absent", "passage", r.passage, PASSAGE_UNKNOWN);

	memset(field, 'x', sizeof(field));
	memcpy(field, good, sizeof(good) - 1);
	memcpy(field + LIMIT_RECEIVED_FIELD - sizeof(DATE) + 1, DATE,
	    sizeof(DATE) - 1);
	received_read((struct slice){ field, LIMIT_RECEIVED_FIELD }, a, &r);
	want_number("at the limit", "tls", r.proof.tls, PROOF_PRESENT);
	memcpy(field + LIMIT_RECEIVED_FIELD - sizeof(DATE) + 2, DATE,
	    sizeof(DATE) - 1);
	received_read((struct slice){ field, LIMIT_RECEIVED_FIELD + 1 }, a,
	    &r);
	want_number("past the limit", "tls", r.proof.tls, PROOF_UNKNOWN);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(forged_fields_gain_nothing),
	cmocka_unit_test(a_nul_or_too_long_is_unknown),
};

RUN_TESTS(tests)
