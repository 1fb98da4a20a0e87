/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_config - the configuration of a Sendmail, for the model of an MTA
 *
 * sendmail.cf is what its daemon runs with, submit.cf what sendmail(8) submits
 * mail of this host by; each is an instance. The files are read, and Sendmail
 * is asked what its classes have. Nothing is changed, and nothing delivered.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_CONFIG_H
#define CONF_SENDMAIL_SENDMAIL_CONFIG_H

#include "conf/mta/mta_config.h"

/*
 * Returns new, for mta_config_destroy(): what runs at place. A daemon that was
 * started with another file than the usual one is read with that file, and
 * settings of its command line beat those of the file. NULL with e filled when
 * there is no sendmail.cf that can be read.
 */
struct mta_config *sendmail_config_read(const struct mta_place *place,
    struct err *e);
#endif
