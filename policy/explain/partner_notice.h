/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner_notice - what a partner's postmaster is told about a refusal
 *
 * Nothing internal: no rule, no file, no stage, no other partner.
 */
#ifndef POLICY_EXPLAIN_PARTNER_NOTICE_H
#define POLICY_EXPLAIN_PARTNER_NOTICE_H

#include "policy/judge/judge.h"

/* What was wrong with the partner's session, one sentence; never NULL. */
const char *partner_notice_problem(enum reason reason);
/* What the partner can do about it, one or two sentences; never NULL. */
const char *partner_notice_remedy(enum reason reason);
#endif
