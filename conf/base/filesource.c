/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <glob.h>

#include "conf/base/filesource.h"

static int
filesource_read(struct filesource *source ATTR_UNUSED, const char *path,
    struct textfile *out, struct err *e)
{
	return textfile_read(path, out, e);
}

static int
filesource_compare_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
filesource_glob_error(const char *path ATTR_UNUSED, int error)
{
	/* A pattern may match nothing, so its folder may be missing too. */
	return error != ENOENT && error != ENOTDIR;
}

/* Copies what was found to out, in a. */
static void
filesource_list(glob_t *found, struct arena *a, struct words *out)
{
	struct slice *list = arena_array(a, found->gl_pathc, sizeof(*list));

	/* Sorted by bytes, not by locale: the digest depends on the order. */
	qsort(found->gl_pathv, found->gl_pathc, sizeof(*found->gl_pathv),
	    filesource_compare_bytes);
	for (size_t i = 0; i < found->gl_pathc; i++)
		list[i] = arena_copy(a, slice_of(found->gl_pathv[i]));
	*out = (struct words){ list, found->gl_pathc };
}

static int
filesource_match(struct filesource *source ATTR_UNUSED, const char *pattern,
    struct arena *a, struct words *out, struct err *e)
{
	glob_t found;
	int result = glob(pattern, GLOB_NOSORT, filesource_glob_error, &found);
	int number = result == GLOB_ABORTED ? errno : ENOMEM;

	if (result == GLOB_NOMATCH) {
		*out = (struct words){ NULL, 0 };
		return 0;
	}
	if (result == 0)
		filesource_list(&found, a, out);
	else
		err_kind(e, number, "%s", strerror(number));
	globfree(&found);
	return result == 0 ? 0 : -1;
}

struct filesource *
filesource_disk(void)
{
	static struct filesource disk = { filesource_read, filesource_match };

	return &disk;
}

static int
filesource_trail_read(struct filesource *source, const char *path,
    struct textfile *out, struct err *e)
{
	struct filetrail *trail = (struct filetrail *)source;
	struct slice *paths = arena_array(trail->arena, trail->count + 1,
	    sizeof(*paths));

	if (trail->count > 0)
		memcpy(paths, trail->paths, trail->count * sizeof(*paths));
	paths[trail->count++] = slice_of(arena_string(trail->arena,
	    slice_of(path)));
	trail->paths = paths;
	return trail->from->read(trail->from, path, out, e);
}

static int
filesource_trail_match(struct filesource *source, const char *pattern,
    struct arena *a, struct words *out, struct err *e)
{
	struct filetrail *trail = (struct filetrail *)source;

	return trail->from->match(trail->from, pattern, a, out, e);
}

static_assert(offsetof(struct filetrail, source) == 0,
    "the source of a trail is the trail that it is in");

void
filetrail_begin(struct filetrail *trail, struct filesource *from)
{
	*trail = (struct filetrail){ .source = { filesource_trail_read,
		filesource_trail_match }, .from = from,
		.arena = arena_create(1024) };
}

void
filetrail_end(struct filetrail *trail)
{
	arena_destroy(&trail->arena);
	*trail = (struct filetrail){ .count = 0 };
}
