/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/outbound_key.h"
#include "policy/names/domain.h"
#include "policy/names/netaddr.h"

static bool
outbound_is_path_text(struct slice s, const char *extra)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = (char)(s.p[i] | 0x20);

		if ((c < 'a' || c > 'z') && (s.p[i] < '0' || s.p[i] > '9') &&
		    (s.p[i] == '\0' || strchr(extra, s.p[i]) == NULL))
			return false;
	}
	return slice_find(s, '/') < s.n;
}

/*
 * Whether raw can only be the path of a socket: absolute, in a folder of
 * Postfix's queue, or relative without any dot. "bank.example/" could be a
 * destination that the table covers, so it is no path.
 */
static bool
outbound_is_path(struct slice raw)
{
	if (slice_starts(raw, SLICE("unix:")))
		raw = slice_from(raw, 5);
	if (slice_starts(raw, SLICE("/")) ||
	    slice_starts(raw, SLICE("private/")) ||
	    slice_starts(raw, SLICE("public/")))
		return outbound_is_path_text(raw, "/_-+=@:,.");
	return outbound_is_path_text(raw, "/_-");
}

static enum outbound_form
outbound_form_of(struct slice raw, bool is_key, const struct outbound_key *key)
{
	if (raw.n == 0)
		return OUTBOUND_FORM_BAD;
	if (raw.p[0] == '.')
		return OUTBOUND_FORM_PARENT;
	if (!is_key)
		return OUTBOUND_FORM_BAD;
	if (key->host.kind != KEY_NONE)
		return OUTBOUND_FORM_HOST;
	/* Anything else without a host could be a destination that the table
	 * covers, in a spelling we cannot parse. */
	return outbound_is_path(raw) ? OUTBOUND_FORM_PATH : OUTBOUND_FORM_BAD;
}

/* RFC 6761 section 6.3: localhost, and the names below it, are loopback. */
static bool
outbound_is_loopback(const struct key *host)
{
	struct slice name = key_slice(host);
	struct netaddr address;

	if (host->kind == KEY_LITERAL)
		return netaddr_from(name, &address) &&
		    netaddr_is_loopback(&address);
	if (host->kind == KEY_SUFFIX)
		name = slice_from(name, 1);
	return slice_eq(name, SLICE("localhost")) ||
	    domain_covers(SLICE(".localhost"), name);
}

void
outbound_key_below(struct slice suffix, struct outbound_key *out)
{
	assert(suffix.n > 1 && suffix.n <= LIMIT_PATH && suffix.p[0] == '.');
	out->form = OUTBOUND_FORM_HOST;
	out->key = (struct key){ .kind = KEY_SUFFIX,
		.n = (unsigned short)suffix.n };
	memcpy(out->key.text, suffix.p, suffix.n);
	out->host = out->key;
	out->on_host = outbound_is_loopback(&out->host);
}

void
outbound_key_read(struct slice raw, struct outbound_key *out)
{
	bool is_key = key_from_nexthop(raw, &out->key, NULL) == 0;
	bool brackets;

	if (!is_key)
		out->key = (struct key){ .kind = KEY_NONE };
	if (out->key.kind == KEY_DOMAIN || out->key.kind == KEY_LITERAL)
		out->host = out->key;
	else if (!key_nexthop_host(raw, &out->host, &brackets))
		out->host = (struct key){ .kind = KEY_NONE };
	out->form = outbound_form_of(raw, is_key, out);
	out->on_host = out->form == OUTBOUND_FORM_PATH ||
	    outbound_is_loopback(&out->host);
}
