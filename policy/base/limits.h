/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits - how much of anything a peer may make us hold
 *
 * Whatever a peer or an MTA can make longer is cut or refused at one of these.
 */
#ifndef POLICY_BASE_LIMITS_H
#define POLICY_BASE_LIMITS_H

enum {
	/* RFC 1035 section 2.3.4, less the root's dot and length octet. */
	LIMIT_DOMAIN = 253,
	/* RFC 1035 section 2.3.4. */
	LIMIT_LABEL = 63,
	/* RFC 5321 section 4.5.3.1.3 gives 256; Postfix passes more on. */
	LIMIT_PATH = 1024,
	/* Sendmail cuts a DN at 256 bytes before it triples them as xtext
	 * (FACTS 7). */
	LIMIT_MACRO = 2048,
	/* A route macro may list several next hops; no real one is longer. */
	LIMIT_ROUTE_PARTS = 16,
	/* Recipients of one message that are kept until its end. */
	LIMIT_RECIPIENTS = 10000,
	/* RFC 5321 section 4.5.3.1.5 gives 512 with code and CRLF; the text
	 * is also quoted in delivery reports (RFC 3464 section 2.3.6). */
	LIMIT_REPLY = 200,
	/* One line of the decision log, whatever the peer sent. */
	LIMIT_DECISION = 16384,
	/* Received fields kept of one message; loops end well before. */
	LIMIT_RECEIVED = 100,
	/* One Received field: a HELO of 512, two certificate names of 256 and
	 * a path of LIMIT_PATH leave half of it free. */
	LIMIT_RECEIVED_FIELD = 4096,
	/* A policy text for Postfix; real ones are below 1,000. */
	LIMIT_POLICY_TEXT = 8192
};
#endif
