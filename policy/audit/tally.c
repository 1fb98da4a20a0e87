/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/tally.h"
#include "policy/base/banned.h"

void
tally_add(json_t *tally, const char *name, const char *note, size_t most)
{
	json_t *entry = json_object_get(tally, name), *count;

	assert(json_is_object(tally));
	if (entry == NULL) {
		if (json_object_size(tally) >= most)
			return;
		entry = json_pack("[I,s]", (json_int_t)0, "");
		json_object_set_new(tally, name, entry);
	}
	count = json_array_get(entry, 0);
	json_integer_set(count, json_integer_value(count) + 1);
	if (note != NULL)
		json_string_set(json_array_get(entry, 1), note);
}

size_t
tally_rank(json_t *tally, size_t most, struct tally_top *out)
{
	const char *name;
	json_t *entry;
	size_t n = 0;

	json_object_foreach(tally, name, entry) {
		uint64_t count = (uint64_t)json_integer_value(
		    json_array_get(entry, 0));
		size_t at = n;

		while (at > 0 && out[at - 1].count < count)
			at--;
		if (at == most)
			continue;
		if (n < most)
			n++;
		assert(at < n);
		memmove(&out[at + 1], &out[at], (n - at - 1) * sizeof(*out));
		out[at] = (struct tally_top){ name,
			json_string_value(json_array_get(entry, 1)), count };
	}
	return n;
}
