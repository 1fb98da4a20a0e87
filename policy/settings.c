/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/settings.h"
#include "policy/names/domain.h"

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
