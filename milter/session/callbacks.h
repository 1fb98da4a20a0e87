/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * callbacks - the functions that libmilter calls
 *
 * Each unpacks its arguments, calls one function and packs the answer. None
 * returns ACCEPT, DISCARD or SKIP, which would hide later events from us.
 */
#ifndef MILTER_SESSION_CALLBACKS_H
#define MILTER_SESSION_CALLBACKS_H

#include <stdbool.h>

#include "policy/base/err.h"

/* Hands the callbacks to libmilter. Once, before smfi_main(). 0, or -1 with e
 * filled when the installed libmilter does not accept them. */
int callbacks_register(struct err *e);

/* What sessions that begin from now on ask for: NEEDS_... of negotiate.h. Any
 * thread. */
void callbacks_want(unsigned needs);
#endif
