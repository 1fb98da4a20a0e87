/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/session/session.h"
#include "milter/base/refid.h"
#include "policy/base/arena.h"

/* A busy MTA keeps thousands of idle sessions open. */
static_assert(sizeof(struct session) <= 64, "an idle session is small");

struct session *
session_create(unsigned agreed)
{
	struct session *session = xcalloc(1, sizeof(*session));

	session->number = refid_next();
	session->phase = PHASE_IDLE;
	session->agreed = (unsigned char)agreed;
	return session;
}

void
session_destroy(struct session **session)
{
	if (*session == NULL)
		return;
	session_move(*session, EVENT_CLOSE);
	session_forget(session);
}

void
session_forget(struct session **session)
{
	free(*session);
	*session = NULL;
}

void
session_move(struct session *session, enum event event)
{
	struct step step = phase_step((enum phase)session->phase, event);

	assert((session->message != NULL) ==
	    phase_has_message((enum phase)session->phase));
	if ((step.effects & EFFECT_ABANDON) != 0)
		message_abandon(&session->message);
	if ((step.effects & EFFECT_BEGIN) != 0)
		session->message = message_begin(session->number,
		    session->agreed);
	session->phase = (unsigned char)step.next;
}

void
session_move_rcpt(struct session *session, struct slice queue_id)
{
	bool another = session->message != NULL &&
	    message_is_another(session->message, queue_id);

	session_move(session, another ? EVENT_OTHER_RCPT : EVENT_RCPT);
}

struct message *
session_take_message(struct session *session)
{
	struct message *message = session->message;

	session_move(session, EVENT_END);
	session->message = NULL;
	assert(!phase_has_message((enum phase)session->phase));
	return message;
}
