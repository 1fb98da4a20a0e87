/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/print_settings.h"
#include "conf/file/toplevel.h"
#include "policy/base/arena.h"
#include "policy/base/text.h"

/* Room for a long list; what is longer ends in "...". */
enum { SETTINGS_VALUE = 4096, SETTINGS_NAME = 64 };

/* What is done with each setting: its name is "log.scope". */
struct settings_walk {
	void (*each)(struct settings_walk *walk, const char *name,
	    const struct section_key *key);
	const struct settings *settings, *usual;
	FILE *out;
	json_t *object;
	bool any;
};

static void
settings_each(struct settings_walk *walk, const struct section *section,
    const char *prefix)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct section_key *key = &section->keys[i];
		char name[SETTINGS_NAME];

		snprintf(name, sizeof(name), "%s%s%s", prefix,
		    prefix[0] == '\0' ? "" : ".", key->name);
		if (key->group != NULL)
			settings_each(walk, key->group(), name);
		else if (key->show != NULL)
			walk->each(walk, name, key);
	}
}

static const char *
settings_value(const struct section_key *key, const struct settings *settings,
    char value[SETTINGS_VALUE])
{
	struct text t;

	text_init(&t, value, SETTINGS_VALUE);
	key->show(key, settings, &t);
	text_end(&t);
	return value;
}

static void
settings_print_changed(struct settings_walk *walk, const char *name,
    const struct section_key *key)
{
	char is[SETTINGS_VALUE], was[SETTINGS_VALUE];

	settings_value(key, walk->settings, is);
	settings_value(key, walk->usual, was);
	if (strcmp(is, was) == 0)
		return;
	if (!walk->any)
		fputs("\nsettings that differ from their defaults\n",
		    walk->out);
	walk->any = true;
	fprintf(walk->out, "  %-20s %s\n", name, is);
}

void
print_settings(const struct settings *settings, FILE *out)
{
	struct arena *a = arena_create(4096);
	struct settings usual;
	struct settings_walk walk = { .each = settings_print_changed,
		.settings = settings, .usual = &usual, .out = out };

	toplevel_defaults(a, &usual);
	settings_each(&walk, toplevel_section(), "");
	arena_destroy(&a);
}

static void
settings_add_json(struct settings_walk *walk, const char *name,
    const struct section_key *key)
{
	char value[SETTINGS_VALUE];

	settings_value(key, walk->settings, value);
	json_object_set_new(walk->object, name, value[0] == '\0' ?
	    json_null() : json_string(value));
}

json_t *
print_settings_json(const struct settings *settings)
{
	struct settings_walk walk = { .each = settings_add_json,
		.settings = settings, .object = json_object() };

	settings_each(&walk, toplevel_section(), "");
	return walk.object;
}
