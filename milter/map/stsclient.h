/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stsclient - asks another socketmap server what a destination publishes
 *
 * MTA-STS and DANE policies are found by others (postfix-mta-sts-resolver,
 * postfix-tlspol). This asks them without blocking, within a deadline, and
 * keeps the answers in stscache. A failure is reported as one, never as
 * "publishes nothing". Lives on the event loop's thread.
 */
#ifndef MILTER_MAP_STSCLIENT_H
#define MILTER_MAP_STSCLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "milter/map/stsquestion.h"

struct stsclient;

/* Returns new; goes with stsclient_destroy(). */
struct stsclient *stsclient_create(struct event_base *base);
/* Nobody may be waiting. */
void stsclient_destroy(struct stsclient **client);

/* After a reload: server is what the policy in force names; absent: none. What
 * was learnt is asked again. A question under way is put to the new server,
 * within its deadline, or fails when there is none. */
void stsclient_reload(struct stsclient *client, struct slice server);

/*
 * Asks server ("inet:HOST:PORT:NAME" or "unix:PATH:NAME") about key, both
 * borrowed for the call. After deadline_ms from now it is a failure. true: the
 * answer is in *publication and *text,
 * which borrows until the next call. false: waiter->done is called from the
 * loop, once, unless stsquestion_leave() comes first.
 */
bool stsclient_ask(struct stsclient *client, struct slice server,
    unsigned deadline_ms, struct slice key, struct stsquestion_waiter *waiter,
    enum publication *publication, struct slice *text);
#endif
