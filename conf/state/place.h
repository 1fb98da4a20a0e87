/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * place - where a state is kept: its folder and the marker beside the log
 */
#ifndef CONF_STATE_PLACE_H
#define CONF_STATE_PLACE_H

#include "policy/settings.h"

/* Octets of a path, with its NUL. */
enum { STATE_PATH = 4096 };

struct state_place {
	const char *folder;             /* the state folder; borrows */
	char marker[STATE_PATH];        /* see conf/state/marker.h; "": none */
};

/* The place that settings name. It has no marker without a decision log, or
 * with one that is in the state folder. Borrows from settings. */
struct state_place place_of(const struct settings *settings);
#endif
