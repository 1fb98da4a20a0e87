/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_queue - the mail that waits for a rule, as JSON and as text
 */
#ifndef CONF_SHOW_PRINT_QUEUE_H
#define CONF_SHOW_PRINT_QUEUE_H

#include <jansson.h>
#include <stdio.h>

#include "policy/audit/waiting.h"
#include "policy/base/text.h"

/* What the exception to copy has in it, and how long mail is tried. */
struct print_queue {
	const struct policy *policy;
	const char *config;             /* -c of the command; NULL: none */
	const char *owner;              /* who runs the command */
	int64_t now;                    /* seconds since 1970 */
	int64_t mail_lifetime;          /* seconds; 0: not known */
	int64_t bounce_lifetime;
};

/* Adds a word for a shell. What is not ASCII is escaped, so that the line can
 * be copied from a terminal that shows it escaped. */
void print_queue_word(struct text *t, struct slice word);

/* Returns new, for json_decref(): a group. */
json_t *print_queue_group(const struct print_queue *p,
    const struct waiting_group *group);

/* Prints such a group as text; with_mail: with each of its messages. */
void print_queue_text(const json_t *group, int64_t now, bool with_mail,
    FILE *out);
#endif
