/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/toplevel.h"
#include "conf/base/amount.h"
#include "conf/file/listening.h"
#include "conf/file/logging.h"
#include "conf/file/network.h"
#include "conf/syntax/field.h"
#include "policy/base/text.h"
#include "policy/names/key.h"

enum {
	LONGEST_URL = 100,
	LONGEST_CONTACT = 200,
	LONGEST_NAME = 32,
	DAY = 24 * 3600
};

static int
toplevel_set_format(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into ATTR_UNUSED, struct err *e)
{
	if (value->number != 1)
		return err_set(e, "this program reads format 1, not %d",
		    value->number);
	return 0;
}

/*
 * Postfix's recipient_delimiter, a set of characters. None of them can be a
 * letter or a digit, which would cut names, or what an address is made of.
 */
static int
toplevel_set_delimiter(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct slice text = value->text;

	if (text.n > LIMIT_DELIMITERS)
		return err_set(e, "more than %d characters", LIMIT_DELIMITERS);
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)(text.p[i] | 0x20);

		if (text.p[i] <= ' ' || text.p[i] > '~' ||
		    (c >= 'a' && c <= 'z') ||
		    (text.p[i] >= '0' && text.p[i] <= '9') ||
		    strchr("@\"\\<>", text.p[i]) != NULL)
			return err_set(e, "expected the characters that may "
			    "begin an address extension, as \"+-\"");
	}
	return field_set_text(r, value, into, e);
}

static bool
toplevel_is_printable(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	return text.n > 0;
}

static int
toplevel_set_user(struct read_context *r, const struct value *value, void *into,
    struct err *e)
{
	if (!toplevel_is_printable(value->text) ||
	    value->text.n > LONGEST_NAME ||
	    slice_find(value->text, ':') < value->text.n)
		return err_set(e, "expected the name of a user");
	return field_set_text(r, value, into, e);
}

static int
toplevel_set_help_url(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	if (!toplevel_is_printable(value->text) ||
	    (!slice_istarts(value->text, SLICE("https://")) &&
	    !slice_istarts(value->text, SLICE("http://")) &&
	    !slice_istarts(value->text, SLICE("mailto:"))))
		return err_set(e, "expected a URL such as "
		    "\"https://corp.example/tls\"");
	if (value->text.n > LONGEST_URL)
		return err_set(e, "longer than %d characters: it must fit into "
		    "a reply", LONGEST_URL);
	return field_set_text(r, value, into, e);
}

static int
toplevel_set_contact_us(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	for (size_t i = 0; i < value->text.n; i++)
		if (value->text.p[i] < ' ' || value->text.p[i] > '~')
			return err_set(e, "expected ASCII text, such as "
			    "\"postmaster@corp.example, +49 30 1234\"");
	if (value->text.n == 0 || value->text.n > LONGEST_CONTACT)
		return err_set(e, "expected 1 to %d characters",
		    LONGEST_CONTACT);
	return field_set_text(r, value, into, e);
}

static int
toplevel_set_candidate(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	struct slice *path = field_of(value, into);

	if (value->text.n == 0)
		return err_set(e, "expected the path of a policy file");
	*path = context_path(r, value->text);
	return 0;
}

static int
toplevel_served_domain(struct read_context *r, struct slice raw,
    struct slice *out, struct err *e)
{
	struct key key;

	if (key_from_domain(raw, &key, e) < 0)
		return -1;
	if (key.kind != KEY_DOMAIN && key.kind != KEY_SUFFIX)
		return err_set(e, "expected a domain or .suffix");
	*out = arena_copy(r->arena, key_slice(&key));
	return 0;
}

static int
toplevel_set_served_domains(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	section_words(r, value->at, toplevel_served_domain,
	    field_of(value, into));
	return 0;
}

/* exceptions = { } */

static int
toplevel_set_longest(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	unsigned long *seconds = field_of(value, into);
	uint64_t ms;

	if (amount_duration(value->text, &ms, e) < 0)
		return -1;
	if (ms / 1000 < 3600 || ms / 1000 > 3660ull * DAY)
		return err_set(e, "out of range: \"1h\" to \"3660d\"");
	*seconds = (unsigned long)(ms / 1000);
	return 0;
}

static void
toplevel_show_longest(const struct section_key *key, const void *from,
    struct text *out)
{
	const unsigned long *seconds = field_in(key, from);

	if (*seconds % DAY == 0)
		text_add(out, "%lud", *seconds / DAY);
	else
		text_add(out, "%lus", *seconds);
}

static const struct section_key exceptions_keys[] = {
	{ .name = "longest",
	    .form = FORM_TEXT,
	    .set = toplevel_set_longest,
	    .show = toplevel_show_longest,
	    .offset = offsetof(struct settings, exception_longest),
	    .fallback = "90d" },
	{ .name = "allow_plaintext",
	    .form = FORM_FLAG,
	    .set = field_set_flag,
	    .show = field_show_flag,
	    .offset = offsetof(struct settings, exception_allow_plaintext),
	    .fallback = "false" },
	{ .name = "four_eyes",
	    .form = FORM_FLAG,
	    .set = field_set_flag,
	    .show = field_show_flag,
	    .offset = offsetof(struct settings, exception_four_eyes),
	    .fallback = "false" },
};

static const struct section *
toplevel_exceptions(void)
{
	static const struct section section = { "exceptions",
		exceptions_keys, COUNT_OF(exceptions_keys), false, NULL };

	return &section;
}

static const struct section_key top_keys[] = {
	{ .name = "format",
	    .form = FORM_NUMBER,
	    .set = toplevel_set_format,
	    .required = true,
	    .low = 0,
	    .high = 99999 },
	/* Not shown as a setting: it is the first line of `check`. */
	{ .name = "mode",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .words = mode_vocabulary,
	    .offset = offsetof(struct settings, mode),
	    .required = true },
	{ .name = "milter",
	    .form = FORM_GROUP,
	    .set = field_set_group,
	    .group = listening_milter },
	{ .name = "map",
	    .form = FORM_GROUP,
	    .set = listening_set_map,
	    .group = listening_map },
	{ .name = "control",
	    .form = FORM_GROUP,
	    .set = listening_set_control,
	    .group = listening_control },
	{ .name = "log",
	    .form = FORM_GROUP,
	    .set = field_set_group,
	    .group = logging_section },
	{ .name = "served_domains",
	    .form = FORM_TEXTS,
	    .set = toplevel_set_served_domains,
	    .show = field_show_texts,
	    .offset = offsetof(struct settings, served_domains) },
	{ .name = "recipient_delimiter",
	    .form = FORM_TEXT,
	    .set = toplevel_set_delimiter,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, recipient_delimiter),
	    .fallback = "+" },
	{ .name = "own_relays",
	    .form = FORM_ANY,
	    .set = network_set_own_relays,
	    .show = network_show_own_relays },
	{ .name = "listeners",
	    .form = FORM_GROUPS,
	    .set = network_set_listeners,
	    .show = network_show_listeners },
	{ .name = "local_clients",
	    .form = FORM_TEXTS,
	    .set = network_set_local_clients,
	    .show = network_show_local_clients },
	{ .name = "local_submission",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = local_submission_vocabulary,
	    .offset = offsetof(struct settings, local_submission),
	    .fallback = "exempt" },
	{ .name = "null_sender",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = null_sender_vocabulary,
	    .offset = offsetof(struct settings, null_sender_cap),
	    .fallback = "defer" },
	{ .name = "tls_required_no",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = tls_required_no_vocabulary,
	    .offset = offsetof(struct settings, tls_required_no),
	    .fallback = "enforce" },
	{ .name = "smarthosts",
	    .form = FORM_TEXTS,
	    .set = network_set_smarthosts,
	    .show = network_show_smarthosts },
	{ .name = "unlisted_routes",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = unlisted_routes_vocabulary,
	    .offset = offsetof(struct settings, unlisted_routes),
	    .fallback = "log" },
	{ .name = "stages_from",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = stages_from_vocabulary,
	    .offset = offsetof(struct settings, stages_from),
	    .fallback = "tool" },
	{ .name = "state",
	    .form = FORM_TEXT,
	    .set = field_set_path,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, state),
	    .fallback = "/var/lib/enforcetls" },
	{ .name = "user",
	    .form = FORM_TEXT,
	    .set = toplevel_set_user,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, user),
	    .fallback = "enforcetls" },
	{ .name = "help_url",
	    .form = FORM_TEXT,
	    .set = toplevel_set_help_url,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, help_url) },
	{ .name = "contact_us",
	    .form = FORM_TEXT,
	    .set = toplevel_set_contact_us,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, contact_us) },
	{ .name = "reply_names_partner",
	    .form = FORM_FLAG,
	    .set = field_set_flag,
	    .show = field_show_flag,
	    .offset = offsetof(struct settings, reply_names_partner),
	    .fallback = "false" },
	{ .name = "candidate",
	    .form = FORM_TEXT,
	    .set = toplevel_set_candidate,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, candidate) },
	{ .name = "exceptions",
	    .form = FORM_GROUP,
	    .set = field_set_group,
	    .group = toplevel_exceptions },
	/* Read by other modules, together with the included files. */
	{ .name = "include", .form = FORM_TEXTS },
	{ .name = "tables", .form = FORM_TEXTS },
	{ .name = "profiles", .form = FORM_GROUPS },
	{ .name = "partners", .form = FORM_GROUPS },
	{ .name = "services", .form = FORM_GROUPS },
};

const struct section *
toplevel_section(void)
{
	static const struct section section = { "the top of the file",
		top_keys, COUNT_OF(top_keys), false, NULL };

	return &section;
}

void
toplevel_read(struct read_context *r, struct node root)
{
	section_read(r, root, toplevel_section(), &r->policy->settings);
}

void
toplevel_defaults(struct arena *a, struct settings *out)
{
	struct problems *problems = problems_create();
	struct read_context r = { .problems = problems, .arena = a };

	memset(out, 0, sizeof(*out));
	section_defaults(&r, toplevel_section(), out);
	/* A default that its setter refuses is a bug. */
	assert(problems_errors(problems) == 0);
	problems_destroy(&problems);
}
