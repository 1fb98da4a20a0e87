/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>

#include "conf/file/tablefile.h"
#include "conf/file/partners.h"
#include "conf/syntax/section.h"

/* A table file that is being read. */
struct tablefile {
	struct read_context *r;
	struct textfile file;
	struct slice last;              /* the name on the line before */
	unsigned partner;               /* its partner */
};

static void tablefile_error(struct tablefile *t, unsigned line,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
tablefile_error(struct tablefile *t, unsigned line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	problems_vadd(t->r->problems, SEVERITY_ERROR, t->file.path, line,
	    format, args);
	va_end(args);
}

/* A table, for speed: every byte of a million lines is checked with it. */
static const bool blank[256] = { [' '] = true, ['\t'] = true,
	['\r'] = true };

/* Cuts the next word; empty at the end of the line or before a comment. */
static struct slice
tablefile_next_word(struct slice *rest)
{
	const char *p = rest->p, *end = p + rest->n;
	struct slice word;

	while (p < end && blank[(unsigned char)*p])
		p++;
	word.p = p;
	while (p < end && !blank[(unsigned char)*p])
		p++;
	word.n = (size_t)(p - word.p);
	if (word.n > 0 && word.p[0] == '#') {
		word.n = 0;
		p = end;
	}
	rest->p = p;
	rest->n = (size_t)(end - p);
	return word;
}

static void
tablefile_unknown_name(struct tablefile *t, unsigned line, struct slice name)
{
	bool partner = name.n > 0 && name.p[0] == '@';
	const struct names *known = partner ? &t->r->partners :
	    &t->r->profiles;
	struct slice bare = slice_from(name, partner ? 1 : 0);
	const char *nearest = names_nearest(known, bare);
	const char *kind = partner ? "partner" : "profile";
	unsigned other;
	char shown[80];

	slice_show(bare, shown, sizeof(shown));
	if (!partner && names_find(&t->r->partners, bare, &other))
		tablefile_error(t, line,
		    "there is no profile \"%s\": write a partner as @%s",
		    shown, shown);
	else if (nearest != NULL)
		tablefile_error(t, line,
		    "there is no %s \"%s\": did you mean "
		    "\"%s\"?",
		    kind, shown, nearest);
	else
		tablefile_error(t, line, "there is no %s \"%s\"", kind,
		    shown);
}

/* Sets t->partner for a line with this name; false when it is unknown. Most
 * lines have the name of the line before. */
static bool
tablefile_partner_of(struct tablefile *t, unsigned line, struct slice name)
{
	bool known;

	assert(name.n > 0);
	if (slice_eq(name, t->last))
		return true;
	if (name.p[0] == '@')
		known = names_find(&t->r->partners, slice_from(name, 1),
		    &t->partner);
	else
		known = partners_of_profile(t->r, name, &t->partner);
	if (known)
		t->last = name;
	else
		tablefile_unknown_name(t, line, name);
	return known;
}

/* Whether a key is a next hop: it has a port or service after a colon or after
 * the bracket of an address literal, which may contain colons. */
static bool
tablefile_is_next_hop(struct slice key)
{
	size_t close;

	if (key.p[0] != '[')
		return slice_find(key, ':') < key.n;
	close = slice_rfind(key, ']');
	return close + 1 < key.n;
}

static void
tablefile_read_line(struct tablefile *t, unsigned line, struct slice text)
{
	struct place at = { t->file.name, line };
	struct slice key = tablefile_next_word(&text), name, more;
	bool next_hop;
	struct err e;

	if (key.n == 0)
		return;
	name = tablefile_next_word(&text);
	more = tablefile_next_word(&text);
	if (name.n == 0 || more.n != 0) {
		tablefile_error(t, line,
		    "a line is KEY @PARTNER or KEY PROFILE");
		return;
	}
	if (!tablefile_partner_of(t, line, name))
		return;
	next_hop = tablefile_is_next_hop(key);
	if (partners_claim(t->r, key, next_hop, t->partner,
	    next_hop ? TABLE_ALL_HOPS & ~TABLE_INBOUND : TABLE_ALL_HOPS, at,
	    &e) < 0)
		tablefile_error(t, line, "%s", e.text);
	else if (t->partner < t->r->has_key_count)
		t->r->has_key[t->partner] = true;
}

static void
tablefile_read_lines(struct tablefile *t)
{
	const char *p = t->file.text, *end = p + t->file.n;

	for (unsigned line = 1; p < end; line++) {
		/* textfile_read() adds a newline to the text. */
		const char *stop = memchr(p, '\n', (size_t)(end - p) + 1);

		assert(stop != NULL);
		tablefile_read_line(t, line,
		    (struct slice){ p, (size_t)(stop - p) });
		p = stop + 1;
	}
}

static size_t
tablefile_count_lines(const struct textfile *file)
{
	const char *p = file->text, *end = p + file->n;
	size_t count = 1;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		count++;
		p++;
	}
	return count;
}

static void
tablefile_read_file(struct read_context *r, const struct value *value)
{
	struct tablefile t = { .r = r };
	struct slice path = context_path(r, value->text);
	struct err e;

	if (r->source->read(r->source, path.p, &t.file, &e) < 0) {
		section_error(r, value->at, "%s: %s", path.p, e.text);
		return;
	}
	t.file.name = context_name(r, path);
	context_add_file(r, &t.file);
	table_reserve(r->policy->table, table_keys(r->policy->table) +
	    tablefile_count_lines(&t.file), t.file.n);
	if (textfile_check_bytes(&t.file, &e) < 0)
		tablefile_error(&t, e.line, "%s", e.text);
	else
		tablefile_read_lines(&t);
	textfile_clear(&t.file);
}

void
tablefile_read_all(struct read_context *r)
{
	section_each_text(r, node_key(node_root(r->origins), "tables"),
	    tablefile_read_file);
}
