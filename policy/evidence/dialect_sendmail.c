/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/dialect_rows.h"
#include "policy/evidence/evidence.h"

/* Sendmail cuts a DN at 256 bytes: one of this length may have lost its end,
 * with another CN in it (FACTS 7). */
enum { SENDMAIL_DN_CUT = 255 };

/* {verify} is sent only when asked for, so its absence proves nothing
 * (FACTS 3). Neither does an empty value, which a rule set can leave. */
enum proof
dialect_sendmail_verified(const struct macros *m)
{
	struct slice verify = macros_get(m, MACRO_VERIFY);

	if (verify.n == 0)
		return PROOF_UNKNOWN;
	return slice_eq(verify, SLICE("OK")) ? PROOF_PRESENT : PROOF_ABSENT;
}

/* How often "/CN=" is in a one-line name. A slash inside a value is not escaped
 * (FACTS 6), so the second of two may be forged: neither is believed. */
static unsigned
sendmail_common_names(struct slice dn)
{
	unsigned count = 0;

	for (size_t i = 0; i < dn.n; i++)
		if (slice_istarts(slice_from(dn, i), SLICE("/CN=")))
			count++;
	return count;
}

static bool
sendmail_is_placeholder(struct slice cn)
{
	static const char *const words[] = { "BadCertificateUnknown",
		"BadCertificateTooLong", "BadCertificateContainsNUL" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_ieq(slice_of(words[i]), cn))
			return true;
	return false;
}

static struct fact
sendmail_name(struct slice raw, struct arena *a)
{
	struct fact name = fact_from_xtext(raw, a);

	if (name.proof == PROOF_PRESENT && name.text.n >= SENDMAIL_DN_CUT)
		return fact_without_text(PROOF_UNKNOWN);
	return name;
}

static struct fact
sendmail_peer(const struct macros *m, const struct fact *subject,
    struct arena *a)
{
	struct fact cn = fact_from_xtext(macros_get(m, MACRO_CN_SUBJECT), a);

	if (cn.proof != PROOF_PRESENT)
		return cn;
	if (sendmail_is_placeholder(cn.text))
		return fact_without_text(PROOF_ABSENT);
	/* The number of CNs is known only from the whole name. */
	if (subject->proof != PROOF_PRESENT)
		return fact_without_text(subject->proof);
	if (sendmail_common_names(subject->text) != 1)
		return fact_without_text(PROOF_ABSENT);
	return cn;
}

void
dialect_sendmail_names(const struct macros *m, struct arena *a,
    struct evidence *out)
{
	out->subject = sendmail_name(macros_get(m, MACRO_CERT_SUBJECT), a);
	out->issuer = sendmail_name(macros_get(m, MACRO_CERT_ISSUER), a);
	out->peer = sendmail_peer(m, &out->subject, a);
	out->fingerprint = fact_from_digest(macros_has(m, MACRO_CERT_FP)
		? macros_get(m, MACRO_CERT_FP)
		: macros_get(m, MACRO_CERT_MD5), a);
}

/* Encoded as xtext (FACTS 16). */
static struct fact
sendmail_read_login(struct slice name, struct arena *a)
{
	return fact_from_xtext(name, a);
}

/* A new queue id shows the end of a message (FACTS 28). */
static bool
sendmail_needs_mail(const struct settings *settings ATTR_UNUSED)
{
	return false;
}

static void
sendmail_show_version(const struct settings *settings ATTR_UNUSED, char *out,
    size_t size)
{
	snprintf(out, size, "8.17.1.9");
}

/* Sent in every session with TLS, here for a client without a certificate. */
static const struct macro_value sendmail_sent_with_tls[] = {
	{ MACRO_VERIFY, "NO" },
	{ MACRO_CERT_SUBJECT, "" },
	{ MACRO_CERT_ISSUER, "" },
	{ MACRO_CN_SUBJECT, "" },
	{ 0, NULL }
};

/* v is the version, "8.17.1.9"; whoever changes it (Dv) may put a name
 * before. */
static bool
sendmail_has_shape(const struct macros *m)
{
	return dialect_version_is(macros_get(m, MACRO_MTA_VERSION),
	    SLICE("8"));
}

static const struct dialect sendmail = {
	.setting = "sendmail",
	.name = "sendmail",
	.source = "sendmail",
	.title = "Sendmail",
	.version = "8.17.1.9",
	.has_shape = sendmail_has_shape,
	.sends = {
		[MACRO_QUEUE_ID] = true,
		[MACRO_MTA_VERSION] = true,
		[MACRO_HOSTNAME] = true,
		[MACRO_CLIENT_ADDR] = true,
		[MACRO_CLIENT_NAME] = true,
		[MACRO_CLIENT_PORT] = true,
		[MACRO_DAEMON_NAME] = true,
		[MACRO_DAEMON_ADDR] = true,
		[MACRO_DAEMON_PORT] = true,
		[MACRO_TLS_VERSION] = true,
		[MACRO_CIPHER] = true,
		[MACRO_CIPHER_BITS] = true,
		[MACRO_VERIFY] = true,
		[MACRO_CERT_SUBJECT] = true,
		[MACRO_CERT_ISSUER] = true,
		[MACRO_CN_SUBJECT] = true,
		[MACRO_CERT_FP] = true,
		[MACRO_CERT_MD5] = true,
		[MACRO_AUTH_TYPE] = true,
		[MACRO_AUTH_AUTHEN] = true,
		[MACRO_MAIL_ADDR] = true,
		[MACRO_RCPT_ADDR] = true,
		[MACRO_RCPT_HOST] = true,
		[MACRO_RCPT_MAILER] = true,
	},
	.absence_proves = true,
	.read_verified = dialect_sendmail_verified,
	.read_names = dialect_sendmail_names,
	.read_login = sendmail_read_login,
	.shows_alias = true,            /* FACTS 44 */
	.delimiter = '+',               /* built in: "user+detail" */
	.lists_hops_with_colons = true, /* FACTS 41, 43 */
	.repeats_recipient = true,      /* FACTS 54 */
	.needs_mail = sendmail_needs_mail,
	.show_version = sendmail_show_version,
	.mailer = "esmtp",
	.sent_with_tls = sendmail_sent_with_tls,
	.certificate_setting = "its authority in confCACERT",
	.no_certificate_hint = NULL,
};

const struct dialect *
dialect_sendmail(void)
{
	return &sendmail;
}
