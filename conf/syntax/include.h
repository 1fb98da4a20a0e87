/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * include - the files that the main file names in `include`
 *
 * Patterns are relative to the main file's folder. A pattern may match no
 * file, but a plain path must exist. An included file may have partners and
 * profiles, and nothing else.
 */
#ifndef CONF_SYNTAX_INCLUDE_H
#define CONF_SYNTAX_INCLUDE_H

#include "conf/syntax/context.h"

/* Parses each of them and adds it to the origins. Problems are added to r's. */
void include_read_all(struct read_context *r);
#endif
