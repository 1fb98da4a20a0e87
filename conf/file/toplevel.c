/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/file/toplevel.h"
#include "conf/base/amount.h"
#include "conf/file/listening.h"
#include "conf/file/network.h"
#include "policy/names/key.h"

enum { LONGEST_URL = 100, LONGEST_NAME = 32, DAY = 24 * 3600 };

/* All setters get this: the settings being filled. */
static struct settings *
toplevel_settings_of(void *into)
{
	return into;
}

static int
toplevel_set_format(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into ATTR_UNUSED, struct err *e)
{
	if (value->number != 1)
		return err_set(e, "this program reads format 1, not %d",
		    value->number);
	return 0;
}

static int
toplevel_set_mode(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	if (!mode_from(value->text, &toplevel_settings_of(into)->mode))
		return section_unknown(e, value->text, mode_word);
	return 0;
}

static const char *
toplevel_null_sender_word(unsigned n)
{
	static const char *const words[] = { "defer", "enforce", "log-only" };

	return n < COUNT_OF(words) ? words[n] : NULL;
}

static int
toplevel_set_null_sender(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	static const enum action caps[] = { ACTION_DEFER, ACTION_REJECT,
		ACTION_PASS };

	for (unsigned i = 0; i < COUNT_OF(caps); i++)
		if (slice_eq(value->text,
			slice_of(toplevel_null_sender_word(i)))) {
			toplevel_settings_of(into)->null_sender_cap = caps[i];
			return 0;
		}
	return section_unknown(e, value->text, toplevel_null_sender_word);
}

static const char *
toplevel_local_submission_word(unsigned n)
{
	static const char *const words[] = { "judge", "exempt" };

	return n < COUNT_OF(words) ? words[n] : NULL;
}

static int
toplevel_set_local_submission(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	if (slice_eq(value->text, SLICE("judge")))
		toplevel_settings_of(into)->local_submission = SUBMISSION_JUDGE;
	else if (slice_eq(value->text, SLICE("exempt")))
		toplevel_settings_of(into)->local_submission =
		    SUBMISSION_EXEMPT;
	else
		return section_unknown(e, value->text,
		    toplevel_local_submission_word);
	return 0;
}

static const char *
toplevel_tls_required_no_word(unsigned n)
{
	static const char *const words[] = { "enforce", "ignore" };

	return n < COUNT_OF(words) ? words[n] : NULL;
}

static int
toplevel_set_tls_required_no(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	if (slice_eq(value->text, SLICE("enforce")))
		toplevel_settings_of(into)->tls_required_no_ignored = false;
	else if (slice_eq(value->text, SLICE("ignore")))
		toplevel_settings_of(into)->tls_required_no_ignored = true;
	else
		return section_unknown(e, value->text,
		    toplevel_tls_required_no_word);
	return 0;
}

/* A path the daemon opens: it has no working folder to be relative to. */
static int
toplevel_path_from(struct read_context *r, struct slice text, struct slice *out,
    struct err *e)
{
	if (text.n == 0 || text.p[0] != '/')
		return err_set(e, "a path that begins with / is wanted");
	*out = arena_copy(r->arena, text);
	return 0;
}

static int
toplevel_set_state(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	return toplevel_path_from(r, value->text,
	    &toplevel_settings_of(into)->state, e);
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
		return err_set(e, "the name of a user is wanted");
	toplevel_settings_of(into)->user = arena_copy(r->arena, value->text);
	return 0;
}

static int
toplevel_set_help_url(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	if (!toplevel_is_printable(value->text) ||
	    (!slice_istarts(value->text, SLICE("https://")) &&
	    !slice_istarts(value->text, SLICE("http://")) &&
	    !slice_istarts(value->text, SLICE("mailto:"))))
		return err_set(e, "a URL is wanted, as "
		    "\"https://corp.example/tls\"");
	if (value->text.n > LONGEST_URL)
		return err_set(e, "longer than %d letters: it has to fit into "
		    "a reply", LONGEST_URL);
	toplevel_settings_of(into)->help_url =
	    arena_copy(r->arena, value->text);
	return 0;
}

static int
toplevel_set_candidate(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	if (value->text.n == 0)
		return err_set(e, "the path of a policy file is wanted");
	toplevel_settings_of(into)->candidate = context_path(r, value->text);
	return 0;
}

static int
toplevel_served_domain(struct read_context *r, struct slice raw,
    struct slice *out, struct err *e)
{
	struct key key;

	if (key_from_domain(raw, &key, e) == -1)
		return -1;
	if (key.kind != KEY_DOMAIN && key.kind != KEY_SUFFIX)
		return err_set(e, "a domain or .suffix is wanted");
	*out = arena_copy(r->arena, key_slice(&key));
	return 0;
}

static int
toplevel_set_served_domains(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	section_words(r, value->at, toplevel_served_domain,
	    &toplevel_settings_of(into)->served_domains);
	return 0;
}

/* log = { } */

static int
toplevel_set_decisions(struct read_context *r, const struct value *value,
    void *into, struct err *e)
{
	return toplevel_path_from(r, value->text,
	    &toplevel_settings_of(into)->decisions, e);
}

static int
toplevel_set_syslog(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e ATTR_UNUSED)
{
	toplevel_settings_of(into)->syslog = value->number != 0;
	return 0;
}

static const char *
toplevel_scope_word(unsigned n)
{
	static const char *const words[] = { "demanded", "all" };

	return n < COUNT_OF(words) ? words[n] : NULL;
}

static int
toplevel_set_scope(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	if (slice_eq(value->text, SLICE("demanded")))
		toplevel_settings_of(into)->scope = SCOPE_DEMANDED;
	else if (slice_eq(value->text, SLICE("all")))
		toplevel_settings_of(into)->scope = SCOPE_ALL;
	else
		return section_unknown(e, value->text, toplevel_scope_word);
	return 0;
}

static int
toplevel_set_max_size(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	uint64_t size;

	if (amount_size(value->text, &size, e) == -1)
		return -1;
	toplevel_settings_of(into)->log_max_size = size;
	return 0;
}

static const struct section_key log_keys[] = {
	{ .name = "decisions",
	    .form = FORM_TEXT,
	    .set = toplevel_set_decisions },
	{ .name = "syslog",
	    .form = FORM_FLAG,
	    .set = toplevel_set_syslog,
	    .fallback = "false" },
	{ .name = "scope",
	    .form = FORM_TEXT,
	    .set = toplevel_set_scope,
	    .fallback = "demanded" },
	{ .name = "max_size",
	    .form = FORM_TEXT,
	    .set = toplevel_set_max_size,
	    .fallback = "1g" },
};

static const struct section log_section = { "log", log_keys,
	COUNT_OF(log_keys), false, NULL };

static int
toplevel_set_log(struct read_context *r, const struct value *value, void *into,
    struct err *e ATTR_UNUSED)
{
	section_read(r, value->at, &log_section, into);
	return 0;
}

/* exceptions = { } */

static int
toplevel_set_longest(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	uint64_t ms;

	if (amount_duration(value->text, &ms, e) == -1)
		return -1;
	if (ms / 1000 < 3600 || ms / 1000 > 3660ull * DAY)
		return err_set(e, "out of range: \"1h\" to \"3660d\"");
	toplevel_settings_of(into)->exception_longest =
	    (unsigned long)(ms / 1000);
	return 0;
}

static int
toplevel_set_allow_plaintext(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e ATTR_UNUSED)
{
	toplevel_settings_of(into)->exception_allow_plaintext =
	    value->number != 0;
	return 0;
}

static const struct section_key exceptions_keys[] = {
	{ .name = "longest", .form = FORM_TEXT, .set = toplevel_set_longest,
	    .fallback = "90d" },
	{ .name = "allow_plaintext", .form = FORM_FLAG,
	    .set = toplevel_set_allow_plaintext, .fallback = "false" },
};

static const struct section exceptions_section = { "exceptions",
	exceptions_keys, COUNT_OF(exceptions_keys), false, NULL };

static int
toplevel_set_exceptions(struct read_context *r, const struct value *value,
    void *into, struct err *e ATTR_UNUSED)
{
	section_read(r, value->at, &exceptions_section, into);
	return 0;
}

static const struct section_key top_keys[] = {
	{ .name = "format",
	    .form = FORM_NUMBER,
	    .set = toplevel_set_format,
	    .required = true,
	    .low = 0,
	    .high = 99999 },
	{ .name = "mode",
	    .form = FORM_TEXT,
	    .set = toplevel_set_mode,
	    .required = true },
	{ .name = "milter", .form = FORM_GROUP, .set = listening_set_milter },
	{ .name = "map", .form = FORM_GROUP, .set = listening_set_map },
	{ .name = "control", .form = FORM_GROUP, .set = listening_set_control },
	{ .name = "log", .form = FORM_GROUP, .set = toplevel_set_log },
	{ .name = "served_domains",
	    .form = FORM_TEXTS,
	    .set = toplevel_set_served_domains },
	{ .name = "own_relays",
	    .form = FORM_ANY,
	    .set = network_set_own_relays },
	{ .name = "listeners",
	    .form = FORM_GROUPS,
	    .set = network_set_listeners },
	{ .name = "local_clients",
	    .form = FORM_TEXTS,
	    .set = network_set_local_clients },
	{ .name = "local_submission",
	    .form = FORM_TEXT,
	    .set = toplevel_set_local_submission,
	    .fallback = "exempt" },
	{ .name = "null_sender",
	    .form = FORM_TEXT,
	    .set = toplevel_set_null_sender,
	    .fallback = "defer" },
	{ .name = "tls_required_no",
	    .form = FORM_TEXT,
	    .set = toplevel_set_tls_required_no,
	    .fallback = "enforce" },
	{ .name = "state",
	    .form = FORM_TEXT,
	    .set = toplevel_set_state,
	    .fallback = "/var/lib/enforcetls" },
	{ .name = "user",
	    .form = FORM_TEXT,
	    .set = toplevel_set_user,
	    .fallback = "enforcetls" },
	{ .name = "help_url", .form = FORM_TEXT, .set = toplevel_set_help_url },
	{ .name = "candidate",
	    .form = FORM_TEXT,
	    .set = toplevel_set_candidate },
	{ .name = "exceptions",
	    .form = FORM_GROUP,
	    .set = toplevel_set_exceptions },
	/* Read when every included file is there too. */
	{ .name = "include", .form = FORM_TEXTS },
	{ .name = "tables", .form = FORM_TEXTS },
	{ .name = "profiles", .form = FORM_GROUPS },
	{ .name = "partners", .form = FORM_GROUPS },
};

static const struct section top_section = { "the top of the file", top_keys,
	COUNT_OF(top_keys), false, NULL };

void
toplevel_read(struct read_context *r, struct node root)
{
	struct settings *settings = &r->policy->settings;

	/* A section that is not written still has its defaults. */
	section_defaults(r, &log_section, settings);
	section_defaults(r, &exceptions_section, settings);
	listening_defaults(r, settings);
	section_read(r, root, &top_section, settings);
}

void
toplevel_defaults(struct arena *a, struct settings *out)
{
	struct problems *problems = problems_create();
	struct read_context r = { .problems = problems, .arena = a };

	memset(out, 0, sizeof(*out));
	section_defaults(&r, &log_section, out);
	section_defaults(&r, &exceptions_section, out);
	listening_defaults(&r, out);
	section_defaults(&r, &top_section, out);
	/* A default that its own setter refuses is a bug. */
	assert(problems_errors(problems) == 0);
	problems_destroy(&problems);
}

const struct section *
toplevel_section(unsigned i)
{
	static const struct section *const sections[] = { &top_section,
		&log_section, &exceptions_section };

	return i < COUNT_OF(sections) ? sections[i] : NULL;
}
