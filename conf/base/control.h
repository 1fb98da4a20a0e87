/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the tool's side of the daemon's control socket
 *
 * One JSON object a line each way: {"do": "status"}, {"do": "reload"},
 * {"do": "stats"}, {"do": "change", ...}. An answer has "ok", and "error" in
 * words when that is false.
 */
#ifndef CONF_BASE_CONTROL_H
#define CONF_BASE_CONTROL_H

#include <jansson.h>

#include "policy/base/err.h"
#include "policy/settings.h"

enum {
	/* A frame, either way, with its newline. */
	CONTROL_FRAME = 65536,
	/* How long a client may take with one, and how long it waits. */
	CONTROL_SECONDS = 10
};

enum control_reach {
	CONTROL_FAILED,                 /* it answered badly, or not in time */
	CONTROL_NOBODY,                 /* no daemon listens there */
	CONTROL_ANSWERED
};

/*
 * Sends request to the first control socket of the settings that somebody
 * listens at. ANSWERED: *answer is the caller's, for json_decref(). A reload
 * is waited for as long as it takes.
 */
enum control_reach control_ask(const struct settings *settings,
    json_t *request, json_t **answer, struct err *e);
#endif
