/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/macros.h"
#include "policy/limits.h"

enum { NAME = 24 };

/* Written once by macros_init(). */
static char names[MACRO_COUNT][NAME];
static char list[MACRO_COUNT * NAME];

void
macros_init(void)
{
	size_t n = 0;

	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		snprintf(names[i], NAME, "%s", macro_name(i));
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
		    i == 0 ? "" : " ", names[i]);
	}
}

char *
macros_list(void)
{
	return list;
}

static struct slice
value_of(SMFICTX *ctx, enum macro which)
{
	const char *value = smfi_getsymval(ctx, names[which]);

	return slice_head(slice_of(value), LIMIT_MACRO + 1);
}

void
macros_read(SMFICTX *ctx, struct macros *out)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		out->value[i] = value_of(ctx, i);
}

struct slice
macros_queue_id(SMFICTX *ctx)
{
	return value_of(ctx, MACRO_QUEUE_ID);
}
