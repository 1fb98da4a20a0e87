/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_names - the domains a Sendmail has, and its tables of addresses
 */
#ifndef CONF_MTA_SENDMAIL_NAMES_H
#define CONF_MTA_SENDMAIL_NAMES_H

#include "conf/mta/sendmail_reading.h"

/* Fills the domains, rewritings and tables of r->instance. */
void sendmail_names_read(const struct sendmail_reading *r);
#endif
