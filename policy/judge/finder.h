/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finder - which services a session is one of
 *
 * By its client's address, its login, its certificate or its listener, whatever
 * the envelope says. A certificate that is not verified finds a service too: to
 * be found only adds a demand.
 */
#ifndef POLICY_JUDGE_FINDER_H
#define POLICY_JUDGE_FINDER_H

#include <stdbool.h>

#include "policy/evidence/evidence.h"
#include "policy/judge/request.h"
#include "policy/table/service.h"
#include "policy/vocabulary.h"

struct found {
	enum found_by by;
	bool sure;                      /* false: the MTA did not show enough
	                                 * to rule it out */
};

/*
 * Whether service finds the session, whose listener is row (NULL: none of
 * `listeners`). *out is written only then. What is not known may be the
 * service: not by a listener that it does not list, though, and not for mail
 * that came by no listener.
 */
bool finder_finds(const struct service *service, const struct request *request,
    const struct listener *row, const struct evidence *evidence,
    struct found *out);
#endif
