/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stage_evidence - whether a rule's mail has been clean, by the decision log
 *
 * What a rule would have refused is counted by client, so that an
 * administrator sees whom to write to before the rule climbs a stage.
 */
#ifndef POLICY_AUDIT_STAGE_EVIDENCE_H
#define POLICY_AUDIT_STAGE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/lines.h"
#include "policy/vocabulary.h"

enum { STAGE_EVIDENCE_OFFENDERS = 10, STAGE_EVIDENCE_TEXT = 64 };

struct offender {
	char client[STAGE_EVIDENCE_TEXT];       /* address */
	char reason[STAGE_EVIDENCE_TEXT];       /* of the last one */
	uint64_t count;
};

struct stage_evidence {
	uint64_t records;               /* judged recipients, exempt ones and
	                                 * the ignored client's left out */
	uint64_t unclean;               /* of these: not "pass" */
	uint64_t lost;                  /* of anybody: the log says that they
	                                 * could not be written */
	int64_t first;                  /* the oldest record of this demand, of
	                                 * any age; 0: none */
	struct offender worst[STAGE_EVIDENCE_OFFENDERS];
	size_t worst_count;
};

struct stage_question {
	struct slice partner;
	enum hop hop;
	struct slice need;              /* the demand as demand_show() has it:
	                                 * mail judged by another proves
	                                 * nothing of it */
	int64_t since;                  /* seconds since 1970 */
	struct slice ignored_client;    /* address; absent: nobody */
};

/* Reads the lines of a log. -1 when they cannot be read to the end: evidence
 * with a hole in it is none. */
int stage_evidence_read(struct lines *log,
    const struct stage_question *question, struct stage_evidence *out,
    struct err *e);
#endif
