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
	bool sent_mail;                 /* the filter was sent MAIL */
	size_t log_read;                /* bytes of the log seen so far */
};

/* Starts the daemon in the caller's folder with that policy. */
int caller_start(struct caller *c, const struct policy_text *policy,
    struct err *e);
/* Stops it. Returns -1 and fills e if it fails. */
int caller_stop(struct caller *c, struct err *e);
/* Adds the records that were written since the last call to p. */
int caller_records(struct caller *c, struct play *p, struct err *e);
/* Reloads with another policy and waits until it is in force. */
int caller_reload(struct caller *c, const struct policy_text *policy,
    struct err *e);
#endif
