/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/settings.h"
#include "policy/names/domain.h"

static const struct word local_submissions[] = {
	{ "judge", SUBMISSION_JUDGE },
	{ "exempt", SUBMISSION_EXEMPT },
};

static const struct word tls_required_nos[] = {
	{ "enforce", TLS_REQUIRED_NO_ENFORCE },
	{ "ignore", TLS_REQUIRED_NO_IGNORE },
};

static const struct word log_scopes[] = {
	{ "demanded", SCOPE_DEMANDED },
	{ "all", SCOPE_ALL },
};

static const struct word address_forms[] = {
	{ "full", ADDRESSES_FULL },
	{ "domain", ADDRESSES_DOMAIN },
	{ "hashed", ADDRESSES_HASHED },
};

static const struct word published_failures[] = {
	{ "defer", PUBLISHED_DEFER },
	{ "ignore", PUBLISHED_IGNORE },
};

static const struct word unlisted[] = {
	{ "log", UNLISTED_LOG },
	{ "encrypt", UNLISTED_ENCRYPT },
	{ "defer", UNLISTED_DEFER },
};

static const struct word stage_origins[] = {
	{ "tool", STAGES_FROM_TOOL },
	{ "file", STAGES_FROM_FILE },
};

static const struct word null_senders[] = {
	{ "defer", ACTION_DEFER },
	{ "enforce", ACTION_REJECT },
	{ "log-only", ACTION_PASS },
};

VOCABULARY_DEFINE(local_submission, local_submissions, "unset")
VOCABULARY_DEFINE(tls_required_no, tls_required_nos, "unset")
VOCABULARY_DEFINE(log_scope, log_scopes, "unset")
VOCABULARY_DEFINE(address_form, address_forms, "unset")
VOCABULARY_DEFINE(published_failure, published_failures, "unset")
VOCABULARY_DEFINE(unlisted_routes, unlisted, "unset")
VOCABULARY_DEFINE(stages_from, stage_origins, "unset")

const struct vocabulary *
null_sender_vocabulary(void)
{
	static const struct vocabulary vocabulary = { null_senders,
		COUNT_OF(null_senders), "unset" };

	return &vocabulary;
}

enum log_scope
settings_scope(const struct settings *settings, int64_t now)
{
	if (settings->scope_until != 0 && now >= settings->scope_until)
		return SCOPE_DEMANDED;
	return settings->scope;
}

bool
settings_serves(const struct settings *settings, struct slice domain)
{
	for (size_t i = 0; i < settings->served_domains.count; i++)
		if (domain_covers(settings->served_domains.list[i], domain))
			return true;
	return false;
}

const struct relay *
settings_relay(const struct settings *settings, const struct netaddr *client)
{
	for (size_t i = 0; i < settings->own_relay_count; i++)
		if (netrange_has(&settings->own_relays[i].range, client))
			return &settings->own_relays[i];
	return NULL;
}

bool
settings_is_local(const struct settings *settings,
    const struct netaddr *client)
{
	return netrange_any(settings->local_clients,
	    settings->local_client_count, client);
}

bool
listener_takes_all(const struct listener *outer, const struct listener *inner)
{
	return (outer->port == 0 || outer->port == inner->port) &&
	    (outer->address.family == 0 ||
		(inner->address.family != 0 &&
		    netaddr_eq(&outer->address, &inner->address))) &&
	    (outer->daemon_name.p == NULL ||
		(inner->daemon_name.p != NULL &&
		    slice_eq(outer->daemon_name, inner->daemon_name)));
}

bool
listener_meets(const struct listener *a, const struct listener *b)
{
	return (a->port == 0 || b->port == 0 || a->port == b->port) &&
	    (a->address.family == 0 || b->address.family == 0 ||
		netaddr_eq(&a->address, &b->address)) &&
	    (a->daemon_name.p == NULL || b->daemon_name.p == NULL ||
		slice_eq(a->daemon_name, b->daemon_name));
}
