/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vocabulary - the words of the policy file, the log and the manual
 *
 * Each vocabulary is one table, for reading and for printing. The zero value of
 * an enum is the careful one: a value that nobody set never lets mail pass.
 * grade and tls_version are not careful as floors: zero demands nothing.
 */
#ifndef POLICY_VOCABULARY_H
#define POLICY_VOCABULARY_H

#include <stdbool.h>

#include "policy/base/slice.h"

/* A word with its enum value. */
struct word {
	const char *name;
	int value;
};

struct vocabulary {
	const struct word *words;       /* in the order of the manual */
	size_t count;
	const char *unset;              /* printed for any other value */
};

/* The word for value; the vocabulary's unset when there is none. */
const char *vocabulary_name(const struct vocabulary *vocabulary, int value);
/* Whether name is one of the words, in the same case; *out is written only
 * then. */
bool vocabulary_value(const struct vocabulary *vocabulary, struct slice name,
    int *out);
/* The n-th word, NULL past the end: for "nearest word" hints and tests. */
const char *vocabulary_word(const struct vocabulary *vocabulary, unsigned n);

/*
 * The same for one enum, by its tag. VOCABULARY(mode) declares mode_name(),
 * mode_from(), mode_word() and mode_vocabulary() in a header;
 * VOCABULARY_DEFINE(mode, modes, "unset") defines them for an array of struct
 * word.
 */
#define VOCABULARY(tag)                                     \
	const char *tag##_name(enum tag value);             \
	bool tag##_from(struct slice word, enum tag *out);  \
	const char *tag##_word(unsigned n);                 \
	const struct vocabulary *tag##_vocabulary(void)

#define VOCABULARY_DEFINE(tag, list, unset)                     \
	const struct vocabulary *tag##_vocabulary(void)         \
	{                                                       \
		static const struct vocabulary vocabulary = {   \
			list, COUNT_OF(list), unset };          \
                                                                \
		return &vocabulary;                             \
	}                                                       \
                                                                \
	const char *tag##_name(enum tag value)                  \
	{                                                       \
		return vocabulary_name(tag##_vocabulary(),      \
		    (int)value);                                \
	}                                                       \
                                                                \
	bool tag##_from(struct slice word, enum tag *out)       \
	{                                                       \
		int value;                                      \
                                                                \
		if (!vocabulary_value(tag##_vocabulary(), word, \
			&value))                                \
			return false;                           \
		*out = (enum tag)value;                         \
		return true;                                    \
	}                                                       \
                                                                \
	const char *tag##_word(unsigned n)                      \
	{                                                       \
		return vocabulary_word(tag##_vocabulary(), n);  \
	}

/* One SMTP transfer, by what it carries. Used as an index of arrays. */
enum hop { HOP_INBOUND, HOP_ENTRY, HOP_EARLIER, HOP_OUTBOUND, HOP_COUNT };

/* What a hop must prove, ordered by strength. UNSET is judged undecided. */
enum level { LEVEL_UNSET, LEVEL_NONE, LEVEL_ENCRYPT, LEVEL_VERIFY };

/* How far a rule is rolled out, ordered. UNSET acts as defer. policy/staging
 * has their words and actions. */
enum stage {
	STAGE_UNSET,
	STAGE_LOG_ONLY,
	STAGE_TAG,
	STAGE_HOLD,
	STAGE_DEFER,
	STAGE_REJECT,
	STAGE_COUNT
};

enum mode { MODE_ENFORCE, MODE_LOG_ONLY };

enum verdict { VERDICT_UNDECIDED, VERDICT_PASS, VERDICT_FAIL };

/* What is done with a recipient or a message, ordered by severity. UNSET is
 * applied as defer. */
enum action {
	ACTION_UNSET,
	ACTION_PASS,
	ACTION_TAG,
	ACTION_HOLD,
	ACTION_DEFER,
	ACTION_REJECT,
	ACTION_COUNT
};

/* Why a rule was judged but not enforced. */
/* What of a session finds a service. */
enum found_by {
	FOUND_BY_NONE,                  /* a row of envelope addresses */
	FOUND_BY_CLIENT,
	FOUND_BY_LOGIN,
	FOUND_BY_CERTIFICATE,
	FOUND_BY_LISTENER
};

enum exempt {
	EXEMPT_NONE,
	EXEMPT_POSTMASTER,              /* RFC 5321 section 4.5.1 */
	EXEMPT_LOCAL_CLIENT,            /* crossed no network */
	EXEMPT_REINJECT,                /* back from an after-queue filter */
	EXEMPT_SUBMISSION,              /* from sendmail(1): crossed no hop */
	EXEMPT_JUDGED_RELAY,            /* the relay before us judged it */
	EXEMPT_ELSEWHERE,               /* the rule has elsewhere = "log" */
	EXEMPT_COUNT
};

/* What a rule does with mail that is not from its clients. */
enum elsewhere { ELSEWHERE_JUDGE, ELSEWHERE_LOG };

/* What became of a recipient. UNSET is never written. */
enum outcome {
	OUTCOME_UNSET,
	OUTCOME_ACCEPTED,
	OUTCOME_REFUSED,
	OUTCOME_ABORTED,
	OUTCOME_COUNT
};

/* How strong a cipher must be: Postfix's own grades. */
enum grade { GRADE_NONE, GRADE_MEDIUM, GRADE_HIGH };

/* TLS versions as the protocol numbers them, so that they order. */
enum tls_version {
	TLS_NONE = 0,           /* as a floor: any; as evidence: unknown */
	TLS_SSL2 = 0x0002,
	TLS_SSL3 = 0x0300,
	TLS_1_0 = 0x0301,
	TLS_1_1 = 0x0302,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304
};

/* Why a verdict was given. policy/reason has their words. */
enum reason {
	REASON_UNSET,                   /* printed "internal-error" */
	REASON_OK,
	REASON_PLAINTEXT,
	REASON_VERSION_TOO_LOW,
	REASON_CIPHER_TOO_WEAK,
	REASON_PEER_NOT_VERIFIED,
	REASON_IDENTITY_MISMATCH,
	REASON_NAME_MISSING,            /* verified, but without a name */
	REASON_LOGIN_MISSING,
	REASON_LOGIN_IN_CLEAR,
	REASON_EVIDENCE_MISSING,        /* the MTA did not send it */
	REASON_NAME_UNREADABLE,         /* which rule is about it? */
	REASON_DESTINATION_UNKNOWN,     /* no domain could be read: 5.1.3 */
	REASON_ROUTE_UNCOVERED,
	REASON_ROUTE_UNKNOWN,           /* the MTA showed none, or an odd one */
	REASON_TLS_REQUIRED_NO,
	REASON_EARLIER_UNKNOWN,         /* a Received field has no TLS mark */
	REASON_POLICY_UNAVAILABLE,
	REASON_SHUTTING_DOWN,
	REASON_TOO_MANY_RECIPIENTS,
	REASON_TOO_MANY_WAITING,
	REASON_CHANGE_REFUSED,
	REASON_FORGED_FIELDS,
	/* No rule decides. Recorded with scope = "all" only. */
	REASON_NO_RULE,                 /* none covers a name */
	REASON_NULL_SENDER,             /* nor a recipient; it has no sender */
	REASON_NOT_RELAYED,             /* but for `earlier`, of no relay */
	REASON_ROUTE_COVERED,           /* but for `outbound`: the map's turn */
	REASON_STARTTLS_NOT_SUPPORTED,
	REASON_CERTIFICATE_HOST_MISMATCH,
	REASON_CERTIFICATE_EXPIRED,
	REASON_CERTIFICATE_NOT_TRUSTED,
	REASON_VALIDATION_FAILURE,
	REASON_TLSA_INVALID,
	REASON_DNSSEC_INVALID,
	REASON_DANE_REQUIRED,
	REASON_STS_POLICY_FETCH_ERROR,
	REASON_STS_POLICY_INVALID,
	REASON_STS_WEBPKI_INVALID,
	REASON_COUNT
};

/*
 * Each of these declares hop_name(), hop_from() and so on (see VOCABULARY). A
 * value that nobody set is printed "unset"; a verdict "undecided", a grade or a
 * version "". exempt_name() then returns NULL.
 */
VOCABULARY(hop);
VOCABULARY(level);
VOCABULARY(mode);
VOCABULARY(verdict);
VOCABULARY(action);
VOCABULARY(exempt);
VOCABULARY(found_by);
VOCABULARY(elsewhere);
VOCABULARY(outcome);
VOCABULARY(grade);
VOCABULARY(tls_version);                /* "1.2" as in the policy file */

/* Reads a version as MTAs write it: "TLSv1.2", in Received fields also "TLS1_2"
 * or "TLS1.2". Returns false for an unknown word: it is below every floor. */
bool tls_version_from_mta(struct slice word, enum tls_version *out);
#endif
