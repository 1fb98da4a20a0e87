/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/pauses.h"
#include "conf/show/print_json.h"

json_t *
pauses_json(const struct state *state, int64_t now)
{
	json_t *list = json_array();

	for (unsigned hop = 0; state != NULL && hop < HOP_COUNT; hop++) {
		const struct pause *pause = &state->pauses[hop];
		json_t *o;

		if (pause->until <= now)
			continue;
		o = json_object();
		json_object_set_new(o, "id", jsontext_shown(pause->id));
		json_object_set_new(o, "hop",
		    json_string(hop_name((enum hop)hop)));
		json_object_set_new(o, "since", time_to_json(pause->since));
		json_object_set_new(o, "until", time_to_json(pause->until));
		json_object_set_new(o, "uid",
		    json_integer((json_int_t)pause->uid));
		json_object_set_new(o, "reason", jsontext_shown(pause->reason));
		json_array_append_new(list, o);
	}
	return list;
}

void
pauses_print(json_t *list, FILE *out)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		fprintf(out, "paused: %s until %s (%s, by uid %lld): its rules "
		    "only log; reason: %s\n", jsontext_at(o, "hop").p,
		    jsontext_at(o, "until").p, jsontext_at(o, "id").p,
		    (long long)jsontext_number(o, "uid"),
		    jsontext_at(o, "reason").p);
}

void
pauses_print_all(json_t *list, FILE *out)
{
	pauses_print(list, out);
	if (json_array_size(list) == 0)
		fputs("nothing is paused\n", out);
}
