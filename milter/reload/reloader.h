/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reloader - the thread that may wait for the disk
 *
 * It reads policies and makes changes of the state, and nothing else: reading
 * takes long and needs a lot of small memory, which goes back with the
 * thread's own allocator arena and without holding anybody up. What does not
 * load leaves the old one in force, and every problem of it is told.
 */
#ifndef MILTER_RELOAD_RELOADER_H
#define MILTER_RELOAD_RELOADER_H

#include <stdbool.h>

#include "conf/state/change.h"
#include "conf/syntax/problems.h"
#include "policy/policy.h"

/* Where the policy is read from: absolute. Borrows path for good. Once. */
void reloader_init(const char *path);

/* Whether whoever we are now can read it: warns when not. */
void reloader_check_access(void);

/* Reads it now, in a thread of its own, and waits. Nothing is put in force.
 * Returns new, or NULL and problems says why. */
struct policy *reloader_read(struct problems *problems);

/* Asks for a reload and returns at once; two at a time are one. done, which
 * may be NULL, is called by the loading thread; problems is borrowed. */
void reloader_request(void (*done)(bool loaded,
    const struct problems *problems, void *data), void *data);

/*
 * Asks for a change of the state, made in the loading thread as well: it waits
 * for the disk. Takes nothing: change and actor are copied with their texts.
 * done is called by that thread when the change is in force, or was refused
 * with e saying why; id is the exception's, or "".
 */
void reloader_change(const struct change *change, const struct actor *actor,
    void (*done)(bool made, const char *id, const struct err *e, void *data),
    void *data);

/* Has the state remember how late it is, soon. */
void reloader_save_time(void);

/* Whether one is under way. */
bool reloader_is_busy(void);

/* On the event loop, twice a second: takes a state that another process wrote
 * into force. */
void reloader_check_state(void *unused);

/* On the event loop, now and then: says once when a file of the policy
 * is no longer the one in force. */
void reloader_check_disk(void *unused);
#endif
