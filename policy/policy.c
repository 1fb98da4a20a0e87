/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/policy.h"
#include "policy/staging.h"

enum level
policy_least(const struct policy *policy, const struct rule *rule)
{
	enum level least = policy->settings.exception_allow_plaintext
	    ? LEVEL_NONE : LEVEL_ENCRYPT;

	return rule->never_below > least ? rule->never_below : least;
}

bool
policy_is_for_all(const struct policy *policy, const struct rule *rule)
{
	struct row row;

	return table_exact(policy->table, SLICE("*"), &row) &&
	    row.partner == rule->partner;
}

bool
policy_allows_stage(const struct policy *policy, const struct rule *rule,
    enum stage stage)
{
	/* Neither "log-only" nor "tag" keeps mail from anybody. */
	if (stage >= rule->stage || rule->stage < STAGE_HOLD ||
	    !stage_acts_below_defer(stage))
		return true;
	return policy_least(policy, rule) == LEVEL_NONE &&
	    !policy_is_for_all(policy, rule);
}

/* The domain of a key; absent: it has none. */
static struct slice
policy_key_domain(struct slice key)
{
	size_t at = slice_rfind(key, '@');

	if (at < key.n)
		key = slice_from(key, at + 1);
	return key.p[0] == '[' || slice_eq(key, SLICE("*")) ? SLICE_NONE : key;
}

static bool
policy_is_below_served(const struct settings *settings, struct slice domain)
{
	for (size_t i = 0; i < settings->served_domains.count; i++) {
		struct slice served = settings->served_domains.list[i];

		if (served.p[0] == '.' && domain.n > served.n &&
		    slice_ends(domain, served))
			return true;
	}
	return false;
}

struct below_served {
	struct policy *policy;
	struct slice *list;             /* that of policy->below_served */
};

/* Adds the row's domain; stops when there is no room. */
static bool
policy_add_below_served(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	struct below_served *b = data;
	struct words *below = &b->policy->below_served;
	struct slice domain = policy_key_domain(row->key);

	if (!policy_is_below_served(&b->policy->settings, domain))
		return true;
	for (size_t i = 0; i < below->count; i++)
		if (slice_eq(below->list[i], domain))
			return true;
	if (below->count == LIMIT_BELOW_SERVED) {
		b->policy->below_served_cut = true;
		return false;
	}
	b->list[below->count++] = domain;
	return true;
}

void
policy_find_below_served(struct policy *policy)
{
	struct below_served b = { policy, arena_array(
		table_arena(policy->table), LIMIT_BELOW_SERVED,
		sizeof(*b.list)) };

	policy->below_served = (struct words){ b.list, 0 };
	table_each(policy->table, policy_add_below_served, &b);
}

const struct exception *
policy_exception(const struct policy *policy, const struct rule *rule,
    struct slice name, struct slice key, int64_t now)
{
	if (policy->overlay == NULL || policy->overlay->exceptions == NULL)
		return NULL;
	/* No exception applies to everybody. The partner may have got the key
	 * "*" after its exception was granted. */
	if (slice_eq(key, SLICE("*")))
		return NULL;
	return exceptions_find(policy->overlay->exceptions, name, rule->hop,
	    key, policy_least(policy, rule), now);
}

size_t
policy_terms(const struct policy *policy, const struct rule *rule,
    struct term terms[POLICY_TERMS])
{
	const struct kept_term *kept = overlay_kept(policy->overlay, rule);

	terms[0] = (struct term){ .demand = &rule->demand,
		.stage = overlay_stage(policy->overlay, rule) };
	if (kept == NULL)
		return 1;
	terms[1] = (struct term){ .demand = kept->demand,
		.stage = kept->stage, .kept = true };
	return 2;
}

bool
term_acts(const struct term *term)
{
	return !stage_acts_below_defer(term->stage);
}

bool
policy_rule_acts(const struct policy *policy, const struct rule *rule)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(policy, rule, terms);

	for (size_t i = 0; i < count; i++)
		if (term_acts(&terms[i]))
			return true;
	return false;
}

const struct pause *
policy_pause(const struct policy *policy, enum hop hop, int64_t now)
{
	const struct overlay *overlay = policy->overlay;

	assert(hop < HOP_COUNT);
	if (overlay == NULL || overlay->pauses == NULL ||
	    overlay->pauses[hop].since > now ||
	    overlay->pauses[hop].until <= now)
		return NULL;
	return &overlay->pauses[hop];
}

enum mode
policy_mode(const struct policy *policy, enum hop hop, int64_t now)
{
	return policy_pause(policy, hop, now) != NULL
	    ? MODE_LOG_ONLY : policy->settings.mode;
}

size_t
policy_covering_rows(const struct policy *policy, enum key_kind kind,
    struct slice name, struct row rows[TABLE_ROWS])
{
	const struct table *table = policy->table;
	size_t count = 0;

	switch (kind) {
	case KEY_DOMAIN:
		return table_domain(table, name, rows);
	case KEY_LITERAL:
		count += table_exact(table, name, &rows[count]);
		count += table_exact(table, SLICE("*"), &rows[count]);
		return count;
	case KEY_SUFFIX:
		/* The first two are one: the suffix, and its empty label. */
		count = table_domain(table, name, rows);
		if (count > 1 && slice_eq(rows[0].key, rows[1].key))
			memmove(&rows[0], &rows[1],
			    --count * sizeof(rows[0]));
		return count;
	case KEY_NEXTHOP:
	case KEY_ADDRESS:
	case KEY_ANY:
	case KEY_SERVICE:
		return table_exact(table, name, &rows[0]);
	case KEY_NONE:
		break;
	}
	return 0;
}

size_t
policy_hop_rows(const struct policy *policy, enum hop hop, bool any,
    const struct row *covering, size_t found, struct row rows[TABLE_ROWS])
{
	size_t count = 0;

	assert(hop < HOP_COUNT && found <= TABLE_ROWS);
	for (size_t i = 0; i < found; i++) {
		const struct rule *rule = covering[i].partner->rules[hop];

		if (rule == NULL || (covering[i].hops & 1u << hop) == 0)
			continue;
		if (!any && slice_eq(covering[i].key, SLICE("*")))
			continue;
		rows[count++] = covering[i];
		if (policy_rule_acts(policy, rule))
			break;
	}
	return count;
}

size_t
policy_rows(const struct policy *policy, enum hop hop, enum key_kind kind,
    struct slice name, bool any, struct row rows[TABLE_ROWS])
{
	size_t found = policy_covering_rows(policy, kind, name, rows);

	/* In place: a row moves only towards the front. */
	return policy_hop_rows(policy, hop, any, rows, found, rows);
}
