/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <libmilter/mfapi.h>

#include "milter/session/negotiate.h"
#include "policy/evidence/dialect.h"
#include "policy/staging.h"

static bool
negotiate_rule_tags(const struct policy *policy, const struct rule *rule)
{
	struct term terms[POLICY_TERMS];
	size_t count = policy_terms(policy, rule, terms);

	for (size_t i = 0; i < count; i++)
		if (stage_tags(terms[i].stage))
			return true;
	return false;
}

/* Whether a rule tags, by its stages in force: forged copies of our own header
 * field are removed then. */
static bool
negotiate_tags(const struct policy *policy)
{
	if (policy->settings.mode != MODE_ENFORCE)
		return false;
	for (size_t i = 0; i < table_partners(policy->table); i++) {
		const struct partner *partner = table_partner(policy->table,
		    (unsigned)i);

		for (unsigned hop = 0; hop < HOP_COUNT; hop++)
			if (partner->rules[hop] != NULL &&
			    negotiate_rule_tags(policy, partner->rules[hop]))
				return true;
	}
	return false;
}

/* Whether a rule is judged by the message's header. */
static bool
negotiate_judges_headers(const struct policy *policy)
{
	const struct settings *settings = &policy->settings;
	/* Which version runs shows only later. */
	bool map_skipped = settings->postfix_version >= POSTFIX_TLS_REQUIRED ||
	    dialect_of(settings->mta)->may_skip_map != NULL;

	return table_has_hop(policy->table, HOP_EARLIER) ||
	    settings->own_relay_count > 0 ||
	    (map_skipped && table_has_hop(policy->table, HOP_OUTBOUND));
}

unsigned
negotiate_needs(const struct policy *policy)
{
	unsigned needs = 0;

	if (negotiate_tags(policy) || negotiate_judges_headers(policy))
		needs |= NEEDS_HEADERS;
	/* Whatever this policy is: the next may not give the answer that RCPT
	 * was given under it. */
	if (dialect_of(policy->settings.mta)->may_end_at_data)
		needs |= NEEDS_DATA;
	return needs;
}

void
negotiate_choose(const struct settings *settings, unsigned needs,
    unsigned long actions, unsigned long steps, struct agreement *out)
{
	unsigned long skip = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY |
	    SMFIP_NOEOH | SMFIP_NODATA | SMFIP_NOUNKNOWN;

	/* MAIL marks the end of the last message. Some MTAs show it by other
	 * means, but not after a DATA that was refused (FACTS 111). */
	if (!dialect_of(settings->mta)->needs_mail(settings) &&
	    (needs & NEEDS_DATA) == 0)
		skip |= SMFIP_NOMAIL;
	if ((needs & NEEDS_HEADERS) == 0)
		skip |= SMFIP_NOHDRS;
	if ((needs & NEEDS_DATA) != 0)
		skip &= ~SMFIP_NODATA;
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
	/* Postfix sends no DATA where it does not offer to leave it out, in an
	 * older version of the protocol (FACTS 112). */
	if ((steps & SMFIP_NODATA) != 0 && (skip & SMFIP_NODATA) == 0)
		out->agreed |= AGREED_DATA;
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
