/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reloader - the thread that reads policies and changes the state
 *
 * No other thread waits for the disk. Reading takes long and allocates a lot of
 * small memory, which is freed with the thread's own malloc arena, without
 * delaying anybody. When a policy fails to load, the old one stays in force and
 * every problem is reported.
 *
 * When the thread cannot be started, what was requested stays and is tried
 * again; whoever waits for an answer gets one after three seconds.
 */
#ifndef MILTER_RELOAD_RELOADER_H
#define MILTER_RELOAD_RELOADER_H

#include <stdbool.h>

#include "conf/state/change.h"
#include "conf/syntax/problems.h"
#include "milter/reload/policyread.h"
#include "milter/reload/reload.h"

/* Where the policy is read from: absolute. Borrows path for good. Once. */
void reloader_init(const char *path);

const char *reloader_path(void);

/* Warns when the current user cannot read it. */
void reloader_check_access(void);

/* Reads the policy in a thread of its own, and waits for that. Puts nothing in
 * force. For the start, before any reload. Its policy is NULL on failure, for
 * the reasons in problems. */
struct policy_read reloader_read_at_start(struct problems *problems);

/*
 * Requests a reload and returns at once; requests that wait are served by one
 * reload. consent, which is copied, is to a loss; NULL: to none. done, which
 * may be NULL, is called by the reloader's thread when the policy is in force,
 * or was not loaded, and borrows outcome.
 */
void reloader_request_reload(const struct consent *consent,
    void (*done)(const struct reload_outcome *outcome, void *data),
    void *data);

typedef void reloader_changed_fn(bool made, const struct change_made *out,
    const struct err *e, void *data);

/*
 * Requests a change of the state and returns at once. Copies change and actor,
 * with their texts. done is called by the reloader's thread when the change is
 * in force, or was refused, for the reason in e; out is what came of it.
 */
void reloader_change(const struct change *change, const struct actor *actor,
    reloader_changed_fn *done, void *data);

/* Requests that the time be saved in the state. */
void reloader_save_time(void);

/* Whether the thread runs. */
bool reloader_is_busy(void);

/* From now on nothing that is requested is done. false: the thread still runs,
 * and nothing that it may use is freed. */
bool reloader_stop(void);

/* Called twice a second by the thread that watches the disk: puts a state that
 * another process wrote in force, and tries again what failed for a reason that
 * may pass. */
void reloader_check_state(void *unused);

/* Called by the same thread: logs, once, that a file of the policy has
 * changed. */
void reloader_check_disk(void *unused);
#endif
