/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_table.h"

/* The types that connect to somebody. */
static const char *const connecting[] = { "ldap", "memcache", "mongodb",
	"mysql", "pgsql", "socketmap", "tcp" };

static bool
table_connects(struct slice type)
{
	for (size_t i = 0; i < COUNT_OF(connecting); i++)
		if (slice_eq(type, slice_of(connecting[i])))
			return true;
	return false;
}

/* The name without "proxy:", and with the path of a socket as it is outside of
 * the chroot. */
static struct slice
table_name_outside(const struct mta_instance *instance,
    const struct mta_list *list, const struct mta_table *table,
    struct arena *a)
{
	static const char socket[] = "socketmap:unix:";
	struct slice name = table->name, path;

	while (slice_starts(name, SLICE("proxy:")))
		name = slice_from(name, strlen("proxy:"));
	if (!list->chrooted || table->by_proxy ||
	    !slice_starts(name, slice_of(socket)))
		return name;
	path = slice_from(name, strlen(socket));
	return slice_of(arena_printf(a, "%s%.*s%s%.*s", socket,
	    SLICE_ARGS(instance->queue_folder.text),
	    slice_starts(path, SLICE("/")) ? "" : "/", SLICE_ARGS(path)));
}

int
postfix_table_open(const struct mta_instance *instance,
    const struct mta_list *list, const struct mta_table *table,
    const char *program, struct arena *a, struct postfix_table *out,
    struct err *e)
{
	struct slice folder = slice_head(slice_of(program),
	    slice_rfind(slice_of(program), '/'));
	struct slice owner = instance->mail_owner.text;

	*out = (struct postfix_table){ .config = instance->config };
	out->program = arena_printf(a, "%.*s/postmap", SLICE_ARGS(folder));
	if (!postmap_open(table_name_outside(instance, list, table, a), a,
		&out->postmap))
		return err_set(e, "%.*s: tables of this type are not asked",
		    SLICE_ARGS(table->name));
	if (!table->by_proxy && !table_connects(table->type))
		return 0;
	if (!unix_user_find(owner, &out->user))
		return err_set(e, "mail_owner = %.*s: there is no such user",
		    SLICE_ARGS(owner));
	out->postmap.user = &out->user;
	return 0;
}

int
postfix_table_ask(struct postfix_table *table, struct slice keys,
    struct err *e)
{
	return postmap_ask(&table->postmap, table->program, table->config,
	    keys, e);
}
