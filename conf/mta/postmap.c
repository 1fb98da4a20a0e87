/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/mta/mtaprogram.h"
#include "conf/mta/postmap.h"

struct postmap_entry {
	struct slice key, value;
};

/* The types of Postfix's own tables that may come here. What unionmap: and
 * pipemap: do depends on their parts. */
static const struct {
	const char *type;
	bool by_pattern;
} types[] = {
	{ "btree", false }, { "cdb", false }, { "dbm", false },
	{ "environ", false }, { "hash", false }, { "inline", false },
	{ "internal", false }, { "ldap", false }, { "lmdb", false },
	{ "memcache", false }, { "mongodb", false }, { "mysql", false },
	{ "nis", false }, { "nisplus", false }, { "pgsql", false },
	{ "sdbm", false }, { "socketmap", false }, { "sqlite", false },
	{ "static", false }, { "texthash", false },
	{ "cidr", true }, { "pcre", true }, { "regexp", true },
	{ "tcp", true },
};

bool
postmap_open(struct slice name, struct arena *a, struct postmap *out)
{
	struct slice rest = name, type;

	do {
		if (slice_find(rest, ':') == rest.n ||
		    !slice_next(&rest, ':', &type))
			return false;
	} while (slice_eq(type, SLICE("proxy")));
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (slice_eq(type, slice_of(types[i].type))) {
			*out = (struct postmap){ .name = name, .arena = a,
				.by_pattern = types[i].by_pattern };
			return true;
		}
	return false;
}

/* A line is the key, a tab and the value. */
static int
postmap_take(void *data, struct slice line, struct err *e)
{
	struct postmap *table = data;
	struct postmap_entry *more;
	size_t tab = slice_find(line, '\t');
	char shown[80];

	if (tab == line.n) {
		slice_show(line, shown, sizeof(shown));
		return err_set(e, "postmap prints a line without a tab: %s",
		    shown);
	}
	if (table->count == table->room) {
		table->room = table->room == 0 ? 64 : 2 * table->room;
		more = arena_array(table->arena, table->room, sizeof(*more));
		if (table->count > 0)
			memcpy(more, table->entries,
			    table->count * sizeof(*more));
		table->entries = more;
	}
	table->entries[table->count++] = (struct postmap_entry){
		arena_copy(table->arena, slice_head(line, tab)),
		arena_copy(table->arena, slice_from(line, tab + 1)) };
	return 0;
}

static int
postmap_compare(const void *a, const void *b)
{
	const struct postmap_entry *x = a, *y = b;

	return slice_compare(x->key, y->key);
}

int
postmap_ask(struct postmap *table, const char *program, const char *config,
    struct slice keys, struct err *e)
{
	const char *argv[] = { program, "-q", "-", NULL, NULL, NULL, NULL };
	const char *name = arena_string(table->arena, table->name);
	/* Status 1 may be that, and is a failure's as well. */
	struct mtaprogram_question question = { .user = table->user,
		.input = keys, .nothing = 1,
		.harmless = " is older than source file " };

	assert(table->count == 0);
	argv[3] = name;
	if (config != NULL) {
		argv[3] = "-c";
		argv[4] = config;
		argv[5] = name;
	}
	if (mtaprogram_ask(argv, &question, postmap_take, table, e) < 0)
		return -1;
	if (table->count > 0)
		qsort(table->entries, table->count,
		    sizeof(struct postmap_entry), postmap_compare);
	return 0;
}

struct slice
postmap_value(const struct postmap *table, struct slice key)
{
	struct postmap_entry wanted = { .key = key };
	const struct postmap_entry *found = table->count == 0 ? NULL
	    : bsearch(&wanted, table->entries, table->count,
		sizeof(wanted), postmap_compare);

	return found == NULL ? SLICE_NONE : found->value;
}
