/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listening - the sections of the policy file that name sockets
 *
 * `milter` has one socket, because libmilter listens on one per process; `map`
 * and `control` have lists of them.
 */
#ifndef CONF_FILE_LISTENING_H
#define CONF_FILE_LISTENING_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Their tables of keys; into is the struct settings. */
const struct section *listening_milter(void);
const struct section *listening_map(void);
const struct section *listening_control(void);

/* Setters for toplevel's table; into is the struct settings. */
int listening_set_map(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int listening_set_control(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* Whether text is a version as postconf prints it, "3.7" or "3.7.11"; then *out
 * is 307. */
bool listening_postfix_version(struct slice text, int *out);
#endif
