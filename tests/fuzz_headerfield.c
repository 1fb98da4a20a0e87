/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a structured header field: tokens come in the order of the
 * field, none holds a control character, and the words and comments written one
 * after the other are cut into the same tokens again. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/evidence/headerfield.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_token(const struct token *t)
{
	assert(t->kind != TOKEN_END);
	for (size_t i = 0; i < t->text.n; i++) {
		unsigned char c = (unsigned char)t->text.p[i];

		assert(c == '\t' || (c >= ' ' && c != 0x7f));
	}
	if (t->kind == TOKEN_ANGLE)
		assert(t->text.n >= 2 && t->text.p[0] == '<' &&
		    t->text.p[t->text.n - 1] == '>');
	if (t->kind == TOKEN_WORD)
		assert(t->text.n > 0);
}

/* The field that the tokens are of, without what is around them. */
static struct slice
join(const struct headerfield *field, struct arena *a)
{
	struct slice all = SLICE("");

	for (size_t i = 0; i < field->count; i++) {
		const struct token *t = &field->list[i];
		bool comment = t->kind == TOKEN_COMMENT;
		bool end = t->kind == TOKEN_SEMICOLON;

		all = slice_of(arena_printf(a, "%.*s%s%s%.*s%s",
		    SLICE_ARGS(all), end ? ";" : " ", comment ? "(" : "",
		    end ? 0 : (int)t->text.n, end ? "" : t->text.p,
		    comment ? ")" : ""));
	}
	return all;
}

static void
check_again(const struct headerfield *field, struct arena *a)
{
	struct headerfield again;

	assert(headerfield_cut(join(field, a), a, &again));
	assert(again.count == field->count);
	for (size_t i = 0; i < field->count; i++) {
		assert(again.list[i].kind == field->list[i].kind);
		if (field->list[i].kind != TOKEN_SEMICOLON)
			assert(slice_eq(again.list[i].text,
			    field->list[i].text));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = { size == 0 ? "" : (const char *)data, size };
	struct slice rest = body, word;
	struct arena *a = arena_create(4096);
	struct headerfield field;
	size_t length = 0;

	if (headerfield_cut(body, a, &field)) {
		assert(field.count <= HEADERFIELD_TOKENS);
		assert(field.list[field.count].kind == TOKEN_END);
		for (size_t i = 0; i < field.count; i++)
			check_token(&field.list[i]);
		check_again(&field, a);
	}
	while (headerfield_word(&rest, &word)) {
		assert(word.n > 0);
		length += word.n;
	}
	assert(length <= size);
	arena_destroy(&a);
	return 0;
}
