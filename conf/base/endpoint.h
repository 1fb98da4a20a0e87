/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoint - where a socket is found, as an administrator writes it
 *
 * "unix:PATH", "inet:HOST:PORT", "inet6:[HOST]:PORT", and libmilter's own
 * "local:PATH" and "inet:PORT@HOST". The reader checks with it what the
 * daemon listens on with it.
 */
#ifndef CONF_BASE_ENDPOINT_H
#define CONF_BASE_ENDPOINT_H

#include "policy/base/err.h"
#include "policy/base/slice.h"

enum endpoint_kind { ENDPOINT_NONE, ENDPOINT_UNIX, ENDPOINT_INET,
	ENDPOINT_INET6 };

/* sun_path holds 108 octets; the rest is for the suffixes of the lock and of
 * the socket that is not in place yet. */
enum { ENDPOINT_PATH = 100, ENDPOINT_HOST = 255 };

struct endpoint {
	enum endpoint_kind kind;
	char path[ENDPOINT_PATH + 1];   /* UNIX: absolute */
	char host[ENDPOINT_HOST + 1];   /* no brackets; "" is never written */
	unsigned short port;            /* 1 to 65535 */
};

/* Reads text; -1 says what is wrong with it. *out is written on success. */
int endpoint_from(struct slice text, struct endpoint *out, struct err *e);

/* Writes it as libmilter's smfi_setconn() takes it: "inet:PORT@HOST".
 * Returns the length; 512 bytes always fit. */
size_t endpoint_milter(const struct endpoint *endpoint, char *out,
    size_t size);
/* Writes it for people, as in the policy file. */
size_t endpoint_show(const struct endpoint *endpoint, char *out, size_t size);
#endif
