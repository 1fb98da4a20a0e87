/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/dialect_rows.h"
#include "policy/evidence/evidence.h"

/* The first version with REQUIRETLS, a parameter of MAIL. */
enum { POSTFIX_REQUIRETLS = 311 };

/*
 * The certificate is verified when these macros are present, whatever they hold
 * (FACTS 1, 4). Sendmail sends the same macros for every certificate (FACTS 2),
 * so with a {verify} other than "OK" the certificate is not verified.
 */
static enum proof
postfix_read_verified(const struct macros *m)
{
	struct slice verify = macros_get(m, MACRO_VERIFY);

	if (verify.p != NULL && !slice_eq(verify, SLICE("OK")))
		return PROOF_ABSENT;
	if (macros_has(m, MACRO_CERT_SUBJECT) ||
	    macros_has(m, MACRO_CERT_ISSUER))
		return PROOF_PRESENT;
	return dialect_absence(dialect_postfix(), m);
}

/* With a verified chain, an absent macro proves that there is no such name. */
static struct fact
postfix_name(struct slice name)
{
	return name.p == NULL ? fact_without_text(PROOF_ABSENT)
			      : fact_from_text(name);
}

/* The subject is the CN alone, not encoded. There is no fingerprint. */
static void
postfix_read_names(const struct macros *m, struct arena *a ATTR_UNUSED,
    struct evidence *out)
{
	out->peer = postfix_name(macros_get(m, MACRO_CERT_SUBJECT));
	out->subject = out->peer;
	out->issuer = postfix_name(macros_get(m, MACRO_CERT_ISSUER));
}

/* Not encoded (FACTS 16). */
static struct fact
postfix_read_login(struct slice name, struct arena *a ATTR_UNUSED)
{
	return fact_from_text(name);
}

/* An abort shows the end of a message (FACTS 29). */
static bool
postfix_needs_mail(const struct settings *settings)
{
	return settings->postfix_version >= POSTFIX_REQUIRETLS;
}

/* "Postfix 3.10.13", as major * 100 + minor; false: it has another shape. */
static bool
postfix_read_version(struct slice v, long *out)
{
	size_t blank = slice_rfind(v, ' ');
	struct slice number, word;
	long major, minor;

	if (blank == v.n)
		return false;
	number = slice_from(v, blank + 1);
	if (!slice_next(&number, '.', &word) ||
	    !slice_int(word, 2, 99, &major) ||
	    !slice_next(&number, '.', &word) || !slice_int(word, 0, 99, &minor))
		return false;
	*out = major * 100 + minor;
	return true;
}

/* The version is a setting of main.cf: what cannot be read may be a new one. */
static bool
postfix_may_skip_map(const struct macros *m)
{
	long version;

	return !postfix_read_version(macros_get(m, MACRO_MTA_VERSION),
		   &version) ||
	    version >= POSTFIX_TLS_REQUIRED;
}

static void
postfix_show_version(const struct settings *settings, char *out, size_t size)
{
	snprintf(out, size, "Postfix %d.%d.0",
	    settings->postfix_version / 100, settings->postfix_version % 100);
}

static const struct macro_value postfix_sent_with_tls[] = { { 0, NULL } };

/* Whether a macro came that Postfix never sends by itself, or a name of a
 * certificate that is a whole DN: Postfix sends the CN alone. */
static bool
postfix_is_another(const struct macros *m)
{
	static const enum macro others[] = { MACRO_VERIFY, MACRO_CN_SUBJECT,
		MACRO_CERT_FP, MACRO_CERT_MD5 };
	static const enum macro names[] = { MACRO_CERT_SUBJECT,
		MACRO_CERT_ISSUER };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (macros_has(m, others[i]))
			return true;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct slice name = macros_get(m, names[i]);

		if (slice_find(name, '=') < name.n)
			return true;
	}
	return false;
}

/*
 * v is "$mail_name $mail_version", and both are settings. Under another name
 * than its own the other macros have to be Postfix's too: its certificate is
 * verified when there is one.
 */
static bool
postfix_has_shape(const struct macros *m)
{
	struct slice v = macros_get(m, MACRO_MTA_VERSION);

	if (slice_starts(v, SLICE("Postfix ")))
		return true;
	return slice_rfind(v, ' ') > 0 && slice_rfind(v, ' ') < v.n &&
	    dialect_version_is(v, SLICE("23")) && !postfix_is_another(m);
}

static const struct dialect postfix = {
	.setting = "postfix",
	.name = "postfix",
	.source = "postfix",
	.title = "Postfix",
	.version = "Postfix 3.7.0",
	.has_shape = postfix_has_shape,
	/* No {verify}, CN or fingerprint (FACTS 11). */
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
		[MACRO_CERT_SUBJECT] = true,
		[MACRO_CERT_ISSUER] = true,
		[MACRO_AUTH_TYPE] = true,
		[MACRO_AUTH_AUTHEN] = true,
		[MACRO_MAIL_ADDR] = true,
		[MACRO_RCPT_ADDR] = true,
		[MACRO_RCPT_HOST] = true,
		[MACRO_RCPT_MAILER] = true,
	},
	.absence_proves = true,
	.read_verified = postfix_read_verified,
	.read_names = postfix_read_names,
	.read_login = postfix_read_login,
	.may_end_at_data = true,        /* FACTS 33 */
	.may_skip_map = postfix_may_skip_map,
	.needs_mail = postfix_needs_mail,
	.show_version = postfix_show_version,
	.mailer = "smtp",
	.sent_with_tls = postfix_sent_with_tls,
	.certificate_setting = "smtpd_tls_ask_ccert = yes, and its authority "
	    "in smtpd_tls_CAfile",
	.no_certificate_hint =
	    "smtpd_tls_ask_ccert is probably off, or smtpd_tls_CAfile has no "
	    "authority of your partners",
};

const struct dialect *
dialect_postfix(void)
{
	return &postfix;
}
