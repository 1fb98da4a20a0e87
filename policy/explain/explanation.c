/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/explain/explanation.h"
#include "policy/base/text.h"
#include "policy/evidence/measure.h"

enum { SHOWN = 200, DEMAND = 512 };

/* Names. */

static size_t
explanation_names_for(const struct policy *policy, enum hop hop,
    const struct destinations *names, struct arena *a,
    struct explained_name *out)
{
	if (!table_has_hop(policy->table, hop))
		return 0;
	for (size_t i = 0; i < names->count; i++) {
		const struct destination *name = &names->list[i];
		struct row rows[TABLE_ROWS];
		struct row *copy;

		out[i].hop = hop;
		out[i].name = *name;
		out[i].count = policy_rows(policy, hop, name->kind,
		    name->text, !name->route, rows);
		assert(out[i].count <= TABLE_ROWS);
		copy = arena_array(a, out[i].count + 1, sizeof(*copy));
		memcpy(copy, rows, out[i].count * sizeof(*copy));
		out[i].rows = copy;
	}
	return names->count;
}

size_t
explanation_names(const struct policy *policy, const struct request *request,
    struct arena *a, struct explained_name **out)
{
	struct destinations to, from;
	struct explained_name *list = arena_array(a,
	    (size_t)HOP_COUNT * DESTINATIONS, sizeof(*list));
	size_t n;

	destinations_of_recipient(request, &policy->settings, a, &to);
	destinations_of_sender(request, &policy->settings, a, &from);
	n = explanation_names_for(policy, HOP_INBOUND, &from, a, list);
	n += explanation_names_for(policy, HOP_ENTRY, &to, a, list + n);
	n += explanation_names_for(policy, HOP_EARLIER, &to, a, list + n);
	n += explanation_names_for(policy, HOP_OUTBOUND, &to, a, list + n);
	*out = list;
	return n;
}

/* Steps. */

static bool
explanation_is_asked(enum check check, const struct demand *demand)
{
	enum floor floor;

	if (demand->level == LEVEL_NONE)
		return false;
	if (check_is_floor(check, &floor))
		return demand->floor[floor] != 0;
	switch (check) {
	case CHECK_LEVEL:
		return demand->level == LEVEL_UNSET;
	case CHECK_TLS:
		return true;
	case CHECK_PEER:
		return demand->level == LEVEL_VERIFY || demand->peer_count > 0;
	case CHECK_FLOOR:
	case CHECK_COUNT:
		break;
	}
	return true;
}

/* The demand without its floors, which are steps of their own. */
static const char *
explanation_show_peer_demand(const struct demand *demand, struct arena *a)
{
	struct demand peer = *demand;
	char text[DEMAND];

	memset(peer.floor, 0, sizeof(peer.floor));
	demand_show(&peer, text, sizeof(text));
	return arena_string(a, slice_of(text));
}

static const char *
explanation_show_floor(enum floor floor, const struct demand *demand,
    struct arena *a)
{
	char words[SHOWN];
	struct text p;

	text_init(&p, words, sizeof(words));
	floor_add_phrase(floor, demand->floor[floor], &p);
	return text_copy(&p, a);
}

static const char *
explanation_show_wanted(enum check check, const struct demand *demand,
    struct arena *a)
{
	enum floor floor;

	if (check_is_floor(check, &floor))
		return explanation_show_floor(floor, demand, a);
	switch (check) {
	case CHECK_LEVEL:
		return level_name(demand->level);
	case CHECK_TLS:
		return "TLS";
	case CHECK_PEER:
		return explanation_show_peer_demand(demand, a);
	case CHECK_FLOOR:
	case CHECK_COUNT:
		break;
	}
	return "";
}

static void
explanation_add_fact(struct text *t, const char *what,
    const struct fact *fact)
{
	char shown[SHOWN];

	if (fact->proof == PROOF_PRESENT) {
		slice_show(fact->text, shown, sizeof(shown));
		text_join(t, ", ", "%s \"%s\"", what, shown);
	} else {
		text_join(t, ", ", fact->proof == PROOF_ABSENT ? "no %s" :
		    "%s not known", what);
	}
}

static bool
explanation_asks_for(const struct demand *demand, size_t offset)
{
	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct words *words = (const void *)
		    ((const char *)&demand->peers[i] + offset);

		if (words->count > 0)
			return true;
	}
	return false;
}

static bool
explanation_asks_clients(const struct demand *demand)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		if (demand->peers[i].client_count > 0)
			return true;
	return false;
}

static const char *
explanation_show_verified(enum proof verified)
{
	switch (verified) {
	case PROOF_PRESENT:
		return "certificate verified";
	case PROOF_ABSENT:
		return "no verified certificate";
	case PROOF_UNKNOWN:
		break;
	}
	return "not known whether verified";
}

static const char *
explanation_show_peer(const struct demand *demand, const struct evidence *e,
    struct arena *a)
{
	static const struct {
		size_t asked, fact;
		const char *what;
	} facts[] = {
		{ offsetof(struct peer_group, names),
		    offsetof(struct evidence, peer), "name" },
		{ offsetof(struct peer_group, subjects),
		    offsetof(struct evidence, subject), "subject" },
		{ offsetof(struct peer_group, issuers),
		    offsetof(struct evidence, issuer), "issuer" },
		{ offsetof(struct peer_group, fingerprints),
		    offsetof(struct evidence, fingerprint), "fingerprint" },
		{ offsetof(struct peer_group, logins),
		    offsetof(struct evidence, login), "login" },
	};
	char words[TEXT_SENTENCE];
	struct text t;
	char client[64];

	text_init(&t, words, sizeof(words));
	text_add(&t, "%s", explanation_show_verified(e->verified));
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		if (explanation_asks_for(demand, facts[i].asked))
			explanation_add_fact(&t, facts[i].what, (const void *)
			    ((const char *)e + facts[i].fact));
	if (explanation_asks_clients(demand))
		text_join(&t, ", ", "client %s", e->client.family == 0 ?
		    "not known" : netaddr_show(&e->client, client,
		    sizeof(client)));
	return text_copy(&t, a);
}

static const char *
explanation_show_tls(enum proof tls)
{
	switch (tls) {
	case PROOF_PRESENT:
		return "TLS";
	case PROOF_ABSENT:
		return "plaintext";
	case PROOF_UNKNOWN:
		break;
	}
	return "not known";
}

static const char *
explanation_show_measured(enum floor floor, const struct evidence *e,
    struct arena *a)
{
	char shown[SHOWN];

	measure_show(floor, e, shown, sizeof(shown));
	return arena_string(a, slice_of(shown));
}

static const char *
explanation_show_found(enum check check, const struct demand *demand,
    const struct evidence *e, struct arena *a)
{
	enum floor floor;

	if (check_is_floor(check, &floor))
		return explanation_show_measured(floor, e, a);
	switch (check) {
	case CHECK_LEVEL:
		return "";
	case CHECK_TLS:
		return explanation_show_tls(e->tls);
	case CHECK_PEER:
		return explanation_show_peer(demand, e, a);
	case CHECK_FLOOR:
	case CHECK_COUNT:
		break;
	}
	return "";
}

size_t
explanation_steps(const struct demand *demand,
    const struct evidence *evidence, struct arena *a,
    struct explained_step out[CHECK_COUNT])
{
	size_t n = 0;

	assert(demand != NULL && evidence != NULL);
	for (unsigned i = 0; i < CHECK_COUNT; i++) {
		enum check check = (enum check)i;

		if (!explanation_is_asked(check, demand))
			continue;
		out[n].check = check;
		out[n].finding = verdict_check(check, demand, evidence);
		out[n].wanted = explanation_show_wanted(check, demand, a);
		out[n].found = explanation_show_found(check, demand, evidence,
		    a);
		n++;
	}
	return n;
}

const char *
explanation_exempt(enum exempt exempt)
{
	switch (exempt) {
	case EXEMPT_NONE:
	case EXEMPT_COUNT:
		return NULL;
	case EXEMPT_POSTMASTER:
		return "postmaster of a served domain must be reachable "
		    "(RFC 5321 section 4.5.1)";
	case EXEMPT_LOCAL_CLIENT:
		return "the client is in local_clients: its connection crosses "
		    "no network";
	case EXEMPT_REINJECT:
		return "an after-queue filter on this host returns it";
	case EXEMPT_SUBMISSION:
		return "sendmail(1) on this host: it crossed no hop";
	case EXEMPT_JUDGED_RELAY:
		return "the sending relay runs enforcetls and has judged it";
	case EXEMPT_ELSEWHERE:
		return "the client is outside the rule's clients, and "
		    "elsewhere is \"log\"";
	}
	return "the reason is not known";
}
