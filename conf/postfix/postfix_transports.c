/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_transports.h"

/* The programs that deliver. */
static const struct {
	const char *program;
	enum mta_transport_kind kind;
} deliver[] = {
	{ "smtp", MTA_TRANSPORT_SMTP },
	{ "lmtp", MTA_TRANSPORT_LMTP },
	{ "pipe", MTA_TRANSPORT_PROGRAM },
	{ "local", MTA_TRANSPORT_LOCAL },
	{ "virtual", MTA_TRANSPORT_LOCAL },
	{ "error", MTA_TRANSPORT_NOWHERE },
	{ "discard", MTA_TRANSPORT_NOWHERE },
};

/* Postfix's programs that do not. */
static const char *const others[] = { "anvil", "bounce", "cleanup", "dnsblog",
	"flush", "nqmgr", "oqmgr", "pickup", "postlogd", "postscreen",
	"proxymap", "qmgr", "qmqpd", "scache", "showq", "smtpd", "spawn",
	"tlsmgr", "tlsproxy", "trivial-rewrite", "verify" };

/* Whether the line is a way out; *kind is written only then. A program that is
 * not Postfix's may be one. */
static bool
transports_kind(const struct postconf_service *line,
    enum mta_transport_kind *kind)
{
	if (!slice_eq(line->type, SLICE("unix")))
		return false;
	for (size_t i = 0; i < COUNT_OF(deliver); i++)
		if (slice_eq(line->program, slice_of(deliver[i].program))) {
			*kind = deliver[i].kind;
			return true;
		}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (slice_eq(line->program, slice_of(others[i])))
			return false;
	*kind = MTA_TRANSPORT_OTHER;
	return true;
}

/* What a level asks for. An empty one leaves it to the older settings. */
static enum mta_tls_use
transports_tls_use(const struct postfix_reading *r,
    const struct mta_settings *own, const char *program)
{
	static const struct {
		const char *level;
		enum mta_tls_use use;
	} levels[] = {
		{ "none", MTA_TLS_OFF },
		{ "may", MTA_TLS_OFFERED },
		{ "dane", MTA_TLS_OFFERED },
		{ "encrypt", MTA_TLS_REQUIRED },
		{ "dane-only", MTA_TLS_REQUIRED },
		{ "fingerprint", MTA_TLS_REQUIRED },
		{ "verify", MTA_TLS_REQUIRED },
		{ "secure", MTA_TLS_REQUIRED },
	};
	struct slice level = postfix_value_of(r, own, program,
	    "tls_security_level").text;

	if (mta_value_is_yes(postfix_value_of(r, own, program,
		"tls_wrappermode")))
		return MTA_TLS_WRAPPER;
	for (size_t i = 0; i < COUNT_OF(levels); i++)
		if (slice_ieq(level, slice_of(levels[i].level)))
			return levels[i].use;
	if (level.n > 0)
		return MTA_TLS_UNKNOWN;
	if (mta_value_is_yes(postfix_value_of(r, own, program, "enforce_tls")))
		return MTA_TLS_REQUIRED;
	return mta_value_is_yes(postfix_value_of(r, own, program, "use_tls"))
	    ? MTA_TLS_OFFERED : MTA_TLS_OFF;
}

/* What smtp(8) reads. The same program as lmtp(8) has the same settings by
 * other names. */
static void
transports_set_client(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_transport *transport)
{
	const struct mta_settings *own = &transport->settings;
	const char *program = transport->kind == MTA_TRANSPORT_LMTP ? "lmtp"
	    : "smtp";

	transport->use = transports_tls_use(r, own, program);
	transport->level = postfix_value_of(r, own, program,
	    "tls_security_level");
	transport->wrapper = postfix_value_of(r, own, program,
	    "tls_wrappermode");
	transport->port = postfix_value_of(r, own, program, "tcp_port");
	transport->policy_maps = postfix_value_list(r, line,
	    postfix_value_of(r, own, program, "tls_policy_maps"),
	    POSTFIX_TABLES);
	transport->per_site = postfix_value_list(r, line,
	    postfix_value_of(r, own, program, "tls_per_site"),
	    POSTFIX_TABLES);
	transport->server_name = postfix_value_of(r, own, program,
	    "tls_servername");
	transport->dns_support = postfix_value_of(r, own, program,
	    "dns_support_level");
	transport->ca_file = postfix_value_of(r, own, program, "tls_CAfile");
	transport->ca_path = postfix_value_of(r, own, program, "tls_CApath");
	transport->system_ca = postfix_value(r, own, "tls_append_default_CA");
	transport->fallback = postfix_value_list(r, line,
	    postfix_value_of(r, own, program, "fallback_relay"),
	    POSTFIX_NAMES);
	transport->log_level = postfix_value_of(r, own, program,
	    "tls_loglevel");
}

static void
transports_read_one(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_transport *transport)
{
	transport->name = arena_string(r->arena, line->service);
	transport->origin = "master.cf";
	transport->program = line->program;
	transport->chrooted = postfix_is_chrooted(r, line);
	transport->settings = postfix_settings_of(&r->references, line);
	if (transport->kind == MTA_TRANSPORT_SMTP ||
	    transport->kind == MTA_TRANSPORT_LMTP)
		transports_set_client(r, line, transport);
}

void
postfix_transports_read(struct postfix_reading *r)
{
	const struct postconf *p = r->postconf;
	struct mta_transport *list = arena_array(r->arena,
	    p->service_count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < p->service_count; i++)
		if (transports_kind(&p->services[i], &list[count].kind))
			transports_read_one(r, &p->services[i],
			    &list[count++]);
	r->instance->transports = list;
	r->instance->transport_count = count;
}
