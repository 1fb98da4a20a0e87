/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/headerfield.h"

/* The unfolded field, and how much of it has been cut. */
struct cursor {
	struct slice s;
	size_t at;
};

static bool
headerfield_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
headerfield_at_end(const struct cursor *c)
{
	return c->at >= c->s.n;
}

static char
headerfield_peek(const struct cursor *c)
{
	return headerfield_at_end(c) ? '\0' : c->s.p[c->at];
}

/* The length of a fold, a line break with one blank, at the start of s; 0 when
 * there is none. */
static size_t
headerfield_fold_length(struct slice s)
{
	size_t n = slice_starts(s, SLICE("\r\n")) ? 2 : 1;

	if (s.n <= n || s.p[n - 1] != '\n' || !headerfield_is_blank(s.p[n]))
		return 0;
	return n + 1;
}

/*
 * A fold becomes one blank. Any other line break or control character except a
 * tab is an error.
 */
static bool
headerfield_unfold(struct slice body, struct arena *a, struct slice *out)
{
	char *text = arena_alloc(a, body.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < body.n; i++) {
		unsigned char c = (unsigned char)body.p[i];

		if (c == '\r' || c == '\n') {
			size_t fold =
			    headerfield_fold_length(slice_from(body, i));

			if (fold == 0)
				return false;
			i += fold - 1;
			c = ' ';
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
		text[n++] = (char)c;
	}
	assert(n <= body.n);
	*out = (struct slice){ text, n };
	return true;
}

/* Moves past a quoted string; the cursor is on its opening quote. */
static bool
headerfield_skip_quoted(struct cursor *c)
{
	assert(headerfield_peek(c) == '"');
	for (c->at++; !headerfield_at_end(c); c->at++) {
		if (headerfield_peek(c) == '\\')
			c->at++;
		else if (headerfield_peek(c) == '"') {
			c->at++;
			return true;
		}
	}
	return false;
}

/* RFC 5322 section 3.2.2: a quote means nothing inside a comment. */
static bool
headerfield_cut_comment(struct cursor *c, struct token *out)
{
	size_t start = c->at + 1, depth = 0;

	assert(headerfield_peek(c) == '(');
	for (; !headerfield_at_end(c); c->at++) {
		char byte = headerfield_peek(c);

		if (byte == '\\')
			c->at++;
		else if (byte == '(')
			depth++;
		else if (byte == ')' && --depth == 0) {
			out->kind = TOKEN_COMMENT;
			out->text = slice_head(slice_from(c->s, start),
			    c->at - start);
			c->at++;
			return true;
		}
	}
	return false;
}

static bool
headerfield_cut_angle(struct cursor *c, struct token *out)
{
	size_t start = c->at;

	for (c->at++; !headerfield_at_end(c); c->at++) {
		char byte = headerfield_peek(c);

		if (byte == '<')
			return false;
		if (byte == '>') {
			c->at++;
			out->kind = TOKEN_ANGLE;
			out->text = slice_head(slice_from(c->s, start),
			    c->at - start);
			return true;
		}
		if (byte == '"') {
			if (!headerfield_skip_quoted(c))
				return false;
			c->at--;
		}
	}
	return false;
}

static bool
headerfield_cut_word(struct cursor *c, struct token *out)
{
	size_t start = c->at;

	while (!headerfield_at_end(c) &&
	    !headerfield_is_blank(headerfield_peek(c)) &&
	    headerfield_peek(c) != ';') {
		char byte = headerfield_peek(c);

		if (strchr("()<>\\", byte) != NULL)
			return false;
		if (byte == '"') {
			out->quoted = true;
			if (!headerfield_skip_quoted(c))
				return false;
			continue;
		}
		if ((unsigned char)byte >= 0x80)
			out->not_ascii = true;
		c->at++;
	}
	out->kind = TOKEN_WORD;
	out->text = slice_head(slice_from(c->s, start), c->at - start);
	return true;
}

static bool
headerfield_cut_token(struct cursor *c, struct token *out)
{
	bool good;

	switch (headerfield_peek(c)) {
	case ';':
		out->kind = TOKEN_SEMICOLON;
		out->text = slice_head(slice_from(c->s, c->at), 1);
		c->at++;
		return true;
	case '(':
		good = headerfield_cut_comment(c, out);
		break;
	case '<':
		good = headerfield_cut_angle(c, out);
		break;
	default:
		good = headerfield_cut_word(c, out);
		break;
	}
	/* "name(comment)" and "(a)(b)" come from a HELO that tries to look like
	 * more than one word. */
	return good &&
	    (headerfield_at_end(c) ||
		headerfield_is_blank(headerfield_peek(c)) ||
		headerfield_peek(c) == ';');
}

bool
headerfield_cut(struct slice body, struct arena *a, struct headerfield *out)
{
	struct cursor c = { SLICE_NONE, 0 };
	struct headerfield field = { .count = 0 };

	if (!headerfield_unfold(slice_trim(body), a, &c.s))
		return false;
	for (;;) {
		while (headerfield_is_blank(headerfield_peek(&c)))
			c.at++;
		if (headerfield_at_end(&c))
			break;
		if (field.count == HEADERFIELD_TOKENS ||
		    !headerfield_cut_token(&c, &field.list[field.count]))
			return false;
		field.count++;
	}
	assert(field.list[field.count].kind == TOKEN_END);
	*out = field;
	return true;
}

bool
headerfield_word(struct slice *rest, struct slice *word)
{
	size_t start = 0, end;

	while (start < rest->n && headerfield_is_blank(rest->p[start]))
		start++;
	for (end = start; end < rest->n && !headerfield_is_blank(rest->p[end]);)
		end++;
	if (start == end)
		return false;
	*word = slice_head(slice_from(*rest, start), end - start);
	*rest = slice_from(*rest, end);
	return true;
}
