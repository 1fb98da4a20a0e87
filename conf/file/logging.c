/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stddef.h>

#include "conf/file/logging.h"
#include "conf/base/amount.h"
#include "conf/state/statetext.h"
#include "conf/syntax/field.h"
#include "policy/base/text.h"

enum {
	DAY = 24 * 3600,
	LEAST_KEEP = 7,                 /* days */
	MOST_KEEP = 3660,
	LOOKED_BACK = 30                /* days, by the commands that count */
};

static int
logging_set_max_size(struct read_context *r ATTR_UNUSED,
    const struct value *value, void *into, struct err *e)
{
	return amount_size(value->text, field_of(value, into), e);
}

static void
logging_show_max_size(const struct section_key *key, const void *from,
    struct text *out)
{
	const uint64_t *size = field_in(key, from);

	text_add(out, "%llu bytes", (unsigned long long)*size);
}

static int
logging_set_date(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	int64_t *date = field_of(value, into);
	time_t when;

	if (amount_date(value->text, &when, e) < 0)
		return -1;
	/* 0 is "no end", which an old date must not become. */
	if (when <= 0)
		return err_set(e, "expected a date after 1970");
	*date = (int64_t)when;
	return 0;
}

static void
logging_show_date(const struct section_key *key, const void *from,
    struct text *out)
{
	const int64_t *date = field_in(key, from);
	char shown[STATETEXT_TIME];

	if (*date == 0)
		return;
	statetext_show_time(*date, shown);
	text_add(out, "%s", shown);
}

static int
logging_set_keep(struct read_context *r ATTR_UNUSED, const struct value *value,
    void *into, struct err *e)
{
	int64_t *seconds = field_of(value, into);
	uint64_t ms;

	if (amount_duration(value->text, &ms, e) < 0)
		return -1;
	if (ms / 1000 < (uint64_t)LEAST_KEEP * DAY ||
	    ms / 1000 > (uint64_t)MOST_KEEP * DAY)
		return err_set(e, "out of range: \"%dd\" to \"%dd\"",
		    LEAST_KEEP, MOST_KEEP);
	*seconds = (int64_t)(ms / 1000);
	return 0;
}

static void
logging_show_keep(const struct section_key *key, const void *from,
    struct text *out)
{
	const int64_t *seconds = field_in(key, from);

	if (*seconds != 0 && *seconds % DAY == 0)
		text_add(out, "%lldd", (long long)(*seconds / DAY));
	else if (*seconds != 0)
		text_add(out, "%llds", (long long)*seconds);
}

static const struct section_key log_keys[] = {
	{ .name = "decisions",
	    .form = FORM_TEXT,
	    .set = field_set_path,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, decisions) },
	{ .name = "key",
	    .form = FORM_TEXT,
	    .set = field_set_path,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, log_key) },
	{ .name = "syslog",
	    .form = FORM_FLAG,
	    .set = field_set_flag,
	    .show = field_show_flag,
	    .offset = offsetof(struct settings, syslog),
	    .fallback = "false" },
	{ .name = "scope",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = log_scope_vocabulary,
	    .offset = offsetof(struct settings, scope),
	    .fallback = "demanded" },
	{ .name = "scope_until",
	    .form = FORM_TEXT,
	    .set = logging_set_date,
	    .show = logging_show_date,
	    .offset = offsetof(struct settings, scope_until) },
	{ .name = "keep",
	    .form = FORM_TEXT,
	    .set = logging_set_keep,
	    .show = logging_show_keep,
	    .offset = offsetof(struct settings, log_keep) },
	{ .name = "addresses",
	    .form = FORM_TEXT,
	    .set = field_set_word,
	    .show = field_show_word,
	    .words = address_form_vocabulary,
	    .offset = offsetof(struct settings, addresses),
	    .fallback = "full" },
	{ .name = "addresses_key",
	    .form = FORM_TEXT,
	    .set = field_set_path,
	    .show = field_show_text,
	    .offset = offsetof(struct settings, addresses_key) },
	{ .name = "max_size",
	    .form = FORM_TEXT,
	    .set = logging_set_max_size,
	    .show = logging_show_max_size,
	    .offset = offsetof(struct settings, log_max_size),
	    .fallback = "1g" },
};

const struct section *
logging_section(void)
{
	static const struct section section = { "log", log_keys,
		COUNT_OF(log_keys), false, NULL };

	return &section;
}

void
logging_review(struct read_context *r, const char *path)
{
	const struct settings *s = &r->policy->settings;

	if (s->decisions.p == NULL && !s->syslog)
		problems_add(r->problems, SEVERITY_WARNING, path, 0,
		    "log.decisions is not set: decisions are not recorded");
	if (s->log_keep != 0 && s->log_keep < LOOKED_BACK * DAY)
		problems_add(r->problems, SEVERITY_WARNING, path, 0,
		    "log.keep is less than %d days, for which stage, partners "
		    "and exception list look back: what they count is gone "
		    "then", LOOKED_BACK);
	if (s->scope_until != 0 && s->scope != SCOPE_ALL)
		problems_add(r->problems, SEVERITY_WARNING, path, 0,
		    "log.scope_until ends scope = \"all\", and log.scope is "
		    "\"%s\": it has no effect", log_scope_name(s->scope));
}

void
logging_review_dates(const struct settings *settings, const char *path,
    int64_t now, struct problems *problems)
{
	char shown[STATETEXT_TIME];

	if (settings->scope != SCOPE_ALL)
		return;
	if (settings->scope_until == 0) {
		problems_add(problems, SEVERITY_WARNING, path, 0,
		    "log.scope = \"all\" records all mail, and has no end: "
		    "set log.scope_until to the date until which you need it");
		return;
	}
	if (settings_scope(settings, now) == SCOPE_ALL)
		return;
	statetext_show_time(settings->scope_until, shown);
	problems_add(problems, SEVERITY_WARNING, path, 0,
	    "log.scope = \"all\" ended at %s: the scope is \"demanded\" now. "
	    "Remove log.scope and log.scope_until, or set a later date", shown);
}
