/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint - mistakes that only show in the whole policy
 */
#ifndef CONF_FILE_LINT_H
#define CONF_FILE_LINT_H

#include "conf/syntax/context.h"

/* Checks the sealed table and the settings: rules that RFC 3207 section 4 does
 * not allow, partners without a key, names that table lines use too, settings
 * without which a rule has no effect. Problems are added to r's. */
void lint_policy(struct read_context *r);

/* Reports a problem at a row. */
void lint_report(struct read_context *r, enum severity severity,
    struct place place, const char *text);
/* Whether rule, which may be NULL, asks strangers for TLS and does not say that
 * this is meant. */
bool lint_demands_tls(const struct rule *rule);
#endif
