/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vocabulary - the words of the policy file, the log and the manual
 *
 * One table each, used for reading and for printing. The zero value of every
 * enum is the careful one: what nobody set can never let mail pass.
 */
#ifndef POLICY_VOCABULARY_H
#define POLICY_VOCABULARY_H

#include <stdbool.h>

#include "policy/base/slice.h"

/* One SMTP transfer, by what it carries. Used as an index of arrays. */
enum hop { HOP_INBOUND, HOP_ENTRY, HOP_EARLIER, HOP_OUTBOUND, HOP_COUNT };

/* What a hop must prove, ordered by strength. UNSET is judged undecided. */
enum level { LEVEL_UNSET, LEVEL_NONE, LEVEL_ENCRYPT, LEVEL_VERIFY };

/* How far a rule is rolled out, ordered. UNSET acts as defer. */
enum stage {
	STAGE_UNSET,
	STAGE_LOG_ONLY,
	STAGE_TAG,
	STAGE_HOLD,
	STAGE_DEFER,
	STAGE_REJECT
};

enum mode { MODE_ENFORCE, MODE_LOG_ONLY };

enum verdict { VERDICT_UNDECIDED, VERDICT_PASS, VERDICT_FAIL };

/* What is done with a recipient or a message, ordered by how hard it hits.
 * UNSET is never applied as if it were pass: it defers. */
enum action {
	ACTION_UNSET,
	ACTION_PASS,
	ACTION_TAG,
	ACTION_HOLD,
	ACTION_DEFER,
	ACTION_REJECT
};

/* Why a rule was judged but may not act. */
enum exempt {
	EXEMPT_NONE,
	EXEMPT_POSTMASTER,              /* RFC 5321 section 4.5.1 */
	EXEMPT_LOCAL_CLIENT,            /* crossed no wire to us */
	EXEMPT_REINJECT,                /* an after-queue filter coming back */
	EXEMPT_SUBMISSION,              /* sendmail(1): crossed no hop */
	EXEMPT_JUDGED_RELAY,            /* the relay before us judged it */
	EXEMPT_ELSEWHERE                /* the rule's own elsewhere = "log" */
};

/* What became of a recipient. UNSET is never written. */
enum outcome {
	OUTCOME_UNSET,
	OUTCOME_ACCEPTED,
	OUTCOME_REFUSED,
	OUTCOME_ABORTED
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

/*
 * Why a verdict was given: the words of RFC 8460 section 4.3 where one fits,
 * our own where none does.
 */
enum reason {
	REASON_UNSET,                   /* printed "internal-error" */
	REASON_OK,
	REASON_PLAINTEXT,
	REASON_VERSION_TOO_LOW,
	REASON_CIPHER_TOO_WEAK,
	REASON_PEER_NOT_VERIFIED,
	REASON_IDENTITY_MISMATCH,
	REASON_EVIDENCE_MISSING,        /* the MTA did not say */
	REASON_DESTINATION_UNKNOWN,     /* no domain could be read: 5.1.3 */
	REASON_ROUTE_UNCOVERED,
	REASON_TLS_REQUIRED_NO,
	REASON_EARLIER_UNKNOWN,         /* a Received field carries no mark */
	REASON_POLICY_UNAVAILABLE,
	REASON_SHUTTING_DOWN,
	REASON_EXCEPTION_EXPIRED,
	REASON_NO_RULE,                 /* recorded with scope = "all" only */
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
	REASON_MX_INSECURE,
	REASON_COUNT
};

const char *hop_name(enum hop hop);
const char *level_name(enum level level);
const char *stage_name(enum stage stage);
const char *mode_name(enum mode mode);
const char *verdict_name(enum verdict verdict);
const char *action_name(enum action action);
const char *exempt_name(enum exempt exempt);     /* NULL for NONE */
const char *outcome_name(enum outcome outcome);
const char *grade_name(enum grade grade);
const char *tls_version_name(enum tls_version version); /* "1.2"; "" none */
const char *reason_name(enum reason reason);

/* Whether word is one of the vocabulary, case counting; *out only then. */
bool hop_from(struct slice word, enum hop *out);
bool level_from(struct slice word, enum level *out);
bool stage_from(struct slice word, enum stage *out);
bool mode_from(struct slice word, enum mode *out);
bool verdict_from(struct slice word, enum verdict *out);
bool action_from(struct slice word, enum action *out);
bool exempt_from(struct slice word, enum exempt *out);
bool outcome_from(struct slice word, enum outcome *out);
bool grade_from(struct slice word, enum grade *out);
bool reason_from(struct slice word, enum reason *out);
/* "1.2" as in the policy file. */
bool tls_version_from(struct slice word, enum tls_version *out);
/* "TLSv1.2" as MTAs write it, also "TLS1_2", "TLS1.2" of other MTAs'
 * Received fields. An unknown word is false: below every floor. */
bool tls_version_from_mta(struct slice word, enum tls_version *out);

/* The n-th word a vocabulary accepts, NULL past the end: for "nearest word"
 * hints and for the manual. */
const char *hop_word(unsigned n);
const char *level_word(unsigned n);
const char *stage_word(unsigned n);
const char *mode_word(unsigned n);
const char *grade_word(unsigned n);
const char *tls_version_word(unsigned n);
#endif
