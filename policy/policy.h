/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy - the settings, with the table they apply to
 *
 * Every judgement reads one policy. It is immutable while anybody uses it;
 * conf/snapshot counts its users. policy_read() and policy_destroy() are in
 * conf/file/read, because they need the files' syntax.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/names/key.h"
#include "policy/settings.h"
#include "policy/table/overlay.h"
#include "policy/table/service.h"
#include "policy/table/table.h"

/* A pattern of "include" that the policy was read by, and what it matched. */
struct include_pattern {
	struct slice text;              /* with its folder, ends with a NUL */
	struct words found;
};

struct policy {
	struct settings settings;       /* borrows from the table's arena */
	struct table *table;            /* owns */
	char digest[65];                /* SHA-256 over the files, lower hex */
	struct words below_served;      /* domains of rows below a suffix of
	                                 * served_domains; in the arena */
	bool below_served_cut;          /* there are more of them */
	struct words files;             /* in the order they were read; in the
	                                 * table's arena */
	struct service *services;       /* those of listeners too; in the
	                                 * table's arena */
	size_t service_count;
	const struct include_pattern *patterns; /* in the table's arena */
	size_t pattern_count;
	struct shortening shortening;   /* of addresses in records; all zero,
	                                 * full, until whoever puts the policy
	                                 * in force has read its key */
	struct policy *candidate;       /* owns; judged too, but never applied;
	                                 * NULL: none */
	const struct overlay *overlay;  /* borrows from the snapshot that this
	                                 * policy is part of; NULL: none */
};

/* Fills below_served, once, when the table is complete. */
void policy_find_below_served(struct policy *policy);

/* A demand of a rule, and the stage that is in force for it. */
struct term {
	const struct demand *demand;    /* borrows from the policy, or from the
	                                 * snapshot that it is part of */
	enum stage stage;
	bool kept;                      /* the row asked it when its stage was
	                                 * set with the command, and has asked
	                                 * for another one since */
};

enum { POLICY_TERMS = 2 };

/*
 * What acts for rule: the row's own demand, then one that is kept from before.
 * Returns how many of terms it filled, at least one. Whoever asks what a rule
 * demands, or its stage, asks here: rule->demand and rule->stage are only what
 * the file has. The mode is not in it: see policy_mode().
 */
size_t policy_terms(const struct policy *policy, const struct rule *rule,
    struct term terms[POLICY_TERMS]);

/* Whether mail that fails it is refused: its stage is "defer" or "reject". */
bool term_acts(const struct term *term);

/* Whether rule acts, that is, one of its terms does. At the stages before it is
 * being rolled out. */
bool policy_rule_acts(const struct policy *policy, const struct rule *rule);

/* The pause of hop in force at now (seconds since 1970); NULL when there is
 * none. */
const struct pause *policy_pause(const struct policy *policy, enum hop hop,
    int64_t now);

/* The mode for hop at now (seconds since 1970): log-only while it is paused.
 * Whoever asks whether rules of a hop act asks here, and not the settings. */
enum mode policy_mode(const struct policy *policy, enum hop hop, int64_t now);

/*
 * The rows that cover name (a normalised key of this kind) and have a rule
 * for hop, from the most specific to the first whose rule acts: a rule that is
 * being rolled out removes no protection. any: "*" is included. Returns how
 * many of rows it filled.
 */
size_t policy_rows(const struct policy *policy, enum hop hop,
    enum key_kind kind, struct slice name, bool any,
    struct row rows[TABLE_ROWS]);

/* Every row that covers name, as policy_rows() takes it, with rules for any
 * hop. */
size_t policy_covering_rows(const struct policy *policy, enum key_kind kind,
    struct slice name, struct row rows[TABLE_ROWS]);
/* Of those, the ones that policy_rows() returns for hop. */
size_t policy_hop_rows(const struct policy *policy, enum hop hop, bool any,
    const struct row *covering, size_t count, struct row rows[TABLE_ROWS]);

/* The lowest floor that an exception from rule may have: never_below, and
 * LEVEL_ENCRYPT unless the settings allow plaintext. */
enum level policy_least(const struct policy *policy, const struct rule *rule);

/* Whether the row of rule covers "*": a permission for it is one for everybody.
 */
bool policy_is_for_all(const struct policy *policy, const struct rule *rule);

/*
 * Whether rule may have this stage instead of its own. One that lets mail pass
 * where the rule's own does not would be an exception without an end, so it may
 * not where an exception could not let plaintext pass: below never_below,
 * unless the settings allow plaintext, or for "*".
 */
bool policy_allows_stage(const struct policy *policy, const struct rule *rule,
    enum stage stage);

/* The exception from rule in force at now (seconds since 1970); NULL when there
 * is none. name is the row's name, key the key that matched. */
const struct exception *policy_exception(const struct policy *policy,
    const struct rule *rule, struct slice name, struct slice key,
    int64_t now);
#endif
