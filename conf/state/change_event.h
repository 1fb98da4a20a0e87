/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_event - what a change adds to the history
 */
#ifndef CONF_STATE_CHANGE_EVENT_H
#define CONF_STATE_CHANGE_EVENT_H

#include <jansson.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

/* Adds text to object, unless it is absent. */
void change_event_text(json_t *object, const char *key, struct slice text);

/* Writes object without its braces to event, as state_edit_fn has to. Takes
 * object. -1 with e filled when it is too long or not UTF-8. */
int change_event_write(char *event, size_t size, json_t *object,
    struct err *e);
#endif
