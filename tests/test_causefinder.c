/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines as Postfix 3.7.11 and Sendmail 8.17.1.9 wrote them (FACTS 123, 124);
 * the client's address and the host are others. */
#include "config.h"

#include "policy/audit/causefinder.h"
#include "tests/cases.h"

/* 2026-11-26T08:00:58Z */
enum { THEN = 1795680058 };

#define STAMP "Nov 26 08:00:58 mx "
#define SMTPD STAMP "postfix/smtpd[20456]: "
#define PEER "unknown[192.0.2.7]"
#define CONNECT SMTPD "connect from " PEER "\n"
#define TLS " TLS connection established from " PEER ": TLSv1.3 with cipher " \
	"TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 " \
	"server-signature ECDSA (prime256v1) server-digest SHA256\n"
#define FAILED "certificate verification failed for " PEER ": "
#define REPLY "554 5.7.5 The TLS client certificate was not verified " \
	"(peer-not-verified; ref 6AW7GH6AK)"
#define REJECT SMTPD "NOQUEUE: milter-reject: RCPT from " PEER ": " REPLY \
	"; from=<clerk@bank.example> to=<user@corp.example> proto=ESMTP " \
	"helo=<client.example>\n"
#define DISCONNECT SMTPD "disconnect from " PEER " ehlo=2 starttls=1 mail=1 " \
	"rcpt=0/1 rset=1 quit=1 commands=6/7\n"
#define UNTRUSTED SMTPD "Untrusted" TLS
#define REASON(text) CONNECT SMTPD text UNTRUSTED REJECT DISCONNECT

#define SENDMAIL STAMP "sm-mta[26801]: "
#define SERVER SENDMAIL "STARTTLS=server, "
#define RELAY "relay=localhost [192.0.2.7], "
#define VERIFY(word) SERVER RELAY "version=TLSv1.3, verify=" word ", " \
	"cipher=TLS_AES_256_GCM_SHA384, bits=256/256\n"
#define NAMES "cert-subject=/O=Bank/CN=mx1.bank.example, " \
	"cert-issuer=/O=Lab/CN=Lab+20trusted+20CA, "
#define QUEUED SENDMAIL "6AQ81QB4026801: from=<clerk@bank.example>, size=0, " \
	"class=0, nrcpts=0, proto=ESMTPS, daemon=mx, relay=localhost " \
	"[192.0.2.7]\n"
#define MESSAGE(text) VERIFY("FAIL") SERVER NAMES "verifymsg=" text "\n" QUEUED

static const struct {
	const char *label;
	const char *log;
	enum tls_cause wanted;
} postfix[] = {
	{ "no certificate, or none asked for", CONNECT SMTPD "Anonymous" TLS
	    REJECT DISCONNECT, TLS_CAUSE_NONE_SHOWN },
	{ "level 1: not why", CONNECT UNTRUSTED REJECT DISCONNECT,
	    TLS_CAUSE_UNVERIFIED },
	{ "verified", CONNECT SMTPD "Trusted" TLS REJECT DISCONNECT,
	    TLS_CAUSE_VERIFIED },
	{ "expired", REASON("client " FAILED "certificate has expired\n"),
	    TLS_CAUSE_EXPIRED },
	{ "not yet valid", REASON("client " FAILED "certificate not yet "
	    "valid\n"), TLS_CAUSE_NOT_YET_VALID },
	{ "self-signed", REASON(FAILED "self-signed certificate\n"),
	    TLS_CAUSE_SELF_SIGNED },
	{ "unknown issuer", REASON(FAILED "untrusted issuer /O=Lab/CN=Lab "
	    "unknown CA\n"), TLS_CAUSE_UNKNOWN_ISSUER },
	{ "made for servers", REASON(FAILED "not designated for use as a "
	    "client certificate\n"), TLS_CAUSE_WRONG_PURPOSE },
	{ "in OpenSSL's words", REASON("client " FAILED "num=23:certificate "
	    "revoked\n"), TLS_CAUSE_REVOKED },
	{ "words that are not known", REASON("client " FAILED "num=66:EE "
	    "certificate key too weak\n"), TLS_CAUSE_OTHER },
	{ "the authority's has expired", REASON("CA " FAILED "certificate has "
	    "expired\n"), TLS_CAUSE_ISSUER_EXPIRED },
	{ "the authority is none", REASON(FAILED "not designated for use as a "
	    "CA certificate\n"), TLS_CAUSE_OTHER },
	{ "a resumed session", REASON(PEER ": re-using session with untrusted "
	    "certificate, look for details earlier in the log\n"),
	    TLS_CAUSE_RESUMED },
	{ "the log ends within the session", CONNECT UNTRUSTED REJECT,
	    TLS_CAUSE_UNVERIFIED },
	{ "a queue id", CONNECT "\n" UNTRUSTED SMTPD "D1AAAA920A5: client="
	    PEER ", sasl_method=PLAIN\n" DISCONNECT, TLS_CAUSE_UNVERIFIED },
	{ "a port of its own", STAMP "postfix/smtpd[7]: connect from " PEER
	    ":41708\n" STAMP "postfix/smtpd[7]: client certificate "
	    "verification failed for " PEER ":41708: certificate has "
	    "expired\n", TLS_CAUSE_EXPIRED },
	/* What a certificate, a HELO or a reply says is not the log's. */
	{ "an issuer with words of a log", REASON(FAILED "untrusted issuer "
	    "/CN=" PEER ": certificate has expired\n"),
	    TLS_CAUSE_UNKNOWN_ISSUER },
	{ "a HELO name with words of a log", CONNECT SMTPD "Anonymous" TLS
	    SMTPD "NOQUEUE: reject: RCPT from " PEER ": 550 no; helo=<client "
	    FAILED "certificate has expired>\n" SMTPD "warning: " FAILED
	    "self-signed certificate\n" REJECT DISCONNECT,
	    TLS_CAUSE_NONE_SHOWN },
	{ "words behind a known reason", REASON("client " FAILED "certificate "
	    "has expired; not\n"), TLS_CAUSE_OTHER },
	{ "another client's session between its lines", CONNECT UNTRUSTED
	    STAMP "postfix/smtpd[9]: connect from unknown[192.0.2.8]\n"
	    STAMP "postfix/smtpd[9]: client certificate verification failed "
	    "for unknown[192.0.2.8]: certificate has expired\n"
	    REJECT DISCONNECT, TLS_CAUSE_UNVERIFIED },
	{ "another session of the same client", CONNECT UNTRUSTED
	    STAMP "postfix/smtpd[9]: connect from " PEER "\n"
	    STAMP "postfix/smtpd[9]: client " FAILED "certificate has "
	    "expired\n" REJECT STAMP "postfix/smtpd[9]: disconnect from " PEER
	    "\n" DISCONNECT, TLS_CAUSE_UNVERIFIED },
	{ "the session before, of the same process", CONNECT SMTPD "client "
	    FAILED "certificate has expired\n" DISCONNECT CONNECT UNTRUSTED
	    REJECT DISCONNECT, TLS_CAUSE_UNVERIFIED },
	{ "the session before, its end was lost", CONNECT SMTPD "client "
	    FAILED "certificate has expired\n" CONNECT UNTRUSTED REJECT
	    DISCONNECT, TLS_CAUSE_UNVERIFIED },
	{ "a process of the same number on another host", CONNECT UNTRUSTED
	    "Nov 26 08:00:58 mx2 postfix/smtpd[20456]: client " FAILED
	    "certificate has expired\n" REJECT DISCONNECT,
	    TLS_CAUSE_UNVERIFIED },
	{ "another instance's service", STAMP
	    "mail_batch/submission/smtpd[3]: connect from " PEER "\n"
	    STAMP "mail_batch/submission/smtpd[3]: Anonymous" TLS
	    STAMP "mail_batch/submission/smtpd[3]: D1AAAA920A5: client=" PEER
	    "\n", TLS_CAUSE_NONE_SHOWN },
};

static const struct {
	const char *label;
	const char *log;
	enum cause_doubt wanted;
} doubts[] = {
	{ "an empty log", "", CAUSE_NO_SESSION },
	{ "another reply", CONNECT UNTRUSTED SMTPD "NOQUEUE: milter-reject: "
	    "RCPT from " PEER ": 554 5.7.5 The TLS client certificate was not "
	    "verified (peer-not-verified; ref 6AW7GH6AX); from=<" REPLY
	    "; from=\n" DISCONNECT, CAUSE_NO_SESSION },
	{ "our reply as a HELO name", CONNECT UNTRUSTED SMTPD "NOQUEUE: "
	    "reject: RCPT from " PEER ": " REPLY "; from=<>\n" DISCONNECT,
	    CAUSE_NO_SESSION },
	{ "the connection is not in the log", UNTRUSTED REJECT DISCONNECT,
	    CAUSE_NO_SESSION },
	{ "the queue id of another client", CONNECT UNTRUSTED SMTPD
	    "D1AAAA920A5: client=unknown[192.0.2.8]\n" DISCONNECT,
	    CAUSE_NO_SESSION },
	{ "the queue id in a line of another daemon", CONNECT UNTRUSTED STAMP
	    "postfix/cleanup[20456]: D1AAAA920A5: client=" PEER "\n"
	    DISCONNECT, CAUSE_NO_SESSION },
	{ "a port that is another session's", "Nov 26 08:00:58 mx "
	    "postfix/smtpd[7]: connect from " PEER ":41709\n" STAMP
	    "postfix/smtpd[7]: D1AAAA920A5: client=" PEER ":41709\n",
	    CAUSE_NO_SESSION },
	{ "the same id a day before", "Nov 25 08:00:58 mx postfix/smtpd[7]: "
	    "connect from " PEER "\nNov 25 08:00:58 mx postfix/smtpd[7]: "
	    "D1AAAA920A5: client=" PEER "\nNov 25 08:00:59 mx "
	    "postfix/smtpd[7]: disconnect from " PEER "\n", CAUSE_NO_SESSION },
	{ "level 0", CONNECT REJECT DISCONNECT, CAUSE_NO_LINE },
	{ "TLS of a proxy that then named the client", CONNECT SMTPD
	    "Untrusted TLS connection established from proxy[192.0.2.9]: x\n"
	    REJECT DISCONNECT, CAUSE_NO_LINE },
	{ "two hosts with the same id", CONNECT UNTRUSTED REJECT DISCONNECT
	    "Nov 26 08:00:58 mx2 postfix/smtpd[7]: connect from " PEER "\n"
	    "Nov 26 08:00:58 mx2 postfix/smtpd[7]: D1AAAA920A5: client=" PEER
	    "\n", CAUSE_TWO_SESSIONS },
};

static const struct {
	const char *label;
	const char *log;
	enum tls_cause wanted;
} sendmail[] = {
	{ "none was shown", VERIFY("NO") SERVER "cert-subject=, cert-issuer=, "
	    "verifymsg=ok\n" QUEUED, TLS_CAUSE_NONE_SHOWN },
	{ "none was asked for", VERIFY("NOT") QUEUED, TLS_CAUSE_NOT_ASKED },
	{ "LogLevel 9: not why", VERIFY("FAIL") QUEUED,
	    TLS_CAUSE_UNVERIFIED },
	{ "verified, without a CN", SERVER RELAY "field=cn_subject, "
	    "status=failed to extract CN\n" VERIFY("OK") SERVER NAMES
	    "verifymsg=ok\n" QUEUED, TLS_CAUSE_VERIFIED },
	{ "expired", MESSAGE("certificate has expired"), TLS_CAUSE_EXPIRED },
	{ "not yet valid", MESSAGE("certificate is not yet valid"),
	    TLS_CAUSE_NOT_YET_VALID },
	{ "self-signed", MESSAGE("self-signed certificate"),
	    TLS_CAUSE_SELF_SIGNED },
	{ "self-signed, by OpenSSL 1.1", MESSAGE("self signed certificate"),
	    TLS_CAUSE_SELF_SIGNED },
	{ "unknown issuer", MESSAGE("unable to get local issuer certificate"),
	    TLS_CAUSE_UNKNOWN_ISSUER },
	{ "unknown root", MESSAGE("self-signed certificate in certificate "
	    "chain"), TLS_CAUSE_UNKNOWN_ISSUER },
	{ "made for servers", MESSAGE("unsuitable certificate purpose"),
	    TLS_CAUSE_WRONG_PURPOSE },
	{ "a subject with words of a log", VERIFY("FAIL") SERVER
	    "cert-subject=/CN=a, verifymsg=certificate has expired, "
	    "cert-issuer=/CN=b, verifymsg=self-signed certificate\n" QUEUED,
	    TLS_CAUSE_SELF_SIGNED },
	{ "an answer of ident with words of a log", SERVER "relay=x, "
	    "version=TLSv1.3, verify=FAIL, cipher=a, bits=1/1 [192.0.2.8] "
	    "localhost [192.0.2.7] (may be forged), version=TLSv1.3, "
	    "verify=NO, cipher=b, bits=256/256\n" QUEUED,
	    TLS_CAUSE_NONE_SHOWN },
};

/* The answer of a log to the question about one decision. */
static void
ask(enum mta mta, const char *log, struct arena *a, struct cause_answer *out)
{
	struct cause_question q = { .mta = mta, .time = THEN,
		.port = SLICE("41708"), .reply = SLICE(REPLY) };
	const struct mailclock clock = { THEN, 0 };
	struct slice rest = slice_of(log);
	struct causefinder *f = causefinder_create(&q);
	struct logline line = { .file = "mail.log" };

	q.queue_id = mta == MTA_POSTFIX ? SLICE("D1AAAA920A5")
	    : SLICE("6AQ81QB4026801");
	assert_true(netaddr_from(SLICE("192.0.2.7"), &q.client));
	while (slice_next(&rest, '\n', &line.text)) {
		struct mailline m;

		line.number++;
		if (mailline_cut(line.text, &clock, &m))
			causefinder_take(f, &line, &m);
	}
	causefinder_answer(f, a, out);
	causefinder_destroy(&f);
}

static void
want_cause(enum mta mta, const char *label, const char *log,
    enum tls_cause wanted)
{
	struct arena *a = arena_create(1024);
	struct cause_answer came;

	ask(mta, log, a, &came);
	want_number(label, "doubt", (long)came.doubt, CAUSE_FOUND);
	want_text(label, "cause", tls_cause_name(came.cause),
	    tls_cause_name(wanted));
	assert_string_equal(came.file, "mail.log");
	assert_true(came.line > 0 && came.said[0] != '\0');
	arena_destroy(&a);
}

static void
a_line_of_the_session_tells_the_cause(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(postfix); i++)
		want_cause(MTA_POSTFIX, postfix[i].label, postfix[i].log,
		    postfix[i].wanted);
	for (size_t i = 0; i < COUNT_OF(sendmail); i++)
		want_cause(MTA_SENDMAIL, sendmail[i].label, sendmail[i].log,
		    sendmail[i].wanted);
}

/* Clocks may differ by two minutes, and no more. */
static void
a_session_is_of_the_decisions_time(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *begun, *ended;
		enum cause_doubt wanted;
	} times[] = {
		{ "it ended two minutes before", "07:58:00", "07:58:58",
		    CAUSE_FOUND },
		{ "longer before", "07:58:00", "07:58:57", CAUSE_NO_SESSION },
		{ "it began two minutes after", "08:02:58", "08:03:30",
		    CAUSE_FOUND },
		{ "longer after", "08:02:59", "08:03:30", CAUSE_NO_SESSION },
		{ "it lasted hours", "00:00:00", "23:59:59", CAUSE_FOUND },
	};
	struct arena *a = arena_create(1024);

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const char *begun = times[i].begun;
		struct cause_answer came;

		ask(MTA_POSTFIX, arena_printf(a, "Nov 26 %s mx "
		    "postfix/smtpd[7]: connect from " PEER "\nNov 26 %s mx "
		    "postfix/smtpd[7]: Untrusted" TLS "Nov 26 %s mx "
		    "postfix/smtpd[7]: D1AAAA920A5: client=" PEER "\nNov 26 "
		    "%s mx postfix/smtpd[7]: disconnect from " PEER "\n",
		    begun, begun, begun, times[i].ended), a, &came);
		want_number(times[i].label, "doubt", (long)came.doubt,
		    (long)times[i].wanted);
	}
	arena_destroy(&a);
}

static void
where_it_is_not_sure_nothing_is_said(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(1024);
	struct cause_answer came;

	for (size_t i = 0; i < COUNT_OF(doubts); i++) {
		ask(MTA_POSTFIX, doubts[i].log, a, &came);
		want_number(doubts[i].label, "doubt", (long)came.doubt,
		    (long)doubts[i].wanted);
		want_number(doubts[i].label, "cause", (long)came.cause,
		    TLS_CAUSE_UNKNOWN);
	}
	ask(MTA_UNKNOWN, CONNECT UNTRUSTED REJECT, a, &came);
	assert_int_equal(came.doubt, CAUSE_NO_SESSION);
	arena_destroy(&a);
}

/* More sessions of one client at a time than are kept: none is believed. */
static void
too_many_sessions_are_no_session(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(65536);
	char *log = arena_alloc(a, 40000);
	struct cause_answer came;
	size_t n = 0;

	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(log + n, 40000 - n, STAMP
		    "postfix/smtpd[%d]: connect from " PEER "\n", 100 + i);
	snprintf(log + n, 40000 - n, UNTRUSTED REJECT);
	ask(MTA_POSTFIX, log, a, &came);
	assert_int_equal(came.doubt, CAUSE_TWO_SESSIONS);
	arena_destroy(&a);
}

static const struct {
	const char *label;
	const char *line;
	long offset;
	long wanted;                    /* seconds from THEN; -1: no line */
} stamps[] = {
	{ "as syslog writes it", STAMP "a[1]: t", 0, 0 },
	{ "in a zone to the east", "Nov 26 09:00:58 mx a[1]: t", 3600, 0 },
	{ "a day of one digit", "Nov  6 08:00:58 mx a[1]: t", 0,
	    -20 * 86400L },
	{ "the year before", "Dec 31 23:59:59 mx a[1]: t", 0,
	    35 * 86400L + 57541 },
	{ "with a year", "Nov 26 2026 08:00:59 mx a[1]: t", 0, 1 },
	{ "RFC 3339", "2026-11-26T08:01:58.123456+00:00 mx a[1]: t", 7200,
	    60 },
	{ "RFC 3339, in a zone", "2026-11-26T10:00:58+02:00 mx a[1]: t", 0,
	    0 },
	{ "of the journal", "2026-11-26T03:00:58-0500 mx a[1]: t", 0, 0 },
	{ "UTC", "2026-11-26T08:00:58Z mx a[1]: t", 3600, 0 },
	{ "no stamp", "mx a[1]: t", 0, -1 },
	{ "no process id", STAMP "a: t", 0, -1 },
	{ "no text", STAMP "a[1]", 0, -1 },
	{ "a blank in the tag", STAMP "a b[1]: t", 0, -1 },
	{ "no number", STAMP "a[x]: t", 0, -1 },
	{ "an hour that is none", "Nov 26 25:00:58 mx a[1]: t", 0, -1 },
	{ "half a zone", "2026-11-26T08:00:58+0 mx a[1]: t", 0, -1 },
	{ "nothing", "", 0, -1 },
};

static void
lines_are_cut_at_their_fixed_fields(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(stamps); i++) {
		const struct mailclock clock = { THEN, stamps[i].offset };
		const char *label = stamps[i].label;
		struct mailline m;

		if (!mailline_cut(slice_of(stamps[i].line), &clock, &m)) {
			want_number(label, "not cut", -1, stamps[i].wanted);
			continue;
		}
		want_number(label, "time", (long)(m.time - THEN),
		    stamps[i].wanted);
		want_slice(label, "process", m.process, "mx a[1]");
		want_slice(label, "daemon", m.daemon, "a");
		want_slice(label, "text", m.text, "t");
	}
}

/* Each has words of its own, for either MTA. */
static void
each_cause_has_words(void **state ATTR_UNUSED)
{
	for (unsigned i = 0; i < TLS_CAUSE_COUNT; i++) {
		enum tls_cause cause = (enum tls_cause)i;

		assert_non_null(tls_cause_text(cause));
		assert_non_null(tls_cause_advice(cause, MTA_POSTFIX));
		assert_non_null(tls_cause_advice(cause, MTA_SENDMAIL));
		assert_int_equal(tls_cause_problem(cause) == NULL,
		    tls_cause_remedy(cause) == NULL);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(tls_cause_name(cause),
			    tls_cause_name((enum tls_cause)k));
	}
}

/* Sendmail shows a filter a certificate that it did not verify. */
static void
macros_alone_tell_what_they_show(void **state ATTR_UNUSED)
{
	const struct fact none = { PROOF_ABSENT, SLICE_NONE };
	struct evidence e = { .source = SOURCE_MACROS, .mta = MTA_SENDMAIL,
		.tls = PROOF_PRESENT, .verified = PROOF_ABSENT, .peer = none,
		.subject = none, .issuer = none, .fingerprint = none };

	assert_int_equal(tls_cause_of_evidence(&e), TLS_CAUSE_NONE_SHOWN);
	e.issuer = (struct fact){ PROOF_PRESENT, SLICE("/CN=x") };
	assert_int_equal(tls_cause_of_evidence(&e), TLS_CAUSE_UNVERIFIED);
	e.issuer.proof = PROOF_UNKNOWN;
	assert_int_equal(tls_cause_of_evidence(&e), TLS_CAUSE_UNKNOWN);
	e.issuer = none;
	e.mta = MTA_POSTFIX;
	assert_int_equal(tls_cause_of_evidence(&e), TLS_CAUSE_UNKNOWN);
	e.mta = MTA_SENDMAIL;
	e.tls = PROOF_ABSENT;
	assert_int_equal(tls_cause_of_evidence(&e), TLS_CAUSE_UNKNOWN);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_line_of_the_session_tells_the_cause),
	cmocka_unit_test(a_session_is_of_the_decisions_time),
	cmocka_unit_test(where_it_is_not_sure_nothing_is_said),
	cmocka_unit_test(too_many_sessions_are_no_session),
	cmocka_unit_test(lines_are_cut_at_their_fixed_fields),
	cmocka_unit_test(each_cause_has_words),
	cmocka_unit_test(macros_alone_tell_what_they_show),
};

RUN_TESTS(tests)
