/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy_alternative.h"
#include "policy/explain/remedy_step.h"
#include "policy/judge/destination.h"
#include "policy/names/domain.h"
#include "policy/outbound/outbound.h"

static struct finding
alternative_judge(const struct peer_group *group, const struct evidence *e)
{
	struct demand demand = { .level = peer_group_is_proof(group) ?
		LEVEL_VERIFY : LEVEL_ENCRYPT, .peers = group,
		.peer_count = 1 };

	return verdict_check(CHECK_PEER, &demand, e);
}

const struct peer_group *
remedy_nearest_group(const struct demand *demand, const struct evidence *e)
{
	assert(demand->peer_count > 0);
	for (size_t i = 0; i < demand->peer_count; i++) {
		enum reason reason =
		    alternative_judge(&demand->peers[i], e).reason;

		if (reason == REASON_IDENTITY_MISMATCH ||
		    reason == REASON_NAME_MISSING)
			return &demand->peers[i];
	}
	return &demand->peers[0];
}

bool
remedy_name_is_listed(const struct words *names, const struct evidence *e)
{
	struct peer_group group = { .names = *names };
	struct evidence verified = *e;

	verified.verified = PROOF_PRESENT;
	return alternative_judge(&group, &verified).verdict == VERDICT_PASS;
}

/* The keys of a group, with the fact that each is held against. */
static const struct alternative_key {
	const char *key;
	size_t words, fact;
} keys[] = {
	{ "names", offsetof(struct peer_group, names),
	    offsetof(struct evidence, peer) },
	{ "subjects", offsetof(struct peer_group, subjects),
	    offsetof(struct evidence, subject) },
	{ "issuers", offsetof(struct peer_group, issuers),
	    offsetof(struct evidence, issuer) },
	{ "fingerprints", offsetof(struct peer_group, fingerprints),
	    offsetof(struct evidence, fingerprint) },
	{ "logins", offsetof(struct peer_group, logins),
	    offsetof(struct evidence, login) },
};

enum { KEY_NAMES, KEY_SUBJECTS, KEY_ISSUERS, KEY_FINGERPRINTS };

static struct words *
alternative_words(struct peer_group *group, unsigned key)
{
	return (struct words *)((char *)group + keys[key].words);
}

static const struct fact *
alternative_fact(const struct evidence *e, unsigned key)
{
	return (const struct fact *)((const char *)e + keys[key].fact);
}

/* Whether the reader takes text as a value of this key. */
static bool
alternative_can_be_written(unsigned key, struct slice text)
{
	struct domain domain;

	if (key == KEY_NAMES)
		return domain_from(text, &domain);
	return key != KEY_FINGERPRINTS ||
	    slice_starts(text, SLICE("sha256:"));
}

/* Adds text to a key of the group and to the way; false when it is not
 * known. */
static bool
alternative_write(const struct decision *d, unsigned key, bool add,
    struct arena *a, struct peer_group *group, struct remedy_way *way)
{
	const struct fact *fact = alternative_fact(d->proof, key);
	struct slice *list = arena_alloc(a, sizeof(*list));

	if (fact->proof != PROOF_PRESENT ||
	    !alternative_can_be_written(key, fact->text))
		return false;
	*list = fact->text;
	*alternative_words(group, key) = (struct words){ list, 1 };
	remedy_add_step(way, &(struct remedy_step){
		.what = add ? REMEDY_ADD : REMEDY_GROUP,
		.key = keys[key].key, .text = fact->text,
		.more = d->demand->peer_count > 1,
		.place = d->rule->place, .rule = d->rule });
	return true;
}

static bool
alternative_write_client(const struct decision *d, bool add, struct arena *a,
    struct peer_group *group, struct remedy_way *way)
{
	struct netrange *range = arena_alloc(a, sizeof(*range));
	char shown[64];

	if (d->proof->client.family == 0)
		return false;
	netaddr_show(&d->proof->client, shown, sizeof(shown));
	if (!netrange_from(slice_of(shown), range))
		return false;
	group->clients = range;
	group->client_count = 1;
	remedy_add_step(way, &(struct remedy_step){
		.what = add ? REMEDY_ADD : REMEDY_GROUP, .key = "clients",
		.text = slice_of(arena_string(a, slice_of(shown))),
		.more = d->demand->peer_count > 1,
		.place = d->rule->place, .rule = d->rule });
	return true;
}

/* The nearest group, with what it lacks of this peer. Where there are others, a
 * group like it for this peer alone. */
static bool
alternative_add(const struct decision *d, struct arena *a,
    struct remedy_way *way)
{
	struct peer_group group =
	    *remedy_nearest_group(d->demand, d->proof);
	bool add = d->demand->peer_count == 1;

	for (unsigned i = 0; i < COUNT_OF(keys); i++) {
		struct peer_group one = { .client_count = 0 };

		*alternative_words(&one, i) = *alternative_words(&group, i);
		if (alternative_words(&one, i)->count > 0 &&
		    (!add || alternative_judge(&one, d->proof).verdict !=
			VERDICT_PASS) &&
		    !alternative_write(d, i, add, a, &group, way))
			return false;
	}
	if (group.client_count > 0 && (!add || !netrange_any(group.clients,
	    group.client_count, &d->proof->client)) &&
	    !alternative_write_client(d, add, a, &group, way))
		return false;
	return way->count > 0 &&
	    alternative_judge(&group, d->proof).verdict == VERDICT_PASS;
}

/*
 * Another group. A subject is any text, so it can name a certificate whose
 * CN is no host name; without any name its authority and address are left.
 */
static bool
alternative_group(const struct decision *d, struct arena *a,
    struct remedy_way *way)
{
	struct peer_group group = { .client_count = 0 };

	if (d->demand->level != LEVEL_VERIFY)
		return false;
	if (!alternative_write(d, KEY_SUBJECTS, false, a, &group, way) &&
	    (!alternative_write(d, KEY_ISSUERS, false, a, &group, way) ||
		!alternative_write_client(d, false, a, &group, way)))
		return false;
	return alternative_judge(&group, d->proof).verdict == VERDICT_PASS;
}

/* Whether the peer's identity is all that is wrong with its session. */
static bool
alternative_is_enough(const struct decision *d)
{
	const struct demand *demand = d->demand;

	for (unsigned i = 0; i < CHECK_PEER; i++)
		if (verdict_check((enum check)i, demand, d->proof).verdict !=
		    VERDICT_PASS)
			return false;
	return verdict_check(CHECK_PEER, demand, d->proof).verdict !=
	    VERDICT_PASS;
}

void
remedy_add_alternatives(const struct decision *d, struct arena *a,
    struct remedy *out)
{
	struct remedy_way *way;

	/* Only for a peer that was verified. */
	if (d->rule->place.file == NULL || d->demand->peer_count == 0 ||
	    d->hop == HOP_OUTBOUND || !alternative_is_enough(d))
		return;
	way = remedy_new_way(out);
	if (alternative_add(d, a, way))
		return;
	way->count = 0;
	if (!alternative_group(d, a, way))
		out->count--;
}

enum stage
remedy_kept_stage(const struct policy *policy, const struct decision *d)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(policy, d->rule, terms);

	for (size_t i = 0; i < count; i++)
		if (terms[i].kept && terms[i].demand == d->demand)
			return terms[i].stage;
	return STAGE_UNSET;
}

void
remedy_then_stage(const struct decision *d, enum stage stage,
    struct remedy *out)
{
	assert(out->count > 0);
	remedy_add_step(&out->ways[out->count - 1], &(struct remedy_step){
		.what = REMEDY_STAGE, .value = (int)stage,
		.rule = d->rule });
}

void
remedy_add_stage(const struct decision *d, enum stage stage, struct arena *a,
    struct remedy *out)
{
	struct decision today = *d;
	size_t before = out->count;

	today.demand = &d->rule->demand;
	if (verdict_decide(today.demand, d->proof).verdict == VERDICT_PASS)
		remedy_new_way(out);
	else
		remedy_add_alternatives(&today, a, out);
	if (out->count > before)
		remedy_then_stage(d, stage, out);
}

/* The change that lets a row cover one next hop of the route. */
static void
alternative_cover(const struct policy *policy, const struct decision *d,
    const struct outbound_key *key, struct arena *a, struct remedy_way *way)
{
	struct remedy_step step = { .what = REMEDY_NEXT_HOP,
		.text = arena_copy(a, key_slice(&key->key)),
		.shown = d->partner, .place = d->place,
		.more = d->rule->partner == NULL ||
		    d->rule->partner->name.p == NULL };
	struct row row;
	char asked[512];

	if (table_exact(policy->table, key_slice(&key->key), &row) &&
	    row.partner != d->rule->partner) {
		step.what = REMEDY_RAISE;
		step.shown = row.partner->name.p != NULL ?
		    row.partner->name : row.key;
		step.place = row.partner->rules[HOP_OUTBOUND] != NULL ?
		    row.partner->rules[HOP_OUTBOUND]->place :
		    table_place(policy->table, &row);
		demand_show(d->demand, asked, sizeof(asked));
		step.text = slice_of(arena_string(a, slice_of(asked)));
	}
	remedy_add_step(way, &step);
}

/* The end of an exception that lowers what the row asks of the route. */
static void
alternative_end(const struct exception *x, const struct decision *d,
    struct remedy_way *way)
{
	if (x == NULL || !exception_floor_lowers(x->floor, d->demand))
		return;
	for (size_t i = 0; i < way->count; i++)
		if (way->steps[i].what == REMEDY_END &&
		    slice_eq(way->steps[i].text, x->id))
			return;
	remedy_add_step(way, &(struct remedy_step){ .what = REMEDY_END,
		.text = x->id });
}

/* What one next hop lacks: a row, and the end of the exceptions from it. */
static void
alternative_hop(const struct policy *policy, const struct decision *d,
    const struct outbound_key *key, int64_t now, struct arena *a,
    struct remedy_way *way)
{
	struct overlay without = policy->overlay == NULL
	    ? (struct overlay){ .stage_count = 0 } : *policy->overlay;
	struct policy view = *policy;
	struct outbound_row rows[2];

	without.exceptions = NULL;
	view.overlay = &without;
	if (!outbound_covers(&view, d->rule, d->demand, key, now)) {
		alternative_cover(policy, d, key, a, way);
		if (way->count > 0 &&
		    way->steps[way->count - 1].what == REMEDY_NEXT_HOP)
			alternative_end(policy_exception(policy, d->rule,
			    d->partner, key_slice(&key->key), now), d, way);
	}
	outbound_rows(policy, key, now, &rows[0], &rows[1]);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		alternative_end(rows[i].exception, d, way);
}

void
remedy_for_route(const struct policy *policy, const struct request *request,
    const struct decision *d, struct arena *a, struct remedy *out)
{
	struct slice rest = macros_get(&request->macros, MACRO_RCPT_HOST), hop;
	struct remedy_way *way = remedy_new_way(out);

	if (d->rule == NULL || policy->table == NULL)
		return;
	while (destination_next_hop(request, &rest, &hop)) {
		struct outbound_key key;

		outbound_key_read(hop, &key);
		if (key.host.kind != KEY_NONE && (!key.on_host ||
		    !slice_eq(d->destination, SLICE("*"))) &&
		    !outbound_covers(policy, d->rule, d->demand, &key,
			request->now))
			alternative_hop(policy, d, &key, request->now, a, way);
	}
}

void
remedy_for_unseen_route(const struct request *request, struct remedy *out)
{
	remedy_add_step(remedy_new_way(out), &(struct remedy_step){
		.what = macros_get(&request->macros, MACRO_RCPT_HOST).n > 0
		    ? REMEDY_READABLE : REMEDY_SMARTHOSTS });
}
