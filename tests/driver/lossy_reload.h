/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lossy_reload - reloads a daemon under test, whatever its policy loses
 *
 * As an administrator who means it: asks, and takes the loss that is refused.
 */
#ifndef TESTS_DRIVER_LOSSY_RELOAD_H
#define TESTS_DRIVER_LOSSY_RELOAD_H

#include "policy/base/err.h"

/* socket is the path of the daemon's control socket. -1 with e filled when the
 * file was not loaded. */
int lossy_reload(const char *socket, struct err *e);
#endif
