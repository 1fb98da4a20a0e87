/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/symbols.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

enum { NAME = 24 };

/* Written once by symbols_init(). */
static char names[MACRO_COUNT][NAME];
static char list[MACRO_COUNT * NAME];

void
symbols_init(void)
{
	struct text t;

	text_init(&t, list, sizeof(list));
	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		snprintf(names[i], NAME, "%s", macro_name(i));
		text_join(&t, " ", "%s", names[i]);
	}
}

char *
symbols_list(void)
{
	return list;
}

static struct slice
symbols_value_of(SMFICTX *ctx, enum macro which)
{
	const char *value = smfi_getsymval(ctx, names[which]);

	return slice_head(slice_of(value), LIMIT_MACRO + 1);
}

enum { WITH_TLS = 1, WITH_LOGIN = 2, NOT_POSTFIX = 4 };

/*
 * Macros that say nothing alone. libmilter walks all its lists for every name,
 * to the end for one that is not there: asking for these only where they can
 * matter halves the cost. What they rest on stands before them in the enum.
 */
static const unsigned char rests_on[MACRO_COUNT] = {
	[MACRO_CIPHER] = WITH_TLS,
	[MACRO_CIPHER_BITS] = WITH_TLS,
	[MACRO_CERT_SUBJECT] = WITH_TLS,
	[MACRO_CERT_ISSUER] = WITH_TLS,
	[MACRO_CN_SUBJECT] = WITH_TLS | NOT_POSTFIX,
	[MACRO_CN_ISSUER] = WITH_TLS | NOT_POSTFIX,
	[MACRO_CERT_FP] = WITH_TLS | NOT_POSTFIX,
	[MACRO_CERT_MD5] = WITH_TLS | NOT_POSTFIX,
	[MACRO_AUTH_AUTHEN] = WITH_LOGIN,
};

/* By what it says and does not say, whatever the settings call it. */
static bool
symbols_is_postfix(const struct macros *m)
{
	return !macros_has(m, MACRO_VERIFY) &&
	    slice_starts(macros_get(m, MACRO_MTA_VERSION), SLICE("Postfix "));
}

static bool
symbols_can_matter(const struct macros *m, enum macro which)
{
	if ((rests_on[which] & WITH_TLS) != 0 &&
	    !macros_has(m, MACRO_TLS_VERSION))
		return false;
	if ((rests_on[which] & WITH_LOGIN) != 0 &&
	    !macros_has(m, MACRO_AUTH_TYPE))
		return false;
	return (rests_on[which] & NOT_POSTFIX) == 0 || !symbols_is_postfix(m);
}

void
symbols_read(SMFICTX *ctx, struct macros *out)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		out->value[i] = symbols_can_matter(out, i)
		    ? symbols_value_of(ctx, i)
		    : SLICE_NONE;
}

struct slice
symbols_queue_id(SMFICTX *ctx)
{
	return symbols_value_of(ctx, MACRO_QUEUE_ID);
}
