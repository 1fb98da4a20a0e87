/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unlisted - reports the routes that no row names, each once a day
 *
 * Mail to a partner may leave by such a route without its rule: a milter does
 * not see all mail (FACTS 88). Belongs to the event loop's thread.
 */
#ifndef MILTER_MAP_UNLISTED_H
#define MILTER_MAP_UNLISTED_H

#include <time.h>

#include "policy/base/slice.h"

enum {
	/* Routes that are remembered. A site has a few; but whoever writes to
	 * user@[192.0.2.1] makes one too, so more are only counted. */
	UNLISTED_ROUTES = 100,
	/* Octets of a name, as it is shown. */
	UNLISTED_NAME = 300
};

struct unlisted {
	struct {
		char name[UNLISTED_NAME];
		time_t reported;        /* on the clock of the caller */
	} routes[UNLISTED_ROUTES];
	size_t count;
	bool full;                      /* that there are more is reported */
	time_t full_reported;
};

/* Reports the route with one line to log, unless that was done within a day
 * before now, which is in seconds and never goes back. */
void unlisted_report(struct unlisted *unlisted, struct slice route, time_t now,
    void (*log)(const char *line));
#endif
