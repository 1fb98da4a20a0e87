/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * configfile - a file that libconfig parsed, as an origin of nodes
 *
 * The only module of the policy's reader that knows libconfig.
 */
#ifndef CONF_SYNTAX_CONFIGFILE_H
#define CONF_SYNTAX_CONFIGFILE_H

#include "conf/syntax/context.h"

/* Parses a file and adds it behind the origins of r. Takes file's text; NULL
 * when it has syntax errors, which are reported. */
const struct origin *configfile_read(struct read_context *r,
    struct textfile *file);
#endif
