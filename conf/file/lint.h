/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lint - what only a whole policy can get wrong
 */
#ifndef CONF_FILE_LINT_H
#define CONF_FILE_LINT_H

#include "conf/syntax/context.h"

/* Looks over the sealed table: RFC 3207, rows that cover nothing, names that
 * prove only a provider, settings that leave a hole. */
void lint_policy(struct read_context *r);
#endif
