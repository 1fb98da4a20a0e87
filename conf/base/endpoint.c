/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>
#include <assert.h>

#include "conf/base/endpoint.h"

static const struct {
	struct slice word;
	enum endpoint_kind kind;
} kinds[] = {
	{ { "unix:", 5 }, ENDPOINT_UNIX },
	{ { "local:", 6 }, ENDPOINT_UNIX },
	{ { "inet:", 5 }, ENDPOINT_INET },
	{ { "inet6:", 6 }, ENDPOINT_INET6 },
};

static int
endpoint_path_from(struct slice path, struct endpoint *out, struct err *e)
{
	if (path.n == 0 || path.p[0] != '/')
		return err_set(e, "a socket's path must begin with \"/\"");
	if (path.n > ENDPOINT_PATH)
		return err_set(e, "a socket's path has at most %d characters",
		    ENDPOINT_PATH);
	if (slice_find(path, '\0') != path.n)
		return err_set(e, "a socket's path cannot contain a NUL");
	memcpy(out->path, path.p, path.n);
	out->path[path.n] = '\0';
	return 0;
}

/* Removes "[...]"; false when one of the brackets is missing. */
static bool
endpoint_unbracket(struct slice *host)
{
	bool opens = host->n > 0 && host->p[0] == '[';
	bool closes = host->n > 1 && host->p[host->n - 1] == ']';

	if (opens && closes)
		*host = slice_head(slice_from(*host, 1), host->n - 2);
	return opens == closes;
}

static bool
endpoint_host_is_plain(struct slice host)
{
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("@[]/", c) != NULL)
			return false;
	}
	return host.n > 0 && host.n <= ENDPOINT_HOST;
}

static int
endpoint_host_from(struct slice host, struct endpoint *out, struct err *e)
{
	struct in6_addr six;

	assert(out->kind == ENDPOINT_INET || out->kind == ENDPOINT_INET6);
	if (!endpoint_unbracket(&host) || !endpoint_host_is_plain(host))
		return err_set(e, "the address is missing: write "
		    "inet:127.0.0.1:PORT or inet6:[::1]:PORT");
	memcpy(out->host, host.p, host.n);
	out->host[host.n] = '\0';
	if (out->kind == ENDPOINT_INET && strchr(out->host, ':') != NULL)
		return err_set(e, "write an IPv6 address as "
		    "inet6:[ADDRESS]:PORT");
	if (out->kind == ENDPOINT_INET6 && strchr(out->host, ':') != NULL &&
	    inet_pton(AF_INET6, out->host, &six) != 1)
		return err_set(e, "this is not an IPv6 address");
	return 0;
}

/* "PORT@HOST" is libmilter's order; "HOST:PORT" is the usual one. */
static int
endpoint_inet_from(struct slice rest, struct endpoint *out, struct err *e)
{
	size_t at = slice_find(rest, '@'), colon = slice_rfind(rest, ':');
	struct slice host, port;
	long number;

	if (at < rest.n) {
		port = slice_head(rest, at);
		host = slice_from(rest, at + 1);
	} else if (colon < rest.n) {
		host = slice_head(rest, colon);
		port = slice_from(rest, colon + 1);
	} else {
		return err_set(e, "a host and a port are needed: "
		    "inet:127.0.0.1:8891");
	}
	if (!slice_int(port, 1, 65535, &number))
		return err_set(e, "the port must be a number from 1 to 65535");
	out->port = (unsigned short)number;
	return endpoint_host_from(host, out, e);
}

int
endpoint_from(struct slice text, struct endpoint *out, struct err *e)
{
	struct endpoint found = { .kind = ENDPOINT_NONE };
	struct slice rest = text;
	int result;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_istarts(text, kinds[i].word)) {
			found.kind = kinds[i].kind;
			rest = slice_from(text, kinds[i].word.n);
			break;
		}
	if (found.kind == ENDPOINT_NONE)
		return err_set(e, "write a socket as unix:PATH, inet:HOST:PORT "
		    "or inet6:[HOST]:PORT");
	if (found.kind == ENDPOINT_UNIX)
		result = endpoint_path_from(rest, &found, e);
	else
		result = endpoint_inet_from(rest, &found, e);
	if (result >= 0)
		*out = found;
	return result;
}

static bool
endpoint_host_is_address(const struct endpoint *endpoint)
{
	struct in6_addr address;

	return inet_pton(AF_INET, endpoint->host, &address) == 1 ||
	    inet_pton(AF_INET6, endpoint->host, &address) == 1;
}

size_t
endpoint_milter(const struct endpoint *endpoint, char *out, size_t size)
{
	const char *family = endpoint->kind == ENDPOINT_INET ? "inet"
							     : "inet6";
	bool brackets = endpoint_host_is_address(endpoint);
	int n;

	assert(endpoint->kind != ENDPOINT_NONE);
	if (endpoint->kind == ENDPOINT_UNIX)
		n = snprintf(out, size, "unix:%s", endpoint->path);
	else
		n = snprintf(out, size, "%s:%u@%s%s%s", family,
		    (unsigned)endpoint->port, brackets ? "[" : "",
		    endpoint->host, brackets ? "]" : "");
	return n < 0 ? 0 : (size_t)n;
}

size_t
endpoint_show(const struct endpoint *endpoint, char *out, size_t size)
{
	int n;

	assert(endpoint->kind != ENDPOINT_NONE);
	if (endpoint->kind == ENDPOINT_UNIX)
		n = snprintf(out, size, "unix:%s", endpoint->path);
	else if (endpoint->kind == ENDPOINT_INET)
		n = snprintf(out, size, "inet:%s:%u", endpoint->host,
		    (unsigned)endpoint->port);
	else
		n = snprintf(out, size, "inet6:[%s]:%u", endpoint->host,
		    (unsigned)endpoint->port);
	return n < 0 ? 0 : (size_t)n;
}

bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == ENDPOINT_UNIX)
		return strcmp(a->path, b->path) == 0;
	return a->port == b->port &&
	    slice_ieq(slice_of(a->host), slice_of(b->host));
}
