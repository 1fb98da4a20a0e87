/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy_fix.h"
#include "policy/evidence/measure.h"
#include "policy/explain/remedy_alternative.h"
#include "policy/explain/remedy_mta.h"
#include "policy/explain/remedy_step.h"

/* The TLS of an earlier hop is that of an own relay. */
static void
remedy_add_relay_tls(struct fix *f, int least)
{
	struct remedy_step step = { .what = REMEDY_RELAY_TLS, .value = least };
	char shown[64];

	if (f->e.client.family != 0)
		step.text = slice_of(arena_string(f->arena,
		    slice_of(netaddr_show(&f->e.client, shown,
			sizeof(shown)))));
	remedy_add_step(f->way, &step);
}

static void
remedy_fix_tls(struct fix *f)
{
	int least = f->d->demand->floor[FLOOR_TLS];

	if (f->d->hop == HOP_EARLIER)
		remedy_add_relay_tls(f, least);
	else
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_TLS, .value = least });
	f->e.tls = PROOF_PRESENT;
	if (least != 0)
		measure_set(FLOOR_TLS, least, &f->e);
}

static void
remedy_fix_floor(struct fix *f, enum floor floor)
{
	int least = f->d->demand->floor[floor], value;

	if (f->d->hop == HOP_EARLIER)
		remedy_add_relay_tls(f, least);
	else {
		if (f->had_tls && f->d->proof->source == SOURCE_MACROS &&
		    !measure_floor(floor, &f->e, &value))
			remedy_add_macro(f, measure_macro(floor));
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_FLOOR, .floor = floor,
			.value = least });
	}
	measure_set(floor, least, &f->e);
}

static void
remedy_fix_verified(struct fix *f)
{
	const struct macros *m = &f->request->macros;

	if (f->e.verified == PROOF_PRESENT)
		return;
	if (f->had_tls && f->e.verified == PROOF_UNKNOWN &&
	    f->d->proof->source == SOURCE_MACROS)
		remedy_add_macro(f, remedy_may_send(f, MACRO_VERIFY)
		    ? MACRO_VERIFY : MACRO_MTA_VERSION);
	if (slice_eq(macros_get(m, MACRO_VERIFY), SLICE("NOT")))
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_ASK });
	remedy_add_step(f->way, &(struct remedy_step){
		.what = REMEDY_CERTIFICATE });
	f->e.verified = PROOF_PRESENT;
}

/* One list of a group, and what is needed for the fact that it is held
 * against. */
struct list_fix {
	const struct words *words;
	struct fact *fact;
	enum remedy_what what;
	enum macro macro;               /* that shows it; 0: any dialect's */
};

/* A host name that a pattern covers. */
static struct slice
remedy_host_of(struct slice pattern, struct arena *a)
{
	if (pattern.n == 0 || pattern.p[0] != '.')
		return pattern;
	return slice_of(arena_printf(a, "host%.*s", SLICE_ARGS(pattern)));
}

/* Whether the MTA sent the macro; of a record, whether something was read from
 * it: a whole name that is not known came, and was cut. */
static bool
remedy_came(const struct fix *f, enum macro macro)
{
	if (remedy_has_macros(f))
		return macros_has(&f->request->macros, macro);
	return macro == MACRO_CERT_SUBJECT ||
	    (macro == MACRO_CN_SUBJECT &&
		f->d->proof->subject.proof == PROOF_UNKNOWN);
}

/* What keeps a fact of a verified certificate unknown. */
static void
remedy_fix_unknown(struct fix *f, const struct list_fix *l)
{
	if (f->d->proof->source == SOURCE_RECEIVED || !f->had_tls ||
	    l->fact->proof != PROOF_UNKNOWN || !remedy_may_send(f, l->macro))
		return;
	if (!remedy_came(f, l->macro))
		remedy_add_macro(f, l->macro);
	else if (remedy_came(f, MACRO_CERT_SUBJECT))
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_SHORT_SUBJECT });
	else
		remedy_add_macro(f, MACRO_CERT_SUBJECT);
}

static void
remedy_fix_list(struct fix *f, const struct list_fix *l)
{
	assert(l->words->count > 0);
	for (size_t i = 0; i < l->words->count; i++)
		if (l->fact->proof == PROOF_PRESENT &&
		    slice_eq(l->words->list[i], l->fact->text))
			return;
	remedy_fix_unknown(f, l);
	remedy_add_step(f->way, &(struct remedy_step){ .what = l->what,
		.text = l->words->list[0], .more = l->words->count > 1 });
	*l->fact = (struct fact){ PROOF_PRESENT,
		remedy_host_of(l->words->list[0], f->arena) };
}

/* A Received field shows a name and its authority, but no more. */
static bool
remedy_is_shown(const struct fix *f, enum remedy_what what)
{
	if (f->d->proof->source == SOURCE_RECEIVED)
		return what == REMEDY_NAME || what == REMEDY_ISSUER;
	return what != REMEDY_FINGERPRINT ||
	    (!f->any_mta && remedy_may_send(f, MACRO_CERT_FP));
}

static void
remedy_fix_fingerprint(struct fix *f, const struct list_fix *l)
{
	struct fact *fact = l->fact;

	if (fact->proof == PROOF_PRESENT &&
	    !slice_starts(fact->text, SLICE("sha256:"))) {
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_DIGEST });
		*fact = (struct fact){ PROOF_PRESENT, l->words->list[0] };
		return;
	}
	remedy_fix_list(f, l);
}

/* What the hop never shows has to be asked in another way; a Received field
 * leaves none. */
static void
remedy_fix_hidden(struct fix *f, const struct list_fix *l)
{
	if (f->d->proof->source == SOURCE_RECEIVED || f->kept) {
		f->hopeless = true;
		return;
	}
	remedy_add_step(f->way, &(struct remedy_step){
		.what = REMEDY_IDENTITY, .place = f->d->rule->place });
	*l->fact = (struct fact){ PROOF_PRESENT, l->words->list[0] };
}

static void
remedy_fix_lists(struct fix *f, const struct peer_group *group)
{
	struct evidence *e = &f->e;
	const struct list_fix lists[] = {
		{ &group->names, &e->peer, REMEDY_NAME, MACRO_CN_SUBJECT },
		{ &group->subjects, &e->subject, REMEDY_SUBJECT,
		    MACRO_CERT_SUBJECT },
		{ &group->issuers, &e->issuer, REMEDY_ISSUER,
		    MACRO_CERT_ISSUER },
		{ &group->fingerprints, &e->fingerprint, REMEDY_FINGERPRINT,
		    MACRO_CERT_FP },
		{ &group->logins, &e->login, REMEDY_LOGIN,
		    MACRO_AUTH_AUTHEN },
	};

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		const struct list_fix *l = &lists[i];

		if (l->words->count == 0 ||
		    (l->what == REMEDY_NAME &&
			remedy_name_is_listed(l->words, e)))
			continue;
		if (!remedy_is_shown(f, l->what))
			remedy_fix_hidden(f, l);
		else if (l->what == REMEDY_FINGERPRINT)
			remedy_fix_fingerprint(f, l);
		else
			remedy_fix_list(f, l);
	}
}

static void
remedy_fix_client(struct fix *f, const struct peer_group *group)
{
	char shown[64];

	if (group->client_count == 0 ||
	    netrange_any(group->clients, group->client_count, &f->e.client))
		return;
	remedy_add_step(f->way, &(struct remedy_step){ .what = REMEDY_ADDRESS,
		.text = slice_of(arena_string(f->arena, slice_of(
		    netrange_show(&group->clients[0], shown,
			sizeof(shown))))),
		.more = group->client_count > 1 });
	f->e.client = group->clients[0].base;
}

static void
remedy_fix_peer(struct fix *f)
{
	const struct demand *demand = f->d->demand;
	const struct peer_group *group;

	if (demand->peer_count == 0) {
		remedy_fix_verified(f);
		return;
	}
	group = remedy_nearest_group(demand, &f->e);
	if (peer_group_needs_certificate(group))
		remedy_fix_verified(f);
	remedy_fix_lists(f, group);
	remedy_fix_client(f, group);
}

static void
remedy_fix(struct fix *f, enum check check)
{
	enum floor floor;

	if (check_is_floor(check, &floor)) {
		remedy_fix_floor(f, floor);
		return;
	}
	switch (check) {
	case CHECK_TLS:
		remedy_fix_tls(f);
		break;
	case CHECK_PEER:
		remedy_fix_peer(f);
		break;
	case CHECK_LEVEL:
	case CHECK_FLOOR:
	case CHECK_COUNT:
		break;
	}
}

void
remedy_fix_all(struct fix *f)
{
	const struct demand *demand = f->d->demand;

	for (unsigned i = 0; i < CHECK_COUNT; i++) {
		enum check check = (enum check)i;

		if (verdict_check(check, demand, &f->e).verdict !=
		    VERDICT_PASS)
			remedy_fix(f, check);
	}
	if (verdict_decide(demand, &f->e).verdict != VERDICT_PASS)
		f->hopeless = true;
}
