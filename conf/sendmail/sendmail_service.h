/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_service - one line of DaemonPortOptions or ClientPortOptions
 */
#ifndef CONF_SENDMAIL_SENDMAIL_SERVICE_H
#define CONF_SENDMAIL_SENDMAIL_SERVICE_H

#include "policy/base/arena.h"

/* What Sendmail listens on, or connects from. */
struct sendmail_daemon {
	struct slice name;              /* never absent: Daemon0 */
	struct slice family;            /* absent: inet */
	struct slice address;           /* absent: all of this host */
	struct slice port;              /* absent: smtp */
	struct slice modifiers;         /* letters; empty: none */
	struct slice filters;           /* names between ';'; absent: those of
	                                 * InputMailFilters; empty: none */
	unsigned line;                  /* 0: of the command line */
	bool unknown;                   /* it has a keyword that is none */
};

/* Reads value; number is the count of such lines before it, for a name. What
 * *out has is in the arena. */
void sendmail_service_read(struct slice value, unsigned number,
    struct arena *a, struct sendmail_daemon *out);
/* A daemon's modifier, such as 's' for a port of TLS. */
bool sendmail_service_has(const struct sendmail_daemon *daemon, char modifier);
#endif
