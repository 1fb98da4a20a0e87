/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * standardio - descriptors 0, 1 and 2 are never a file of ours
 *
 * A supervisor may start a program with them closed. The next file that the
 * program opens, a log or a lock, would then be its standard error.
 */
#ifndef CONF_BASE_STANDARDIO_H
#define CONF_BASE_STANDARDIO_H

/*
 * Opens /dev/null for each of the three that is closed, in such a way that
 * using it still fails: a command whose answer cannot be printed must not end
 * well. Call it before anything else is opened. 0, or -1 with errno.
 */
int standardio_open(void);
#endif
