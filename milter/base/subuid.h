/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subuid - the uids that subuid(5) hands out to users
 *
 * Whoever has a range of them can be any uid of it, in a user namespace of its
 * own and with its own groups: on a socket it is another uid then, but no other
 * person.
 */
#ifndef MILTER_BASE_SUBUID_H
#define MILTER_BASE_SUBUID_H

#include <stdbool.h>
#include <sys/types.h>

#define SUBUID_FILE "/etc/subuid"

/* Whether the file at path hands out uid. A file that does not exist hands out
 * none; one that cannot be read, and a line that cannot, any. Reads the disk:
 * not for an event loop. */
bool subuid_hands_out(const char *path, uid_t uid);
#endif
