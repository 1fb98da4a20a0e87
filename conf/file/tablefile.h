/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tablefile - a text table: a key and who answers for it on each line
 *
 * "KEY @PARTNER" gives the partner one more key, "KEY PROFILE" makes a row of
 * its own with the profile's rules. A million lines are read in a third of a
 * second, so nothing here allocates for each of them.
 */
#ifndef CONF_FILE_TABLEFILE_H
#define CONF_FILE_TABLEFILE_H

#include "conf/syntax/context.h"

/* Reads every file that the main file's `tables` lists. */
void tablefile_read_all(struct read_context *r);
#endif
