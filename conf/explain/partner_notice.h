/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner_notice - a decision, for the postmaster of the other side
 *
 * What happened, what their server showed, and all that ours asks of it. It has
 * nothing that only the administrator may know: no rule, stage or exception,
 * and no other partner.
 */
#ifndef CONF_EXPLAIN_PARTNER_NOTICE_H
#define CONF_EXPLAIN_PARTNER_NOTICE_H

#include <stdio.h>

#include "conf/explain/explain_json.h"

/* For a recorded recipient. Returns new. */
json_t *partner_notice_json(const struct explained *x);

void partner_notice_print(json_t *notice, FILE *out);
#endif
