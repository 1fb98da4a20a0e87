/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapwriter - keeps the file of the map's answers that map.static names
 *
 * It is written when it is not what the policy in force makes of it now: after
 * a reload or a change of the state, and when an exception begins or ends. What
 * fails is a warning of status, the old file stays, and it is tried again.
 */
#ifndef MILTER_RELOAD_MAPWRITER_H
#define MILTER_RELOAD_MAPWRITER_H

/* Writes the file if it has to be. When something was put in force, so that
 * whoever asked for it finds the file written. For threads that may wait for
 * the disk. */
void mapwriter_update(void);

/* The same, but a while after a failure. Called twice a second. */
void mapwriter_check(void);
#endif
