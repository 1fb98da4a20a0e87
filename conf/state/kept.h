/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kept - the policy in force, kept whole in the state folder
 *
 * The file policy.kept there is an archive of all files that it was read from
 * (conf/base/archive.h). A start compares what is on the disk with it, and runs
 * it again rather than a policy that asks less. Only the daemon writes it. The
 * marker beside the decision log (marker.h) carries its digest, so that one
 * which was removed, or put back from a backup, is noticed.
 */
#ifndef CONF_STATE_KEPT_H
#define CONF_STATE_KEPT_H

#include <jansson.h>
#include <sys/types.h>

#include "conf/base/archive.h"
#include "conf/state/place.h"
#include "conf/state/statefile.h"

/*
 * Writes the archive that is open as fd to the state folder of place, in one
 * step, and its digest to the marker. Returns a descriptor of the new file,
 * for reading alone, which is the caller's. -1 with e filled: the file is as it
 * was before.
 */
int kept_write(const struct state_place *place, int fd, struct err *e);

/*
 * Opens the archive in the state folder of place. GOOD: *out is new; it goes
 * with archive_close(), and *fd is a descriptor of it for reading, which is the
 * caller's. NONE: there is none. Otherwise, and for a NONE that contradicts
 * the marker, e->text says what is wrong; it is "" when nothing is. A GOOD one
 * that is not the one that the marker has is said in e->text too.
 */
enum statefile kept_read(const struct state_place *place,
    struct archive **out, int *fd, struct err *e);

/*
 * Takes the lock of the daemon whose policy the folder of place keeps. Returns
 * a descriptor, which is the caller's: closing it gives the lock back. -1 with
 * e filled; another daemon that has the lock is not waited for.
 */
int kept_lock(const struct state_place *place, struct err *e);

/*
 * Writes into the file of the lock where the daemon that has it can be asked.
 * note is a JSON object with policy, the path of its file, and control, a list
 * of sockets. A command that finds no daemon where the file on the disk says
 * reads it. -1 with e filled.
 */
int kept_lock_note(int lock, struct slice note, struct err *e);

/* Reads that object, of a daemon that may have ended meanwhile, and whose the
 * file is. Returns new; goes with json_decref(). NULL with e filled: none is
 * there, or it cannot be read. */
json_t *kept_read_daemon(const struct state_place *place, uid_t *owner,
    struct err *e);

/* Whether archive is the one that the marker of place has, or there is no
 * marker; otherwise e is filled. */
bool kept_is_marked(const struct state_place *place,
    const struct archive *archive, struct err *e);
#endif
