/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/sendmail/sendmail_cf.h"
#include "conf/sendmail/sendmail_option.h"

void
sendmail_cf_problem(struct sendmail_cf *cf, unsigned line, const char *what)
{
	cf->problems = arena_more(cf->arena, cf->problems,
	    cf->problem_count, sizeof(*cf->problems));
	cf->problems[cf->problem_count++] =
	    (struct sendmail_problem){ line, what };
}

static bool
cf_add(struct sendmail_cf *cf, struct slice name, struct slice sub,
    struct slice value, unsigned line)
{
	const char *known = sendmail_option_named(name);
	struct sendmail_option *o;

	cf->options = arena_more(cf->arena, cf->options,
	    cf->option_count, sizeof(*cf->options));
	o = &cf->options[cf->option_count++];
	o->name = known != NULL ? slice_of(known) : name;
	o->sub = sub;
	o->value = value;
	o->line = line;
	return known != NULL;
}

/* "Name=value" or "Name.sub=value", with blanks around the sign. */
static bool
cf_add_setting(struct sendmail_cf *cf, struct slice setting, unsigned line)
{
	size_t sign = slice_find(setting, '=');
	struct slice name = slice_trim(slice_head(setting, sign));
	struct slice value = slice_trim(slice_from(setting, sign + 1));
	struct slice sub = SLICE_NONE;
	size_t dot = slice_find(name, '.');

	if (dot < name.n) {
		sub = slice_from(name, dot + 1);
		name = slice_head(name, dot);
	}
	if (value.p == NULL)
		value = SLICE("");
	return cf_add(cf, name, sub, value, line);
}

/* What an option of several lines adds. */
static void
cf_take_service(struct sendmail_cf *cf, struct sendmail_option *o)
{
	bool daemon = slice_eq(o->name, SLICE("DaemonPortOptions"));
	struct sendmail_daemon **list = daemon ? &cf->daemons : &cf->clients;
	size_t *count = daemon ? &cf->daemon_count : &cf->client_count;
	struct sendmail_daemon *to;

	if (!daemon && !slice_eq(o->name, SLICE("ClientPortOptions")))
		return;
	*list = arena_more(cf->arena, *list, *count, sizeof(**list));
	to = &(*list)[*count];
	sendmail_service_read(o->value, (unsigned)*count, cf->arena, to);
	to->line = o->line;
	(*count)++;
	if (to->unknown)
		sendmail_cf_problem(cf, o->line,
		    "a keyword of this option is none that Sendmail has");
}

void
sendmail_cf_add_option(struct sendmail_cf *cf, struct slice text,
    unsigned line)
{
	bool known;

	if (text.n > 0 && *text.p == ' ')
		known = cf_add_setting(cf, slice_trim(text), line);
	else {
		const char *name = text.n == 0 ? NULL
		    : sendmail_option_lettered(*text.p);

		known = cf_add(cf, name != NULL ? slice_of(name)
		    : slice_head(text, 1), SLICE_NONE, slice_from(text, 1),
		    line);
	}
	if (!known) {
		sendmail_cf_problem(cf, line,
		    "no option of Sendmail 8.17 or 8.18 has this name");
		return;
	}
	cf_take_service(cf, &cf->options[cf->option_count - 1]);
}

/* Takes away the lines of the file that set the same as the last option. */
static void
cf_forget_lines(struct sendmail_cf *cf)
{
	struct sendmail_option *last = &cf->options[cf->option_count - 1];
	size_t kept = 0;

	for (size_t i = 0; i < cf->option_count; i++) {
		struct sendmail_option *o = &cf->options[i];

		if (o->line != 0 && slice_eq(o->name, last->name) &&
		    (o->sub.p == NULL || slice_ieq(o->sub, last->sub)))
			continue;
		cf->options[kept++] = *o;
	}
	cf->option_count = kept;
}

void
sendmail_cf_override(struct sendmail_cf *cf, struct slice setting)
{
	struct slice name;

	if (!cf_add_setting(cf, arena_copy(cf->arena, setting), 0)) {
		sendmail_cf_problem(cf, 0,
		    "the command line has an option that is none");
		return;
	}
	name = cf->options[cf->option_count - 1].name;
	/* These two add up, wherever they are set. */
	if (slice_eq(name, SLICE("PrivacyOptions")) ||
	    slice_eq(name, SLICE("DontBlameSendmail")))
		return;
	cf_forget_lines(cf);
	if (slice_eq(name, SLICE("DaemonPortOptions")) &&
	    cf->daemon_count > 0 && cf->daemons[0].line != 0)
		cf->daemon_count = 0;
	if (slice_eq(name, SLICE("ClientPortOptions")) &&
	    cf->client_count > 0 && cf->clients[0].line != 0)
		cf->client_count = 0;
	cf_take_service(cf, &cf->options[cf->option_count - 1]);
}

struct sendmail_value
sendmail_cf_part(const struct sendmail_cf *cf, const char *name,
    const char *sub)
{
	struct slice wanted = slice_of(name), part = slice_of(sub);

	for (size_t i = cf->option_count; i-- > 0; ) {
		const struct sendmail_option *o = &cf->options[i];

		if (slice_eq(o->name, wanted) &&
		    (sub == NULL || slice_ieq(o->sub, part)))
			return (struct sendmail_value){ o->value, o->line };
	}
	return (struct sendmail_value){ SLICE_NONE, 0 };
}

struct sendmail_value
sendmail_cf_option(const struct sendmail_cf *cf, const char *name)
{
	return sendmail_cf_part(cf, name, NULL);
}

bool
sendmail_cf_is_on(const struct sendmail_cf *cf, const char *name, bool unset)
{
	struct slice value = sendmail_cf_option(cf, name).text;

	if (value.p == NULL)
		return unset;
	/* An option without a value is on. */
	return value.n == 0 || strchr("tTyY", *value.p) != NULL;
}

bool
sendmail_cf_has_letter(const struct sendmail_cf *cf, const char *name,
    char letter, unsigned *line)
{
	for (size_t i = 0; i < cf->option_count; i++) {
		const struct sendmail_option *o = &cf->options[i];

		/* Of each word Sendmail looks at the first letter. */
		for (size_t k = 0; slice_eq(o->name, slice_of(name)) &&
		    k < o->value.n; k++)
			if (o->value.p[k] == letter && (k == 0 ||
			    strchr(", \t", o->value.p[k - 1]) != NULL)) {
				*line = o->line;
				return true;
			}
	}
	return false;
}

struct sendmail_value
sendmail_cf_macro(const struct sendmail_cf *cf, const char *name)
{
	for (size_t i = cf->macro_count; i-- > 0; )
		if (slice_eq(cf->macros[i].name, slice_of(name)))
			return (struct sendmail_value){ cf->macros[i].value,
				cf->macros[i].line };
	return (struct sendmail_value){ SLICE_NONE, 0 };
}

const struct sendmail_map *
sendmail_cf_map(const struct sendmail_cf *cf, const char *name)
{
	/* A later K line of the same name replaces the map. */
	for (size_t i = cf->map_count; i-- > 0; )
		if (slice_eq(cf->maps[i].name, slice_of(name)))
			return &cf->maps[i];
	return NULL;
}

const struct sendmail_mailer *
sendmail_cf_mailer(const struct sendmail_cf *cf, struct slice name)
{
	for (size_t i = cf->mailer_count; i-- > 0; )
		if (slice_ieq(cf->mailers[i].name, name))
			return &cf->mailers[i];
	return NULL;
}

const struct sendmail_filter *
sendmail_cf_filter(const struct sendmail_cf *cf, struct slice name)
{
	/* Sendmail refuses a second one, and goes on with the first. */
	for (size_t i = 0; i < cf->filter_count; i++)
		if (slice_eq(cf->filters[i].name, name))
			return &cf->filters[i];
	return NULL;
}

const struct sendmail_ruleset *
sendmail_cf_ruleset(const struct sendmail_cf *cf, const char *name)
{
	for (size_t i = 0; i < cf->ruleset_count; i++)
		if (slice_ieq(cf->rulesets[i].name, slice_of(name)))
			return &cf->rulesets[i];
	return NULL;
}

/* "$(map " with a blank or a tab behind the name. */
static bool
cf_rule_asks(struct slice rule, struct slice map)
{
	for (size_t i = 0; i + 2 < rule.n; i++) {
		struct slice name = slice_from(rule, i + 2);

		if (rule.p[i] == '$' && rule.p[i + 1] == '(' &&
		    slice_starts(name, map) && name.n > map.n &&
		    (name.p[map.n] == ' ' || name.p[map.n] == '\t'))
			return true;
	}
	return false;
}

bool
sendmail_cf_looks_up(const struct sendmail_cf *cf, const char *ruleset,
    const char *map, unsigned *line)
{
	const struct sendmail_ruleset *only = ruleset == NULL ? NULL
	    : sendmail_cf_ruleset(cf, ruleset);

	if (ruleset != NULL && only == NULL)
		return false;
	for (size_t i = 0; i < cf->rule_count; i++) {
		const struct sendmail_rule *rule = &cf->rules[i];

		if (only != NULL && &cf->rulesets[rule->ruleset] != only)
			continue;
		if (cf_rule_asks(rule->text, slice_of(map))) {
			*line = rule->line;
			return true;
		}
	}
	return false;
}
