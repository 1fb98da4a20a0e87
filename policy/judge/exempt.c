/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/exempt.h"

static bool
exempt_is_on_this_host(const struct settings *settings, const struct netaddr *a)
{
	return netaddr_is_loopback(a) || settings_is_local(settings, a);
}

/* Mail from an after-queue filter: both ends are on this host. */
static bool
exempt_is_reinjected(const struct request *request,
    const struct settings *settings, const struct netaddr *client)
{
	struct netaddr listener;

	return netaddr_from(macros_get(&request->macros, MACRO_DAEMON_ADDR),
	    &listener) && exempt_is_on_this_host(settings, client) &&
	    exempt_is_on_this_host(settings, &listener);
}

static enum exempt
exempt_by_session(const struct request *request,
    const struct settings *settings, enum listener_kind listener,
    const struct rcpt_context *context)
{
	if (settings->local_submission == SUBMISSION_EXEMPT &&
	    request_is_submission(request))
		return EXEMPT_SUBMISSION;
	if (listener == LISTENER_REINJECT &&
	    exempt_is_reinjected(request, settings, &context->client))
		return EXEMPT_REINJECT;
	if (settings_is_local(settings, &context->client))
		return EXEMPT_LOCAL_CLIENT;
	return EXEMPT_NONE;
}

void
rcpt_context_of(const struct request *request,
    const struct settings *settings, enum listener_kind listener,
    bool postmaster, struct rcpt_context *out)
{
	*out = (struct rcpt_context){ .client = request_client(request) };
	out->relay = settings_relay(settings, &out->client);
	out->session = exempt_by_session(request, settings, listener, out);
	out->exempt = out->session;
	if (postmaster)
		out->exempt = EXEMPT_POSTMASTER;
	else if (out->exempt == EXEMPT_NONE && out->relay != NULL &&
	    out->relay->judged)
		out->exempt = EXEMPT_JUDGED_RELAY;
}

/* Whether the demand lists clients, and this one, which is known, is not among
 * them. */
static bool
exempt_is_elsewhere(const struct demand *demand, const struct netaddr *client)
{
	bool names_clients = false;

	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct peer_group *group = &demand->peers[i];

		if (group->client_count == 0)
			continue;
		assert(group->clients != NULL);
		names_clients = true;
		if (netrange_any(group->clients, group->client_count, client))
			return false;
	}
	return names_clients && client->family != 0;
}

enum exempt
exempt_of(const struct rcpt_context *context, const struct rule *rule,
    const struct demand *demand)
{
	if (context->exempt != EXEMPT_NONE)
		return context->exempt;
	if (rule != NULL && rule->elsewhere == ELSEWHERE_LOG &&
	    exempt_is_elsewhere(demand, &context->client))
		return EXEMPT_ELSEWHERE;
	return EXEMPT_NONE;
}
