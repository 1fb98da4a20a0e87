/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/earlier.h"
#include "policy/base/limits.h"

/* All unknown: it satisfies no demand. */
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
	assert(out->hop_count < out->field_count + 2);
	out->hops[out->hop_count++] = hop;
}

/* Adds one believed field. Returns whether the next one, which its client
 * wrote, is believed too. */
static bool
earlier_follow(struct earlier *out, const struct earlier_field *field)
{
	const struct evidence *proof = &field->received->proof;

	switch (field->trust) {
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
	case TRUST_NONE:
		break;
	}
	return false;
}

static size_t
earlier_limit(size_t count)
{
	return count > LIMIT_RECEIVED ? LIMIT_RECEIVED : count;
}

/* Room for the hops of every field, of the session and of a field too many. */
static void
earlier_init(size_t count, struct arena *a, struct earlier *out)
{
	*out = (struct earlier){ .edge = &nothing,
		.field_count = earlier_limit(count) };
	out->hops = arena_array(a, out->field_count + 2, sizeof(*out->hops));
	out->fields = arena_array(a, out->field_count, sizeof(*out->fields));
}

/* A field as it is parsed. The fields above it were asked for before. */
static const struct received *
earlier_parse(struct received_fields *fields, size_t i, struct arena *a)
{
	assert(i < earlier_limit(fields->count) && i <= fields->parsed_count);
	if (fields->parsed == NULL)
		fields->parsed = arena_array(a, earlier_limit(fields->count),
		    sizeof(*fields->parsed));
	if (i == fields->parsed_count) {
		received_read(fields->bodies[i], a, &fields->parsed[i]);
		fields->parsed_count++;
	}
	return &fields->parsed[i];
}

/* Follows the fields from the top down; what a peer put below the first one
 * that is not believed costs nothing. Returns how many were parsed. */
static size_t
earlier_follow_all(const struct settings *settings,
    struct received_fields *fields, struct arena *a, struct earlier *out)
{
	bool believed = true;
	size_t i = 0;

	for (; i < out->field_count && believed; i++) {
		struct earlier_field *field = &out->fields[i];

		field->received = earlier_parse(fields, i, a);
		field->trust = earlier_trust_of(settings, field->received);
		believed = earlier_follow(out, field);
	}
	/* There are more, and the next one would be believed. */
	if (believed && fields->count > out->field_count)
		earlier_add_hop(out, &nothing);
	return i;
}

void
earlier_fields(const struct settings *settings, bool believed,
    struct received_fields *fields, struct arena *a, struct earlier *out)
{
	size_t i = 0;

	earlier_init(fields->count, a, out);
	out->relayed = believed ? PROOF_PRESENT : PROOF_ABSENT;
	if (believed)
		i = earlier_follow_all(settings, fields, a, out);
	for (; i < out->field_count; i++)
		out->fields[i].received = earlier_parse(fields, i, a);
}

void
earlier_read(const struct settings *settings, const struct evidence *session,
    struct received_fields *fields, struct arena *a, struct earlier *out)
{
	earlier_init(fields->count, a, out);
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
	/* A filter on this host, by local_clients, is no hop. */
	if (!settings_is_local(settings, &session->client))
		earlier_add_hop(out, session);
	earlier_follow_all(settings, fields, a, out);
}

/* The higher, the worse. */
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
	const struct evidence *worst_hop = NULL;

	for (size_t i = 0; i < earlier->hop_count; i++) {
		const struct evidence *hop = earlier->hops[i];
		struct finding finding = verdict_decide(demand, hop);

		if (finding.reason == REASON_EVIDENCE_MISSING &&
		    hop->source == SOURCE_RECEIVED)
			finding.reason = REASON_EARLIER_UNKNOWN;
		if (worst_hop != NULL &&
		    earlier_weight(finding.verdict) <=
			earlier_weight(worst.verdict))
			continue;
		worst = finding;
		worst_hop = hop;
	}
	if (which != NULL)
		*which = worst_hop;
	return worst;
}

const char *
received_trust_name(enum received_trust trust)
{
	switch (trust) {
	case TRUST_NONE:
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
