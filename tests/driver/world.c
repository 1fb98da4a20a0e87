/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>

#include "policy/base/lang.h"
#include "tests/driver/world.h"

/* The tables of tests/sessions/WORLD. */

#define NAME(what, text) static const char name_##what[] = text;
#include "tests/sessions/WORLD"

static const struct { const char *name; unsigned port; } listeners[] = {
#define LISTENER(name, port) { name, port },
#include "tests/sessions/WORLD"
};

static const struct {
	const char *tls;
	const char *macro;
	const char *cipher;
} versions[] = {
#define TLS(tls, macro, cipher) { tls, macro, cipher },
#include "tests/sessions/WORLD"
};

struct authority {
	const char *name;
	const char *subject;
	const char *cn;
};

static const struct authority authorities[] = {
#define AUTHORITY(name, subject, cn) { name, subject, cn },
#include "tests/sessions/WORLD"
};

/* The certificates of a client, with the names of tests/sessions/FORMAT. */
struct certificate {
	const char *kind;
	bool has_cn;                    /* in its subject */
	const char *subject;            /* before "/CN=" and the CN */
	const char *authority;          /* NULL: none is sent */
	const char *verify;             /* Sendmail's word */
};

static const struct certificate certificates[] = {
#define CERTIFICATE(kind, has_cn, subject, authority, verify) \
	{ kind, has_cn, subject, authority, verify },
#include "tests/sessions/WORLD"
};

static const struct authority *
authority_of(const struct certificate *c)
{
	for (size_t i = 0; i < COUNT_OF(authorities); i++)
		if (strcmp(authorities[i].name, c->authority) == 0)
			return &authorities[i];
	abort();
}

unsigned
world_port(struct slice listener)
{
	for (size_t i = 0; i < COUNT_OF(listeners); i++)
		if (slice_eq(listener, slice_of(listeners[i].name)))
			return listeners[i].port;
	return 0;
}

static void
set_slice(struct world *w, const char *name, struct slice value)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->macros[i].name, name) == 0) {
			w->macros[i].value = value;
			return;
		}
	if (w->count == WORLD_MACROS)
		abort();
	w->macros[w->count++] = (struct world_macro){ name, value };
}

static void
set(struct world *w, const char *name, const char *value)
{
	set_slice(w, name, slice_of(value));
}

struct slice
world_get(const struct world *w, const char *name)
{
	const struct raw_macro *raw = w->client->macros;

	for (; raw != NULL; raw = raw->next)
		if (strcmp(raw->name, name) == 0)
			return raw->value;
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->macros[i].name, name) == 0)
			return w->macros[i].value;
	return SLICE_NONE;
}

/* "::1" as "IPv6:0:0:0:0:0:0:0:1", as Sendmail writes it. */
static const char *
uncompressed(struct arena *a, const char *address)
{
	unsigned char b[16];
	unsigned g[8];

	if (inet_pton(AF_INET6, address, b) != 1)
		return address;
	for (int i = 0; i < 8; i++)
		g[i] = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
	return arena_printf(a, "IPv6:%x:%x:%x:%x:%x:%x:%x:%x", g[0], g[1],
	    g[2], g[3], g[4], g[5], g[6], g[7]);
}

static const char *
address_macro(const struct world *w, const char *address)
{
	if (strchr(address, ':') == NULL)
		return address;
	if (!w->postfix)
		return uncompressed(w->arena, address);
	return arena_printf(w->arena, "IPv6:%s", address);
}

static void
set_client(struct world *w, const char *address)
{
	bool localhost = strcmp(address, "127.0.0.1") == 0;
	const char *shown = address_macro(w, address);
	const char *name = "unknown";

	if (localhost)
		name = "localhost";
	else if (!w->postfix)
		name = arena_printf(w->arena, "[%s]", shown);
	set(w, "{client_addr}", shown);
	set(w, "{client_name}", name);
	set(w, "{client_ptr}", name);
	set(w, "{client_resolve}", localhost ? "OK" : "FAIL");
	set(w, "{client_port}", arena_printf(w->arena, "%u",
	    w->client_port));
	set(w, "{client_connections}", w->postfix ? "0" : "1");
	set(w, "_", !w->postfix && !localhost ? name
	    : arena_printf(w->arena, "%s [%s]", name, address));
}

static void
set_daemon(struct world *w)
{
	bool six = strchr(arena_string(w->arena, w->client->address), ':')
	    != NULL;
	unsigned port = world_port(w->client->listener);

	set(w, "j", name_host);
	set(w, "v", w->postfix ? "Postfix 3.7.11" : "8.17.1.9");
	set(w, "{daemon_name}", w->postfix ? name_host
	    : arena_string(w->arena, w->client->listener));
	set(w, "{daemon_port}", arena_printf(w->arena, "%u", port));
	set(w, "{daemon_addr}", !six ? "127.0.0.1"
	    : w->postfix ? "::1" : "IPv6:0:0:0:0:0:0:0:1");
	if (!w->postfix)
		set(w, "{if_name}", "localhost");
}

bool
world_has_proxy(const struct world *w)
{
	return w->postfix && slice_eq(w->client->listener, SLICE("prequeue"));
}

static void
new_queue_id(struct world *w)
{
	if (world_has_proxy(w))
		return;
	w->number++;
	if (w->postfix)
		set(w, "i", arena_printf(w->arena, "7FA14AA%04X", w->number));
	else
		set(w, "i", arena_printf(w->arena, "6ALKg6%02u010603",
		    w->number));
}

/* Sets macros that the MTA leaves undefined, as milter_macro_defaults does. */
static void
set_forged(struct world *w)
{
	if (!w->postfix
	    || !slice_eq(w->client->listener, SLICE("forged")))
		return;
	set(w, "{verify}", "OK");
	if (world_get(w, "{cert_subject}").p == NULL)
		set(w, "{cert_subject}", name_client);
	if (world_get(w, "{cert_issuer}").p == NULL)
		set(w, "{cert_issuer}", authorities[0].cn);
}

bool
world_begin(struct world *w, const struct client *client, bool postfix,
    unsigned number, struct arena *arena)
{
	*w = (struct world){ .client = client, .arena = arena,
		.postfix = postfix, .client_port = WORLD_PORT + number };
	if (world_port(client->listener) == 0)
		return false;
	if (client->local || client->xclient.p != NULL)
		w->client_port = 0;
	set_daemon(w);
	set_client(w, arena_string(arena, client->xclient.p != NULL
	    ? client->xclient : client->address));
	if (!postfix)
		new_queue_id(w);
	set_forged(w);
	if (!client->local)
		return true;
	set(w, "{client_resolve}", NULL);
	set(w, "{client_connections}", NULL);
	set(w, "{daemon_port}", "0");
	new_queue_id(w);
	return true;
}

void
world_helo(struct world *w)
{
	if (!w->postfix)
		new_queue_id(w);
}

/* One-line DN as OpenSSL prints it for Sendmail: bytes outside printable
 * ASCII as \xHH. */
static struct slice
one_line(struct arena *a, struct slice dn)
{
	char *out = arena_alloc(a, dn.n * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < dn.n; i++) {
		unsigned char c = (unsigned char)dn.p[i];

		if (c >= 0x20 && c < 0x7f)
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, 5, "\\x%02X", c);
	}
	return (struct slice){ out, n };
}

static struct slice
xtext(struct arena *a, struct slice s)
{
	char *out = arena_alloc(a, s.n * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c > 0x20 && c < 0x7f && strchr("+\\()<>\"", c) == NULL)
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, 4, "+%02X", c);
	}
	return (struct slice){ out, n };
}

static void
show_to_postfix(struct world *w, const struct certificate *c, struct slice cn)
{
	if (strcmp(c->verify, "OK") != 0)
		return;
	set_slice(w, "{cert_subject}", cn.p == NULL ? SLICE("") : cn);
	set(w, "{cert_issuer}", authority_of(c)->cn);
}

static void
show_to_sendmail(struct world *w, const struct certificate *c,
    struct slice cn)
{
	const struct authority *issuer;
	struct arena *a = w->arena;
	struct slice dn;

	set(w, "{alg_bits}", "256");
	set(w, "{verify}", c->verify);
	if (c->subject == NULL) {
		set(w, "{cert_subject}", "");
		set(w, "{cert_issuer}", "");
		set(w, "{cn_subject}", "");
		set(w, "{cert_md5}", "");
		return;
	}
	issuer = authority_of(c);
	dn = slice_of(c->subject);
	if (cn.p != NULL)
		dn = slice_of(arena_printf(a, "%s/CN=%.*s", c->subject,
		    SLICE_ARGS(cn)));
	set_slice(w, "{cert_subject}", xtext(a, one_line(a, dn)));
	set_slice(w, "{cert_issuer}", xtext(a, slice_of(issuer->subject)));
	set_slice(w, "{cn_subject}", cn.p == NULL
	    ? SLICE("BadCertificateUnknown") : xtext(a, cn));
	set(w, "{cert_md5}",
	    "30:F5:29:61:2E:79:4A:0F:08:5F:E0:6F:FB:63:54:AA");
}

static bool
set_certificate(struct world *w)
{
	const struct client *client = w->client;
	struct slice kind = client->certificate, cn;

	if (kind.p == NULL)
		kind = SLICE("none");
	for (size_t i = 0; i < COUNT_OF(certificates); i++) {
		const struct certificate *c = &certificates[i];

		if (!slice_eq(kind, slice_of(c->kind)))
			continue;
		cn = c->has_cn ? slice_of(name_client) : SLICE_NONE;
		if (client->cn.p != NULL && c->subject != NULL)
			cn = client->cn;
		if (w->postfix)
			show_to_postfix(w, c, cn);
		else
			show_to_sendmail(w, c, cn);
		return true;
	}
	return false;
}

bool
world_starttls(struct world *w)
{
	const struct client *c = w->client;

	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		if (!slice_eq(c->tls, slice_of(versions[i].tls)))
			continue;
		set(w, "{tls_version}", versions[i].macro);
		set_slice(w, "{cipher}", c->cipher.p != NULL ? c->cipher
		    : slice_of(versions[i].cipher));
		set_slice(w, "{cipher_bits}", c->bits.p != NULL ? c->bits
		    : SLICE("256"));
		return set_certificate(w);
	}
	return false;
}

void
world_auth(struct world *w)
{
	const struct client *c = w->client;

	if (c->login.p != NULL) {
		set_slice(w, "{auth_type}", c->mechanism);
		set_slice(w, "{auth_authen}", w->postfix ? c->login
		    : xtext(w->arena, c->login));
	}
	if (c->xclient_user.p != NULL) {
		set(w, "{auth_type}", "XCLIENT");
		set_slice(w, "{auth_authen}", c->xclient_user);
	}
}

/* The address without brackets and source route; lower-cased for Postfix. */
static struct slice
bare_address(const struct world *w, const char *path)
{
	struct slice s = slice_of(path);
	char *copy;

	if (slice_starts(s, SLICE("<")) && slice_ends(s, SLICE(">")))
		s = slice_head(slice_from(s, 1), s.n - 2);
	if (slice_starts(s, SLICE("@")) && slice_find(s, ':') < s.n)
		s = slice_from(s, slice_find(s, ':') + 1);
	copy = arena_string(w->arena, s);
	for (size_t i = 0; w->postfix && i < s.n; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] - 'A' + 'a');
	return (struct slice){ copy, s.n };
}

void
world_mail(struct world *w, const char *path)
{
	struct slice sender = bare_address(w, path);
	struct slice domain = slice_from(sender, slice_rfind(sender, '@') + 1);

	if (w->postfix && !w->client->local)
		set(w, "i", NULL);
	else if (!w->postfix)
		new_queue_id(w);
	w->accepted = 0;
	set_slice(w, "{mail_addr}", sender);
	if (w->client->local)
		return;
	set_slice(w, "{mail_host}", sender.n > 0 ? domain
	    : w->postfix ? slice_of(name_host) : SLICE(""));
	set(w, "{mail_mailer}", w->postfix ? "smtp"
	    : sender.n > 0 ? "esmtp" : "local");
}

/* The macros of an address without a route. */
static struct shown
usual(const struct world *w, const char *path)
{
	struct slice addr = bare_address(w, path), local, domain;
	size_t at = slice_rfind(addr, '@');

	local = slice_head(addr, at);
	domain = at < addr.n ? slice_from(addr, at + 1)
	    : slice_of(name_domain);
	if (slice_ieq(domain, slice_of(name_domain))) {
		if (!w->postfix)
			return (struct shown){ local, SLICE(""),
				SLICE("local") };
		return (struct shown){ slice_of(arena_printf(w->arena,
		    "%.*s@%s", SLICE_ARGS(local), name_domain)),
			slice_of(name_domain), SLICE("local") };
	}
	return (struct shown){ addr, domain,
		w->postfix ? SLICE("smtp") : SLICE("esmtp") };
}

void
world_rcpt(struct world *w, const char *path, const struct shown *shown)
{
	struct shown s = shown != NULL ? *shown : usual(w, path);

	set_slice(w, "{rcpt_addr}", s.addr);
	if (w->client->local)
		return;
	set_slice(w, "{rcpt_host}", s.host);
	set_slice(w, "{rcpt_mailer}", s.mailer);
}

void
world_rcpt_accepted(struct world *w)
{
	if (w->accepted++ == 0 && w->postfix && !w->client->local)
		new_queue_id(w);
}

void
world_message_over(struct world *w)
{
	w->accepted = 0;
	if (w->postfix && !w->client->local)
		set(w, "i", NULL);
	set(w, "{mail_addr}", NULL);
	set(w, "{mail_host}", NULL);
	set(w, "{mail_mailer}", NULL);
	set(w, "{rcpt_addr}", NULL);
	set(w, "{rcpt_host}", NULL);
	set(w, "{rcpt_mailer}", NULL);
}

bool
world_at_end(const struct world *w, const char *name)
{
	static const char *const smtpd_only[] = { "{tls_version}", "{cipher}",
		"{cipher_bits}", "{cert_subject}", "{cert_issuer}",
		"{client_resolve}", "{client_connections}", "{mail_host}",
		"{mail_mailer}", "{rcpt_host}", "{rcpt_mailer}" };

	for (size_t i = 0; w->postfix && i < COUNT_OF(smtpd_only); i++)
		if (strcmp(name, smtpd_only[i]) == 0)
			return false;
	return true;
}
