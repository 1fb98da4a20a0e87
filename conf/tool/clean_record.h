/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clean_record - what the decision log shows for a higher stage of a rule
 */
#ifndef CONF_TOOL_CLEAN_RECORD_H
#define CONF_TOOL_CLEAN_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "policy/audit/stage_evidence.h"
#include "policy/policy.h"

/* What is required of the log, and which clients do not count. Borrows. */
struct clean_record {
	const struct policy *policy;
	int64_t now;                    /* seconds since 1970 */
	int64_t clean;                  /* --require-clean, in seconds */
	long messages;                  /* --min-messages */
	const struct netrange *ignored; /* --ignore-client */
	size_t ignored_count;
	bool ignore_unverified;
};

/* Reads what the log records of a rule since a time, seconds since 1970. 0, or
 * -1 with e filled when the log cannot be read. */
int clean_record_read(const struct clean_record *ask, const struct rule *rule,
    int64_t since, struct stage_evidence *out, struct err *e);

/* Nothing unclean, nothing lost, and enough of both time and mail. */
bool clean_record_is_safe(const struct clean_record *ask,
    const struct stage_evidence *evidence, int64_t since);

/* The evidence, and in "error" each condition that is missing, in words and
 * numbers. Returns new, for json_decref(). */
json_t *clean_record_json(const struct clean_record *ask,
    const struct stage_evidence *evidence);

/* Prints such an object as text, against what is required. */
void clean_record_print(const struct clean_record *ask, const json_t *o,
    FILE *out);
#endif
