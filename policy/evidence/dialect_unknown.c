/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/evidence/dialect_rows.h"
#include "policy/evidence/evidence.h"

/* Encoded or not? Without a plus sign both readings are the same. */
static struct fact
unknown_read_login(struct slice name, struct arena *a ATTR_UNUSED)
{
	if (slice_find(name, '+') < name.n)
		return fact_without_text(PROOF_UNKNOWN);
	return fact_from_text(name);
}

/* Without {verify} the names may be coded in another way: one that cannot be
 * read then is not known. */
static void
unknown_read_names(const struct macros *m, struct arena *a,
    struct evidence *out)
{
	struct fact *const names[] = { &out->peer, &out->subject,
		&out->issuer, &out->fingerprint };

	dialect_sendmail_names(m, a, out);
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!macros_has(m, MACRO_VERIFY) &&
		    names[i]->proof == PROOF_ABSENT)
			*names[i] = fact_without_text(PROOF_UNKNOWN);
}

/* No other sign of the end of a message is certain. */
static bool
unknown_needs_mail(const struct settings *settings ATTR_UNUSED)
{
	return true;
}

static void
unknown_show_version(const struct settings *settings ATTR_UNUSED, char *out,
    size_t size)
{
	snprintf(out, size, "%s", "");
}

static bool
unknown_may_skip_map(const struct macros *m ATTR_UNUSED)
{
	return true;
}

static const struct macro_value unknown_sent_with_tls[] = { { 0, NULL } };

/*
 * Always the strictest reading: a peer is verified only when {verify} is OK,
 * and a route is cut wherever any MTA would cut it, so that each part of it is
 * looked up.
 */
static const struct dialect unknown = {
	.setting = "auto",
	.name = "unknown",
	.source = "macros",
	.title = "an unknown MTA",
	.version = NULL,
	/* What it sends is not known: sends is empty, and what it does not
	 * send proves nothing. */
	.absence_proves = false,
	.read_verified = dialect_sendmail_verified,
	.read_names = unknown_read_names,
	.read_login = unknown_read_login,
	.shows_alias = true,
	.delimiter = '+',
	.lists_hops_with_colons = true,
	.may_end_at_data = true,
	.may_skip_map = unknown_may_skip_map,
	.needs_mail = unknown_needs_mail,
	.show_version = unknown_show_version,
	.mailer = "smtp",
	.sent_with_tls = unknown_sent_with_tls,
	.certificate_setting = "it has to know its authority",
	.no_certificate_hint = NULL,
};

const struct dialect *
dialect_unknown(void)
{
	return &unknown;
}
