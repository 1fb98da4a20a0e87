/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rule - what a partner's row asks of one hop, as it is written
 *
 * Fields come together in a draft: first the profile's, then the row's own.
 * Only a finished draft becomes a rule, and it is checked as a whole then: a
 * demand that its enforcer cannot check is refused here, not in mail.
 */
#ifndef CONF_FILE_RULE_H
#define CONF_FILE_RULE_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* The rows of the table of keys, in its order: a peer's, a demand's, a
 * rule's; each is a beginning of the next. */
enum rule_field {
	FIELD_NAMES,
	FIELD_SUBJECTS,
	FIELD_ISSUERS,
	FIELD_FINGERPRINTS,
	FIELD_LOGINS,
	FIELD_CLIENTS,
	FIELD_PEER_COUNT,
	FIELD_LEVEL = FIELD_PEER_COUNT,
	FIELD_MIN_TLS,
	FIELD_MIN_BITS,
	FIELD_MIN_GRADE,
	FIELD_PEERS,
	FIELD_ANY_PEER,
	FIELD_DANE,
	FIELD_DEMAND_COUNT,
	FIELD_STAGE = FIELD_DEMAND_COUNT,
	FIELD_WATCH,
	FIELD_NEVER_BELOW,
	FIELD_ACKNOWLEDGE,
	FIELD_REPLY,
	FIELD_ELSEWHERE,
	FIELD_COUNT
};

struct draft {
	struct peer_group direct;       /* identity keys without a group;
	                                 * first, as their setters want it */
	struct rule rule;
	struct node at;     /* where the rule stands */
	struct node field[FIELD_COUNT];     /* as written */
};

/* Reads a rule's group; what is missing may still come from a profile. */
void rule_draft(struct read_context *r, struct node at, struct draft *out);

/* Puts own's fields over those of the profile's rule. */
void rule_merge(const struct draft *profile, const struct draft *own,
    enum hop hop, struct draft *out);

/*
 * Checks a whole draft for hop and makes the rule of it, without its partner.
 * Problems are reported where each field stands; then false.
 */
bool rule_finish(struct read_context *r, const struct draft *draft,
    enum hop hop, struct rule *out);

/* The keys of a rule; peers and watch have the first FIELD_PEER_COUNT and
 * FIELD_DEMAND_COUNT of them. */
const struct section *rule_section(void);
#endif
