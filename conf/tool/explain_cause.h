/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explain_cause - why recorded sessions had no verified certificate
 */
#ifndef CONF_TOOL_EXPLAIN_CAUSE_H
#define CONF_TOOL_EXPLAIN_CAUSE_H

#include "conf/explain/explain_json.h"
#include "conf/tool/search.h"

struct explain_causes;

/*
 * Looks the sessions of the records up in the MTA's log at place (see
 * mail_log_answer()), if the certificate of one was not verified. Returns new,
 * in the arena of s, which it borrows.
 */
const struct explain_causes *explain_find_causes(const struct search *s,
    const char *place);

/* Of one of those records; NULL when its verdict has nothing to do with a
 * certificate that was not verified. In the arena of the search. */
const struct explained_cause *explain_cause_of(
    const struct explain_causes *causes, const struct recorded *r);
#endif
