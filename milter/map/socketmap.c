/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/listener.h>

#include "milter/map/socketmap.h"
#include "milter/base/counters.h"
#include "milter/base/lastclients.h"
#include "milter/map/netstring.h"
#include "policy/base/arena.h"

enum {
	READ_SIZE = 16384,
	INPUT_SIZE = SOCKETMAP_REQUEST + NETSTRING_FRAME + READ_SIZE,
	OUTPUT_SIZE = 65536,

	/* Postfix closes after 10 s without a question and waits 100 s for an
	 * answer; Sendmail keeps its connection (FACTS 77). */
	IDLE_S = 900,
	/* A request is one write; this allows for a slow network. */
	REQUEST_S = 10,
	UNREAD_S = 100,
	SWEEP_S = 2,
	/* How long no connection is accepted when descriptors run out. */
	PAUSE_US = 200000
};

enum {
	COUNT_MALFORMED,
	COUNT_SLOW,
	COUNT_ACCEPTED,
	COUNT_TURNED_AWAY,
	COUNT_OPEN,
	SOCKETMAP_COUNTERS
};

static struct counter counters[SOCKETMAP_COUNTERS] = {
	[COUNT_MALFORMED] = {
		.name = "map_malformed",
		.family = "map_malformed_total",
		.labels = "",
		.help = "Requests that are none of the socketmap protocol.",
		.summary = "malformed",
	},
	[COUNT_SLOW] = {
		.name = "map_slow",
		.family = "map_slow_total",
		.labels = "",
		.help = "Connections closed because the client was slow.",
		.summary = "slow",
	},
	[COUNT_ACCEPTED] = {
		.name = "map_accepted",
		.family = "map_accepted_total",
		.labels = "",
		.help = "Connections accepted.",
		.summary = "connections",
		.minor = true,
	},
	[COUNT_TURNED_AWAY] = {
		.name = "map_turned_away",
		.family = "map_turned_away_total",
		.labels = "",
		.help = "Connections closed because 10,000 were open, or the "
		    "system watches no more.",
		.summary = "turned_away",
	},
	[COUNT_OPEN] = {
		.name = "map_connections",
		.family = "map_connections",
		.labels = "",
		.help = "Connections open now.",
		.summary = "open",
		.kind = COUNTER_NOW,
		.minor = true,
	},
};

/*
 * What a client does. It is read from only while it ASKS. A client that WAITS
 * continues with the answer, one that ENDS is closed when it hangs up.
 */
enum client_state {
	CLIENT_ASKS,
	CLIENT_WAITS,                   /* for the handler's answer */
	CLIENT_ENDS                     /* it has been answered why */
};

struct socketmap_client {
	LIST_ENTRY(socketmap_client) link;
	struct socketmap *map;
	void *data;                     /* the handler's */
	struct event *readable;         /* owns; and its descriptor */
	struct event *writable;         /* owns; NULL until a write is short */
	struct evbuffer *unsent;        /* owns; NULL until then */
	char *held;                     /* owns; input not served yet */
	size_t held_n;
	time_t since;                   /* when the state, or a wait, began */
	enum client_state state;
};

struct map_socket {
	SLIST_ENTRY(map_socket) link;
	struct evconnlistener *listener;        /* owns */
};

struct socketmap {
	struct event_base *base;
	struct socketmap_handler handler;
	struct event *sweep;            /* owns */
	struct event *resume;           /* owns */
	SLIST_HEAD(, map_socket) listeners;
	LIST_HEAD(, socketmap_client) clients;
	unsigned client_count;
	struct socketmap_client *serving; /* in socketmap_serve(), or NULL */
	char input[INPUT_SIZE];
	char output[OUTPUT_SIZE];       /* answers to serving, not yet sent */
	size_t output_n;
};

static time_t
socketmap_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

static void
socketmap_client_close(struct socketmap_client *c)
{
	struct socketmap *map = c->map;
	int fd = event_get_fd(c->readable);

	assert(map->client_count > 0 && fd >= 0);
	if (c->state == CLIENT_WAITS)
		map->handler.leave(c, map->handler.data);
	LIST_REMOVE(c, link);
	counter_set(&counters[COUNT_OPEN], --map->client_count);
	event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	if (c->unsent != NULL)
		evbuffer_free(c->unsent);
	close(fd);
	free(c->held);
	free(c);
}

/* ---- sending ---- */

static void socketmap_client_resume(struct socketmap_client *c);

static bool
socketmap_is_unsent(const struct socketmap_client *c)
{
	return c->unsent != NULL && evbuffer_get_length(c->unsent) > 0;
}

/* Ends a connection after its last answer. It is closed when the peer closes:
 * closing it with input unread could make the peer lose the answer. */
static void
socketmap_end_sending(struct socketmap_client *c)
{
	shutdown(event_get_fd(c->readable), SHUT_WR);
	c->since = socketmap_now_s();
	event_add(c->readable, NULL);
}

static void
socketmap_on_writable(evutil_socket_t fd, short what ATTR_UNUSED, void *data)
{
	struct socketmap_client *c = data;

	if (evbuffer_write(c->unsent, fd) < 0 && errno != EAGAIN &&
	    errno != EINTR) {
		socketmap_client_close(c);
		return;
	}
	c->since = socketmap_now_s();
	if (socketmap_is_unsent(c))
		event_add(c->writable, NULL);
	else if (c->state == CLIENT_ENDS)
		socketmap_end_sending(c);
	else if (c->state == CLIENT_ASKS)
		socketmap_client_resume(c);
}

/* Keeps what the socket did not take. Until the peer has read its answers,
 * nothing more is read from it. */
static void
socketmap_keep_unsent(struct socketmap_client *c, struct slice rest)
{
	if (c->unsent == NULL) {
		c->unsent = evbuffer_new();
		c->writable = event_new(c->map->base, event_get_fd(c->readable),
		    EV_WRITE, socketmap_on_writable, c);
		if (c->unsent == NULL || c->writable == NULL)
			abort();
	}
	if (!socketmap_is_unsent(c))
		c->since = socketmap_now_s();
	evbuffer_add(c->unsent, rest.p, rest.n);
	event_add(c->writable, NULL);
	event_del(c->readable);
}

/* Sends bytes or keeps them; false: the connection is closed. */
static bool
socketmap_client_send(struct socketmap_client *c, struct slice bytes)
{
	ssize_t n = 0;

	if (!socketmap_is_unsent(c))
		n = send(event_get_fd(c->readable), bytes.p, bytes.n,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		socketmap_client_close(c);
		return false;
	}
	bytes = slice_from(bytes, n < 0 ? 0 : (size_t)n);
	if (bytes.n > 0)
		socketmap_keep_unsent(c, bytes);
	return true;
}

/* Sends the answers collected in output; false: the connection is closed. */
static bool
socketmap_flush(struct socketmap_client *c)
{
	struct slice bytes = { c->map->output, c->map->output_n };

	c->map->output_n = 0;
	return bytes.n == 0 || socketmap_client_send(c, bytes);
}

void
socketmap_answer(struct socketmap_client *c, struct slice text)
{
	struct socketmap *map = c->map;
	char frame[SOCKETMAP_ANSWER + NETSTRING_FRAME];
	size_t n;

	assert(text.n <= SOCKETMAP_ANSWER);
	if (c->state == CLIENT_WAITS)
		c->state = CLIENT_ASKS;
	if (map->serving == c) {
		assert(OUTPUT_SIZE - map->output_n >= text.n + NETSTRING_FRAME);
		map->output_n += netstring_write(text,
		    map->output + map->output_n, OUTPUT_SIZE - map->output_n);
		return;
	}
	n = netstring_write(text, frame, sizeof(frame));
	if (socketmap_client_send(c, (struct slice){ frame, n }) &&
	    !socketmap_is_unsent(c))
		socketmap_client_resume(c);
}

/* ---- reading ---- */

static void
socketmap_hold(struct socketmap_client *c, struct slice rest)
{
	char *held = NULL;

	if (rest.n > 0) {
		held = xmalloc(rest.n);
		memcpy(held, rest.p, rest.n);
	}
	free(c->held);
	c->held = held;
	c->held_n = rest.n;
}

static void
socketmap_answer_malformed(struct socketmap_client *c, struct slice text)
{
	counter_add(&counters[COUNT_MALFORMED]);
	socketmap_answer(c, text);
}

static void
socketmap_ask(struct socketmap_client *c, struct slice request)
{
	struct socketmap *map = c->map;
	size_t blank = slice_find(request, ' ');

	if (blank == 0 || blank == request.n) {
		socketmap_answer_malformed(c,
		    SLICE("TEMP not a request: NAME KEY"));
		return;
	}
	c->state = CLIENT_WAITS;
	map->handler.ask(c, slice_head(request, blank),
	    slice_from(request, blank + 1), map->handler.data);
}

static bool
socketmap_has_room(const struct socketmap *map)
{
	return OUTPUT_SIZE - map->output_n >=
	    SOCKETMAP_ANSWER + NETSTRING_FRAME;
}

/* Cuts whole requests off *input and has them answered, until one has to wait
 * or there are no more. */
static enum netstring
socketmap_ask_all(struct socketmap_client *c, struct slice *input, bool *closed)
{
	enum netstring frame = NETSTRING_MORE;
	struct slice request;
	size_t used;

	*closed = false;
	while (c->state == CLIENT_ASKS && !socketmap_is_unsent(c)) {
		frame = netstring_read(*input, SOCKETMAP_REQUEST, &request,
		    &used);
		if (frame != NETSTRING_WHOLE)
			break;
		*input = slice_from(*input, used);
		socketmap_ask(c, request);
		if (!socketmap_has_room(c->map) && !socketmap_flush(c)) {
			*closed = true;
			break;
		}
	}
	return frame;
}

/* Answers the whole requests in input and keeps the rest. May close the
 * client. */
static void
socketmap_serve(struct socketmap_client *c, struct slice input)
{
	struct socketmap *map = c->map;
	size_t before = input.n;
	enum netstring frame;
	bool closed;

	assert(map->serving == NULL && map->output_n == 0);
	map->serving = c;
	frame = socketmap_ask_all(c, &input, &closed);
	if (!closed && frame == NETSTRING_BAD) {
		socketmap_answer_malformed(c, SLICE("TEMP not a netstring"));
		c->state = CLIENT_ENDS;
		input.n = 0;
	}
	map->serving = NULL;
	if (closed)
		return;
	/* The time for a request runs from its first octet. */
	if (c->held_n == 0 || input.n < before)
		c->since = socketmap_now_s();
	socketmap_hold(c, input);
	if (c->state == CLIENT_WAITS)
		event_del(c->readable);
	if (socketmap_flush(c) && c->state == CLIENT_ENDS &&
	    !socketmap_is_unsent(c))
		socketmap_end_sending(c);
}

static void
socketmap_on_readable(evutil_socket_t fd, short what ATTR_UNUSED, void *data)
{
	struct socketmap_client *c = data;
	struct socketmap *map = c->map;
	size_t held = c->held_n;
	ssize_t n;

	assert(held < INPUT_SIZE);
	if (held > 0)
		memcpy(map->input, c->held, held);
	n = recv(fd, map->input + held, INPUT_SIZE - held, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		socketmap_client_close(c);
	else if (c->state == CLIENT_ASKS)
		socketmap_serve(c,
		    (struct slice){ map->input, held + (size_t)n });
}

/* After a wait: serves the input that is held, then reads again. */
static void
socketmap_client_resume(struct socketmap_client *c)
{
	struct socketmap *map = c->map;
	size_t held = c->held_n;

	assert(c->state == CLIENT_ASKS && held <= INPUT_SIZE);
	event_add(c->readable, NULL);
	c->since = socketmap_now_s();
	if (held == 0)
		return;
	memcpy(map->input, c->held, held);
	socketmap_serve(c, (struct slice){ map->input, held });
}

/* ---- connections ---- */

/* c may be NULL; it is not in the list of clients. */
static void
socketmap_turn_away(struct socketmap_client *c, int fd)
{
	counter_add(&counters[COUNT_TURNED_AWAY]);
	if (c != NULL && c->readable != NULL)
		event_free(c->readable);
	free(c);
	close(fd);
}

static void
socketmap_on_connect(struct evconnlistener *listener ATTR_UNUSED,
    evutil_socket_t fd, struct sockaddr *peer ATTR_UNUSED,
    int length ATTR_UNUSED, void *data)
{
	struct socketmap *map = data;
	struct socketmap_client *c;

	if (map->client_count >= SOCKETMAP_CLIENTS) {
		socketmap_turn_away(NULL, fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	c->map = map;
	c->since = socketmap_now_s();
	c->readable = event_new(map->base, fd, EV_READ | EV_PERSIST,
	    socketmap_on_readable, c);
	/* The kernel watches no more descriptors. */
	if (c->readable == NULL || event_add(c->readable, NULL) < 0) {
		socketmap_turn_away(c, fd);
		return;
	}
	LIST_INSERT_HEAD(&map->clients, c, link);
	counter_set(&counters[COUNT_OPEN], ++map->client_count);
	counter_add(&counters[COUNT_ACCEPTED]);
}

static void
socketmap_on_accept_error(struct evconnlistener *listener, void *data)
{
	struct socketmap *map = data;
	const struct timeval pause = { 0, PAUSE_US };

	evconnlistener_disable(listener);
	event_add(map->resume, &pause);
}

static void
socketmap_on_resume(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct socketmap *map = data;
	struct map_socket *l;

	SLIST_FOREACH (l, &map->listeners, link)
		evconnlistener_enable(l->listener);
}

static bool
socketmap_is_overdue(const struct socketmap_client *c, time_t now)
{
	time_t age = now - c->since;

	if (socketmap_is_unsent(c))
		return age > UNREAD_S;
	switch (c->state) {
	case CLIENT_WAITS:
		return false;
	case CLIENT_ENDS:
		return age > REQUEST_S;
	case CLIENT_ASKS:
		break;
	}
	return age > (c->held_n > 0 ? REQUEST_S : IDLE_S);
}

static void
socketmap_on_sweep(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct socketmap *map = data;
	struct socketmap_client *c = LIST_FIRST(&map->clients), *next;
	time_t now = socketmap_now_s();

	for (; c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (!socketmap_is_overdue(c, now))
			continue;
		if (c->held_n > 0 || socketmap_is_unsent(c))
			counter_add(&counters[COUNT_SLOW]);
		socketmap_client_close(c);
	}
}

struct socketmap *
socketmap_create(struct event_base *base,
    const struct socketmap_handler *handler)
{
	const struct timeval interval = { SWEEP_S, 0 };
	struct socketmap *map = xcalloc(1, sizeof(*map));

	counters_register(counters, SOCKETMAP_COUNTERS);
	map->base = base;
	map->handler = *handler;
	SLIST_INIT(&map->listeners);
	LIST_INIT(&map->clients);
	map->sweep = event_new(base, -1, EV_PERSIST, socketmap_on_sweep, map);
	map->resume = event_new(base, -1, 0, socketmap_on_resume, map);
	if (map->sweep == NULL || map->resume == NULL ||
	    event_add(map->sweep, &interval) < 0)
		abort();
	return map;
}

int
socketmap_listen(struct socketmap *map, int fd, struct err *e)
{
	struct map_socket *l = xcalloc(1, sizeof(*l));

	l->listener = evconnlistener_new(map->base, socketmap_on_connect, map,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (l->listener == NULL) {
		free(l);
		close(fd);
		return err_set(e, "socketmap: the event loop does not take a "
		    "listening socket");
	}
	evconnlistener_set_error_cb(l->listener, socketmap_on_accept_error);
	SLIST_INSERT_HEAD(&map->listeners, l, link);
	return 0;
}

void
socketmap_unlisten(struct socketmap *map, int fd)
{
	struct map_socket *l;

	SLIST_FOREACH (l, &map->listeners, link)
		if (evconnlistener_get_fd(l->listener) == fd)
			break;
	if (l == NULL)
		return;
	lastclients_accept(l->listener, socketmap_on_connect, map);
	SLIST_REMOVE(&map->listeners, l, map_socket, link);
	evconnlistener_free(l->listener);
	free(l);
}

void
socketmap_destroy(struct socketmap **map)
{
	struct socketmap *m = *map;
	struct map_socket *l;

	if (m == NULL)
		return;
	*map = NULL;
	while ((l = SLIST_FIRST(&m->listeners)) != NULL) {
		SLIST_REMOVE_HEAD(&m->listeners, link);
		evconnlistener_free(l->listener);
		free(l);
	}
	while (!LIST_EMPTY(&m->clients))
		socketmap_client_close(LIST_FIRST(&m->clients));
	event_free(m->sweep);
	event_free(m->resume);
	free(m);
}

void
socketmap_set_data(struct socketmap_client *client, void *data)
{
	client->data = data;
}

void *
socketmap_get_data(const struct socketmap_client *client)
{
	return client->data;
}
