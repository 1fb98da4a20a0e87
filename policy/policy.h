/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy - the settings, with the table they apply to
 *
 * What every judgement reads: immutable while anybody uses it. conf/snapshot
 * counts its users.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/names/key.h"
#include "policy/settings.h"
#include "policy/table/overlay.h"
#include "policy/table/table.h"

struct policy {
	struct settings settings;       /* borrows from the table's arena */
	struct table *table;            /* owns */
	char digest[65];                /* SHA-256 over the files, lower hex */
	struct words files;             /* that were read, in their order;
	                                 * in the table's arena */
	struct policy *candidate;       /* owns; judged beside this one and
	                                 * never applied; NULL: none */
	const struct overlay *overlay;  /* borrows from the snapshot that this
	                                 * policy is part of; NULL: none */
};

/* Whether rule acts at the stage that is in force for it: "log-only", "tag"
 * and "hold" are its rollout. */
bool policy_rule_acts(const struct policy *policy, const struct rule *rule);

/*
 * The rows that cover name (a normalised key of this kind) and have a rule
 * for hop, the most specific first. A rule being rolled out shadows nothing:
 * the next less specific one follows, up to the first that acts. any: with
 * "*". Returns how many of rows were filled.
 */
size_t policy_rows(const struct policy *policy, enum hop hop,
    enum key_kind kind, struct slice name, bool any,
    struct row rows[TABLE_ROWS]);

/* The lowest floor an exception may leave of rule: its never_below, and no
 * plaintext unless the settings allow it. */
enum level policy_least(const struct policy *policy, const struct rule *rule);

/* The exception alive at now for rule, for the row known as name whose key
 * matched; NULL when there is none. */
const struct exception *policy_exception(const struct policy *policy,
    const struct rule *rule, struct slice name, struct slice key,
    int64_t now);
#endif
