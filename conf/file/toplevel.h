/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * toplevel - the settings of the policy file
 */
#ifndef CONF_FILE_TOPLEVEL_H
#define CONF_FILE_TOPLEVEL_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/*
 * Reads the root of the main file into the settings of r's policy. The keys
 * include, tables, profiles and partners are read by other modules later.
 */
void toplevel_read(struct read_context *r, struct node root);

/* Fills *out with the defaults; texts are in a. */
void toplevel_defaults(struct arena *a, struct settings *out);

/* The table of keys; those of milter, map, control, log and exceptions are
 * reached through it. */
const struct section *toplevel_section(void);
#endif
