/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <glob.h>

#include "conf/syntax/include.h"
#include "conf/syntax/section.h"

static const struct section_key included_keys[] = {
	{ .name = "profiles", .form = FORM_GROUPS },
	{ .name = "partners", .form = FORM_GROUPS },
};

static const struct section included_section = { "an included file",
	included_keys, 2, true, NULL };

/* Folders are taken literally: only what the administrator wrote is a
 * pattern. */
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

static const struct tree *
include_tree_with(const struct read_context *r, const struct textfile *source)
{
	for (const struct tree *t = r->trees; t != NULL; t = t->next)
		if (t->source.device == source->device &&
		    t->source.inode == source->inode)
			return t;
	return NULL;
}

static void
include_read_one(struct read_context *r, const config_setting_t *at,
    const char *path)
{
	const struct tree *same;
	struct textfile source;
	struct tree *tree;
	struct err e;

	if (textfile_read(path, &source, &e) == -1) {
		section_error(r, at, "%s: %s", path, e.text);
		return;
	}
	same = include_tree_with(r, &source);
	if (same != NULL) {
		if (same == r->trees)
			section_error(r, at, "%s is the main file itself",
			    path);
		else
			section_warning(r, at, "%s is included already: it is "
			    "read once", path);
		textfile_clear(&source);
		return;
	}
	tree = context_tree(r, &source);
	if (tree != NULL)
		section_read(r, config_root_setting(&tree->config),
		    &included_section, NULL);
}

static int
include_by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
include_unreadable(const char *path ATTR_UNUSED, int error)
{
	/* A folder that is not there matches nothing, as its files would. */
	return error != ENOENT && error != ENOTDIR;
}

static void
include_read_pattern(struct read_context *r, const config_setting_t *at,
    struct slice pattern)
{
	const char *whole = pattern.p[0] == '/'
	    ? pattern.p
	    : arena_printf(r->scratch, "%s%s", include_escaped_folder(r),
		  pattern.p);
	glob_t found;
	int done = glob(whole, GLOB_NOSORT, include_unreadable, &found);

	if (done == GLOB_NOMATCH) {
		r->matched_none = at;
		return;
	}
	if (done != 0) {
		section_error(r, at, "%s: a folder of this pattern cannot be "
		    "read: %s", pattern.p, strerror(errno));
		return;
	}
	/* By bytes, not by the locale: the order is part of the digest. */
	qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv),
	    include_by_bytes);
	for (size_t i = 0; i < found.gl_pathc; i++)
		include_read_one(r, at, arena_string(r->arena,
		    slice_of(found.gl_pathv[i])));
	globfree(&found);
}

void
include_read_all(struct read_context *r)
{
	const config_setting_t *list = config_setting_get_member(
	    config_root_setting(&r->trees->config), "include");
	size_t n = section_is_texts(list) ? section_texts(list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct value value = section_text(r, list, i);

		if (value.text.p == NULL)
			continue;
		if (value.text.n == 0)
			section_error(r, value.at, "an empty path");
		else if (include_is_pattern(value.text))
			include_read_pattern(r, value.at, value.text);
		else
			include_read_one(r, value.at,
			    context_path(r, value.text).p);
	}
}
