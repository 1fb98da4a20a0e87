/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict - the one judge of a demand by evidence
 *
 * Pure: same demand, same evidence, same verdict. Rules, the floors of
 * exceptions, `watch` and what-if are all judged here and nowhere else.
 */
#ifndef POLICY_VERDICT_H
#define POLICY_VERDICT_H

#include "policy/evidence/evidence.h"
#include "policy/reason.h"
#include "policy/table/demand.h"
#include "policy/vocabulary.h"

struct finding {
	enum verdict verdict;
	enum reason reason;
};

/* The steps of judging, in their order. */
enum check {
	CHECK_LEVEL,
	CHECK_TLS,
	CHECK_FLOOR,                    /* CHECK_FLOOR + FLOOR_...: one each */
	CHECK_PEER = CHECK_FLOOR + FLOOR_COUNT,
	CHECK_COUNT
};

const char *check_name(enum check check);
/* Whether check is that of a floor; *out only then. */
bool check_is_floor(enum check check, enum floor *out);

/* Whether text, the common name of a certificate, is a host name that wanted, a
 * normalised name or ".suffix" of a demand, names. */
bool verdict_is_name(struct slice wanted, struct slice text);

/* One step alone, for explanations. A step that the demand does not ask for
 * passes with REASON_OK. */
struct finding verdict_check(enum check check, const struct demand *demand,
    const struct evidence *evidence);

/*
 * The verdict on the whole demand: fail with the reason of the first step that
 * fails, else undecided with that of the first undecided step, else pass.
 * demand and evidence are not NULL.
 */
struct finding verdict_decide(const struct demand *demand,
    const struct evidence *evidence);
#endif
