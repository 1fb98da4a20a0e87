/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_partner - a partner with the state of each of its rules
 */
#ifndef CONF_SHOW_PRINT_PARTNER_H
#define CONF_SHOW_PRINT_PARTNER_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/state.h"
#include "policy/audit/partner_mail.h"
#include "policy/audit/stage_evidence.h"
#include "policy/usage/partner_use.h"

/* What is known of all partners. Borrows. */
struct print_partner {
	const struct policy *policy;
	const struct state *state;      /* NULL: none */
	const struct partner_mail *mail;        /* NULL: not known */
	const struct partner_use *use;  /* the last use of credentials; NULL:
	                                 * not known */
	struct usage_totals totals;     /* of the log that use is of */
	int64_t now;                    /* seconds since 1970 */
};

/* Returns new, for json_decref(): the partner, without its rules. name is the
 * row's name, or its key when it has none. */
json_t *print_partner_json(const struct partner *partner, struct slice name);
/* Adds a rule of it. evidence is what the log has of the rule, since
 * (seconds since 1970; 0: not asked for); NULL: none is known. */
void print_partner_add_rule(const struct print_partner *p, json_t *partner,
    const struct rule *rule, const struct stage_evidence *evidence,
    int64_t since);

/* The least number of recipients before a stage is raised. */
enum { PRINT_PARTNER_MESSAGES = 100 };

/* Prints such a partner as text, whole with all its credentials and not only
 * those that are not in use. */
void print_partner_text(const json_t *partner, bool whole, FILE *out);
#endif
