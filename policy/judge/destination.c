/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/destination.h"
#include "policy/evidence/dialect.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/names/netaddr.h"
#include "policy/outbound/outbound.h"

/* Where the names of a request are gathered. */
struct gathering {
	const struct request *request;
	const struct settings *settings;
	struct arena *arena;
	struct destinations *out;
};

static bool
destination_is_known(const struct destinations *list, enum key_kind kind,
    struct slice text)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].kind == kind &&
		    slice_eq(list->list[i].text, text))
			return true;
	return false;
}

static void
destination_add(struct gathering *g, enum key_kind kind, struct slice text,
    bool route)
{
	struct destinations *list = g->out;

	assert(list->count <= DESTINATIONS);
	if (destination_is_known(list, kind, text))
		return;
	if (list->count == DESTINATIONS) {
		list->cut = true;
		return;
	}
	list->list[list->count++] = (struct destination){ kind,
		arena_copy(g->arena, text), route };
}

/* Adds "local@domain", without the extension if there is a delimiter. */
static void
destination_add_address_key(struct gathering *g, struct slice local,
    char delimiter, struct slice domain)
{
	char text[LIMIT_PATH + 1 + LIMIT_DOMAIN];
	size_t n = address_local_key(local, delimiter, text, LIMIT_PATH);

	if (n == 0)
		return;
	text[n++] = '@';
	memcpy(text + n, domain.p, domain.n);
	destination_add(g, KEY_ADDRESS, (struct slice){ text, n + domain.n },
	    false);
}

/* The MTA cuts at the first delimiter of a set; which of them it has set is not
 * known for certain, so each is tried. */
static void
destination_add_address_keys(struct gathering *g, struct slice local,
    struct slice domain)
{
	struct slice delimiters = g->settings->recipient_delimiter;

	assert(delimiters.n <= LIMIT_DELIMITERS);
	destination_add_address_key(g, local, '\0', domain);
	for (size_t i = 0; i < delimiters.n; i++)
		destination_add_address_key(g, local, delimiters.p[i], domain);
	destination_add_address_key(g, local,
	    dialect_of(g->request->mta)->delimiter, domain);
}

/*
 * A domain as the next MTA reads it. Sendmail passes a quoted domain on
 * (u@"bank.example"); Postfix removes the quotes and, if there is an @ then,
 * uses what follows the last one (FACTS 45).
 */
static struct slice
destination_unquote(struct slice domain, struct arena *a)
{
	struct slice s = { NULL, 0 };
	char *text;
	size_t at;

	if (slice_find(domain, '"') == domain.n &&
	    slice_find(domain, '\\') == domain.n)
		return domain;
	text = arena_alloc(a, domain.n + 1);
	s.p = text;
	for (size_t i = 0; i < domain.n; i++)
		if (domain.p[i] != '"' && domain.p[i] != '\\')
			text[s.n++] = domain.p[i];
	at = slice_rfind(s, '@');
	return at == s.n ? s : slice_from(s, at + 1);
}

/* Adds the domain, with the address, or the literal; false when there is no
 * domain that can be read. */
static bool
destination_add_address(struct gathering *g, const struct address *address)
{
	struct domain domain;
	struct netaddr literal;
	char text[64];

	if (address->domain.n == 0)
		return false;
	if (domain_from(destination_unquote(address->domain, g->arena),
		&domain)) {
		destination_add(g, KEY_DOMAIN, domain_slice(&domain), false);
		destination_add_address_keys(g, address->local,
		    domain_slice(&domain));
		return true;
	}
	if (address->domain.p[0] != '[' ||
	    !netaddr_from(address->domain, &literal))
		return false;
	text[0] = '[';
	netaddr_show(&literal, text + 1, sizeof(text) - 2);
	memcpy(text + strlen(text), "]", 2);
	destination_add(g, KEY_LITERAL, slice_of(text), false);
	return true;
}

/* Adds one next hop of {rcpt_host}: as it is, and its host alone. */
static void
destination_add_route(struct gathering *g, struct slice part, bool is_text)
{
	struct domain domain;
	bool in_brackets;
	struct key key;

	/* Most routes are a plain name; its look-up finds next hops too. */
	if (!is_text && domain_from(part, &domain)) {
		destination_add(g, KEY_DOMAIN, domain_slice(&domain), true);
		return;
	}
	if (key_from_nexthop(part, &key, NULL) == 0)
		destination_add(g, KEY_NEXTHOP, key_slice(&key), true);
	if (!is_text && key_nexthop_host(part, &key, &in_brackets))
		destination_add(g, key.kind, key_slice(&key), true);
}

/* Whether part is neither a host nor the path of a socket or pipe. */
static bool
destination_is_no_next_hop(struct slice part)
{
	struct outbound_key key;

	outbound_key_read(part, &key);
	return key.form == OUTBOUND_FORM_BAD ||
	    key.form == OUTBOUND_FORM_PARENT;
}

bool
destination_is_local_mailer(struct slice mailer)
{
	static const char *const names[] = { "local", "virtual", "discard",
		"error", "retry", "prog", "*file*", "*include*" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (slice_eq(slice_of(names[i]), mailer))
			return true;
	return false;
}

/* Whether the first part of text is all digits: a port, not a host. */
static bool
destination_begins_with_port(struct slice text)
{
	long port;

	text = slice_head(text, slice_find(text, ','));
	return slice_int(slice_head(text, slice_find(text, ':')), 0, 65535,
	    &port);
}

/*
 * Cuts the next hop off *rest. Postfix separates next hops by commas, Sendmail
 * by colons, "[gw1.bank.example]:[gw2.bank.example]": with colons set, one that
 * is outside brackets and before no port separates too (FACTS 41, 43).
 */
static bool
destination_cut_hop(struct slice *rest, bool colons, struct slice *hop)
{
	bool in_brackets = false;

	if (rest->p == NULL)
		return false;
	for (size_t i = 0; i < rest->n; i++) {
		char c = rest->p[i];
		struct slice after = slice_from(*rest, i + 1);

		in_brackets = c == '[' || (in_brackets && c != ']');
		if (c == ',' ||
		    (c == ':' && colons && !in_brackets &&
			!destination_begins_with_port(after))) {
			*hop = slice_trim(slice_head(*rest, i));
			*rest = after;
			return true;
		}
	}
	*hop = slice_trim(*rest);
	*rest = SLICE_NONE;
	return true;
}

bool
destination_next_hop(const struct request *request, struct slice *rest,
    struct slice *hop)
{
	bool colons = dialect_of(request->mta)->lists_hops_with_colons;

	while (destination_cut_hop(rest, colons, hop))
		if (hop->n > 0)
			return true;
	return false;
}

/*
 * Adds {rcpt_host}: a list of next hops, the name of a socket or a pipe, or,
 * with mailer "error", a text (an accepted virtual alias shows like that too).
 */
static void
destination_add_routes(struct gathering *g)
{
	const struct macros *m = &g->request->macros;
	struct slice rest = macros_get(m, MACRO_RCPT_HOST), hop;
	struct slice mailer = macros_get(m, MACRO_RCPT_MAILER);
	bool is_text = slice_eq(mailer, SLICE("error"));

	if (rest.n == 0)
		return;
	/* As a whole too: a key may have a comma or a colon in it. */
	if (is_text || slice_find(rest, ',') < rest.n ||
	    slice_find(rest, ':') < rest.n)
		destination_add_route(g, rest, is_text);
	if (rest.n > LIMIT_MACRO)
		g->out->cut = true;
	if (is_text)
		return;
	for (int i = 0; destination_next_hop(g->request, &rest, &hop); i++) {
		if (i == LIMIT_ROUTE_PARTS) {
			g->out->cut = true;
			break;
		}
		hop = destination_unquote(hop, g->arena);
		destination_add_route(g, hop, false);
		if (!destination_is_local_mailer(mailer) &&
		    destination_is_no_next_hop(hop))
			g->out->unreadable = true;
	}
}

/* One form of an address, typed or resolved. */
struct form {
	bool present;
	bool parsed;
	bool has_domain;                /* that can be read */
	struct address address;         /* when parsed */
};

static struct form
destination_read_form(struct gathering *g, struct slice text)
{
	struct form form = { .present = text.p != NULL };

	if (form.present && address_cut(text, &form.address)) {
		form.parsed = true;
		form.has_domain = destination_add_address(g, &form.address);
	}
	return form;
}

/* Whether it is a local part alone, which the MTA delivers itself. */
static bool
destination_is_bare(const struct form *form)
{
	return form->parsed && !form->address.null &&
	    form->address.domain.p == NULL;
}

/* Whether form names a destination that cannot be read. */
static bool
destination_is_unreadable(const struct form *form)
{
	return form->present && !form->has_domain &&
	    (!form->parsed || form->address.domain.p != NULL);
}

/* Whether a bare local part may have a domain in it for the MTA: a bang path,
 * or the percent hack. */
static bool
destination_hides_domain(const struct form *form)
{
	struct slice local = form->address.local;

	return destination_is_bare(form) &&
	    (slice_find(local, '!') < local.n ||
		slice_find(local, '%') < local.n);
}

/* A name that cannot be in the table is covered by "*". */
static void
destination_add_any(struct gathering *g)
{
	destination_add(g, KEY_ANY, SLICE("*"), false);
}

/* Reads both forms of an address. */
static void
destination_read_forms(struct gathering *g, struct slice path,
    struct slice addr, struct form *typed, struct form *resolved)
{
	*g->out = (struct destinations){ .count = 0 };
	*typed = destination_read_form(g, path);
	*resolved = destination_read_form(g, addr);
}

static bool
destination_is_our_postmaster(const struct form *form,
    const struct settings *settings)
{
	struct domain domain;

	if (!form->parsed || !address_is_postmaster(form->address.local))
		return false;
	if (form->address.domain.p == NULL)
		return true;
	return domain_from(form->address.domain, &domain) &&
	    settings_serves(settings, domain_slice(&domain));
}

void
destinations_of_recipient(const struct request *request,
    const struct settings *settings, struct arena *a,
    struct destinations *out)
{
	const struct macros *m = &request->macros;
	struct gathering g = { request, settings, a, out };
	struct form typed, resolved;
	const struct form *form;

	destination_read_forms(&g, request->recipient,
	    macros_get(m, MACRO_RCPT_ADDR), &typed, &resolved);
	form = resolved.present ? &resolved : &typed;
	out->local = macros_get(m, MACRO_RCPT_HOST).n == 0 &&
	    destination_is_bare(form);
	out->bare = out->local && destination_is_bare(&typed);
	out->unknown = !typed.has_domain && !resolved.has_domain &&
	    !out->local && !request->recipient_cut;
	out->unreadable = !out->unknown && (request->recipient_cut ||
	    destination_is_unreadable(&resolved) ||
	    (destination_is_unreadable(&typed) &&
		(!resolved.present ||
		    dialect_of(request->mta)->shows_alias)) ||
	    (!resolved.present && destination_hides_domain(&typed)));
	/* As typed and as resolved: postmaster may be an alias for an address
	 * elsewhere. */
	out->postmaster = destination_is_our_postmaster(&typed, settings) &&
	    resolved.present &&
	    destination_is_our_postmaster(&resolved, settings);
	if (!out->local && destination_is_unreadable(&resolved))
		destination_add_any(&g);
	destination_add_routes(&g);
}

void
destinations_at(const struct request *request,
    const struct settings *settings, struct slice path, struct slice domain,
    struct arena *a, struct destinations *out)
{
	struct gathering g = { request, settings, a, out };
	struct address address;

	*out = (struct destinations){ .count = 0 };
	if (domain.p == NULL) {
		destination_add_any(&g);
	} else if (domain.n > 0 && domain.p[0] == '.') {
		destination_add(&g, KEY_SUFFIX, domain, false);
	} else if (address_cut(path, &address)) {
		address.domain = domain;
		destination_add_address(&g, &address);
	}
}

void
destinations_of_sender(const struct request *request,
    const struct settings *settings, struct arena *a,
    struct destinations *out)
{
	struct slice addr = macros_get(&request->macros, MACRO_MAIL_ADDR);
	struct gathering g = { request, settings, a, out };
	struct form typed, resolved;
	const struct form *form;

	destination_read_forms(&g, request->sender, addr, &typed, &resolved);
	form = resolved.present ? &resolved : &typed;
	out->unknown = addr.p == NULL && request->sender.p == NULL;
	out->null = form->parsed && form->address.null;
	out->bare = destination_is_bare(form) && !typed.has_domain;
	out->unreadable = destination_is_unreadable(&typed) ||
	    destination_is_unreadable(&resolved) ||
	    (out->bare && destination_hides_domain(form));
	if (out->unreadable || destination_is_bare(form))
		destination_add_any(&g);
}
