/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_reading - what those share who read one instance of Postfix
 */
#ifndef CONF_POSTFIX_POSTFIX_READING_H
#define CONF_POSTFIX_POSTFIX_READING_H

#include "conf/postfix/postfix_settings.h"
#include "conf/postfix/postfix_words.h"

struct postfix_reading {
	struct arena *arena;            /* borrows */
	const struct postconf *postconf;        /* borrows */
	struct postfix_references references;
	struct mta_instance *instance;  /* borrows; has its settings, and the
	                                 * list of what could not be read */
};

/* Begins to read what p has into *instance, whose arena is a. */
void postfix_reading_begin(struct postfix_reading *r, const struct postconf *p,
    struct arena *a, struct mta_instance *instance);

/* The setting of that name for a service with settings of its own. */
struct mta_value postfix_value(const struct postfix_reading *r,
    const struct mta_settings *own, const char *name);
/* The same for a name that begins with one word for each program: "smtp" and
 * "tls_security_level". */
struct mta_value postfix_value_of(const struct postfix_reading *r,
    const struct mta_settings *own, const char *program, const char *rest);
/* The value as a list of the service that line is about; NULL: of any. Notes
 * tables that cannot be asked here. */
struct mta_list postfix_value_list(const struct postfix_reading *r,
    const struct postconf_service *line, struct mta_value value,
    enum postfix_list kind);

/* Whether the processes of that service change into the queue folder. */
bool postfix_is_chrooted(const struct postfix_reading *r,
    const struct postconf_service *service);
#endif
