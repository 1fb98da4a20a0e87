/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pauses - the pauses in force, as the commands print them
 */
#ifndef CONF_SHOW_PAUSES_H
#define CONF_SHOW_PAUSES_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/state.h"

/* The pauses in force at now (seconds since 1970), one object a hop. state may
 * be NULL. Returns new. */
json_t *pauses_json(const struct state *state, int64_t now);

/* A line for each of the list. */
void pauses_print(json_t *list, FILE *out);
/* The same; one line when there is none. */
void pauses_print_all(json_t *list, FILE *out);
#endif
