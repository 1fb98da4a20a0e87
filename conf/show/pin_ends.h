/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pin_ends - when the certificates that rules and services pin end
 */
#ifndef CONF_SHOW_PIN_ENDS_H
#define CONF_SHOW_PIN_ENDS_H

#include <jansson.h>
#include <stdio.h>

#include "conf/syntax/problems.h"
#include "policy/policy.h"

/* The certificates of the groups: their files, fingerprints and ends. Returns
 * new; an empty list when there are none. */
json_t *pin_ends_json(const struct peer_group *groups, size_t count);
/* A line for each of the list; NULL has none. */
void pin_ends_print(const json_t *list, FILE *out);

/*
 * Adds a warning to problems for each list of pins of which the last
 * certificate ends within 30 days of now (seconds since 1970). folder has the
 * files that places name: "" or with a slash at its end.
 */
void pin_ends_review(const struct policy *policy, const char *folder,
    int64_t now, struct problems *problems);
#endif
