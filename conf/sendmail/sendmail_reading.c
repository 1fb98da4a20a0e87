/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_reading.h"

const char *
sendmail_reading_origin(const struct sendmail_reading *r, unsigned line)
{
	return line == 0 ? "command line" : arena_printf(r->arena,
	    "%s line %u", r->file, line);
}

struct mta_value
sendmail_reading_value(const struct sendmail_reading *r, const char *name,
    struct sendmail_value value, const char *unset)
{
	if (value.text.p == NULL)
		return (struct mta_value){ name, slice_of(unset), "default",
			true };
	return (struct mta_value){ name, value.text,
		sendmail_reading_origin(r, value.line), false };
}

struct mta_value
sendmail_reading_option(const struct sendmail_reading *r, const char *name,
    const char *unset)
{
	return sendmail_reading_value(r, name,
	    sendmail_cf_option(r->cf, name), unset);
}

struct mta_value
sendmail_reading_macro(const struct sendmail_reading *r, const char *macro)
{
	return sendmail_reading_value(r, arena_printf(r->arena,
	    macro[1] == '\0' ? "D%s" : "D{%s}", macro),
	    sendmail_cf_macro(r->cf, macro), "");
}

struct mta_table
sendmail_reading_table(const struct sendmail_reading *r,
    const struct sendmail_map *map)
{
	return (struct mta_table){ .type = map->type,
		.name = slice_of(arena_printf(r->arena, "%.*s%s%.*s",
		    SLICE_ARGS(map->type), map->spec.n == 0 ? "" : " ",
		    SLICE_ARGS(map->spec))) };
}

struct mta_list
sendmail_reading_map(const struct sendmail_reading *r, const char *name)
{
	const struct sendmail_map *map = sendmail_cf_map(r->cf, name);
	const char *line = arena_printf(r->arena, "K%s", name);
	struct mta_table *table;
	struct mta_list list;

	if (map == NULL)
		return (struct mta_list){ .value = sendmail_reading_value(r,
		    line, (struct sendmail_value){ SLICE_NONE, 0 }, "") };
	table = arena_alloc(r->arena, sizeof(*table));
	*table = sendmail_reading_table(r, map);
	list = (struct mta_list){ .tables = table, .table_count = 1 };
	list.value = sendmail_reading_value(r, line,
	    (struct sendmail_value){ table->name, map->line }, "");
	return list;
}
