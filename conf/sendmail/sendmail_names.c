/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "conf/sendmail/sendmail_entries.h"
#include "conf/sendmail/sendmail_names.h"

static const struct {
	const char *name;
	enum mta_domain_class class;
	enum sendmail_question question;
} classes[] = {
	{ "w", MTA_DOMAINS_LOCAL, SENDMAIL_ASK_LOCAL },
	{ "R", MTA_DOMAINS_RELAYED, SENDMAIL_ASK_RELAYED },
	{ "VirtHost", MTA_DOMAINS_VIRTUAL_ALIAS, SENDMAIL_ASK_VIRTUAL },
};

/* The names that lines of the file have, where Sendmail cannot be asked. */
static void
names_of_file(const struct sendmail_reading *r, struct slice class,
    struct mta_list *list)
{
	struct slice *names = NULL, text, word;

	for (size_t i = 0; i < r->cf->class_count; i++) {
		const struct sendmail_class *c = &r->cf->classes[i];

		if (!slice_eq(c->name, class) || c->members != SENDMAIL_WORDS)
			continue;
		for (text = c->text; slice_next(&text, ' ', &word); ) {
			word = slice_trim(word);
			if (word.n == 0)
				continue;
			names = arena_more(r->arena, names,
			    list->name_count, sizeof(*names));
			names[list->name_count++] = word;
		}
	}
	list->names = names;
}

/* A class's first line; absent: it has none. */
static struct sendmail_value
names_first_line(const struct sendmail_reading *r, struct slice class)
{
	for (size_t i = 0; i < r->cf->class_count; i++)
		if (slice_eq(r->cf->classes[i].name, class))
			return (struct sendmail_value){
				r->cf->classes[i].text,
				r->cf->classes[i].line };
	return (struct sendmail_value){ SLICE_NONE, 0 };
}

static void
names_read_domains(const struct sendmail_reading *r)
{
	struct mta_domains *list = arena_array(r->arena, COUNT_OF(classes),
	    sizeof(*list));

	for (size_t i = 0; i < COUNT_OF(classes); i++) {
		struct slice name = slice_of(classes[i].name);
		struct mta_list *to = &list[i].list;

		list[i].class = classes[i].class;
		to->value = sendmail_reading_value(r, classes[i].name,
		    names_first_line(r, name), "");
		if (r->said == NULL) {
			names_of_file(r, name, to);
			continue;
		}
		to->names = r->said->answers[classes[i].question].lines;
		to->name_count = r->said->answers[classes[i].question].count;
	}
	r->instance->domains = list;
	r->instance->domains_count = COUNT_OF(classes);
}

/* A specification of AliasFile, "type:spec", or a path alone. */
static struct mta_table
names_alias_table(const struct sendmail_reading *r, struct slice spec)
{
	size_t colon = slice_find(spec, ':');
	struct slice type = SLICE("implicit");

	if (colon < spec.n && *spec.p != '/') {
		type = slice_head(spec, colon);
		spec = slice_from(spec, colon + 1);
	}
	return (struct mta_table){ .type = type, .name = slice_of(
	    arena_printf(r->arena, "%.*s %.*s", SLICE_ARGS(type),
	    SLICE_ARGS(slice_trim(spec)))) };
}

/* Cuts a specification off; commas within quotes belong to one. */
static struct slice
names_next_spec(struct slice *rest)
{
	bool quoted = false;
	size_t n = 0;
	struct slice spec;

	for (; n < rest->n && (rest->p[n] != ',' || quoted); n++)
		if (rest->p[n] == '"')
			quoted = !quoted;
	spec = slice_trim(slice_head(*rest, n));
	*rest = slice_from(*rest, n + 1);
	return spec;
}

/* Each line of AliasFile adds databases. */
static struct mta_list
names_aliases(const struct sendmail_reading *r)
{
	struct mta_list list = { .value = sendmail_reading_option(r,
	    "AliasFile", "") };
	struct mta_table *tables = NULL;

	for (size_t i = 0; i < r->cf->option_count; i++) {
		struct slice rest = r->cf->options[i].value;

		if (!slice_eq(r->cf->options[i].name, SLICE("AliasFile")))
			continue;
		while (rest.n > 0) {
			struct slice spec = names_next_spec(&rest);

			if (spec.n == 0)
				continue;
			tables = arena_more(r->arena, tables,
			    list.table_count, sizeof(*tables));
			tables[list.table_count++] = names_alias_table(r,
			    spec);
		}
	}
	list.tables = tables;
	return list;
}

static const struct {
	const char *map;
	enum mta_rewriting_kind kind;
} rewritings[] = {
	{ "virtuser", MTA_REWRITES_VIRTUAL },
	{ "domaintable", MTA_REWRITES_CANONICAL },
	{ "generics", MTA_REWRITES_GENERIC },
};

static void
names_read_rewritings(const struct sendmail_reading *r)
{
	struct mta_rewriting *list = arena_array(r->arena,
	    COUNT_OF(rewritings) + 1, sizeof(*list));
	size_t count = 0;

	list[count] = (struct mta_rewriting){ MTA_REWRITES_ALIAS,
		names_aliases(r) };
	count += list[count].list.table_count > 0;
	for (size_t i = 0; i < COUNT_OF(rewritings); i++) {
		list[count].kind = rewritings[i].kind;
		list[count].list = sendmail_reading_map(r, rewritings[i].map);
		count += list[count].list.table_count;
	}
	r->instance->rewritings = list;
	r->instance->rewriting_count = count;
}

/* A file that is not there fails each look-up, unless -o says that it may be
 * absent. */
static void
names_check_table(const struct sendmail_reading *r,
    const struct mta_table_use *use)
{
	const char *path = sendmail_entries_missing(r->arena,
	    use->table.name);

	if (path != NULL)
		mta_unread_add(r->arena, &r->instance->unread,
		    arena_string(r->arena, use->table.name),
		    "%s cannot be opened: %s", path, strerror(errno));
}

static void
names_read_tables(const struct sendmail_reading *r)
{
	struct mta_list aliases = names_aliases(r);
	struct mta_table_use *list = arena_array(r->arena, r->cf->map_count +
	    aliases.table_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < r->cf->map_count; i++) {
		const struct sendmail_map *map = &r->cf->maps[i];
		const char *name = arena_string(r->arena, map->name);

		if (map->file.n == 0 || sendmail_cf_map(r->cf, name) != map)
			continue;
		list[count].table = sendmail_reading_table(r, map);
		list[count++].value = sendmail_reading_map(r, name).value;
	}
	for (size_t i = 0; i < aliases.table_count; i++) {
		list[count].table = aliases.tables[i];
		list[count++].value = aliases.value;
	}
	for (size_t i = 0; i < count; i++)
		names_check_table(r, &list[i]);
	r->instance->tables = list;
	r->instance->table_count = count;
}

void
sendmail_names_read(const struct sendmail_reading *r)
{
	names_read_domains(r);
	names_read_rewritings(r);
	names_read_tables(r);
}
