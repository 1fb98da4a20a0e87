/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/tool/removals.h"
#include "policy/base/jsontext.h"

void
removals_note(struct removals *removals, const json_t *record)
{
	const char *end = jsontext_at(record, "end").p;

	if (jsontext_at(record, "removed").p == NULL || end == NULL)
		return;
	if (removals->by_end == NULL)
		removals->by_end = json_object();
	/* After a crash there may be two for a file; both say the same. */
	json_object_set_new(removals->by_end, end, json_deep_copy(record));
}

void
removals_begin(struct removals *removals, struct slice prev)
{
	assert(removals->wanted == NULL);
	removals->wanted = slice_eq(prev, SLICE("null")) ? json_null()
	    : json_stringn(prev.p, prev.n);
}

size_t
removals_count(const struct removals *removals)
{
	return json_object_size(removals->by_end);
}

/* Adds what a record says to the sums of *out, the newest first. */
static void
removals_add(json_t *out, const json_t *record)
{
	const json_t *all = json_object_get(record, "all");
	json_int_t lines = json_integer_value(json_object_get(out, "lines"));

	json_object_set_new(out, "lines", json_integer(lines +
	    json_integer_value(json_object_get(all, "lines"))));
	json_object_set(out, "first", json_object_get(all, "first"));
	if (json_object_get(out, "last") != NULL)
		return;
	json_object_set(out, "last", json_object_get(all, "last"));
	json_object_set(out, "date", json_object_get(record, "time"));
}

json_t *
removals_explain(const struct removals *removals)
{
	const char *digest = json_string_value(removals->wanted);
	const json_t *record = digest == NULL ? NULL
	    : json_object_get(removals->by_end, digest);
	json_t *out = record == NULL ? NULL : json_object();

	/* The sums of the newest are all, unless its file was lost to them. */
	for (size_t i = 0; record != NULL && i <= removals_count(removals);
	     i++) {
		const json_t *all = json_object_get(record, "all");

		removals_add(out, record);
		digest = json_string_value(json_object_get(all, "before"));
		record = digest == NULL ? NULL
		    : json_object_get(removals->by_end, digest);
	}
	if (out != NULL)
		json_object_set_new(out, "whole",
		    json_boolean(digest == NULL));
	return out;
}

void
removals_clear(struct removals *removals)
{
	json_decref(removals->by_end);
	json_decref(removals->wanted);
	*removals = (struct removals){ .by_end = NULL };
}
