/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/nexthop.h"

/* The demand of terms[i]; where it verifies and lists no peer, the peer is the
 * next hop itself, or a host below it. */
static struct demand
nexthop_demand_of(const struct outbound_row *row, size_t i,
    const struct key *host, struct arena *a)
{
	struct demand d = outbound_row_demand(row, i);
	struct peer_group *own;
	struct slice *names;

	if (d.level != LEVEL_VERIFY || d.dane || d.peer_count > 0)
		return d;
	own = arena_alloc(a, sizeof(*own));
	names = arena_array(a, 2, sizeof(*names));
	names[0] = arena_copy(a, key_slice(host));
	names[1] = slice_of(arena_printf(a, ".%.*s",
	    SLICE_ARGS(key_slice(host))));
	own->names = (struct words){ names, 2 };
	d.peers = own;
	d.peer_count = 1;
	return d;
}

/* TLSA records take the place of names; the rest of the demand holds. */
static struct finding
nexthop_judge_dane(struct demand d, const struct nexthop_proof *proof)
{
	if (!proof->dane)
		return (struct finding){ VERDICT_FAIL, REASON_DANE_REQUIRED };
	d.level = LEVEL_ENCRYPT;
	d.dane = false;
	return verdict_decide(&d, proof->evidence);
}

static bool
nexthop_failed(const struct nexthop *n)
{
	return n->kind == OUTBOUND_OK && n->finding.verdict != VERDICT_PASS;
}

/* A server is named by all names of its certificate: one without the wanted
 * name is another server's, not one whose name is not shown. */
static struct finding
nexthop_decide(const struct demand *d, const struct evidence *evidence)
{
	struct finding finding = verdict_decide(d, evidence);

	if (finding.reason == REASON_NAME_MISSING)
		finding.reason = REASON_IDENTITY_MISMATCH;
	return finding;
}

static void
nexthop_judge_row(const struct outbound_row *row, const struct key *host,
    const struct nexthop_proof *proof, struct arena *a, struct nexthop *out)
{
	for (size_t i = 0; i < row->term_count && !nexthop_failed(out); i++) {
		struct demand d = nexthop_demand_of(row, i, host, a);

		out->kind = OUTBOUND_OK;
		out->finding = d.dane ? nexthop_judge_dane(d, proof)
				      : nexthop_decide(&d, proof->evidence);
		out->judged_by = *row;
		out->demand = row->terms[i].demand;
	}
}

void
nexthop_judge(const struct policy *policy, const struct outbound_key *key,
    int64_t now, const struct nexthop_proof *proof, struct arena *a,
    struct nexthop *out)
{
	struct outbound_row acting, second;

	assert(proof->evidence != NULL);
	*out = (struct nexthop){ .kind = OUTBOUND_TEMP,
		.finding = { VERDICT_UNDECIDED, REASON_UNSET } };
	if (key->form != OUTBOUND_FORM_HOST)
		return;
	out->kind = OUTBOUND_NOTFOUND;
	outbound_rows(policy, key, now, &acting, &second);
	nexthop_judge_row(&acting, &key->host, proof, a, out);
	nexthop_judge_row(&second, &key->host, proof, a, out);
	assert(out->kind != OUTBOUND_OK || out->judged_by.rule != NULL);
}

void
nexthop_merge(struct nexthop *into, const struct nexthop *other)
{
	if (nexthop_failed(into))
		return;
	if (nexthop_failed(other) || other->kind == OUTBOUND_TEMP)
		*into = *other;
	else if (into->kind != OUTBOUND_TEMP && other->kind == OUTBOUND_OK)
		*into = *other;
}
