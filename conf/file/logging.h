/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logging - the section of the policy file about the decision log
 */
#ifndef CONF_FILE_LOGGING_H
#define CONF_FILE_LOGGING_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Its table of keys; into is the struct settings. */
const struct section *logging_section(void);

/* Adds what is wrong with its values together to r's problems. path is that of
 * the main file. */
void logging_review(struct read_context *r, const char *path);

/* Adds a warning about a date that is over at now (seconds since 1970), or
 * that is not set, to problems. */
void logging_review_dates(const struct settings *settings, const char *path,
    int64_t now, struct problems *problems);
#endif
