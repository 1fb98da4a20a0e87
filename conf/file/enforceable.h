/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enforceable - what may be asked of a hop, of the MTA that is named
 *
 * A demand that its enforcer cannot check is an error when it is read,
 * because in mail it could only fail open or defer for ever.
 */
#ifndef CONF_FILE_ENFORCEABLE_H
#define CONF_FILE_ENFORCEABLE_H

#include "conf/file/rule.h"

/* Reports what the demand of a draft asks in vain; false when it does. */
bool enforceable_demand(struct read_context *r, const struct draft *draft,
    enum hop hop);
/* The same for what a rule has beside its demand. */
bool enforceable_rule(struct read_context *r, const struct draft *draft,
    enum hop hop);
#endif
