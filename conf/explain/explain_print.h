/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_print - prints explain_json() for people
 */
#ifndef CONF_EXPLAIN_EXPLAIN_PRINT_H
#define CONF_EXPLAIN_EXPLAIN_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* o is of explain_json() with for_people. */
void explain_print(json_t *o, FILE *out);
#endif
