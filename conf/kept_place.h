/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kept_place - where the policy in force was kept last
 *
 * The policy in force is kept in its state folder (conf/state/kept.h), which
 * the policy file names. A file that moves the state folder and the decision
 * log would leave that behind, with the marker: a start would compare with
 * nothing. So a note stays in a folder that the file does not name: the first
 * of $STATE_DIRECTORY, which systemd sets, or else the default state folder.
 * The daemon writes it as its user, one for each policy file.
 */
#ifndef CONF_KEPT_PLACE_H
#define CONF_KEPT_PLACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/base/archive.h"
#include "conf/state/place.h"
#include "conf/state/statefile.h"

struct kept_place {
	char folder[STATE_PATH];        /* the state folder */
	char digest[DIGEST_TEXT + 1];   /* of the policy that is kept there */
};

/* Reads the note of the policy file at path, which is absolute. NONE: there is
 * none, or no folder for it. e is filled when it is neither that nor GOOD. */
enum statefile kept_place_read(const char *path, struct kept_place *out,
    struct err *e);

/* Whose the folder of the notes is. false: there is none. */
bool kept_place_owner(uid_t *uid, gid_t *gid);

/*
 * Whether the last policy in force has to be looked for elsewhere than in disk,
 * the place that the policy file at path names. GOOD: it was kept in
 * out->folder, and disk has it not. NONE: it was not, or disk has it, as when
 * the folder was moved with what is in it. Otherwise, with e filled, the note
 * cannot be read.
 */
enum statefile kept_place_moved(const char *path,
    const struct state_place *disk, struct kept_place *out, struct err *e);

/* Opens what is kept in last->folder: the policy with last->digest, of the file
 * at path. *archive is new; it goes with archive_close(), and *fd is a
 * descriptor of it, which is the caller's. -1 with e filled. */
int kept_place_open_last(const struct kept_place *last, const char *path,
    struct archive **archive, int *fd, struct err *e);

/* Writes it, unless it is there. Where there is no folder for notes, or none
 * that the user may write to, and no note, there is nothing to do: 0. -1 with e
 * filled. */
int kept_place_write(const char *path, const struct kept_place *place,
    struct err *e);
#endif
