/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <malloc.h>

#include <libconfig.h>

#include "conf/syntax/configfile.h"
#include "conf/syntax/prelint.h"
#include "policy/base/text.h"

struct configfile {
	struct origin origin;           /* first: configfile_close() wants it */
	struct textfile file;
	config_t config;
};

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

/* What libconfig has to say where prelint_text() found nothing. */
static void
configfile_complain(struct read_context *r, const struct configfile *c)
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

/* What the scan finds is only ever about syntax; but what libconfig would
 * accept nonetheless is parsed, so that everything else is reported too. */
static bool
configfile_parse(struct read_context *r, struct configfile *c)
{
	/* The newline that stands behind the text counts: libconfig wants
	 * one behind a comment. */
	FILE *text;
	bool good;

	if (!prelint_text(&c->file, r->problems))
		return false;
	text = fmemopen(c->file.text, c->file.n + 1, "r");
	if (text == NULL)
		abort();                /* out of memory: nothing else can */
	good = config_read(&c->config, text) == CONFIG_TRUE;
	fclose(text);
	if (!good)
		configfile_complain(r, c);
	return good;
}

/*
 * libconfig grows a list by sixteen places at a time. That is cheap only
 * while a long list is a mapping of its own, which the kernel moves without
 * copying; glibc stops mapping once a large block was freed, unless it is
 * told where the limit is. Measured: without this, 100,000 partners take
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

	configfile_keep_lists_mapped();
	c->file = *file;
	c->file.name = context_name(r, slice_of(file->path));
	config_init(&c->config);
	context_note(r, &c->file);
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
	context_add(r, &c->origin);
	return &c->origin;
}
