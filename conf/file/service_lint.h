/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service_lint - services and rules of listeners that cannot do what they say
 */
#ifndef CONF_FILE_SERVICE_LINT_H
#define CONF_FILE_SERVICE_LINT_H

#include "conf/syntax/context.h"

/* Checks each service of the whole policy: what never finds or refuses anybody,
 * and what RFC 3207 section 4 does not allow. Problems are added to r's. */
void service_lint(struct read_context *r);
#endif
