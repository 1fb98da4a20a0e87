/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/syntax/field.h"
#include "conf/syntax/context.h"
#include "policy/base/text.h"

enum { FIELD_SHOWN = 1024 };

/* The enum of a vocabulary is set and read as an int. */
static_assert(sizeof(enum mode) == sizeof(int), "an enum is not an int");

void *
field_of(const struct value *value, void *into)
{
	return (char *)into + value->key->offset;
}

const void *
field_in(const struct section_key *key, const void *from)
{
	return (const char *)from + key->offset;
}

int
field_set_flag(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	bool *field = field_of(value, into);

	*field = value->number != 0;
	return 0;
}

void
field_show_flag(const struct section_key *key, const void *from,
    struct text *out)
{
	const bool *field = field_in(key, from);

	text_add(out, "%s", *field ? "true" : "false");
}

int
field_set_number(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	int *field = field_of(value, into);

	*field = value->number;
	return 0;
}

void
field_show_number(const struct section_key *key, const void *from,
    struct text *out)
{
	const int *field = field_in(key, from);

	text_add(out, "%d", *field);
}

int
field_set_word(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	int *field = field_of(value, into);

	assert(value->key->words != NULL);
	if (!vocabulary_value(value->key->words(), value->text, field))
		return section_unknown(e, value->text, value->key->words());
	return 0;
}

void
field_show_word(const struct section_key *key, const void *from,
    struct text *out)
{
	const int *field = field_in(key, from);

	text_add(out, "%s", vocabulary_name(key->words(), *field));
}

int
field_set_text(struct read_context *r, const struct value *value, void *into,
    struct err *e ATTR_UNUSED)
{
	struct slice *field = field_of(value, into);

	*field = arena_copy(r->arena, value->text);
	return 0;
}

void
field_add_text(struct text *out, struct slice text)
{
	char shown[FIELD_SHOWN];

	slice_show(text, shown, sizeof(shown));
	text_join(out, " ", "%s", shown);
}

int
field_set_path(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	if (value->text.n == 0 || value->text.p[0] != '/')
		return err_set(e, "expected a path that begins with /");
	/* It is used whole or not at all: with names of files behind it. */
	if (value->text.n > SETTINGS_PATH)
		return err_set(e, "a path has at most %d characters here",
		    SETTINGS_PATH);
	return field_set_text(r, value, into, e);
}

void
field_show_text(const struct section_key *key, const void *from,
    struct text *out)
{
	const struct slice *field = field_in(key, from);

	if (field->p != NULL)
		field_add_text(out, *field);
}

void
field_show_texts(const struct section_key *key, const void *from,
    struct text *out)
{
	const struct words *field = field_in(key, from);

	for (size_t i = 0; i < field->count; i++)
		field_add_text(out, field->list[i]);
}

int
field_set_group(struct read_context *r, const struct value *value, void *into,
    struct err *e ATTR_UNUSED)
{
	assert(value->key->group != NULL);
	section_read(r, value->at, value->key->group(), into);
	return 0;
}
