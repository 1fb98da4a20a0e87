/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * play_daemon - the player that calls a running daemon over its socket
 */
#ifndef TESTS_DRIVER_PLAY_DAEMON_H
#define TESTS_DRIVER_PLAY_DAEMON_H

#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/driver/play.h"

extern const struct player daemon_player;

struct caller {
	const char *folder;             /* of socket, policy file and log */
	const char *mta;                /* "auto" or the MTA's name */
	struct daemon daemon;
	struct filter *filter;          /* the session's; NULL between */
	bool said_mail;                 /* the MTA began a message with it */
	size_t log_read;                /* bytes of the log seen so far */
};

/* Starts the daemon in the caller's folder under that policy. */
int caller_start(struct caller *c, const struct policy_text *policy,
    struct err *e);
/* Stops it. -1 when it did not end well. */
int caller_stop(struct caller *c, struct err *e);
/* Keeps the records that were written since the last call. */
int caller_records(struct caller *c, struct play *p, struct err *e);
/* Puts another policy in force and waits until it is. */
int caller_reload(struct caller *c, const struct policy_text *policy,
    struct err *e);
#endif
