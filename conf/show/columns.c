/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/show/columns.h"
#include "policy/base/banned.h"

/* Columns for words on a line. */
enum { WIDTH = 66 };

void
columns_add(struct columns *c, const char *word)
{
	size_t n = strlen(word);

	assert(c->out != NULL && c->label != NULL);
	if (c->used == 0 || c->used + n > WIDTH) {
		fprintf(c->out, "%s  %-9s", c->used == 0 ? "" : "\n",
		    c->used == 0 ? c->label : "");
		c->used = 0;
	}
	fprintf(c->out, " %s", word);
	c->used += n + 1;
}

void
columns_end(struct columns *c)
{
	if (c->used > 0)
		putc('\n', c->out);
	c->used = 0;
}
