/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/rule.h"
#include "conf/file/certificates.h"
#include "conf/file/enforceable.h"
#include "conf/file/identity.h"
#include "conf/syntax/field.h"
#include "policy/names/domain.h"
#include "policy/staging.h"

enum { LONGEST_REPLY = 120 };

/* Setters take the struct draft. */

static const struct section peer_section;

static int
rule_set_peers(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	size_t n = node_count(value->at);
	struct peer_group *groups = arena_array(r->arena, n, sizeof(*groups));
	struct demand *demand = &((struct draft *)into)->rule.demand;

	if (n == 0)
		return err_set(e, "an empty list matches no peer");
	for (size_t i = 0; i < n; i++) {
		struct node at = node_member(value->at, i);

		if (!section_is_group(r, at))
			continue;
		if (node_count(at) == 0)
			section_error(r, at, "an empty group matches no peer");
		section_read(r, at, &peer_section, &groups[i]);
	}
	demand->peers = groups;
	demand->peer_count = n;
	return 0;
}

static int
rule_set_reply(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	for (size_t i = 0; i < value->text.n; i++)
		if (value->text.p[i] < ' ' || value->text.p[i] > '~')
			return err_set(e, "a reply can contain only printable "
			    "ASCII");
	if (value->text.n == 0 || value->text.n > LONGEST_REPLY)
		return err_set(e, "expected a sentence of 1 to %d characters",
		    LONGEST_REPLY);
	((struct draft *)into)->rule.reply = arena_copy(r->arena, value->text);
	return 0;
}

/* "hostname" and "nexthop" are words of Postfix. */
static int
rule_set_servername(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	static const struct slice words[] = { { "hostname", 8 },
		{ "nexthop", 7 }, { "none", 4 } };
	struct rule *rule = &((struct draft *)into)->rule;
	struct domain domain;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_eq(value->text, words[i])) {
			rule->servername = words[i];
			return 0;
		}
	if (!domain_from(value->text, &domain))
		return err_set(e, "expected \"hostname\", \"nexthop\", "
		    "\"none\" or a host name");
	rule->servername = arena_copy(r->arena, domain_slice(&domain));
	return 0;
}

/* A row for a draft and for a group of peers, which is the first member of a
 * draft. */
#define IDENTITY(key, setter)                               \
	{                                                   \
		.name = #key, .form = FORM_TEXTS,           \
		.set = setter,                              \
		.offset = offsetof(struct peer_group, key), \
	}

/* A floor, which is a word of a vocabulary or a number. */
#define RULE_FLOOR(id, key, vocabulary, most, ...)                       \
	[FIELD_FLOOR + id] = {                                           \
		.name = key,                                             \
		.form = most > 0 ? FORM_NUMBER : FORM_TEXT,              \
		.set = most > 0 ? field_set_number : field_set_word,     \
		.words = vocabulary, .low = 1, .high = most,             \
		.offset = offsetof(struct draft, rule.demand.floor[id]), \
	},

static_assert(offsetof(struct draft, direct) == 0, "direct is not first");

static const struct section_key rule_keys[FIELD_COUNT] = {
	[FIELD_NAMES] = IDENTITY(names, identity_set_names),
	[FIELD_SUBJECTS] = IDENTITY(subjects, identity_set_texts),
	[FIELD_ISSUERS] = IDENTITY(issuers, identity_set_texts),
	[FIELD_FINGERPRINTS] = IDENTITY(fingerprints,
	    identity_set_fingerprints),
	[FIELD_CERTIFICATES] = IDENTITY(certificates,
	    certificates_set),
	[FIELD_LOGINS] = IDENTITY(logins, identity_set_texts),
	[FIELD_CLIENTS] = IDENTITY(clients, identity_set_clients),
	[FIELD_LEVEL] = { .name = "level", .form = FORM_TEXT,
	    .set = field_set_word, .words = level_vocabulary,
	    .offset = offsetof(struct draft, rule.demand.level) },
	FLOORS(RULE_FLOOR)
	[FIELD_PEERS] = { .name = "peers", .form = FORM_GROUPS,
	    .set = rule_set_peers },
	[FIELD_ANY_PEER] = { .name = "any_peer", .form = FORM_FLAG,
	    .set = field_set_flag,
	    .offset = offsetof(struct draft, rule.demand.any_peer) },
	[FIELD_DANE] = { .name = "dane", .form = FORM_FLAG,
	    .set = field_set_flag,
	    .offset = offsetof(struct draft, rule.demand.dane) },
	[FIELD_STAGE] = { .name = "stage", .form = FORM_TEXT,
	    .set = field_set_word, .words = stage_vocabulary,
	    .offset = offsetof(struct draft, rule.stage) },
	/* Read by rule_finish(): it starts from the whole demand. */
	[FIELD_WATCH] = { .name = "watch", .form = FORM_GROUP },
	[FIELD_NEVER_BELOW] = { .name = "never_below", .form = FORM_TEXT,
	    .set = field_set_word, .words = level_vocabulary,
	    .offset = offsetof(struct draft, rule.never_below) },
	[FIELD_ACKNOWLEDGE] = { .name = "acknowledge_rfc3207",
	    .form = FORM_FLAG, .set = field_set_flag,
	    .offset = offsetof(struct draft, rule.acknowledge_rfc3207) },
	[FIELD_REPLY] = { .name = "reply", .form = FORM_TEXT,
	    .set = rule_set_reply },
	[FIELD_ELSEWHERE] = { .name = "elsewhere", .form = FORM_TEXT,
	    .set = field_set_word, .words = elsewhere_vocabulary,
	    .offset = offsetof(struct draft, rule.elsewhere) },
	[FIELD_SERVERNAME] = { .name = "servername", .form = FORM_TEXT,
	    .set = rule_set_servername },
};

static const struct section peer_section = { "a group of peers", rule_keys,
	FIELD_PEER_COUNT, true, NULL };
static const struct section watch_section = { "watch", rule_keys,
	FIELD_DEMAND_COUNT, true, NULL };
static const struct section hop_rule_section = {
	"a rule: inbound, entry, earlier or outbound", rule_keys, FIELD_COUNT,
	true, NULL };

const struct section *
rule_section(void)
{
	return &hop_rule_section;
}

void
rule_draft(struct read_context *r, struct node at, struct draft *out)
{
	memset(out, 0, sizeof(*out));
	out->at = at;
	section_read_nodes(r, at, &hop_rule_section, out, out->field);
}

/* Whether the field identifies the peer. */
static bool
rule_is_identity(unsigned field)
{
	return field < FIELD_PEER_COUNT || field == FIELD_PEERS ||
	    field == FIELD_ANY_PEER || field == FIELD_DANE;
}

/* Fingerprints and certificates are one list, and replaced as one. */
static void
rule_clear_pins(struct draft *d)
{
	d->field[FIELD_FINGERPRINTS] = NODE_NONE;
	d->field[FIELD_CERTIFICATES] = NODE_NONE;
	d->direct.fingerprints = (struct words){ NULL, 0 };
	d->direct.certificates = NULL;
	d->direct.certificate_count = 0;
}

/* Clears a field of the profile that the row's own fields replace. */
static void
rule_clear_field(struct draft *d, unsigned field)
{
	static const struct peer_group empty;

	assert(field < FIELD_DEMAND_COUNT && field != FIELD_LEVEL);
	d->field[field] = NODE_NONE;
	if (field >= FIELD_FLOOR && field < FIELD_PEERS)
		d->rule.demand.floor[field - FIELD_FLOOR] = 0;
	switch (field) {
	case FIELD_NAMES:
		d->direct.names = empty.names;
		break;
	case FIELD_SUBJECTS:
		d->direct.subjects = empty.subjects;
		break;
	case FIELD_ISSUERS:
		d->direct.issuers = empty.issuers;
		break;
	case FIELD_FINGERPRINTS:
	case FIELD_CERTIFICATES:
		rule_clear_pins(d);
		break;
	case FIELD_LOGINS:
		d->direct.logins = empty.logins;
		break;
	case FIELD_CLIENTS:
		d->direct.clients = NULL;
		d->direct.client_count = 0;
		break;
	case FIELD_PEERS:
		d->rule.demand.peers = NULL;
		d->rule.demand.peer_count = 0;
		break;
	case FIELD_ANY_PEER:
		d->rule.demand.any_peer = false;
		break;
	case FIELD_DANE:
		d->rule.demand.dane = false;
		break;
	}
}

/*
 * Clears what own replaces. Identity keys are merged one by one only when both
 * have them without a group. A row with peers, any_peer or dane, or with a
 * lower level, replaces the whole identity of the profile; so does any identity
 * key in outbound, which has only one.
 */
static void
rule_clear_replaced(struct draft *d, const struct draft *own, enum hop hop)
{
	bool direct = false;
	bool replaced = node_is_given(own->field[FIELD_PEERS]) ||
	    own->rule.demand.any_peer || own->rule.demand.dane;
	enum level level = node_is_given(own->field[FIELD_LEVEL]) ?
	    own->rule.demand.level : LEVEL_UNSET;

	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++)
		direct = direct || node_is_given(own->field[i]);
	for (unsigned i = 0; i < FIELD_DEMAND_COUNT; i++) {
		bool inside = i < FIELD_PEER_COUNT;

		if (i == FIELD_LEVEL)
			continue;
		if (level == LEVEL_NONE)
			rule_clear_field(d, i);
		if (!rule_is_identity(i))
			continue;
		if (level == LEVEL_ENCRYPT && i != FIELD_CLIENTS)
			rule_clear_field(d, i);
		if (replaced || (direct && (!inside || hop == HOP_OUTBOUND)))
			rule_clear_field(d, i);
	}
}

/* Whether d, a profile's, still says who the peer is, and own does not. */
static bool
rule_inherits_identity(const struct draft *d, const struct draft *own)
{
	bool inherits = false;

	for (unsigned i = 0; i < FIELD_DEMAND_COUNT; i++) {
		if (!rule_is_identity(i))
			continue;
		if (node_is_given(own->field[i]))
			return false;
		inherits = inherits || node_is_given(d->field[i]);
	}
	return inherits;
}

/* Copies the identity keys that own has without a group. */
static void
rule_copy_direct(struct draft *d, const struct draft *own)
{
	if (node_is_given(own->field[FIELD_NAMES]))
		d->direct.names = own->direct.names;
	if (node_is_given(own->field[FIELD_SUBJECTS]))
		d->direct.subjects = own->direct.subjects;
	if (node_is_given(own->field[FIELD_ISSUERS]))
		d->direct.issuers = own->direct.issuers;
	if (node_is_given(own->field[FIELD_FINGERPRINTS]) ||
	    node_is_given(own->field[FIELD_CERTIFICATES])) {
		rule_clear_pins(d);
		d->direct.fingerprints = own->direct.fingerprints;
		d->direct.certificates = own->direct.certificates;
		d->direct.certificate_count = own->direct.certificate_count;
	}
	if (node_is_given(own->field[FIELD_LOGINS]))
		d->direct.logins = own->direct.logins;
	if (node_is_given(own->field[FIELD_CLIENTS])) {
		d->direct.clients = own->direct.clients;
		d->direct.client_count = own->direct.client_count;
	}
}

static void
rule_copy_demand(struct demand *d, const struct draft *own)
{
	const struct demand *from = &own->rule.demand;

	if (node_is_given(own->field[FIELD_LEVEL]))
		d->level = from->level;
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (node_is_given(own->field[FIELD_FLOOR + i]))
			d->floor[i] = from->floor[i];
	if (node_is_given(own->field[FIELD_PEERS])) {
		d->peers = from->peers;
		d->peer_count = from->peer_count;
	}
	if (node_is_given(own->field[FIELD_ANY_PEER]))
		d->any_peer = from->any_peer;
	if (node_is_given(own->field[FIELD_DANE]))
		d->dane = from->dane;
}

static void
rule_copy_rest(struct rule *rule, const struct draft *own)
{
	if (node_is_given(own->field[FIELD_STAGE]))
		rule->stage = own->rule.stage;
	if (node_is_given(own->field[FIELD_NEVER_BELOW]))
		rule->never_below = own->rule.never_below;
	if (node_is_given(own->field[FIELD_ACKNOWLEDGE]))
		rule->acknowledge_rfc3207 = own->rule.acknowledge_rfc3207;
	if (node_is_given(own->field[FIELD_REPLY]))
		rule->reply = own->rule.reply;
	if (node_is_given(own->field[FIELD_ELSEWHERE]))
		rule->elsewhere = own->rule.elsewhere;
	if (node_is_given(own->field[FIELD_SERVERNAME]))
		rule->servername = own->rule.servername;
}

/* Clears the other fields of the profile that mean nothing with the level of
 * own. */
static void
rule_clear_rest(struct draft *d, const struct draft *own)
{
	if (!node_is_given(own->field[FIELD_LEVEL]))
		return;
	if (d->rule.never_below > own->rule.demand.level) {
		d->rule.never_below = LEVEL_UNSET;
		d->field[FIELD_NEVER_BELOW] = NODE_NONE;
	}
	if (own->rule.demand.level == LEVEL_NONE || own->rule.demand.dane) {
		d->rule.servername = SLICE_NONE;
		d->field[FIELD_SERVERNAME] = NODE_NONE;
	}
	if (own->rule.demand.level == LEVEL_NONE) {
		d->rule.elsewhere = ELSEWHERE_JUDGE;
		d->field[FIELD_ELSEWHERE] = NODE_NONE;
		d->field[FIELD_WATCH] = NODE_NONE;
	}
}

void
rule_merge(const struct draft *profile, const struct draft *own,
    enum hop hop, struct draft *out)
{
	struct draft d = *profile;

	assert(hop < HOP_COUNT && node_is_given(own->at));
	d.at = own->at;
	rule_clear_replaced(&d, own, hop);
	d.rule.inherits_identity = rule_inherits_identity(&d, own);
	rule_clear_rest(&d, own);
	rule_copy_direct(&d, own);
	rule_copy_demand(&d.rule.demand, own);
	rule_copy_rest(&d.rule, own);
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		if (node_is_given(own->field[i]))
			d.field[i] = own->field[i];
	*out = d;
}

/* Fills *out with the demand; identity keys without a group become one. */
static void
rule_finish_demand(struct read_context *r, const struct draft *draft,
    struct demand *out)
{
	struct peer_group *group;

	*out = draft->rule.demand;
	for (unsigned i = 0; i < FIELD_PEER_COUNT; i++) {
		if (!node_is_given(draft->field[i]))
			continue;
		group = arena_alloc(r->arena, sizeof(*group));
		*group = draft->direct;
		out->peers = group;
		out->peer_count = 1;
		return;
	}
}

static bool
rule_finish_watch(struct read_context *r, const struct draft *draft,
    enum hop hop, struct rule *out)
{
	struct draft own, merged;
	struct demand *watch;

	memset(&own, 0, sizeof(own));
	own.at = draft->field[FIELD_WATCH];
	section_read_nodes(r, own.at, &watch_section, &own, own.field);
	rule_merge(draft, &own, hop, &merged);
	if (!enforceable_demand(r, &merged, hop))
		return false;
	watch = arena_alloc(r->arena, sizeof(*watch));
	rule_finish_demand(r, &merged, watch);
	out->watch = watch;
	return true;
}

bool
rule_finish(struct read_context *r, const struct draft *draft, enum hop hop,
    struct rule *out)
{
	bool good = enforceable_demand(r, draft, hop);

	assert(node_is_given(draft->at));
	good = enforceable_rule(r, draft, hop) && good;
	*out = draft->rule;
	out->hop = hop;
	out->place = node_place(draft->at);
	rule_finish_demand(r, draft, &out->demand);
	if (good && node_is_given(draft->field[FIELD_WATCH]) &&
	    node_is_group(draft->field[FIELD_WATCH]))
		good = rule_finish_watch(r, draft, hop, out);
	/* Without an error the policy would be loaded with this rule. */
	if (!good && problems_errors(r->problems) == 0)
		section_error(r, draft->at, "this rule cannot be enforced");
	return good;
}
