/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logfilter - which records of a decision log are asked for
 */
#ifndef POLICY_AUDIT_LOGFILTER_H
#define POLICY_AUDIT_LOGFILTER_H

#include <jansson.h>
#include <stdint.h>

#include "policy/names/netaddr.h"
#include "policy/names/shortening.h"
#include "policy/vocabulary.h"

/* All zero wants every record. */
struct logfilter {
	int64_t since;                  /* seconds since 1970; 0: all */
	int64_t until;                  /* the last second; 0: all */
	const char *partner;            /* name; NULL: any */
	bool has_hop;
	enum hop hop;
	/* A sender, recipient or login name, in clear; absent: any. With
	 * hashed, records that have its code are found too. */
	struct slice address;
	const struct shortening *hashed;        /* with the key; NULL: none */
	bool has_client;
	struct netrange client;
	bool failed;                    /* the verdict is not pass */
	bool refused;                   /* deferred or rejected, by this rule */
	bool would_refuse;              /* accepted although it failed, which
	                                 * it will not be once the rule acts */
};

/* Whether a line may be wanted, by its time alone: false is sure, and costs no
 * parsing. */
bool logfilter_may_want(const struct logfilter *filter, struct slice line);

/* Whether a record is wanted. What is no decision is wanted if its time is:
 * lost records may be of any partner. */
bool logfilter_wants(const struct logfilter *filter, const json_t *record);

/* Whether a record is of a decision. */
bool logfilter_is_decision(const json_t *record);
#endif
