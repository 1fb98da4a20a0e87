/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lossguard - refuses a policy after which rules would act on less
 *
 * It compares the new policy with the one in force. A loss is taken only with
 * the consent of somebody who names its digest; that is recorded first. So is
 * the end of what the state has for partners that leave. Used by the reloader's
 * thread.
 */
#ifndef MILTER_RELOAD_LOSSGUARD_H
#define MILTER_RELOAD_LOSSGUARD_H

#include <jansson.h>

#include "conf/base/digest.h"
#include "conf/state/state.h"
#include "policy/compare/difference.h"

/* Somebody takes the loss with this digest. */
struct consent {
	char digest[DIGEST_TEXT + 1];
	struct actor actor;             /* with the reason */
	const struct consent *next;     /* of another request */
};

struct lossguard {
	const struct consent *consents; /* borrows; NULL: nobody consents */
	const struct consent *taken;    /* the one whose loss is taken */
	json_t *difference;             /* the caller's; NULL until it is
	                                 * known */
	struct err e;                   /* why it refused */
};

/* Logs the first losses, each on its line. */
void lossguard_log(struct difference *difference);

/* An activate_allow_fn; data is a struct lossguard. */
bool lossguard_allows(const struct policy *old, const struct policy *new,
    const struct state *state, int64_t now, void *data);

/* Ends what the state of new has for partners and hops that only old has, by
 * actor, or, if that is NULL, by the daemon; logs that. -1 with e filled. */
int lossguard_end_departed(const struct policy *old, const struct policy *new,
    const struct actor *actor, struct err *e);
#endif
