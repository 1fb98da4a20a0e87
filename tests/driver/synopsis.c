/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/driver/synopsis.h"

struct reader {
	struct slice rest;
	struct arena *arena;
	bool failed;
};

static void read_alternatives(struct reader *r, struct synopsis *out);

static void
skip_blanks(struct reader *r)
{
	while (r->rest.n > 0 && strchr(" \n", r->rest.p[0]) != NULL)
		r->rest = slice_from(r->rest, 1);
}

/* The next character that is no blank; '\0': the end. */
static char
peek(struct reader *r)
{
	skip_blanks(r);
	return r->rest.n == 0 ? '\0' : r->rest.p[0];
}

static struct slice
read_word(struct reader *r)
{
	struct slice word = r->rest;
	size_t n = 0;

	while (n < word.n && strchr(" \n[]()", word.p[n]) == NULL)
		n++;
	r->rest = slice_from(r->rest, n);
	word = slice_head(word, n);
	return slice_ends(word, SLICE("...")) ? slice_head(word, n - 3) : word;
}

static void
add_form(struct reader *r, struct synopsis *s, const struct synopsis_form *form)
{
	if (s->count == s->room) {
		size_t room = s->room == 0 ? 16 : 2 * s->room;
		struct synopsis_form *forms = arena_array(r->arena, room,
		    sizeof(*forms));

		if (s->count > 0)
			memcpy(forms, s->forms, s->count * sizeof(*forms));
		s->forms = forms;
		s->room = room;
	}
	s->forms[s->count++] = *form;
}

static void
append(struct reader *r, struct synopsis_form *to,
    const struct synopsis_form *from)
{
	if (to->count + from->count > SYNOPSIS_WORDS) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < from->count; i++)
		to->words[to->count++] = from->words[i];
	to->has_option = to->has_option || from->has_option;
}

/* Appends each form of more to each of s. */
static void
append_each(struct reader *r, struct synopsis *s, const struct synopsis *more)
{
	struct synopsis all = { .forms = NULL };

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < more->count; k++) {
			struct synopsis_form form = s->forms[i];

			append(r, &form, &more->forms[k]);
			add_form(r, &all, &form);
		}
	*s = all;
}

/* A bracket, up to its end. */
static void
read_group(struct reader *r, char end, struct synopsis *out)
{
	r->rest = slice_from(r->rest, 1);
	read_alternatives(r, out);
	if (peek(r) != end)
		r->failed = true;
	r->rest = slice_from(r->rest, r->rest.n > 0);
	if (slice_starts(r->rest, SLICE("...")))
		r->rest = slice_from(r->rest, 3);
}

/* Adds what an optional group makes of the required words, which is known only
 * at the end: each alternative alone, at its place. */
struct optional {
	struct synopsis given;
	size_t at;              /* of the words of the first required form */
};

static void
add_optional(struct reader *r, const struct synopsis *required,
    const struct optional *o, struct synopsis *out)
{
	const struct synopsis_form *first = &required->forms[0];

	for (size_t i = 0; i < o->given.count; i++) {
		const struct synopsis_form *given = &o->given.forms[i];
		struct synopsis_form form = { .count = 0 };
		struct synopsis_form rest = { .count = 0 };

		for (size_t k = 0; k < first->count; k++)
			if (k < o->at)
				form.words[form.count++] = first->words[k];
			else
				rest.words[rest.count++] = first->words[k];
		form.has_option = given->count > 0 &&
		    slice_starts(given->words[0], SLICE("-"));
		append(r, &form, given);
		append(r, &form, &rest);
		add_form(r, out, &form);
	}
}

static void
read_sequence(struct reader *r, struct synopsis *out)
{
	static const struct synopsis_form empty;
	struct synopsis required = { .forms = NULL };
	struct optional optional[SYNOPSIS_WORDS];
	size_t count = 0;
	char c;

	add_form(r, &required, &empty);
	while ((c = peek(r)) != '\0' && strchr("|)]", c) == NULL &&
	    !r->failed) {
		struct synopsis more = { .forms = NULL };
		struct synopsis_form one = { .count = 1 };

		if (c == '[' && count < SYNOPSIS_WORDS) {
			optional[count] = (struct optional){
				.at = required.forms[0].count };
			read_group(r, ']', &optional[count++].given);
			continue;
		}
		if (c == '(')
			read_group(r, ')', &more);
		else {
			one.words[0] = read_word(r);
			add_form(r, &more, &one);
		}
		append_each(r, &required, &more);
	}
	for (size_t i = 0; i < required.count; i++)
		add_form(r, out, &required.forms[i]);
	for (size_t i = 0; i < count; i++)
		add_optional(r, &required, &optional[i], out);
}

static void
read_alternatives(struct reader *r, struct synopsis *out)
{
	read_sequence(r, out);
	while (peek(r) == '|' && !r->failed) {
		r->rest = slice_from(r->rest, 1);
		read_sequence(r, out);
	}
}

bool
synopsis_read(struct slice text, struct arena *a, struct synopsis *out)
{
	struct reader r = { .rest = text, .arena = a };

	read_alternatives(&r, out);
	return !r.failed && peek(&r) == '\0';
}
