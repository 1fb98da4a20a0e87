/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/jsontext.h"
#include "policy/base/limits.h"

char *
jsontext_dump(const json_t *value, enum jsontext_layout layout)
{
	/* A terminal may use another encoding than UTF-8. */
	size_t flags = JSON_ENCODE_ANY | JSON_ENSURE_ASCII;

	return json_dumps(value, flags |
	    (layout == JSONTEXT_PAGE ? JSON_INDENT(2) : JSON_COMPACT));
}

json_t *
jsontext_shown(struct slice text)
{
	char shown[LIMIT_POLICY_TEXT];

	if (text.p == NULL)
		return json_null();
	slice_show(text, shown, sizeof(shown));
	return json_string(shown);
}

json_t *
jsontext_exact(struct slice text)
{
	json_t *value;

	if (text.p == NULL)
		return json_null();
	value = json_stringn(text.p, text.n);
	return value == NULL ? jsontext_shown(text) : value;
}

json_t *
jsontext_count(uint64_t count)
{
	return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

struct slice
jsontext_at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_string(value))
		return SLICE_NONE;
	return (struct slice){ json_string_value(value),
		json_string_length(value) };
}

struct slice
jsontext_copy(const json_t *object, const char *key, struct arena *a)
{
	return arena_copy(a, jsontext_at(object, key));
}

int64_t
jsontext_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}
