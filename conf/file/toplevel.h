/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * toplevel - the keys of the policy file beside its rows
 */
#ifndef CONF_FILE_TOPLEVEL_H
#define CONF_FILE_TOPLEVEL_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/*
 * Reads the root of the main file into r's policy, but for what has to wait
 * until the included files are there: include, tables, profiles, partners.
 */
void toplevel_read(struct read_context *r, struct node root);

/* The settings of a file that sets nothing; texts in a. */
void toplevel_defaults(struct arena *a, struct settings *out);

/* The keys, those of milter, map, control, log and exceptions in it. */
const struct section *toplevel_section(void);
#endif
