/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exception_list - exceptions for people, and what waits to become one
 */
#ifndef CONF_SHOW_EXCEPTION_LIST_H
#define CONF_SHOW_EXCEPTION_LIST_H

#include <jansson.h>

#include "conf/state/state.h"
#include "policy/audit/exception_usage.h"

/* How far back uses are counted, in days. */
enum { EXCEPTION_USAGE_DAYS = 30 };

/* Returns new: one exception as JSON. usage tells how often each was needed;
 * NULL: not known. now is in seconds since 1970. */
json_t *exception_list_item(const struct policy *policy,
    const struct exception *exception, const struct exception_usage *usage,
    int64_t now);

/* Returns new: what waits for approval, as JSON with the same terms and who
 * asked for it. config is -c of the command; NULL: none. */
json_t *exception_list_waiting(const struct pending *pending,
    const char *config);

/* Appends to list all that waits at now. */
void exception_list_add_waiting(const struct state *state, int64_t now,
    const char *config, json_t *list);

/* Returns new: the command that does verb ("end") to the exception with this
 * id, for a shell; null when it is too long. */
json_t *exception_list_command(const char *config, const char *verb,
    struct slice id);

/* Prints one that waits or waited: the terms and who asked for it, in lines
 * of which the first is begun. */
void exception_list_print_asked(const json_t *waiting, FILE *out);

/* Prints such a list; an empty one, too. */
void exception_list_print(json_t *list, FILE *out);
/* Prints nothing for an empty one, for cron. */
void exception_list_print_due(json_t *list, FILE *out);
#endif
