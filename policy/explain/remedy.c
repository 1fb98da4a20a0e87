/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/evidence/measure.h"
#include "policy/explain/remedy_alternative.h"
#include "policy/explain/remedy_step.h"
#include "policy/judge/request.h"

/* One way in the making: the evidence as it would be after its steps. */
struct fix {
	const struct policy *policy;
	const struct request *request;
	const struct decision *d;
	struct evidence e;
	enum mta mta;                   /* whose macros they are, after steps */
	bool any_mta;                   /* which one it is has to be found */
	bool had_tls;
	bool kept;                      /* the rule demands something else now,
	                                 * and its file changes nothing here */
	bool hopeless;                  /* the hop cannot show what is asked */
	struct arena *arena;
	struct remedy_way *way;
};

/* Macros that are in no record, which tells only what was read from them. */
static bool
remedy_has_macros(const struct fix *f)
{
	return f->request->measured == NULL &&
	    f->d->proof->source == SOURCE_MACROS;
}

static void
remedy_add_macro(struct fix *f, enum macro macro)
{
	remedy_add_step(f->way, &(struct remedy_step){ .what = REMEDY_MACRO,
		.macro = macro });
}

/* Reads the macros again as those of mta, v included. */
static void
remedy_read_again(struct fix *f, enum mta mta, struct slice version)
{
	struct macros m = f->request->macros;

	f->mta = mta;
	m.value[MACRO_MTA_VERSION] = version;
	evidence_from_macros(&m, mta, f->arena, &f->e);
}

/* Whether an MTA of this dialect sends every macro that came. */
static bool
remedy_is_possible(const struct dialect *dialect, const struct macros *m)
{
	if (!dialect_is_known(dialect))
		return false;
	for (unsigned i = MACRO_TLS_VERSION; i <= MACRO_AUTH_AUTHEN; i++)
		if (macros_has(m, (enum macro)i) && !dialect->sends[i])
			return false;
	return true;
}

/* Whether it shows if a certificate was verified when the macros are read as
 * those of mta: then f has that reading. */
static bool
remedy_try_mta(struct fix *f, enum mta mta)
{
	const struct dialect *dialect = dialect_of(mta);
	struct fix before = *f;
	char version[32];

	if (!remedy_is_possible(dialect, &f->request->macros))
		return false;
	dialect->show_version(&f->policy->settings, version, sizeof(version));
	remedy_read_again(f, mta, macros_has(&f->request->macros,
	    MACRO_MTA_VERSION) ? macros_get(&f->request->macros,
	    MACRO_MTA_VERSION) : slice_of(arena_string(f->arena,
	    slice_of(version))));
	if (f->e.verified != PROOF_UNKNOWN)
		return true;
	*f = before;
	return false;
}

static bool
remedy_try_mtas(struct fix *f)
{
	for (unsigned i = 0; i < MTA_COUNT; i++)
		if (remedy_try_mta(f, (enum mta)i))
			return true;
	return false;
}

/* What an unknown MTA sends is not known either. */
static bool
remedy_may_send(const struct fix *f, enum macro macro)
{
	const struct dialect *dialect = dialect_of(f->mta);

	return !dialect_is_known(dialect) || dialect->sends[macro];
}

static bool
remedy_asks_proof(const struct fix *f)
{
	return f->d->demand->level == LEVEL_VERIFY;
}

static bool
remedy_peer_passes(const struct fix *f)
{
	return verdict_check(CHECK_PEER, f->d->demand, &f->e).verdict ==
	    VERDICT_PASS;
}

/* Whether the macros may be those of an MTA other than f->mta: v names another
 * one, or none, and they cannot be its own or may be another's. */
static bool
remedy_doubts_mta(const struct fix *f)
{
	const struct macros *m = &f->request->macros;
	enum mta named = dialect_by_version(m);

	if (named != MTA_UNKNOWN)
		return named != f->mta;
	if (f->mta != MTA_UNKNOWN &&
	    !remedy_is_possible(dialect_of(f->mta), m))
		return true;
	return !macros_has(m, MACRO_VERIFY);
}

/* From an unknown MTA no macro of TLS may be plaintext, or its way. */
static bool
remedy_hides_plaintext(const struct fix *f)
{
	return f->mta == MTA_UNKNOWN && f->e.tls == PROOF_UNKNOWN;
}

/* The MTA is not known, or is not the one of milter.mta. */
static void
remedy_fix_mta(struct fix *f)
{
	const struct macros *m = &f->request->macros;
	struct remedy_step step = { .what = REMEDY_MTA,
		.shown = macros_get(m, MACRO_MTA_VERSION) };
	enum mta named = dialect_by_version(m);

	if (!remedy_hides_plaintext(f) &&
	    (!remedy_asks_proof(f) || remedy_peer_passes(f)))
		return;
	if (remedy_has_macros(f) && f->had_tls) {
		if (!remedy_doubts_mta(f) || !(named != MTA_UNKNOWN
		    ? remedy_try_mta(f, named) : remedy_try_mtas(f)) ||
		    f->mta == f->request->mta)
			return;
		step.text = slice_of(dialect_of(f->mta)->setting);
	} else if (f->mta != MTA_UNKNOWN)
		return;
	else
		f->any_mta = true;
	remedy_add_step(f->way, &step);
}

/* Adds the macros without which no other proves anything; false when the rest
 * cannot be known before they come. */
static bool
remedy_fix_sentinels(struct fix *f)
{
	const struct macros *m = &f->request->macros;

	if (!macros_has(m, MACRO_CLIENT_ADDR)) {
		remedy_add_macro(f, MACRO_CLIENT_ADDR);
		return false;
	}
	if (remedy_has_macros(f) && remedy_asks_proof(f) &&
	    !macros_has(m, MACRO_MTA_VERSION)) {
		remedy_add_macro(f, MACRO_MTA_VERSION);
		if (f->mta == MTA_UNKNOWN)
			remedy_try_mtas(f);
		else
			remedy_try_mta(f, f->mta);
	}
	if (f->d->hop == HOP_INBOUND && !macros_has(m, MACRO_MAIL_ADDR))
		remedy_add_macro(f, MACRO_MAIL_ADDR);
	return true;
}

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

/* Makes the evidence pass, check by check. */
static void
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

/* What an own relay's Received field does not show, that relay can decide
 * itself. */
static void
remedy_add_judged(const struct fix *f, struct remedy *out)
{
	if (f->d->proof->source != SOURCE_RECEIVED ||
	    f->d->hop == HOP_EARLIER ||
	    (!f->hopeless && f->d->finding.verdict == VERDICT_FAIL))
		return;
	remedy_add_step(remedy_new_way(out), &(struct remedy_step){
		.what = REMEDY_JUDGED });
}

static bool
remedy_is_undecided(const struct decision *d)
{
	return d->finding.verdict == VERDICT_UNDECIDED;
}

/* The way of the client, and of the MTA that shows what it does. */
static void
remedy_for_session(struct fix *f, struct remedy *out)
{
	const struct decision *d = f->d;

	f->way = remedy_new_way(out);
	if (d->proof->source == SOURCE_MACROS &&
	    request_listener(f->request, &f->policy->settings) ==
		LISTENER_PROXIED) {
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_DIRECT });
		return;
	}
	if (!remedy_fix_sentinels(f))
		return;
	if (d->proof->source == SOURCE_RECEIVED && remedy_is_undecided(d))
		remedy_add_step(f->way, &(struct remedy_step){
			.what = REMEDY_RELAY_FIELD });
	if (d->proof->source == SOURCE_MACROS)
		remedy_fix_mta(f);
	/* What the field will show once it shows anything is not known. */
	if (d->hop == HOP_EARLIER && remedy_is_undecided(d) &&
	    d->proof->source == SOURCE_RECEIVED)
		return;
	remedy_fix_all(f);
	if (f->hopeless || f->way->count == 0)
		out->count--;
}

/* What the peer must show today's rule, for a demand from before that this hop
 * cannot meet at all. */
static void
remedy_for_today(struct fix f, const struct decision *d, enum stage stage,
    struct remedy *out)
{
	struct decision today = *d;

	today.demand = &d->rule->demand;
	f.d = &today;
	f.e = *d->proof;
	f.mta = f.request->mta;
	f.kept = f.hopeless = f.any_mta = false;
	remedy_for_session(&f, out);
	if (out->count > 0)
		remedy_then_stage(d, stage, out);
}

static void
remedy_for_demand(const struct policy *policy, const struct request *request,
    const struct decision *d, struct arena *a, struct remedy *out)
{
	enum stage kept = remedy_kept_stage(policy, d);
	struct fix f = { .policy = policy, .request = request, .d = d,
		.e = *d->proof, .mta = request->mta, .arena = a,
		.had_tls = d->proof->tls == PROOF_PRESENT,
		.kept = kept != STAGE_UNSET };

	remedy_for_session(&f, out);
	if (d->hop != HOP_INBOUND ||
	    macros_has(&request->macros, MACRO_MAIL_ADDR)) {
		if (f.kept)
			remedy_add_stage(d, kept, a, out);
		else
			remedy_add_alternatives(d, a, out);
	}
	if (f.kept && out->count == 0)
		remedy_for_today(f, d, kept, out);
	remedy_add_judged(&f, out);
}

/* Reasons with a remedy of their own, whatever the rule is. */
static const struct {
	enum reason reason;
	enum remedy_what what;
} by_reason[] = {
	{ REASON_DESTINATION_UNKNOWN, REMEDY_RECIPIENT },
	{ REASON_NAME_UNREADABLE, REMEDY_READABLE },
	{ REASON_TLS_REQUIRED_NO, REMEDY_NO_TLS_REQUIRED },
	{ REASON_TOO_MANY_RECIPIENTS, REMEDY_FEWER },
	{ REASON_TOO_MANY_WAITING, REMEDY_FINISH },
	{ REASON_CHANGE_REFUSED, REMEDY_CHANGES },
	{ REASON_FORGED_FIELDS, REMEDY_NO_FIELDS },
	{ REASON_POLICY_UNAVAILABLE, REMEDY_LOAD },
	{ REASON_SHUTTING_DOWN, REMEDY_RUN },
};

static bool
remedy_by_reason(enum reason reason, struct remedy *out)
{
	for (size_t i = 0; i < COUNT_OF(by_reason); i++)
		if (by_reason[i].reason == reason) {
			remedy_add_step(remedy_new_way(out),
			    &(struct remedy_step){
				.what = by_reason[i].what });
			return true;
		}
	return false;
}

/* A decision that no rule or no evidence was used for. */
static void
remedy_without_evidence(const struct decision *d, struct remedy *out)
{
	struct remedy_step step = { .what = REMEDY_NEW_SESSION };

	if (d->finding.reason != REASON_EVIDENCE_MISSING)
		return;
	if (d->rule == NULL && d->hop == HOP_INBOUND)
		step = (struct remedy_step){ .what = REMEDY_MACRO,
			.macro = MACRO_MAIL_ADDR };
	else if (d->rule == NULL)
		step.what = REMEDY_SHORT_ROUTE;
	remedy_add_step(remedy_new_way(out), &step);
}

void
remedy_find(const struct policy *policy, const struct request *request,
    const struct decision *decision, struct arena *a, struct remedy *out)
{
	const struct decision *d = decision;

	assert(policy != NULL && request != NULL);
	*out = (struct remedy){ .count = 0 };
	if (d->finding.verdict == VERDICT_PASS ||
	    remedy_by_reason(d->finding.reason, out))
		return;
	if (d->finding.reason == REASON_ROUTE_UNCOVERED)
		remedy_for_route(policy, request, d, a, out);
	else if (d->finding.reason == REASON_ROUTE_UNKNOWN)
		remedy_for_unseen_route(request, out);
	else if (d->rule != NULL && d->proof != NULL)
		remedy_for_demand(policy, request, d, a, out);
	else
		remedy_without_evidence(d, out);
}
