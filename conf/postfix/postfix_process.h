/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_process - whether an instance of Postfix runs
 */
#ifndef CONF_POSTFIX_POSTFIX_PROCESS_H
#define CONF_POSTFIX_POSTFIX_PROCESS_H

#include "conf/mta/mta_config.h"

/* Sets the process of an instance whose settings are read. Notes in its list
 * what cannot be seen, as anybody but root may not. */
void postfix_process_find(struct mta_instance *instance, struct arena *a);
#endif
