/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session_proof - the evidence of a session, which its recipients share
 */
#ifndef POLICY_JUDGE_SESSION_PROOF_H
#define POLICY_JUDGE_SESSION_PROOF_H

#include "policy/evidence/evidence.h"
#include "policy/judge/request.h"

struct session_proof {
	struct evidence evidence;       /* read as macros of the MTA in it */
	bool proxied;                   /* read as that of a proxy */
};

/* What the macros of request show, which came in by listener: the evidence that
 * it shares, if that was read in the same way, or else new in a. */
const struct session_proof *session_proof_of(const struct request *request,
    enum listener_kind listener, struct arena *a);
#endif
