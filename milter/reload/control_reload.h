/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control_reload - a reload as the control socket asks for it and answers it
 */
#ifndef MILTER_RELOAD_CONTROL_RELOAD_H
#define MILTER_RELOAD_CONTROL_RELOAD_H

#include "milter/reload/reload.h"

/* Adds what identifies policy, which may be NULL, to an answer. */
void control_policy_add(json_t *answer, const struct policy *policy);

/* Reads the loss that the request of uid allows. Its reason borrows from
 * request. -1 with e filled when it allows none. */
int control_reload_consent(const json_t *request, uid_t uid,
    struct consent *out, struct err *e);

/* The answer to a reload. Returns new. */
json_t *control_reload_json(const struct reload_outcome *outcome);
#endif
