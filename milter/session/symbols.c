/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/symbols.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/evidence/dialect.h"

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
		int n = snprintf(names[i], NAME, "%s", macro_name(i));

		assert(n > 0 && n < NAME);
		text_join(&t, " ", "%s", names[i]);
	}
	assert(!t.cut);
}

char *
symbols_list(void)
{
	assert(list[0] != '\0');
	return list;
}

char *
symbols_at_data(void)
{
	assert(names[MACRO_QUEUE_ID][0] != '\0');
	return names[MACRO_QUEUE_ID];
}

static struct slice
symbols_value_of(SMFICTX *ctx, enum macro which)
{
	const char *value;

	assert(names[which][0] != '\0');
	value = smfi_getsymval(ctx, names[which]);
	return slice_head(slice_of(value), LIMIT_MACRO + 1);
}

/*
 * Whether this MTA never sends the macro. Only an MTA of its own name counts:
 * one of another name is recognised by the very macros that would be left out.
 * If a {verify} came that it never sends, macros are set by something else, and
 * any of them may have been set.
 */
static bool
symbols_is_never_sent(const struct macros *m, enum macro which)
{
	const struct dialect *dialect = dialect_of(dialect_by_version(m));

	return slice_starts(macros_get(m, MACRO_MTA_VERSION),
	    slice_of(dialect->title)) && !dialect->sends[which] &&
	    (dialect->sends[MACRO_VERIFY] || !macros_has(m, MACRO_VERIFY));
}

/*
 * libmilter searches all its lists for each name, to the end for an absent
 * one. Some macros mean something only with another one; to read them only
 * then halves the cost.
 */
static bool
symbols_can_matter(const struct macros *m, enum macro which)
{
	enum macro on;

	if (!macro_rests_on(which, &on))
		return true;
	return macros_has(m, on) && !symbols_is_never_sent(m, which);
}

void
symbols_read(SMFICTX *ctx, struct macros *out)
{
	/* What is not read yet is looked at below, and must not be a macro of
	 * the command before. */
	*out = (struct macros){ .value = { SLICE_NONE } };
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
