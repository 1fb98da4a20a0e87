/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/listening.h"
#include "conf/base/amount.h"
#include "conf/base/endpoint.h"
#include "conf/syntax/field.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"
#include "policy/names/netaddr.h"

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
	section_warning(r, at, "everybody who can reach this address is "
	    "served: prefer a unix: socket or loopback");
}

/* Whether one of the sockets has the same address as spec. */
static bool
listening_has(const struct listen *list, size_t count, struct slice spec)
{
	struct endpoint one, other;

	if (endpoint_from(spec, &one, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (endpoint_from(list[i].spec, &other, NULL) == 0 &&
		    endpoint_equal(&one, &other))
			return true;
	return false;
}

/* Whose socket it is already, of those that were read; NULL: nobody's. Two of
 * them in one place cannot be told apart, and the second does not open. */
static const char *
listening_taken(const struct settings *settings, struct slice spec)
{
	if (settings->milter.spec.p != NULL &&
	    listening_has(&settings->milter, 1, spec))
		return "milter";
	if (listening_has(settings->maps, settings->map_count, spec))
		return "map";
	return listening_has(settings->controls, settings->control_count, spec)
	    ? "control" : NULL;
}

static int
listening_spec_from(struct read_context *r, const struct settings *settings,
    const struct value *value, bool local_only, struct slice *out,
    struct err *e)
{
	const char *taken = listening_taken(settings, value->text);
	struct endpoint endpoint;

	if (endpoint_from(value->text, &endpoint, e) < 0)
		return -1;
	if (taken != NULL)
		return err_set(e, "is the address of %s.listen: give each its "
		    "own", taken);
	if (local_only && endpoint.kind != ENDPOINT_UNIX)
		return err_set(e, "expected a unix: socket: callers are "
		    "identified by their uid");
	listening_warn_if_remote(r, value->at, &endpoint);
	*out = arena_copy(r->arena, value->text);
	return 0;
}

static int
listening_set_one(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	return listening_spec_from(r, into, value, false,
	    field_of(value, into), e);
}

/* The valid sockets of a list, *count of them; others are reported. */
static struct listen *
listening_list_of(struct read_context *r, const struct settings *settings,
    const struct value *value, bool local_only, size_t *count, struct err *e)
{
	size_t n = section_count_texts(value->at);
	struct listen *list = arena_array(r->arena, n, sizeof(*list));

	*count = 0;
	for (size_t i = 0; i < n; i++) {
		struct value one = section_text_value(r, value->at, i);

		if (one.text.p == NULL)
			continue;
		if (listening_spec_from(r, settings, &one, local_only,
			&list[*count].spec, e) < 0)
			section_error(r, one.at, "%s", e->text);
		else if (listening_has(list, *count, list[*count].spec))
			section_error(r, one.at, "is named twice");
		else
			(*count)++;
	}
	assert(*count <= n);
	return list;
}

static int
listening_set_maps(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct settings *settings = into;
	size_t count;

	settings->maps = listening_list_of(r, settings, value, false, &count,
	    e);
	settings->map_count = count;
	return 0;
}

/* Only unix: sockets, whose callers have a uid. */
static int
listening_set_controls(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct settings *settings = into;
	size_t count;

	settings->controls = listening_list_of(r, settings, value, true,
	    &count, e);
	settings->control_count = count;
	return 0;
}

static int
listening_set_group(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	if (value->text.n == 0 || value->text.n > 32)
		return err_set(e, "expected the name of a group");
	return field_set_text(r, value, into, e);
}

static int
listening_set_socket_mode(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	unsigned *field = field_of(value, into), mode = 0;

	if (value->text.n < 3 || value->text.n > 4)
		return err_set(e, "expected an octal mode such as \"0660\"");
	for (size_t i = 0; i < value->text.n; i++) {
		char c = value->text.p[i];

		if (c < '0' || c > '7')
			return err_set(e, "expected an octal mode such as "
			    "\"0660\"");
		mode = mode * 8 + (unsigned)(c - '0');
	}
	if (mode > 0777 || (mode & 0600) != 0600)
		return err_set(e, "out of range: \"0600\" to \"0777\"");
	if (mode & 0007 && node_is_given(value->at))
		section_warning(r, value->at,
		    "every user of this machine can connect");
	*field = mode;
	return 0;
}

static int
listening_set_mta(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	struct word words[MTA_COUNT];
	const struct vocabulary known = { words, MTA_COUNT, NULL };

	if (dialect_from_setting(value->text, field_of(value, into)))
		return 0;
	for (unsigned i = 0; i < MTA_COUNT; i++)
		words[i] = (struct word){ dialect_setting_word(i), (int)i };
	return section_unknown(e, value->text, &known);
}

static void
listening_show_mta(const struct section_key *key, const void *from,
    struct text *out)
{
	const enum mta *mta = field_in(key, from);

	text_add(out, "%s", dialect_of(*mta)->setting);
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
	if (listening_postfix_version(value->text, field_of(value, into)))
		return 0;
	return err_set(e, "expected a version as postconf mail_version prints "
	    "it: \"3.7\" or \"3.7.11\"");
}

static void
listening_show_postfix_version(const struct section_key *key, const void *from,
    struct text *out)
{
	const int *version = field_in(key, from);

	text_add(out, "%d.%d", *version / 100, *version % 100);
}

static int
listening_set_published(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	size_t colon = slice_rfind(value->text, ':');
	struct slice name = slice_from(value->text, colon + 1);
	struct endpoint endpoint;

	/* A name with a slash is the end of a path that has no name. */
	if (name.n == 0 || colon == value->text.n ||
	    slice_find(name, '/') < name.n || slice_find(name, ' ') < name.n ||
	    endpoint_from(slice_head(value->text, colon), &endpoint, e) < 0)
		return err_set(e, "expected a socketmap server: "
		    "\"inet:HOST:PORT:NAME\" or \"unix:PATH:NAME\"");
	return field_set_text(r, value, into, e);
}

static int
listening_set_deadline(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	unsigned *field = field_of(value, into);
	uint64_t ms;

	if (amount_duration(value->text, &ms, e) < 0)
		return -1;
	if (ms < 100 || ms > 60000)
		return err_set(e, "out of range: \"100ms\" to \"60s\"");
	*field = (unsigned)ms;
	return 0;
}

static void
listening_show_deadline(const struct section_key *key, const void *from,
    struct text *out)
{
	const unsigned *ms = field_in(key, from);

	text_add(out, "%ums", *ms);
}

static int
listening_set_static(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct slice path = value->text;

	if (path.n == 0 || path.p[0] != '/' || path.n > SETTINGS_PATH ||
	    !slice_ends(path, SLICE(".cdb")) ||
	    slice_ends(path, SLICE("/.cdb")))
		return err_set(e, "expected the path of a file, from / to "
		    "\".cdb\": Postfix adds that to the name in cdb:NAME");
	return field_set_text(r, value, into, e);
}

/* Adds a socket with the group and mode of its section. */
static void
listening_add_socket(struct text *out, const struct listen *listen)
{
	char shown[64];

	if (listen->spec.p == NULL)
		return;
	field_add_text(out, listen->spec);
	if (listen->group.p != NULL) {
		slice_show(listen->group, shown, sizeof(shown));
		text_add(out, " group=%s", shown);
	}
	if (listen->socket_mode != 0660)
		text_add(out, " mode=%04o", listen->socket_mode);
}

static void
listening_show_milter(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	listening_add_socket(out, &((const struct settings *)from)->milter);
}

static void
listening_show_maps(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *settings = from;

	for (size_t i = 0; i < settings->map_count; i++)
		listening_add_socket(out, &settings->maps[i]);
}

static void
listening_show_controls(const struct section_key *key ATTR_UNUSED,
    const void *from, struct text *out)
{
	const struct settings *settings = from;

	for (size_t i = 0; i < settings->control_count; i++)
		listening_add_socket(out, &settings->controls[i]);
}

/* The rows of group and socket_mode. They have no show: each socket is shown
 * with both. */
#define LISTENING_GROUP(listen)                                       \
	{                                                             \
		.name = "group", .form = FORM_TEXT,                   \
		.set = listening_set_group,                           \
		.offset = offsetof(struct settings, listen.group),    \
	}
#define LISTENING_SOCKET_MODE(listen)                                   \
	{                                                               \
		.name = "socket_mode", .form = FORM_TEXT,               \
		.set = listening_set_socket_mode, .fallback = "0660",   \
		.offset = offsetof(struct settings, listen.socket_mode), \
	}

static const struct section_key milter_keys[] = {
	{ .name = "listen",
	    .form = FORM_TEXT,
	    .set = listening_set_one,
	    .show = listening_show_milter,
	    .offset = offsetof(struct settings, milter.spec),
	    .required = true },
	LISTENING_GROUP(milter),
	LISTENING_SOCKET_MODE(milter),
	{ .name = "mta",
	    .form = FORM_TEXT,
	    .set = listening_set_mta,
	    .show = listening_show_mta,
	    .offset = offsetof(struct settings, mta),
	    .fallback = "auto" },
	{ .name = "max_recipients",
	    .form = FORM_NUMBER,
	    .set = field_set_number,
	    .show = field_show_number,
	    .offset = offsetof(struct settings, max_recipients),
	    .low = 100,
	    .high = LIMIT_RECIPIENTS,
	    .fallback = "1000" },
};

static const struct section_key map_keys[] = {
	{ .name = "listen",
	    .form = FORM_TEXTS,
	    .set = listening_set_maps,
	    .show = listening_show_maps },
	LISTENING_GROUP(map_shared),
	LISTENING_SOCKET_MODE(map_shared),
	{ .name = "postfix_version",
	    .form = FORM_TEXT,
	    .set = listening_set_postfix_version,
	    .show = listening_show_postfix_version,
	    .offset = offsetof(struct settings, postfix_version),
	    .fallback = "3.7" },
	{ .name = "published",
	    .form = FORM_TEXT,
	    .set = listening_set_published,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, published) },
	{ .name = "published_failure",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = published_failure_vocabulary,
	    .offset = offsetof(struct settings, published_failure),
	    .fallback = "defer" },
	{ .name = "deadline",
	    .form = FORM_TEXT,
	    .set = listening_set_deadline,
	    .show = listening_show_deadline,
	    .offset = offsetof(struct settings, map_deadline_ms),
	    .fallback = "2s" },
	{ .name = "static",
	    .form = FORM_TEXT,
	    .set = listening_set_static,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, map_static) },
};

static const struct section_key control_keys[] = {
	{ .name = "listen",
	    .form = FORM_TEXTS,
	    .set = listening_set_controls,
	    .show = listening_show_controls,
	    .required = true },
	LISTENING_GROUP(control_shared),
	LISTENING_SOCKET_MODE(control_shared),
};

const struct section *
listening_milter(void)
{
	static const struct section section = { "milter", milter_keys,
		COUNT_OF(milter_keys), false, NULL };

	return &section;
}

const struct section *
listening_map(void)
{
	static const struct section section = { "map", map_keys,
		COUNT_OF(map_keys), false, NULL };

	return &section;
}

const struct section *
listening_control(void)
{
	static const struct section section = { "control", control_keys,
		COUNT_OF(control_keys), false, NULL };

	return &section;
}

/* Gives the sockets of a section its group and mode. */
static void
listening_copy_shared(struct listen *list, size_t count,
    const struct listen *shared)
{
	for (size_t i = 0; i < count; i++) {
		list[i].group = shared->group;
		list[i].socket_mode = shared->socket_mode;
	}
}

int
listening_set_map(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	struct settings *settings = into;

	field_set_group(r, value, into, e);
	listening_copy_shared(settings->maps, settings->map_count,
	    &settings->map_shared);
	if (settings->map_static.p != NULL && settings->published.p != NULL)
		section_error(r, value->at, "static and published exclude "
		    "each other: a file cannot ask what a destination "
		    "publishes. Keep one of them");
	return 0;
}

int
listening_set_control(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct settings *settings = into;

	field_set_group(r, value, into, e);
	listening_copy_shared(settings->controls, settings->control_count,
	    &settings->control_shared);
	return 0;
}
