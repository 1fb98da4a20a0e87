/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>

#include "conf/syntax/section.h"
#include "conf/syntax/context.h"
#include "conf/syntax/nearest.h"
#include "policy/base/text.h"

enum { PATH_SIZE = 256, SHOWN = 80 };

static void section_add_problem(struct read_context *r, enum severity severity,
    struct node at, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void
section_add_problem(struct read_context *r, enum severity severity,
    struct node at, const char *format, va_list args)
{
	char path[PATH_SIZE], bytes[640];
	struct text t;

	if (problems_full(r->problems, severity)) {
		problems_add(r->problems, severity, NULL, 0, "%s", "");
		return;
	}
	text_init(&t, path, sizeof(path));
	node_add_path(at, &t);
	text_init(&t, bytes, sizeof(bytes));
	text_vadd(&t, format, args);
	problems_add(r->problems, severity, at.origin->path,
	    node_place(at).line, "%s%s%s", path, path[0] == '\0' ? "" : ": ",
	    bytes);
}

void
section_error(struct read_context *r, struct node at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	section_add_problem(r, SEVERITY_ERROR, at, format, args);
	va_end(args);
}

void
section_warning(struct read_context *r, struct node at,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	section_add_problem(r, SEVERITY_WARNING, at, format, args);
	va_end(args);
}

static bool
section_has_digit(struct slice word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] >= '0' && word.p[i] <= '9')
			return true;
	return false;
}

int
section_unknown(struct err *e, struct slice word,
    const struct vocabulary *known)
{
	char shown[SHOWN], list[160];
	struct nearest nearest;
	struct text t;

	slice_show(word, shown, sizeof(shown));
	nearest_init(&nearest, word);
	nearest_offer_all(&nearest, known);
	/* A word with a digit is a version, not a misspelling of another. */
	if (nearest.best != NULL && !section_has_digit(word))
		return err_set(e, "\"%s\" is not known: did you mean \"%s\"?",
		    shown, nearest.best);
	text_init(&t, list, sizeof(list));
	for (unsigned i = 0; i < known->count; i++)
		text_join(&t, ", ", "%s", vocabulary_word(known, i));
	return err_set(e, "\"%s\" is not known: it is one of %s", shown, list);
}

static const char *
section_type_name(struct node at)
{
	switch (node_kind(at)) {
	case NODE_GROUP:
		return "a group { }";
	case NODE_NUMBER:
	case NODE_LARGE:
		return "a number";
	case NODE_FRACTION:
		return "a number with a decimal point";
	case NODE_TEXT:
		return "a string";
	case NODE_FLAG:
		return "true or false";
	case NODE_ARRAY:
	case NODE_LIST:
		return "a list";
	case NODE_ABSENT:
		break;
	}
	return "something else";
}

static bool
section_has_form(struct node at, enum value_form form)
{
	enum node_kind kind = node_kind(at);

	switch (form) {
	case FORM_TEXT:
		return kind == NODE_TEXT;
	case FORM_FLAG:
		return kind == NODE_FLAG;
	case FORM_NUMBER:
		return kind == NODE_NUMBER;
	case FORM_TEXTS:
		return kind == NODE_TEXT || kind == NODE_ARRAY ||
		    kind == NODE_LIST;
	case FORM_GROUP:
		return kind == NODE_GROUP;
	case FORM_GROUPS:
		/* An empty [ ] means the same as an empty ( ). */
		return kind == NODE_LIST ||
		    (kind == NODE_ARRAY && node_count(at) == 0);
	case FORM_ANY:
		return true;
	}
	return false;
}

static const char *
section_form_name(enum value_form form)
{
	switch (form) {
	case FORM_TEXT:
		return "a string in quotes";
	case FORM_FLAG:
		return "true or false, without quotes";
	case FORM_NUMBER:
		return "a whole number, without quotes";
	case FORM_TEXTS:
		return "a list of strings [ \"...\", \"...\" ]";
	case FORM_GROUP:
		return "a group { }";
	case FORM_GROUPS:
		return "a list of groups ( { }, { } )";
	case FORM_ANY:
		break;
	}
	return "something else";
}

static void
section_set_value(struct read_context *r, const struct section_key *key,
    struct node at, void *into)
{
	struct value value = { .key = key, .at = at };
	struct err e;

	if (!section_has_form(at, key->form)) {
		section_error(r, at, "expected %s, found %s",
		    section_form_name(key->form), section_type_name(at));
		return;
	}
	if (key->form == FORM_TEXT)
		value.text = node_text(at);
	if (key->form == FORM_FLAG)
		value.number = node_number(at);
	if (key->form == FORM_NUMBER) {
		value.number = node_number(at);
		if (value.number < key->low || value.number > key->high) {
			section_error(r, at, "%d is out of range: %d to %d",
			    value.number, key->low, key->high);
			return;
		}
	}
	if (key->set != NULL && key->set(r, &value, into, &e) < 0)
		section_error(r, at, "%s", e.text);
}

static void
section_unknown_key(struct read_context *r, struct node at,
    const struct section *section)
{
	const struct section *inner = section->inner == NULL ? NULL :
	    section->inner();
	struct nearest nearest;

	for (size_t i = 0; inner != NULL && i < inner->count; i++)
		if (strcmp(inner->keys[i].name, node_name(at)) == 0) {
			section_error(r, at, "unknown key: it belongs in %s",
			    inner->what);
			return;
		}
	nearest_init(&nearest, slice_of(node_name(at)));
	for (size_t i = 0; i < section->count; i++)
		nearest_offer(&nearest, section->keys[i].name);
	if (nearest.best != NULL)
		section_error(r, at, "unknown key: did you mean %s?",
		    nearest.best);
	else
		section_error(r, at, "unknown key: %s has no such key",
		    section->what);
}

void
section_defaults(struct read_context *r, const struct section *section,
    void *into)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		struct value value = { .key = key };
		struct err e;
		long number;

		if (key->group != NULL)
			section_defaults(r, key->group(), into);
		if (key->fallback == NULL)
			continue;
		assert(key->set != NULL);
		value.text = slice_of(key->fallback);
		if (key->form == FORM_FLAG)
			value.number = slice_eq(value.text, SLICE("true"));
		if (key->form == FORM_NUMBER &&
		    slice_int(value.text, key->low, key->high, &number))
			value.number = (int)number;
		/* A default that its setter refuses is a bug; the tests read
		 * a file with nothing but defaults. */
		if (key->set(r, &value, into, &e) < 0)
			problems_add(r->problems, SEVERITY_ERROR, NULL, 0,
			    "default of %s: %s", key->name, e.text);
	}
}

/* The index of the key in the table; count when it is not there. */
static size_t
section_key_named(const struct section *section, const char *name)
{
	size_t i = 0;

	/* This runs for every key of every partner; most rows differ in the
	 * first letter. */
	while (i < section->count && (section->keys[i].name[0] != name[0] ||
	    strcmp(section->keys[i].name, name) != 0))
		i++;
	return i;
}

void
section_read_nodes(struct read_context *r, struct node group,
    const struct section *section, void *into, struct node *nodes)
{
	size_t n = node_count(group);

	assert(node_is_group(group));
	if (!section->plain)
		section_defaults(r, section, into);
	for (size_t i = 0; i < section->count; i++)
		nodes[i] = NODE_NONE;
	for (size_t i = 0; i < n; i++) {
		struct node at = node_member(group, i);
		size_t k = section_key_named(section, node_name(at));

		if (k == section->count) {
			section_unknown_key(r, at, section);
			continue;
		}
		nodes[k] = at;
		section_set_value(r, &section->keys[k], at, into);
	}
	for (size_t i = 0; i < section->count && !section->plain; i++)
		if (section->keys[i].required && !node_is_given(nodes[i]))
			section_error(r, group, "%s is missing",
			    section->keys[i].name);
}

void
section_read(struct read_context *r, struct node group,
    const struct section *section, void *into)
{
	struct node nodes[SECTION_KEYS];

	assert(section->count <= SECTION_KEYS);
	section_read_nodes(r, group, section, into, nodes);
}

bool
section_is_texts(struct node list)
{
	return section_has_form(list, FORM_TEXTS);
}

size_t
section_count_texts(struct node list)
{
	return node_kind(list) == NODE_TEXT ? 1 : node_count(list);
}

struct node
section_text_node(struct node list, size_t i)
{
	return node_kind(list) == NODE_TEXT ? list : node_member(list, i);
}

struct value
section_text_value(struct read_context *r, struct node list, size_t i)
{
	struct value value = { .at = section_text_node(list, i) };

	value.text = node_text(value.at);
	if (value.text.p == NULL)
		section_error(r, value.at, "expected %s, found %s",
		    section_form_name(FORM_TEXT), section_type_name(value.at));
	return value;
}

void
section_each_text(struct read_context *r, struct node list,
    void (*each)(struct read_context *r, const struct value *value))
{
	size_t n = section_is_texts(list) ? section_count_texts(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct value value = section_text_value(r, list, i);

		if (value.text.p != NULL)
			each(r, &value);
	}
}

void
section_words(struct read_context *r, struct node list,
    int (*parse)(struct read_context *r, struct slice raw, struct slice *out,
	struct err *e), struct words *out)
{
	size_t n = section_count_texts(list);
	struct slice *words = arena_array(r->arena, n, sizeof(*words));
	struct err e;

	out->list = words;
	out->count = 0;
	for (size_t i = 0; i < n; i++) {
		struct value value = section_text_value(r, list, i);

		if (value.text.p == NULL)
			continue;
		if (parse(r, value.text, &words[out->count], &e) < 0)
			section_error(r, value.at, "%s", e.text);
		else
			out->count++;
	}
}

bool
section_is_group(struct read_context *r, struct node at)
{
	if (section_has_form(at, FORM_GROUP))
		return true;
	section_error(r, at, "expected %s, found %s",
	    section_form_name(FORM_GROUP), section_type_name(at));
	return false;
}
