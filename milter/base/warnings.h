/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * warnings - what an administrator has to act on, as long as it lasts
 *
 * Each kind of trouble has one row, which the part of the daemon that notices
 * it sets, and clears when it is over. `status` lists what is set, and the
 * command ends with 1 then. Nothing here logs: who sets one logs it.
 */
#ifndef MILTER_BASE_WARNINGS_H
#define MILTER_BASE_WARNINGS_H

#include <stdbool.h>
#include <stddef.h>

enum warning {
	WARNING_STATE,          /* damaged, lost, or cannot be read */
	WARNING_STATE_MARKER,   /* cannot be written */
	WARNING_STATE_TIME,     /* the time cannot be saved in it */
	WARNING_CLOCK,          /* it is behind a time that was seen */
	WARNING_KEPT,           /* the policy in force cannot be kept */
	WARNING_KEPT_RUNS,      /* the kept one runs: that on disk asks less */
	WARNING_KEPT_UNSEEN,    /* the start could not compare with it, or
	                         * not end what only it has a partner for */
	WARNING_DECISIONS,      /* their log cannot be written */
	WARNING_RESTART,        /* a changed setting needs one */
	WARNING_RELOADER,       /* its thread cannot be started */
	WARNING_RELOAD,         /* the last one was not loaded */
	WARNING_SMARTHOSTS,     /* one asks less than the partners' rules */
	WARNING_LOG_KEY,        /* the decision log has not the key it should */
	WARNING_LOG_KEEP,       /* old files of the log cannot be removed */
	WARNING_ADDRESSES,      /* the key for their codes cannot be used */
	WARNING_MAP_STATIC,     /* map.static cannot be written */
	WARNING_MAP_TIMER,      /* exceptions are left out of it */
	WARNING_COUNT
};

enum {
	/* Octets of a text, with its NUL; a longer one is cut. All of them
	 * fit a frame of the control socket, escaped. */
	WARNING_TEXT = 1024
};

/* Sets the row's text, in place of one that it has. Any thread. */
void warning_set(enum warning warning, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Any thread. */
void warning_clear(enum warning warning);

/* Copies the row's text; false: none is set. Any thread. */
bool warning_get(enum warning warning, char out[WARNING_TEXT]);
/* Copies the texts that are set, in the order of the rows, and returns how many
 * there are. Any thread. */
size_t warnings_list(char out[WARNING_COUNT][WARNING_TEXT]);
#endif
