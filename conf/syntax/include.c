/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include "conf/syntax/include.h"
#include "conf/syntax/configfile.h"
#include "conf/syntax/section.h"

static const struct section_key included_keys[] = {
	{ .name = "profiles", .form = FORM_GROUPS },
	{ .name = "partners", .form = FORM_GROUPS },
	{ .name = "services", .form = FORM_GROUPS },
};

static const struct section included_section = { "an included file",
	included_keys, COUNT_OF(included_keys), true, NULL };

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

	if (r->source->read(r->source, path, &file, &e) < 0) {
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

static void
include_read_pattern(struct read_context *r, struct node at,
    struct slice pattern)
{
	const char *full_pattern = pattern.p[0] == '/'
	    ? pattern.p
	    : arena_printf(r->scratch, "%s%s", include_escaped_folder(r),
		  pattern.p);
	struct words found;
	struct err e;

	assert(pattern.n > 0);
	if (r->source->match(r->source, full_pattern, r->arena, &found,
		&e) < 0) {
		section_error(r, at, "%s: a folder of this pattern cannot be "
		    "read: %s", pattern.p, e.text);
		return;
	}
	context_add_pattern(r, full_pattern, &found);
	if (found.count == 0 && r->strays && pattern.p[0] != '/')
		section_error(r, at, "no file matches %s in this folder: if "
		    "the policy file was copied, give --basedir with the "
		    "folder of the original", pattern.p);
	else if (found.count == 0)
		r->unmatched = at;
	for (size_t i = 0; i < found.count; i++)
		include_read_one(r, at, found.list[i].p);
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
