/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <ctype.h>

#include "conf/sendmail/sendmail_equate.h"
#include "conf/sendmail/sendmail_line.h"
#include "policy/base/text.h"

static bool
line_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* The first word of *rest, which then has what is behind it. */
static struct slice
line_word(struct slice *rest)
{
	struct slice s = slice_trim(*rest);
	size_t n = 0;

	while (n < s.n && !line_is_blank(s.p[n]))
		n++;
	*rest = slice_trim(slice_from(s, n));
	return slice_head(s, n);
}

/* Cuts the name of a macro or class off: one letter, or several in braces. */
static bool
line_name(struct slice *rest, struct slice *name)
{
	size_t end;

	if (rest->n == 0)
		return false;
	if (*rest->p != '{') {
		*name = slice_head(*rest, 1);
		*rest = slice_from(*rest, 1);
		return true;
	}
	end = slice_find(*rest, '}');
	if (end == rest->n || end == 1)
		return false;
	*name = (struct slice){ rest->p + 1, end - 1 };
	*rest = slice_from(*rest, end + 1);
	return true;
}

/* Cuts the next piece of a text off *rest, with a macro replaced by its value
 * if the lines so far define it; else Sendmail may define it itself. */
static struct slice
line_piece(const struct sendmail_cf *cf, struct slice *rest)
{
	struct slice at = slice_from(*rest, 1), name;
	size_t n = *rest->p == '$' && at.n > 0 && *at.p == '$' ? 2 : 1;

	if (*rest->p == '$' && at.n > 0 && (*at.p == '{' ||
	    isalpha((unsigned char)*at.p)) && line_name(&at, &name))
		for (size_t i = cf->macro_count; i-- > 0; )
			if (slice_eq(cf->macros[i].name, name)) {
				*rest = at;
				return cf->macros[i].value;
			}
	at = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	return at;
}

static struct slice
line_expand(const struct sendmail_cf *cf, struct slice text)
{
	struct slice rest = text;
	struct text out;
	size_t size = 1;

	while (rest.n > 0)
		size += line_piece(cf, &rest).n;
	text_init(&out, arena_alloc(cf->arena, size), size);
	while (text.n > 0)
		text_slice(&out, line_piece(cf, &text));
	return text_so_far(&out);
}

/* Readers of what follows a line's letter. They return what is wrong, or NULL.
 */

static const char *
line_macro(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct slice name;

	if (!line_name(&text, &name))
		return "the name of a macro is missing";
	cf->macros = arena_more(cf->arena, cf->macros,
	    cf->macro_count, sizeof(*cf->macros));
	cf->macros[cf->macro_count++] = (struct sendmail_macro){ name,
		sendmail_equate_unquoted(text, cf->arena), line };
	return NULL;
}

static const char *
line_add_class(struct sendmail_cf *cf, struct sendmail_class c)
{
	cf->classes = arena_more(cf->arena, cf->classes,
	    cf->class_count, sizeof(*cf->classes));
	cf->classes[cf->class_count++] = c;
	return NULL;
}

static const char *
line_words(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct sendmail_class c = { .members = SENDMAIL_WORDS, .line = line };

	if (!line_name(&text, &c.name))
		return "the name of a class is missing";
	c.text = slice_trim(line_expand(cf, text));
	return line_add_class(cf, c);
}

static const char *
line_trusted(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	return line_add_class(cf, (struct sendmail_class){ .name = SLICE("t"),
	    .members = SENDMAIL_WORDS, .text = slice_trim(text),
	    .line = line });
}

/* Whether a class is read from a map: "key@type:map" or "@LDAP". */
static bool
line_is_map_key(struct slice text)
{
	struct slice behind;

	if (text.n == 0 || *text.p == '/' || *text.p == '|')
		return false;
	behind = slice_from(text, slice_find(text, '@'));
	if (behind.n == 0)
		return false;
	behind = slice_from(behind, 1);
	return slice_eq(behind, SLICE("LDAP")) || (behind.n > 0 &&
	    *behind.p != ':' && slice_find(behind, ':') < behind.n);
}

static const char *
line_class_file(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct sendmail_class c = { .line = line };

	if (!line_name(&text, &c.name))
		return "the name of a class is missing";
	text = slice_trim(text);
	if (slice_starts(text, SLICE("-o"))) {
		c.optional = true;
		line_word(&text);
	}
	if (line_is_map_key(text)) {
		c.members = SENDMAIL_MAP_KEY;
		c.text = text;
	} else if (text.n > 0 && *text.p == '|') {
		c.members = SENDMAIL_PROGRAM;
		c.text = slice_trim(slice_from(text, 1));
	} else {
		c.members = SENDMAIL_FILE;
		c.text = line_word(&text);
	}
	return c.text.n == 0 ? "the file of a class is missing"
	    : line_add_class(cf, c);
}

/* A switch of a map: -k and -v may have a blank before their value. */
static void
line_map_switch(struct sendmail_map *map, char *letters, struct slice word,
    struct slice *rest)
{
	char letter = word.n > 1 ? word.p[1] : '\0';
	struct slice value = slice_from(word, 2);

	if (letter == '\0')
		return;
	letters[strlen(letters)] = letter;
	if ((letter == 'k' || letter == 'v') && value.n == 0)
		value = line_word(rest);
	if (letter == 'k')
		map->key_column = value;
	else if (letter == 'v')
		map->value_column = value;
	else if (letter == 'z')
		map->delimiter = value;
	else if (letter == 'T')
		map->on_failure = value;
}

static const char *
line_map(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct sendmail_map map = { .line = line };
	struct slice rest = line_expand(cf, text);
	char *letters = arena_alloc(cf->arena, rest.n + 1);

	map.name = line_word(&rest);
	map.type = line_word(&rest);
	map.spec = rest;
	if (map.name.n == 0 || map.type.n == 0)
		return "a map has no name or no type";
	while (rest.n > 0 && *rest.p == '-') {
		struct slice word = line_word(&rest);

		line_map_switch(&map, letters, word, &rest);
	}
	map.switches = slice_of(letters);
	if (rest.n > 0)
		map.file = line_word(&rest);
	cf->maps = arena_more(cf->arena, cf->maps, cf->map_count,
	    sizeof(*cf->maps));
	cf->maps[cf->map_count++] = map;
	return NULL;
}

/* The name that a line of equates begins with. */
static struct slice
line_equates(struct slice text, struct sendmail_equates *list)
{
	size_t n = 0;

	while (n < text.n && text.p[n] != ',' && !line_is_blank(text.p[n]))
		n++;
	*list = (struct sendmail_equates){ .rest = slice_from(text, n),
		.sign = '=', .end = ',' };
	return slice_head(text, n);
}

/* "TCP host port" */
static void
line_mailer_hop(struct sendmail_mailer *m)
{
	struct slice rest = m->arguments;

	m->is_smtp = slice_eq(m->path, SLICE("[IPC]")) &&
	    slice_eq(line_word(&rest), SLICE("TCP"));
	if (!m->is_smtp)
		return;
	m->host = line_word(&rest);
	if (rest.n > 0)
		m->port = line_word(&rest);
}

static const char *
line_mailer(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct sendmail_mailer m = { .flags = SLICE(""), .line = line };
	struct sendmail_equates list;
	struct sendmail_equate field;

	m.name = line_equates(text, &list);
	while (sendmail_equate_next(&list, cf->arena, &field)) {
		if (field.code == 'P')
			m.path = field.value;
		else if (field.code == 'F')
			m.flags = field.value;
		else if (field.code == 'A')
			m.arguments = slice_trim(field.value);
	}
	if (m.name.n == 0 || list.broken)
		return "a mailer has no name, or a field of it no \"=\"";
	if (m.path.n == 0 || m.arguments.n == 0)
		return "a mailer has no P= or no A=";
	line_mailer_hop(&m);
	cf->mailers = arena_more(cf->arena, cf->mailers,
	    cf->mailer_count, sizeof(*cf->mailers));
	cf->mailers[cf->mailer_count++] = m;
	return NULL;
}

/* False: it has a time that is none. */
static bool
line_timeouts(struct sendmail_filter *f, struct slice text, struct arena *a)
{
	struct sendmail_equates list = { .rest = text, .sign = ':',
		.end = ';' };
	struct sendmail_equate field;
	bool right = true;

	while (sendmail_equate_next(&list, a, &field)) {
		long *to = field.code == 'C' ? &f->connect
		    : field.code == 'S' ? &f->write
		    : field.code == 'R' ? &f->read
		    : field.code == 'E' ? &f->end : NULL;
		long seconds = sendmail_equate_seconds(field.value);

		if (to == NULL || seconds < 0)
			right = false;
		else
			*to = seconds;
	}
	return right && !list.broken;
}

static const char *
line_filter(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	/* Sendmail's own times. */
	struct sendmail_filter f = { .flags = SLICE(""), .connect = 300,
		.write = 10, .read = 10, .end = 300, .line = line };
	struct sendmail_equates list;
	struct sendmail_equate field;
	bool right = true;

	f.name = line_equates(text, &list);
	while (sendmail_equate_next(&list, cf->arena, &field)) {
		if (field.code == 'S')
			f.socket = slice_trim(field.value);
		else if (field.code == 'F')
			f.flags = field.value;
		else if (field.code == 'T')
			right = line_timeouts(&f, field.value, cf->arena);
	}
	if (f.name.n == 0 || list.broken)
		return "a filter has no name, or a field of it no \"=\"";
	if (sendmail_cf_filter(cf, f.name) != NULL)
		return "a filter of this name is defined before";
	cf->filters = arena_more(cf->arena, cf->filters,
	    cf->filter_count, sizeof(*cf->filters));
	cf->filters[cf->filter_count++] = f;
	return right ? NULL : "a filter has a T= that Sendmail does not take";
}

static const char *
line_ruleset(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	struct slice name = slice_trim(slice_head(text,
	    slice_find(text, '=')));

	if (name.n == 0)
		return "a ruleset has no name";
	for (size_t i = 0; i < cf->ruleset_count; i++)
		if (slice_ieq(cf->rulesets[i].name, name)) {
			cf->current = i + 1;
			return NULL;
		}
	cf->rulesets = arena_more(cf->arena, cf->rulesets,
	    cf->ruleset_count, sizeof(*cf->rulesets));
	cf->rulesets[cf->ruleset_count++] =
	    (struct sendmail_ruleset){ name, line, 0 };
	cf->current = cf->ruleset_count;
	return NULL;
}

static const char *
line_rule(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	if (cf->current == 0)
		return "a rule is before the first ruleset";
	if (slice_find(text, '\t') == text.n)
		return "a rule has no tab";
	cf->rules = arena_more(cf->arena, cf->rules, cf->rule_count,
	    sizeof(*cf->rules));
	cf->rules[cf->rule_count++] = (struct sendmail_rule){
		(unsigned)cf->current - 1, text, line };
	cf->rulesets[cf->current - 1].rules++;
	return NULL;
}

static const char *
line_version(struct sendmail_cf *cf, struct slice text,
    unsigned line ATTR_UNUSED)
{
	size_t slash = slice_find(text, '/');
	long level = 0;

	if (!slice_int(slice_trim(slice_head(text, slash)), 1, 1000, &level))
		return "the version of the file is no number";
	cf->level = (int)level;
	cf->vendor = slice_from(text, slash + 1);
	return NULL;
}

static const char *
line_option(struct sendmail_cf *cf, struct slice text, unsigned line)
{
	sendmail_cf_add_option(cf, text, line);
	return NULL;
}

/* A header, a priority, a queue group, an environment variable. */
static const char *
line_other(struct sendmail_cf *cf ATTR_UNUSED, struct slice text ATTR_UNUSED,
    unsigned line ATTR_UNUSED)
{
	return NULL;
}

static const struct {
	char letter;
	const char *(*read)(struct sendmail_cf *cf, struct slice text,
	    unsigned line);
} kinds[] = {
	{ 'O', line_option }, { 'D', line_macro }, { 'C', line_words },
	{ 'T', line_trusted }, { 'F', line_class_file }, { 'K', line_map },
	{ 'M', line_mailer }, { 'X', line_filter }, { 'S', line_ruleset },
	{ 'R', line_rule }, { 'V', line_version }, { 'H', line_other },
	{ 'P', line_other }, { 'Q', line_other }, { 'E', line_other },
	{ 'L', line_other },
};

static void
line_read(struct sendmail_cf *cf, struct slice line, unsigned number)
{
	if (line.n == 0)
		return;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (*line.p == kinds[i].letter) {
			const char *wrong = kinds[i].read(cf,
			    slice_from(line, 1), number);

			if (wrong != NULL)
				sendmail_cf_problem(cf, number, wrong);
			return;
		}
	sendmail_cf_problem(cf, number,
	    "Sendmail knows no line with this first letter");
}

/* Adds a line of the text without its comment. From version 3 on one begins at
 * each "#" that is not "$#" or "\#". */
static void
line_add(struct text *out, struct slice part, bool comments)
{
	for (size_t i = 0; i < part.n; i++) {
		char c = part.p[i], next = i + 1 < part.n ? part.p[i + 1] : 0;

		if (c == '#' && comments && text_length(out) > 0)
			break;
		if (c == '$' && next != 0) {
			text_byte(out, c);
			text_byte(out, next);
			i++;
		} else if (c == '\\' && next == '#' && comments) {
			text_byte(out, next);
			i++;
		} else
			text_byte(out, c);
	}
}

/* Cuts a line and those that continue it off *rest; *number counts them. */
static struct slice
line_next(struct sendmail_cf *cf, struct slice *rest, unsigned *number)
{
	struct slice whole = *rest, part;
	struct text out;
	bool comment = *whole.p == '#';
	size_t n = 0;

	/* How long it is. */
	do
		n += slice_find(slice_from(whole, n), '\n') + 1;
	while (n < whole.n && (whole.p[n] == ' ' || whole.p[n] == '\t'));
	whole = slice_head(whole, n);
	*rest = slice_from(*rest, n);
	text_init(&out, arena_alloc(cf->arena, comment ? 1 : whole.n + 1),
	    comment ? 1 : whole.n + 1);
	for (; whole.n > 0; whole = slice_from(whole,
	    slice_find(whole, '\n') + 1)) {
		++*number;
		if (comment)
			continue;
		part = slice_head(whole, slice_find(whole, '\n'));
		if (part.n > 0 && part.p[part.n - 1] == '\r')
			part.n--;
		line_add(&out, part, cf->level >= 3);
	}
	part = text_so_far(&out);
	while (part.n > 0 && line_is_blank(part.p[part.n - 1]))
		part.n--;
	return part;
}

void
sendmail_line_read(struct slice text, struct arena *a, struct sendmail_cf *out)
{
	unsigned number = 0;

	*out = (struct sendmail_cf){ .arena = a };
	/* Sendmail reads strings: what is behind a NUL is not there. */
	if (slice_find(text, '\0') < text.n)
		sendmail_cf_problem(out, 0, "the file has a NUL in it");
	text = slice_head(text, slice_find(text, '\0'));
	while (text.n > 0) {
		unsigned first = number + 1;

		line_read(out, line_next(out, &text, &number), first);
	}
	if (out->level == 0)
		sendmail_cf_problem(out, 0,
		    "the file has no V line, which Sendmail warns of");
}
