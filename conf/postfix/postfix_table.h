/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_table - a table of Postfix, asked as the service that names it asks
 *
 * smtpd(8), smtp(8) and the others open a table of files before they give up
 * root and change into the queue folder. What they connect to, they connect to
 * after it: as the user that Postfix runs as, by the path within the queue
 * folder. proxymap(8) is that user from its start.
 */
#ifndef CONF_POSTFIX_POSTFIX_TABLE_H
#define CONF_POSTFIX_POSTFIX_TABLE_H

#include "conf/mta/mta_config.h"
#include "conf/mta/postmap.h"

struct postfix_table {
	struct postmap postmap;         /* what it has, once it was asked */
	struct unix_user user;
	const char *program, *config;
};

/*
 * Prepares to ask a table that list has, of an instance; program is that of
 * postconf(1), beside which postmap(1) is. All that is read is in a. *out must
 * not be moved. -1 with e filled when its type, or the user, is not known.
 */
int postfix_table_open(const struct mta_instance *instance,
    const struct mta_list *list, const struct mta_table *table,
    const char *program, struct arena *a, struct postfix_table *out,
    struct err *e);
/* Asks it for each line of keys, once. postmap_value() then has the answers. -1
 * with e filled when it cannot be asked. */
int postfix_table_ask(struct postfix_table *table, struct slice keys,
    struct err *e);
#endif
