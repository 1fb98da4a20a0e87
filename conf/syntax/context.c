/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/syntax/context.h"
#include "conf/syntax/prelint.h"

const struct textfile *
context_file(const config_setting_t *at)
{
	return config_setting_get_hook(config_root_setting(at->config));
}

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

/* A list that grows in an arena doubles: its older halves stay behind. */
static void
context_add_file(struct read_context *r, const char *path)
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
context_note(struct read_context *r, const struct textfile *source)
{
	context_add_file(r, source->path);
	digest_add(r->digest, source);
	if (source->writable)
		problems_add(r->problems, SEVERITY_WARNING, source->path, 0,
		    "others than its owner may write this file: whoever can "
		    "write it decides what is refused (chmod go-w)");
}

/* What libconfig has to say where prelint_text() found nothing. */
static void
context_complain(struct read_context *r, const struct textfile *source,
    const config_t *config)
{
	const char *text = config_error_text(config);
	const char *hint = "";

	if (text != NULL && strcmp(text, "duplicate setting name") == 0)
		hint = ": a key stands once in its group";
	else if (text != NULL && strncmp(text, "mismatched", 10) == 0)
		hint = ": strings stand in quotes, numbers without";
	else
		hint = ": look for a missing ; or bracket on this line or the "
		    "one before";
	problems_add(r->problems, SEVERITY_ERROR, source->path,
	    (unsigned)config_error_line(config), "%s%s (nothing behind this "
	    "line was read)", text == NULL ? "syntax error" : text, hint);
}

/* What the scan finds is only ever about syntax; but what libconfig would
 * accept nonetheless is parsed, so that everything else is reported too. */
static bool
context_parse(struct read_context *r, struct tree *tree)
{
	/* The newline that stands behind the text counts: libconfig wants
	 * one behind a comment. */
	FILE *text;
	bool good;

	if (!prelint_text(&tree->source, r->problems))
		return false;
	text = fmemopen(tree->source.text, tree->source.n + 1, "r");
	if (text == NULL)
		abort();                /* out of memory: nothing else can */
	good = config_read(&tree->config, text) == CONFIG_TRUE;
	fclose(text);
	if (!good)
		context_complain(r, &tree->source, &tree->config);
	return good;
}

struct tree *
context_tree(struct read_context *r, struct textfile *source)
{
	struct tree *tree = arena_alloc(r->scratch, sizeof(*tree));

	tree->source = *source;
	tree->source.name = context_name(r, slice_of(source->path));
	config_init(&tree->config);
	context_note(r, &tree->source);
	if (!context_parse(r, tree)) {
		config_destroy(&tree->config);
		textfile_clear(&tree->source);
		return NULL;
	}
	textfile_clear(&tree->source);    /* libconfig has its own copies */
	config_setting_set_hook(config_root_setting(&tree->config),
	    &tree->source);
	*r->last = tree;
	r->last = &tree->next;
	return tree;
}
