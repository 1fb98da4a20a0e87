/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/smarthost.h"
#include "policy/outbound/outbound.h"

/* So many partners are named. */
enum { SMARTHOST_NAMES = 5, SHOWN = 80 };

/* Whether the key is that of a next hop, or of a smarthost's host. */
static bool
smarthost_has_key(const struct settings *settings, struct slice key)
{
	if (key.p[0] == '[' || slice_find(key, ':') < key.n ||
	    slice_find(key, '/') < key.n)
		return true;
	for (size_t i = 0; i < settings->smarthosts.count; i++) {
		struct key host;
		bool in_brackets;

		if (key_nexthop_host(settings->smarthosts.list[i], &host,
			&in_brackets) &&
		    slice_eq(key_slice(&host), key))
			return true;
	}
	return false;
}

struct relay_search {
	const struct settings *settings;
	const struct partner *partner;
	bool has_domain;                /* the partner has a key of its own */
};

static bool
smarthost_find_domain(const struct table *table ATTR_UNUSED,
    const struct row *row, void *data)
{
	struct relay_search *search = data;

	search->has_domain = row->partner == search->partner &&
	    !smarthost_has_key(search->settings, row->key);
	return !search->has_domain;
}

/* Whether the rule is that of a relay, and not of a partner whose mail a relay
 * may carry: it applies to a smarthost, and to no domain. */
static bool
smarthost_is_relays(const struct policy *policy, const struct rule *rule)
{
	struct relay_search search = { &policy->settings, rule->partner,
		false };
	const struct words *smarthosts = &policy->settings.smarthosts;

	for (size_t i = 0; i < smarthosts->count; i++) {
		struct outbound_row acting, second;
		struct outbound_key hop;

		outbound_key_read(smarthosts->list[i], &hop);
		outbound_rows(policy, &hop, 0, &acting, &second);
		if (acting.rule != rule && second.rule != rule)
			continue;
		table_each(policy->table, smarthost_find_domain, &search);
		return !search.has_domain;
	}
	return false;
}

/* Whether a demand of the rule acts that the next hop's rows do not cover. */
static bool
smarthost_misses(const struct policy *policy, const struct rule *rule,
    const struct outbound_key *hop, int64_t now)
{
	struct term terms[POLICY_TERMS];
	size_t count = rule == NULL ? 0 : policy_terms(policy, rule, terms);

	for (size_t i = 0; i < count; i++)
		if (term_acts(&terms[i]) && !outbound_covers(policy, rule,
		    terms[i].demand, hop, now))
			return !smarthost_is_relays(policy, rule);
	return false;
}

/* The partner's name; the rules of a profile are those of table lines. */
static void
smarthost_add_name(const struct rule *rule, bool first, struct text *out)
{
	char shown[SHOWN];

	text_add(out, "%s", first ? "" : ", ");
	if (rule->partner->name.p == NULL) {
		text_add(out, "the table lines with %s:%u",
		    rule->place.file == NULL ? "-" : rule->place.file,
		    rule->place.line);
		return;
	}
	slice_show(rule->partner->name, shown, sizeof(shown));
	text_add(out, "%s", shown);
}

/* Adds the partners whose rules hop misses; returns how many they are. */
static size_t
smarthost_add_missed(const struct policy *policy,
    const struct outbound_key *hop, int64_t now, struct text *out)
{
	size_t count = 0;

	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct rule *rule = table_partner(policy->table,
		    (unsigned)i)->rules[HOP_OUTBOUND];

		if (!smarthost_misses(policy, rule, hop, now))
			continue;
		if (count < SMARTHOST_NAMES)
			smarthost_add_name(rule, count == 0, out);
		count++;
	}
	if (count > SMARTHOST_NAMES)
		text_add(out, " and %zu more", count - SMARTHOST_NAMES);
	return count;
}

static void
smarthost_add_lack(const struct policy *policy, const struct outbound_key *hop,
    int64_t now, struct text *out)
{
	struct outbound_row acting, second;

	outbound_rows(policy, hop, now, &acting, &second);
	if (acting.rule == NULL) {
		text_add(out, "has no row with an outbound rule that acts");
		return;
	}
	text_add(out, "has the outbound rule of ");
	smarthost_add_name(acting.rule, true, out);
	text_add(out, ", which demands less");
}

bool
smarthost_undercuts(const struct policy *policy, struct slice smarthost,
    int64_t now, struct text *out)
{
	char names[(SMARTHOST_NAMES + 1) * SHOWN], shown[SHOWN];
	struct outbound_key hop;
	struct text missed;

	outbound_key_read(smarthost, &hop);
	text_init(&missed, names, sizeof(names));
	if (smarthost_add_missed(policy, &hop, now, &missed) == 0)
		return false;
	text_end(&missed);
	slice_show(smarthost, shown, sizeof(shown));
	text_add(out, "the smarthost %s ", shown);
	smarthost_add_lack(policy, &hop, now, out);
	text_add(out, ": mail that no milter sees is not held to the outbound "
	    "rule of %s", names);
	return true;
}

bool
smarthosts_cover(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, int64_t now)
{
	const struct words *smarthosts = &policy->settings.smarthosts;

	for (size_t i = 0; i < smarthosts->count; i++) {
		struct outbound_key hop;

		outbound_key_read(smarthosts->list[i], &hop);
		if (!outbound_covers(policy, rule, demand, &hop, now))
			return false;
	}
	return true;
}
