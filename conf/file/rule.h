/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rule - the rule of a partner for one hop, as it is written
 *
 * A draft collects the fields: first the profile's, then the row's own. A rule
 * is made only of a finished draft, which is checked as a whole: a demand that
 * cannot be checked is refused here, not on mail.
 */
#ifndef CONF_FILE_RULE_H
#define CONF_FILE_RULE_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* The rows of the table of keys, in its order. A group of peers has the first
 * FIELD_PEER_COUNT of them, a watch the first FIELD_DEMAND_COUNT. */
enum rule_field {
	FIELD_NAMES,
	FIELD_SUBJECTS,
	FIELD_ISSUERS,
	FIELD_FINGERPRINTS,
	FIELD_CERTIFICATES,             /* adds to fingerprints */
	FIELD_LOGINS,
	FIELD_CLIENTS,
	FIELD_PEER_COUNT,
	FIELD_LEVEL = FIELD_PEER_COUNT,
	FIELD_FLOOR,                    /* FIELD_FLOOR + FLOOR_...: one each */
	FIELD_PEERS = FIELD_FLOOR + FLOOR_COUNT,
	FIELD_ANY_PEER,
	FIELD_DANE,
	FIELD_DEMAND_COUNT,
	FIELD_STAGE = FIELD_DEMAND_COUNT,
	FIELD_WATCH,
	FIELD_NEVER_BELOW,
	FIELD_ACKNOWLEDGE,
	FIELD_REPLY,
	FIELD_ELSEWHERE,
	FIELD_SERVERNAME,
	FIELD_COUNT
};

struct draft {
	struct peer_group direct;       /* identity keys without a group;
	                                 * first, because their setters take
	                                 * the draft as a peer_group */
	struct rule rule;
	struct node at;                 /* the rule's group */
	struct node field[FIELD_COUNT]; /* NODE_NONE: not written */
};

/* Reads the group at; a profile may still add what is missing. Problems are
 * added to r's. */
void rule_draft(struct read_context *r, struct node at, struct draft *out);

/* Fills *out with the fields of own and, where they do not replace them, those
 * of the profile's rule for hop. */
void rule_merge(const struct draft *profile, const struct draft *own,
    enum hop hop, struct draft *out);

/*
 * Checks a draft for hop and fills *out with its rule, but not its partner.
 * false when it cannot be enforced: that is reported, at each field.
 */
bool rule_finish(struct read_context *r, const struct draft *draft,
    enum hop hop, struct rule *out);

/* The table of keys of a rule. */
const struct section *rule_section(void);
#endif
