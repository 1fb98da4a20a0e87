/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/headerfield.h"

/* What is being cut. */
struct cursor {
	struct slice s;
	size_t at;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
at_end(const struct cursor *c)
{
	return c->at >= c->s.n;
}

static char
peek(const struct cursor *c)
{
	return at_end(c) ? '\0' : c->s.p[c->at];
}

/* The length of a line break with the blank that makes it a fold, or 0. */
static size_t
fold_length(struct slice s)
{
	size_t n = slice_starts(s, SLICE("\r\n")) ? 2 : 1;

	if (s.n <= n || s.p[n - 1] != '\n' || !is_blank(s.p[n]))
		return 0;
	return n + 1;
}

/*
 * A fold becomes one blank; a line break that is none, a NUL and any other
 * control character are no text of a header field.
 */
static bool
unfold(struct slice body, struct arena *a, struct slice *out)
{
	char *text = arena_alloc(a, body.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < body.n; i++) {
		unsigned char c = (unsigned char)body.p[i];

		if (c == '\r' || c == '\n') {
			size_t fold = fold_length(slice_from(body, i));

			if (fold == 0)
				return false;
			i += fold - 1;
			c = ' ';
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
		text[n++] = (char)c;
	}
	*out = (struct slice){ text, n };
	return true;
}

/* Moves past a quoted string; the cursor is on its opening quote. */
static bool
skip_quoted(struct cursor *c)
{
	for (c->at++; !at_end(c); c->at++) {
		if (peek(c) == '\\')
			c->at++;
		else if (peek(c) == '"') {
			c->at++;
			return true;
		}
	}
	return false;
}

/* RFC 5322 section 3.2.2: a quote means nothing inside a comment. */
static bool
cut_comment(struct cursor *c, struct token *out)
{
	size_t start = c->at + 1, depth = 0;

	for (; !at_end(c); c->at++) {
		char byte = peek(c);

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
cut_angle(struct cursor *c, struct token *out)
{
	size_t start = c->at;

	for (c->at++; !at_end(c); c->at++) {
		char byte = peek(c);

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
			if (!skip_quoted(c))
				return false;
			c->at--;
		}
	}
	return false;
}

static bool
cut_word(struct cursor *c, struct token *out)
{
	size_t start = c->at;

	while (!at_end(c) && !is_blank(peek(c)) && peek(c) != ';') {
		char byte = peek(c);

		if (strchr("()<>\\", byte) != NULL)
			return false;
		if (byte == '"') {
			out->quoted = true;
			if (!skip_quoted(c))
				return false;
			continue;
		}
		if ((unsigned char)byte >= 0x80)
			out->foreign = true;
		c->at++;
	}
	out->kind = TOKEN_WORD;
	out->text = slice_head(slice_from(c->s, start), c->at - start);
	return true;
}

static bool
cut_token(struct cursor *c, struct token *out)
{
	bool good;

	switch (peek(c)) {
	case ';':
		out->kind = TOKEN_SEMICOLON;
		out->text = slice_head(slice_from(c->s, c->at), 1);
		c->at++;
		return true;
	case '(':
		good = cut_comment(c, out);
		break;
	case '<':
		good = cut_angle(c, out);
		break;
	default:
		good = cut_word(c, out);
		break;
	}
	/* "name(comment)" and "(a)(b)" are what a HELO looks like that wants
	 * to be taken for more than one word. */
	return good && (at_end(c) || is_blank(peek(c)) || peek(c) == ';');
}

bool
headerfield_cut(struct slice body, struct arena *a, struct headerfield *out)
{
	struct cursor c = { SLICE_NONE, 0 };
	struct headerfield field = { .count = 0 };

	if (!unfold(slice_trim(body), a, &c.s))
		return false;
	for (;;) {
		while (is_blank(peek(&c)))
			c.at++;
		if (at_end(&c))
			break;
		if (field.count == HEADERFIELD_TOKENS ||
		    !cut_token(&c, &field.list[field.count]))
			return false;
		field.count++;
	}
	*out = field;
	return true;
}

bool
headerfield_word(struct slice *rest, struct slice *word)
{
	size_t start = 0, end;

	while (start < rest->n && is_blank(rest->p[start]))
		start++;
	for (end = start; end < rest->n && !is_blank(rest->p[end]);)
		end++;
	if (start == end)
		return false;
	*word = slice_head(slice_from(*rest, start), end - start);
	*rest = slice_from(*rest, end);
	return true;
}
