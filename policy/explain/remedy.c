/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/remedy.h"
#include "policy/base/text.h"
#include "policy/evidence/measure.h"

enum { SHOWN = 200 };

/* A host name that a pattern covers. */
static struct slice
remedy_host_of(struct slice pattern, struct arena *a)
{
	if (pattern.n == 0 || pattern.p[0] != '.')
		return pattern;
	return slice_of(arena_printf(a, "host%.*s", SLICE_ARGS(pattern)));
}

/* Makes fact match a list of a group if it does not, and adds that to t. */
static void
remedy_fix_words(const struct words *words, struct fact *fact,
    const char *what, struct arena *a, struct text *t)
{
	char shown[SHOWN];

	if (words->count == 0)
		return;
	for (size_t i = 0; i < words->count; i++)
		if (fact->proof == PROOF_PRESENT &&
		    slice_eq(words->list[i], fact->text))
			return;
	slice_show(words->list[0], shown, sizeof(shown));
	text_join(t, ", ", "%s %s%s", what, shown, words->count > 1 ?
	    " (or another that is listed)" : "");
	*fact = (struct fact){ PROOF_PRESENT,
		remedy_host_of(words->list[0], a) };
}

/* The first group that the peer fails by its identity alone, because its remedy
 * is the smallest; else the first one. */
static const struct peer_group *
remedy_nearest_group(const struct demand *demand, const struct evidence *e)
{
	assert(demand->peer_count > 0);
	for (size_t i = 0; i < demand->peer_count; i++) {
		struct demand one = *demand;

		one.peers = &demand->peers[i];
		one.peer_count = 1;
		if (verdict_check(CHECK_PEER, &one, e).reason ==
		    REASON_IDENTITY_MISMATCH)
			return &demand->peers[i];
	}
	return &demand->peers[0];
}

/* Returns whether the text now asks for a certificate. */
static bool
remedy_fix_verified(struct evidence *e, struct text *t)
{
	if (e->verified == PROOF_PRESENT)
		return false;
	e->verified = PROOF_PRESENT;
	text_join(t, ", ", "a client certificate that the MTA verifies");
	return true;
}

static bool
remedy_name_is_listed(const struct words *names, const struct evidence *e)
{
	struct peer_group group = { .names = *names };
	struct demand demand = { .level = LEVEL_VERIFY, .peers = &group,
		.peer_count = 1 };
	struct evidence verified = *e;

	verified.verified = PROOF_PRESENT;
	return verdict_check(CHECK_PEER, &demand, &verified).verdict ==
	    VERDICT_PASS;
}

static void
remedy_fix_peer(const struct demand *demand, struct evidence *e,
    struct arena *a, struct text *t)
{
	const struct peer_group *group;
	char shown[64];
	bool asked;

	if (demand->peer_count == 0) {
		remedy_fix_verified(e, t);
		return;
	}
	group = remedy_nearest_group(demand, e);
	asked =
	    peer_group_needs_certificate(group) && remedy_fix_verified(e, t);
	if (group->names.count > 0 && !remedy_name_is_listed(&group->names, e))
		remedy_fix_words(&group->names, &e->peer,
		    asked ? "with the name" : "a certificate with the name", a,
		    t);
	remedy_fix_words(&group->subjects, &e->subject,
	    asked ? "with the subject" : "a certificate with the subject", a,
	    t);
	remedy_fix_words(&group->issuers, &e->issuer, asked ? "issued by" :
	    "a certificate issued by", a, t);
	remedy_fix_words(&group->fingerprints, &e->fingerprint, asked ?
	    "with the fingerprint" : "a certificate with the fingerprint",
	    a, t);
	remedy_fix_words(&group->logins, &e->login, "a login as", a, t);
	if (group->client_count > 0 && !netrange_any(group->clients,
	    group->client_count, &e->client)) {
		text_join(t, ", ", "from an address in %s", netrange_show(
		    &group->clients[0], shown, sizeof(shown)));
		e->client = group->clients[0].base;
	}
}

static void
remedy_fix_floor(enum floor floor, const struct demand *demand,
    struct evidence *e, struct text *t)
{
	char shown[SHOWN];
	struct text words;

	measure_set(floor, demand->floor[floor], e);
	text_init(&words, shown, sizeof(shown));
	floor_add_remedy(floor, demand->floor[floor], &words);
	text_join(t, ", ", "%s", shown);
}

/* TLS of the version that is asked for, if one is. */
static void
remedy_fix_tls(const struct demand *demand, struct evidence *e, struct text *t)
{
	e->tls = PROOF_PRESENT;
	if (demand->floor[FLOOR_TLS] != 0)
		remedy_fix_floor(FLOOR_TLS, demand, e, t);
	else
		text_join(t, ", ", "TLS");
	text_add(t, " (the client must use STARTTLS)");
}

static void
remedy_fix(enum check check, const struct demand *demand, struct evidence *e,
    struct arena *a, struct text *t)
{
	enum floor floor;

	if (check_is_floor(check, &floor)) {
		remedy_fix_floor(floor, demand, e, t);
		return;
	}
	switch (check) {
	case CHECK_TLS:
		remedy_fix_tls(demand, e, t);
		break;
	case CHECK_PEER:
		remedy_fix_peer(demand, e, a, t);
		break;
	case CHECK_LEVEL:
	case CHECK_FLOOR:
	case CHECK_COUNT:
		break;
	}
}

/* Whether groups list names, but none the peer's. */
static bool
remedy_is_unlisted(const struct demand *demand, const struct evidence *e)
{
	bool asks = false;

	for (size_t i = 0; i < demand->peer_count; i++) {
		if (demand->peers[i].names.count == 0)
			continue;
		asks = true;
		if (remedy_name_is_listed(&demand->peers[i].names, e))
			return false;
	}
	return asks;
}

/* What the administrator can do instead if the peer's name is a good one. */
static void
remedy_add_alternative(const struct decision *d, struct text *t)
{
	const struct fact *peer = &d->proof->peer;
	char shown[SHOWN];

	if (d->finding.reason != REASON_IDENTITY_MISMATCH ||
	    peer->proof != PROOF_PRESENT || d->rule->place.file == NULL ||
	    !remedy_is_unlisted(&d->rule->demand, d->proof))
		return;
	slice_show(peer->text, shown, sizeof(shown));
	text_join(t, "; ", "or, if %s is theirs, add it to the rule at "
	    "%s:%u", shown, d->rule->place.file, d->rule->place.line);
}

static const char *
remedy_for_demand(const struct request *request, const struct decision *d,
    struct arena *a)
{
	struct evidence e;
	char words[TEXT_SENTENCE];
	struct text t;
	enum macro missing;

	assert(d->rule != NULL && d->proof != NULL);
	e = *d->proof;
	text_init(&t, words, sizeof(words));
	if (d->finding.verdict == VERDICT_UNDECIDED &&
	    macros_lack_sentinel(&request->macros, d->hop, &missing))
		return arena_printf(a, "the MTA must send the macro %s: "
		    "without it nothing is proven", macro_name(missing));
	for (unsigned i = 0; i < CHECK_COUNT; i++) {
		enum check check = (enum check)i;

		if (verdict_check(check, &d->rule->demand, &e).verdict !=
		    VERDICT_PASS)
			remedy_fix(check, &d->rule->demand, &e, a, &t);
	}
	if (verdict_decide(&d->rule->demand, &e).verdict != VERDICT_PASS)
		return "nothing: this hop cannot prove what the rule asks";
	remedy_add_alternative(d, &t);
	return text_copy(&t, a);
}

static const char *
remedy_for_route(const struct request *request, const struct decision *d,
    struct arena *a)
{
	char shown[SHOWN], partner[80];

	slice_show(macros_get(&request->macros, MACRO_RCPT_HOST), shown,
	    sizeof(shown));
	slice_show(d->partner, partner, sizeof(partner));
	return arena_printf(a, "mail to it is routed to %s, which no row "
	    "covers as strictly: give %s next_hops = [ \"%s\" ]", shown,
	    partner, shown);
}

const char *
remedy_of(const struct request *request,
    const struct decision *decision, struct arena *a)
{
	const struct decision *d = decision;

	if (d->finding.verdict == VERDICT_PASS)
		return NULL;
	if (d->finding.reason == REASON_ROUTE_UNCOVERED)
		return remedy_for_route(request, d, a);
	if (d->finding.reason == REASON_NAME_UNREADABLE)
		return "addresses and next hops that can be read";
	if (d->finding.reason == REASON_DESTINATION_UNKNOWN)
		return "a recipient address with a domain that can be read";
	if (d->finding.reason == REASON_TLS_REQUIRED_NO)
		return "a message without the header field TLS-Required: no";
	if (d->rule != NULL && d->proof != NULL)
		return remedy_for_demand(request, d, a);
	if (d->hop == HOP_INBOUND && d->rule == NULL)
		return "the MTA must send MAIL, or the macro {mail_addr}";
	return "the message header, which the daemon did not request in this "
	    "session";
}
