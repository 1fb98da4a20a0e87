/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * endpoint - the address of a socket, as an administrator writes it
 *
 * "unix:PATH", "inet:HOST:PORT", "inet6:[HOST]:PORT", and libmilter's own
 * "local:PATH" and "inet:PORT@HOST". The policy's reader and the daemon both
 * parse addresses here, so the daemon can open each one that was accepted.
 */
#ifndef CONF_BASE_ENDPOINT_H
#define CONF_BASE_ENDPOINT_H

#include "policy/base/err.h"
#include "policy/base/slice.h"

enum endpoint_kind { ENDPOINT_NONE, ENDPOINT_UNIX, ENDPOINT_INET,
	ENDPOINT_INET6 };

/* sun_path has 108 octets. The rest is for the suffixes of the lock file and
 * of the new socket before it is renamed. */
enum { ENDPOINT_PATH = 100, ENDPOINT_HOST = 255 };

struct endpoint {
	enum endpoint_kind kind;
	char path[ENDPOINT_PATH + 1];   /* UNIX: absolute */
	char host[ENDPOINT_HOST + 1];   /* INET, INET6: without brackets */
	unsigned short port;            /* INET, INET6: 1 to 65535 */
};

/* Parses text. -1 with e filled when it is not one of these; *out is written
 * only on success. */
int endpoint_from(struct slice text, struct endpoint *out, struct err *e);

/* Writes an endpoint as libmilter's smfi_setconn() expects it,
 * "inet:PORT@HOST". Returns the length; 512 bytes are always enough. */
size_t endpoint_milter(const struct endpoint *endpoint, char *out,
    size_t size);
/* Writes it for people, as in the policy file. Returns the same. */
size_t endpoint_show(const struct endpoint *endpoint, char *out, size_t size);

/* Whether both are the same address, in whatever spelling they were written. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
#endif
