/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>

#include "conf/file/partners.h"
#include "conf/file/rule.h"
#include "conf/syntax/field.h"
#include "policy/names/key.h"
#include "policy/names/providers.h"

enum { LONGEST_NAME = 64 };

/* A profile: its rules as drafts, and as rules once a row uses them as they
 * are. */
struct profile {
	struct node at;
	struct slice name;
	struct draft *draft[HOP_COUNT]; /* NULL: none; in scratch */
	struct rule finished[HOP_COUNT];
	bool checked[HOP_COUNT];        /* finished is filled */
	bool shared;                    /* partner has been made */
	unsigned partner;               /* shared by its table lines */
};

/* The rows of the table of a partner's keys, in its order. */
enum {
	KEY_INBOUND,
	KEY_ENTRY,
	KEY_EARLIER,
	KEY_OUTBOUND,
	KEY_PROFILE_NAME,
	KEY_PROFILE_COUNT,
	KEY_DOMAINS = KEY_PROFILE_COUNT,
	KEY_SENDERS,
	KEY_NEXT_HOPS,
	KEY_PROFILE,
	KEY_OWNER,
	KEY_CONTACT,
	KEY_PARTNER_COUNT
};

/* The texts of a partner or profile. */
struct partner_texts {
	struct slice name, owner, contact, profile;
};

static bool
partners_is_name(struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (i == 0 || strchr(".-_", c) == NULL || c == '\0'))
			return false;
	}
	return text.n > 0 && text.n <= LONGEST_NAME;
}

int
partners_set_name(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	struct slice *name = field_of(value, into);

	if (!partners_is_name(value->text))
		return err_set(e, "a name is 1 to %d letters, digits, dots, "
		    "hyphens and underscores, and begins with a letter or "
		    "digit", LONGEST_NAME);
	*name = arena_copy(r->arena, value->text);
	return 0;
}

static int
partners_set_profile(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e ATTR_UNUSED)
{
	((struct partner_texts *)into)->profile = value->text;
	return 0;
}

static const struct section_key partner_keys[] = {
	[KEY_INBOUND] = { .name = "inbound", .form = FORM_GROUP },
	[KEY_ENTRY] = { .name = "entry", .form = FORM_GROUP },
	[KEY_EARLIER] = { .name = "earlier", .form = FORM_GROUP },
	[KEY_OUTBOUND] = { .name = "outbound", .form = FORM_GROUP },
	[KEY_PROFILE_NAME] = { .name = "name", .form = FORM_TEXT,
	    .set = partners_set_name, .required = true,
	    .offset = offsetof(struct partner_texts, name) },
	[KEY_DOMAINS] = { .name = "domains", .form = FORM_TEXTS },
	[KEY_SENDERS] = { .name = "senders", .form = FORM_TEXTS },
	[KEY_NEXT_HOPS] = { .name = "next_hops", .form = FORM_TEXTS },
	[KEY_PROFILE] = { .name = "profile", .form = FORM_TEXT,
	    .set = partners_set_profile },
	[KEY_OWNER] = { .name = "owner", .form = FORM_TEXT,
	    .set = field_set_text,
	    .offset = offsetof(struct partner_texts, owner) },
	[KEY_CONTACT] = { .name = "contact", .form = FORM_TEXT,
	    .set = field_set_text,
	    .offset = offsetof(struct partner_texts, contact) },
};

static const struct section partner_section = { "a partner", partner_keys,
	KEY_PARTNER_COUNT, false, rule_section };
static const struct section profile_section = { "a profile", partner_keys,
	KEY_PROFILE_COUNT, false, rule_section };

/* The list of groups called name; NODE_NONE when the origin has none. */
static struct node
partners_list_of(const struct origin *origin, const char *name)
{
	struct node list = node_key(node_root(origin), name);

	return node_kind(list) == NODE_LIST ? list : NODE_NONE;
}

static size_t
partners_count_of(const struct read_context *r, const char *name)
{
	size_t count = 0;

	for (const struct origin *o = r->origins; o != NULL; o = o->next)
		count += node_count(partners_list_of(o, name));
	return count;
}

static void
partners_show_place(struct place place, char *out, size_t size)
{
	snprintf(out, size, "%s:%u", place.file, place.line);
}

/* Profiles */

static void
partners_read_profile(struct read_context *r, struct node at,
    struct profile *out, unsigned index)
{
	struct node nodes[KEY_PROFILE_COUNT];
	struct partner_texts texts = { .name = SLICE_NONE };
	char where[128];
	unsigned first = UINT_MAX;

	section_read_nodes(r, at, &profile_section, &texts, nodes);
	out->at = at;
	out->name = texts.name;
	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		if (!node_is_given(nodes[hop]) || !node_is_group(nodes[hop]))
			continue;
		out->draft[hop] = arena_alloc(r->scratch,
		    sizeof(struct draft));
		rule_draft(r, nodes[hop], out->draft[hop]);
	}
	if (texts.name.p == NULL ||
	    names_add(&r->profiles, texts.name, index))
		return;
	names_find(&r->profiles, texts.name, &first);
	assert(first < index);
	partners_show_place(node_place(r->profile[first].at), where,
	    sizeof(where));
	section_error(r, nodes[KEY_PROFILE_NAME], "\"%s\" is already the name "
	    "of the profile at %s", texts.name.p, where);
}

static void
partners_read_profiles(struct read_context *r)
{
	size_t count = partners_count_of(r, "profiles");
	unsigned index = 0;

	names_init(&r->profiles, count);
	r->profile = arena_array(r->scratch, count, sizeof(*r->profile));
	for (const struct origin *o = r->origins; o != NULL; o = o->next) {
		struct node list = partners_list_of(o, "profiles");
		size_t n = node_count(list);

		for (size_t i = 0; i < n; i++) {
			struct node at = node_member(list, i);

			if (!section_is_group(r, at))
				continue;
			partners_read_profile(r, at, &r->profile[index], index);
			index++;
		}
	}
}

/* The profile's rule, unchanged; NULL when it has none. Its problems are
 * reported once. */
static const struct rule *
partners_profile_rule(struct read_context *r, struct profile *profile,
    enum hop hop)
{
	if (profile->draft[hop] == NULL)
		return NULL;
	if (!profile->checked[hop])
		rule_finish(r, profile->draft[hop], hop,
		    &profile->finished[hop]);
	profile->checked[hop] = true;
	profile->finished[hop].of_profile = true;
	return &profile->finished[hop];
}

/* Rules */

/*
 * The mail provider whose names or subjects identify a group, which nothing
 * else narrows down: all customers of the provider match. NULL when there is
 * none.
 */
static const char *
partners_provider_in(const struct peer_group *group)
{
	const char *provider = NULL;

	if (group->fingerprints.count > 0 || group->logins.count > 0)
		return NULL;
	for (size_t i = 0; i < group->subjects.count && provider == NULL; i++)
		provider = providers_of_subject(group->subjects.list[i]);
	if (group->subjects.count > 0)
		return provider;
	for (size_t i = 0; i < group->names.count && provider == NULL; i++)
		provider = providers_of(group->names.list[i]);
	return provider;
}

bool
partners_set_provider(struct read_context *r, struct partner *partner,
    const struct peer_group *groups, size_t count, struct node at)
{
	const char *provider = NULL;

	for (size_t i = 0; i < count && provider == NULL; i++)
		provider = partners_provider_in(&groups[i]);
	if (provider == NULL)
		return false;
	partner->provider = slice_of(provider);
	section_warning(r, at, "these names prove %s, not this %s: all its "
	    "customers use them", provider,
	    partner->by_session ? "service" : "partner");
	return true;
}

static void
partners_add_rule(struct read_context *r, struct partner *partner, enum hop hop,
    const struct rule *rule, struct node at)
{
	struct rule *copy = arena_alloc(r->arena, sizeof(*copy));

	*copy = *rule;
	copy->partner = partner;
	partner->rules[hop] = copy;
	/* Not for outbound: there the names are of the next hop, which may
	 * belong to a provider. */
	if (hop == HOP_INBOUND || hop == HOP_ENTRY)
		partners_set_provider(r, partner, copy->demand.peers,
		    copy->demand.peer_count, at);
}

static void
partners_read_rule(struct read_context *r, struct partner *partner,
    enum hop hop, struct node at, struct profile *profile)
{
	struct draft own, merged;
	const struct rule *rule;
	struct rule finished;

	if (!node_is_given(at)) {
		rule = profile == NULL ? NULL
				       : partners_profile_rule(r, profile, hop);
		if (rule != NULL)
			partners_add_rule(r, partner, hop, rule,
			    profile->draft[hop]->at);
		return;
	}
	if (!node_is_group(at))
		return;
	rule_draft(r, at, &own);
	if (profile != NULL && profile->draft[hop] != NULL) {
		rule_merge(profile->draft[hop], &own, hop, &merged);
		rule_finish(r, &merged, hop, &finished);
	} else {
		rule_finish(r, &own, hop, &finished);
	}
	partners_add_rule(r, partner, hop, &finished, at);
}

/* Keys */

static bool
partners_has_rule(const struct partner *partner)
{
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			return true;
	return false;
}

/* Whether the partner has a rule for any of the key's hops. */
static bool
partners_key_applies(const struct partner *partner, unsigned hops)
{
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL && (hops & (1u << hop)) != 0)
			return true;
	return false;
}

int
partners_claim(struct read_context *r, struct slice raw, bool next_hop,
    unsigned partner, unsigned hops, struct place at, struct err *e)
{
	struct place first;
	struct key key;
	char shown[80], where[128];

	assert(partner < table_partners(r->policy->table));
	if ((next_hop ? key_from_nexthop : key_from_domain)(raw, &key,
	    e) < 0)
		return -1;
	if (key.kind == KEY_ADDRESS) {
		hops &= TABLE_ADDRESS;
		if (!partners_key_applies(table_partner(r->policy->table,
					    partner),
			hops))
			return err_set(e, "an address takes no outbound rule, "
			    "and this partner has no other rule");
	}
	if (table_claim(r->policy->table, key_slice(&key), partner, hops, at,
	    &first) >= 0)
		return 0;
	slice_show(key_slice(&key), shown, sizeof(shown));
	partners_show_place(first, where, sizeof(where));
	return err_set(e, "\"%s\" is already a key of the row at %s: two rows "
	    "must not have the same key", shown, where);
}

/* Gives a partner the keys of a list. Returns how many the list has, valid or
 * not. */
static size_t
partners_claim_all(struct read_context *r, struct node list,
    bool next_hop, unsigned index, unsigned hops)
{
	size_t n = section_is_texts(list) ? section_count_texts(list) : 0;
	const struct partner *partner = table_partner(r->policy->table, index);
	struct err e;

	if (n > 0 && partners_has_rule(partner) &&
	    !partners_key_applies(partner, hops))
		section_warning(r, list, "these keys apply only to hops for "
		    "which the partner has no rule");
	for (size_t i = 0; i < n; i++) {
		struct value value = section_text_value(r, list, i);

		if (value.text.p == NULL)
			continue;
		if (partners_claim(r, value.text, next_hop, index, hops,
		    node_place(value.at), &e) < 0)
			section_error(r, value.at, "%s", e.text);
	}
	return n;
}

/* Partners */

static struct profile *
partners_profile_of(struct read_context *r, struct node at,
    struct slice name)
{
	const char *nearest;
	unsigned index;
	char shown[80];

	if (name.p == NULL)
		return NULL;
	if (names_find(&r->profiles, name, &index))
		return &r->profile[index];
	slice_show(name, shown, sizeof(shown));
	nearest = names_nearest(&r->profiles, name);
	section_error(r, at, "there is no profile \"%s\"%s%s%s", shown,
	    nearest == NULL ? "" : ": did you mean \"",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
	return NULL;
}

void
partners_add_name(struct read_context *r, struct node at,
    const struct partner *partner, unsigned index)
{
	char where[128];
	unsigned first = UINT_MAX;

	if (partner->name.p == NULL ||
	    names_add(&r->partners, partner->name, index))
		return;
	names_find(&r->partners, partner->name, &first);
	assert(first < index);
	partners_show_place(table_partner(r->policy->table, first)->place,
	    where, sizeof(where));
	section_error(r, at, "\"%s\" is already the name of the partner at %s",
	    partner->name.p, where);
}

static void
partners_read_partner(struct read_context *r, struct node at)
{
	struct node nodes[KEY_PARTNER_COUNT];
	struct partner_texts texts = { .name = SLICE_NONE };
	struct partner *partner = arena_alloc(r->arena, sizeof(*partner));
	struct profile *profile;
	bool rules = false;
	size_t keys;
	unsigned index;

	section_read_nodes(r, at, &partner_section, &texts, nodes);
	partner->name = texts.name;
	partner->owner = texts.owner;
	partner->contact = texts.contact;
	partner->place = node_place(at);
	profile = partners_profile_of(r, nodes[KEY_PROFILE], texts.profile);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		partners_read_rule(r, partner, hop, nodes[hop], profile);
	index = table_add_partner(r->policy->table, partner);
	partners_add_name(r, at, partner, index);
	keys = partners_claim_all(r, nodes[KEY_DOMAINS], false, index,
	    TABLE_ALL_HOPS);
	keys += partners_claim_all(r, nodes[KEY_SENDERS], false, index,
	    TABLE_INBOUND);
	keys += partners_claim_all(r, nodes[KEY_NEXT_HOPS], true, index,
	    TABLE_ALL_HOPS & ~TABLE_INBOUND);
	if (index < r->has_key_count)
		r->has_key[index] = keys > 0;
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		rules = rules || node_is_given(nodes[hop]);
	if (!rules && texts.profile.p == NULL)
		section_error(r, at, "a partner without any rule: add inbound, "
		    "entry, earlier, outbound or a profile");
}

void
partners_read(struct read_context *r)
{
	size_t count = partners_count_of(r, "partners");

	partners_read_profiles(r);
	names_init(&r->partners, count + partners_count_of(r, "services") +
	    partners_count_of(r, "listeners"));
	r->has_key = arena_array(r->scratch, count, sizeof(*r->has_key));
	r->has_key_count = count;
	table_reserve(r->policy->table, count * 2, count * 32);
	for (const struct origin *o = r->origins; o != NULL; o = o->next) {
		struct node list = partners_list_of(o, "partners");
		size_t n = node_count(list);

		for (size_t i = 0; i < n; i++) {
			struct node at = node_member(list, i);

			if (section_is_group(r, at))
				partners_read_partner(r, at);
		}
	}
}

bool
partners_of_profile(struct read_context *r, struct slice name,
    unsigned *partner)
{
	struct profile *profile;
	struct partner *shared;
	unsigned index;

	if (!names_find(&r->profiles, name, &index))
		return false;
	profile = &r->profile[index];
	if (!profile->shared) {
		shared = arena_alloc(r->arena, sizeof(*shared));
		shared->place = node_place(profile->at);
		for (unsigned hop = 0; hop < HOP_COUNT; hop++)
			partners_read_rule(r, shared, hop, NODE_NONE, profile);
		profile->partner = table_add_partner(r->policy->table, shared);
		profile->shared = true;
	}
	*partner = profile->partner;
	return true;
}

const struct section *
partners_section(unsigned i)
{
	static const struct section *const sections[] = { &partner_section,
		&profile_section };

	return i < COUNT_OF(sections) ? sections[i] : NULL;
}
