/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/compare/setting_rows.h"
#include "policy/compare/key_acts.h"
#include "policy/compare/network_weaker.h"
#include "policy/evidence/dialect.h"
#include "policy/judge/request.h"
#include "policy/names/domain.h"
#include "policy/staging.h"

enum {
	ON_OUTBOUND = 1u << HOP_OUTBOUND,
	ON_ARRIVALS = 1u << HOP_INBOUND | 1u << HOP_ENTRY,
	NOT_OUTBOUND = ON_ARRIVALS | 1u << HOP_EARLIER
};

/* mode */

static bool
setting_mode_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return hops != 0 && from->settings.mode == MODE_ENFORCE &&
	    to->settings.mode == MODE_LOG_ONLY;
}

static void
setting_add_mode(const struct settings *s, struct text *out)
{
	text_add(out, "%s", mode_name(s->mode));
}

/* milter.mta: "auto" takes no MTA at its word that its macros do not show. */

static bool
setting_mta_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return (hops & NOT_OUTBOUND) != 0 &&
	    !settings_recognise_mta(&to->settings) &&
	    to->settings.mta != from->settings.mta;
}

static void
setting_add_mta(const struct settings *s, struct text *out)
{
	text_add(out, "%s", dialect_of(s->mta)->setting);
}

/* map.postfix_version, tls_required_no: see judge_obeys_tls_required_no(). */

static bool
setting_version_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return (hops & ON_OUTBOUND) != 0 &&
	    from->settings.postfix_version >= POSTFIX_TLS_REQUIRED &&
	    to->settings.postfix_version < POSTFIX_TLS_REQUIRED &&
	    from->settings.tls_required_no == TLS_REQUIRED_NO_ENFORCE;
}

static void
setting_add_version(const struct settings *s, struct text *out)
{
	text_add(out, "%d.%d", s->postfix_version / 100,
	    s->postfix_version % 100);
}

static bool
setting_required_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return (hops & ON_OUTBOUND) != 0 &&
	    from->settings.postfix_version >= POSTFIX_TLS_REQUIRED &&
	    from->settings.tls_required_no == TLS_REQUIRED_NO_ENFORCE &&
	    to->settings.tls_required_no == TLS_REQUIRED_NO_IGNORE;
}

static void
setting_add_required(const struct settings *s, struct text *out)
{
	text_add(out, "%s", tls_required_no_name(s->tls_required_no));
}

/* map.published: what another server answers is not known. */

static bool
setting_published_is_weaker(const struct policy *from,
    const struct policy *to, unsigned hops ATTR_UNUSED)
{
	return from->settings.published.p != NULL &&
	    !slice_eq(to->settings.published, from->settings.published);
}

static void
setting_add_slice(struct slice text, struct text *out)
{
	char shown[4 * LIMIT_PATH + 8];

	slice_show(text, shown, sizeof(shown));
	text_add(out, "%s", text.p == NULL ? "not set" : shown);
}

static void
setting_add_published(const struct settings *s, struct text *out)
{
	setting_add_slice(s->published, out);
}

static bool
setting_failure_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops ATTR_UNUSED)
{
	return from->settings.published.p != NULL &&
	    from->settings.published_failure == PUBLISHED_DEFER &&
	    to->settings.published_failure == PUBLISHED_IGNORE;
}

static void
setting_add_failure(const struct settings *s, struct text *out)
{
	text_add(out, "%s", published_failure_name(s->published_failure));
}

/* map.listen */

static bool
setting_map_closes(const struct policy *from, const struct policy *to)
{
	const struct settings *before = &from->settings;
	const struct settings *after = &to->settings;

	for (size_t i = 0; i < before->map_count; i++) {
		size_t k = 0;

		while (k < after->map_count && !slice_eq(before->maps[i].spec,
		    after->maps[k].spec))
			k++;
		if (k == after->map_count)
			return true;
	}
	return false;
}

static void
setting_add_maps(const struct settings *s, struct text *out)
{
	for (size_t i = 0; i < s->map_count; i++) {
		text_add(out, "%s", i > 0 ? " " : "");
		setting_add_slice(s->maps[i].spec, out);
	}
	if (s->map_count == 0)
		text_add(out, "none");
}

/* map.deadline: a look-up that takes longer fails, and is then ignored. */

static bool
setting_deadline_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops ATTR_UNUSED)
{
	return from->settings.published.p != NULL &&
	    to->settings.published_failure == PUBLISHED_IGNORE &&
	    to->settings.map_deadline_ms < from->settings.map_deadline_ms;
}

static void
setting_add_deadline(const struct settings *s, struct text *out)
{
	text_add(out, "%ums", s->map_deadline_ms);
}

/* map.static: Postfix goes on reading the file of before, which nobody writes
 * any more: what is demanded from then on is not asked. */

static bool
setting_static_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops ATTR_UNUSED)
{
	return from->settings.map_static.p != NULL &&
	    !slice_eq(to->settings.map_static, from->settings.map_static);
}

static void
setting_add_static(const struct settings *s, struct text *out)
{
	setting_add_slice(s->map_static, out);
}

/* served_domains: their postmaster is exempt, and an address without a domain
 * is judged as of each of them. */

static bool
setting_has_word(const struct words *words, struct slice name)
{
	for (size_t i = 0; i < words->count; i++)
		if (slice_eq(words->list[i], name) ||
		    (words->list[i].p[0] == '.' &&
			slice_ends(name, words->list[i])))
			return true;
	return false;
}

/* Whether every name of inner is one of outer. */
static bool
setting_words_are_within(const struct words *inner, const struct words *outer)
{
	for (size_t i = 0; i < inner->count; i++)
		if (!setting_has_word(outer, inner->list[i]))
			return false;
	return true;
}

/* Whether rules for hops keep back mail for this domain. */
static bool
setting_is_ruled(const struct policy *policy, struct slice domain,
    unsigned hops)
{
	struct key_probe probe;
	struct key_rows rows;
	struct act list[KEY_ACTS];
	struct acts acts = { policy, list, 0 };

	key_probe_read(domain, &probe);
	key_rows_find(policy, &probe, &rows);
	for (unsigned hop = 0; hop < HOP_COUNT; hop++) {
		if ((hops & 1u << hop) == 0)
			continue;
		key_acts_find(&probe, &rows, (enum hop)hop, &acts);
		for (size_t i = 0; i < acts.count; i++)
			if (stage_keeps_mail(acts.list[i].stage))
				return true;
	}
	return false;
}

/* The same for a domain of served_domains and the rows below it. */
static bool
setting_served_is_ruled(const struct policy *policy, struct slice domain,
    unsigned hops)
{
	const struct words *below = &policy->below_served;

	if (setting_is_ruled(policy, domain, hops))
		return true;
	for (size_t i = 0; domain.p[0] == '.' && i < below->count; i++)
		if (slice_ends(below->list[i], domain) &&
		    setting_is_ruled(policy, below->list[i], hops))
			return true;
	return domain.p[0] == '.' && policy->below_served_cut;
}

static bool
setting_served_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	const struct words *before = &from->settings.served_domains;
	const struct words *after = &to->settings.served_domains;

	if ((hops & ON_ARRIVALS) != 0 &&
	    !setting_words_are_within(after, before))
		return true;
	for (size_t i = 0; i < before->count; i++)
		if (!setting_has_word(after, before->list[i]) &&
		    setting_served_is_ruled(from, before->list[i], hops))
			return true;
	return false;
}

static void
setting_add_words(const struct words *words, struct text *out)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			text_byte(out, ' ');
		setting_add_slice(words->list[i], out);
	}
	if (words->count == 0)
		text_add(out, "none");
}

static void
setting_add_served(const struct settings *s, struct text *out)
{
	setting_add_words(&s->served_domains, out);
}

/* recipient_delimiter: an address is judged without its extension, too. */

static bool
setting_delimiter_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	struct slice before = from->settings.recipient_delimiter;
	struct slice after = to->settings.recipient_delimiter;

	for (size_t i = 0; i < before.n; i++)
		if (slice_find(after, before.p[i]) == after.n)
			return (hops & NOT_OUTBOUND) != 0;
	return false;
}

static void
setting_add_delimiter(const struct settings *s, struct text *out)
{
	setting_add_slice(s->recipient_delimiter, out);
}

/* own_relays, listeners, local_clients */

static bool
setting_relays_are_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return network_relays_are_weaker(&from->settings, &to->settings, hops);
}

static bool
setting_listeners_are_weaker(const struct policy *from,
    const struct policy *to, unsigned hops)
{
	return network_listeners_are_weaker(&from->settings, &to->settings,
	    hops);
}

static bool
setting_local_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return network_local_is_weaker(&from->settings, &to->settings, hops);
}

/* Adds a blank before all but the first. */
static void
setting_add_gap(size_t i, struct text *out)
{
	if (i > 0)
		text_byte(out, ' ');
}

static void
setting_add_range(const struct netrange *range, struct text *out)
{
	char shown[NETRANGE_TEXT];

	text_add(out, "%s", netrange_show(range, shown, sizeof(shown)));
}

static void
setting_add_relays(const struct settings *s, struct text *out)
{
	for (size_t i = 0; i < s->own_relay_count; i++) {
		setting_add_gap(i, out);
		setting_add_range(&s->own_relays[i].range, out);
		if (s->own_relays[i].judged)
			text_add(out, " (judged)");
	}
	if (s->own_relay_count == 0)
		text_add(out, "none");
}

static void
setting_add_listeners(const struct settings *s, struct text *out)
{
	for (size_t i = 0; i < s->listener_count; i++) {
		const struct listener *l = &s->listeners[i];
		char address[NETADDR_TEXT];

		setting_add_gap(i, out);
		text_add(out, "%s", listener_kind_name(l->kind));
		if (l->address.family != 0)
			text_add(out, " address %s", netaddr_show(&l->address,
			    address, sizeof(address)));
		if (l->port != 0)
			text_add(out, " port %d", l->port);
		if (l->daemon_name.p != NULL) {
			text_add(out, " daemon_name ");
			setting_add_slice(l->daemon_name, out);
		}
	}
	if (s->listener_count == 0)
		text_add(out, "none");
}

static void
setting_add_local(const struct settings *s, struct text *out)
{
	for (size_t i = 0; i < s->local_client_count; i++) {
		setting_add_gap(i, out);
		setting_add_range(&s->local_clients[i], out);
	}
	if (s->local_client_count == 0)
		text_add(out, "none");
}

/* local_submission, null_sender */

static bool
setting_submission_is_weaker(const struct policy *from,
    const struct policy *to, unsigned hops)
{
	return (hops & NOT_OUTBOUND) != 0 &&
	    from->settings.local_submission == SUBMISSION_JUDGE &&
	    to->settings.local_submission == SUBMISSION_EXEMPT;
}

static void
setting_add_submission(const struct settings *s, struct text *out)
{
	text_add(out, "%s", local_submission_name(s->local_submission));
}

static bool
setting_null_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return hops != 0 &&
	    to->settings.null_sender_cap < from->settings.null_sender_cap;
}

static void
setting_add_null(const struct settings *s, struct text *out)
{
	text_add(out, "%s", vocabulary_name(null_sender_vocabulary(),
	    (int)s->null_sender_cap));
}

/* smarthosts: a route that is not known is one of them, if they are given, and
 * each must be held to what a rule demands. */

static bool
setting_smarthosts_are_weaker(const struct policy *from,
    const struct policy *to, unsigned hops)
{
	if ((hops & ON_OUTBOUND) == 0 || !to->settings.smarthosts_given)
		return false;
	return !from->settings.smarthosts_given ||
	    !setting_words_are_within(&from->settings.smarthosts,
		&to->settings.smarthosts);
}

static void
setting_add_smarthosts(const struct settings *s, struct text *out)
{
	if (!s->smarthosts_given)
		text_add(out, "not set");
	else
		setting_add_words(&s->smarthosts, out);
}

/* unlisted_routes: it acts only beside a rule for outbound. */

static enum unlisted_routes
setting_unlisted_of(const struct policy *policy)
{
	return table_has_hop(policy->table, HOP_OUTBOUND)
	    ? policy->settings.unlisted_routes : UNLISTED_LOG;
}

static bool
setting_unlisted_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return (hops & ON_OUTBOUND) != 0 &&
	    setting_unlisted_of(to) > setting_unlisted_of(from);
}

static void
setting_add_unlisted(const struct settings *s, struct text *out)
{
	text_add(out, "%s", unlisted_routes_name(s->unlisted_routes));
}

/* exceptions.longest, exceptions.allow_plaintext: what may be granted. */

static bool
setting_longest_is_weaker(const struct policy *from, const struct policy *to,
    unsigned hops)
{
	return hops != 0 && to->settings.exception_longest >
	    from->settings.exception_longest;
}

static void
setting_add_longest(const struct settings *s, struct text *out)
{
	text_add(out, "%lus", s->exception_longest);
}

static bool
setting_plaintext_is_weaker(const struct policy *from,
    const struct policy *to, unsigned hops)
{
	return hops != 0 && !from->settings.exception_allow_plaintext &&
	    to->settings.exception_allow_plaintext;
}

static void
setting_add_plaintext(const struct settings *s, struct text *out)
{
	text_add(out, "%s", s->exception_allow_plaintext ? "true" : "false");
}

/* exceptions.four_eyes: what one person grants before a rule acts is in force
 * when it does. */

static bool
setting_eyes_are_weaker(const struct policy *from, const struct policy *to,
    unsigned hops ATTR_UNUSED)
{
	return from->settings.exception_four_eyes &&
	    !to->settings.exception_four_eyes;
}

static void
setting_add_eyes(const struct settings *s, struct text *out)
{
	text_add(out, "%s", s->exception_four_eyes ? "true" : "false");
}

/* clang-format off */
#define WEAKER(the_name, compare, show) \
	{ .name = the_name, .is_weaker = compare, .add = show }
#define WEAKER_ALWAYS(the_name, compare, show) \
	{ .name = the_name, .is_weaker = compare, .add = show, .always = true }
#define NEVER(the_name, why) { .name = the_name, .never = why }
#define SOCKET "without its socket an MTA gets no answer, and defers"
#define RECORD "it is about what is recorded"
#define ROWS "what acts under each key is compared"

static const struct setting_row rows[] = {
	NEVER("format", "there is one"),
	WEAKER("mode", setting_mode_is_weaker, setting_add_mode),
	NEVER("milter.listen", SOCKET),
	NEVER("milter.group", SOCKET),
	NEVER("milter.socket_mode", SOCKET),
	WEAKER("milter.mta", setting_mta_is_weaker, setting_add_mta),
	NEVER("milter.max_recipients", "what is over it is deferred"),
	{ .name = "map.listen", .never = SOCKET, .add = setting_add_maps,
	    .closes = setting_map_closes, .closed = "a Postfix that goes on "
	    "asking there defers its mail" },
	NEVER("map.group", SOCKET),
	NEVER("map.socket_mode", SOCKET),
	WEAKER("map.postfix_version", setting_version_is_weaker,
	    setting_add_version),
	WEAKER_ALWAYS("map.published", setting_published_is_weaker,
	    setting_add_published),
	WEAKER_ALWAYS("map.published_failure", setting_failure_is_weaker,
	    setting_add_failure),
	WEAKER_ALWAYS("map.deadline", setting_deadline_is_weaker,
	    setting_add_deadline),
	WEAKER_ALWAYS("map.static", setting_static_is_weaker,
	    setting_add_static),
	NEVER("control.listen", "it is about who may administrate"),
	NEVER("control.group", "it is about who may administrate"),
	NEVER("control.socket_mode", "it is about who may administrate"),
	NEVER("log.decisions", RECORD),
	NEVER("log.key", RECORD),
	NEVER("log.syslog", RECORD),
	NEVER("log.scope", RECORD),
	NEVER("log.scope_until", RECORD),
	/* A slip is not taken for a day, and status says so meanwhile. */
	NEVER("log.keep", RECORD),
	/* What is judged stays the same, and what was recorded stays. */
	NEVER("log.addresses", RECORD),
	NEVER("log.addresses_key", RECORD),
	NEVER("log.max_size", RECORD),
	WEAKER("served_domains", setting_served_is_weaker,
	    setting_add_served),
	WEAKER("recipient_delimiter", setting_delimiter_is_weaker,
	    setting_add_delimiter),
	WEAKER("own_relays", setting_relays_are_weaker, setting_add_relays),
	WEAKER("listeners", setting_listeners_are_weaker,
	    setting_add_listeners),
	WEAKER("local_clients", setting_local_is_weaker, setting_add_local),
	WEAKER("local_submission", setting_submission_is_weaker,
	    setting_add_submission),
	WEAKER("null_sender", setting_null_is_weaker, setting_add_null),
	WEAKER("tls_required_no", setting_required_is_weaker,
	    setting_add_required),
	WEAKER("smarthosts", setting_smarthosts_are_weaker,
	    setting_add_smarthosts),
	WEAKER("unlisted_routes", setting_unlisted_is_weaker,
	    setting_add_unlisted),
	NEVER("state", "its stages and exceptions are compared"),
	NEVER("stages_from", ROWS),
	NEVER("user", "it is about who owns the files"),
	NEVER("help_url", "it is a text"),
	NEVER("contact_us", "it is a text"),
	NEVER("reply_names_partner", "it is about the text of a reply"),
	NEVER("candidate", "it is never applied"),
	WEAKER("exceptions.longest", setting_longest_is_weaker,
	    setting_add_longest),
	WEAKER("exceptions.allow_plaintext", setting_plaintext_is_weaker,
	    setting_add_plaintext),
	WEAKER_ALWAYS("exceptions.four_eyes", setting_eyes_are_weaker,
	    setting_add_eyes),
	NEVER("include", ROWS),
	NEVER("tables", ROWS),
	NEVER("profiles", ROWS),
	NEVER("partners", ROWS),
	NEVER("services", ROWS),
};
/* clang-format on */

const struct setting_row *
setting_row(size_t n)
{
	return n < COUNT_OF(rows) ? &rows[n] : NULL;
}
