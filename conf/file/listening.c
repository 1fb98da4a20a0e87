/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/file/listening.h"
#include "conf/base/amount.h"
#include "conf/base/endpoint.h"
#include "policy/evidence/dialect.h"
#include "policy/names/netaddr.h"

/* A section while it is read; the sockets share group and mode. */
struct listening {
	struct settings *settings;
	bool local_only;                /* control: it knows callers by uid */
	struct listen *list;            /* in the arena */
	size_t count;
	struct slice group;
	unsigned socket_mode;
};

static void
listening_warn_if_remote(struct read_context *r, struct node at,
    const struct endpoint *endpoint)
{
	struct netaddr address;

	if (endpoint->kind == ENDPOINT_UNIX ||
	    slice_ieq(slice_of(endpoint->host), SLICE("localhost")))
		return;
	if (netaddr_from(slice_of(endpoint->host), &address) &&
	    netaddr_is_loopback(&address))
		return;
	section_warning(r, at, "whoever reaches this address is served: "
	    "prefer a unix: socket or loopback");
}

static int
listening_spec_from(struct read_context *r, const struct value *value,
    const struct listening *section, struct slice *out, struct err *e)
{
	struct endpoint endpoint;

	if (endpoint_from(value->text, &endpoint, e) == -1)
		return -1;
	if (section->local_only && endpoint.kind != ENDPOINT_UNIX)
		return err_set(e, "a unix: socket is wanted: callers are known "
		    "by their uid");
	listening_warn_if_remote(r, value->at, &endpoint);
	*out = arena_copy(r->arena, value->text);
	return 0;
}

static int
listening_set_one(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	struct listening *section = into;

	section->list = arena_array(r->arena, 1, sizeof(*section->list));
	section->count = 1;
	return listening_spec_from(r, value, section, &section->list[0].spec,
	    e);
}

static int
listening_set_list(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct listening *section = into;
	size_t n = section_texts(value->at);

	section->list = arena_array(r->arena, n, sizeof(*section->list));
	for (size_t i = 0; i < n; i++) {
		struct value one = section_text(r, value->at, i);
		struct slice *spec = &section->list[section->count].spec;

		if (one.text.p == NULL)
			continue;
		if (listening_spec_from(r, &one, section, spec, e) == -1)
			section_error(r, one.at, "%s", e->text);
		else
			section->count++;
	}
	return 0;
}

static int
listening_set_group(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct listening *section = into;

	if (value->text.n == 0 || value->text.n > 32)
		return err_set(e, "the name of a group is wanted");
	section->group = arena_copy(r->arena, value->text);
	return 0;
}

static int
listening_set_socket_mode(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct listening *section = into;
	unsigned mode = 0;

	if (value->text.n < 3 || value->text.n > 4)
		return err_set(e, "an octal mode is wanted, as \"0660\"");
	for (size_t i = 0; i < value->text.n; i++) {
		char c = value->text.p[i];

		if (c < '0' || c > '7')
			return err_set(e, "an octal mode is wanted, as "
			    "\"0660\"");
		mode = mode * 8 + (unsigned)(c - '0');
	}
	if (mode > 0777 || (mode & 0600) != 0600)
		return err_set(e, "out of range: \"0600\" to \"0777\"");
	if (mode & 0007 && node_is_given(value->at))
		section_warning(r, value->at,
		    "every user of this machine may connect");
	section->socket_mode = mode;
	return 0;
}

static int
listening_set_mta(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	struct listening *section = into;

	if (dialect_from_setting(value->text, &section->settings->mta))
		return 0;
	return section_unknown(e, value->text, dialect_setting_word);
}

bool
listening_postfix_version(struct slice text, int *out)
{
	struct slice rest = text, word;
	long major, minor, patch = 0;

	if (!slice_next(&rest, '.', &word) ||
	    !slice_int(word, 2, 9, &major) ||
	    !slice_next(&rest, '.', &word) ||
	    !slice_int(word, 0, 99, &minor) ||
	    (slice_next(&rest, '.', &word) &&
	    !slice_int(word, 0, 999, &patch)) ||
	    slice_next(&rest, '.', &word))
		return false;
	*out = (int)(major * 100 + minor);
	return true;
}

static int
listening_set_postfix_version(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	struct listening *section = into;

	if (listening_postfix_version(value->text,
		&section->settings->postfix_version))
		return 0;
	return err_set(e, "a version is wanted, as postconf "
	    "mail_version prints it: \"3.7\" or \"3.7.11\"");
}

static int
listening_set_published(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct listening *section = into;
	size_t colon = slice_rfind(value->text, ':');
	struct slice name = slice_from(value->text, colon + 1);
	struct endpoint endpoint;

	if (!slice_starts(value->text, SLICE("inet:")) || name.n == 0 ||
	    colon == value->text.n ||
	    endpoint_from(slice_head(value->text, colon), &endpoint, e) == -1)
		return err_set(e, "a socketmap server is wanted: "
		    "\"inet:HOST:PORT:NAME\"");
	section->settings->published = arena_copy(r->arena, value->text);
	return 0;
}

static const char *
listening_published_failure_word(unsigned n)
{
	static const char *const words[] = { "defer", "ignore" };

	return n < COUNT_OF(words) ? words[n] : NULL;
}

static int
listening_set_published_failure(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	struct settings *settings = ((struct listening *)into)->settings;

	if (slice_eq(value->text, SLICE("defer")))
		settings->published_failure = PUBLISHED_DEFER;
	else if (slice_eq(value->text, SLICE("ignore")))
		settings->published_failure = PUBLISHED_IGNORE;
	else
		return section_unknown(e, value->text,
		    listening_published_failure_word);
	return 0;
}

static int
listening_set_deadline(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	struct listening *section = into;
	uint64_t ms;

	if (amount_duration(value->text, &ms, e) == -1)
		return -1;
	if (ms < 100 || ms > 60000)
		return err_set(e, "out of range: \"100ms\" to \"60s\"");
	section->settings->map_deadline_ms = (unsigned)ms;
	return 0;
}

static const struct section_key milter_keys[] = {
	{ .name = "listen",
	    .form = FORM_TEXT,
	    .set = listening_set_one,
	    .required = true },
	{ .name = "group", .form = FORM_TEXT, .set = listening_set_group },
	{ .name = "socket_mode",
	    .form = FORM_TEXT,
	    .set = listening_set_socket_mode,
	    .fallback = "0660" },
	{ .name = "mta",
	    .form = FORM_TEXT,
	    .set = listening_set_mta,
	    .fallback = "auto" },
};

static const struct section_key map_keys[] = {
	{ .name = "listen", .form = FORM_TEXTS, .set = listening_set_list },
	{ .name = "group", .form = FORM_TEXT, .set = listening_set_group },
	{ .name = "socket_mode",
	    .form = FORM_TEXT,
	    .set = listening_set_socket_mode,
	    .fallback = "0660" },
	{ .name = "postfix_version",
	    .form = FORM_TEXT,
	    .set = listening_set_postfix_version,
	    .fallback = "3.7" },
	{ .name = "published",
	    .form = FORM_TEXT,
	    .set = listening_set_published },
	{ .name = "published_failure",
	    .form = FORM_TEXT,
	    .set = listening_set_published_failure,
	    .fallback = "defer" },
	{ .name = "deadline",
	    .form = FORM_TEXT,
	    .set = listening_set_deadline,
	    .fallback = "2s" },
};

static const struct section_key control_keys[] = {
	{ .name = "listen",
	    .form = FORM_TEXTS,
	    .set = listening_set_list,
	    .required = true },
	{ .name = "group", .form = FORM_TEXT, .set = listening_set_group },
	{ .name = "socket_mode",
	    .form = FORM_TEXT,
	    .set = listening_set_socket_mode,
	    .fallback = "0660" },
};

static const struct section milter_section = { "milter", milter_keys,
	COUNT_OF(milter_keys), false, NULL };
static const struct section map_section = { "map", map_keys,
	COUNT_OF(map_keys), false, NULL };
static const struct section control_section = { "control", control_keys,
	COUNT_OF(control_keys), false, NULL };

static void
listening_share(struct listening *section)
{
	for (size_t i = 0; i < section->count; i++) {
		section->list[i].group = section->group;
		section->list[i].socket_mode = section->socket_mode;
	}
}

int
listening_set_milter(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	struct listening section = { .settings = into };

	section_read(r, value->at, &milter_section, &section);
	listening_share(&section);
	if (section.count == 1)
		section.settings->milter = section.list[0];
	return 0;
}

int
listening_set_map(struct read_context *r, const struct value *value, void *into,
    struct err *e ATTR_UNUSED)
{
	struct listening section = { .settings = into };

	section_read(r, value->at, &map_section, &section);
	listening_share(&section);
	section.settings->maps = section.list;
	section.settings->map_count = section.count;
	return 0;
}

int
listening_set_control(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	struct listening section = { .settings = into, .local_only = true };

	section_read(r, value->at, &control_section, &section);
	listening_share(&section);
	section.settings->controls = section.list;
	section.settings->control_count = section.count;
	return 0;
}

void
listening_defaults(struct read_context *r, struct settings *settings)
{
	struct listening section = { .settings = settings };

	section_defaults(r, &milter_section, &section);
	section_defaults(r, &map_section, &section);
	settings->milter.socket_mode = section.socket_mode;
}

const struct section *
listening_section(unsigned i)
{
	static const struct section *const sections[] = { &milter_section,
		&map_section, &control_section };

	return i < COUNT_OF(sections) ? sections[i] : NULL;
}
