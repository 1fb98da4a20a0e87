/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/map/unlisted.h"

enum { DAY_S = 24 * 3600, LINE = UNLISTED_NAME + 200 };

static void
unlisted_log(const char *name, void (*log)(const char *line))
{
	char line[LINE];

	snprintf(line, sizeof(line), "map: no row names the route %s: mail "
	    "that no milter sees is held to no rule there; see smarthosts and "
	    "unlisted_routes in enforcetls.conf(5)", name);
	log(line);
}

/* The place for name: its own, a new one, or one whose day is over. -1: there
 * is none. */
static int
unlisted_place_of(struct unlisted *u, const char *name, time_t now)
{
	int old = -1;

	for (size_t i = 0; i < u->count; i++) {
		if (strcmp(u->routes[i].name, name) == 0)
			return (int)i;
		if (now - u->routes[i].reported >= DAY_S)
			old = (int)i;
	}
	if (u->count == UNLISTED_ROUTES)
		return old;
	u->routes[u->count].name[0] = '\0';
	return (int)u->count++;
}

static void
unlisted_report_more(struct unlisted *u, time_t now,
    void (*log)(const char *line))
{
	if (u->full && now - u->full_reported < DAY_S)
		return;
	u->full = true;
	u->full_reported = now;
	log("map: more than 100 routes are named by no row: others are not "
	    "reported");
}

void
unlisted_report(struct unlisted *u, struct slice route, time_t now,
    void (*log)(const char *line))
{
	char name[UNLISTED_NAME];
	int i;

	assert(log != NULL && u->count <= UNLISTED_ROUTES);
	slice_show(route, name, sizeof(name));
	i = unlisted_place_of(u, name, now);
	if (i == -1) {
		unlisted_report_more(u, now, log);
		return;
	}
	if (u->routes[i].name[0] != '\0' &&
	    strcmp(u->routes[i].name, name) == 0 &&
	    now - u->routes[i].reported < DAY_S)
		return;
	memcpy(u->routes[i].name, name, sizeof(name));
	u->routes[i].reported = now;
	unlisted_log(name, log);
}
