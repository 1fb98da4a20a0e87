/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "conf/base/textfile.h"
#include "conf/mta/mtaprogram.h"
#include "conf/sendmail/sendmail_entries.h"
#include "conf/sendmail/sendmail_line.h"

/* Databases, with what makemap(8) adds to the name of the file. */
static const struct {
	const char *type;               /* of the map */
	const char *database;           /* as makemap knows it */
	const char *suffix;
} databases[] = {
	{ "hash", "hash", ".db" },
	{ "btree", "btree", ".db" },
	{ "cdb", "cdb", ".cdb" },
	/* Aliases without a type: the first of these that is there, else their
	 * text. */
	{ "implicit", "hash", ".db" },
	{ "implicit", "cdb", ".cdb" },
};

/* One reading. */
struct entries {
	sendmail_entry_fn *take;
	void *data;                     /* borrows */
	unsigned key, value;            /* columns */
	char delimiter;                 /* 0: blanks and tabs */
};

/* A table of a configuration, without its name there. */
static bool
entries_parse(struct slice table, struct arena *a, struct sendmail_map *out)
{
	struct sendmail_cf cf;

	sendmail_line_read(slice_of(arena_printf(a, "Ktable %.*s",
	    SLICE_ARGS(table))), a, &cf);
	if (cf.map_count != 1)
		return false;
	*out = cf.maps[0];
	return true;
}

static bool
entries_of_text(const struct sendmail_map *map)
{
	return slice_eq(map->type, SLICE("text"));
}

static bool
entries_of_aliases(const struct sendmail_map *map)
{
	return slice_eq(map->type, SLICE("implicit"));
}

static bool
entries_listable(const struct sendmail_map *map)
{
	bool can = entries_of_text(map);

	for (size_t i = 0; i < COUNT_OF(databases); i++)
		can = can || slice_eq(map->type, slice_of(databases[i].type));
	return can && map->file.n > 0;
}

bool
sendmail_entries_can(struct slice table)
{
	struct arena *a = arena_create(1024);
	struct sendmail_map map;
	bool can = entries_parse(table, a, &map) && entries_listable(&map);

	arena_destroy(&a);
	return can;
}

/* A line of makemap -u: key, tab, value. Keys of aliases end with a NUL, and
 * "@" among them says that the database is whole. */
static int
entries_take_pair(void *data, struct slice line, struct err *e)
{
	struct entries *entries = data;
	size_t tab = slice_find(line, '\t');
	struct slice key = slice_head(line, tab);
	struct slice value = slice_from(line, tab + 1);

	key = slice_head(key, slice_find(key, '\0'));
	value = slice_head(value, slice_find(value, '\0'));
	if (slice_eq(key, SLICE("@")) && slice_eq(value, SLICE("@")))
		return 0;
	return entries->take(entries->data, key, value, e);
}

/* A column of a line; absent when it has fewer. */
static struct slice
entries_column(const struct entries *entries, struct slice line, unsigned want)
{
	for (unsigned column = 0; ; column++) {
		size_t n = 0;

		if (entries->delimiter == 0)
			line = slice_trim(line);
		if (line.n == 0)
			return SLICE_NONE;
		if (entries->delimiter != 0)
			n = slice_find(line, entries->delimiter);
		else
			while (n < line.n && line.p[n] != ' ' &&
			    line.p[n] != '\t')
				n++;
		if (column == want)
			return slice_head(line, n);
		line = slice_from(line, n + 1);
	}
}

static int
entries_read_text(const char *path, struct entries *entries, struct err *e)
{
	struct slice rest, line, key, value;
	struct textfile file;
	int result = 0;

	if (textfile_read(path, &file, e) < 0)
		return -1;
	rest = (struct slice){ file.text, file.n };
	while (result == 0 && slice_next(&rest, '\n', &line)) {
		if (line.n == 0 || *line.p == '#')
			continue;
		key = entries_column(entries, line, entries->key);
		value = entries_column(entries, line, entries->value);
		if (key.p != NULL && value.p != NULL)
			result = entries->take(entries->data, key, value, e);
	}
	textfile_clear(&file);
	return result;
}

/* "name: targets"; a line that begins with a blank goes on. */
static int
entries_read_aliases(const char *path, struct entries *entries, struct err *e)
{
	struct textfile file;
	struct slice rest;
	int result = 0;

	if (textfile_read(path, &file, e) < 0)
		return -1;
	rest = (struct slice){ file.text, file.n };
	while (result == 0 && rest.n > 0) {
		size_t n = slice_find(rest, '\n');
		struct slice name;

		while (n + 1 < rest.n && (rest.p[n + 1] == ' ' ||
		    rest.p[n + 1] == '\t')) {
			memset(file.text + (rest.p - file.text) + n, ' ', 2);
			n += 1 + slice_find(slice_from(rest, n + 1), '\n');
		}
		name = slice_head(rest, n);
		rest = slice_from(rest, n + 1);
		n = slice_find(name, ':');
		if (name.n > 0 && *name.p != '#' && n < name.n)
			result = entries->take(entries->data,
			    slice_trim(slice_head(name, n)),
			    slice_trim(slice_from(name, n + 1)), e);
	}
	textfile_clear(&file);
	return result;
}

/* The number of a column; without one Sendmail takes the first, for the key and
 * for the value. */
static int
entries_number(struct slice text, unsigned *out, struct err *e)
{
	long number = 0;

	if (text.p != NULL && !slice_int(text, 0, 1000, &number))
		return err_set(e, "column %.*s of a map is no number",
		    SLICE_ARGS(text));
	*out = (unsigned)number;
	return 0;
}

static char
entries_delimiter(struct slice text)
{
	if (text.n == 0)
		return 0;
	if (*text.p != '\\' || text.n == 1)
		return *text.p;
	return text.p[1] == 't' ? '\t' : text.p[1] == 'n' ? '\n' : '\\';
}

static bool
entries_has(const struct sendmail_map *map, char letter)
{
	return slice_find(map->switches, letter) < map->switches.n;
}

/* The path of the file that is read, and what kind of database it is for
 * makemap(8); NULL: text. */
static const char *
entries_path(const struct sendmail_map *map, struct arena *a,
    const char **database)
{
	const char *path = arena_string(a, map->file);

	*database = NULL;
	for (size_t i = 0; i < COUNT_OF(databases); i++) {
		const char *suffix = databases[i].suffix;

		if (!slice_eq(map->type, slice_of(databases[i].type)))
			continue;
		path = arena_printf(a, "%.*s%s", SLICE_ARGS(map->file),
		    slice_ends(map->file, slice_of(suffix)) ? "" : suffix);
		*database = databases[i].database;
		if (!entries_of_aliases(map) || access(path, F_OK) == 0)
			return path;
	}
	/* Aliases that have no database: Sendmail reads the text. */
	*database = NULL;
	return arena_string(a, map->file);
}

const char *
sendmail_entries_missing(struct arena *a, struct slice table)
{
	struct sendmail_map map;
	const char *path, *database;

	if (!entries_parse(table, a, &map) || !entries_listable(&map))
		return NULL;
	path = entries_path(&map, a, &database);
	if (access(path, R_OK) == 0 ||
	    (errno == ENOENT && entries_has(&map, 'o')))
		return NULL;
	return path;
}

const char *
sendmail_entries_makemap(struct arena *a, const char *sendmail)
{
	static const char *const usual[] = { "/usr/sbin/makemap",
		"/usr/libexec/sendmail/makemap", "/usr/lib/sm.bin/makemap",
		"/usr/local/sbin/makemap" };
	struct slice path = slice_of(sendmail);
	const char *beside = arena_printf(a, "%.*s/makemap",
	    SLICE_ARGS(slice_head(path, slice_rfind(path, '/'))));

	if (access(beside, X_OK) == 0)
		return beside;
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (access(usual[i], X_OK) == 0)
			return usual[i];
	return NULL;
}

static int
entries_read(const char *makemap, const char *cf,
    const struct sendmail_map *map, struct entries *entries, struct arena *a,
    struct err *e)
{
	const char *database, *path = entries_path(map, a, &database);

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return entries_has(map, 'o') ? 0
		    : err_set(e, "%s is not there", path);
	if (entries_of_text(map)) {
		entries->delimiter = entries_delimiter(map->delimiter);
		if (entries_number(map->key_column, &entries->key, e) < 0 ||
		    entries_number(map->value_column, &entries->value, e) < 0)
			return -1;
		return entries_read_text(path, entries, e);
	}
	if (database == NULL)
		return entries_read_aliases(path, entries, e);
	if (makemap == NULL)
		return err_set(e, "there is no makemap(8) to list %s", path);
	return mtaprogram_run((const char *const []){ makemap, "-C", cf, "-u",
	    database, path, NULL }, entries_take_pair, entries, e);
}

int
sendmail_entries(const char *makemap, const char *cf, struct slice table,
    sendmail_entry_fn *take, void *data, struct err *e)
{
	struct arena *a = arena_create(4096);
	struct entries entries = { .take = take, .data = data };
	struct sendmail_map map;
	int result;

	if (!entries_parse(table, a, &map) || !entries_listable(&map))
		result = err_set(e, "the map \"%.*s\" cannot be listed, only "
		    "asked for a key", SLICE_ARGS(table));
	else
		result = entries_read(makemap, cf, &map, &entries, a, e);
	arena_destroy(&a);
	return result;
}
