/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/key_acts.h"
#include "policy/staging.h"

void
key_probe_read(struct slice key, struct key_probe *out)
{
	out->key = key;
	out->kind = key_kind_of(key);
	out->way = KEY_BY_NAME;
	out->on_host = false;
	/* Parsing takes long, and no other domain is on this host. */
	if (out->kind != KEY_NEXTHOP && out->kind != KEY_LITERAL &&
	    !slice_ends(key, SLICE("localhost")))
		return;
	if (out->kind == KEY_SUFFIX)
		outbound_key_below(key, &out->hop);
	else
		outbound_key_read(key, &out->hop);
	out->on_host = out->hop.on_host;
}

void
key_rows_find(const struct policy *policy, const struct key_probe *probe,
    struct key_rows *out)
{
	out->count = policy_covering_rows(policy, probe->kind, probe->key,
	    out->list);
}

static void
acts_add(struct acts *acts, const struct act *act)
{
	assert(acts->count < KEY_ACTS);
	acts->list[acts->count++] = *act;
}

void
acts_add_row(enum hop hop, const struct row *row, bool own, struct acts *out)
{
	const struct partner *partner = row->partner;
	struct term terms[POLICY_TERMS];
	struct act act = { .rule = partner->rules[hop],
		.partner = partner->name.p != NULL ? partner->name : row->key,
		.key = row->key, .own = own };
	size_t count = policy_terms(out->policy, act.rule, terms);

	for (size_t i = 0; i < count; i++) {
		act.demand = terms[i].demand;
		act.stage = terms[i].stage;
		act.kept = terms[i].kept;
		acts_add(out, &act);
	}
}

/* The rows of another name that mail under this key is judged under too. */
static void
acts_add_name(enum hop hop, enum key_kind kind, struct slice name, bool any,
    struct acts *out)
{
	struct row rows[TABLE_ROWS];
	size_t count = policy_rows(out->policy, hop, kind, name, any, rows);

	for (size_t i = 0; i < count; i++)
		acts_add_row(hop, &rows[i], false, out);
}

/* An address is judged without its extension, and as its domain, too. */
static void
acts_add_address(enum hop hop, struct slice key, struct acts *out)
{
	struct slice delimiters = out->policy->settings.recipient_delimiter;
	size_t at = slice_rfind(key, '@');
	struct slice local = slice_head(key, at);

	for (size_t i = 0; i < delimiters.n; i++) {
		char text[LIMIT_PATH + 1];
		size_t n = slice_find(local, delimiters.p[i]);

		if (n == at || key.n > LIMIT_PATH)
			continue;
		memcpy(text, key.p, n);
		memcpy(text + n, key.p + at, key.n - at);
		acts_add_name(hop, KEY_ADDRESS,
		    (struct slice){ text, n + key.n - at }, true, out);
	}
	acts_add_name(hop, key_kind_of(slice_from(key, at + 1)),
	    slice_from(key, at + 1), true, out);
}

static bool
acts_any_acts(const struct acts *acts)
{
	for (size_t i = 0; i < acts->count; i++)
		if (!stage_acts_below_defer(acts->list[i].stage))
			return true;
	return false;
}

/* As in policy/outbound/outbound: "*" covers what has no row of its own that
 * acts, and what crosses a wire. */
static void
acts_add_host(const struct key_probe *probe, enum hop hop, struct acts *out)
{
	const struct key *host = &probe->hop.host;

	if (host->kind != KEY_NONE)
		acts_add_name(hop, host->kind, key_slice(host),
		    hop == HOP_OUTBOUND && !probe->on_host &&
			!acts_any_acts(out),
		    out);
}

/* The map's answer for a route that no row names: none has its key, and none of
 * its host acts. */
static void
acts_add_unlisted(const struct key_probe *probe, struct acts *out)
{
	const struct policy *policy = out->policy;
	static const struct demand encrypt = { .level = LEVEL_ENCRYPT };
	enum unlisted_routes unlisted = policy->settings.unlisted_routes;
	struct act act = { .stage = STAGE_DEFER, .own = true,
		.demand = unlisted == UNLISTED_ENCRYPT ? &encrypt : NULL };

	if (unlisted == UNLISTED_LOG || acts_any_acts(out) ||
	    !table_has_hop(policy->table, HOP_OUTBOUND))
		return;
	for (size_t i = 0; i < out->count && probe->way != KEY_BY_HOST; i++)
		if (slice_eq(out->list[i].key, probe->key))
			return;
	acts_add(out, &act);
}

/* Whether unlisted_routes is about the mail. */
static bool
acts_is_route(const struct key_probe *probe)
{
	return probe->way != KEY_BY_NAME || (probe->kind == KEY_NEXTHOP &&
		probe->hop.form == OUTBOUND_FORM_HOST);
}

void
key_acts_find(const struct key_probe *probe, const struct key_rows *rows,
    enum hop hop, struct acts *out)
{
	struct row own[TABLE_ROWS];
	/* "*" covers an address on this host, and no next hop there; on the
	 * other hops, no route. */
	bool any = probe->way == KEY_BY_NAME || (hop == HOP_OUTBOUND
		? !probe->on_host : probe->way != KEY_BY_HOST);
	size_t count = policy_hop_rows(out->policy, hop, any, rows->list,
	    rows->count, own);

	out->count = 0;
	for (size_t i = 0; i < count; i++)
		acts_add_row(hop, &own[i], true, out);
	if (probe->kind == KEY_ADDRESS)
		acts_add_address(hop, probe->key, out);
	else if (probe->kind == KEY_NEXTHOP)
		acts_add_host(probe, hop, out);
	if (hop == HOP_OUTBOUND && !probe->on_host && acts_is_route(probe))
		acts_add_unlisted(probe, out);
}
