/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>

#include "milter/map/stsclient.h"
#include "conf/base/endpoint.h"
#include "milter/base/counters.h"
#include "milter/map/netstring.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"

enum {
	BUCKETS = 1024,                 /* a power of two */
	ENTRIES = 4096,
	TEXTS = 4 << 20,                /* octets of all of them */
	PENDING = 1000,                 /* questions on their way */
	LINKS = 8,                      /* one question each at a time */
	TRIES = 2,                      /* a kept connection may be stale */

	/* Those servers have caches of their own; this one takes the bursts. */
	FRESH_MS = 30 * 1000,
	FAILURE_MS = 1000,
	/* A policy learnt lately stands while its server is away. */
	STALE_MS = 60 * 60 * 1000
};

enum { COUNT_ASKED, COUNT_CACHED, COUNT_FAILED, STSCLIENT_COUNTERS };

static struct counter counters[STSCLIENT_COUNTERS] = {
	[COUNT_ASKED] = {
		.name = "map_published_asked",
		.family = "map_published_asked_total",
		.labels = "",
		.help = "Questions sent to the server of published policies.",
		.summary = "published_asked",
		.minor = true,
	},
	[COUNT_CACHED] = {
		.name = "map_published_cached",
		.family = "map_published_cached_total",
		.labels = "",
		.help = "Published policies answered from the cache.",
		.summary = "published_cached",
		.minor = true,
	},
	[COUNT_FAILED] = {
		.name = "map_published_failed",
		.family = "map_published_failed_total",
		.labels = "",
		.help = "Questions about published policies without an answer.",
		.summary = "published_failed",
		.minor = true,
	},
};

enum state { STATE_KNOWN, STATE_QUEUED, STATE_ASKED };

struct stsclient_entry {
	TAILQ_ENTRY(stsclient_entry) age;       /* of all: oldest use first */
	TAILQ_ENTRY(stsclient_entry) wait;      /* of pending: by deadline */
	LIST_ENTRY(stsclient_entry) bucket;
	enum state state;
	bool settling;                  /* its waiters are being told */
	unsigned tries;
	int64_t deadline;
	int64_t fresh_until;
	int64_t stale_until;            /* TEXT only */
	enum publication publication;
	char *text;                     /* owns */
	size_t text_n;
	struct stsclient_waiter *waiters;
	size_t key_n;
	char key[];
};

struct link {
	struct stsclient *p;
	struct bufferevent *bev;        /* owns; NULL: not connected */
	bool connected;
	struct stsclient_entry *asked;
};

TAILQ_HEAD(entries, stsclient_entry);

struct stsclient {
	struct event_base *base;
	struct evdns_base *dns;         /* owns; for a host given by name */
	struct event *kick;             /* owns: there is something to ask */
	struct event *timer;            /* owns: the first deadline */
	char *server;                   /* owns; as in the settings */
	size_t server_n;
	struct endpoint endpoint;
	struct slice name;              /* of the map; in server */
	bool usable;                    /* server could be read */
	int64_t down_until;
	struct entries ages;
	struct entries pending;
	LIST_HEAD(bucket, stsclient_entry) buckets[BUCKETS];
	size_t entry_count;
	size_t pending_count;
	size_t text_bytes;
	struct link links[LINKS];
};

static int64_t
stsclient_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is known ---- */

static struct bucket *
stsclient_bucket_of(struct stsclient *p, struct slice key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ (unsigned char)key.p[i]) * 16777619u;
	return &p->buckets[hash & (BUCKETS - 1)];
}

static struct stsclient_entry *
stsclient_entry_find(struct stsclient *p, struct slice key)
{
	struct stsclient_entry *e;

	LIST_FOREACH (e, stsclient_bucket_of(p, key), bucket)
		if (slice_eq((struct slice){ e->key, e->key_n }, key))
			return e;
	return NULL;
}

static void
stsclient_entry_free(struct stsclient *p, struct stsclient_entry *e)
{
	TAILQ_REMOVE(&p->ages, e, age);
	LIST_REMOVE(e, bucket);
	p->entry_count--;
	p->text_bytes -= e->text_n;
	free(e->text);
	free(e);
}

/* Forgets what was used least lately until the rest is within bounds. */
static void
stsclient_forget_old(struct stsclient *p)
{
	struct stsclient_entry *e = TAILQ_FIRST(&p->ages), *next;

	for (; e != NULL &&
	     (p->entry_count > ENTRIES || p->text_bytes > TEXTS);
	     e = next) {
		next = TAILQ_NEXT(e, age);
		if (e->state == STATE_KNOWN && !e->settling)
			stsclient_entry_free(p, e);
	}
}

static struct stsclient_entry *
stsclient_entry_add(struct stsclient *p, struct slice key)
{
	struct stsclient_entry *e = xcalloc(1, sizeof(*e) + key.n);

	e->key_n = key.n;
	memcpy(e->key, key.p, key.n);
	LIST_INSERT_HEAD(stsclient_bucket_of(p, key), e, bucket);
	TAILQ_INSERT_TAIL(&p->ages, e, age);
	p->entry_count++;
	stsclient_forget_old(p);
	return e;
}

static void
stsclient_entry_learn(struct stsclient *p, struct stsclient_entry *e,
    enum publication publication, struct slice text)
{
	int64_t now = stsclient_now_ms();

	if (publication == PUBLICATION_FAILED) {
		counter_add(&counters[COUNT_FAILED]);
		e->fresh_until = now + FAILURE_MS;
		if (e->publication != PUBLICATION_TEXT || now > e->stale_until)
			e->publication = PUBLICATION_FAILED;
		return;
	}
	p->text_bytes -= e->text_n;
	free(e->text);
	e->text = NULL;
	e->text_n = text.n;
	if (text.n > 0) {
		e->text = xmalloc(text.n);
		memcpy(e->text, text.p, text.n);
	}
	p->text_bytes += e->text_n;
	e->publication = publication;
	e->fresh_until = now + FRESH_MS;
	e->stale_until = now + STALE_MS;
}

/* ---- the queue ---- */

static void
stsclient_set_timer(struct stsclient *p)
{
	struct stsclient_entry *first = TAILQ_FIRST(&p->pending);
	struct timeval in = { 0, 0 };
	int64_t ms;

	if (first == NULL) {
		event_del(p->timer);
		return;
	}
	/* The coarse clock may be a tick behind. */
	ms = first->deadline - stsclient_now_ms() + 5;
	if (ms < 1)
		ms = 1;
	in.tv_sec = ms / 1000;
	in.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	event_add(p->timer, &in);
}

static void
stsclient_entry_queue(struct stsclient *p, struct stsclient_entry *e)
{
	struct stsclient_entry *before = TAILQ_LAST(&p->pending, entries);

	e->state = STATE_QUEUED;
	while (before != NULL && before->deadline > e->deadline)
		before = TAILQ_PREV(before, entries, wait);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&p->pending, e, wait);
	else
		TAILQ_INSERT_AFTER(&p->pending, before, e, wait);
	p->pending_count++;
	if (TAILQ_FIRST(&p->pending) == e)
		stsclient_set_timer(p);
	event_active(p->kick, EV_TIMEOUT, 0);
}

/* Ends a question and tells everybody who waits for it. One waiter may make
 * others leave. */
static void
stsclient_entry_settle(struct stsclient *p, struct stsclient_entry *e,
    enum publication publication, struct slice text)
{
	struct stsclient_waiter *w;

	TAILQ_REMOVE(&p->pending, e, wait);
	p->pending_count--;
	e->state = STATE_KNOWN;
	e->settling = true;
	stsclient_entry_learn(p, e, publication, text);
	while ((w = e->waiters) != NULL) {
		e->waiters = w->next;
		w->entry = NULL;
		w->done(w, e->publication,
		    (struct slice){ e->text, e->text_n });
	}
	e->settling = false;
	stsclient_forget_old(p);
	stsclient_set_timer(p);
}

/* ---- connections ---- */

static void
stsclient_link_close(struct link *link)
{
	if (link->bev != NULL)
		bufferevent_free(link->bev);
	link->bev = NULL;
	link->connected = false;
	if (link->asked != NULL)
		link->asked->state = STATE_QUEUED;
	link->asked = NULL;
}

/* "OK text", "NOTFOUND"; anything else, an OK without a text among it, is a
 * failure. */
static enum publication
stsclient_read_answer(struct slice payload, struct slice *text)
{
	size_t blank = slice_find(payload, ' ');
	struct slice word = slice_head(payload, blank);

	*text = slice_trim(slice_from(payload, blank + 1));
	if (slice_eq(word, SLICE("OK")) && text->n > 0)
		return PUBLICATION_TEXT;
	if (slice_eq(word, SLICE("NOTFOUND"))) {
		*text = SLICE_NONE;
		return PUBLICATION_NONE;
	}
	*text = SLICE_NONE;
	return PUBLICATION_FAILED;
}

static void
stsclient_on_answer(struct bufferevent *bev, void *data)
{
	struct link *link = data;
	struct stsclient *p = link->p;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct stsclient_entry *e = link->asked;
	struct slice input = { NULL, evbuffer_get_length(in) };
	struct slice payload, text;
	enum publication publication;
	size_t used;

	input.p = (const char *)evbuffer_pullup(in, -1);
	if (e != NULL)
		switch (netstring_read(input, LIMIT_POLICY_TEXT, &payload,
		    &used)) {
		case NETSTRING_MORE:
			return;
		case NETSTRING_WHOLE:
			link->asked = NULL;
			publication = stsclient_read_answer(payload, &text);
			stsclient_entry_settle(p, e, publication, text);
			/* The waiters may have changed the server. */
			if (link->bev == bev)
				evbuffer_drain(in, used);
			event_active(p->kick, EV_TIMEOUT, 0);
			return;
		case NETSTRING_BAD:
			break;
		}
	/* An answer nobody asked for, or no answer at all: whatever comes
	 * behind it belongs to no question. */
	if (e != NULL)
		e->tries = TRIES;
	stsclient_link_close(link);
	event_active(p->kick, EV_TIMEOUT, 0);
}

static void
stsclient_on_link(struct bufferevent *bev ATTR_UNUSED, short what, void *data)
{
	struct link *link = data;
	struct stsclient *p = link->p;

	if ((what & BEV_EVENT_CONNECTED) != 0) {
		link->connected = true;
		return;
	}
	if (!link->connected)
		p->down_until = stsclient_now_ms() + FAILURE_MS;
	stsclient_link_close(link);
	event_active(p->kick, EV_TIMEOUT, 0);
}

static int
stsclient_connect_unix(struct bufferevent *bev, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memcpy(un.sun_path, path, strlen(path) + 1);
	return bufferevent_socket_connect(bev, (struct sockaddr *)&un,
	    sizeof(un));
}

static int
stsclient_connect_host(struct stsclient *p, struct bufferevent *bev)
{
	unsigned char address[16];
	const char *host = p->endpoint.host;
	bool numeric = inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;

	if (!numeric && p->dns == NULL)
		p->dns = evdns_base_new(p->base,
		    EVDNS_BASE_INITIALIZE_NAMESERVERS
			| EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!numeric && p->dns == NULL)
		return -1;
	return bufferevent_socket_connect_hostname(bev,
	    numeric ? NULL : p->dns, AF_UNSPEC, host, p->endpoint.port);
}

static bool
stsclient_link_open(struct stsclient *p, struct link *link)
{
	int rc = -1;

	link->bev = bufferevent_socket_new(p->base, -1,
	    BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (link->bev == NULL)
		return false;
	bufferevent_setcb(link->bev, stsclient_on_answer, NULL,
	    stsclient_on_link, link);
	bufferevent_setwatermark(link->bev, EV_READ, 0,
	    2 * LIMIT_POLICY_TEXT);
	switch (p->endpoint.kind) {
	case ENDPOINT_UNIX:
		rc = stsclient_connect_unix(link->bev, p->endpoint.path);
		break;
	case ENDPOINT_INET:
	case ENDPOINT_INET6:
		rc = stsclient_connect_host(p, link->bev);
		break;
	case ENDPOINT_NONE:
		break;
	}
	if (rc != 0) {
		stsclient_link_close(link);
		p->down_until = stsclient_now_ms() + FAILURE_MS;
		return false;
	}
	bufferevent_enable(link->bev, EV_READ | EV_WRITE);
	return true;
}

static struct link *
stsclient_free_link(struct stsclient *p)
{
	struct link *spare = NULL;

	for (unsigned i = 0; i < LINKS; i++) {
		struct link *link = &p->links[i];

		if (link->asked != NULL)
			continue;
		if (link->bev != NULL)
			return link;
		if (spare == NULL)
			spare = link;
	}
	return spare;
}

static bool
stsclient_link_ask(struct stsclient *p, struct link *link,
    struct stsclient_entry *e)
{
	struct evbuffer *out;

	if (link->bev == NULL && !stsclient_link_open(p, link))
		return false;
	out = bufferevent_get_output(link->bev);
	evbuffer_add_printf(out, "%zu:", p->name.n + 1 + e->key_n);
	evbuffer_add(out, p->name.p, p->name.n);
	evbuffer_add(out, " ", 1);
	evbuffer_add(out, e->key, e->key_n);
	evbuffer_add(out, ",", 1);
	e->state = STATE_ASKED;
	e->tries++;
	link->asked = e;
	counter_add(&counters[COUNT_ASKED]);
	return true;
}

static struct stsclient_entry *
stsclient_next_queued(struct stsclient *p)
{
	struct stsclient_entry *e;

	TAILQ_FOREACH (e, &p->pending, wait)
		if (e->state == STATE_QUEUED)
			return e;
	return NULL;
}

static void
stsclient_on_kick(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct stsclient *p = data;
	struct stsclient_entry *e;
	struct link *link;

	while ((e = stsclient_next_queued(p)) != NULL) {
		bool tell = !p->usable || stsclient_now_ms() < p->down_until ||
		    e->tries >= TRIES;

		if (!tell && (link = stsclient_free_link(p)) == NULL)
			return;
		if (tell || !stsclient_link_ask(p, link, e))
			stsclient_entry_settle(p, e, PUBLICATION_FAILED,
			    SLICE_NONE);
	}
}

/* A server that is late is asked no more on that connection: its answer
 * would be taken for the next one's. */
static void
stsclient_on_deadline(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct stsclient *p = data;
	struct stsclient_entry *e;

	while ((e = TAILQ_FIRST(&p->pending)) != NULL &&
	    e->deadline <= stsclient_now_ms()) {
		for (unsigned i = 0; i < LINKS; i++)
			if (p->links[i].asked == e)
				stsclient_link_close(&p->links[i]);
		stsclient_entry_settle(p, e, PUBLICATION_FAILED, SLICE_NONE);
	}
	stsclient_set_timer(p);
	event_active(p->kick, EV_TIMEOUT, 0);
}

/* ---- for others ---- */

/* Another server publishes other policies: nothing known of the old one is
 * kept, and what it was asked is asked again. */
static void
stsclient_set_server(struct stsclient *p, struct slice server)
{
	struct stsclient_entry *e = TAILQ_FIRST(&p->ages), *next;
	size_t colon = slice_rfind(server, ':');

	for (unsigned i = 0; i < LINKS; i++)
		stsclient_link_close(&p->links[i]);
	for (; e != NULL; e = next) {
		next = TAILQ_NEXT(e, age);
		if (e->state == STATE_KNOWN && !e->settling)
			stsclient_entry_free(p, e);
		else
			e->fresh_until = e->stale_until = 0;
	}
	free(p->server);
	p->server = xmalloc(server.n + 1);
	memcpy(p->server, server.p, server.n);
	p->server_n = server.n;
	p->name = slice_from((struct slice){ p->server, server.n }, colon + 1);
	p->usable = p->name.n > 0 &&
	    endpoint_from(slice_head(server, colon), &p->endpoint, NULL) ==
		0;
	p->down_until = 0;
}

struct stsclient *
stsclient_create(struct event_base *base)
{
	struct stsclient *p = xcalloc(1, sizeof(*p));

	counters_register(counters, STSCLIENT_COUNTERS);
	p->base = base;
	TAILQ_INIT(&p->ages);
	TAILQ_INIT(&p->pending);
	for (unsigned i = 0; i < BUCKETS; i++)
		LIST_INIT(&p->buckets[i]);
	for (unsigned i = 0; i < LINKS; i++)
		p->links[i].p = p;
	p->kick = event_new(base, -1, 0, stsclient_on_kick, p);
	p->timer = event_new(base, -1, 0, stsclient_on_deadline, p);
	if (p->kick == NULL || p->timer == NULL)
		abort();
	return p;
}

void
stsclient_destroy(struct stsclient **p)
{
	struct stsclient *gone = *p;

	if (gone == NULL)
		return;
	*p = NULL;
	for (unsigned i = 0; i < LINKS; i++)
		stsclient_link_close(&gone->links[i]);
	while (!TAILQ_EMPTY(&gone->ages))
		stsclient_entry_free(gone, TAILQ_FIRST(&gone->ages));
	if (gone->dns != NULL)
		evdns_base_free(gone->dns, 0);
	event_free(gone->kick);
	event_free(gone->timer);
	free(gone->server);
	free(gone);
}

bool
stsclient_ask(struct stsclient *p, struct slice server, unsigned deadline_ms,
    struct slice key, struct stsclient_waiter *waiter,
    enum publication *publication, struct slice *text)
{
	struct stsclient_entry *e;
	int64_t now = stsclient_now_ms();

	if (!slice_eq(server, (struct slice){ p->server, p->server_n }))
		stsclient_set_server(p, server);
	e = stsclient_entry_find(p, key);
	if (e == NULL && p->pending_count < PENDING)
		e = stsclient_entry_add(p, key);
	*publication = PUBLICATION_FAILED;
	*text = SLICE_NONE;
	if (e == NULL)
		return true;
	TAILQ_REMOVE(&p->ages, e, age);
	TAILQ_INSERT_TAIL(&p->ages, e, age);
	if (e->state == STATE_KNOWN &&
	    (now < e->fresh_until || p->pending_count >= PENDING)) {
		counter_add(&counters[COUNT_CACHED]);
		*publication = e->publication;
		*text = (struct slice){ e->text, e->text_n };
		return true;
	}
	waiter->entry = e;
	waiter->next = e->waiters;
	e->waiters = waiter;
	if (e->state == STATE_KNOWN) {
		e->tries = 0;
		e->deadline = now + deadline_ms;
		stsclient_entry_queue(p, e);
	}
	return false;
}

void
stsclient_leave(struct stsclient *p ATTR_UNUSED,
    struct stsclient_waiter *waiter)
{
	struct stsclient_waiter **at;

	if (waiter->entry == NULL)
		return;
	for (at = &waiter->entry->waiters; *at != NULL; at = &(*at)->next)
		if (*at == waiter) {
			*at = waiter->next;
			break;
		}
	waiter->entry = NULL;
}
