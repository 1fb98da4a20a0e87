/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_config - the configuration of Postfix on this host
 *
 * Reads main.cf, master.cf and the file with the process id of master(8), and
 * runs what only reads: postconf(1), postmulti(1). Nothing is changed.
 */
#ifndef CONF_POSTFIX_POSTFIX_CONFIG_H
#define CONF_POSTFIX_POSTFIX_CONFIG_H

#include "conf/postfix/postconf.h"

/*
 * Reads every instance, or the one of place. Returns new, for
 * mta_config_destroy(). NULL with e filled when not even one instance can be
 * read. Where there are several, one that cannot be read is in the list of what
 * was not.
 */
struct mta_config *postfix_config_read(const struct mta_place *place,
    struct err *e);

/* Where postconf(1) is; NULL: not installed. */
const char *postfix_postconf(const struct mta_place *place);

/* Fills an instance, in a, with what p has; p has to outlive it, and has ended.
 * Its name, config, enabled and process are left alone. */
void postfix_instance_read(const struct postconf *p, struct arena *a,
    struct mta_instance *instance);
/* A line of `postmulti -l`: whose name, config and enabled are set in a. -1
 * with e filled when it is none. */
int postfix_instance_line(struct slice line, struct arena *a,
    struct mta_instance *out, struct err *e);
#endif
