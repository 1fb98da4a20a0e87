/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>
#include <stdint.h>

#include "conf/syntax/section.h"
#include "conf/syntax/context.h"
#include "conf/syntax/nearest.h"
#include "policy/base/text.h"

enum { PATH_SIZE = 256, SHOWN = 80 };

unsigned
section_line(const config_setting_t *at)
{
	return (unsigned)config_setting_source_line(at);
}

/* Adds "partners[3].inbound.level"; the root's path is empty. */
static void
section_add_path(const config_setting_t *at, struct text *path)
{
	const char *name = config_setting_name(at);

	if (config_setting_is_root(at))
		return;
	section_add_path(config_setting_parent(at), path);
	if (name == NULL)
		text_add(path, "[%d]", config_setting_index(at));
	else
		text_join(path, ".", "%s", name);
}

static void section_add_problem(struct read_context *r, enum severity severity,
    const config_setting_t *at, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static void
section_add_problem(struct read_context *r, enum severity severity,
    const config_setting_t *at, const char *format, va_list args)
{
	char path[PATH_SIZE], bytes[640];
	struct text t;

	if (problems_full(r->problems, severity)) {
		problems_add(r->problems, severity, NULL, 0, "%s", "");
		return;
	}
	text_init(&t, path, sizeof(path));
	section_add_path(at, &t);
	text_init(&t, bytes, sizeof(bytes));
	text_vadd(&t, format, args);
	problems_add(r->problems, severity, context_file(at)->path,
	    section_line(at), "%s%s%s", path, path[0] == '\0' ? "" : ": ",
	    bytes);
}

void
section_error(struct read_context *r, const config_setting_t *at,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	section_add_problem(r, SEVERITY_ERROR, at, format, args);
	va_end(args);
}

void
section_warning(struct read_context *r, const config_setting_t *at,
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
    const char *(*known)(unsigned))
{
	char shown[SHOWN], list[160];
	struct nearest nearest;
	const char *next;
	struct text t;

	slice_show(word, shown, sizeof(shown));
	nearest_init(&nearest, word);
	nearest_offer_all(&nearest, known);
	/* One version is no misspelling of another. */
	if (nearest.best != NULL && !section_has_digit(word))
		return err_set(e, "\"%s\" is not known: did you mean \"%s\"?",
		    shown, nearest.best);
	text_init(&t, list, sizeof(list));
	for (unsigned i = 0; (next = known(i)) != NULL; i++)
		text_join(&t, ", ", "%s", next);
	return err_set(e, "\"%s\" is not known: it is one of %s", shown, list);
}

static const char *
section_type_name(const config_setting_t *at)
{
	switch (config_setting_type(at)) {
	case CONFIG_TYPE_GROUP:
		return "a group { }";
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a number with a point";
	case CONFIG_TYPE_STRING:
		return "a string";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
	case CONFIG_TYPE_LIST:
		return "a list";
	}
	return "something else";
}

static bool
section_has_form(const config_setting_t *at, enum form form)
{
	int type = config_setting_type(at);

	switch (form) {
	case FORM_TEXT:
		return type == CONFIG_TYPE_STRING;
	case FORM_FLAG:
		return type == CONFIG_TYPE_BOOL;
	case FORM_NUMBER:
		return type == CONFIG_TYPE_INT;
	case FORM_TEXTS:
		return type == CONFIG_TYPE_STRING ||
		    type == CONFIG_TYPE_ARRAY || type == CONFIG_TYPE_LIST;
	case FORM_GROUP:
		return type == CONFIG_TYPE_GROUP;
	case FORM_GROUPS:
		/* An empty [ ] cannot be told from an empty ( ) by intent. */
		return type == CONFIG_TYPE_LIST ||
		    (type == CONFIG_TYPE_ARRAY &&
		    config_setting_length(at) == 0);
	case FORM_ANY:
		return true;
	}
	return false;
}

static const char *
section_form_name(enum form form)
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
    const config_setting_t *at, void *into)
{
	struct value value = { .at = at };
	struct err e;

	if (!section_has_form(at, key->form)) {
		section_error(r, at, "wanted %s, found %s",
		    section_form_name(key->form), section_type_name(at));
		return;
	}
	if (key->form == FORM_TEXT)
		value.text = slice_of(config_setting_get_string(at));
	if (key->form == FORM_FLAG)
		value.number = config_setting_get_bool(at);
	if (key->form == FORM_NUMBER) {
		value.number = config_setting_get_int(at);
		if (value.number < key->low || value.number > key->high) {
			section_error(r, at, "%d is out of range: %d to %d",
			    value.number, key->low, key->high);
			return;
		}
	}
	if (key->set != NULL && key->set(r, &value, into, &e) == -1)
		section_error(r, at, "%s", e.text);
}

static void
section_unknown_key(struct read_context *r, const config_setting_t *at,
    const struct section *section)
{
	const struct section *inner = section->inner == NULL ? NULL :
	    section->inner();
	struct nearest nearest;

	for (size_t i = 0; inner != NULL && i < inner->count; i++)
		if (strcmp(inner->keys[i].name,
		    config_setting_name(at)) == 0) {
			section_error(r, at, "unknown key: it stands in %s",
			    inner->what);
			return;
		}
	nearest_init(&nearest, slice_of(config_setting_name(at)));
	for (size_t i = 0; i < section->count; i++)
		nearest_offer(&nearest, section->keys[i].name);
	if (nearest.best != NULL)
		section_error(r, at, "unknown key: did you mean %s?",
		    nearest.best);
	else
		section_error(r, at, "unknown key: %s has none of that name",
		    section->what);
}

void
section_defaults(struct read_context *r, const struct section *section,
    void *into)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		struct value value = { .at = NULL };
		struct err e;

		if (key->fallback == NULL)
			continue;
		value.text = slice_of(key->fallback);
		if (key->form == FORM_FLAG)
			value.number = slice_eq(value.text, SLICE("true"));
		/* A default that its own setter refuses is a bug; the tests
		 * read a file of nothing but defaults. */
		if (key->set(r, &value, into, &e) == -1)
			problems_add(r->problems, SEVERITY_ERROR, NULL, 0,
			    "default of %s: %s", key->name, e.text);
	}
}

static size_t
section_key_named(const struct section *section, const char *name)
{
	size_t i = 0;

	/* Most rows differ in the first letter, and this runs for every key
	 * of every partner. */
	while (i < section->count && (section->keys[i].name[0] != name[0] ||
	    strcmp(section->keys[i].name, name) != 0))
		i++;
	return i;
}

void
section_read_seen(struct read_context *r, const config_setting_t *group,
    const struct section *section, void *into, const config_setting_t **seen)
{
	unsigned n = (unsigned)config_setting_length(group);

	if (!section->plain)
		section_defaults(r, section, into);
	for (size_t i = 0; i < section->count; i++)
		seen[i] = NULL;
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *at = config_setting_get_elem(group, i);
		size_t k = section_key_named(section, config_setting_name(at));

		if (k == section->count) {
			section_unknown_key(r, at, section);
			continue;
		}
		seen[k] = at;
		section_set_value(r, &section->keys[k], at, into);
	}
	for (size_t i = 0; i < section->count && !section->plain; i++)
		if (section->keys[i].required && seen[i] == NULL)
			section_error(r, group, "%s is missing",
			    section->keys[i].name);
}

void
section_read(struct read_context *r, const config_setting_t *group,
    const struct section *section, void *into)
{
	const config_setting_t *seen[SECTION_KEYS];

	section_read_seen(r, group, section, into, seen);
}

bool
section_is_texts(const config_setting_t *list)
{
	return list != NULL && section_has_form(list, FORM_TEXTS);
}

size_t
section_texts(const config_setting_t *list)
{
	if (config_setting_type(list) == CONFIG_TYPE_STRING)
		return 1;
	return (size_t)config_setting_length(list);
}

struct value
section_text(struct read_context *r, const config_setting_t *list, size_t i)
{
	struct value value = { .at = list };

	if (config_setting_type(list) != CONFIG_TYPE_STRING)
		value.at = config_setting_get_elem(list, (unsigned)i);
	if (config_setting_type(value.at) == CONFIG_TYPE_STRING)
		value.text = slice_of(config_setting_get_string(value.at));
	else
		section_error(r, value.at, "wanted %s, found %s",
		    section_form_name(FORM_TEXT), section_type_name(value.at));
	return value;
}

void
section_words(struct read_context *r, const config_setting_t *list,
    int (*one)(struct read_context *r, struct slice raw, struct slice *out,
	struct err *e), struct words *out)
{
	size_t n = section_texts(list);
	struct slice *words = arena_array(r->arena, n, sizeof(*words));
	struct err e;

	out->list = words;
	out->count = 0;
	for (size_t i = 0; i < n; i++) {
		struct value value = section_text(r, list, i);

		if (value.text.p == NULL)
			continue;
		if (one(r, value.text, &words[out->count], &e) == -1)
			section_error(r, value.at, "%s", e.text);
		else
			out->count++;
	}
}

bool
section_is_group(struct read_context *r, const config_setting_t *at)
{
	if (section_has_form(at, FORM_GROUP))
		return true;
	section_error(r, at, "wanted %s, found %s",
	    section_form_name(FORM_GROUP), section_type_name(at));
	return false;
}
