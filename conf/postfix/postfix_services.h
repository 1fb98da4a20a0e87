/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_services - the ways into Postfix
 */
#ifndef CONF_POSTFIX_POSTFIX_SERVICES_H
#define CONF_POSTFIX_POSTFIX_SERVICES_H

#include "conf/postfix/postfix_reading.h"

/* Sets the services of the instance that is read. */
void postfix_services_read(struct postfix_reading *r);

/* The value of a milter setting as milters, by what is in force there. */
struct mta_milters postfix_milters_of(const struct postfix_reading *r,
    const struct mta_settings *own, const char *name);
#endif
