/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services - the rows that who connects finds: `services`, rules of listeners
 */
#ifndef CONF_FILE_SERVICES_H
#define CONF_FILE_SERVICES_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Reads the services of every origin, then the rules of the main file's
 * listeners, into r's policy; after the partners, whose names they share.
 * Problems are added to r's. */
void services_read(struct read_context *r);

/* The table of keys of a service. */
const struct section *services_section(void);
#endif
