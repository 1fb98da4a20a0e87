/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <malloc.h>
#include <stddef.h>

#include <libconfig.h>

#include "conf/syntax/configfile.h"
#include "conf/syntax/prelint.h"
#include "policy/base/text.h"

struct configfile {
	struct origin origin;           /* first: it is cast to the file */
	struct textfile file;
	config_t config;
};

static_assert(offsetof(struct configfile, origin) == 0, "origin is not first");

static enum node_kind
configfile_kind(const void *at)
{
	const config_setting_t *setting = at;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return NODE_TEXT;
	case CONFIG_TYPE_BOOL:
		return NODE_FLAG;
	case CONFIG_TYPE_INT:
		return NODE_NUMBER;
	case CONFIG_TYPE_INT64:
		return NODE_LARGE;
	case CONFIG_TYPE_FLOAT:
		return NODE_FRACTION;
	case CONFIG_TYPE_ARRAY:
		return NODE_ARRAY;
	case CONFIG_TYPE_LIST:
		return NODE_LIST;
	case CONFIG_TYPE_GROUP:
		return NODE_GROUP;
	}
	return NODE_ABSENT;
}

static const char *
configfile_text(const void *at)
{
	return config_setting_get_string(at);
}

static int
configfile_number(const void *at)
{
	const config_setting_t *setting = at;

	if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		return config_setting_get_bool(at) != 0;
	return config_setting_get_int(at);
}

static size_t
configfile_count(const void *at)
{
	return (size_t)config_setting_length(at);
}

static const void *
configfile_member(const void *at, size_t i)
{
	return config_setting_get_elem(at, (unsigned)i);
}

static const char *
configfile_name(const void *at)
{
	const config_setting_t *setting = at;

	return config_setting_name(setting);
}

static unsigned
configfile_line(const void *at)
{
	const config_setting_t *setting = at;

	return (unsigned)config_setting_source_line(setting);
}

static void
configfile_add_path(const void *at, struct text *out)
{
	const config_setting_t *setting = at;
	const char *name = config_setting_name(setting);

	if (config_setting_is_root(setting))
		return;
	configfile_add_path(config_setting_parent(setting), out);
	if (name == NULL)
		text_add(out, "[%d]", config_setting_index(setting));
	else
		text_join(out, ".", "%s", name);
}

static void
configfile_close(struct origin *origin)
{
	struct configfile *c = (struct configfile *)origin;

	config_destroy(&c->config);
	textfile_clear(&c->file);
}

static const struct origin_type configfile_type = {
	.kind = configfile_kind,
	.text = configfile_text,
	.number = configfile_number,
	.count = configfile_count,
	.member = configfile_member,
	.name = configfile_name,
	.line = configfile_line,
	.add_path = configfile_add_path,
	.close = configfile_close,
};

/* Reports libconfig's syntax error, which prelint_text() did not find. */
static void
configfile_report(struct read_context *r, const struct configfile *c)
{
	const char *text = config_error_text(&c->config);
	const char *hint = "";

	if (text != NULL && strcmp(text, "duplicate setting name") == 0)
		hint = ": a key can appear only once in its group";
	else if (text != NULL && strncmp(text, "mismatched", 10) == 0)
		hint = ": strings need quotes, numbers have none";
	else
		hint = ": look for a missing ; or bracket on this line or the "
		    "one before";
	problems_add(r->problems, SEVERITY_ERROR, c->file.path,
	    (unsigned)config_error_line(&c->config), "%s%s (nothing after this "
	    "line was read)", text == NULL ? "syntax error" : text, hint);
}

/* Checks and parses the text. After problems that libconfig would accept it is
 * parsed too, so that the rest of the policy is checked in the same run. */
static bool
configfile_parse(struct read_context *r, struct configfile *c)
{
	FILE *text;
	bool good;

	if (!prelint_text(&c->file, r->problems))
		return false;
	/* With the newline after the text: libconfig needs one to end a
	 * comment. */
	text = fmemopen(c->file.text, c->file.n + 1, "r");
	if (text == NULL)
		abort();                /* it fails only without memory */
	good = config_read(&c->config, text) == CONFIG_TRUE;
	fclose(text);
	if (!good)
		configfile_report(r, c);
	return good;
}

/*
 * libconfig grows a list by sixteen elements at a time. That is cheap only
 * while a long list has its own mapping, which the kernel moves without
 * copying. glibc raises its threshold for that when a large block is freed,
 * unless the threshold is set. Measured: without this, 100,000 partners take
 * twice as long.
 */
static void
configfile_keep_lists_mapped(void)
{
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

const struct origin *
configfile_read(struct read_context *r, struct textfile *file)
{
	struct configfile *c = arena_alloc(r->scratch, sizeof(*c));

	assert(file->text != NULL);
	configfile_keep_lists_mapped();
	c->file = *file;
	c->file.name = context_name(r, slice_of(file->path));
	config_init(&c->config);
	context_add_file(r, &c->file);
	if (!configfile_parse(r, c)) {
		config_destroy(&c->config);
		textfile_clear(&c->file);
		return NULL;
	}
	textfile_clear(&c->file);       /* libconfig has its own copies */
	c->origin.type = &configfile_type;
	c->origin.path = c->file.path;
	c->origin.name = c->file.name;
	c->origin.file = &c->file;
	c->origin.root = config_root_setting(&c->config);
	context_add_origin(r, &c->origin);
	return &c->origin;
}

/* The strings of a value that libconfig has read. */
static struct words
configfile_strings(const config_setting_t *value, struct arena *a)
{
	size_t count = value == NULL ? 0
	    : config_setting_is_aggregate(value)
	    ? (size_t)config_setting_length(value) : 1;
	struct slice *list = arena_array(a, count, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const config_setting_t *one = config_setting_is_aggregate(value)
		    ? config_setting_get_elem(value, (unsigned)i) : value;
		const char *text = config_setting_get_string(one);

		if (text != NULL)
			list[n++] = arena_copy(a, slice_of(text));
	}
	return (struct words){ list, n };
}

struct words
configfile_salvage(const char *path, const char *name, struct arena *a)
{
	struct textfile file;
	struct words found;
	config_t config;
	struct err e;

	if (textfile_read(path, &file, &e) < 0)
		return (struct words){ NULL, 0 };
	config_init(&config);
	/* What it could read stays when it fails. */
	(void)config_read_string(&config, file.text);
	found = configfile_strings(config_lookup(&config, name), a);
	config_destroy(&config);
	textfile_clear(&file);
	return found;
}
