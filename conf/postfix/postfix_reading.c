/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_reading.h"

void
postfix_reading_begin(struct postfix_reading *r, const struct postconf *p,
    struct arena *a, struct mta_instance *instance)
{
	*r = (struct postfix_reading){ .arena = a, .postconf = p,
		.instance = instance };
	instance->settings = postfix_settings_of_all(p);
	postfix_references_find(p, a, &instance->unread, &r->references);
	postfix_settings_check(&r->references);
}

struct mta_value
postfix_value(const struct postfix_reading *r, const struct mta_settings *own,
    const char *name)
{
	return mta_setting(r->instance, own, name);
}

struct mta_value
postfix_value_of(const struct postfix_reading *r,
    const struct mta_settings *own, const char *program, const char *rest)
{
	char name[80];

	snprintf(name, sizeof(name), "%s_%s", program, rest);
	return postfix_value(r, own, name);
}

struct mta_list
postfix_value_list(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_value value,
    enum postfix_list kind)
{
	struct mta_list list = postfix_list(value, kind, r->arena);

	if (line != NULL) {
		list.asker = line->name;
		list.chrooted = postfix_is_chrooted(r, line);
	}
	for (size_t i = 0; i < list.table_count; i++)
		if (!postconf_has_type(r->postconf, list.tables[i].type))
			mta_unread_add(r->arena, &r->instance->unread,
			    arena_string(r->arena, list.tables[i].name),
			    "%s names it, and postconf -m has no type %.*s",
			    value.name, SLICE_ARGS(list.tables[i].type));
	if (kind != POSTFIX_TABLES || list.name_count == 0)
		return list;
	mta_unread_add(r->arena, &r->instance->unread, value.name,
	    "%.*s is no table", SLICE_ARGS(list.names[0]));
	return list;
}

bool
postfix_is_chrooted(const struct postfix_reading *r,
    const struct postconf_service *service)
{
	struct mta_value level = postfix_value(r, NULL, "compatibility_level");

	if (!slice_eq(service->chroot, SLICE("-")))
		return slice_eq(service->chroot, SLICE("y"));
	/* master(5): "-" is yes before Postfix 3.0, whose level is 1. */
	return level.name == NULL ||
	    mta_version_compare(level.text, SLICE("1")) < 0;
}
