/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_names - the domains a Sendmail has, and its tables of addresses
 */
#ifndef CONF_SENDMAIL_SENDMAIL_NAMES_H
#define CONF_SENDMAIL_SENDMAIL_NAMES_H

#include "conf/sendmail/sendmail_reading.h"

/* Fills the domains, rewritings and tables of r->instance. */
void sendmail_names_read(const struct sendmail_reading *r);
#endif
