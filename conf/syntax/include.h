/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * include - the files that the main file names in `include`
 *
 * Patterns are relative to the main file's folder. A pattern that matches
 * nothing is fine, a plain path that is missing is not. What is included may
 * hold partners and profiles, and nothing else.
 */
#ifndef CONF_SYNTAX_INCLUDE_H
#define CONF_SYNTAX_INCLUDE_H

#include "conf/syntax/context.h"

/* Opens and parses each of them behind the main file. */
void include_read_all(struct read_context *r);
#endif
