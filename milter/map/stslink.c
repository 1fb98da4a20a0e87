/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>

#include "milter/map/stslink.h"
#include "conf/base/endpoint.h"
#include "milter/map/netstring.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"

struct stsserver {
	struct event_base *base;
	struct evdns_base *dns;         /* owns; for a host given by name */
	char *text;                     /* owns; as in the settings */
	size_t text_n;
	struct endpoint endpoint;
	struct slice map;               /* its name; in text */
	bool usable;
};

/* ---- the server ---- */

struct stsserver *
stsserver_create(struct event_base *base)
{
	struct stsserver *server = xcalloc(1, sizeof(*server));

	server->base = base;
	return server;
}

void
stsserver_set(struct stsserver *server, struct slice text)
{
	size_t colon = slice_rfind(text, ':');

	free(server->text);
	server->text = xmalloc(text.n + 1);
	memcpy(server->text, text.p, text.n);
	server->text_n = text.n;
	server->map = slice_from((struct slice){ server->text, text.n },
	    colon + 1);
	server->usable = server->map.n > 0 &&
	    endpoint_from(slice_head(text, colon), &server->endpoint, NULL) ==
		0;
}

void
stsserver_destroy(struct stsserver **server)
{
	if (*server == NULL)
		return;
	if ((*server)->dns != NULL)
		evdns_base_free((*server)->dns, 0);
	free((*server)->text);
	free(*server);
	*server = NULL;
}

bool
stsserver_is(const struct stsserver *server, struct slice text)
{
	return slice_eq((struct slice){ server->text, server->text_n }, text);
}

bool
stsserver_is_usable(const struct stsserver *server)
{
	return server->usable;
}

/* ---- answers ---- */

void
stslink_close(struct stslink *link)
{
	if (link->bev != NULL)
		bufferevent_free(link->bev);
	link->bev = NULL;
	link->connected = link->asking = false;
}

static void
stslink_lose(struct stslink *link, enum stslink_loss loss)
{
	stslink_close(link);
	link->handler->lost(link->data, loss);
}

/* "OK text", "NOTFOUND"; anything else, an OK without a text among it, is a
 * failure. */
static enum publication
stslink_read_answer(struct slice payload, struct slice *text)
{
	size_t blank = slice_find(payload, ' ');
	struct slice word = slice_head(payload, blank);

	*text = slice_trim(slice_from(payload, blank + 1));
	if (slice_eq(word, SLICE("OK")) && text->n > 0)
		return PUBLICATION_TEXT;
	*text = SLICE_NONE;
	if (slice_eq(word, SLICE("NOTFOUND")))
		return PUBLICATION_NONE;
	return PUBLICATION_FAILED;
}

static void
stslink_take_answer(struct stslink *link, struct slice payload, size_t used)
{
	struct bufferevent *bev = link->bev;
	struct slice text;
	enum publication publication = stslink_read_answer(payload, &text);

	link->asking = false;
	link->handler->answered(link->data, publication, text);
	/* The handler may have closed the link, and opened it again. */
	if (link->bev == bev)
		evbuffer_drain(bufferevent_get_input(bev), used);
}

static void
stslink_on_readable(struct bufferevent *bev, void *data)
{
	struct stslink *link = data;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct slice input = { NULL, evbuffer_get_length(in) }, payload;
	size_t used;

	assert(link->bev == bev);
	input.p = (const char *)evbuffer_pullup(in, -1);
	if (link->asking)
		switch (netstring_read(input, LIMIT_POLICY_TEXT, &payload,
		    &used)) {
		case NETSTRING_MORE:
			return;
		case NETSTRING_WHOLE:
			stslink_take_answer(link, payload, used);
			return;
		case NETSTRING_BAD:
			break;
		}
	/* No frame, or an answer to no question: what follows it on this
	 * connection cannot be trusted to answer the next one. */
	stslink_lose(link, STSLINK_GARBLED);
}

static void
stslink_on_event(struct bufferevent *bev ATTR_UNUSED, short what, void *data)
{
	struct stslink *link = data;

	if ((what & BEV_EVENT_CONNECTED) != 0)
		link->connected = true;
	else
		stslink_lose(link, link->connected ? STSLINK_CLOSED
						   : STSLINK_REFUSED);
}

/* ---- questions ---- */

static int
stslink_connect_unix(struct bufferevent *bev, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	assert(strlen(path) < sizeof(un.sun_path));
	memcpy(un.sun_path, path, strlen(path) + 1);
	return bufferevent_socket_connect(bev, (struct sockaddr *)&un,
	    sizeof(un));
}

static int
stslink_connect_host(struct bufferevent *bev, struct stsserver *server)
{
	unsigned char address[16];
	const char *host = server->endpoint.host;
	bool numeric = inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;

	if (!numeric && server->dns == NULL)
		server->dns = evdns_base_new(server->base,
		    EVDNS_BASE_INITIALIZE_NAMESERVERS
			| EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!numeric && server->dns == NULL)
		return -1;
	return bufferevent_socket_connect_hostname(bev,
	    numeric ? NULL : server->dns, AF_UNSPEC, host,
	    server->endpoint.port);
}

static int
stslink_connect(struct bufferevent *bev, struct stsserver *server)
{
	switch (server->endpoint.kind) {
	case ENDPOINT_UNIX:
		return stslink_connect_unix(bev, server->endpoint.path);
	case ENDPOINT_INET:
	case ENDPOINT_INET6:
		return stslink_connect_host(bev, server);
	case ENDPOINT_NONE:
		break;
	}
	return -1;
}

static int
stslink_open(struct stslink *link, struct stsserver *server)
{
	assert(link->bev == NULL && !link->connected);
	link->bev = bufferevent_socket_new(server->base, -1,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (link->bev == NULL)
		return -1;
	bufferevent_setcb(link->bev, stslink_on_readable, NULL,
	    stslink_on_event, link);
	bufferevent_setwatermark(link->bev, EV_READ, 0,
	    2 * LIMIT_POLICY_TEXT);
	if (stslink_connect(link->bev, server) < 0) {
		stslink_close(link);
		return -1;
	}
	bufferevent_enable(link->bev, EV_READ | EV_WRITE);
	return 0;
}

int
stslink_ask(struct stslink *link, struct stsserver *server, struct slice key)
{
	struct evbuffer *out;

	assert(server->usable && !link->asking);
	if (link->bev == NULL && stslink_open(link, server) < 0)
		return -1;
	out = bufferevent_get_output(link->bev);
	evbuffer_add_printf(out, "%zu:", server->map.n + 1 + key.n);
	evbuffer_add(out, server->map.p, server->map.n);
	evbuffer_add(out, " ", 1);
	evbuffer_add(out, key.p, key.n);
	evbuffer_add(out, ",", 1);
	link->asking = true;
	return 0;
}

bool
stslink_is_open(const struct stslink *link)
{
	return link->bev != NULL;
}
