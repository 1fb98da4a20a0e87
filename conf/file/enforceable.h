/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enforceable - whether the MTA can check what a rule demands
 *
 * A demand that cannot be checked on its hop, or not by the configured MTA, is
 * an error in the policy: on mail it could only fail open or defer for ever.
 */
#ifndef CONF_FILE_ENFORCEABLE_H
#define CONF_FILE_ENFORCEABLE_H

#include "conf/file/rule.h"

/* Whether the demand of a draft can be checked on hop; reports what cannot. */
bool enforceable_demand(struct read_context *r, const struct draft *draft,
    enum hop hop);
/* The same for the other fields of the rule. */
bool enforceable_rule(struct read_context *r, const struct draft *draft,
    enum hop hop);
#endif
