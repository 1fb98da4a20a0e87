/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits - how much a peer can make us hold
 *
 * Whatever a peer or an MTA can make longer is cut or refused at one of these
 * limits.
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
	/* Sendmail cuts a DN at 256 bytes; xtext then makes up to three of
	 * each (FACTS 7). */
	LIMIT_MACRO = 2048,
	/* Postfix's manual names two, "+-". Each makes one more key. */
	LIMIT_DELIMITERS = 4,
	/* Next hops in one route macro; no real one lists more. */
	LIMIT_ROUTE_PARTS = 16,
	/* Domains of rows that a recipient without a domain may belong to. */
	LIMIT_BELOW_SERVED = 64,
	/* Recipients of one message that we remember until its end: the most
	 * that milter.max_recipients may be. */
	LIMIT_RECIPIENTS = 10000,
	/* The same of all open messages of one client, which may have as many
	 * connections as the MTA lets it: 14 MB. tests/test_burst.c measures
	 * 700 octets for one with two rules. */
	LIMIT_CLIENT_RECIPIENTS = 20000,
	/* RFC 5321 section 4.5.3.1.5 gives 512 with code and CRLF; the text
	 * is also quoted in delivery reports (RFC 3464 section 2.3.6). */
	LIMIT_REPLY = 200,
	/* Bytes of one line of the decision log, whatever the peer sent. */
	LIMIT_DECISION = 22 * 1024,
	/* Received fields of one message that we remember; MTAs refuse a loop
	 * well before that. */
	LIMIT_RECEIVED = 100,
	/* Bytes of one Received field: a HELO of 512, two certificate names
	 * of 256 and a path of LIMIT_PATH fill half of it. */
	LIMIT_RECEIVED_FIELD = 4096,
	/* Bytes of a TLS policy for Postfix; real ones have below 1,000. */
	LIMIT_POLICY_TEXT = 8192
};
#endif
