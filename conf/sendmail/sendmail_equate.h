/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_equate - the fields of a mailer or a filter, as sendmail.cf has them
 *
 * A list such as "P=[IPC], F=mDFMuX, A=TCP $h". Quotes keep what would end a
 * field, and go; a backslash keeps the next character. Sendmail looks at the
 * first letter of a name alone.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_EQUATE_H
#define CONF_SENDMAIL_SENDMAIL_EQUATE_H

#include "policy/base/arena.h"

struct sendmail_equates {
	struct slice rest;              /* borrows */
	char sign;                      /* between name and value: '=' or ':' */
	char end;                       /* of a field: ',' or ';' */
	bool broken;                    /* a field had no sign: Sendmail ignores
	                                 * what follows, often all of it */
};

struct sendmail_equate {
	char code;                      /* the first letter of the name */
	struct slice value;             /* in the arena; may be empty */
};

/* Cuts the next field off; false at the end, or when it has no sign. */
bool sendmail_equate_next(struct sendmail_equates *list, struct arena *a,
    struct sendmail_equate *out);

/* A whole text without its quotes and backslashes, in a. */
struct slice sendmail_equate_unquoted(struct slice text, struct arena *a);

/* A duration such as "1m30s" in seconds; without a unit it is in seconds. -1
 * when it is none, or more than a year. */
long sendmail_equate_seconds(struct slice text);
#endif
