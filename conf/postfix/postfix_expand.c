/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_expand.h"
#include "conf/mta/mta_config.h"

enum {
	DEPTH = 64,                     /* names in the values of names */
	STEPS = 20000,                  /* names in all */
	LONGEST = 1 << 20               /* octets of the result */
};

/* One expansion. */
struct postfix_expansion {
	postfix_value_fn *value_of;
	void *data;
	struct arena *arena;            /* borrows */
	char *out;                      /* in the arena */
	size_t n, room;
	unsigned depth, steps;
	bool wrong;
};

static void expand_text(struct postfix_expansion *x, struct slice text);

static void
expand_add(struct postfix_expansion *x, struct slice s)
{
	if (s.n > LONGEST - x->n) {
		x->wrong = true;
		return;
	}
	if (s.n > x->room - x->n) {
		x->room = 2 * (x->n + s.n) + 64;
		x->out = arena_grow(x->arena, x->out, x->n, x->room, 1);
	}
	if (s.n > 0)
		memcpy(x->out + x->n, s.p, s.n);
	x->n += s.n;
}

static bool
expand_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_';
}

/* How many octets of text belong to a name. */
static size_t
expand_name_length(struct slice text)
{
	size_t i = 0;

	while (i < text.n && expand_is_name(text.p[i]))
		i++;
	return i;
}

/* The part of text, which begins with an opening bracket, that the bracket and
 * the one which closes it enclose; *text is what follows. */
static bool
expand_bracketed(struct slice *text, struct slice *inside)
{
	char opening = text->p[0], closing = opening == '{' ? '}' : ')';
	size_t level = 0;

	for (size_t i = 0; i < text->n; i++) {
		if (text->p[i] == opening)
			level++;
		else if (text->p[i] == closing && --level == 0) {
			*inside = slice_from(slice_head(*text, i), 1);
			*text = slice_from(*text, i + 1);
			return true;
		}
	}
	return false;
}

static struct slice
expand_skip_blanks(struct slice text)
{
	while (text.n > 0 && memchr(" \t\r\n", text.p[0], 4) != NULL)
		text = slice_from(text, 1);
	return text;
}

/* The text expanded by itself. */
static struct slice
expand_apart(struct postfix_expansion *x, struct slice text)
{
	struct postfix_expansion part = *x;

	part.out = NULL;
	part.n = part.room = 0;
	expand_text(&part, text);
	x->wrong = part.wrong;
	x->steps = part.steps;
	return (struct slice){ part.n == 0 ? "" : part.out, part.n };
}

/* The order of two operands: of the levels of compatibility, of two numbers, or
 * of texts. */
static int
expand_compare(struct slice left, struct slice right, bool levels)
{
	long a, b;

	if (levels)
		return mta_version_compare(left, right);
	if (slice_int(left, 0, INT32_MAX, &a) &&
	    slice_int(right, 0, INT32_MAX, &b))
		return (a > b) - (a < b);
	return slice_compare(left, right);
}

/* Whether a comparison holds. -1: there is no such operator. */
static int
expand_holds(struct slice operator, int order)
{
	if (slice_eq(operator, SLICE("==")))
		return order == 0;
	if (slice_eq(operator, SLICE("!=")))
		return order != 0;
	if (slice_eq(operator, SLICE("<")))
		return order < 0;
	if (slice_eq(operator, SLICE("<=")))
		return order <= 0;
	if (slice_eq(operator, SLICE(">")))
		return order > 0;
	if (slice_eq(operator, SLICE(">=")))
		return order >= 0;
	return -1;
}

/* {left} operator {right}, cut off *text. Returns "true" or nothing. */
static struct slice
expand_comparison(struct postfix_expansion *x, struct slice *text)
{
	struct slice left, right, operator;
	bool levels;
	size_t n = 0;
	int holds;

	if (!expand_bracketed(text, &left))
		goto wrong;
	*text = expand_skip_blanks(*text);
	while (n < text->n && memchr(" \t\r\n{", text->p[n], 5) == NULL)
		n++;
	operator = slice_head(*text, n);
	levels = slice_ends(operator, SLICE("level"));
	if (levels)
		operator = slice_head(operator, operator.n - 5);
	*text = expand_skip_blanks(slice_from(*text, n));
	if (text->n == 0 || text->p[0] != '{' ||
	    !expand_bracketed(text, &right))
		goto wrong;
	left = expand_apart(x, left);
	right = expand_apart(x, right);
	holds = expand_holds(operator, expand_compare(left, right, levels));
	if (holds < 0)
		goto wrong;
	*text = expand_skip_blanks(*text);
	return holds ? SLICE("true") : SLICE("");
wrong:
	x->wrong = true;
	*text = SLICE("");
	return SLICE("");
}

/* The text behind ? or :, in braces or all the rest. */
static struct slice
expand_operand(struct postfix_expansion *x, struct slice *text)
{
	struct slice blank = expand_skip_blanks(*text), operand = *text;

	if (blank.n == 0 || blank.p[0] != '{') {
		*text = SLICE("");
		return operand;
	}
	*text = blank;
	if (!expand_bracketed(text, &operand))
		x->wrong = true;
	*text = expand_skip_blanks(*text);
	return operand;
}

/* What ? and : make of a value that is, or is not, empty. */
static void
expand_choice(struct postfix_expansion *x, struct slice rest, bool empty)
{
	struct slice operand;

	if (rest.p[0] == '?') {
		rest = slice_from(rest, 1);
		operand = expand_operand(x, &rest);
		if (!empty)
			expand_text(x, operand);
		if (rest.n == 0)
			return;
	}
	if (rest.p[0] != ':') {
		x->wrong = true;
		return;
	}
	rest = slice_from(rest, 1);
	operand = expand_operand(x, &rest);
	if (empty)
		expand_text(x, operand);
	if (rest.n > 0)
		x->wrong = true;
}

/* What ${ and } enclose, or a bare name. */
static void
expand_expression(struct postfix_expansion *x, struct slice text)
{
	struct slice blank = expand_skip_blanks(text), value;
	size_t n;

	if (blank.n > 0 && blank.p[0] == '{') {
		value = expand_comparison(x, &blank);
		text = blank;
	} else {
		n = expand_name_length(blank);
		value = x->value_of(x->data, slice_head(blank, n));
		text = expand_skip_blanks(slice_from(blank, n));
	}
	if (x->wrong)
		return;
	if (text.n > 0)
		expand_choice(x, text, value.n == 0);
	else
		expand_text(x, value);
}

/* What follows a $ at the begin of *text, cut off. */
static void
expand_dollar(struct postfix_expansion *x, struct slice *text)
{
	struct slice inside;

	*text = slice_from(*text, 1);
	if (text->n > 0 && text->p[0] == '$') {
		expand_add(x, SLICE("$"));
		*text = slice_from(*text, 1);
		return;
	}
	if (text->n > 0 && (text->p[0] == '{' || text->p[0] == '(')) {
		if (!expand_bracketed(text, &inside)) {
			x->wrong = true;
			return;
		}
	} else {
		inside = slice_head(*text, expand_name_length(*text));
		*text = slice_from(*text, inside.n);
	}
	if (++x->steps > STEPS || x->depth >= DEPTH)
		x->wrong = true;
	else if (inside.n == 0)
		x->wrong = true;
	else
		expand_expression(x, inside);
}

static void
expand_text(struct postfix_expansion *x, struct slice text)
{
	x->depth++;
	while (text.n > 0 && !x->wrong) {
		size_t n = slice_find(text, '$');

		expand_add(x, slice_head(text, n));
		text = slice_from(text, n);
		if (text.n > 0)
			expand_dollar(x, &text);
	}
	x->depth--;
}

struct slice
postfix_expand(struct slice text, postfix_value_fn *value_of, void *data,
    struct arena *a)
{
	struct postfix_expansion x = { .value_of = value_of, .data = data,
		.arena = a };

	expand_text(&x, text);
	if (x.wrong)
		return SLICE_NONE;
	return arena_copy(a, (struct slice){ x.n == 0 ? "" : x.out, x.n });
}

bool
postfix_next_reference(struct slice *text, struct slice *name)
{
	for (;;) {
		*text = slice_from(*text, slice_find(*text, '$'));
		if (text->n == 0)
			return false;
		*text = slice_from(*text, 1);
		if (text->n > 0 && text->p[0] == '$') {
			*text = slice_from(*text, 1);
			continue;
		}
		while (text->n > 0 && memchr("({ \t\r\n", text->p[0], 6) !=
		    NULL)
			*text = slice_from(*text, 1);
		*name = slice_head(*text, expand_name_length(*text));
		*text = slice_from(*text, name->n);
		if (name->n > 0)
			return true;
	}
}
