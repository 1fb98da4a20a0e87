/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/explain/partner_notice.h"

static const struct {
	enum reason reason;
	const char *problem;
	const char *remedy;
} notices[] = {
	{ REASON_PLAINTEXT,
	    "Your server did not encrypt the connection.",
	    "Have it use STARTTLS when it sends to us. Our server offers it "
	    "in its answer to EHLO." },
	{ REASON_VERSION_TOO_LOW,
	    "Your server used a version of TLS that is too old.",
	    "Allow it to use TLS 1.2 and TLS 1.3 when it sends." },
	{ REASON_CIPHER_TOO_WEAK,
	    "Your server chose a cipher that is too weak.",
	    "Allow it to use AES-GCM or ChaCha20 suites when it sends." },
	{ REASON_PEER_NOT_VERIFIED,
	    "Your server did not show a client certificate that we could "
	    "verify.",
	    "Have it present one when it sends: not expired, issued for "
	    "client authentication, by the authority that we agreed on." },
	{ REASON_IDENTITY_MISMATCH,
	    "Your server's certificate or login is good, but it is not the "
	    "one that we agreed on.",
	    "Send from the agreed server, or tell us the new name before you "
	    "change it." },
	{ REASON_EVIDENCE_MISSING,
	    "Our server could not tell how well the connection was secured.",
	    "Nothing on your side: please try again later, and tell us if it "
	    "goes on." },
	{ REASON_EARLIER_UNKNOWN,
	    "Our server could not tell how well the way to it was secured.",
	    "Nothing on your side: please try again later, and tell us if it "
	    "goes on." },
	{ REASON_DESTINATION_UNKNOWN,
	    "The recipient's address has no domain that can be read.",
	    "Correct the address." },
	{ REASON_TLS_REQUIRED_NO,
	    "The message asks, with the header TLS-Required: no, to be "
	    "passed on without encryption.",
	    "Send it without that header." },
};

static const char any_problem[] =
    "Our server's policy did not allow this message.";
static const char any_remedy[] = "Please tell us the reference.";

const char *
partner_notice_problem(enum reason reason)
{
	for (size_t i = 0; i < COUNT_OF(notices); i++)
		if (notices[i].reason == reason)
			return notices[i].problem;
	return any_problem;
}

const char *
partner_notice_remedy(enum reason reason)
{
	for (size_t i = 0; i < COUNT_OF(notices); i++)
		if (notices[i].reason == reason)
			return notices[i].remedy;
	return any_remedy;
}
