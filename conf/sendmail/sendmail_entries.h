/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_entries - all that a map of Sendmail's has in it
 *
 * A database is listed by `makemap -u`; a text file is read here. What has no
 * list, such as LDAP, can only be asked key by key (sendmail_ask.h). Sendmail
 * refuses files that others may write, which neither of the two looks at.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_ENTRIES_H
#define CONF_SENDMAIL_SENDMAIL_ENTRIES_H

#include "conf/sendmail/sendmail_cf.h"
#include "policy/base/err.h"

/* Takes an entry, which borrows for the call. Returns -1 with e filled to stop.
 */
typedef int sendmail_entry_fn(void *data, struct slice key, struct slice value,
    struct err *e);

/* Whether a table has a list. Its name is that of a struct mta_table:
 * "hash -o /etc/mail/access", type, switches and file as a K line has them. */
bool sendmail_entries_can(struct slice table);

/*
 * Calls take with data for each entry of the table, as any user who may read
 * the file. makemap is the absolute path of makemap(8), which wants to read the
 * configuration cf. A table that may be absent (-o), and is, has none. -1 with
 * e filled when it cannot be read to its end.
 */
int sendmail_entries(const char *makemap, const char *cf, struct slice table,
    sendmail_entry_fn *take, void *data, struct err *e);

/* The path of the file of a table, allocated in a, that has to be there and
 * cannot be opened, with errno set; NULL: there is none. */
const char *sendmail_entries_missing(struct arena *a, struct slice table);

/* The path of the makemap(8) that belongs to a sendmail(8), in a: beside it, or
 * where packages have it. NULL: there is none. */
const char *sendmail_entries_makemap(struct arena *a, const char *sendmail);
#endif
