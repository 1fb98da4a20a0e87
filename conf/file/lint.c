/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/file/lint.h"
#include "conf/file/logging.h"
#include "conf/file/service_lint.h"
#include "conf/syntax/section.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"
#include "policy/names/lookalike.h"
#include "policy/outbound/smarthost.h"
#include "policy/outbound/staticmap.h"
#include "policy/staging.h"

/* A place has the name of the file, but a problem needs its path. */
void
lint_report(struct read_context *r, enum severity severity,
    struct place place, const char *text)
{
	assert(place.file != NULL);
	problems_add(r->problems, severity, arena_printf(r->scratch, "%s%s",
	    place.file[0] == '/' ? "" : r->folder.p, place.file), place.line,
	    "%s", text);
}

bool
lint_demands_tls(const struct rule *rule)
{
	return rule != NULL && rule->demand.level != LEVEL_NONE &&
	    !rule->acknowledge_rfc3207;
}

/*
 * RFC 3207 section 4: a publicly referenced server must not require TLS for
 * mail that it delivers locally. It may require it of named partners.
 */
static void
lint_review_catch_all(struct read_context *r)
{
	struct row row;

	if (!table_exact(r->policy->table, SLICE("*"), &row) ||
	    !lint_demands_tls(row.partner->rules[HOP_INBOUND]))
		return;
	lint_report(r, SEVERITY_ERROR,
	    row.partner->rules[HOP_INBOUND]->place,
	    "inbound of \"*\" demands TLS of every stranger: a public mail "
	    "server must not (RFC 3207 section 4), and their mail would be "
	    "lost. If this server is not public, set acknowledge_rfc3207 = "
	    "true");
}

static void
lint_report_served(struct read_context *r, const struct row *row,
    struct slice served)
{
	const struct rule *rule = row->partner->rules[HOP_ENTRY];

	lint_report(r, SEVERITY_ERROR, rule->place,
	    arena_printf(r->scratch,
		"entry covers %s, for which this server is a public MX "
		"(served_domains): it must not demand TLS of strangers (RFC "
		"3207 section 4). If you intend this, set acknowledge_rfc3207 "
		"= true",
		served.p));
}

/* Checks the row that covers a served domain. While a row acts below defer, the
 * next row is judged too, so it is checked as well. */
static void
lint_review_served(struct read_context *r, struct slice domain,
    struct slice served)
{
	struct row rows[TABLE_ROWS];
	size_t n = table_domain(r->policy->table, domain, rows);

	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = rows[i].partner->rules[HOP_ENTRY];

		if (rule == NULL || (rows[i].hops & (1u << HOP_ENTRY)) == 0)
			continue;
		if (lint_demands_tls(rule)) {
			lint_report_served(r, &rows[i], served);
			return;
		}
		if (!stage_acts_below_defer(rule->stage))
			return;
	}
}

/* A served ".suffix" also covers the rows of its subdomains. */
static bool
lint_review_under(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	struct read_context *r = data;
	const struct words *served = &r->policy->settings.served_domains;
	struct slice name = row->key;

	if (!lint_demands_tls(row->partner->rules[HOP_ENTRY]) ||
	    (row->hops & (1u << HOP_ENTRY)) == 0)
		return true;
	if (name.p[0] == '.')
		name = slice_from(name, 1);
	for (size_t i = 0; i < served->count; i++)
		if (served->list[i].p[0] == '.' &&
		    domain_covers(served->list[i], name)) {
			lint_report_served(r, row, served->list[i]);
			break;
		}
	return true;
}

static void
lint_review_rfc3207(struct read_context *r)
{
	const struct words *served = &r->policy->settings.served_domains;
	bool suffix = false;

	lint_review_catch_all(r);
	for (size_t i = 0; i < served->count; i++) {
		struct slice name = served->list[i];

		if (name.p[0] == '.') {
			suffix = true;
			/* A host of the suffix without its own row. */
			name = slice_of(arena_printf(r->scratch, "_%s",
			    name.p));
		}
		lint_review_served(r, name, served->list[i]);
	}
	if (suffix)
		table_each(r->policy->table, lint_review_under, r);
}

static void
lint_review_coverage(struct read_context *r)
{
	for (unsigned i = 0; i < r->has_key_count; i++) {
		const struct partner *partner;

		if (i >= table_partners(r->policy->table) || r->has_key[i])
			continue;
		partner = table_partner(r->policy->table, i);
		lint_report(r, SEVERITY_WARNING, partner->place,
		    "this partner has no key, so its rules never apply: add "
		    "domains, senders or next_hops");
	}
}

static void
lint_review_settings(struct read_context *r, const char *path)
{
	const struct settings *s = &r->policy->settings;
	const struct table *table = r->policy->table;

	/* A new partners.d is empty. One that was moved away looks the same,
	 * but its rules are gone. */
	if (node_is_given(r->unmatched) && s->mode == MODE_ENFORCE)
		section_warning(r, r->unmatched, "no file matches this "
		    "pattern: rules that were in such a file are not in force");
	logging_review(r, path);
	if (table_has_hop(table, HOP_OUTBOUND) && s->map_count == 0 &&
	    s->map_static.p == NULL)
		problems_add(r->problems, SEVERITY_WARNING, path, 0,
		    "there are outbound rules, but map.listen is not set: the "
		    "MTA's TLS client cannot look them up");
	if (table_has_hop(table, HOP_EARLIER) && s->own_relay_count == 0)
		problems_add(r->problems, SEVERITY_WARNING, path, 0,
		    "there are earlier rules, but own_relays is not set: no "
		    "Received field is believed");
}

/* The milter does not see all mail that leaves: see smarthost.h. */
static void
lint_review_smarthosts(struct read_context *r, const char *path)
{
	const struct settings *s = &r->policy->settings;
	char sentence[TEXT_SENTENCE];
	struct text text;

	if (s->mode != MODE_ENFORCE)
		return;
	for (size_t i = 0; i < s->smarthosts.count; i++) {
		text_init(&text, sentence, sizeof(sentence));
		/* No exception is known yet. */
		if (!smarthost_undercuts(r->policy, s->smarthosts.list[i], 0,
			&text))
			continue;
		text_end(&text);
		problems_add(r->problems, SEVERITY_WARNING, path, 0, "%s",
		    sentence);
	}
}

/* Reports a row that a file of the map's answers cannot have. Stages set with
 * the command are not known here: whoever sets one looks too. */
static bool
lint_review_static_row(const struct table *table, const struct row *row,
    void *data)
{
	struct read_context *r = data;
	/* No exception is known yet. */
	const char *why = staticmap_problem(r->policy, row, 0);
	char key[300];

	if (why == NULL)
		return true;
	slice_show(row->key, key, sizeof(key));
	lint_report(r, SEVERITY_ERROR, table_place(table, row),
	    arena_printf(r->scratch, "\"%s\" %s", key, why));
	return !problems_full(r->problems, SEVERITY_ERROR);
}

static void
lint_review_static(struct read_context *r, const char *path)
{
	const struct settings *s = &r->policy->settings;

	if (s->map_static.p == NULL)
		return;
	if (s->unlisted_routes != UNLISTED_LOG)
		problems_add(r->problems, SEVERITY_ERROR, path, 0,
		    "map.static and unlisted_routes = \"%s\" exclude each "
		    "other: a file has no key for a route that no row names. "
		    "Name the routes in next_hops or smarthosts, or use "
		    "map.listen", unlisted_routes_name(s->unlisted_routes));
	if (s->mta == MTA_SENDMAIL)
		problems_add(r->problems, SEVERITY_ERROR, path, 0,
		    "map.static is a file for Postfix, and milter.mta is "
		    "\"sendmail\": use map.listen");
	table_each(r->policy->table, lint_review_static_row, r);
}

/*
 * The key of a table line that only names a profile is its name: a partner of
 * the same name would share its exceptions.
 */
static void
lint_review_names(struct read_context *r)
{
	const struct table *table = r->policy->table;

	for (size_t i = 0; i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);
		struct row row;

		if (p->name.p == NULL || !table_exact(table, p->name, &row) ||
		    row.partner->name.p != NULL)
			continue;
		lint_report(r, SEVERITY_ERROR, table_place(table, &row),
		    arena_printf(r->scratch, "a partner is named %s too, so an "
		    "exception for one would apply to both: write %s @%s, or "
		    "rename the partner", p->name.p, p->name.p,
		    p->name.p));
	}
}

/* Whether domain has one label; it is no literal and not "*". */
static bool
lint_has_one_label(struct slice domain)
{
	return slice_find(domain, '.') == domain.n && domain.p[0] != '[' &&
	    !slice_eq(domain, SLICE("*"));
}

static struct slice
lint_domain_of(struct slice key)
{
	size_t at = slice_rfind(key, '@');

	return at < key.n ? slice_from(key, at + 1) : key;
}

/* A key that was written otherwise than its author believes covers nothing. */
static bool
lint_review_key(const struct table *table, const struct row *row, void *data)
{
	struct read_context *r = data;
	char shown[LIMIT_DOMAIN + 1];
	const char *why;

	/* A next hop may be the short name of a host. */
	if (lookalike_key(row->key))
		why = "has letters of another alphabet that look like Latin "
		    "ones: the name that it looks like is not covered. Type "
		    "it instead of pasting it, if you mean that name";
	else if (!row->partner->by_session &&
	    (row->hops & (1u << HOP_INBOUND)) != 0 &&
	    lint_has_one_label(lint_domain_of(row->key)))
		why = "has a domain of one label, which covers no domain below "
		    "it: write the whole domain";
	else
		return true;
	slice_show(row->key, shown, sizeof(shown));
	lint_report(r, SEVERITY_WARNING, table_place(table, row),
	    arena_printf(r->scratch, "%s %s", shown, why));
	return true;
}

void
lint_policy(struct read_context *r)
{
	assert(r->origins != NULL);
	lint_review_names(r);
	table_each(r->policy->table, lint_review_key, r);
	lint_review_rfc3207(r);
	lint_review_coverage(r);
	service_lint(r);
	lint_review_settings(r, r->origins->path);
	lint_review_smarthosts(r, r->origins->path);
	lint_review_static(r, r->origins->path);
}
