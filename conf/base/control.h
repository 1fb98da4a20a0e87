/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * control - the command's side of the daemon's control socket
 *
 * Request and answer are one JSON object each, on one line: {"do": "status"},
 * {"do": "reload"}, {"do": "stats"}, {"do": "change", ...}, {"do": "policy"}.
 * An answer has "ok"; when that is false, "error" is the reason in words. A
 * descriptor comes with the answer to "policy": the archive of the policy in
 * force (archive.h).
 */
#ifndef CONF_BASE_CONTROL_H
#define CONF_BASE_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "policy/base/err.h"
#include "policy/settings.h"

enum {
	/* Octets of a request, with its newline. */
	CONTROL_FRAME = 65536,
	/* The same of an answer: that to a reload lists what it changes. */
	CONTROL_ANSWER = 256 << 20,
	/* How long the peer may take to accept or to send one. */
	CONTROL_SECONDS = 10
};

enum control_reach {
	CONTROL_FAILED,                 /* no answer, or not a valid one */
	CONTROL_NO_DAEMON,              /* no daemon listens there */
	CONTROL_ANSWERED
};

/*
 * Sends request to the first control socket of settings at which a daemon
 * listens. owner is whose the socket must be, or (uid_t)-1. request is an
 * object; it stays the caller's. ANSWERED: *answer is new; it goes with
 * json_decref(). Otherwise e is filled; of NO_DAEMON it names every socket. The
 * answer to a reload has no time limit: a large policy takes a while to read.
 */
enum control_reach control_ask(const struct settings *settings, uid_t owner,
    json_t *request, json_t **answer, struct err *e);

/* Asks for the policy in force. ANSWERED: *archive is a descriptor of it, which
 * is the caller's. Otherwise e is filled; FAILED also when the daemon does not
 * give it. */
enum control_reach control_ask_policy(const struct settings *settings,
    uid_t owner, int *archive, struct err *e);

/* For the daemon's side: sends a line to a socket, with the descriptor fd, at
 * once. false: it was not sent, or not all of it. */
bool control_send_with(int to, struct slice line, int fd);
#endif
