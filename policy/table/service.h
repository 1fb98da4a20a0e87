/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * service - a row that is found by who connects, not by envelope addresses
 *
 * An application that sends mail through this server, or everybody who comes in
 * by one listener. Its partner has a rule for inbound only, and its key in the
 * table is "service NAME", which no address has; so it takes stages and
 * exceptions like any other row. Allocated in the table's arena.
 */
#ifndef POLICY_TABLE_SERVICE_H
#define POLICY_TABLE_SERVICE_H

#include "policy/table/demand.h"
#include "policy/table/partner.h"

struct text;

/* A listener by the MTA's {daemon_port} or, with port 0, by its name in
 * `listeners` or the MTA's {daemon_name}. */
struct service_place {
	int port;
	struct slice name;              /* with port 0 only */
};

struct service {
	const struct partner *partner;
	struct slice key;               /* "service NAME" */
	struct peer_group find;         /* each member of each list finds it; no
	                                 * issuers: a CA has many customers */
	const struct service_place *places;     /* where it is expected; without
	                                 * anything in find, who comes in by
	                                 * one of them is found */
	size_t place_count;
	const struct listener *listener;        /* whose rule this is; find and
	                                 * places are empty. NULL: of
	                                 * `services` */
};

/* Adds what finds the service, for people to read: " clients=10.1.2.0/24
 * listeners=587|internal"; nothing for the rule of a listener. */
void service_add(const struct service *service, struct text *out);
#endif
