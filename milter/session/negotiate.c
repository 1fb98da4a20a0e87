/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <libmilter/mfapi.h>

#include "milter/session/negotiate.h"
#include "policy/evidence/dialect.h"
#include "policy/staging.h"

static bool
negotiate_any_rule_tags(const struct policy *policy)
{
	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *partner = table_partner(policy->table,
		    (unsigned)i);

		for (unsigned hop = 0; hop < HOP_COUNT; hop++)
			if (partner->rules[hop] != NULL &&
			    stage_tags(overlay_stage(policy->overlay,
				partner->rules[hop])))
				return true;
	}
	return false;
}

bool
negotiate_needs_headers(const struct policy *policy)
{
	const struct settings *settings = &policy->settings;

	if (table_has_hop(policy->table, HOP_EARLIER))
		return true;
	if (settings->own_relay_count > 0)
		return true;
	if (settings->postfix_version >= POSTFIX_TLS_REQUIRED &&
	    table_has_hop(policy->table, HOP_OUTBOUND))
		return true;
	/* Forged copies of our own header field are removed. */
	return settings->mode == MODE_ENFORCE &&
	    negotiate_any_rule_tags(policy);
}

void
negotiate_choose(const struct settings *settings, bool needs_headers,
    unsigned long actions, unsigned long steps, struct agreement *out)
{
	unsigned long skip = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY |
	    SMFIP_NOEOH | SMFIP_NODATA | SMFIP_NOUNKNOWN;

	/* MAIL marks the end of the last message, but some MTAs show it by
	 * other means. */
	if (!dialect_of(settings->mta)->needs_mail(settings))
		skip |= SMFIP_NOMAIL;
	if (!needs_headers)
		skip |= SMFIP_NOHDRS;
	skip &= steps;

	*out = (struct agreement){ .steps = skip };
	out->actions = actions & (SMFIF_QUARANTINE | SMFIF_ADDHDRS |
	    SMFIF_CHGHDRS | SMFIF_SETSYMLIST);
	/* Events that cannot be skipped need no reply; where the MTA cannot do
	 * without one, libmilter sends it for us. */
	if ((skip & SMFIP_NOMAIL) == 0) {
		out->steps |= SMFIP_NR_MAIL;
		out->agreed |= AGREED_MAIL;
	}
	if ((skip & SMFIP_NOHDRS) == 0) {
		out->steps |= SMFIP_NR_HDR;
		out->agreed |= AGREED_HEADERS;
	}
	if ((out->actions & SMFIF_QUARANTINE) != 0)
		out->agreed |= AGREED_HOLD;
	if ((out->actions & SMFIF_ADDHDRS) != 0)
		out->agreed |= AGREED_TAG;
	if ((out->actions & SMFIF_CHGHDRS) != 0)
		out->agreed |= AGREED_CLEAN;
	if ((out->actions & SMFIF_SETSYMLIST) != 0)
		out->agreed |= AGREED_SYMBOLS;
	assert((out->actions & ~actions) == 0 && (skip & ~steps) == 0);
}
