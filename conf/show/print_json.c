/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/print_json.h"
#include "conf/state/statetext.h"

void
print_json(const json_t *value, enum jsontext_layout layout, FILE *out)
{
	json_t *clean = jsontext_clean(value);
	char *text = jsontext_dump(clean, layout);

	assert(text != NULL);
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(clean);
}

const char *
show_member(const json_t *object, const char *key, char *out, size_t size)
{
	assert(size > 0);
	slice_show(jsontext_at(object, key), out, size);
	return out;
}

const char *
show_place(struct place place, char *out, size_t size)
{
	if (place.file == NULL)
		snprintf(out, size, "-");
	else
		snprintf(out, size, "%s:%u", place.file, place.line);
	return out;
}

json_t *
place_to_json(struct place place)
{
	char text[600];

	if (place.file == NULL)
		return json_null();
	return jsontext_exact(slice_of(show_place(place, text,
	    sizeof(text))));
}

json_t *
time_to_json(int64_t seconds)
{
	char shown[STATETEXT_TIME];

	if (seconds <= 0)
		return json_null();
	statetext_show_time(seconds, shown);
	return json_string(shown);
}
