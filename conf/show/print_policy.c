/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/print_json.h"
#include "conf/show/print_policy.h"
#include "conf/show/print_settings.h"
#include "policy/base/arena.h"
#include "policy/table/demand.h"

enum { DEMAND = 512, SHOWN = 256 };

/* Every key of the table, those of one partner together. */
struct keys {
	struct row *list;               /* owns */
	size_t count;
};

static bool
policy_collect(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	struct keys *keys = data;

	keys->list[keys->count++] = *row;
	return true;
}

static int
policy_by_partner(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->partner != y->partner)
		return (uintptr_t)x->partner < (uintptr_t)y->partner ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static void
policy_keys_init(struct keys *keys, const struct table *table)
{
	keys->list = xcalloc(table_keys(table) + 1, sizeof(*keys->list));
	keys->count = 0;
	table_each(table, policy_collect, keys);
	qsort(keys->list, keys->count, sizeof(*keys->list), policy_by_partner);
}

/* The first key of partner; *count of them follow each other. */
static const struct row *
policy_keys_of(const struct keys *keys, const struct partner *partner,
    size_t *count)
{
	size_t low = 0, high = keys->count, n = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((uintptr_t)keys->list[middle].partner <
		    (uintptr_t)partner)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + n < keys->count && keys->list[low + n].partner == partner)
		n++;
	*count = n;
	return &keys->list[low];
}

static void
print_keys(const struct row *rows, size_t count, bool inbound_only,
    const char *label, FILE *out)
{
	size_t column = 0;
	char shown[SHOWN];

	for (size_t i = 0; i < count; i++) {
		if ((rows[i].hops == TABLE_INBOUND) != inbound_only)
			continue;
		slice_show(rows[i].key, shown, sizeof(shown));
		if (column == 0 || column + strlen(shown) > 66) {
			fprintf(out, "%s  %-9s", column == 0 ? "" : "\n",
			    column == 0 ? label : "");
			column = 0;
		}
		fprintf(out, " %s", shown);
		column += strlen(shown) + 1;
	}
	if (column > 0)
		putc('\n', out);
}

static void
print_rule(const struct policy *policy, const struct rule *rule, FILE *out)
{
	char text[DEMAND], place[SHOWN];
	enum stage stage = overlay_stage(policy->overlay, rule);

	demand_show(&rule->demand, text, sizeof(text));
	fprintf(out, "  %-9s %s, %s (%s)\n", hop_name(rule->hop), text,
	    stage_name(stage), print_place(rule->place, place,
	    sizeof(place)));
	if (stage != rule->stage)
		fprintf(out, "  %-9s the file says stage %s\n", "",
		    stage_name(rule->stage));
	if (rule->watch != NULL) {
		demand_show(rule->watch, text, sizeof(text));
		fprintf(out, "  %-9s watched, never acted on: %s\n", "", text);
	}
	if (rule->never_below != LEVEL_UNSET)
		fprintf(out, "  %-9s no exception below %s\n", "",
		    level_name(rule->never_below));
	if (rule->acknowledge_rfc3207)
		fprintf(out, "  %-9s RFC 3207 acknowledged\n", "");
	if (rule->elsewhere_logs)
		fprintf(out, "  %-9s from elsewhere than clients: logged "
		    "only\n", "");
	if (rule->reply.p != NULL)
		fprintf(out, "  %-9s reply: %s\n", "", rule->reply.p);
}

static void
print_fact(const char *label, struct slice text, FILE *out)
{
	char shown[SHOWN];

	if (text.p == NULL)
		return;
	slice_show(text, shown, sizeof(shown));
	fprintf(out, "  %-9s %s\n", label, shown);
}

static void
print_partner(const struct policy *policy, const struct partner *partner,
    const struct keys *keys, FILE *out)
{
	size_t count;
	const struct row *rows = policy_keys_of(keys, partner, &count);
	char place[SHOWN];

	print_place(partner->place, place, sizeof(place));
	if (partner->name.p != NULL)
		fprintf(out, "\n%s (%s)\n", partner->name.p, place);
	else
		fprintf(out, "\nlines of the profile at %s\n", place);
	print_keys(rows, count, false, "keys", out);
	print_keys(rows, count, true, "senders", out);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			print_rule(policy, partner->rules[hop], out);
	print_fact("owner", partner->owner, out);
	print_fact("contact", partner->contact, out);
	if (partner->provider.p != NULL)
		fprintf(out, "  %-9s the names prove only the provider: %s\n",
		    "warning", partner->provider.p);
}

void
print_policy(const struct policy *policy, FILE *out)
{
	const struct table *table = policy->table;
	struct keys keys;

	fprintf(out, "mode %s%s\n", mode_name(policy->settings.mode),
	    policy->settings.mode == MODE_LOG_ONLY ?
	    ": nothing is refused" : "");
	fprintf(out, "partners %zu, keys %zu, rules %zu\n",
	    table_partners(table), table_keys(table), table_rules(table));
	fprintf(out, "sha256 %s\n", policy->digest);
	print_settings(&policy->settings, out);
	policy_keys_init(&keys, table);
	for (unsigned i = 0; i < table_partners(table); i++)
		print_partner(policy, table_partner(table, i), &keys, out);
	free(keys.list);
}

static json_t *
policy_demand_json(const struct demand *demand)
{
	char text[DEMAND];

	demand_show(demand, text, sizeof(text));
	return json_string(text);
}

static json_t *
policy_rule_json(const struct policy *policy, const struct rule *rule)
{
	json_t *o = json_object();

	json_object_set_new(o, "level",
	    json_string(level_name(rule->demand.level)));
	json_object_set_new(o, "need", policy_demand_json(&rule->demand));
	json_object_set_new(o, "stage",
	    json_string(stage_name(overlay_stage(policy->overlay, rule))));
	json_object_set_new(o, "stage_in_file",
	    json_string(stage_name(rule->stage)));
	json_object_set_new(o, "watch", rule->watch == NULL ? json_null() :
	    policy_demand_json(rule->watch));
	json_object_set_new(o, "never_below",
	    rule->never_below == LEVEL_UNSET ? json_null() :
	    json_string(level_name(rule->never_below)));
	json_object_set_new(o, "acknowledge_rfc3207",
	    json_boolean(rule->acknowledge_rfc3207));
	json_object_set_new(o, "elsewhere",
	    json_string(rule->elsewhere_logs ? "log" : "judge"));
	json_object_set_new(o, "reply", jsontext_shown(rule->reply));
	json_object_set_new(o, "rule", print_place_json(rule->place));
	return o;
}

static json_t *
policy_keys_json(const struct table *table, const struct row *rows,
    size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *o = json_object();

		json_object_set_new(o, "key", jsontext_shown(rows[i].key));
		json_object_set_new(o, "inbound_only",
		    json_boolean(rows[i].hops == TABLE_INBOUND));
		json_object_set_new(o, "line",
		    print_place_json(table_place(table, &rows[i])));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *
policy_partner_json(const struct policy *policy, const struct partner *partner,
    const struct keys *keys)
{
	json_t *o = json_object(), *rules = json_object();
	size_t count;
	const struct row *rows = policy_keys_of(keys, partner, &count);

	json_object_set_new(o, "name", jsontext_shown(partner->name));
	json_object_set_new(o, "line", print_place_json(partner->place));
	json_object_set_new(o, "keys",
	    policy_keys_json(policy->table, rows, count));
	for (enum hop hop = HOP_INBOUND; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			json_object_set_new(rules, hop_name(hop),
			    policy_rule_json(policy, partner->rules[hop]));
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "owner", jsontext_shown(partner->owner));
	json_object_set_new(o, "contact", jsontext_shown(partner->contact));
	json_object_set_new(o, "provider",
	    jsontext_shown(partner->provider));
	return o;
}

json_t *
print_policy_json(const struct policy *policy)
{
	json_t *o = json_object(), *partners = json_array();
	struct keys keys;

	policy_keys_init(&keys, policy->table);
	json_object_set_new(o, "mode",
	    json_string(mode_name(policy->settings.mode)));
	json_object_set_new(o, "policy", json_string(policy->digest));
	json_object_set_new(o, "settings",
	    print_settings_json(&policy->settings));
	for (unsigned i = 0; i < table_partners(policy->table); i++)
		json_array_append_new(partners, policy_partner_json(policy,
		    table_partner(policy->table, i), &keys));
	json_object_set_new(o, "partners", partners);
	free(keys.list);
	return o;
}
