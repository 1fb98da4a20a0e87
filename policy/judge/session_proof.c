/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/judge/session_proof.h"

static const struct session_proof *
session_proof_make(const struct request *request, bool proxied,
    struct arena *a)
{
	struct session_proof *made = arena_alloc(a, sizeof(*made));

	made->proxied = proxied;
	if (proxied)
		evidence_from_proxy(&request->macros, request->mta, a,
		    &made->evidence);
	else
		evidence_from_macros(&request->macros, request->mta, a,
		    &made->evidence);
	return made;
}

/* A reload can change the MTA and the kind of the listener. */
const struct session_proof *
session_proof_of(const struct request *request, enum listener_kind listener,
    struct arena *a)
{
	const struct session_proof *shared = request->session;
	bool proxied = listener == LISTENER_PROXIED;

	if (shared != NULL && shared->proxied == proxied &&
	    shared->evidence.mta == request->mta)
		return shared;
	return session_proof_make(request, proxied, a);
}
