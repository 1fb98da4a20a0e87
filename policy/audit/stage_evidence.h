/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage_evidence - whether a rule is ready for its next stage, by the log
 *
 * Mail that the rule would have refused is counted by client, so that an
 * administrator knows whom to write to first.
 */
#ifndef POLICY_AUDIT_STAGE_EVIDENCE_H
#define POLICY_AUDIT_STAGE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/lines.h"
#include "policy/names/netaddr.h"
#include "policy/vocabulary.h"

enum { STAGE_EVIDENCE_OFFENDERS = 10, STAGE_EVIDENCE_TEXT = 64 };

struct offender {
	char client[STAGE_EVIDENCE_TEXT];       /* address */
	char reason[STAGE_EVIDENCE_TEXT];       /* the most frequent one */
	uint64_t count;
};

struct stage_evidence {
	uint64_t records;               /* judged recipients, without exempt
	                                 * ones, the ignored clients' and those
	                                 * set aside */
	uint64_t unclean;               /* of these: not "pass" */
	uint64_t lost;                  /* records of any rule that the daemon
	                                 * could not write */
	int64_t first;                  /* time of the oldest record of this
	                                 * demand, of any age; 0: none */
	uint64_t aside;                 /* recipients of clients that never
	                                 * passed, with ignore_unverified */
	uint64_t aside_clients;
	struct offender worst[STAGE_EVIDENCE_OFFENDERS];
	size_t worst_count;
};

struct stage_question {
	struct slice partner;           /* its name, or a row's key */
	struct slice partner_hashed;    /* the same where it is an address, as
	                                 * records have it that have codes;
	                                 * absent: none can be known */
	enum hop hop;
	struct slice need;              /* the demand by demand_show(): records
	                                 * of another one do not count */
	struct slice need_hashed;       /* the same as records have it whose
	                                 * login names are codes; absent: none
	                                 * can be known */
	int64_t since;                  /* seconds since 1970 */
	const struct netrange *ignored; /* clients that do not count */
	size_t ignored_count;
	bool ignore_unverified;         /* set aside who never passed this hop
	                                 * of the partner in the whole log: a
	                                 * forged sender is nobody's evidence */
};

/* Counts in the lines of a log. -1 when one cannot be read: with a gap it is no
 * evidence. */
int stage_evidence_read(struct lines *log,
    const struct stage_question *question, struct stage_evidence *out,
    struct err *e);
#endif
