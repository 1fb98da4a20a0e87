/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/earlier.h"
#include "policy/base/limits.h"

/* Nothing is known: no fact of it can satisfy a demand. */
static const struct evidence nothing = { .source = SOURCE_RECEIVED };

static enum received_trust
earlier_trust_of(const struct settings *settings,
    const struct received *received)
{
	const struct netaddr *client = &received->proof.client;

	switch (received->passage) {
	case PASSAGE_INSIDE:
		return TRUST_INSIDE;
	case PASSAGE_ORIGIN:
		return TRUST_ORIGIN;
	case PASSAGE_HOP:
		if (client->family == 0)
			return TRUST_UNREADABLE;
		return settings_relay(settings, client) != NULL
		    ? TRUST_RELAYED
		    : TRUST_EDGE;
	case PASSAGE_UNKNOWN:
		break;
	}
	return TRUST_UNREADABLE;
}

static void
earlier_add_hop(struct earlier *out, const struct evidence *hop)
{
	out->hops[out->hop_count++] = hop;
}

/* Takes one believed field into account; whether the next one, which the
 * host that this one names has written, is believed too. */
static bool
earlier_follow(struct earlier *out, const struct trusted_field *field)
{
	const struct evidence *proof = &field->received.proof;

	switch (field->trail) {
	case TRUST_RELAYED:
		earlier_add_hop(out, proof);
		return true;
	case TRUST_INSIDE:
		return true;
	case TRUST_EDGE:
		out->edge = proof;
		return false;
	case TRUST_UNREADABLE:
		/* It may be a hop between own relays, with others below. */
		earlier_add_hop(out, &nothing);
		return false;
	case TRUST_ORIGIN:
	case TRUST_STRANGE:
		break;
	}
	return false;
}

/* Room for every field, the session and one that nothing is known of. */
static void
earlier_make_room(size_t count, struct arena *a, struct earlier *out)
{
	*out = (struct earlier){ .edge = &nothing, .field_count = count };
	out->hops = arena_array(a, count + 2, sizeof(*out->hops));
	out->fields = arena_array(a, count, sizeof(*out->fields));
}

static size_t
earlier_kept(size_t count)
{
	return count > LIMIT_RECEIVED ? LIMIT_RECEIVED : count;
}

/* Follows the trail from the top field down; what a peer put below the first
 * field not believed costs nothing. Returns how many fields were read. */
static size_t
earlier_follow_all(const struct settings *settings,
    const struct slice *received, size_t count, struct arena *a,
    struct earlier *out)
{
	bool believed = true;
	size_t i = 0;

	for (; i < out->field_count && believed; i++) {
		struct trusted_field *field = &out->fields[i];

		received_read(received[i], a, &field->received);
		field->trail = earlier_trust_of(settings, &field->received);
		believed = earlier_follow(out, field);
	}
	/* There are more, and the next one would be believed. */
	if (believed && count > out->field_count)
		earlier_add_hop(out, &nothing);
	return i;
}

void
earlier_fields(const struct settings *settings, bool believed,
    const struct slice *received, size_t count, struct arena *a,
    struct earlier *out)
{
	size_t i = 0;

	earlier_make_room(earlier_kept(count), a, out);
	out->relayed = believed ? PROOF_PRESENT : PROOF_ABSENT;
	if (believed)
		i = earlier_follow_all(settings, received, count, a, out);
	for (; i < out->field_count; i++)
		received_read(received[i], a, &out->fields[i].received);
}

void
earlier_read(const struct settings *settings, const struct evidence *session,
    const struct slice *received, size_t count, struct arena *a,
    struct earlier *out)
{
	earlier_make_room(earlier_kept(count), a, out);
	if (session->client.family == 0) {
		earlier_add_hop(out, &nothing);
		return;
	}
	if (settings_relay(settings, &session->client) == NULL) {
		out->relayed = PROOF_ABSENT;
		out->edge = session;
		return;
	}
	out->relayed = PROOF_PRESENT;
	/* A filter on this host, told to be one. */
	if (!settings_is_local(settings, &session->client))
		earlier_add_hop(out, session);
	earlier_follow_all(settings, received, count, a, out);
}

static int
earlier_weight(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return 0;
	case VERDICT_UNDECIDED:
		return 1;
	case VERDICT_FAIL:
		return 2;
	}
	return 2;
}

struct finding
earlier_decide(const struct demand *demand, const struct earlier *earlier,
    const struct evidence **which)
{
	struct finding worst = { VERDICT_PASS, REASON_OK };
	const struct evidence *whose = NULL;

	for (size_t i = 0; i < earlier->hop_count; i++) {
		const struct evidence *hop = earlier->hops[i];
		struct finding finding = verdict_decide(demand, hop);

		if (finding.reason == REASON_EVIDENCE_MISSING &&
		    hop->source == SOURCE_RECEIVED)
			finding.reason = REASON_EARLIER_UNKNOWN;
		if (whose != NULL &&
		    earlier_weight(finding.verdict) <=
			earlier_weight(worst.verdict))
			continue;
		worst = finding;
		whose = hop;
	}
	if (which != NULL)
		*which = whose;
	return worst;
}

const char *
received_trust_name(enum received_trust trail)
{
	switch (trail) {
	case TRUST_STRANGE:
		return "not believed";
	case TRUST_RELAYED:
		return "between own relays";
	case TRUST_EDGE:
		return "edge";
	case TRUST_INSIDE:
		return "inside one host";
	case TRUST_ORIGIN:
		return "written on an own relay";
	case TRUST_UNREADABLE:
		return "unreadable";
	}
	return "not believed";
}
