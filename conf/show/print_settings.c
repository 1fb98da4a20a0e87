/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/print_settings.h"
#include "conf/file/toplevel.h"
#include "policy/base/arena.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"

/* Room for a long list; a longer one ends in "...". */
enum { SETTINGS_VALUE = 4096, SETTINGS_NAME = 64 };

/* The value as text; null for an absent one. */
static json_t *
settings_value_json(const struct section_key *key,
    const struct settings *settings)
{
	char value[SETTINGS_VALUE];
	struct text t;

	text_init(&t, value, sizeof(value));
	key->show(key, settings, &t);
	text_end(&t);
	return value[0] == '\0' ? json_null()
	    : jsontext_exact(slice_of(value));
}

/* Adds the settings of section to o; prefix is the name of its group. */
static void
settings_add_json(json_t *o, const struct section *section,
    const char *prefix, const struct settings *settings)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		char name[SETTINGS_NAME];
		int n = snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] == '\0' ? "" : ".", key->name);

		assert(n > 0 && (size_t)n < sizeof(name));
		if (key->group != NULL)
			settings_add_json(o, key->group(), name, settings);
		else if (key->show != NULL)
			json_object_set_new(o, name,
			    settings_value_json(key, settings));
	}
}

json_t *
print_settings_json(const struct settings *settings)
{
	json_t *o = json_object();

	settings_add_json(o, toplevel_section(), "", settings);
	return o;
}

static json_t *
settings_defaults_json(void)
{
	struct arena *a = arena_create(4096);
	struct settings defaults;
	json_t *o;

	toplevel_defaults(a, &defaults);
	o = print_settings_json(&defaults);
	arena_destroy(&a);
	return o;
}

void
print_settings(json_t *settings, FILE *out)
{
	json_t *defaults = settings_defaults_json(), *value;
	const char *name;
	bool any = false;

	/* The same rows made both. */
	assert(json_object_size(settings) == json_object_size(defaults));
	json_object_foreach(settings, name, value) {
		if (json_equal(value, json_object_get(defaults, name)))
			continue;
		if (!any)
			fputs("\nsettings that differ from their defaults\n",
			    out);
		any = true;
		fprintf(out, "  %-20s %s\n", name, json_is_null(value) ? ""
		    : json_string_value(value));
	}
	json_decref(defaults);
}
