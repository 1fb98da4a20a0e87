/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/evidence/evidence.h"
#include "policy/evidence/dialect.h"

/* The sources except macros. */
static const struct {
	const char *name;
	enum source source;
} sources[] = {
	{ "received", SOURCE_RECEIVED },
	{ "probe", SOURCE_PROBE },
	{ "mail-log", SOURCE_MAIL_LOG },
};

const char *
evidence_source(const struct evidence *evidence)
{
	if (evidence->source == SOURCE_MACROS)
		return dialect_of(evidence->mta)->source;
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i].source == evidence->source)
			return sources[i].name;
	return "unknown";
}

bool
evidence_set_source(struct evidence *evidence, struct slice word)
{
	for (unsigned i = 0; i < MTA_COUNT; i++)
		if (slice_eq(slice_of(dialect_of((enum mta)i)->source),
			word)) {
			evidence->source = SOURCE_MACROS;
			evidence->mta = (enum mta)i;
			return true;
		}
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (slice_eq(slice_of(sources[i].name), word)) {
			evidence->source = sources[i].source;
			return true;
		}
	return false;
}

static enum proof
evidence_tls_proof(const struct macros *m, const struct dialect *dialect)
{
	struct slice version = macros_get(m, MACRO_TLS_VERSION);

	if (version.p == NULL)
		return dialect_absence(dialect, m);
	/* No MTA sends it empty. */
	return version.n == 0 ? PROOF_UNKNOWN : PROOF_PRESENT;
}

/*
 * When v names another MTA, that MTA's reading must agree: behind Postfix a
 * {verify} comes from milter_macro_defaults (FACTS 10, 11).
 */
static enum proof
evidence_verified_proof(const struct macros *m, enum mta mta, enum proof tls)
{
	enum mta named = dialect_by_version(m);
	enum proof proof;

	if (tls != PROOF_PRESENT)
		return tls;
	if (!macros_has(m, MACRO_MTA_VERSION))
		return PROOF_UNKNOWN;
	proof = dialect_of(mta)->read_verified(m);
	if (proof == PROOF_PRESENT && named != mta && named != MTA_UNKNOWN)
		return dialect_of(named)->read_verified(m);
	return proof;
}

/* {auth_author} is not used: it is the client's own claim (FACTS 15). */
static struct fact
evidence_login(const struct macros *m, const struct dialect *dialect,
    enum proof tls, struct arena *a)
{
	struct slice type = macros_get(m, MACRO_AUTH_TYPE);
	struct slice name = macros_get(m, MACRO_AUTH_AUTHEN);

	if (tls != PROOF_PRESENT)
		return fact_without_text(tls);
	if (type.n == 0 || name.n == 0)
		return fact_without_text(dialect_absence(dialect, m));
	/* A login that a proxy claims (FACTS 17). */
	if (slice_ieq(type, SLICE("XCLIENT")))
		return fact_without_text(PROOF_ABSENT);
	return dialect->read_login(name, a);
}

static struct fact
evidence_claimed_login(const struct macros *m, const struct dialect *dialect,
    struct arena *a)
{
	struct slice name = macros_get(m, MACRO_AUTH_AUTHEN);

	if (name.n == 0)
		return fact_without_text(dialect_absence(dialect, m));
	return dialect->read_login(name, a);
}

void
evidence_from_proxy(const struct macros *m, enum mta mta, struct arena *a,
    struct evidence *out)
{
	struct netaddr client = { 0 };

	*out = (struct evidence){ .source = SOURCE_MACROS, .mta = mta };
	if (netaddr_from(macros_get(m, MACRO_CLIENT_ADDR), &client))
		out->client = client;
	out->claimed_login = evidence_claimed_login(m, dialect_of(mta), a);
}

void
evidence_from_macros(const struct macros *m, enum mta mta, struct arena *a,
    struct evidence *out)
{
	const struct dialect *dialect = dialect_of(mta);
	long bits;

	assert(m != NULL && a != NULL);
	evidence_from_proxy(m, mta, a, out);
	out->tls = evidence_tls_proof(m, dialect);
	out->verified = evidence_verified_proof(m, mta, out->tls);
	out->login = evidence_login(m, dialect, out->tls, a);
	/* Also with a name that cannot be read. */
	out->login_in_clear = out->tls == PROOF_ABSENT &&
	    macros_get(m, MACRO_AUTH_AUTHEN).n > 0 &&
	    macros_get(m, MACRO_AUTH_TYPE).n > 0 &&
	    !slice_ieq(macros_get(m, MACRO_AUTH_TYPE), SLICE("XCLIENT"));
	assert(out->tls == PROOF_PRESENT || out->verified != PROOF_PRESENT);
	assert(out->tls == PROOF_PRESENT || out->login.proof != PROOF_PRESENT);
	/* Without TLS nothing about a certificate is believed: it comes from
	 * milter_macro_defaults (FACTS 10). */
	if (out->tls != PROOF_PRESENT)
		return;
	out->version_text = macros_get(m, MACRO_TLS_VERSION);
	if (!tls_version_from_mta(out->version_text, &out->version))
		out->version = TLS_NONE;
	out->cipher = macros_get(m, MACRO_CIPHER);
	if (slice_int(macros_get(m, MACRO_CIPHER_BITS), 0, 65535, &bits))
		out->bits = (int)bits;
	dialect->read_names(m, a, out);
}
