/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_access - what entries of the access map say about TLS
 *
 * An entry is found by a tag and a host, a domain, an address or nothing. Some
 * ask for TLS, others switch it off for one peer, past what the rules of this
 * server are.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_ACCESS_H
#define CONF_SENDMAIL_SENDMAIL_ACCESS_H

#include "policy/base/slice.h"

enum sendmail_access_tag {
	SENDMAIL_TLS_SRV,               /* what a server has to prove */
	SENDMAIL_TLS_CLT,               /* what a client has to prove */
	SENDMAIL_TLS_RCPT,              /* what the server of a recipient has */
	SENDMAIL_TRY_TLS,               /* whether STARTTLS is used */
	SENDMAIL_SRV_FEATURES,          /* what clients are offered */
	SENDMAIL_CLT_FEATURES,          /* what servers are used with */
	SENDMAIL_TLS_SRV_FEATURES,      /* how, as a server */
	SENDMAIL_TLS_CLT_FEATURES       /* how, as a client */
};

struct sendmail_access {
	enum sendmail_access_tag tag;
	const char *name;               /* of the tag: "Try_TLS" */
	struct slice peer;              /* borrows; empty: any */
	const char *off;                /* what it switches off, for after "for
	                                 * this peer"; NULL: nothing */
};

/* Reads an entry; false: it is not about TLS. The case of letters of the tag
 * does not count: maps fold it. */
bool sendmail_access_read(struct slice key, struct slice value,
    struct sendmail_access *out);
#endif
