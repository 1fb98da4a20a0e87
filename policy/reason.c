/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/reason.h"

static const char too_weak[] = "The TLS session is too weak";
static const char next_hop[] = "The next hop is not secure";

static const char try_later[] = "You do not need to change anything. Please "
    "try again later, and contact us if the problem continues.";

/*
 * The codes: X.7.10 for no TLS is from RFC 8689 section 4.2.1, 554 for a weak
 * session from RFC 3207 section 4.1, 530 for no login and X.7.11 for one in
 * clear from RFC 4954 section 6,
 * X.7.0, X.7.5 and X.7.1 from RFC 3463 section 3.8.
 * That section calls X.7.1 useful only as permanent, so there is no 4.7.1.
 */
static const struct reason_row rows[REASON_COUNT] = {
	[REASON_UNSET] = {
		.name = "internal-error",
		.meaning = "an error inside enforcetls",
		.ours = true,
	},
	[REASON_OK] = {
		.name = "ok",
		.meaning = "every demand of the rule is met",
	},
	[REASON_PLAINTEXT] = {
		.name = "plaintext",
		.meaning = "the hop was not encrypted",
		.reject = "550 5.7.10",
		.defer = "451 4.7.10",
		.sentence = "Encryption (TLS) is required",
		.problem = "Your server did not encrypt the connection.",
		.remedy = "Configure your server to use STARTTLS when it sends "
		    "mail to us. Our server offers it in its reply to EHLO.",
	},
	[REASON_VERSION_TOO_LOW] = {
		.name = "version-too-low",
		.meaning = "the TLS version is too low",
		.reject = "554 5.7.10",
		.defer = "451 4.7.10",
		.sentence = too_weak,
		.problem = "Your server used a version of TLS that is too "
		    "old.",
		.remedy = "Configure your server to use TLS 1.2 and TLS 1.3 "
		    "when it sends mail.",
	},
	[REASON_CIPHER_TOO_WEAK] = {
		.name = "cipher-too-weak",
		.meaning = "the cipher is too weak",
		.reject = "554 5.7.10",
		.defer = "451 4.7.10",
		.sentence = too_weak,
		.problem = "Your server chose a cipher that is too weak.",
		.remedy = "Configure your server to use AES-GCM or ChaCha20 "
		    "cipher suites when it sends mail.",
	},
	[REASON_PEER_NOT_VERIFIED] = {
		.name = "peer-not-verified",
		.meaning = "the MTA verified no certificate of the peer",
		.reject = "554 5.7.5",
		.defer = "451 4.7.5",
		.sentence = "The TLS client certificate was not verified",
		.problem = "Your server did not present a client certificate "
		    "that we could verify.",
		.remedy = "Configure your server to present a client "
		    "certificate when it sends mail: not expired, issued for "
		    "client authentication, and issued by the authority that "
		    "we agreed on. If it already does, please contact us: our "
		    "server may not have asked for it, or may not know the "
		    "authority.",
	},
	[REASON_IDENTITY_MISMATCH] = {
		.name = "identity-mismatch",
		.meaning = "the peer is verified, but the rule does not name "
		    "it",
		.reject = "550 5.7.1",
		.defer = "451 4.7.0",
		.sentence = "The TLS client is not the one expected",
		.problem = "Your server was verified, but by another name, "
		    "login or address than the one that we agreed on. Of a "
		    "certificate our server sees only the subject with its "
		    "common name (CN), not the alternative names.",
		.remedy = "Send from the agreed server, with a certificate "
		    "that has the agreed name as its common name (CN). If the "
		    "name, login or address has changed, tell us the new one.",
	},
	[REASON_NAME_MISSING] = {
		.name = "name-missing",
		.meaning = "the certificate is verified, but the MTA shows no "
		    "common name (CN) of it",
		.reject = "550 5.7.1",
		.defer = "451 4.7.0",
		.sentence = "The TLS client certificate has no usable common "
		    "name (CN)",
		.problem = "Your server's certificate was verified, but its "
		    "subject has no common name (CN) that our server can use. "
		    "Our server does not see alternative names.",
		.remedy = "Configure your server to present a client "
		    "certificate that has the agreed name as its common name "
		    "(CN), or ask us to identify your server in another way.",
	},
	[REASON_LOGIN_MISSING] = {
		.name = "login-missing",
		.meaning = "the peer did not log in, and the rule asks for a "
		    "login",
		.reject = "530 5.7.0",
		.defer = "451 4.7.0",
		.sentence = "The client must log in (SMTP AUTH)",
		.problem = "Your server did not log in (SMTP AUTH). A client "
		    "certificate does not replace the login.",
		.remedy = "Configure your server to log in with the user name "
		    "that we agreed on when it sends mail to us.",
	},
	[REASON_LOGIN_IN_CLEAR] = {
		.name = "login-in-clear",
		.meaning = "the peer logged in without encryption, so its "
		    "password may be known to others",
		.reject = "550 5.7.11",
		.defer = "451 4.7.11",
		.sentence = "A login needs encryption (TLS)",
		.problem = "Your server logged in (SMTP AUTH) without "
		    "encryption: the password crossed the network in clear.",
		.remedy = "Configure your server to use STARTTLS before it "
		    "logs in, and change the password.",
	},
	[REASON_EVIDENCE_MISSING] = {
		.name = "evidence-missing",
		.meaning = "the MTA did not send what is needed to decide",
		.defer = "451 4.3.5",
		.problem = "Our server could not determine how well the "
		    "connection was secured.",
		.remedy = try_later,
	},
	[REASON_NAME_UNREADABLE] = {
		.name = "name-unreadable",
		.meaning = "an address or a next hop cannot be read, so its "
		    "rule is not known",
		.defer = "451 4.1.8",
		.sentence = "An address of this message cannot be read",
		.problem = "The address of the sender or of a recipient cannot "
		    "be read.",
		.remedy = "Correct the address: after its last @ it needs the "
		    "name of a domain, or an IP address in brackets.",
	},
	[REASON_DESTINATION_UNKNOWN] = {
		.name = "destination-unknown",
		.meaning = "no domain could be read from the recipient",
		.reject = "553 5.1.3",
		.defer = "451 4.3.0",
		.sentence = "The destination of this address cannot be "
		    "determined",
		.problem = "The recipient's address has no domain that can be "
		    "read.",
		.remedy = "Correct the address.",
	},
	[REASON_ROUTE_UNCOVERED] = {
		.name = "route-uncovered",
		.meaning = "no row covers the route of the mail as strictly",
		.reject = "550 5.7.10",
		.defer = "451 4.7.10",
		.sentence = next_hop,
	},
	[REASON_ROUTE_UNKNOWN] = {
		.name = "route-unknown",
		.meaning = "the MTA did not show a next hop that can be read",
		.defer = "451 4.3.5",
		.sentence = next_hop,
		.problem = "Our server could not determine how the message "
		    "would be sent on.",
		.remedy = try_later,
	},
	[REASON_TLS_REQUIRED_NO] = {
		.name = "tls-required-no",
		.meaning = "the message asks the MTA to ignore its TLS policy",
		.reject = "550 5.7.10",
		.defer = "451 4.7.10",
		.sentence = "TLS-Required: no is not accepted for this "
		    "destination",
		.problem = "The header field TLS-Required: no of the message "
		    "asks us to send it on even without encryption.",
		.remedy = "Send it without that header field.",
	},
	[REASON_EARLIER_UNKNOWN] = {
		.name = "earlier-unknown",
		.meaning = "a Received field does not show whether its hop was "
		    "encrypted",
		.defer = "451 4.7.10",
		.problem = "Our server could not determine how well the "
		    "earlier hops of the message were secured.",
		.remedy = try_later,
	},
	[REASON_POLICY_UNAVAILABLE] = {
		.name = "policy-unavailable",
		.meaning = "no policy is in force",
		.ours = true,
		.defer = "451 4.3.5",
	},
	[REASON_SHUTTING_DOWN] = {
		.name = "shutting-down",
		.meaning = "enforcetlsd is stopping",
		.ours = true,
		.defer = "421 4.3.2",
		.sentence = "The TLS policy service is stopping",
	},
	/* RFC 5321 section 4.5.3.1.10: the client sends the rest in another
	 * transaction. */
	[REASON_TOO_MANY_RECIPIENTS] = {
		.name = "too-many-recipients",
		.meaning = "the message has more recipients than "
		    "milter.max_recipients",
		.ours = true,
		.defer = "452 4.5.3",
		.sentence = "Too many recipients in one message",
		.problem = "The message has more recipients than our server "
		    "takes at once.",
		.remedy = "Configure your server to send the message to fewer "
		    "recipients at a time.",
	},
	[REASON_TOO_MANY_WAITING] = {
		.name = "too-many-waiting",
		.meaning = "the client has too many recipients in messages "
		    "that have not ended",
		.ours = true,
		.defer = "452 4.5.3",
		.sentence = "Too many recipients in unfinished messages",
		.problem = "Your server has too many recipients in messages "
		    "that it has not finished.",
		.remedy = "Configure your server to open fewer connections, "
		    "or to send to fewer recipients at a time.",
	},
	[REASON_CHANGE_REFUSED] = {
		.name = "change-refused",
		.meaning = "the MTA refused a change of the message",
		.ours = true,
		.defer = "451 4.3.0",
		.sentence = "The message cannot be changed now",
		.remedy = try_later,
	},
	[REASON_FORGED_FIELDS] = {
		.name = "forged-fields",
		.meaning = "the message has fields named X-Enforcetls that "
		    "cannot be removed",
		.ours = true,
		.defer = "451 4.3.0",
		.sentence = "The header field X-Enforcetls is not accepted",
		.problem = "The message has header fields with the name that "
		    "our server uses for its own.",
		.remedy = "Send it without header fields named X-Enforcetls.",
	},
	[REASON_NO_RULE] = {
		.name = "no-rule",
		.meaning = "no rule demands anything",
		.no_rule = true,
	},
	[REASON_NULL_SENDER] = {
		.name = "null-sender",
		.meaning = "no rule demands anything: the null sender is no "
		    "partner's",
		.no_rule = true,
	},
	[REASON_NOT_RELAYED] = {
		.name = "not-relayed",
		.meaning = "no rule demands anything: the client is not in "
		    "own_relays, so there is no earlier hop",
		.no_rule = true,
	},
	[REASON_ROUTE_COVERED] = {
		.name = "route-covered",
		.meaning = "an outbound rule demands it of the next hop, by "
		    "the map",
		.no_rule = true,
	},
	[REASON_STARTTLS_NOT_SUPPORTED] = {
		.name = "starttls-not-supported",
		.meaning = "the next hop does not offer STARTTLS",
		.reject = "550 5.7.10",
		.defer = "451 4.7.10",
		.sentence = next_hop,
	},
	[REASON_CERTIFICATE_HOST_MISMATCH] = {
		.name = "certificate-host-mismatch",
		.meaning = "the certificate is for another name",
		.reject = "550 5.7.5",
		.defer = "451 4.7.5",
		.sentence = next_hop,
	},
	[REASON_CERTIFICATE_EXPIRED] = {
		.name = "certificate-expired",
		.meaning = "the certificate has expired",
		.reject = "550 5.7.5",
		.defer = "451 4.7.5",
		.sentence = next_hop,
	},
	[REASON_CERTIFICATE_NOT_TRUSTED] = {
		.name = "certificate-not-trusted",
		.meaning = "no trusted authority issued the certificate",
		.reject = "550 5.7.5",
		.defer = "451 4.7.5",
		.sentence = next_hop,
	},
	[REASON_VALIDATION_FAILURE] = {
		.name = "validation-failure",
		.meaning = "the certificate could not be verified",
		.reject = "550 5.7.5",
		.defer = "451 4.7.5",
		.sentence = next_hop,
	},
	[REASON_TLSA_INVALID] = {
		.name = "tlsa-invalid",
		.meaning = "no TLSA record of the next hop can be used",
		.sentence = next_hop,
	},
	[REASON_DNSSEC_INVALID] = {
		.name = "dnssec-invalid",
		.meaning = "DNSSEC did not validate an answer about the next "
		    "hop",
		.sentence = next_hop,
	},
	[REASON_DANE_REQUIRED] = {
		.name = "dane-required",
		.meaning = "the rule asks for DANE, and no TLSA record was "
		    "verified",
		.sentence = next_hop,
	},
	[REASON_STS_POLICY_FETCH_ERROR] = {
		.name = "sts-policy-fetch-error",
		.meaning = "the next hop's MTA-STS policy could not be "
		    "fetched",
		.sentence = next_hop,
	},
	[REASON_STS_POLICY_INVALID] = {
		.name = "sts-policy-invalid",
		.meaning = "the next hop's MTA-STS policy cannot be read",
		.sentence = next_hop,
	},
	[REASON_STS_WEBPKI_INVALID] = {
		.name = "sts-webpki-invalid",
		.meaning = "the web server of the next hop's MTA-STS policy "
		    "was not verified",
		.sentence = next_hop,
	},
};

const struct reason_row *
reason_row(enum reason reason)
{
	unsigned n = (unsigned)reason;

	if (n >= REASON_COUNT || rows[n].name == NULL)
		n = REASON_UNSET;
	assert(rows[n].name != NULL && rows[n].meaning != NULL);
	return &rows[n];
}

bool
reason_is_ours(enum reason reason)
{
	return reason_row(reason)->ours;
}

const char *
reason_name(enum reason reason)
{
	return reason_row(reason)->name;
}

bool
reason_is_no_rule(enum reason reason)
{
	return reason_row(reason)->no_rule;
}

bool
reason_from(struct slice name, enum reason *out)
{
	for (unsigned i = REASON_UNSET + 1; i < REASON_COUNT; i++)
		if (slice_eq(slice_of(reason_name((enum reason)i)), name)) {
			*out = (enum reason)i;
			return true;
		}
	return false;
}

const char *
reason_meaning(enum reason reason)
{
	return reason_row(reason)->meaning;
}

const char *
reason_problem(enum reason reason)
{
	const char *problem = reason_row(reason)->problem;

	return problem != NULL ? problem :
	    "Our server's policy did not allow this message.";
}

const char *
reason_remedy(enum reason reason)
{
	const char *remedy = reason_row(reason)->remedy;

	return remedy != NULL ? remedy : "Please contact us with the "
	    "reference.";
}
