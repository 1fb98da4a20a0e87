/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/macros.h"

/* Every macro that is asked for. */
static const struct macro_row {
	const char *name;
	const char *key;                /* in a record; NULL: in none */
	enum macro rests_on;            /* a macro before it; 0: none */
} rows[MACRO_COUNT] = {
	[MACRO_QUEUE_ID] = { "i", "queue_id", 0 },
	[MACRO_MTA_VERSION] = { "v", NULL, 0 },
	[MACRO_HOSTNAME] = { "j", "server", 0 },
	[MACRO_CLIENT_ADDR] = { "{client_addr}", "client_addr", 0 },
	[MACRO_CLIENT_NAME] = { "{client_name}", "client_name", 0 },
	[MACRO_CLIENT_PORT] = { "{client_port}", "client_port", 0 },
	[MACRO_DAEMON_NAME] = { "{daemon_name}", "daemon_name", 0 },
	[MACRO_DAEMON_ADDR] = { "{daemon_addr}", "daemon_addr", 0 },
	[MACRO_DAEMON_PORT] = { "{daemon_port}", "daemon_port", 0 },
	[MACRO_TLS_VERSION] = { "{tls_version}", NULL, 0 },
	[MACRO_CIPHER] = { "{cipher}", NULL, MACRO_TLS_VERSION },
	[MACRO_CIPHER_BITS] = { "{cipher_bits}", NULL, MACRO_TLS_VERSION },
	[MACRO_VERIFY] = { "{verify}", NULL, 0 },
	[MACRO_CERT_SUBJECT] = { "{cert_subject}", NULL, MACRO_TLS_VERSION },
	[MACRO_CERT_ISSUER] = { "{cert_issuer}", NULL, MACRO_TLS_VERSION },
	[MACRO_CN_SUBJECT] = { "{cn_subject}", NULL, MACRO_TLS_VERSION },
	[MACRO_CERT_FP] = { "{cert_fp}", NULL, MACRO_TLS_VERSION },
	[MACRO_CERT_MD5] = { "{cert_md5}", NULL, MACRO_TLS_VERSION },
	[MACRO_AUTH_TYPE] = { "{auth_type}", NULL, 0 },
	[MACRO_AUTH_AUTHEN] = { "{auth_authen}", NULL, MACRO_AUTH_TYPE },
	[MACRO_MAIL_ADDR] = { "{mail_addr}", "sender", 0 },
	[MACRO_RCPT_ADDR] = { "{rcpt_addr}", "rcpt_addr", 0 },
	[MACRO_RCPT_HOST] = { "{rcpt_host}", "rcpt_host", 0 },
	[MACRO_RCPT_MAILER] = { "{rcpt_mailer}", "mailer", 0 },
};

const char *
macro_name(enum macro macro)
{
	assert(macro < MACRO_COUNT);
	return rows[macro].name;
}

const char *
macro_key(enum macro macro)
{
	assert(macro < MACRO_COUNT);
	return rows[macro].key;
}

bool
macro_rests_on(enum macro macro, enum macro *on)
{
	assert(macro < MACRO_COUNT);
	assert(rows[macro].rests_on == 0 || rows[macro].rests_on < macro);
	*on = rows[macro].rests_on;
	return *on != 0;
}

/* Takes the braces off "{name}"; returns other names as they are. */
static struct slice
macros_bare(struct slice name)
{
	if (name.n > 2 && name.p[0] == '{' && name.p[name.n - 1] == '}')
		return slice_head(slice_from(name, 1), name.n - 2);
	return name;
}

bool
macro_from(struct slice name, enum macro *out)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		if (slice_eq(macros_bare(slice_of(rows[i].name)),
			macros_bare(name))) {
			*out = (enum macro)i;
			return true;
		}
	return false;
}

void
macros_copy(const struct macros *from, const struct macros *known,
    struct arena *a, struct macros *to)
{
	size_t bytes = 0;
	char *p;

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		to->value[i] = SLICE_NONE;
		if (slice_eq(from->value[i], known->value[i]))
			to->value[i] = known->value[i];
		else if (from->value[i].p != NULL)
			bytes += from->value[i].n + 1;
	}
	p = arena_alloc(a, bytes);
	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		struct slice s = from->value[i];

		if (s.p == NULL || to->value[i].p != NULL)
			continue;
		if (s.n > 0)
			memcpy(p, s.p, s.n);
		to->value[i] = (struct slice){ p, s.n };
		p += s.n + 1;
	}
}
