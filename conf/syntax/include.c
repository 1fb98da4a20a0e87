/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <glob.h>

#include "conf/syntax/include.h"
#include "conf/syntax/configfile.h"
#include "conf/syntax/section.h"

static const struct section_key included_keys[] = {
	{ .name = "profiles", .form = FORM_GROUPS },
	{ .name = "partners", .form = FORM_GROUPS },
};

static const struct section included_section = { "an included file",
	included_keys, 2, true, NULL };

/* The main file's folder, escaped for glob(3): only what the administrator
 * wrote is a pattern. */
static char *
include_escaped_folder(struct read_context *r)
{
	char *out = arena_alloc(r->scratch, r->folder.n * 2 + 1);
	size_t n = 0;

	for (size_t i = 0; i < r->folder.n; i++) {
		if (strchr("*?[\\", r->folder.p[i]) != NULL)
			out[n++] = '\\';
		out[n++] = r->folder.p[i];
	}
	out[n] = '\0';
	return out;
}

static bool
include_is_pattern(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr("*?[", text.p[i]) != NULL)
			return true;
	return false;
}

/* The origin that was read from the same file; NULL when there is none. */
static const struct origin *
include_origin_of(const struct read_context *r, const struct textfile *file)
{
	for (const struct origin *o = r->origins; o != NULL; o = o->next)
		if (o->file != NULL && o->file->device == file->device &&
		    o->file->inode == file->inode)
			return o;
	return NULL;
}

static void
include_read_one(struct read_context *r, struct node at,
    const char *path)
{
	const struct origin *same, *origin;
	struct textfile file;
	struct err e;

	if (textfile_read(path, &file, &e) < 0) {
		section_error(r, at, "%s: %s", path, e.text);
		return;
	}
	same = include_origin_of(r, &file);
	if (same != NULL) {
		if (same == r->origins)
			section_error(r, at, "%s is the main file itself",
			    path);
		else
			section_warning(r, at, "%s is already included: it is "
			    "read only once", path);
		textfile_clear(&file);
		return;
	}
	origin = configfile_read(r, &file);
	if (origin != NULL)
		section_read(r, node_root(origin), &included_section, NULL);
}

static int
include_compare_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
include_glob_error(const char *path ATTR_UNUSED, int error)
{
	/* A pattern may match nothing, so its folder may be missing too. */
	return error != ENOENT && error != ENOTDIR;
}

static void
include_read_pattern(struct read_context *r, struct node at,
    struct slice pattern)
{
	const char *full_pattern = pattern.p[0] == '/'
	    ? pattern.p
	    : arena_printf(r->scratch, "%s%s", include_escaped_folder(r),
		  pattern.p);
	glob_t found;
	int result = glob(full_pattern, GLOB_NOSORT, include_glob_error,
	    &found);
	int number = result == GLOB_ABORTED ? errno : ENOMEM;

	assert(pattern.n > 0);
	if (result == GLOB_NOMATCH) {
		r->unmatched = at;
		return;
	}
	if (result != 0) {
		section_error(r, at, "%s: a folder of this pattern cannot be "
		    "read: %s", pattern.p, strerror(number));
		globfree(&found);
		return;
	}
	/* Sorted by bytes, not by locale: the digest depends on the order. */
	qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv),
	    include_compare_bytes);
	for (size_t i = 0; i < found.gl_pathc; i++)
		include_read_one(r, at, arena_string(r->arena,
		    slice_of(found.gl_pathv[i])));
	globfree(&found);
}

static void
include_read(struct read_context *r, const struct value *value)
{
	if (value->text.n == 0)
		section_error(r, value->at, "an empty path");
	else if (include_is_pattern(value->text))
		include_read_pattern(r, value->at, value->text);
	else
		include_read_one(r, value->at,
		    context_path(r, value->text).p);
}

void
include_read_all(struct read_context *r)
{
	section_each_text(r, node_key(node_root(r->origins), "include"),
	    include_read);
}
