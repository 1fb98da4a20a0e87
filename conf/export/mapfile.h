/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapfile - the cdb of the map's answers that Postfix reads by itself
 *
 * It is written beside and renamed, so Postfix sees the old file or the new
 * one. Beside the answers it has what it was made from, under a key that is no
 * next hop, and for each answer that an exception or a pause has changed the
 * one that follows. So these, called exceptions here, can be ended without the
 * policy. With exceptions in it, a file without them waits beside it: to
 * rename that needs no room on the disk.
 *
 * Only the daemon's user writes here, in a folder that is its own.
 */
#ifndef CONF_EXPORT_MAPFILE_H
#define CONF_EXPORT_MAPFILE_H

#include "conf/state/state.h"
#include "policy/base/err.h"
#include "policy/policy.h"

/* What a file was made from. */
struct mapfile_head {
	bool by_this;                   /* by this version of the program:
	                                 * another may answer otherwise */
	char policy[65];                /* digest of the files */
	unsigned long generation;       /* of the state; 0: none */
	int64_t written;                /* seconds since 1970, as state_now() */
	int64_t next_change;            /* when an exception begins or ends;
	                                 * INT64_MAX: none does */
	bool excepting;                 /* exceptions stand in it */
	uint64_t keys;
};

/*
 * Writes the file at path, in place of the one that is there. state may be
 * NULL. exceptions: those in force stand in it; false: it asks what the rules
 * ask. Makes the last folder if it is missing. -1 with e filled when the policy
 * has what a file cannot express, or it cannot be written: the old file stays.
 */
int mapfile_write(const char *path, const struct policy *policy,
    const struct state *state, int64_t now, bool exceptions,
    struct mapfile_head *out, struct err *e);

enum mapfile { MAPFILE_UNREADABLE, MAPFILE_NONE, MAPFILE_GOOD };

/* UNREADABLE with e filled: it is there, and is not one of ours. */
enum mapfile mapfile_read_head(const char *path, struct mapfile_head *out,
    struct err *e);

/* Whether a file with this head is what mapfile_write() would write. */
bool mapfile_is_current(const struct mapfile_head *head,
    const struct policy *policy, const struct state *state, int64_t now,
    bool exceptions);

/* Whether an exception for outbound is in force at now: it would stand in the
 * file. state may be NULL. */
bool mapfile_has_exceptions(const struct state *state, int64_t now);

/* Puts the file in place that waits beside one with exceptions: when it cannot
 * be written again, none may outlive its end. Whether it did. */
bool mapfile_fall_back(const char *path);

/* Writes the file at path again without its exceptions, for which nothing but
 * the file is needed. -1 with e filled: the old file stays. */
int mapfile_end_exceptions(const char *path, int64_t now, struct err *e);

/*
 * Looks raw up in the file as Postfix does. *text is the policy text found, in
 * a, and *key the key that has it; both are absent when there is none.
 * UNREADABLE with e filled when the file cannot be read.
 */
enum mapfile mapfile_find(const char *path, struct slice raw, struct arena *a,
    struct slice *key, struct slice *text, struct err *e);
#endif
