/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/deferral.h"
#include "policy/reason.h"

static const struct {
	const char *name;
	const char *text;
} lacks[LACK_COUNT] = {
	[LACK_NONE] = { "unknown", "the reason is not one of TLS" },
	[LACK_STARTTLS] = { "starttls-not-offered",
	    "the next hop did not offer STARTTLS" },
	[LACK_START] = { "starttls-refused",
	    "the next hop refused to start TLS" },
	[LACK_HANDSHAKE] = { "handshake-failed", "the TLS handshake failed" },
	[LACK_CERTIFICATE] = { "certificate-not-verified",
	    "the certificate of the next hop was not verified: the mail log "
	    "says why" },
	[LACK_DANE] = { "dane-failed",
	    "the TLSA records of the next hop could not be used" },
	[LACK_STRENGTH] = { "tls-too-weak",
	    "the TLS version or cipher of the next hop is too weak" },
	[LACK_ROUTE] = { "route-unlisted",
	    "no row names the next hop, and unlisted_routes asks for TLS" },
	[LACK_ENGINE] = { "tls-client-failed", "the MTA's own TLS client does "
	    "not work: see the mail log" },
	[LACK_MAP] = { "map-failed", "the TLS policy map did not answer, or "
	    "not in a way that the MTA can use: see enforcetls status" },
};

/* What a reason begins with (FACTS 122). The first that fits counts. */
static const struct {
	const char *begin;
	enum lack lack;
} shapes[] = {
	/* Postfix */
	{ "TLS is required, but was not offered", LACK_STARTTLS },
	{ "TLS is required, but host ", LACK_START },
	{ "TLS is required", LACK_ENGINE },
	{ "Cannot start TLS", LACK_HANDSHAKE },
	{ "Server certificate not ", LACK_CERTIFICATE },
	{ "non DNSSEC destination", LACK_DANE },
	{ "TLSA lookup error", LACK_DANE },
	{ "no TLSA records found", LACK_DANE },
	{ "TLSA records unusable", LACK_DANE },
	{ "empty DANE match list", LACK_DANE },
	{ "client TLS configuration problem", LACK_MAP },
	/* Sendmail */
	{ "TLS policy lookup failed", LACK_MAP },
	{ "sendmail map: lookup (", LACK_MAP },
	{ "Deferred: 403 4.7.0 TLS handshake", LACK_HANDSHAKE },
	{ "Deferred: 454 4.7.0 TLS handshake", LACK_HANDSHAKE },
};

/* What sendmail_server.c answers, behind the words of its rule set. */
static const char answered[] = "TLS policy: ";
static const char by_rule[] = " by rule of ";

const char *
lack_name(enum lack lack)
{
	assert(lack < LACK_COUNT);
	return lacks[lack].name;
}

const char *
lack_text(enum lack lack)
{
	assert(lack < LACK_COUNT);
	return lacks[lack].text;
}

/* The offset of text in s; s.n when it is not there. */
static size_t
deferral_find(struct slice s, const char *text)
{
	const char *at = s.n == 0 ? NULL : memmem(s.p, s.n, text,
	    strlen(text));

	return at == NULL ? s.n : (size_t)(at - s.p);
}

/* Of a reason of ours. */
static enum lack
deferral_answered_lack(struct slice reason)
{
	struct slice word;
	enum reason value;

	reason = slice_from(reason, sizeof(answered) - 1);
	word = slice_head(reason, deferral_find(reason, by_rule));
	if (word.n == reason.n || !reason_from(word, &value))
		return LACK_ROUTE;
	if (value == REASON_PLAINTEXT || value == REASON_DANE_REQUIRED)
		return value == REASON_PLAINTEXT ? LACK_STARTTLS : LACK_DANE;
	return value == REASON_VERSION_TOO_LOW ||
	    value == REASON_CIPHER_TOO_WEAK ? LACK_STRENGTH : LACK_CERTIFICATE;
}

enum lack
deferral_lack(struct slice reason)
{
	if (slice_starts(reason, slice_of(answered)))
		return deferral_answered_lack(reason);
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (slice_starts(reason, slice_of(shapes[i].begin)))
			return shapes[i].lack;
	return LACK_NONE;
}

struct slice
deferral_host(struct slice reason)
{
	static const char host[] = " host ";
	size_t at = deferral_find(reason, host), end;

	if (deferral_lack(reason) == LACK_NONE || at == reason.n)
		return SLICE_NONE;
	reason = slice_from(reason, at + sizeof(host) - 1);
	end = slice_find(reason, '[');
	return end == 0 || end == reason.n ? SLICE_NONE
	    : slice_head(reason, end);
}

struct slice
deferral_partner(struct slice reason)
{
	size_t at = deferral_find(reason, by_rule);

	if (!slice_starts(reason, slice_of(answered)) || at == reason.n)
		return SLICE_NONE;
	return slice_from(reason, at + sizeof(by_rule) - 1);
}

static bool
deferral_has_floors(const struct demand *demand)
{
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (demand->floor[i] != 0)
			return true;
	return false;
}

/* Whether demand asks for more than an encrypted session. */
static bool
deferral_is_beyond_encrypt(const struct demand *demand)
{
	return deferral_has_floors(demand) || demand->dane ||
	    demand->level > LEVEL_ENCRYPT || demand->peer_count > 0;
}

enum level
lack_floor(enum lack lack, const struct demand *demand)
{
	enum level floor = LEVEL_UNSET;

	switch (lack) {
	case LACK_STARTTLS:
	case LACK_START:
		return LEVEL_NONE;
	case LACK_HANDSHAKE:
		/* A server that only has older TLS gets through without the
		 * rule's least version. */
		floor = deferral_has_floors(demand) ? LEVEL_ENCRYPT
		    : LEVEL_NONE;
		break;
	case LACK_CERTIFICATE:
	case LACK_DANE:
	case LACK_STRENGTH:
		floor = LEVEL_ENCRYPT;
		break;
	case LACK_NONE:
	case LACK_ROUTE:
	case LACK_ENGINE:
	case LACK_MAP:
	case LACK_COUNT:
		return LEVEL_UNSET;
	}
	return floor == LEVEL_ENCRYPT && !deferral_is_beyond_encrypt(demand)
	    ? LEVEL_NONE : floor;
}
