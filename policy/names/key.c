/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/names/key.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/names/netaddr.h"

/* Room for one key in a message. */
/* What is advised is shown whole, to be copied. */
enum { KEY_SHOWN = 120, KEY_FORM = 300 };

static const char *const kinds[] = {
	[KEY_NONE] = "nothing",
	[KEY_DOMAIN] = "domain",
	[KEY_SUFFIX] = "sub-domains",
	[KEY_ANY] = "everything else",
	[KEY_LITERAL] = "address literal",
	[KEY_NEXTHOP] = "next hop",
	[KEY_ADDRESS] = "address",
	[KEY_SERVICE] = "service",
};

static const struct slice service_prefix = { "service ", 8 };

const char *
key_kind_name(enum key_kind kind)
{
	assert(kind < COUNT_OF(kinds));
	return kinds[kind];
}

enum key_kind
key_kind_of(struct slice key)
{
	struct netaddr address;

	if (key.n == 0)
		return KEY_NONE;
	if (slice_eq(key, SLICE("*")))
		return KEY_ANY;
	if (key.p[0] == '.')
		return KEY_SUFFIX;
	if (key.p[0] == '[')
		return netaddr_from(key, &address) ? KEY_LITERAL : KEY_NEXTHOP;
	if (slice_starts(key, service_prefix) &&
	    slice_find(key, '@') == key.n)
		return KEY_SERVICE;
	/* Before the colon: a local part may have one. */
	if (slice_find(key, '@') < key.n)
		return KEY_ADDRESS;
	return slice_find(key, ':') < key.n || slice_find(key, '/') < key.n
	    ? KEY_NEXTHOP : KEY_DOMAIN;
}

bool
key_of_service(struct slice name, struct key *out)
{
	size_t n = service_prefix.n + name.n;

	*out = (struct key){ .kind = KEY_NONE };
	if (name.n == 0 || n > LIMIT_PATH)
		return false;
	memcpy(out->text, service_prefix.p, service_prefix.n);
	memcpy(out->text + service_prefix.n, name.p, name.n);
	out->n = (unsigned short)n;
	out->kind = KEY_SERVICE;
	return true;
}

/* Reports what is wrong with raw, with the right form unless hint is absent. */
static int
key_refuse(struct err *e, struct slice raw, const char *why, struct slice hint)
{
	char shown[KEY_SHOWN], form[KEY_FORM];

	slice_show(raw, shown, sizeof(shown));
	slice_show(hint, form, sizeof(form));
	if (hint.p == NULL)
		return err_set(e, "\"%s\" %s", shown, why);
	return err_set(e, "\"%s\" %s: write \"%s\"", shown, why, form);
}

static void
key_init(struct key *key, enum key_kind kind)
{
	key->kind = kind;
	key->n = 0;
	key->text[0] = '\0';
}

/* false when key has no room for s. */
static bool
key_add(struct key *key, struct slice s)
{
	assert(key->n <= LIMIT_PATH);
	if (s.n > LIMIT_PATH - (size_t)key->n)
		return false;
	if (s.n > 0)
		memcpy(key->text + key->n, s.p, s.n);
	key->n = (unsigned short)(key->n + s.n);
	key->text[key->n] = '\0';
	return true;
}

static void
key_add_address(struct key *key, const struct netaddr *a)
{
	char text[NETADDR_TEXT];

	key_add(key, SLICE("["));
	key_add(key, slice_of(netaddr_show(a, text, sizeof(text))));
	key_add(key, SLICE("]"));
}

static bool
key_has(struct slice s, char c)
{
	return slice_find(s, c) < s.n;
}

/* Adds raw as a domain or a literal; false when it is neither. */
static bool
key_add_host(struct key *key, struct slice raw)
{
	struct netaddr literal;
	struct domain domain;

	if (domain_from(raw, &domain))
		return key_add(key, domain_slice(&domain));
	if (!netaddr_from(raw, &literal))
		return false;
	key_add_address(key, &literal);
	return true;
}

static int
key_read_suffix(struct slice raw, struct key *out, struct err *e)
{
	struct domain domain;

	assert(raw.n > 0 && raw.p[0] == '.');
	if (!domain_from(slice_from(raw, 1), &domain))
		return key_refuse(e, raw, "has no domain name after its dot",
		    SLICE_NONE);
	key_init(out, KEY_SUFFIX);
	key_add(out, SLICE("."));
	key_add(out, domain_slice(&domain));
	return 0;
}

static int
key_read_address(struct slice raw, struct key *out, struct err *e)
{
	struct key key;
	struct address a;
	char local[LIMIT_PATH];
	size_t n;

	if (raw.p[0] == '@')
		return key_refuse(e, raw, "has nothing before its @",
		    slice_from(raw, 1));
	/* address_cut() takes a route and brackets off a peer's text; here
	 * they are a mistake. */
	if (!address_cut(raw, &a) || a.domain.p == NULL ||
	    a.local.n + 1 + a.domain.n != raw.n)
		return key_refuse(e, raw, "is not an address", SLICE_NONE);
	n = address_local_key(a.local, '\0', local, sizeof(local));
	key_init(&key, KEY_ADDRESS);
	if (n == 0 || !key_add(&key, (struct slice){ local, n }) ||
	    !key_add(&key, SLICE("@")) || !key_add_host(&key, a.domain))
		return key_refuse(e, raw,
		    "is not an address: it needs one domain after its @",
		    SLICE_NONE);
	*out = key;
	return 0;
}

/* Reports raw, which is no key among domains, with the nearest right form. */
static int
key_refuse_domain(struct slice raw, struct err *e)
{
	struct netrange range;
	struct domain domain;
	struct key host;
	bool in_brackets;

	if (slice_starts(raw, SLICE("*.")) &&
	    domain_from(slice_from(raw, 2), &domain))
		return key_refuse(e, raw, "is not the form for subdomains",
		    slice_from(raw, 1));
	if (key_has(raw, '*'))
		return key_refuse(e, raw,
		    "has a * that is not the whole key; every subdomain of a "
		    "name is \".name\"", SLICE_NONE);
	if (key_has(raw, '/') && netrange_from(raw, &range))
		return key_refuse(e, raw,
		    "is a range of addresses; ranges belong in \"clients\" "
		    "or \"own_relays\"", SLICE_NONE);
	if (key_nexthop_host(raw, &host, &in_brackets) ||
	    slice_starts(raw, SLICE("unix:")))
		return key_refuse(e, raw,
		    "is a next hop; it belongs in \"next_hops\"", SLICE_NONE);
	return key_refuse(e, raw, "is not a domain name", SLICE_NONE);
}

int
key_from_domain(struct slice raw, struct key *out, struct err *e)
{
	struct netaddr literal;
	struct domain domain;

	raw = slice_trim(raw);
	if (raw.n == 0)
		return err_set(e, "a key is empty");
	if (slice_eq(raw, SLICE("*"))) {
		key_init(out, KEY_ANY);
		key_add(out, raw);
		return 0;
	}
	if (raw.p[0] == '.')
		return key_read_suffix(raw, out, e);
	if (domain_from(raw, &domain)) {
		key_init(out, KEY_DOMAIN);
		key_add(out, domain_slice(&domain));
		return 0;
	}
	if (netaddr_from(raw, &literal)) {
		key_init(out, KEY_LITERAL);
		key_add_address(out, &literal);
		return 0;
	}
	if (key_has(raw, '@'))
		return key_read_address(raw, out, e);
	return key_refuse_domain(raw, e);
}

/* The services of mail with their ports, as in Debian's services(5). */
static const struct {
	const char *name;
	const char *number;
} services[] = {
	{ "smtp", "25" },
	{ "mail", "25" },
	{ "submission", "587" },
	{ "submissions", "465" },
	{ "smtps", "465" },
	{ "ssmtp", "465" },
	{ "urd", "465" },
};

const char *
key_service(struct slice port, unsigned i)
{
	for (size_t row = 0; row < COUNT_OF(services); row++)
		if (slice_eq(slice_of(services[row].number), port) && i-- == 0)
			return services[row].name;
	return NULL;
}

/* RFC 6335 section 5.1: at most 15 letters, digits and hyphens, at least one
 * of them a letter. */
static bool
key_is_service(struct slice s)
{
	bool letter = false;

	if (s.n == 0 || s.n > 15)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = (char)(s.p[i] | 0x20);

		if (c >= 'a' && c <= 'z')
			letter = true;
		else if (s.p[i] != '-' && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	}
	return letter;
}

/* Adds ":port" in its one spelling; false when s is neither a port nor a
 * service. */
static bool
key_add_port(struct key *key, struct slice s)
{
	char text[24];
	long number;

	if (slice_int(s, 1, 65535, &number)) {
		snprintf(text, sizeof(text), ":%ld", number);
		return key_add(key, slice_of(text));
	}
	if (!key_is_service(s) || !key_add(key, SLICE(":")))
		return false;
	for (size_t i = 0; i < COUNT_OF(services); i++)
		if (slice_ieq(slice_of(services[i].name), s))
			return key_add(key, slice_of(services[i].number));
	assert(s.n <= sizeof(text));
	for (size_t i = 0; i < s.n; i++) {
		text[i] = s.p[i];
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (char)(text[i] - 'A' + 'a');
	}
	return key_add(key, (struct slice){ text, s.n });
}

/* The parts of a next hop. */
struct nexthop_parts {
	struct slice host;
	struct slice port;              /* absent or empty: the default */
	bool in_brackets;
};

static bool
key_cut_nexthop(struct slice s, struct nexthop_parts *out)
{
	struct netaddr bare;
	size_t end;

	*out = (struct nexthop_parts){ .host = s };
	if (netaddr_from(s, &bare))
		return true;
	out->in_brackets = s.n > 0 && s.p[0] == '[';
	if (!out->in_brackets) {
		end = slice_find(s, ':');
		out->host = slice_head(s, end);
		if (end < s.n)
			out->port = slice_from(s, end + 1);
		return end > 0;
	}
	end = slice_find(s, ']');
	if (end == s.n)
		return false;
	out->host = slice_from(slice_head(s, end), 1);
	s = slice_from(s, end + 1);
	if (s.n == 0)
		return true;
	out->port = slice_from(s, 1);
	return s.p[0] == ':';
}

/*
 * Postfix's LMTP client takes "inet:" off before it looks up a policy
 * (FACTS 72); in the SMTP client "inet" is a host name. "inet:25" stays as it
 * is.
 */
static struct slice
key_without_inet(struct slice s)
{
	struct slice rest;
	long port;

	while (slice_starts(s, SLICE("inet:"))) {
		rest = slice_from(s, 5);
		if (rest.n == 0 || slice_int(rest, 1, 65535, &port))
			break;
		s = rest;
	}
	return s;
}

/* Words before a colon that name a transport. Before a named service none of
 * them is a host. */
static bool
key_is_prefix(struct slice word)
{
	static const char *const words[] = { "inet", "smtp", "lmtp", "relay" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_eq(word, slice_of(words[i])))
			return true;
	return false;
}

/* Cuts raw into parts and makes a key of its host. */
static bool
key_read_host(struct slice raw, struct key *host, struct nexthop_parts *parts)
{
	struct domain domain;
	struct key port;
	long number;

	if (!key_cut_nexthop(key_without_inet(raw), parts))
		return false;
	key_init(&port, KEY_NONE);
	if (parts->port.n > 0 && !key_add_port(&port, parts->port))
		return false;
	key_init(host, domain_from(parts->host, &domain) ? KEY_DOMAIN
							 : KEY_LITERAL);
	if (!key_add_host(host, parts->host))
		return false;
	return port.n == 0 || parts->in_brackets ||
	    !key_is_prefix(key_slice(host)) ||
	    slice_int(slice_from(key_slice(&port), 1), 1, 65535, &number);
}

bool
key_nexthop_host(struct slice raw, struct key *host, bool *in_brackets)
{
	struct nexthop_parts parts;
	struct key found;

	if (!key_read_host(slice_trim(raw), &found, &parts))
		return false;
	*host = found;
	*in_brackets = parts.in_brackets || found.kind == KEY_LITERAL;
	return true;
}

/* "smtp:[host]" is an entry of transport_maps: the next hop follows the colon.
 * Before a port number the word is a host. */
static bool
key_is_transport(struct slice raw, struct slice *rest)
{
	size_t colon;
	long port;

	raw = key_without_inet(raw);
	colon = slice_find(raw, ':');
	*rest = slice_from(raw, colon + 1);
	return rest->n > 0 && !slice_int(*rest, 1, 65535, &port) &&
	    key_is_prefix(slice_head(raw, colon));
}

/* Whether raw is a list of next hops, as Postfix 3.5 and later accept. */
static bool
key_is_list(struct slice raw)
{
	struct slice rest = raw, part;
	struct nexthop_parts parts;
	struct key host;

	if (!key_has(raw, ','))
		return false;
	while (slice_next(&rest, ',', &part))
		if (!key_read_host(slice_trim(part), &host, &parts))
			return false;
	return true;
}

/* Any other text: a socket, the name of a pipe, an error text. */
static int
key_read_text(struct slice raw, struct key *out, struct err *e)
{
	struct key key;

	if (raw.n > LIMIT_PATH)
		return key_refuse(e, raw, "is too long for a next hop",
		    SLICE_NONE);
	for (size_t i = 0; i < raw.n; i++)
		if ((unsigned char)raw.p[i] < 0x20 || raw.p[i] == 0x7f)
			return key_refuse(e, raw, "has a control character",
			    SLICE_NONE);
	if (key_is_list(raw))
		return key_refuse(e, raw,
		    "is a list; write each next hop as a separate string",
		    SLICE_NONE);
	if (key_has(raw, '@') && key_from_domain(raw, &key, NULL) == 0)
		return key_refuse(e, raw,
		    "is an address; it belongs in \"domains\"", SLICE_NONE);
	key_init(out, KEY_NEXTHOP);
	key_add(out, raw);
	return 0;
}

int
key_from_nexthop(struct slice raw, struct key *out, struct err *e)
{
	struct slice rest;
	struct nexthop_parts parts;
	struct key host;
	bool in_brackets;

	raw = slice_trim(raw);
	if (raw.n == 0)
		return err_set(e, "a next hop is empty");
	if (raw.p[0] == '.' || raw.p[0] == '*')
		return key_refuse(e, raw,
		    "is not a next hop; a name with a leading dot or star "
		    "belongs in \"domains\"",
		    SLICE_NONE);
	if (key_is_transport(raw, &rest))
		return key_refuse(e, raw,
		    "names a transport before the next hop", rest);
	if (!key_read_host(raw, &host, &parts))
		return key_read_text(raw, out, e);
	in_brackets = parts.in_brackets && host.kind == KEY_DOMAIN;
	key_init(out, host.kind);
	if (in_brackets || parts.port.n > 0)
		out->kind = KEY_NEXTHOP;
	key_add(out, in_brackets ? SLICE("[") : SLICE(""));
	key_add(out, key_slice(&host));
	key_add(out, in_brackets ? SLICE("]") : SLICE(""));
	if (parts.port.n > 0)
		key_add_port(out, parts.port);
	return 0;
}
