/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>

#include "conf/state/place.h"

struct state_place
place_of(const struct settings *settings)
{
	struct state_place place = { .folder = settings->state.p };
	struct slice log = settings->decisions, folder = settings->state;
	size_t n = folder.n;

	/* A loss of the folder must not reach the marker. */
	while (n > 1 && folder.p[n - 1] == '/')
		n--;
	folder = slice_head(folder, n);
	if (slice_find(log, '/') == log.n ||
	    (slice_starts(log, folder) && log.n > n && log.p[n] == '/'))
		return place;
	if ((size_t)snprintf(place.marker, sizeof(place.marker), "%.*s.state",
	    SLICE_ARGS(log)) >= sizeof(place.marker))
		place.marker[0] = '\0';
	return place;
}
