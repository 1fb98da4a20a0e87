/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * columns - words after a label, on as many lines as they need
 */
#ifndef CONF_SHOW_COLUMNS_H
#define CONF_SHOW_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

struct columns {
	FILE *out;
	const char *label;              /* begins the first line */
	size_t used;                    /* columns of the line; 0: no line was
	                                 * begun */
};

void columns_add(struct columns *columns, const char *word);
/* Ends the line; prints nothing when no word was added. */
void columns_end(struct columns *columns);
#endif
