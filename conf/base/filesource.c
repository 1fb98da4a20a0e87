/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

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
