/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_transports - the ways out of Postfix
 */
#ifndef CONF_POSTFIX_POSTFIX_TRANSPORTS_H
#define CONF_POSTFIX_POSTFIX_TRANSPORTS_H

#include "conf/postfix/postfix_reading.h"

/* Sets the transports of the instance that is read. */
void postfix_transports_read(struct postfix_reading *r);
#endif
