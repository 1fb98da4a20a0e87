/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_routing - where Postfix sends mail, for which domains it takes some,
 * which addresses it replaces
 */
#ifndef CONF_POSTFIX_POSTFIX_ROUTING_H
#define CONF_POSTFIX_POSTFIX_ROUTING_H

#include "conf/postfix/postfix_reading.h"

/* Sets the routes, domains and rewritings of the instance that is read. */
void postfix_routing_read(struct postfix_reading *r);
/* Sets its tables, once all else is set. */
void postfix_tables_read(struct postfix_reading *r);
#endif
