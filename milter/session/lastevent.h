/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lastevent - the last event of a message that is sure to come
 *
 * A decision may wait for that event and no longer. It is the end of the
 * message where the MTA has a queue file for it, and so a queue id {i}:
 * Sendmail from MAIL on, Postfix from the first recipient that was accepted,
 * and for mail of sendmail(1) from the start (FACTS 28, 29, 35).
 *
 * A message that Postfix hands to a before-queue proxy (smtpd_proxy_filter) has
 * no queue file: the milter sees CONNECT to DATA, then an abort, though the
 * message is delivered (FACTS 33). The first recipient looks the same with and
 * without a proxy; at DATA, {i} is there unless there is a proxy (FACTS 110).
 * So without {i} the last sure event is DATA, and in a session that does not
 * send DATA it is RCPT itself.
 */
#ifndef MILTER_SESSION_LASTEVENT_H
#define MILTER_SESSION_LASTEVENT_H

#include "policy/evidence/macros.h"

enum last_event {
	LAST_EVENT_RCPT,
	LAST_EVENT_DATA,
	LAST_EVENT_END
};

/* At RCPT: queue_id is {i} there, agreed are the AGREED_... bits of the
 * session (negotiate.h). */
enum last_event lastevent_at_rcpt(struct slice queue_id, unsigned agreed);
/* At DATA: LAST_EVENT_DATA or LAST_EVENT_END. queue_id is {i} there. */
enum last_event lastevent_at_data(struct slice queue_id);
#endif
