/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_settings - the settings in force for one service of master.cf
 *
 * What -o sets for a service also changes what refers to it: with -o
 * myhostname=a the smtp_helo_name of that service is another, too, although
 * only main.cf has it.
 */
#ifndef CONF_POSTFIX_POSTFIX_SETTINGS_H
#define CONF_POSTFIX_POSTFIX_SETTINGS_H

#include "conf/postfix/postconf.h"

struct postfix_reference;

/* Which settings of main.cf refer to which. */
struct postfix_references {
	const struct postconf *postconf;        /* borrows */
	struct postfix_reference *list; /* sorted by what is referred to */
	size_t count;
	struct arena *arena;            /* borrows */
	struct mta_unread_list *unread; /* borrows */
};

/* The settings of main.cf, and defaults, as in force. */
struct mta_settings postfix_settings_of_all(const struct postconf *p);
/* Notes in unread what in main.cf is not what postconf(1) has in force. */
void postfix_settings_check(const struct postfix_references *r);

/* Finds the references. All of them have to outlive *out. */
void postfix_references_find(const struct postconf *p, struct arena *a,
    struct mta_unread_list *unread, struct postfix_references *out);

/* What -o sets for the service, and what follows from it. Notes in unread what
 * cannot be expanded. */
struct mta_settings postfix_settings_of(const struct postfix_references *r,
    const struct postconf_service *service);
#endif
