/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/tls_cause.h"
#include "policy/evidence/dialect.h"

/* The settings with which the MTA logs what is missing (FACTS 123, 124). */
static const char log_of_postfix[] = "to have the reason in the mail log, set "
    "smtpd_tls_loglevel = summary, untrusted (1 tells only whether a "
    "certificate was shown)";
static const char log_of_sendmail[] = "to have the reason in the mail log, "
    "set confLOG_LEVEL to 12";

static const struct tls_cause_row {
	const char *name;
	const char *text;               /* for the administrator */
	const char *advice;             /* what helps; NULL: it depends on the
	                                 * MTA */
	const char *postfix, *sendmail;
	const char *problem;            /* for the partner's postmaster */
	const char *remedy;
} rows[TLS_CAUSE_COUNT] = {
	[TLS_CAUSE_UNKNOWN] = {
		.name = "unknown",
		.text = "not known",
		.postfix = log_of_postfix,
		.sendmail = log_of_sendmail,
	},
	[TLS_CAUSE_VERIFIED] = {
		.name = "verified",
		.text = "the MTA logged that it verified the certificate",
		.postfix = "check milter.mta, and that no other filter sets "
		    "macros",
		.sendmail = "check milter.mta, and that no rule set changes "
		    "{verify}",
	},
	[TLS_CAUSE_NONE_SHOWN] = {
		.name = "no-certificate",
		.text = "the client showed no certificate",
		.postfix = "the partner has to configure one as client; "
		    "Postfix must ask for it (smtpd_tls_ask_ccert = yes), "
		    "which its log does not tell",
		.sendmail = "the partner has to configure one as client, if "
		    "Sendmail asks for one (its log has verify=NO then, and "
		    "verify=NOT if it does not ask)",
		.problem = "Your server showed no client certificate.",
		.remedy = "Configure your server to present a certificate "
		    "when it sends mail: many have one only for receiving. "
		    "(Postfix: smtp_tls_chain_files; Sendmail: "
		    "confCLIENT_CERT.)",
	},
	[TLS_CAUSE_NOT_ASKED] = {
		.name = "not-asked",
		.text = "the MTA did not ask the client for a certificate",
		.postfix = "set smtpd_tls_ask_ccert = yes",
		.sendmail = "remove V from TLSSrvOptions and Srv_Features",
		.problem = "Our server did not ask yours for a certificate.",
		.remedy = "You do not need to change anything. Please contact "
		    "us.",
	},
	[TLS_CAUSE_UNVERIFIED] = {
		.name = "unverified",
		.text = "the client showed a certificate that the MTA did not "
		    "verify",
		.postfix = log_of_postfix,
		.sendmail = log_of_sendmail,
		.problem = "Your server showed a client certificate that we "
		    "could not verify.",
		.remedy = "Check that it is not expired, is made for client "
		    "authentication, and is of the authority that we agreed "
		    "on, with all intermediate certificates.",
	},
	[TLS_CAUSE_EXPIRED] = {
		.name = "expired",
		.text = "the client certificate has expired",
		.advice = "the partner has to renew it",
		.problem = "Your server's client certificate has expired.",
		.remedy = "Renew it, and reload your mail server.",
	},
	[TLS_CAUSE_NOT_YET_VALID] = {
		.name = "not-yet-valid",
		.text = "the client certificate is not valid yet",
		.advice = "check the clock of this host; the partner has to "
		    "show one that is valid now",
		.problem = "Your server's client certificate is not valid "
		    "yet.",
		.remedy = "Present one that is valid now.",
	},
	[TLS_CAUSE_SELF_SIGNED] = {
		.name = "self-signed",
		.text = "the client certificate is self-signed",
		.postfix = "the partner has to show one of an authority in "
		    "smtpd_tls_CAfile",
		.sendmail = "the partner has to show one of an authority in "
		    "confCACERT",
		.problem = "Your server's client certificate is self-signed.",
		.remedy = "Present one that the authority that we agreed on "
		    "has issued.",
	},
	[TLS_CAUSE_UNKNOWN_ISSUER] = {
		.name = "unknown-issuer",
		.text = "the client certificate is of an authority that the "
		    "MTA does not know, or an intermediate certificate is "
		    "missing",
		.postfix = "the authorities are in smtpd_tls_CAfile: add this "
		    "one if its certificates are to count; the partner has to "
		    "send intermediate certificates",
		.sendmail = "the authorities are in confCACERT and "
		    "confCACERT_PATH: add this one if its certificates are to "
		    "count; the partner has to send intermediate certificates",
		.problem = "Your server's client certificate is of an "
		    "authority that we do not know, or it was sent without "
		    "its intermediate certificates.",
		.remedy = "Present one of the authority that we agreed on, "
		    "with all intermediate certificates.",
	},
	[TLS_CAUSE_WRONG_PURPOSE] = {
		.name = "wrong-purpose",
		.text = "the client certificate is not made for clients: it "
		    "lacks clientAuth",
		.advice = "the partner needs one with clientAuth in its "
		    "extended key usage, which public authorities are giving "
		    "up: see enforcetls(7)",
		.problem = "Your server's certificate is not made for clients: "
		    "it lacks clientAuth in its extended key usage.",
		.remedy = "Present one with clientAuth. Public authorities "
		    "stop issuing these; a private authority that we agree "
		    "on can.",
	},
	[TLS_CAUSE_REVOKED] = {
		.name = "revoked",
		.text = "the client certificate was revoked",
		.advice = "the partner has to show a new one",
		.problem = "Your server's client certificate was revoked.",
		.remedy = "Present a new one.",
	},
	[TLS_CAUSE_ISSUER_EXPIRED] = {
		.name = "issuer-expired",
		.text = "a certificate of the authority above the client's has "
		    "expired",
		.postfix = "renew it in smtpd_tls_CAfile, or the partner among "
		    "its intermediate certificates",
		.sendmail = "renew it in confCACERT, or the partner among its "
		    "intermediate certificates",
		.problem = "A certificate of the authority above your server's "
		    "client certificate has expired.",
		.remedy = "Renew your intermediate certificates. If they are "
		    "current, please contact us.",
	},
	[TLS_CAUSE_RESUMED] = {
		.name = "resumed",
		.text = "the client resumed a TLS session, whose certificate "
		    "the MTA had not verified",
		.advice = "the reason is in the mail log where the client's "
		    "first session was",
		.problem = "Your server showed a client certificate that we "
		    "could not verify.",
		.remedy = "Check that it is not expired, is made for client "
		    "authentication, and is of the authority that we agreed "
		    "on, with all intermediate certificates.",
	},
	[TLS_CAUSE_OTHER] = {
		.name = "other",
		.text = "the MTA did not verify the client certificate, for "
		    "the reason in its log",
		.advice = "see the line of the log",
		.problem = "Your server showed a client certificate that we "
		    "could not verify.",
		.remedy = "Please contact us with the reference.",
	},
};

static const struct tls_cause_row *
tls_cause_row(enum tls_cause cause)
{
	assert(cause < TLS_CAUSE_COUNT && rows[cause].name != NULL);
	return &rows[cause];
}

const char *
tls_cause_name(enum tls_cause cause)
{
	return tls_cause_row(cause)->name;
}

const char *
tls_cause_text(enum tls_cause cause)
{
	return tls_cause_row(cause)->text;
}

const char *
tls_cause_advice(enum tls_cause cause, enum mta mta)
{
	const struct tls_cause_row *row = tls_cause_row(cause);

	if (row->advice != NULL)
		return row->advice;
	return mta == MTA_SENDMAIL ? row->sendmail : row->postfix;
}

const char *
tls_cause_problem(enum tls_cause cause)
{
	return tls_cause_row(cause)->problem;
}

const char *
tls_cause_remedy(enum tls_cause cause)
{
	return tls_cause_row(cause)->remedy;
}

enum tls_cause
tls_cause_of_evidence(const struct evidence *e)
{
	const struct fact *const facts[] = { &e->peer, &e->subject,
		&e->issuer, &e->fingerprint };

	if (e->source != SOURCE_MACROS || e->tls != PROOF_PRESENT ||
	    e->verified != PROOF_ABSENT ||
	    !dialect_of(e->mta)->sends[MACRO_VERIFY])
		return TLS_CAUSE_UNKNOWN;
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		if (facts[i]->proof == PROOF_PRESENT)
			return TLS_CAUSE_UNVERIFIED;
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		if (facts[i]->proof != PROOF_ABSENT)
			return TLS_CAUSE_UNKNOWN;
	return TLS_CAUSE_NONE_SHOWN;
}

/* Cuts text off the start of *rest. */
static bool
tls_cut(struct slice *rest, struct slice text)
{
	if (!slice_starts(*rest, text))
		return false;
	*rest = slice_from(*rest, text.n);
	return true;
}

/* The offset of the last text in s; s.n when it is not there. */
static size_t
tls_rfind(struct slice s, struct slice text)
{
	for (size_t i = s.n; i-- > 0;)
		if (slice_starts(slice_from(s, i), text))
			return i;
	return s.n;
}

bool
tls_client_cut(struct slice *rest, struct tls_client *out)
{
	size_t open = slice_find(*rest, '['), close = slice_find(*rest, ']');
	struct slice name = slice_head(*rest, open), after;

	*out = (struct tls_client){ .port = SLICE_NONE };
	if (close >= rest->n || open >= close ||
	    slice_find(name, ' ') < name.n ||
	    !netaddr_from(slice_head(slice_from(*rest, open + 1),
		close - open - 1), &out->address))
		return false;
	after = slice_from(*rest, close + 1);
	if (after.n > 1 && after.p[0] == ':' && after.p[1] >= '0' &&
	    after.p[1] <= '9') {
		size_t n = 1;

		while (n < after.n && after.p[n] >= '0' && after.p[n] <= '9')
			n++;
		out->port = slice_head(slice_from(after, 1), n - 1);
		after = slice_from(after, n);
	}
	*rest = after;
	return true;
}

/* OpenSSL's words for an error of verification, of its versions 1.0 to 3.5. */
static enum tls_cause
tls_cause_of_openssl(struct slice words)
{
	static const struct {
		const char *words;
		enum tls_cause cause;
	} known[] = {
		{ "certificate has expired", TLS_CAUSE_EXPIRED },
		{ "certificate is not yet valid", TLS_CAUSE_NOT_YET_VALID },
		{ "self-signed certificate", TLS_CAUSE_SELF_SIGNED },
		{ "self signed certificate", TLS_CAUSE_SELF_SIGNED },
		{ "self-signed certificate in certificate chain",
		    TLS_CAUSE_UNKNOWN_ISSUER },
		{ "self signed certificate in certificate chain",
		    TLS_CAUSE_UNKNOWN_ISSUER },
		{ "unable to get local issuer certificate",
		    TLS_CAUSE_UNKNOWN_ISSUER },
		{ "unable to get issuer certificate",
		    TLS_CAUSE_UNKNOWN_ISSUER },
		{ "unable to verify the first certificate",
		    TLS_CAUSE_UNKNOWN_ISSUER },
		{ "unsuitable certificate purpose", TLS_CAUSE_WRONG_PURPOSE },
		{ "unsupported certificate purpose",
		    TLS_CAUSE_WRONG_PURPOSE },
		{ "certificate revoked", TLS_CAUSE_REVOKED },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (slice_eq(slice_of(known[i].words), words))
			return known[i].cause;
	return TLS_CAUSE_OTHER;
}

/* What follows "certificate verification failed for CLIENT: ". of_client: it
 * is the client's own certificate, as far as the line says. */
static enum tls_cause
tls_cause_of_failure(struct slice words, bool of_client)
{
	enum tls_cause cause;

	if (slice_starts(words, SLICE("untrusted issuer ")))
		return TLS_CAUSE_UNKNOWN_ISSUER;
	if (slice_eq(words, SLICE("not designated for use as a client "
	    "certificate")))
		return TLS_CAUSE_WRONG_PURPOSE;
	if (slice_eq(words, SLICE("certificate not yet valid")))
		return of_client ? TLS_CAUSE_NOT_YET_VALID : TLS_CAUSE_OTHER;
	if (slice_starts(words, SLICE("num=")))
		words = slice_from(words, slice_find(words, ':') + 1);
	cause = tls_cause_of_openssl(words);
	if (of_client || cause == TLS_CAUSE_OTHER)
		return cause;
	return cause == TLS_CAUSE_EXPIRED ? TLS_CAUSE_ISSUER_EXPIRED
	    : TLS_CAUSE_OTHER;
}

/* A summary, or a word about a session that is resumed. */
static enum tls_cause
tls_cause_of_session(struct slice text, struct tls_client *client)
{
	static const struct {
		const char *trust;
		enum tls_cause cause;
	} summaries[] = {
		{ "Anonymous", TLS_CAUSE_NONE_SHOWN },
		{ "Untrusted", TLS_CAUSE_UNVERIFIED },
		{ "Trusted", TLS_CAUSE_VERIFIED },
		{ "Verified", TLS_CAUSE_VERIFIED },
	};

	for (size_t i = 0; i < COUNT_OF(summaries); i++) {
		struct slice rest = text;

		if (tls_cut(&rest, slice_of(summaries[i].trust)) &&
		    tls_cut(&rest, SLICE(" TLS connection established from ")))
			return tls_client_cut(&rest, client)
			    ? summaries[i].cause : TLS_CAUSE_UNKNOWN;
	}
	return tls_client_cut(&text, client) && slice_starts(text,
	    SLICE(": re-using session with untrusted certificate"))
	    ? TLS_CAUSE_RESUMED : TLS_CAUSE_UNKNOWN;
}

enum tls_cause
tls_cause_of_postfix(struct slice text, struct tls_client *client)
{
	static const struct slice failed =
	    SLICE("certificate verification failed for ");
	struct slice rest = text;
	bool of_issuer = tls_cut(&rest, SLICE("CA "));

	if (!of_issuer)
		tls_cut(&rest, SLICE("client "));
	if (!tls_cut(&rest, failed))
		return tls_cause_of_session(text, client);
	if (!tls_client_cut(&rest, client) || !tls_cut(&rest, SLICE(": ")))
		return TLS_CAUSE_UNKNOWN;
	return tls_cause_of_failure(rest, !of_issuer);
}

static enum tls_cause
tls_cause_of_verify(struct slice word)
{
	static const struct {
		const char *word;
		enum tls_cause cause;
	} known[] = {
		{ "OK", TLS_CAUSE_VERIFIED },
		{ "NO", TLS_CAUSE_NONE_SHOWN },
		{ "NOT", TLS_CAUSE_NOT_ASKED },
		{ "FAIL", TLS_CAUSE_UNVERIFIED },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (slice_eq(slice_of(known[i].word), word))
			return known[i].cause;
	return TLS_CAUSE_UNKNOWN;
}

/* The address at the end of "NAME [ADDRESS] (may be forged)". What is before
 * may be of the client's own choice. */
static bool
tls_relay_address(struct slice relay, struct netaddr *out)
{
	static const struct slice forged = SLICE(" (may be forged)");
	size_t open;

	if (slice_ends(relay, forged))
		relay = slice_head(relay, relay.n - forged.n);
	open = slice_rfind(relay, '[');
	return open < relay.n && slice_ends(relay, SLICE("]")) &&
	    netaddr_from(slice_from(relay, open), out);
}

/* Read from the end: all that a stranger can choose is in front. */
enum tls_cause
tls_cause_of_sendmail(struct slice text, struct tls_client *client)
{
	static const struct slice version = SLICE(", version="),
	    verify = SLICE(", verify="), message = SLICE(", verifymsg=");
	struct slice rest = text;
	size_t at;

	*client = (struct tls_client){ .port = SLICE_NONE };
	if (!tls_cut(&rest, SLICE("STARTTLS=server, ")))
		return TLS_CAUSE_UNKNOWN;
	if (slice_starts(rest, SLICE("cert-subject="))) {
		at = tls_rfind(rest, message);
		rest = slice_from(rest, at + message.n);
		return rest.n == 0 || slice_eq(rest, SLICE("ok"))
		    ? TLS_CAUSE_UNKNOWN : tls_cause_of_openssl(rest);
	}
	at = tls_rfind(rest, version);
	if (!tls_cut(&rest, SLICE("relay=")) || at < strlen("relay=") ||
	    !tls_relay_address(slice_head(rest, at - strlen("relay=")),
		&client->address))
		return TLS_CAUSE_UNKNOWN;
	at = tls_rfind(rest, verify);
	rest = slice_from(rest, at + verify.n);
	return tls_cause_of_verify(slice_head(rest, slice_find(rest, ',')));
}

/* How much of the truth a line tells: why not is more than that it was not,
 * and what the summary says otherwise is beyond doubt. */
static int
tls_cause_rank(enum tls_cause cause)
{
	switch (cause) {
	case TLS_CAUSE_UNKNOWN:
		return 0;
	case TLS_CAUSE_UNVERIFIED:
		return 1;
	case TLS_CAUSE_EXPIRED:
	case TLS_CAUSE_NOT_YET_VALID:
	case TLS_CAUSE_SELF_SIGNED:
	case TLS_CAUSE_UNKNOWN_ISSUER:
	case TLS_CAUSE_WRONG_PURPOSE:
	case TLS_CAUSE_REVOKED:
	case TLS_CAUSE_ISSUER_EXPIRED:
	case TLS_CAUSE_RESUMED:
	case TLS_CAUSE_OTHER:
		return 2;
	case TLS_CAUSE_VERIFIED:
	case TLS_CAUSE_NONE_SHOWN:
	case TLS_CAUSE_NOT_ASKED:
	case TLS_CAUSE_COUNT:
		break;
	}
	return 3;
}

bool
tls_cause_is_better(enum tls_cause cause, enum tls_cause other)
{
	return tls_cause_rank(cause) > tls_cause_rank(other);
}
