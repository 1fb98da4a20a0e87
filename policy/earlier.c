/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/earlier.h"
#include "policy/limits.h"

/* Nothing is known: no fact of it can satisfy a demand. */
static const struct evidence nothing = { .source = SOURCE_RECEIVED };

static enum trail
trail_of(const struct settings *settings, const struct received *received)
{
	const struct netaddr *client = &received->proof.client;

	switch (received->passage) {
	case PASSAGE_INSIDE:
		return TRAIL_INSIDE;
	case PASSAGE_ORIGIN:
		return TRAIL_ORIGIN;
	case PASSAGE_HOP:
		if (client->family == 0)
			return TRAIL_UNREADABLE;
		return settings_relay(settings, client) != NULL
		    ? TRAIL_RELAYED
		    : TRAIL_EDGE;
	case PASSAGE_UNKNOWN:
		break;
	}
	return TRAIL_UNREADABLE;
}

/* Takes one believed field into account; whether the next one, which the
 * host that this one names has written, is believed too. */
static bool
follow(struct earlier *out, const struct trail_field *field)
{
	const struct evidence *proof = &field->received.proof;

	switch (field->trail) {
	case TRAIL_RELAYED:
		out->hops[out->hop_count++] = proof;
		return true;
	case TRAIL_INSIDE:
		return true;
	case TRAIL_EDGE:
		out->edge = proof;
		return false;
	case TRAIL_UNREADABLE:
		/* It may be a hop between own relays, with others below. */
		out->hops[out->hop_count++] = &nothing;
		return false;
	case TRAIL_ORIGIN:
	case TRAIL_STRANGE:
		break;
	}
	return false;
}

void
earlier_read(const struct settings *settings, const struct evidence *session,
    const struct slice *received, size_t count, struct arena *a,
    struct earlier *out)
{
	bool believed, cut = count > LIMIT_RECEIVED;

	if (cut)
		count = LIMIT_RECEIVED;
	*out = (struct earlier){ .edge = session };
	out->hops = arena_array(a, count + 2, sizeof(*out->hops));
	out->fields = arena_array(a, count, sizeof(*out->fields));
	out->field_count = count;
	for (size_t i = 0; i < count; i++)
		received_read(received[i], a, &out->fields[i].received);
	if (session->client.family == 0) {
		out->hops[out->hop_count++] = &nothing;
		out->edge = &nothing;
		return;
	}
	believed = settings_relay(settings, &session->client) != NULL;
	out->relayed = believed ? PROOF_PRESENT : PROOF_ABSENT;
	if (!believed)
		return;
	out->hops[out->hop_count++] = session;
	out->edge = &nothing;
	for (size_t i = 0; i < count && believed; i++) {
		struct trail_field *field = &out->fields[i];

		field->trail = trail_of(settings, &field->received);
		believed = follow(out, field);
	}
	if (believed && cut)
		out->hops[out->hop_count++] = &nothing;
}

static int
weight(enum verdict verdict)
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
		    weight(finding.verdict) <= weight(worst.verdict))
			continue;
		worst = finding;
		whose = hop;
	}
	if (which != NULL)
		*which = whose;
	return worst;
}

const char *
trail_name(enum trail trail)
{
	switch (trail) {
	case TRAIL_STRANGE:
		return "not believed";
	case TRAIL_RELAYED:
		return "between own relays";
	case TRAIL_EDGE:
		return "edge";
	case TRAIL_INSIDE:
		return "inside one host";
	case TRAIL_ORIGIN:
		return "written on an own relay";
	case TRAIL_UNREADABLE:
		return "unreadable";
	}
	return "not believed";
}
