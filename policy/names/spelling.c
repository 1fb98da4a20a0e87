/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <unicase.h>
#include <unistr.h>

#include "policy/names/spelling.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"
#include "policy/names/key.h"
#include "policy/names/netaddr.h"

static bool
spelling_fold_ascii(struct slice raw, char *out)
{
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if ((unsigned char)c >= 0x80)
			return false;
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return true;
}

size_t
spelling_fold(struct slice raw, char out[SPELLING_SIZE])
{
	const uint8_t *text = (const uint8_t *)raw.p;
	uint8_t folded[SPELLING_SIZE], *found;
	size_t n = sizeof(folded);

	if (raw.n == 0 || raw.n > SPELLING_SIZE)
		return 0;
	if (spelling_fold_ascii(raw, out))
		return raw.n;
	if (u8_check(text, raw.n) != NULL)
		return 0;
	found = u8_casefold(text, raw.n, NULL, NULL, folded, &n);
	if (found != folded) {
		free(found);
		return 0;
	}
	memcpy(out, folded, n);
	return n;
}

/* A key in parts: what is before its host, the host, and what is behind. */
struct spelled {
	const char *before;
	struct slice host;              /* absent: the key has none */
	const char *behind;
	struct slice port;              /* with its colon; empty: none */
	void (*fn)(struct slice spelling, void *data);
	void *data;
};

static void
spelling_call(const struct spelled *s, const char *before, struct slice host,
    const char *behind, const char *port)
{
	char text[SPELLING_SIZE], folded[SPELLING_SIZE];
	struct text t;
	size_t n;

	text_init(&t, text, sizeof(text));
	text_add(&t, "%s", before);
	text_slice(&t, host);
	text_add(&t, "%s", behind);
	if (port == NULL)
		text_slice(&t, s->port);
	else
		text_add(&t, ":%s", port);
	n = spelling_fold(text_so_far(&t), folded);
	if (!t.cut && n > 0)
		s->fn((struct slice){ folded, n }, s->data);
}

/* Calls fn for one spelling of the host, with every one of the port. */
static void
spelling_call_ports(const struct spelled *s, const char *before,
    struct slice host, const char *behind)
{
	const char *service;

	spelling_call(s, before, host, behind, NULL);
	if (s->port.n == 0)
		return;
	for (unsigned i = 0; (service = key_service(slice_from(s->port, 1),
		 i)) != NULL; i++)
		spelling_call(s, before, host, behind, service);
}

/* An address has no brackets in a route without a port, or of an old kind of
 * address; Postfix itself writes "IPv6:" for user@[IPv6:...]. */
static void
spelling_call_address(const struct spelled *s)
{
	struct slice bare = slice_from(slice_head(s->host, s->host.n - 1), 1);
	bool six = slice_find(bare, ':') < bare.n;

	spelling_call_ports(s, "", s->host, "");
	if (six)
		spelling_call_ports(s, "[IPv6:", bare, "]");
	if (!six || s->port.n == 0)
		spelling_call_ports(s, "", bare, "");
}

static void
spelling_cut(struct slice key, struct key *host, struct spelled *s)
{
	bool brackets;

	s->before = s->behind = "";
	s->port = SLICE("");
	if (key.p[0] == '.') {
		s->before = ".";
		s->host = slice_from(key, 1);
		return;
	}
	if (!key_nexthop_host(key, host, &brackets)) {
		s->host = SLICE_NONE;
		return;
	}
	s->host = key_slice(host);
	if (key.p[0] == '[' && host->kind == KEY_DOMAIN) {
		s->before = "[";
		s->behind = "]";
	}
	s->port = slice_from(key, strlen(s->before) + s->host.n +
	    strlen(s->behind));
}

void
spelling_each(struct slice key, void (*fn)(struct slice spelling, void *data),
    void *data)
{
	char unicode[DOMAIN_UNICODE];
	struct spelled s = { .fn = fn, .data = data };
	struct key host;
	size_t n;

	assert(key.n > 0);
	spelling_cut(key, &host, &s);
	if (s.host.p == NULL) {
		spelling_call(&s, "", key, "", NULL);
		return;
	}
	if (s.host.p[0] == '[') {
		spelling_call_address(&s);
		return;
	}
	spelling_call_ports(&s, s.before, s.host, s.behind);
	n = domain_unicode(s.host, unicode);
	if (n > 0)
		spelling_call_ports(&s, s.before, (struct slice){ unicode, n },
		    s.behind);
}

struct spelling_search {
	struct slice wanted;
	bool found;
};

static void
spelling_compare(struct slice spelling, void *data)
{
	struct spelling_search *search = data;

	search->found = search->found || slice_eq(spelling, search->wanted);
}

bool
spelling_is_of(struct slice text, struct slice key)
{
	struct spelling_search search = { text, false };

	spelling_each(key, spelling_compare, &search);
	return search.found;
}

bool
spelling_is_unique(struct slice key)
{
	char unicode[DOMAIN_UNICODE], folded[SPELLING_SIZE];
	struct spelled s;
	struct domain again;
	struct key host;
	size_t n;

	spelling_cut(key, &host, &s);
	n = s.host.p == NULL || s.host.p[0] == '['
	    ? 0 : domain_unicode(s.host, unicode);
	if (n == 0)
		return true;
	n = spelling_fold((struct slice){ unicode, n }, folded);
	return domain_from((struct slice){ folded, n }, &again) &&
	    slice_eq(domain_slice(&again), s.host);
}
