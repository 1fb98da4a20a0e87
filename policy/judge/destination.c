/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/judge/destination.h"
#include "policy/evidence/dialect.h"
#include "policy/names/address.h"
#include "policy/names/domain.h"
#include "policy/names/netaddr.h"

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
destination_add(struct destinations *list, enum key_kind kind,
    struct slice text, bool route, struct arena *a)
{
	assert(list->count <= DESTINATIONS);
	if (list->count == DESTINATIONS ||
	    destination_is_known(list, kind, text))
		return;
	list->list[list->count++] = (struct destination){ kind,
		arena_copy(a, text), route };
}

/* Adds "local@domain", with and without the extension. */
static void
destination_add_address_keys(struct destinations *list, struct slice local,
    struct slice domain, struct arena *a)
{
	char text[LIMIT_PATH + 1];

	for (int extension = 1; extension >= 0; extension--) {
		size_t n = address_local_key(local, extension, text,
		    sizeof(text) - LIMIT_DOMAIN - 1);

		if (n == 0)
			continue;
		text[n++] = '@';
		memcpy(text + n, domain.p, domain.n);
		destination_add(list, KEY_ADDRESS,
		    (struct slice){ text, n + domain.n }, false, a);
	}
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
destination_add_address(struct destinations *list,
    const struct address *address, struct arena *a)
{
	struct domain domain;
	struct netaddr literal;
	char text[64];

	if (address->domain.n == 0)
		return false;
	if (domain_from(destination_unquote(address->domain, a), &domain)) {
		destination_add(list, KEY_DOMAIN, domain_slice(&domain), false,
		    a);
		destination_add_address_keys(list, address->local,
		    domain_slice(&domain), a);
		return true;
	}
	if (address->domain.p[0] != '[' ||
	    !netaddr_from(address->domain, &literal))
		return false;
	text[0] = '[';
	netaddr_show(&literal, text + 1, sizeof(text) - 2);
	memcpy(text + strlen(text), "]", 2);
	destination_add(list, KEY_LITERAL, slice_of(text), false, a);
	return true;
}

/* Adds one next hop of {rcpt_host}: as it is, and its host alone. */
static void
destination_add_route(struct destinations *list, struct slice part,
    bool is_text, struct arena *a)
{
	struct domain domain;
	bool in_brackets;
	struct key key;

	/* Most routes are a plain name; its look-up finds next hops too. */
	if (!is_text && domain_from(part, &domain)) {
		destination_add(list, KEY_DOMAIN, domain_slice(&domain), true,
		    a);
		return;
	}
	if (key_from_nexthop(part, &key, NULL) == 0)
		destination_add(list, KEY_NEXTHOP, key_slice(&key), true, a);
	if (!is_text && key_nexthop_host(part, &key, &in_brackets))
		destination_add(list, key.kind, key_slice(&key), true, a);
}

/* Whether text is all digits: a port, not a host. */
static bool
destination_is_port(struct slice text)
{
	long port;

	return slice_int(text, 0, 65535, &port);
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
			!destination_is_port(
			    slice_head(after, slice_find(after, ':'))))) {
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
destination_add_routes(struct destinations *list, const struct request *request,
    struct arena *a)
{
	const struct macros *m = &request->macros;
	struct slice rest = macros_get(m, MACRO_RCPT_HOST), hop;
	bool is_text = slice_eq(macros_get(m, MACRO_RCPT_MAILER),
	    SLICE("error"));

	if (rest.n == 0)
		return;
	/* As a whole too: a key may have a comma or a colon in it. */
	if (is_text || slice_find(rest, ',') < rest.n ||
	    slice_find(rest, ':') < rest.n)
		destination_add_route(list, rest, is_text, a);
	list->cut = rest.n > LIMIT_MACRO;
	if (is_text)
		return;
	for (int i = 0; destination_next_hop(request, &rest, &hop); i++) {
		if (i == LIMIT_ROUTE_PARTS) {
			list->cut = true;
			break;
		}
		destination_add_route(list, hop, false, a);
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
destination_read_form(struct destinations *list, struct slice text,
    struct arena *a)
{
	struct form form = { .present = text.p != NULL };

	if (form.present && address_cut(text, &form.address)) {
		form.parsed = true;
		form.has_domain =
		    destination_add_address(list, &form.address, a);
	}
	return form;
}

/* Whether typed is "<resolved>", so that one of them is enough. */
static bool
destination_is_same(struct slice typed, struct slice resolved)
{
	if (resolved.n == 0 || typed.n != resolved.n + 2 ||
	    typed.p[0] != '<' || typed.p[typed.n - 1] != '>' ||
	    slice_find(resolved, '<') < resolved.n ||
	    slice_find(resolved, '>') < resolved.n ||
	    slice_find(resolved, ' ') < resolved.n)
		return false;
	return slice_eq(slice_head(slice_from(typed, 1), resolved.n),
	    resolved);
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

/* A name that cannot be in the table is covered by "*". */
static void
destination_add_any(struct destinations *list, struct arena *a)
{
	destination_add(list, KEY_ANY, SLICE("*"), false, a);
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
	struct slice addr = macros_get(m, MACRO_RCPT_ADDR);
	struct form typed, resolved;

	out->count = 0;
	typed = destination_read_form(out, request->recipient, a);
	resolved = destination_is_same(request->recipient, addr)
	    ? typed
	    : destination_read_form(out, addr, a);
	out->local = macros_get(m, MACRO_RCPT_HOST).n == 0 &&
	    destination_is_bare(resolved.present ? &resolved : &typed);
	out->bare = out->local && destination_is_bare(&typed);
	out->unknown = !typed.has_domain && !resolved.has_domain &&
	    !out->local;
	out->cut = false;
	/* As typed and as resolved: postmaster may be an alias for an address
	 * elsewhere. */
	out->postmaster = destination_is_our_postmaster(&typed, settings) &&
	    resolved.present &&
	    destination_is_our_postmaster(&resolved, settings);
	if (!out->local && destination_is_unreadable(&resolved))
		destination_add_any(out, a);
	destination_add_routes(out, request, a);
}

void
destinations_at(const struct request *request, struct slice domain,
    struct arena *a, struct destinations *out)
{
	struct address address;

	out->count = 0;
	if (domain.p == NULL) {
		destination_add_any(out, a);
	} else if (address_cut(request->recipient, &address)) {
		address.domain = domain;
		destination_add_address(out, &address, a);
	}
}

void
destinations_of_sender(const struct request *request, struct arena *a,
    struct destinations *out)
{
	struct slice addr = macros_get(&request->macros, MACRO_MAIL_ADDR);
	struct form typed, resolved;

	out->count = 0;
	out->local = false;
	out->cut = false;
	out->postmaster = false;
	out->unknown = addr.p == NULL && request->sender.p == NULL;
	typed = destination_read_form(out, request->sender, a);
	resolved = destination_is_same(request->sender, addr)
	    ? typed
	    : destination_read_form(out, addr, a);
	if (destination_is_unreadable(&typed) ||
	    destination_is_unreadable(&resolved) ||
	    destination_is_bare(resolved.present ? &resolved : &typed))
		destination_add_any(out, a);
}
