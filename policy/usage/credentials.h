/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * credentials - when each name, login or address that a row lists was last used
 *
 * While a login or a certificate is changed a row lists the old and the new
 * one; the old one can go once nobody uses it. What the log does not show is
 * unknown, and never unused.
 */
#ifndef POLICY_USAGE_CREDENTIALS_H
#define POLICY_USAGE_CREDENTIALS_H

#include "policy/usage/usage_log.h"

enum {
	/* Without use for so many days a credential is named. */
	CREDENTIAL_DAYS = 30,
	/* The log is read so far back: for a row that is younger than
	 * CREDENTIAL_DAYS nothing is said to be unused. */
	CREDENTIAL_READ_DAYS = 90
};

enum credential_kind {
	CREDENTIAL_LOGIN,
	CREDENTIAL_NAME,
	CREDENTIAL_SUBJECT,
	CREDENTIAL_FINGERPRINT,
	CREDENTIAL_CLIENT,
	CREDENTIAL_KINDS
};

enum credential_state {
	CREDENTIAL_USED,
	CREDENTIAL_UNUSED,              /* in CREDENTIAL_DAYS */
	CREDENTIAL_NOT_SEEN,            /* in the time that is on record, which
	                                 * is shorter */
	CREDENTIAL_UNKNOWN              /* the log does not show such facts */
};

VOCABULARY(credential_kind);
VOCABULARY(credential_state);

struct credential {
	enum credential_kind kind;
	struct slice text;              /* as in the policy file */
	const struct netrange *range;   /* of a CLIENT */
	int64_t ends;                   /* when the certificate of a FINGERPRINT
	                                 * ends; 0: not known */
	uint64_t messages;              /* in CREDENTIAL_DAYS */
	int64_t last;                   /* seconds since 1970; 0: never in the
	                                 * log that was read */
};

/* Those of one row. */
struct credentials;

/*
 * Those that find the service or that its rule lists; those that a rule lists.
 * Returns new, for credentials_destroy(); NULL when there is none. Borrows
 * policy and service or rule; now is in seconds since 1970.
 */
struct credentials *credentials_of_service(const struct policy *policy,
    const struct service *service, int64_t now);
struct credentials *credentials_of_rule(const struct rule *rule, int64_t now);
void credentials_destroy(struct credentials **credentials);

/* Counts a recipient, if the service finds it. */
void credentials_take(struct credentials *credentials,
    const struct usage_recipient *recipient);
/* Counts a record of the rule's own. */
void credentials_take_record(struct credentials *credentials,
    const struct recorded *record, bool new_message);

size_t credentials_count(const struct credentials *credentials);
const struct credential *credentials_get(
    const struct credentials *credentials, size_t i);
/*
 * How it stands with the credential. *days is how long the row is on record
 * without it: since the row's first record, or the log's first line when the
 * row has none, which log_first is the time of.
 */
enum credential_state credentials_state(const struct credentials *credentials,
    size_t i, int64_t log_first, long *days);
/* Whether the row has a record at all. */
bool credentials_on_record(const struct credentials *credentials);
#endif
