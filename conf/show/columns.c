/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/columns.h"
#include "policy/base/banned.h"

enum { LAST = 66 };

void
columns_add(struct columns *c, const char *word)
{
	size_t n = strlen(word);

	if (c->at == 0 || c->at + n > LAST) {
		fprintf(c->out, "%s  %-9s", c->at == 0 ? "" : "\n",
		    c->at == 0 ? c->label : "");
		c->at = 0;
	}
	fprintf(c->out, " %s", word);
	c->at += n + 1;
}

void
columns_end(struct columns *c)
{
	if (c->at > 0)
		putc('\n', c->out);
	c->at = 0;
}
