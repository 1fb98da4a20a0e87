/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/finder.h"
#include "policy/usage/credentials.h"
#include "policy/verdict.h"

enum { DAY = 86400, ARENA = 1024 };

static const struct word kinds[] = {
	{ "login", CREDENTIAL_LOGIN },
	{ "name", CREDENTIAL_NAME },
	{ "subject", CREDENTIAL_SUBJECT },
	{ "fingerprint", CREDENTIAL_FINGERPRINT },
	{ "client", CREDENTIAL_CLIENT },
};

VOCABULARY_DEFINE(credential_kind, kinds, "unknown")

static const struct word states[] = {
	{ "used", CREDENTIAL_USED },
	{ "unused", CREDENTIAL_UNUSED },
	{ "not-seen", CREDENTIAL_NOT_SEEN },
	{ "unknown", CREDENTIAL_UNKNOWN },
};

VOCABULARY_DEFINE(credential_state, states, "unknown")

struct credentials {
	struct arena *arena;            /* owns */
	const struct policy *policy;    /* borrows; of a service only */
	const struct service *service;  /* borrows; NULL: of a rule */
	int64_t now;
	struct credential *list;        /* owns */
	size_t count, room;
	int64_t first;                  /* of the row's records */
	/* When it was last not known whether one of a kind was used. */
	int64_t unknown[CREDENTIAL_KINDS];
};

/* Which they are */

static void
credentials_add(struct credentials *c, enum credential_kind kind,
    struct slice text, const struct netrange *range)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].kind == kind &&
		    slice_eq(c->list[i].text, text))
			return;
	if (c->count == c->room) {
		c->room = 2 * c->room + 4;
		c->list = xrealloc(c->list, c->room * sizeof(*c->list));
	}
	c->list[c->count++] = (struct credential){ .kind = kind,
		.text = arena_copy(c->arena, text), .range = range };
}

static void
credentials_add_words(struct credentials *c, enum credential_kind kind,
    const struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		credentials_add(c, kind, words->list[i], NULL);
}

/* When the certificates end whose files the policy names. */
static void
credentials_add_ends(struct credentials *c, const struct peer_group *group)
{
	for (size_t i = 0; i < group->certificate_count; i++)
		for (size_t k = 0; k < c->count; k++)
			if (c->list[k].kind == CREDENTIAL_FINGERPRINT &&
			    slice_eq(c->list[k].text,
				group->certificates[i].fingerprint))
				c->list[k].ends = group->certificates[i].ends;
}

static void
credentials_add_group(struct credentials *c, const struct peer_group *group)
{
	char text[NETRANGE_TEXT];

	credentials_add_words(c, CREDENTIAL_LOGIN, &group->logins);
	credentials_add_words(c, CREDENTIAL_NAME, &group->names);
	credentials_add_words(c, CREDENTIAL_SUBJECT, &group->subjects);
	credentials_add_words(c, CREDENTIAL_FINGERPRINT,
	    &group->fingerprints);
	credentials_add_ends(c, group);
	for (size_t i = 0; i < group->client_count; i++)
		credentials_add(c, CREDENTIAL_CLIENT, slice_of(netrange_show(
		    &group->clients[i], text, sizeof(text))),
		    &group->clients[i]);
}

static struct credentials *
credentials_create(const struct rule *rule, const struct peer_group *find,
    int64_t now)
{
	struct credentials *c = xcalloc(1, sizeof(*c));

	c->arena = arena_create(ARENA);
	c->now = now;
	if (find != NULL)
		credentials_add_group(c, find);
	for (size_t i = 0; i < rule->demand.peer_count; i++)
		credentials_add_group(c, &rule->demand.peers[i]);
	if (c->count == 0)
		credentials_destroy(&c);
	return c;
}

struct credentials *
credentials_of_service(const struct policy *policy,
    const struct service *service, int64_t now)
{
	struct credentials *c = credentials_create(
	    service->partner->rules[HOP_INBOUND], &service->find, now);

	if (c != NULL) {
		c->policy = policy;
		c->service = service;
	}
	return c;
}

struct credentials *
credentials_of_rule(const struct rule *rule, int64_t now)
{
	return credentials_create(rule, NULL, now);
}

void
credentials_destroy(struct credentials **credentials)
{
	struct credentials *c = *credentials;

	if (c == NULL)
		return;
	arena_destroy(&c->arena);
	free(c->list);
	free(c);
	*credentials = NULL;
}

/* Which of them was used */

static enum proof
credentials_is_fact(const struct credential *c, const struct fact *fact,
    bool (*matches)(struct slice wanted, struct slice text))
{
	if (fact->proof != PROOF_PRESENT)
		return fact->proof;
	return matches(c->text, fact->text) ? PROOF_PRESENT : PROOF_ABSENT;
}

static enum proof
credentials_is_fingerprint(const struct credential *c, const struct fact *fact)
{
	/* By another digest it is neither this one nor another one. */
	if (fact->proof == PROOF_PRESENT &&
	    !slice_starts(fact->text, SLICE("sha256:")))
		return PROOF_UNKNOWN;
	return credentials_is_fact(c, fact, slice_eq);
}

static enum proof
credentials_is_client(const struct credential *c, const struct evidence *e)
{
	/* The address of a Received field is not recorded. */
	if (e->client.family == 0 || e->source == SOURCE_RECEIVED)
		return PROOF_UNKNOWN;
	return netrange_has(c->range, &e->client) ? PROOF_PRESENT
						  : PROOF_ABSENT;
}

/* Whether the session used it. */
static enum proof
credentials_is_used(const struct credential *c, const struct evidence *e)
{
	if (c->kind == CREDENTIAL_CLIENT)
		return credentials_is_client(c, e);
	if (c->kind == CREDENTIAL_LOGIN)
		return credentials_is_fact(c, &e->claimed_login, slice_ieq);
	/* Without TLS there is no certificate. */
	if (e->tls == PROOF_ABSENT)
		return PROOF_ABSENT;
	if (c->kind == CREDENTIAL_NAME)
		return credentials_is_fact(c, &e->peer, verdict_is_name);
	if (c->kind == CREDENTIAL_SUBJECT)
		return credentials_is_fact(c, &e->subject, slice_eq);
	return credentials_is_fingerprint(c, &e->fingerprint);
}

static void
credentials_count_session(struct credentials *c, const struct evidence *e,
    int64_t when, bool new_message)
{
	for (size_t i = 0; i < c->count; i++) {
		struct credential *one = &c->list[i];
		enum proof used = credentials_is_used(one, e);

		if (used == PROOF_UNKNOWN && when > c->unknown[one->kind])
			c->unknown[one->kind] = when;
		if (used != PROOF_PRESENT)
			continue;
		if (when > one->last)
			one->last = when;
		if (new_message &&
		    when >= c->now - (int64_t)CREDENTIAL_DAYS * DAY)
			one->messages++;
	}
}

static void
credentials_note_record(struct credentials *c, int64_t when)
{
	if (when > 0 && (c->first == 0 || when < c->first))
		c->first = when;
}

void
credentials_take(struct credentials *c, const struct usage_recipient *r)
{
	const struct request *request = &r->record->request;
	struct found found;

	assert(c->service != NULL);
	for (const struct gathered_record *k = r->records; k != NULL;
	     k = k->next)
		if (k->record.decision.found_by != FOUND_BY_NONE &&
		    slice_eq(k->record.decision.partner,
			c->service->partner->name))
			credentials_note_record(c, k->record.time);
	if (finder_finds(c->service, request, request_listener_row(request,
		&c->policy->settings), r->session, &found))
		credentials_count_session(c, r->session, r->record->time,
		    r->new_message);
}

void
credentials_take_record(struct credentials *c, const struct recorded *record,
    bool new_message)
{
	static const struct evidence nothing;

	assert(c->service == NULL);
	credentials_note_record(c, record->time);
	credentials_count_session(c, record->has_proof ? &record->proof
	    : &nothing, record->time, new_message);
}

/* How it stands with them */

size_t
credentials_count(const struct credentials *c)
{
	return c == NULL ? 0 : c->count;
}

const struct credential *
credentials_get(const struct credentials *c, size_t i)
{
	assert(i < c->count);
	return &c->list[i];
}

bool
credentials_on_record(const struct credentials *c)
{
	return c->first != 0;
}

enum credential_state
credentials_state(const struct credentials *c, size_t i, int64_t log_first,
    long *days)
{
	const struct credential *one = credentials_get(c, i);
	int64_t recent = c->now - (int64_t)CREDENTIAL_DAYS * DAY;
	int64_t since = c->first != 0 ? c->first : log_first;

	*days = since == 0 || since > c->now ? 0
	    : (long)((c->now - since) / DAY);
	if (one->last >= recent && one->last > 0)
		return CREDENTIAL_USED;
	if (c->unknown[one->kind] >= recent && c->unknown[one->kind] > 0)
		return CREDENTIAL_UNKNOWN;
	/* A row that judged nothing may be new. */
	return one->last > 0 || (c->first != 0 && *days >= CREDENTIAL_DAYS)
	    ? CREDENTIAL_UNUSED : CREDENTIAL_NOT_SEEN;
}
