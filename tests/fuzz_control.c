/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as frames of the control socket, one a line. A change that is read
 * is written and read again as the same change; one that is not has a reason. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "conf/state/change.h"
#include "policy/base/jsontext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An absent text equals none, not even another absent one, in slice_eq(). */
static bool
is_same(struct slice a, struct slice b)
{
	return a.p == NULL || b.p == NULL ? a.p == b.p : slice_eq(a, b);
}

static void
check_same(const struct change *a, const struct change *b)
{
	assert(a->kind == b->kind && a->hop == b->hop);
	assert(a->floor == b->floor && a->stage == b->stage);
	assert(a->from == b->from && a->until == b->until);
	assert(a->override_published == b->override_published);
	assert(a->force == b->force);
	assert(is_same(a->id, b->id) && is_same(a->partner, b->partner));
	assert(is_same(a->key, b->key) && is_same(a->owner, b->owner));
	assert(is_same(a->reason, b->reason));
	assert(is_same(a->ticket, b->ticket));
	assert(is_same(a->approver, b->approver));
	assert(is_same(a->ignored_client, b->ignored_client));
}

static void
check_change(const json_t *request, struct arena *a)
{
	struct change change, again;
	struct err e = { .text = "" };
	json_t *json;

	if (change_from_json(request, a, &change, &e) < 0) {
		assert(e.text[0] != '\0');
		return;
	}
	assert(change.kind != CHANGE_UNSET);
	if (change_check_texts(&change, &e) < 0)
		return;
	json = change_to_json(&change);
	assert(change_from_json(json, a, &again, &e) == 0);
	check_same(&change, &again);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { size == 0 ? "" : (const char *)data, size };
	struct slice line;

	while (slice_next(&rest, '\n', &line)) {
		struct arena *a = arena_create(1024);
		json_t *request = json_loadb(line.p, line.n,
		    JSON_REJECT_DUPLICATES, NULL);

		(void)jsontext_at(request, "do");
		check_change(request, a);
		json_decref(request);
		arena_destroy(&a);
	}
	return 0;
}
