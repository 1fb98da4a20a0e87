/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>

#include "conf/syntax/prelint.h"

/* The kind of the last token; it decides whether the next may follow. */
enum prelint_token {
	PRELINT_NONE,
	PRELINT_NAME,
	PRELINT_EQUALS,
	PRELINT_STRING,
	PRELINT_NUMBER,
	PRELINT_COMMA,
	PRELINT_SEMICOLON,
	PRELINT_OPEN,
	PRELINT_CLOSE
};

enum {
	/* Rules nest five deep; libconfig's own limit is ten thousand. */
	DEEPEST = 64,

	IS_BLANK = 1,
	IS_NAME = 2,                    /* anywhere in a name */
	IS_DIGIT = 4,
	IS_STRING = 8                   /* not special inside quotes */
};

/* The text and the position in it. */
struct scan {
	const struct textfile *file;
	struct problems *problems;
	const char *p, *end;
	unsigned line;
	enum prelint_token last;
	bool fatal;                     /* libconfig would refuse it too */
	unsigned depth;                 /* brackets open; may pass DEEPEST */
	struct {
		char bracket;
		unsigned line;
	} open[DEEPEST];
	unsigned char kind[256];        /* IS_... of each byte */
};

static void prelint_error(struct scan *s, unsigned line, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static void
prelint_error(struct scan *s, unsigned line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_vadd(s->problems, SEVERITY_ERROR, s->file->path, line,
	    format, args);
	va_end(args);
}

static void
prelint_fatal(struct scan *s, unsigned line, const char *text)
{
	prelint_error(s, line, "%s", text);
	s->fatal = true;
}

static void
prelint_set_kinds(struct scan *s)
{
	for (int c = 1; c < 256; c++) {
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '*')
			s->kind[c] = IS_NAME;
		if (c >= '0' && c <= '9')
			s->kind[c] = IS_NAME | IS_DIGIT;
		if (c == '_' || c == '-')
			s->kind[c] = IS_NAME;
		if (c == ' ' || c == '\t' || c == '\r' || c == '\f')
			s->kind[c] = IS_BLANK;
		if (c != '"' && c != '\\' && c != '\n')
			s->kind[c] |= IS_STRING;
	}
}

/* The first byte from p on that is not of this kind. Most of a file is read
 * here; the newline and NUL after it end every search. */
static const char *
prelint_skip_kind(const struct scan *s, const char *p, unsigned kind)
{
	while (s->kind[(unsigned char)*p] & kind)
		p++;
	return p;
}

/* Whether the innermost open bracket is that of a list or array. */
static bool
prelint_in_list(const struct scan *s)
{
	char b = s->depth == 0 || s->depth > DEEPEST ? '{' :
	    s->open[s->depth - 1].bracket;

	return b == '[' || b == '(';
}

/* A value begins here: reports it when it may not follow the last token. */
static void
prelint_begin_value(struct scan *s, enum prelint_token token)
{
	if (prelint_in_list(s)) {
		if (s->last == PRELINT_STRING && token == PRELINT_STRING)
			prelint_error(s, s->line,
			    "a comma is missing before this "
			    "string: the two would be read as one");
		else if (s->last == PRELINT_CLOSE ||
		    s->last == PRELINT_STRING ||
		    s->last == PRELINT_NUMBER)
			prelint_fatal(s, s->line,
			    "a comma is missing between two values");
	} else if (s->last != PRELINT_EQUALS &&
	    (s->last != PRELINT_STRING || token != PRELINT_STRING)) {
		prelint_fatal(s, s->line,
		    "a value without a key: is a \"key =\" or a "
		    "quote missing before it?");
	}
	s->last = token;
}

static void
prelint_skip_line(struct scan *s)
{
	while (*s->p != '\n')
		s->p++;
}

static void
prelint_scan_comment(struct scan *s)
{
	unsigned line = s->line;

	for (s->p += 2; s->p < s->end; s->p++) {
		if (*s->p == '\n')
			s->line++;
		else if (s->p[0] == '*' && s->p[1] == '/') {
			s->p += 2;
			return;
		}
	}
	prelint_fatal(s, line, "a comment begins here and is never closed: "
	    "libconfig would skip everything after it");
}

static void
prelint_scan_string(struct scan *s)
{
	const char *p = s->p + 1;

	prelint_begin_value(s, PRELINT_STRING);
	for (;;) {
		p = prelint_skip_kind(s, p, IS_STRING);
		if (*p != '\\')
			break;
		if (p[1] == 'x' && p[2] == '0' && p[3] == '0')
			prelint_error(s, s->line,
			    "a string cannot contain \\x00: libconfig would "
			    "drop it");
		p += p[1] == '\n' ? 1 : 2;
	}
	s->p = *p == '"' ? p + 1 : p;
	if (*p == '\n')
		prelint_fatal(s, s->line,
		    "a string that begins on this line does not "
		    "end on it: is a quote missing?");
}

/* Octets of a quote that is not libconfig's, as word processors and web pages
 * have them; 0: there is none at p. */
static size_t
prelint_other_quote(const char *p)
{
	static const char *const quotes[] = { "\u201c", "\u201d", "\u201e",
		"\u2018", "\u2019", "\u201a", "\u00ab", "\u00bb", "'" };

	for (size_t i = 0; i < COUNT_OF(quotes); i++)
		if (strncmp(p, quotes[i], strlen(quotes[i])) == 0)
			return strlen(quotes[i]);
	return 0;
}

/* What is between such quotes is skipped: it would be reported as well. */
static void
prelint_scan_other_string(struct scan *s)
{
	const char *p = s->p;

	prelint_begin_value(s, PRELINT_STRING);
	prelint_fatal(s, s->line, "these are not the quotes that libconfig "
	    "reads: write \"...\" with plain ones");
	do
		p++;
	while (*p != '\n' && *p != '"' && prelint_other_quote(p) == 0);
	s->p = p + (*p == '"' ? 1 : prelint_other_quote(p));
}

/* Whether a number ends at p. In 10s, 90d and 1.2.3 it does not; the suffixes L
 * and LL belong to it. */
static bool
prelint_number_ends(const struct scan *s, const char *p)
{
	if (*p == 'L')
		p++;
	if (*p == 'L')
		p++;
	return !(s->kind[(unsigned char)*p] & IS_NAME) && *p != '.' &&
	    *p != ':' && *p != '/';
}

static void
prelint_scan_number(struct scan *s)
{
	const char *p = s->p + (*s->p == '-' || *s->p == '+');
	unsigned base = 10;
	unsigned long long value = 0;

	prelint_begin_value(s, PRELINT_NUMBER);
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	} else if (p[0] == '0' && (s->kind[(unsigned char)p[1]] & IS_DIGIT))
		prelint_fatal(s, s->line,
		    "a number cannot begin with a zero: versions of libconfig "
		    "read 017 as 17 or as 15");
	for (;; p++) {
		unsigned d = (unsigned char)*p - '0';

		if (base == 16 && d > 9)
			d = ((unsigned char)*p | 0x20u) - 'a' + 10u;
		if (d >= base)
			break;
		value = value > 1ull << 40 ? value : value * base + d;
	}
	if (value > 2147483647ull && *p != 'L' && *p != '.' && *p != 'e')
		prelint_fatal(s, s->line,
		    "this number does not fit into 32 bits: "
		    "libconfig would wrap it");
	if (*p == '.' && (s->kind[(unsigned char)p[1]] & IS_DIGIT))
		for (p++; s->kind[(unsigned char)*p] & IS_DIGIT; p++)
			;
	if (!prelint_number_ends(s, p))
		prelint_fatal(s, s->line,
		    "a value with letters or dots needs quotes: \"10s\", "
		    "\"1.2\"");
	while ((s->kind[(unsigned char)*p] & IS_NAME) || *p == '.')
		p++;
	s->p = p;
}

static void
prelint_scan_name(struct scan *s)
{
	struct slice name = { s->p, 0 };

	s->p = prelint_skip_kind(s, s->p, IS_NAME);
	name.n = (size_t)(s->p - name.p);
	if (s->last != PRELINT_EQUALS && !prelint_in_list(s)) {
		if (*s->p == '.')
			prelint_fatal(s, s->line,
			    "a key cannot contain a dot: domains are values, "
			    "in quotes");
		s->last = PRELINT_NAME;
		while (*s->p == '.')
			s->p = prelint_skip_kind(s, s->p + 1, IS_NAME);
		return;
	}
	if (!slice_ieq(name, SLICE("true")) && !slice_ieq(name, SLICE("false")))
		prelint_fatal(s, s->line,
		    "text needs quotes: key = \"value\";");
	while (*s->p == '.' || *s->p == '@' ||
	    (s->kind[(unsigned char)*s->p] & IS_NAME))
		s->p++;
	prelint_begin_value(s, PRELINT_NUMBER);
}

static void
prelint_scan_open(struct scan *s)
{
	if (*s->p == '{' && prelint_in_list(s) && s->depth <= DEEPEST &&
	    s->open[s->depth - 1].bracket == '[')
		prelint_fatal(s, s->line, "groups belong in ( ), not in [ ]");
	prelint_begin_value(s, PRELINT_OPEN);
	if (s->depth < DEEPEST) {
		s->open[s->depth].bracket = *s->p;
		s->open[s->depth].line = s->line;
	}
	s->depth++;
	s->p++;
}

static void
prelint_scan_close(struct scan *s)
{
	char want = *s->p == ']' ? '[' : *s->p == ')' ? '(' : '{';

	if (s->last == PRELINT_COMMA && want != '{')
		prelint_fatal(s, s->line, "remove the comma before this "
		    "closing bracket");
	if (s->depth == 0) {
		prelint_fatal(s, s->line,
		    "a closing bracket without an opening one");
	} else if (--s->depth < DEEPEST &&
	    s->open[s->depth].bracket != want) {
		prelint_error(s, s->line,
		    "'%c' cannot close the '%c' of line %u: "
		    "is a bracket missing between them?",
		    *s->p, s->open[s->depth].bracket, s->open[s->depth].line);
		s->fatal = true;
		s->p = s->end;          /* the rest would repeat this error */
		return;
	}
	s->last = PRELINT_CLOSE;
	s->p++;
}

static void
prelint_scan_include(struct scan *s)
{
	if (slice_starts(slice_of(s->p), SLICE("@include")))
		prelint_fatal(s, s->line, "@include is not supported: write "
		    "include = [ \"partners.d/*.conf\" ]; in the main file");
	else
		prelint_fatal(s, s->line,
		    "'@' outside a string: is a quote missing?");
	prelint_skip_line(s);
}

static void
prelint_scan_separator(struct scan *s, enum prelint_token token)
{
	if (token != PRELINT_EQUALS && s->last == PRELINT_EQUALS)
		prelint_fatal(s, s->line, "a value is missing after '='");
	s->last = token;
	s->p++;
}

static void
prelint_scan_token(struct scan *s)
{
	switch (*s->p) {
	case '\n':
		s->line++;
		s->p++;
		return;
	case '#':
		prelint_skip_line(s);
		return;
	case '"':
		prelint_scan_string(s);
		return;
	case '[': case '(': case '{':
		prelint_scan_open(s);
		return;
	case ']': case ')': case '}':
		prelint_scan_close(s);
		return;
	case '=': case ':':
		prelint_scan_separator(s, PRELINT_EQUALS);
		return;
	case ';':
		prelint_scan_separator(s, PRELINT_SEMICOLON);
		return;
	case ',':
		prelint_scan_separator(s, PRELINT_COMMA);
		return;
	case '@':
		prelint_scan_include(s);
		return;
	case '/':
		if (s->p[1] == '*') {
			prelint_scan_comment(s);
			return;
		}
		if (s->p[1] == '/') {
			prelint_skip_line(s);
			return;
		}
		break;
	}
	if (prelint_other_quote(s->p) > 0)
		prelint_scan_other_string(s);
	else
		s->p++;                 /* libconfig reports it */
}

bool
prelint_text(const struct textfile *file, struct problems *problems)
{
	struct scan s = { .file = file, .problems = problems,
		.p = file->text, .end = file->text + file->n,
		.line = 1 };
	struct err e;

	/* textfile_read() adds them; they end every search. */
	assert(file->text[file->n] == '\n' && file->text[file->n + 1] == '\0');
	if (textfile_check_bytes(file, &e) < 0) {
		prelint_fatal(&s, e.line, e.text);
		return false;
	}
	prelint_set_kinds(&s);
	while (s.p < s.end) {
		unsigned char kind = s.kind[(unsigned char)*s.p];

		if (kind & IS_BLANK)
			s.p = prelint_skip_kind(&s, s.p, IS_BLANK);
		else if ((kind & IS_DIGIT) || *s.p == '-' ||
		    (*s.p == '+'))
			prelint_scan_number(&s);
		else if (kind & IS_NAME)
			prelint_scan_name(&s);
		else
			prelint_scan_token(&s);
	}
	if (s.depth > 0 && s.depth <= DEEPEST && !s.fatal)
		prelint_fatal(&s, s.open[s.depth - 1].line,
		    "the bracket opened here is never closed");
	return !s.fatal;
}
