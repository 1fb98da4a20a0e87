/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/jsontext.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

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

/* The characters that a terminal obeys instead of showing them, or that turn
 * the text around them: C0, DEL, C1, and the marks, embeddings and isolates of
 * the bidirectional algorithm; also what has no width. A text of several lines
 * keeps its newlines. */
static bool
jsontext_is_control(unsigned long c)
{
	if (c == '\n' || c == '\t')
		return false;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Cuts the first character off *rest, which is valid UTF-8. */
static unsigned long
jsontext_cut_character(struct slice *rest, struct slice *character)
{
	unsigned char first = (unsigned char)rest->p[0];
	size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	unsigned long c = n == 1 ? first : first & (0xffu >> (n + 1));

	*character = slice_head(*rest, n);
	for (size_t i = 1; i < character->n; i++)
		c = c << 6 | ((unsigned char)character->p[i] & 0x3f);
	*rest = slice_from(*rest, character->n);
	return c;
}

static void
jsontext_clean_string(json_t *value)
{
	struct slice rest = { json_string_value(value),
		json_string_length(value) }, character;
	size_t size = 4 * rest.n + 1;
	char *out = xmalloc(size);
	struct text t;

	text_init(&t, out, size);
	while (rest.n > 0) {
		char shown[20];

		if (jsontext_is_control(jsontext_cut_character(&rest,
			&character))) {
			slice_show(character, shown, sizeof(shown));
			character = slice_of(shown);
		}
		text_slice(&t, character);
	}
	json_string_setn(value, out, text_length(&t));
	free(out);
}

static void
jsontext_clean_members(json_t *value)
{
	json_t *member;
	const char *key;
	size_t i;

	if (json_is_string(value))
		jsontext_clean_string(value);
	json_array_foreach(value, i, member)
		jsontext_clean_members(member);
	json_object_foreach(value, key, member)
		jsontext_clean_members(member);
}

json_t *
jsontext_clean(const json_t *value)
{
	json_t *clean = json_deep_copy(value);

	jsontext_clean_members(clean);
	return clean;
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
