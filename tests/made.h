/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * made - a policy built from an array, for tests of policy/
 *
 * Tests of policy/ do not link the reader of policy files. Keys are normalised,
 * as the table has them; lists are words separated by a blank.
 */
#ifndef TESTS_MADE_H
#define TESTS_MADE_H

#include "policy/policy.h"
#include "tests/cases.h"

/* Row number i is reported as line MADE_LINE + i of "t.conf". */
enum { MADE_LINE = 5 };

/* The hops of a key in next_hops. */
enum { MADE_NEXT_HOP = TABLE_ALL_HOPS & ~TABLE_INBOUND };

struct made_rule {
	enum level level;               /* UNSET: no rule for this hop */
	enum stage stage;
	const char *names;
	const char *fingerprints;
	bool dane;
	int floor[FLOOR_COUNT];
};

/* A rule that asks a level at a stage; what else it asks follows: designators
 * are what keeps clang from missing the fields that are left out. */
#define MADE(asked, at) .level = LEVEL_##asked, .stage = STAGE_##at

struct made_row {
	const char *name;
	const char *keys;
	unsigned hops;                  /* of the keys; 0: all */
	struct made_rule inbound, entry, earlier, outbound;
};

static inline struct words
made_words(struct arena *a, const char *text)
{
	struct slice rest = slice_of(text), word, *list;
	struct words words = { .list = NULL };

	list = arena_alloc(a, (rest.n / 2 + 1) * sizeof(*list));
	while (slice_next(&rest, ' ', &word))
		list[words.count++] = word;
	words.list = list;
	return words;
}

static inline struct rule *
made_rule(struct arena *a, const struct partner *partner, enum hop hop,
    const struct made_rule *from)
{
	struct rule *rule = arena_alloc(a, sizeof(*rule));
	struct peer_group *group = arena_alloc(a, sizeof(*group));

	rule->partner = partner;
	rule->hop = hop;
	rule->stage = from->stage;
	rule->place = partner->place;
	rule->demand = (struct demand){ .level = from->level,
		.dane = from->dane };
	memcpy(rule->demand.floor, from->floor, sizeof(from->floor));
	group->names = made_words(a, from->names);
	group->fingerprints = made_words(a, from->fingerprints);
	if (group->names.count + group->fingerprints.count > 0) {
		rule->demand.peers = group;
		rule->demand.peer_count = 1;
	}
	return rule;
}

static inline void
made_row(struct table *table, const struct made_row *row, unsigned line)
{
	const struct made_rule *const rules[HOP_COUNT] = {
		[HOP_INBOUND] = &row->inbound, [HOP_ENTRY] = &row->entry,
		[HOP_EARLIER] = &row->earlier,
		[HOP_OUTBOUND] = &row->outbound };
	struct arena *a = table_arena(table);
	struct partner *partner = arena_alloc(a, sizeof(*partner));
	struct slice rest = slice_of(row->keys), key;
	struct place first;
	unsigned index;

	partner->name = slice_of(row->name);
	partner->place = (struct place){ "t.conf", line };
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (rules[hop]->level != LEVEL_UNSET)
			partner->rules[hop] = made_rule(a, partner,
			    (enum hop)hop, rules[hop]);
	index = table_add_partner(table, partner);
	while (slice_next(&rest, ' ', &key))
		if (table_claim(table, key, index,
			row->hops == 0 ? TABLE_ALL_HOPS : row->hops,
			partner->place, &first) != 0)
			fail_msg("%s: a key is claimed twice", row->name);
}

/* Fills policy; the caller releases it with made_clear(). */
static inline void
made_policy(struct policy *policy, enum mode mode,
    const struct made_row *rows, size_t count)
{
	*policy = (struct policy){ .table = table_create(),
		.settings = { .mode = mode, .postfix_version = 307,
		    .local_submission = SUBMISSION_EXEMPT,
		    .null_sender_cap = ACTION_DEFER,
		    .unlisted_routes = UNLISTED_LOG } };
	for (size_t i = 0; i < count; i++)
		made_row(policy->table, &rows[i], MADE_LINE + (unsigned)i);
	table_seal(policy->table);
}

static inline void
made_clear(struct policy *policy)
{
	table_destroy( &policy->table);
}
#endif
