/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#include "policy/judge/finder.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/usage/applications.h"

enum { ARENA = 512, KEY = 2600 };

/* An application, with what it is found by again. */
struct kept_application {
	struct application app;         /* first: it is in the list */
	struct arena *arena;            /* owns; has all its texts */
	struct slice key;
};

static_assert(offsetof(struct kept_application, app) == 0,
    "a struct application of the list is the kept one it is in");

struct applications {
	const struct policy *policy;    /* borrows */
	int64_t since;
	bool all;
	struct application *list[APPLICATIONS]; /* owns each */
	size_t count;
	json_t *index;                  /* owns; key to index in list */
	uint64_t others;
	/* Of the recipient at hand, one for each service. */
	enum proof *found;              /* owns */
	bool is_found, may_be_found;
};

struct applications *
applications_create(const struct policy *policy, int64_t since, bool all)
{
	struct applications *a = xcalloc(1, sizeof(*a));

	a->policy = policy;
	a->since = since;
	a->all = all;
	a->index = json_object();
	a->found = xcalloc(policy->service_count + 1, sizeof(*a->found));
	return a;
}

static struct kept_application *
applications_kept(struct application *app)
{
	return (struct kept_application *)app;
}

static void
applications_drop(struct applications *a, size_t from)
{
	for (size_t i = from; i < a->count; i++) {
		struct arena *arena = applications_kept(a->list[i])->arena;

		arena_destroy(&arena);
	}
	a->count = from < a->count ? from : a->count;
}

void
applications_destroy(struct applications **applications)
{
	struct applications *a = *applications;

	if (a == NULL)
		return;
	applications_drop(a, 0);
	json_decref(a->index);
	free(a->found);
	free(a);
	*applications = NULL;
}

/* Who is an application */

/* Whether the recipient is of a domain that we are no public MX of. Without
 * served_domains nobody knows. */
static bool
applications_is_elsewhere(const struct settings *settings,
    const struct request *request)
{
	struct slice path = request->recipient.n > 0 ? request->recipient
	    : macros_get(&request->macros, MACRO_RCPT_ADDR);
	struct address address;
	struct domain domain;

	return settings->served_domains.count > 0 &&
	    address_cut(path, &address) && address.domain.p != NULL &&
	    domain_from(address.domain, &domain) &&
	    !settings_serves(settings, domain_slice(&domain));
}

/* Whether the client relays through us, who is no relay of ours. */
static bool
applications_relays(const struct settings *settings,
    const struct request *request)
{
	struct netaddr client = request_client(request);

	return !request_is_not_smtp(request) &&
	    settings_relay(settings, &client) == NULL &&
	    !slice_eq(macros_get(&request->macros, MACRO_RCPT_MAILER),
		SLICE("error")) &&
	    applications_is_elsewhere(settings, request);
}

/* Fills a->found. */
static void
applications_find(struct applications *a, const struct usage_recipient *r,
    const struct listener *row)
{
	struct found found;

	a->is_found = a->may_be_found = false;
	for (size_t i = 0; i < a->policy->service_count; i++) {
		enum proof *proof = &a->found[i];

		*proof = PROOF_ABSENT;
		if (!finder_finds(&a->policy->services[i],
			&r->record->request, row, r->session, &found))
			continue;
		*proof = found.sure ? PROOF_PRESENT : PROOF_UNKNOWN;
		a->is_found = a->is_found || found.sure;
		a->may_be_found = a->may_be_found || !found.sure;
	}
}

static bool
applications_wants(const struct applications *a,
    const struct usage_recipient *r, const struct listener *row)
{
	enum listener_kind kind = row != NULL ? row->kind
	    : r->record->listener;

	/* Back from a filter: who sent it is recorded already. */
	if (kind == LISTENER_REINJECT)
		return false;
	if (a->all)
		return true;
	return !request_is_submission(&r->record->request) &&
	    (a->is_found || kind == LISTENER_SUBMISSION ||
		r->record->login_text.n > 0 ||
		applications_relays(&a->policy->settings,
		    &r->record->request));
}

/* Which one it is */

static bool
applications_has_certificate(const struct evidence *e)
{
	return e->tls == PROOF_PRESENT && (e->peer.text.n > 0 ||
		e->subject.text.n > 0 || e->fingerprint.text.n > 0);
}

/* Who it is; text is for the address. */
static void
applications_name(const struct usage_recipient *r, char text[NETADDR_TEXT],
    struct application *out)
{
	const struct evidence *e = r->session;

	if (r->record->login_text.n > 0) {
		out->by = FOUND_BY_LOGIN;
		out->name = r->record->login_text;
		out->hidden = e->claimed_login.proof != PROOF_PRESENT;
	} else if (applications_has_certificate(e)) {
		out->by = FOUND_BY_CERTIFICATE;
		out->verified = e->verified == PROOF_PRESENT;
		out->name = e->peer.text.n > 0 ? e->peer.text
		    : e->subject.text.n > 0 ? e->subject.text
		    : e->fingerprint.text;
	} else {
		out->by = FOUND_BY_CLIENT;
		out->name = slice_of(netaddr_show(&e->client, text,
		    NETADDR_TEXT));
	}
}

/* Where it came in; text is for a port. */
static void
applications_place(const struct usage_recipient *r,
    const struct listener *row, char text[8], struct application *out)
{
	const struct macros *m = &r->record->request.macros;
	long port;

	if (slice_int(macros_get(m, MACRO_DAEMON_PORT), 1, 65535, &port))
		out->port = (int)port;
	if (row != NULL && row->name.p != NULL)
		out->listener = row->name;
	else if (out->port != 0) {
		snprintf(text, 8, "%d", out->port);
		out->listener = slice_of(text);
	} else
		out->listener = macros_get(m, MACRO_DAEMON_NAME);
}

/* Of less use than another one when there are too many: a mere address, then
 * one that no row covers, then the rarer. */
static int
applications_order(const void *left, const void *right)
{
	const struct application *a = *(struct application *const *)left;
	const struct application *b = *(struct application *const *)right;
	bool a_mere = a->by == FOUND_BY_CLIENT &&
	    a->uncovered == a->recipients;
	bool b_mere = b->by == FOUND_BY_CLIENT &&
	    b->uncovered == b->recipients;

	if (a_mere != b_mere)
		return a_mere ? 1 : -1;
	if (a->recipients != b->recipients)
		return a->recipients < b->recipients ? 1 : -1;
	return a->last < b->last ? 1 : -1;
}

/* Indexes the list, whose order has changed. */
static void
applications_index(struct applications *a)
{
	json_object_clear(a->index);
	for (size_t i = 0; i < a->count; i++) {
		struct slice key = applications_kept(a->list[i])->key;

		json_object_setn_new(a->index, key.p, key.n,
		    json_integer((json_int_t)i));
	}
}

/* Half of them go, so that this is rare. */
static void
applications_make_room(struct applications *a)
{
	qsort(a->list, a->count, sizeof(*a->list), applications_order);
	for (size_t i = APPLICATIONS / 2; i < a->count; i++)
		a->others += a->list[i]->recipients;
	applications_drop(a, APPLICATIONS / 2);
	applications_index(a);
}

/* Adds the application that is named so. */
static struct kept_application *
applications_add(struct applications *a, const struct application *named,
    struct slice key)
{
	struct arena *arena = arena_create(ARENA);
	struct kept_application *k = arena_alloc(arena, sizeof(*k));
	size_t services = a->policy->service_count;

	if (a->count == APPLICATIONS)
		applications_make_room(a);
	*k = (struct kept_application){ .app = *named, .arena = arena,
		.key = arena_copy(arena, key) };
	k->app.name = arena_copy(arena, named->name);
	k->app.listener = arena_copy(arena, named->listener);
	k->app.covered = arena_array(arena, services, sizeof(uint64_t));
	k->app.maybe = arena_array(arena, services, sizeof(uint64_t));
	json_object_setn_new(a->index, key.p, key.n,
	    json_integer((json_int_t)a->count));
	a->list[a->count++] = &k->app;
	return k;
}

/* The application of a recipient, a new one if there is none yet. */
static struct kept_application *
applications_of(struct applications *a, const struct usage_recipient *r,
    const struct listener *row)
{
	struct application named = { .by = FOUND_BY_NONE };
	char client[NETADDR_TEXT], port[8], key[KEY];
	const json_t *index;
	struct slice k;
	struct text t;

	applications_name(r, client, &named);
	applications_place(r, row, port, &named);
	text_init(&t, key, sizeof(key));
	text_add(&t, "%d%d%d ", (int)named.by, named.hidden, named.verified);
	text_slice(&t, named.listener);
	text_byte(&t, ' ');
	text_slice(&t, named.name);
	k = text_so_far(&t);
	index = json_object_getn(a->index, k.p, k.n);
	return index == NULL ? applications_add(a, &named, k)
	    : applications_kept(a->list[json_integer_value(index)]);
}

/* What is counted of it */

static void
applications_count_client(struct application *app,
    const struct netaddr *client)
{
	if (client->family == 0)
		return;
	for (size_t i = 0; i < app->client_count; i++)
		if (netaddr_eq(&app->clients[i], client))
			return;
	if (app->client_count == APPLICATION_CLIENTS)
		app->more_clients = true;
	else
		app->clients[app->client_count++] = *client;
}

static void
applications_count_tls(struct application *app, const struct evidence *e)
{
	size_t i = 0;

	if (e->tls != PROOF_PRESENT) {
		if (e->tls == PROOF_ABSENT)
			app->clear++;
		else
			app->unknown++;
		return;
	}
	while (i < app->version_count &&
	    app->versions[i].version != e->version)
		i++;
	assert(i < APPLICATION_VERSIONS);
	if (i == app->version_count)
		app->versions[app->version_count++].version = e->version;
	app->versions[i].count++;
}

static bool
applications_is_text(struct slice a, struct slice b)
{
	return slice_eq(a, b) || (a.n == 0 && b.n == 0);
}

static struct application_certificate *
applications_certificate_of(struct application *app, const struct evidence *e)
{
	for (size_t i = 0; i < app->certificate_count; i++) {
		struct application_certificate *c = &app->certificates[i];

		if (applications_is_text(c->subject, e->subject.text) &&
		    applications_is_text(c->issuer, e->issuer.text) &&
		    applications_is_text(c->fingerprint, e->fingerprint.text))
			return c;
	}
	return NULL;
}

/* Adds the certificate; NULL: there are too many. */
static struct application_certificate *
applications_add_certificate(struct kept_application *k,
    const struct evidence *e)
{
	struct application *app = &k->app;
	struct application_certificate *c;

	if (app->certificate_count == APPLICATION_CERTIFICATES) {
		app->more_certificates = true;
		return NULL;
	}
	c = &app->certificates[app->certificate_count++];
	*c = (struct application_certificate){
		.peer = arena_copy(k->arena, e->peer.text),
		.subject = arena_copy(k->arena, e->subject.text),
		.issuer = arena_copy(k->arena, e->issuer.text),
		.fingerprint = arena_copy(k->arena, e->fingerprint.text) };
	return c;
}

static void
applications_count_certificate(struct kept_application *k,
    const struct evidence *e, int64_t when)
{
	struct application_certificate *c;

	if (!applications_has_certificate(e))
		return;
	c = applications_certificate_of(&k->app, e);
	if (c == NULL)
		c = applications_add_certificate(k, e);
	if (c == NULL || when < c->last)
		return;
	c->last = when;
	c->verified = e->verified == PROOF_PRESENT;
}

static void
applications_count_rows(const struct applications *a, struct application *app)
{
	if (!a->is_found)
		app->uncovered++;
	for (size_t i = 0; i < a->policy->service_count; i++) {
		app->covered[i] += a->found[i] == PROOF_PRESENT ? 1 : 0;
		app->maybe[i] += a->found[i] == PROOF_UNKNOWN ? 1 : 0;
	}
}

static void
applications_count(const struct applications *a, struct kept_application *k,
    const struct usage_recipient *r)
{
	struct application *app = &k->app;
	int64_t when = r->record->time;

	app->recipients++;
	app->messages += r->new_message ? 1 : 0;
	app->refused += r->record->outcome == OUTCOME_REFUSED ? 1 : 0;
	app->unproven += r->session->login.proof != PROOF_PRESENT ? 1 : 0;
	if (app->first == 0 || when < app->first)
		app->first = when;
	if (when > app->last)
		app->last = when;
	applications_count_client(app, &r->session->client);
	applications_count_tls(app, r->session);
	applications_count_certificate(k, r->session, when);
	applications_count_rows(a, app);
}

void
applications_take(struct applications *a, const struct usage_recipient *r)
{
	const struct listener *row;

	if (r->record->time < a->since)
		return;
	row = request_listener_row(&r->record->request, &a->policy->settings);
	applications_find(a, r, row);
	if (applications_wants(a, r, row))
		applications_count(a, applications_of(a, r, row), r);
}

/* The busiest first; the rest so that it is the same each time. */
static int
applications_busier(const void *left, const void *right)
{
	const struct application *a = *(struct application *const *)left;
	const struct application *b = *(struct application *const *)right;
	int order;

	if (a->messages != b->messages)
		return a->messages < b->messages ? 1 : -1;
	if (a->recipients != b->recipients)
		return a->recipients < b->recipients ? 1 : -1;
	if (a->by != b->by)
		return a->by < b->by ? 1 : -1;
	order = slice_compare(a->name, b->name);
	return order != 0 ? order : slice_compare(a->listener, b->listener);
}

size_t
applications_rank(struct applications *a,
    const struct application *const **out)
{
	qsort(a->list, a->count, sizeof(*a->list), applications_busier);
	applications_index(a);
	*out = (const struct application *const *)a->list;
	return a->count;
}

uint64_t
applications_others(const struct applications *a)
{
	return a->others;
}
