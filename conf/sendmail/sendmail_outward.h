/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_outward - the ways out of a Sendmail: mailers, and what chooses one
 */
#ifndef CONF_SENDMAIL_SENDMAIL_OUTWARD_H
#define CONF_SENDMAIL_SENDMAIL_OUTWARD_H

#include "conf/sendmail/sendmail_reading.h"

/* Fills the transports and routes of r->instance. */
void sendmail_outward_read(const struct sendmail_reading *r);
#endif
