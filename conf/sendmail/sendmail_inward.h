/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_inward - the ways into a Sendmail: its daemons, and their filters
 */
#ifndef CONF_SENDMAIL_SENDMAIL_INWARD_H
#define CONF_SENDMAIL_SENDMAIL_INWARD_H

#include "conf/sendmail/sendmail_reading.h"

/* Fills the services of r->instance. with_local: sendmail(8) submits by this
 * file, which is a service too. */
void sendmail_inward_read(const struct sendmail_reading *r, bool with_local);
#endif
