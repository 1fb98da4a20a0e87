/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/macros.h"

static const char *const names[MACRO_COUNT] = {
	[MACRO_QUEUE_ID] = "i",
	[MACRO_MTA_VERSION] = "v",
	[MACRO_HOSTNAME] = "j",
	[MACRO_CLIENT_ADDR] = "{client_addr}",
	[MACRO_CLIENT_NAME] = "{client_name}",
	[MACRO_CLIENT_PORT] = "{client_port}",
	[MACRO_DAEMON_NAME] = "{daemon_name}",
	[MACRO_DAEMON_ADDR] = "{daemon_addr}",
	[MACRO_DAEMON_PORT] = "{daemon_port}",
	[MACRO_TLS_VERSION] = "{tls_version}",
	[MACRO_CIPHER] = "{cipher}",
	[MACRO_CIPHER_BITS] = "{cipher_bits}",
	[MACRO_VERIFY] = "{verify}",
	[MACRO_CERT_SUBJECT] = "{cert_subject}",
	[MACRO_CERT_ISSUER] = "{cert_issuer}",
	[MACRO_CN_SUBJECT] = "{cn_subject}",
	[MACRO_CN_ISSUER] = "{cn_issuer}",
	[MACRO_CERT_FP] = "{cert_fp}",
	[MACRO_CERT_MD5] = "{cert_md5}",
	[MACRO_AUTH_TYPE] = "{auth_type}",
	[MACRO_AUTH_AUTHEN] = "{auth_authen}",
	[MACRO_MAIL_ADDR] = "{mail_addr}",
	[MACRO_RCPT_ADDR] = "{rcpt_addr}",
	[MACRO_RCPT_HOST] = "{rcpt_host}",
	[MACRO_RCPT_MAILER] = "{rcpt_mailer}",
};

const char *
macro_name(enum macro macro)
{
	return names[macro];
}

/* Takes the braces off "{name}"; other names come back as they are. */
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
		if (slice_eq(macros_bare(slice_of(names[i])),
			macros_bare(name))) {
			*out = (enum macro)i;
			return true;
		}
	return false;
}
