/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * listening - the sections of the policy file that name sockets
 *
 * `milter` has one socket (libmilter has one a process), `map` and `control`
 * have lists of them.
 */
#ifndef CONF_FILE_LISTENING_H
#define CONF_FILE_LISTENING_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

const struct section *listening_milter(void);
const struct section *listening_map(void);
const struct section *listening_control(void);

/* Setters of the top's table; into is the struct settings. */
int listening_set_map(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int listening_set_control(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* "3.7" or "3.7.11", as postconf prints it: 307. */
bool listening_postfix_version(struct slice text, int *out);

#endif
