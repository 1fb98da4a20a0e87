/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/request.h"

static const struct word kinds[] = {
	{ "mx", LISTENER_MX },
	{ "submission", LISTENER_SUBMISSION },
	{ "reinject", LISTENER_REINJECT },
	{ "proxied", LISTENER_PROXIED },
};

VOCABULARY_DEFINE(listener_kind, kinds, "unknown")

static struct slice
request_get(const struct request *request, enum macro which)
{
	return macros_get(&request->macros, which);
}

struct netaddr
request_client(const struct request *request)
{
	struct netaddr client = { 0 };

	if (!netaddr_from(request_get(request, MACRO_CLIENT_ADDR), &client))
		client = (struct netaddr){ 0 };
	return client;
}

bool
request_is_not_smtp(const struct request *request)
{
	return macros_has(&request->macros, MACRO_CLIENT_ADDR) &&
	    !macros_has(&request->macros, MACRO_RCPT_MAILER);
}

/* As `sendmail -bs` on a pipe shows it (FACTS 37). */
static bool
request_is_on_pipe(const struct request *request)
{
	return slice_eq(request_get(request, MACRO_CLIENT_ADDR), SLICE("0")) &&
	    !macros_has(&request->macros, MACRO_DAEMON_ADDR);
}

bool
request_is_submission(const struct request *request)
{
	struct netaddr client;

	if (!slice_eq(request_get(request, MACRO_CLIENT_PORT), SLICE("0")))
		return false;
	client = request_client(request);
	if (request_is_not_smtp(request))
		return netaddr_is_loopback(&client);
	return request_is_on_pipe(request);
}

bool
request_is_bounce(const struct request *request)
{
	struct slice resolved = request_get(request, MACRO_MAIL_ADDR);

	if (resolved.p != NULL)
		return resolved.n == 0;
	return slice_eq(request->sender, SLICE("<>"));
}

bool
request_port(const struct request *request, long *port)
{
	return slice_int(request_get(request, MACRO_DAEMON_PORT), 1, 65535,
	    port);
}

bool
request_address(const struct request *request, struct netaddr *address)
{
	return netaddr_from(request_get(request, MACRO_DAEMON_ADDR), address);
}

/* Whether listener fits, if what the MTA did not show does, or does not. */
static bool
request_fits(const struct listener *listener, const struct request *request,
    bool missing)
{
	const struct macros *m = &request->macros;
	struct netaddr address;
	long port;

	if (listener->port != 0 && !(request_port(request, &port)
		? port == listener->port : missing))
		return false;
	if (listener->address.family != 0 &&
	    !(request_address(request, &address)
		? netaddr_eq(&address, &listener->address) : missing))
		return false;
	return listener->daemon_name.p == NULL ||
	    (macros_has(m, MACRO_DAEMON_NAME)
		? slice_eq(listener->daemon_name,
		    macros_get(m, MACRO_DAEMON_NAME)) : missing);
}

bool
request_listener_may_be(const struct request *request,
    const struct listener *listener)
{
	return request_fits(listener, request, true);
}

const struct listener *
request_listener_row(const struct request *request,
    const struct settings *settings)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (request_fits(&settings->listeners[i], request, false))
			return &settings->listeners[i];
	return NULL;
}

enum listener_kind
request_listener(const struct request *request,
    const struct settings *settings)
{
	const struct listener *row;

	if (request->listener != NULL)
		return *request->listener;
	row = request_listener_row(request, settings);
	return row == NULL ? LISTENER_MX : row->kind;
}
