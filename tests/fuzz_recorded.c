/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as lines of a decision log. What is no decision is skipped; a
 * decision has no proof that its record lacks, and is judged again without a
 * pass that it does not prove. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/audit/recorded.h"
#include "policy/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_verdict(const struct evidence *proof)
{
	struct demand encrypt = { .level = LEVEL_ENCRYPT };
	struct demand verify = { .level = LEVEL_VERIFY, .any_peer = true };

	if (verdict_decide(&encrypt, proof).verdict == VERDICT_PASS)
		assert(proof->tls == PROOF_PRESENT);
	if (verdict_decide(&verify, proof).verdict == VERDICT_PASS)
		assert(proof->verified == PROOF_PRESENT);
}

static void
check_record(const json_t *json, struct arena *a)
{
	struct recorded r;

	if (!recorded_read(json, a, &r))
		return;
	if (!r.has_proof)
		assert(r.proof.tls == PROOF_UNKNOWN &&
		    r.proof.verified == PROOF_UNKNOWN);
	assert(r.decision.rule == NULL);
	check_verdict(&r.proof);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { size == 0 ? "" : (const char *)data, size };
	struct slice line;

	while (slice_next(&rest, '\n', &line)) {
		struct arena *a = arena_create(4096);
		json_t *json = json_loadb(line.p, line.n, 0, NULL);

		if (json != NULL)
			check_record(json, a);
		json_decref(json);
		arena_destroy(&a);
	}
	return 0;
}
