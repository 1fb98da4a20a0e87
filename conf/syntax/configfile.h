/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * configfile - a file that libconfig parsed, as an origin of nodes
 *
 * The only module of the policy's reader that knows libconfig.
 */
#ifndef CONF_SYNTAX_CONFIGFILE_H
#define CONF_SYNTAX_CONFIGFILE_H

#include "conf/syntax/context.h"

/* Parses file and adds it to the end of r's origins, which own it. Takes file's
 * text. NULL when it has syntax errors; they are added to r's problems. */
const struct origin *configfile_read(struct read_context *r,
    struct textfile *file);

/*
 * The strings of the value at path ("control.listen"), a string or a list of
 * them, in a file that may be wrong elsewhere: what stands before a syntax
 * error is read. In a; none when the file or the value cannot be read.
 */
struct words configfile_salvage(const char *file, const char *path,
    struct arena *a);
#endif
