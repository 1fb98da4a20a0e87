/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * measure - what evidence says of each floor
 *
 * The row of a floor in policy/table/floor.h names its three functions here.
 */
#ifndef POLICY_EVIDENCE_MEASURE_H
#define POLICY_EVIDENCE_MEASURE_H

#include "policy/evidence/evidence.h"
#include "policy/table/floor.h"

/* Whether the evidence says anything of floor; the value, *out, only then.
 * What came but means nothing is 0, which is below every floor. */
bool measure_floor(enum floor floor, const struct evidence *evidence,
    int *out);
/* Writes what came, as it came: "TLSv1.2", "128 bits", or "not known". */
void measure_show(enum floor floor, const struct evidence *evidence, char *out,
    size_t size);
/* The macro that shows it. */
enum macro measure_macro(enum floor floor);
/* Makes evidence prove value or more, where it can be proven at all. */
void measure_set(enum floor floor, int value, struct evidence *evidence);
#endif
