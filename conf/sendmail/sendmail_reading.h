/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_reading - one sendmail.cf on its way into the model of an MTA
 */
#ifndef CONF_SENDMAIL_SENDMAIL_READING_H
#define CONF_SENDMAIL_SENDMAIL_READING_H

#include "conf/mta/mta_config.h"
#include "conf/sendmail/sendmail_ask.h"
#include "conf/sendmail/sendmail_cf.h"

/* What Sendmail is asked about each file. */
enum sendmail_question {
	SENDMAIL_ASK_HOST,              /* $j */
	SENDMAIL_ASK_LOCAL,             /* classes: w */
	SENDMAIL_ASK_RELAYED,           /* R */
	SENDMAIL_ASK_VIRTUAL,           /* VirtHost */
	SENDMAIL_QUESTION_COUNT
};

struct sendmail_reading {
	struct arena *arena;            /* borrows, as all below */
	const struct sendmail_cf *cf;
	const char *file;               /* its name without folders */
	const struct sendmail_said *said;       /* NULL: it cannot be asked */
	bool is_submission;             /* the file for sendmail(8), by which
	                                 * mail of this host is submitted */
	struct mta_instance *instance;  /* which is filled */
};

/* Where a value of that line is set: "sendmail.cf line 12"; for 0 the command
 * line of the daemon. */
const char *sendmail_reading_origin(const struct sendmail_reading *r,
    unsigned line);

/* A value under a name. A value that is not set has the text unset, and the
 * origin "default". */
struct mta_value sendmail_reading_value(const struct sendmail_reading *r,
    const char *name, struct sendmail_value value, const char *unset);
/* The same for an option of the file. */
struct mta_value sendmail_reading_option(const struct sendmail_reading *r,
    const char *name, const char *unset);
/* The same for a macro, under the name of its line: "DS". */
struct mta_value sendmail_reading_macro(const struct sendmail_reading *r,
    const char *macro);

/* A map as the model has a table: "hash -o /etc/mail/access". */
struct mta_table sendmail_reading_table(const struct sendmail_reading *r,
    const struct sendmail_map *map);
/* A list of the one map of that name, or of none. */
struct mta_list sendmail_reading_map(const struct sendmail_reading *r,
    const char *name);
#endif
