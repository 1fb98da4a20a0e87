/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/route.h"
#include "policy/judge/destination.h"
#include "policy/outbound/outbound.h"
#include "policy/outbound/smarthost.h"
#include "policy/outbound/staticmap.h"

static const struct finding pass = { VERDICT_PASS, REASON_OK };
static const struct finding uncovered = { VERDICT_FAIL,
	REASON_ROUTE_UNCOVERED };
static const struct finding unknown = { VERDICT_UNDECIDED,
	REASON_ROUTE_UNKNOWN };

/* Sendmail shows a local recipient without a domain and with an empty host
 * (FACTS 40), whatever the mailer is called. */
static bool
route_is_local(const struct macros *m)
{
	struct slice address = macros_get(m, MACRO_RCPT_ADDR);
	struct slice host = macros_get(m, MACRO_RCPT_HOST);

	return destination_is_local_mailer(macros_get(m, MACRO_RCPT_MAILER)) ||
	    (host.p != NULL && host.n == 0 && address.n > 0 &&
		slice_find(address, '@') == address.n);
}

/* The route is not known. "*" covers every next hop that has no row of its
 * own, and a row that has one decides by itself. */
static struct finding
route_decide_unseen(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, bool any, int64_t now)
{
	if (any || (policy->settings.smarthosts_given &&
		smarthosts_cover(policy, rule, demand, now)))
		return pass;
	return unknown;
}

/* Whether what Postfix looks up asks demand of a next hop: the file, where the
 * settings name one, which covers less than the map. */
static bool
route_is_covered(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, struct slice text,
    const struct outbound_key *hop, int64_t now)
{
	return outbound_covers(policy, rule, demand, hop, now) &&
	    (policy->settings.map_static.p == NULL || hop->on_host ||
		staticmap_covers(policy, rule, demand, text, now));
}

/* One next hop. any: the rule's key is "*", which covers no next hop that
 * crosses no wire, as in the map's answers. A local socket, or the name of a
 * pipe, is no next hop of SMTP. */
static struct finding
route_decide_hop(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, bool any, struct slice text, int64_t now)
{
	struct outbound_key hop;

	outbound_key_read(text, &hop);
	switch (hop.form) {
	case OUTBOUND_FORM_BAD:
	case OUTBOUND_FORM_PARENT:
		return unknown;
	case OUTBOUND_FORM_PATH:
		return pass;
	case OUTBOUND_FORM_HOST:
		break;
	}
	return (any && hop.on_host) ||
	    route_is_covered(policy, rule, demand, text, &hop, now)
	    ? pass : uncovered;
}

struct finding
route_decide(const struct policy *policy, const struct request *request,
    const struct rule *rule, struct slice key, const struct demand *demand)
{
	const struct macros *m = &request->macros;
	struct slice rest = macros_get(m, MACRO_RCPT_HOST), text;
	struct finding worst = pass;
	bool any = slice_eq(key, SLICE("*"));

	if (demand->level == LEVEL_NONE || route_is_local(m))
		return pass;
	if (rest.n == 0)
		return route_decide_unseen(policy, rule, demand, any,
		    request->now);
	/* A next hop that is known to be broken counts more than one that is
	 * not known. */
	while (destination_next_hop(request, &rest, &text)) {
		struct finding found = route_decide_hop(policy, rule, demand,
		    any, text, request->now);

		if (found.verdict == VERDICT_FAIL)
			return found;
		if (found.verdict != VERDICT_PASS)
			worst = found;
	}
	return worst;
}
