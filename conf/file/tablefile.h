/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tablefile - a text file with a key of a partner or profile on each line
 *
 * "KEY @PARTNER" gives the partner one more key. "KEY PROFILE" makes a row with
 * the rules of the profile. A million lines are read in a third of a second:
 * nothing is allocated for a line.
 */
#ifndef CONF_FILE_TABLEFILE_H
#define CONF_FILE_TABLEFILE_H

#include "conf/syntax/context.h"

/* Reads every file in `tables` of the main file. Problems are added to r's. */
void tablefile_read_all(struct read_context *r);
#endif
