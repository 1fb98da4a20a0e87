/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change_pending - two persons for what lets mail pass (exceptions.four_eyes)
 *
 * What one person asks for is checked as if it were made, and waits. When
 * another one approves it, everything is checked once more, and it is made. A
 * person is a uid that the daemon saw (SO_PEERCRED) and that is neither root
 * nor its own user; so nothing is granted while no daemon runs. One person may
 * let a partner pass with TLS for a few hours, not twice within a day.
 */
#ifndef CONF_STATE_CHANGE_PENDING_H
#define CONF_STATE_CHANGE_PENDING_H

#include "conf/state/change_exception.h"

enum {
	/* Seconds for which one person may grant an exception. */
	CHANGE_ALONE = 4 * 3600,
	/* Seconds from then on in which nobody may do so again for this partner
	 * and hop. */
	CHANGE_ALONE_AGAIN = 86400
};

/*
 * Edits of state_change(). Each writes call->made, and -1 with e filled when it
 * is refused.
 */

/* CHANGE_GRANT of exception, which was checked: grants it for a few hours, if
 * one person may, and lets it wait. */
int change_pending_grant(struct state *state, const struct change_call *call,
    const struct exception *exception, char *event, size_t size,
    struct err *e);

/* CHANGE_RENEW to a later end: lets it wait. renewed was checked. */
int change_pending_renew(struct state *state, const struct change_call *call,
    const struct exception *renewed, char *event, size_t size,
    struct err *e);

/* CHANGE_PAUSE: lets it wait. */
int change_pending_pause(struct state *state, const struct change_call *call,
    char *event, size_t size, struct err *e);

/* CHANGE_APPROVE: makes what waits under this id. */
int change_pending_approve(struct state *state, const struct change_call *call,
    char *event, size_t size, struct err *e);

/* CHANGE_END: ends the exception, and withdraws what waits under this id, or to
 * renew it. */
int change_pending_end(struct state *state, const struct change_call *call,
    char *event, size_t size, struct err *e);
#endif
