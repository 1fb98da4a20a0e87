/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/lastevent.h"
#include "milter/session/negotiate.h"

enum last_event
lastevent_at_data(struct slice queue_id)
{
	return queue_id.n > 0 ? LAST_EVENT_END : LAST_EVENT_DATA;
}

enum last_event
lastevent_at_rcpt(struct slice queue_id, unsigned agreed)
{
	if (queue_id.n > 0)
		return LAST_EVENT_END;
	return (agreed & AGREED_DATA) != 0 ? LAST_EVENT_DATA : LAST_EVENT_RCPT;
}
