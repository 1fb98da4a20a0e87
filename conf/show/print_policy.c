/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/print_policy.h"
#include "conf/screen/paint.h"
#include "conf/show/columns.h"
#include "conf/show/pin_ends.h"
#include "conf/show/print_json.h"
#include "conf/show/print_settings.h"
#include "policy/base/arena.h"
#include "policy/staging.h"
#include "policy/table/demand.h"

enum { DEMAND = 512 };

/* Every row of the table, in the order of their partners: sorted by the
 * partner's address, then as in the file. */
struct keys {
	struct row *list;               /* owns */
	size_t count, room;
};

static bool
policy_collect(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	struct keys *keys = data;

	assert(keys->count < keys->room);
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
	keys->room = table_keys(table);
	keys->list = xcalloc(keys->room + 1, sizeof(*keys->list));
	keys->count = 0;
	table_each(table, policy_collect, keys);
	assert(keys->count == keys->room);
	qsort(keys->list, keys->count, sizeof(*keys->list), policy_by_partner);
}

/* The first key of partner, with *count of them in a row. */
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

static json_t *
policy_demand_json(const struct demand *demand)
{
	char text[DEMAND];

	demand_show(demand, text, sizeof(text));
	return json_string(text);
}

static json_t *
policy_rule_json(const struct policy *policy, const struct rule *rule,
    bool for_people)
{
	json_t *o = json_object();
	struct term terms[POLICY_TERMS];

	policy_terms(policy, rule, terms);
	json_object_set_new(o, "level",
	    json_string(level_name(rule->demand.level)));
	json_object_set_new(o, "need", policy_demand_json(&rule->demand));
	json_object_set_new(o, "certificates", pin_ends_json(
	    rule->demand.peers, rule->demand.peer_count));
	json_object_set_new(o, "stage",
	    json_string(stage_name(terms[0].stage)));
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
	    json_string(elsewhere_name(rule->elsewhere)));
	json_object_set_new(o, "servername",
	    jsontext_shown(rule->servername));
	json_object_set_new(o, "reply", for_people
	    ? jsontext_exact(rule->reply) : jsontext_shown(rule->reply));
	json_object_set_new(o, "rule", place_to_json(rule->place));
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
		    place_to_json(table_place(table, &rows[i])));
		json_array_append_new(list, o);
	}
	return list;
}

/* What finds the row, when that is who connects; null: its keys do. */
static json_t *
policy_found_by_json(const struct policy *policy,
    const struct partner *partner)
{
	char shown[2000];
	struct text t;

	if (!partner->by_session)
		return json_null();
	text_init(&t, shown, sizeof(shown));
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct service *service = &policy->services[i];

		if (service->partner != partner)
			continue;
		if (service->listener != NULL)
			text_add(&t, " its listener");
		service_add(service, &t);
	}
	text_end(&t);
	return jsontext_shown(slice_from(text_so_far(&t), 1));
}

/* The certificates that find it, with their ends; null: it is found by keys. */
static json_t *
policy_found_certificates_json(const struct policy *policy,
    const struct partner *partner)
{
	if (!partner->by_session)
		return json_null();
	for (size_t i = 0; i < policy->service_count; i++)
		if (policy->services[i].partner == partner)
			return pin_ends_json(&policy->services[i].find, 1);
	return json_array();
}

static json_t *
policy_partner_json(const struct policy *policy, const struct partner *partner,
    const struct keys *keys, bool for_people)
{
	json_t *o = json_object(), *rules = json_object();
	size_t count;
	const struct row *rows = policy_keys_of(keys, partner, &count);

	json_object_set_new(o, "name", jsontext_shown(partner->name));
	json_object_set_new(o, "line", place_to_json(partner->place));
	json_object_set_new(o, "found_by",
	    policy_found_by_json(policy, partner));
	json_object_set_new(o, "found_by_certificates",
	    policy_found_certificates_json(policy, partner));
	json_object_set_new(o, "keys",
	    policy_keys_json(policy->table, rows, count));
	for (enum hop hop = HOP_INBOUND; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			json_object_set_new(rules, hop_name(hop),
			    policy_rule_json(policy, partner->rules[hop],
				for_people));
	json_object_set_new(o, "rules", rules);
	json_object_set_new(o, "owner", jsontext_shown(partner->owner));
	json_object_set_new(o, "contact", jsontext_shown(partner->contact));
	json_object_set_new(o, "provider",
	    jsontext_shown(partner->provider));
	return o;
}

/* What comes before the partners. */
static json_t *
policy_head_json(const struct policy *policy, bool for_people)
{
	const struct table *table = policy->table;
	json_t *o = json_object();

	json_object_set_new(o, "mode",
	    json_string(mode_name(policy->settings.mode)));
	json_object_set_new(o, "policy", json_string(policy->digest));
	json_object_set_new(o, "settings",
	    print_settings_json(&policy->settings));
	if (!for_people)
		return o;
	json_object_set_new(o, "partner_count",
	    jsontext_count(table_partners(table)));
	json_object_set_new(o, "key_count", jsontext_count(table_keys(table)));
	json_object_set_new(o, "rule_count",
	    jsontext_count(table_rules(table)));
	return o;
}

json_t *
print_policy_json(const struct policy *policy)
{
	json_t *o = policy_head_json(policy, false), *partners = json_array();
	struct keys keys;

	policy_keys_init(&keys, policy->table);
	for (unsigned i = 0; i < table_partners(policy->table); i++)
		json_array_append_new(partners, policy_partner_json(policy,
		    table_partner(policy->table, i), &keys, false));
	json_object_set_new(o, "partners", partners);
	free(keys.list);
	return o;
}

static void
print_keys(const json_t *keys, bool inbound_only, const char *label, FILE *out)
{
	struct columns columns = { .out = out, .label = label };
	const json_t *key;
	size_t i;

	json_array_foreach(keys, i, key)
		if (json_is_true(json_object_get(key, "inbound_only")) ==
		    inbound_only)
			columns_add(&columns, jsontext_at(key, "key").p);
	columns_end(&columns);
}

/* A line for a member; nothing for an absent one. */
static void
print_given(const json_t *o, const char *key, const char *label,
    const char *before, FILE *out)
{
	const char *text = jsontext_at(o, key).p;

	if (text != NULL)
		fprintf(out, "  %-9s %s%s\n", label, before, text);
}

static void
print_rule(const char *hop, const json_t *rule, FILE *out)
{
	struct slice stage = jsontext_at(rule, "stage");
	struct slice in_file = jsontext_at(rule, "stage_in_file");
	const char *place = jsontext_at(rule, "rule").p;

	fprintf(out, "  %-9s %s, ", hop, jsontext_at(rule, "need").p);
	paint(out, paint_of_stage(stage.p), stage.p);
	fprintf(out, " (%s)\n", place == NULL ? "-" : place);
	pin_ends_print(json_object_get(rule, "certificates"), out);
	if (!slice_eq(stage, in_file))
		fprintf(out, "  %-9s stage in the file: %s\n", "", in_file.p);
	print_given(rule, "watch", "", "watched, never acted on: ", out);
	print_given(rule, "never_below", "", "no exception below ", out);
	if (json_is_true(json_object_get(rule, "acknowledge_rfc3207")))
		fprintf(out, "  %-9s RFC 3207 acknowledged\n", "");
	if (slice_eq(jsontext_at(rule, "elsewhere"), SLICE("log")))
		fprintf(out, "  %-9s from outside clients: logged only\n", "");
	print_given(rule, "servername", "", "server name: ", out);
	print_given(rule, "reply", "", "reply: ", out);
}

/* "*" covers no next hop that crosses no wire (policy/outbound/outbound). */
static void
print_limit_of_any(const json_t *keys, const json_t *rules, FILE *out)
{
	const json_t *key;
	size_t i;

	if (json_object_get(rules, hop_name(HOP_OUTBOUND)) == NULL)
		return;
	json_array_foreach(keys, i, key)
		if (slice_eq(jsontext_at(key, "key"), SLICE("*")))
			fprintf(out, "  %-9s \"*\" does not cover next hops on "
			    "this host (loopback, local\n  %-9s sockets): a "
			    "row that names them does\n", "", "");
}

static void
print_partner(const json_t *partner, FILE *out)
{
	const char *name = jsontext_at(partner, "name").p;
	const char *line = jsontext_at(partner, "line").p;
	json_t *keys = json_object_get(partner, "keys"), *rule;
	json_t *rules = json_object_get(partner, "rules");
	const char *hop;

	if (line == NULL)
		line = "-";
	if (name != NULL)
		fprintf(out, "\n%s (%s)\n", name, line);
	else
		fprintf(out, "\ntable lines of the profile at %s\n", line);
	print_given(partner, "found_by", "found by", "", out);
	pin_ends_print(json_object_get(partner, "found_by_certificates"), out);
	if (jsontext_at(partner, "found_by").p == NULL) {
		print_keys(keys, false, "keys", out);
		print_keys(keys, true, "senders", out);
	}
	json_object_foreach(rules, hop, rule)
		print_rule(hop, rule, out);
	print_limit_of_any(keys, rules, out);
	print_given(partner, "owner", "owner", "", out);
	print_given(partner, "contact", "contact", "", out);
	print_given(partner, "provider", "warning", "the names prove only the "
	    "provider: ", out);
}

static void
print_head(const json_t *head, FILE *out)
{
	struct slice mode = jsontext_at(head, "mode");

	fprintf(out, "mode %s%s\n", mode.p,
	    slice_eq(mode, slice_of(mode_name(MODE_LOG_ONLY)))
	    ? ": nothing is refused" : "");
	fprintf(out, "partners %lld, keys %lld, rules %lld\n",
	    (long long)jsontext_number(head, "partner_count"),
	    (long long)jsontext_number(head, "key_count"),
	    (long long)jsontext_number(head, "rule_count"));
	fprintf(out, "sha256 %s\n", jsontext_at(head, "policy").p);
	print_settings(json_object_get(head, "settings"), out);
}

void
print_policy(const struct policy *policy, FILE *out)
{
	const struct table *table = policy->table;
	json_t *head = policy_head_json(policy, true);
	struct keys keys;

	print_head(head, out);
	json_decref(head);
	policy_keys_init(&keys, table);
	/* One at a time: the table of a large site is not built twice. */
	for (unsigned i = 0; i < table_partners(table); i++) {
		json_t *partner = policy_partner_json(policy,
		    table_partner(table, i), &keys, true);

		print_partner(partner, out);
		json_decref(partner);
	}
	free(keys.list);
}
