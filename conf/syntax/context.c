/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/syntax/context.h"

struct slice
context_path(struct read_context *r, struct slice written)
{
	if (written.n > 0 && written.p[0] == '/')
		return arena_copy(r->arena, written);
	return slice_of(arena_printf(r->arena, "%s%s", r->folder.p,
	    written.p));
}

const char *
context_name(struct read_context *r, struct slice path)
{
	if (slice_starts(path, r->folder))
		path = slice_from(path, r->folder.n);
	return arena_string(r->arena, path);
}

/* The list doubles at each power of two; its old memory stays in the arena. */
static void
context_list_file(struct read_context *r, const char *path)
{
	size_t count = r->file_count;

	if (count == 0 || (count & (count - 1)) == 0) {
		struct slice *files = arena_array(r->arena,
		    count == 0 ? 1 : 2 * count, sizeof(*files));

		if (count > 0)
			memcpy(files, r->files, count * sizeof(*files));
		r->files = files;
	}
	r->files[r->file_count++] = arena_copy(r->arena, slice_of(path));
}

void
context_add_file(struct read_context *r, const struct textfile *file)
{
	context_list_file(r, file->path);
	digest_add(r->digest, file);
	if (file->writable)
		problems_add(r->problems, SEVERITY_WARNING, file->path, 0,
		    "users other than its owner can write this file, and so "
		    "decide what is refused (chmod go-w)");
}

void
context_add_pattern(struct read_context *r, const char *text,
    const struct words *found)
{
	size_t count = r->pattern_count;
	/* A policy has a few. */
	struct include_pattern *patterns = arena_array(r->arena, count + 1,
	    sizeof(*patterns));

	if (count > 0)
		memcpy(patterns, r->patterns, count * sizeof(*patterns));
	patterns[count] = (struct include_pattern){
		arena_copy(r->arena, slice_of(text)), *found };
	r->patterns = patterns;
	r->pattern_count = count + 1;
}

void
context_add_origin(struct read_context *r, struct origin *origin)
{
	assert(origin->next == NULL);
	*r->last = origin;
	r->last = &origin->next;
}

void
context_begin(struct read_context *r, struct filesource *source,
    const char *path, struct problems *problems)
{
	struct slice text = slice_of(path);
	size_t slash = slice_rfind(text, '/');

	memset(r, 0, sizeof(*r));
	r->source = source;
	r->problems = problems;
	r->policy = xcalloc(1, sizeof(*r->policy));
	r->policy->table = table_create();
	r->arena = table_arena(r->policy->table);
	r->scratch = arena_create(16384);
	r->folder = slash == text.n ? SLICE("") :
	    arena_copy(r->scratch, slice_head(text, slash + 1));
	r->digest = digest_begin();
	r->last = &r->origins;
}

void
context_set_folder(struct read_context *r, const char *folder)
{
	bool ends = slice_ends(slice_of(folder), SLICE("/"));

	r->folder = slice_of(arena_printf(r->scratch, "%s%s", folder,
	    ends ? "" : "/"));
}

struct policy *
context_end(struct read_context *r)
{
	assert(r->policy != NULL && r->last != NULL);
	digest_end(&r->digest, r->policy->digest);
	r->policy->files = (struct words){ r->files, r->file_count };
	r->policy->patterns = r->patterns;
	r->policy->pattern_count = r->pattern_count;
	names_clear(&r->partners);
	names_clear(&r->profiles);
	for (struct origin *o = r->origins; o != NULL; o = o->next)
		o->type->close(o);
	arena_destroy(&r->scratch);
	return r->policy;
}
