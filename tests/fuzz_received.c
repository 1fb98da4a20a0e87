/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as one Received field, and as the fields of a message: facts
 * that a field lacks stay unknown, and no field below the first
 * untrusted one counts. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/base/limits.h"
#include "policy/judge/earlier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct relay relays[] = {
	{ .range = { { 4, { 192, 0, 2 } }, 24 } },
};
static const struct settings settings = { .own_relays = relays,
	.own_relay_count = 1 };

static void
check_field(const struct received *r)
{
	const struct evidence *e = &r->proof;

	assert(e->source == SOURCE_RECEIVED);
	if (r->passage == PASSAGE_UNKNOWN || r->passage == PASSAGE_ORIGIN) {
		assert(e->tls == PROOF_UNKNOWN);
		assert(e->client.family == 0);
	}
	if (e->tls != PROOF_PRESENT) {
		assert(e->verified != PROOF_PRESENT);
		assert(e->version == TLS_NONE && e->version_text.p == NULL);
		assert(e->cipher.p == NULL && e->bits == 0);
	}
	if (e->verified != PROOF_PRESENT)
		assert(e->peer.proof != PROOF_PRESENT &&
		    e->issuer.proof != PROOF_PRESENT);
	assert(e->login.proof == PROOF_UNKNOWN);
	assert(e->fingerprint.proof == PROOF_UNKNOWN);
}

static void
check_trust(const struct earlier *earlier)
{
	bool believed = earlier->relayed == PROOF_PRESENT;
	size_t hops = 0;

	for (size_t i = 0; i < earlier->field_count; i++) {
		const struct earlier_field *field = &earlier->fields[i];

		check_field(field->received);
		assert(believed || field->trust == TRUST_NONE);
		if (field->trust == TRUST_RELAYED ||
		    field->trust == TRUST_UNREADABLE)
			hops++;
		believed = field->trust == TRUST_RELAYED ||
		    field->trust == TRUST_INSIDE;
	}
	assert(earlier->hop_count >= hops);
	assert(earlier->edge != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct slice fields[LIMIT_RECEIVED + 1];
	struct arena *a = arena_create(4096);
	struct received_fields received_fields;
	struct received received;
	struct earlier earlier;
	size_t count = 0;

	received_read(rest, a, &received);
	check_field(&received);
	while (count <= LIMIT_RECEIVED &&
	    slice_next(&rest, '\0', &fields[count]))
		count++;
	received_fields = (struct received_fields){ .bodies = fields,
		.count = count };
	earlier_fields(&settings, true, &received_fields, a, &earlier);
	check_trust(&earlier);
	earlier_fields(&settings, false, &received_fields, a, &earlier);
	check_trust(&earlier);
	arena_destroy(&a);
	return 0;
}
