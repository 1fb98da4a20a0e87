/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/reply.h"
#include "policy/base/text.h"

static const char need_tls[] = "Encryption (TLS) is required";
static const char need_strong[] = "The TLS session is too weak";
static const char need_peer[] = "The TLS client certificate was not verified";
static const char need_name[] = "The TLS client is not the one expected";
static const char next_hop[] = "The next hop is not secure";
static const char undecided[] = "The TLS policy cannot be decided now";

/*
 * A reason without a refusing code is never refused for good; one without a
 * deferring code of its own takes the general one. X.7.10 is RFC 8689 section
 * 4.2.1's code for no TLS, 554 that of RFC 3207 section 4.1 for too weak a
 * session, X.7.5 and X.7.1 are RFC 3463 section 3.8's. No 4.7.1: the same
 * section calls it useful only as permanent.
 */
static const struct {
	enum reason reason;
	const char *reject;             /* "code enhanced", NULL: never */
	const char *defer;
	const char *sentence;
} replies[] = {
	{ REASON_PLAINTEXT, "550 5.7.10", "451 4.7.10", need_tls },
	{ REASON_VERSION_TOO_LOW, "554 5.7.10", "451 4.7.10", need_strong },
	{ REASON_CIPHER_TOO_WEAK, "554 5.7.10", "451 4.7.10", need_strong },
	{ REASON_PEER_NOT_VERIFIED, "554 5.7.5", "451 4.7.5", need_peer },
	{ REASON_IDENTITY_MISMATCH, "550 5.7.1", "451 4.7.0", need_name },
	{ REASON_EVIDENCE_MISSING, NULL, "451 4.3.5", undecided },
	{ REASON_EARLIER_UNKNOWN, NULL, "451 4.7.10", undecided },
	{ REASON_DESTINATION_UNKNOWN, "553 5.1.3", "451 4.3.0",
	    "The destination cannot be told from this address" },
	{ REASON_ROUTE_UNCOVERED, "550 5.7.10", "451 4.7.10", next_hop },
	{ REASON_TLS_REQUIRED_NO, "550 5.7.10", "451 4.7.10",
	    "TLS-Required: no is not accepted for this destination" },
	{ REASON_STARTTLS_NOT_SUPPORTED, "550 5.7.10", "451 4.7.10",
	    next_hop },
	{ REASON_CERTIFICATE_HOST_MISMATCH, "550 5.7.5", "451 4.7.5",
	    next_hop },
	{ REASON_CERTIFICATE_EXPIRED, "550 5.7.5", "451 4.7.5", next_hop },
	{ REASON_CERTIFICATE_NOT_TRUSTED, "550 5.7.5", "451 4.7.5",
	    next_hop },
	{ REASON_VALIDATION_FAILURE, "550 5.7.5", "451 4.7.5", next_hop },
	{ REASON_POLICY_UNAVAILABLE, NULL, "451 4.3.5", undecided },
	{ REASON_SHUTTING_DOWN, NULL, "421 4.3.2",
	    "The TLS policy service is stopping" },
};

static const char *
reply_codes_of(enum reason reason, bool reject, const char **sentence)
{
	*sentence = undecided;
	for (size_t i = 0; i < COUNT_OF(replies); i++) {
		if (replies[i].reason != reason)
			continue;
		*sentence = replies[i].sentence;
		return reject ? replies[i].reject : replies[i].defer;
	}
	/* A reason with no row is a bug of ours, never the sender's. */
	return reject ? NULL : "451 4.3.0";
}

/* RFC 5321 section 4.2: HT, SP and printable ASCII only. */
static void
reply_add(struct text *t, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		text_byte(t, s.p[i] >= 0x20 && s.p[i] <= 0x7e ? s.p[i] : '?');
}

/* What stands behind the sentence: "(bank: plaintext; ref X) URL". */
static void
reply_add_tail(struct text *t, enum reason reason,
    const struct reply_words *words)
{
	reply_add(t, SLICE(" ("));
	if (words->partner.n > 0) {
		reply_add(t, slice_head(words->partner, 40));
		reply_add(t, SLICE(": "));
	}
	reply_add(t, slice_of(reason_name(reason)));
	if (words->reference.n > 0) {
		reply_add(t, SLICE("; ref "));
		reply_add(t, slice_head(words->reference, 24));
	}
	reply_add(t, SLICE(")"));
	if (words->help_url.n > 0 &&
	    1 + words->help_url.n <= text_room(t)) {
		reply_add(t, SLICE(" "));
		reply_add(t, words->help_url);
	}
}

void
reply_make(enum action action, enum reason reason,
    const struct reply_words *words, struct reply *out)
{
	char tail_text[LIMIT_REPLY - 40];
	struct text t, tail;
	const char *sentence;
	const char *codes = NULL;

	*out = (struct reply){ .action = ACTION_DEFER };
	if (action == ACTION_REJECT)
		codes = reply_codes_of(reason, true, &sentence);
	if (codes != NULL)
		out->action = ACTION_REJECT;
	else
		codes = reply_codes_of(reason, false, &sentence);
	memcpy(out->code, codes, 3);
	memcpy(out->enhanced, codes + 4, strlen(codes + 4) + 1);

	text_init(&tail, tail_text, sizeof(tail_text));
	reply_add_tail(&tail, reason, words);
	text_init(&t, out->text, sizeof(out->text));
	/* The sentence is cut before the reference is. */
	reply_add(&t, slice_head(words->sentence.n > 0 ? words->sentence
						       : slice_of(sentence),
	    text_room(&t) - text_length(&tail)));
	text_slice(&t, text_so_far(&tail));
}

void
reply_escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 2 < size; text++) {
		if (*text == '%')
			out[n++] = '%';
		out[n++] = *text;
	}
	out[n] = '\0';
}
