/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/evidence.h"

/* Sendmail writes a DN into 256 bytes: one this long may have been cut, and
 * what was cut off may have been another CN (FACTS 7). */
enum { SENDMAIL_DN_CUT = 255 };

static const struct {
	const char *name;
	enum source source;
} sources[] = {
	{ "postfix", SOURCE_POSTFIX },
	{ "sendmail", SOURCE_SENDMAIL },
	{ "macros", SOURCE_MACROS },
	{ "received", SOURCE_RECEIVED },
	{ "probe", SOURCE_PROBE },
	{ "mail-log", SOURCE_MAIL_LOG },
};

const char *
source_name(enum source source)
{
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i].source == source)
			return sources[i].name;
	return "unknown";
}

bool
source_from(struct slice word, enum source *out)
{
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (slice_eq(slice_of(sources[i].name), word)) {
			*out = sources[i].source;
			return true;
		}
	return false;
}

static bool
evidence_says_postfix(struct slice v)
{
	return slice_starts(v, SLICE("Postfix "));
}

/* Sendmail's v is a bare version: "8.17.1.9". */
static bool
evidence_says_sendmail(struct slice v)
{
	return slice_starts(v, SLICE("8."));
}

enum dialect
dialect_of(enum mta setting, const struct macros *m)
{
	struct slice v = macros_get(m, MACRO_MTA_VERSION);

	switch (setting) {
	case MTA_POSTFIX:
		return DIALECT_POSTFIX;
	case MTA_SENDMAIL:
		return DIALECT_SENDMAIL;
	case MTA_AUTO:
		if (evidence_says_postfix(v))
			return DIALECT_POSTFIX;
		if (evidence_says_sendmail(v))
			return DIALECT_SENDMAIL;
		break;
	}
	return DIALECT_CAREFUL;
}

const char *
dialect_name(enum dialect dialect)
{
	switch (dialect) {
	case DIALECT_POSTFIX:
		return "postfix";
	case DIALECT_SENDMAIL:
		return "sendmail";
	case DIALECT_CAREFUL:
		break;
	}
	return "unknown";
}

/* What an absent macro means: proof of absence, only where our symbol list
 * was honoured. */
static enum proof
evidence_absence(const struct macros *m)
{
	if (macros_has(m, MACRO_CLIENT_ADDR))
		return PROOF_ABSENT;
	return PROOF_UNKNOWN;
}

static enum proof
evidence_tls_proof(const struct macros *m)
{
	struct slice version = macros_get(m, MACRO_TLS_VERSION);

	if (version.p == NULL)
		return evidence_absence(m);
	/* No MTA sends it empty; whoever does has not said anything. */
	return version.n == 0 ? PROOF_UNKNOWN : PROOF_PRESENT;
}

/*
 * Postfix: presence, not content, is the mark (FACTS 1, 4). Sendmail sends
 * the same macros for every certificate (FACTS 2), so a {verify} beside
 * them is believed when it says no.
 */
static enum proof
evidence_verified_by_presence(const struct macros *m)
{
	struct slice verify = macros_get(m, MACRO_VERIFY);

	if (verify.p != NULL && !slice_eq(verify, SLICE("OK")))
		return PROOF_ABSENT;
	if (macros_has(m, MACRO_CERT_SUBJECT) ||
	    macros_has(m, MACRO_CERT_ISSUER))
		return PROOF_PRESENT;
	return evidence_absence(m);
}

/* Sendmail, and anything not recognised. */
static enum proof
evidence_verified_by_word(const struct macros *m)
{
	struct slice verify = macros_get(m, MACRO_VERIFY);

	/* Sent only when asked for: its absence proves nothing (FACTS 3). */
	if (verify.p == NULL || verify.n == 0)
		return PROOF_UNKNOWN;
	if (!slice_eq(verify, SLICE("OK")))
		return PROOF_ABSENT;
	/* Postfix has no {verify}: this one comes from milter_macro_defaults
	 * (FACTS 10, 11). */
	if (evidence_says_postfix(macros_get(m, MACRO_MTA_VERSION)))
		return evidence_verified_by_presence(m);
	return PROOF_PRESENT;
}

static enum proof
evidence_verified_proof(const struct macros *m, enum dialect dialect,
    enum proof tls)
{
	if (tls != PROOF_PRESENT)
		return tls;
	if (!macros_has(m, MACRO_MTA_VERSION))
		return PROOF_UNKNOWN;
	if (dialect == DIALECT_POSTFIX)
		return evidence_verified_by_presence(m);
	return evidence_verified_by_word(m);
}

static int
evidence_upper_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
evidence_xtext(struct slice s, struct arena *a, struct slice *out)
{
	char *text = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (s.p == NULL)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '+') {
			if (s.p[i] < 0x21 || s.p[i] > 0x7e)
				return false;
			text[n++] = s.p[i];
			continue;
		}
		high = i + 1 < s.n ? evidence_upper_hex(s.p[i + 1]) : -1;
		low = i + 2 < s.n ? evidence_upper_hex(s.p[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0)
			return false;
		text[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*out = (struct slice){ text, n };
	return true;
}

static bool
evidence_has_control(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	return false;
}

/* Text that identifies somebody, or ABSENT when it cannot. */
static struct fact
evidence_identity(struct slice text)
{
	if (text.p == NULL)
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	if (text.n == 0 || evidence_has_control(text))
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	return (struct fact){ PROOF_PRESENT, text };
}

/* The same for a macro that Sendmail wrote as xtext. */
static struct fact
evidence_identity_xtext(struct slice raw, struct arena *a)
{
	struct slice text;

	if (raw.p == NULL)
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	if (!evidence_xtext(raw, a, &text))
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	return evidence_identity(text);
}

/* How often "/CN=" is in a one-line name. A slash inside a value is not escaped
 * (FACTS 6), so two may be two CNs or a forged one: either way none counts. */
static unsigned
evidence_common_names(struct slice dn)
{
	unsigned count = 0;

	for (size_t i = 0; i < dn.n; i++)
		if (slice_istarts(slice_from(dn, i), SLICE("/CN=")))
			count++;
	return count;
}

static bool
evidence_is_placeholder(struct slice cn)
{
	static const char *const words[] = { "BadCertificateUnknown",
		"BadCertificateTooLong", "BadCertificateContainsNUL" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_ieq(slice_of(words[i]), cn))
			return true;
	return false;
}

static struct fact
evidence_sendmail_name(struct slice raw, struct arena *a)
{
	struct fact name = evidence_identity_xtext(raw, a);

	if (name.proof == PROOF_PRESENT && name.text.n >= SENDMAIL_DN_CUT)
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	return name;
}

static struct fact
evidence_sendmail_peer(const struct macros *m, const struct fact *subject,
    struct arena *a)
{
	struct fact cn =
	    evidence_identity_xtext(macros_get(m, MACRO_CN_SUBJECT), a);

	if (cn.proof != PROOF_PRESENT)
		return cn;
	if (evidence_is_placeholder(cn.text))
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	/* Without the whole name it cannot be told how many CNs there are. */
	if (subject->proof != PROOF_PRESENT)
		return (struct fact){ subject->proof, SLICE_NONE };
	if (evidence_common_names(subject->text) != 1)
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	return cn;
}

/* "30:F5:..." to lower-case hex; false for anything else. */
static bool
evidence_add_hex(struct slice raw, char *out, size_t *n)
{
	for (size_t i = 0; i < raw.n; i += 3) {
		if (i + 2 > raw.n || (i + 2 < raw.n && raw.p[i + 2] != ':') ||
		    i + 3 == raw.n)
			return false;
		for (size_t k = i; k < i + 2; k++) {
			int digit = evidence_upper_hex(raw.p[k]);

			if (digit < 0)
				return false;
			out[(*n)++] = "0123456789abcdef"[digit];
		}
	}
	return true;
}

/* Sendmail says which digest it took only by its length (FACTS 9). */
static struct fact
evidence_fingerprint(struct slice raw, struct arena *a)
{
	static const struct {
		size_t n;
		const char *name;
	} digests[] = { { 47, "md5:" }, { 59, "sha1:" }, { 95, "sha256:" },
		{ 143, "sha384:" }, { 191, "sha512:" } };

	if (raw.p == NULL)
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	for (size_t i = 0; i < COUNT_OF(digests); i++) {
		size_t n = strlen(digests[i].name);
		char *text;

		if (digests[i].n != raw.n)
			continue;
		text = arena_alloc(a, n + raw.n);
		memcpy(text, digests[i].name, n);
		if (evidence_add_hex(raw, text, &n))
			return (struct fact){ PROOF_PRESENT, { text, n } };
	}
	return (struct fact){ PROOF_ABSENT, SLICE_NONE };
}

/* {auth_author} is the client's own claim (FACTS 15) and is never looked at.
 * Sendmail codes {auth_authen}, Postfix does not (FACTS 16). */
static struct fact
evidence_login(const struct macros *m, enum dialect dialect, enum proof tls,
    struct arena *a)
{
	struct slice type = macros_get(m, MACRO_AUTH_TYPE);
	struct slice name = macros_get(m, MACRO_AUTH_AUTHEN);

	if (tls != PROOF_PRESENT)
		return (struct fact){ tls, SLICE_NONE };
	if (type.n == 0 || name.n == 0)
		return (struct fact){ evidence_absence(m), SLICE_NONE };
	/* A proxy's word for a login (FACTS 17). */
	if (slice_ieq(type, SLICE("XCLIENT")))
		return (struct fact){ PROOF_ABSENT, SLICE_NONE };
	switch (dialect) {
	case DIALECT_POSTFIX:
		return evidence_identity(name);
	case DIALECT_SENDMAIL:
		return evidence_identity_xtext(name, a);
	case DIALECT_CAREFUL:
		break;
	}
	/* Coded or as it is? Only without a plus sign it is all the same. */
	if (slice_find(name, '+') < name.n)
		return (struct fact){ PROOF_UNKNOWN, SLICE_NONE };
	return evidence_identity(name);
}

static enum source
evidence_source_of(enum dialect dialect)
{
	switch (dialect) {
	case DIALECT_POSTFIX:
		return SOURCE_POSTFIX;
	case DIALECT_SENDMAIL:
		return SOURCE_SENDMAIL;
	case DIALECT_CAREFUL:
		break;
	}
	return SOURCE_MACROS;
}

void
evidence_from_proxy(const struct macros *m, enum dialect dialect,
    struct evidence *out)
{
	struct netaddr client = { 0 };

	*out = (struct evidence){ .source = evidence_source_of(dialect) };
	if (netaddr_from(macros_get(m, MACRO_CLIENT_ADDR), &client))
		out->client = client;
}

static void
evidence_read_names(const struct macros *m, enum dialect dialect,
    struct arena *a, struct evidence *out)
{
	struct slice subject = macros_get(m, MACRO_CERT_SUBJECT);
	struct slice issuer = macros_get(m, MACRO_CERT_ISSUER);

	if (dialect == DIALECT_POSTFIX) {
		/* Absent beside a verified chain: there is no such name. */
		out->peer = subject.p == NULL
		    ? (struct fact){ PROOF_ABSENT, SLICE_NONE }
		    : evidence_identity(subject);
		out->subject = out->peer;
		out->issuer = issuer.p == NULL
		    ? (struct fact){ PROOF_ABSENT, SLICE_NONE }
		    : evidence_identity(issuer);
		return;
	}
	out->subject = evidence_sendmail_name(subject, a);
	out->issuer = evidence_sendmail_name(issuer, a);
	out->peer = evidence_sendmail_peer(m, &out->subject, a);
	out->fingerprint = evidence_fingerprint(macros_has(m, MACRO_CERT_FP)
		? macros_get(m, MACRO_CERT_FP)
		: macros_get(m, MACRO_CERT_MD5), a);
}

void
evidence_from_macros(const struct macros *m, enum dialect dialect,
    struct arena *a, struct evidence *out)
{
	long bits;

	evidence_from_proxy(m, dialect, out);
	out->tls = evidence_tls_proof(m);
	out->verified = evidence_verified_proof(m, dialect, out->tls);
	out->login = evidence_login(m, dialect, out->tls, a);
	/* Nothing of a certificate is believed of a session without TLS,
	 * whatever milter_macro_defaults put there (FACTS 10). */
	if (out->tls != PROOF_PRESENT)
		return;
	out->version_text = macros_get(m, MACRO_TLS_VERSION);
	if (!tls_version_from_mta(out->version_text, &out->version))
		out->version = TLS_NONE;
	out->cipher = macros_get(m, MACRO_CIPHER);
	if (slice_int(macros_get(m, MACRO_CIPHER_BITS), 0, 65535, &bits))
		out->bits = (int)bits;
	evidence_read_names(m, dialect, a, out);
}
