/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "milter/map/stsclient.h"
#include "milter/base/counters.h"
#include "milter/map/stscache.h"
#include "milter/map/stslink.h"
#include "milter/map/stsquestion.h"
#include "policy/base/arena.h"

enum {
	PENDING = 1000,                 /* questions without an answer yet */
	LINKS = 8,                      /* one question each at a time */
	TRIES = 2,                      /* a kept connection may be stale */
	/* How long a server that refused a connection is left alone. */
	DOWN_MS = 1000
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

struct stsclient_link {
	struct stslink link;
	struct stsclient *client;
	struct stsquestion *question;    /* NULL: free */
};

struct stsclient {
	struct event *kick;             /* owns: there is something to ask */
	struct event *timer;            /* owns: the first deadline */
	struct stsserver *server;       /* owns */
	struct stscache *cache;         /* owns */
	int64_t down_until;             /* ms, monotonic: the server refused a
	                                 * connection, and is left alone */
	struct stsquestions pending;    /* owns */
	struct stsclient_link links[LINKS];
};

static int64_t
stsclient_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
stsclient_kick(struct stsclient *client)
{
	event_active(client->kick, EV_TIMEOUT, 0);
}

/* ---- pending questions ---- */

static void
stsclient_set_timer(struct stsclient *client)
{
	struct stsquestion *first = stsquestion_first(&client->pending);
	struct timeval in = { 0, 0 };
	int64_t ms;

	if (first == NULL) {
		event_del(client->timer);
		return;
	}
	/* The coarse clock may be a tick behind. */
	ms = first->deadline - stsclient_now_ms() + 5;
	if (ms < 1)
		ms = 1;
	in.tv_sec = ms / 1000;
	in.tv_usec = (suseconds_t)(ms % 1000) * 1000;
	event_add(client->timer, &in);
}

static struct stsquestion *
stsclient_begin_question(struct stsclient *client,
    struct stscache_entry *entry, int64_t deadline)
{
	struct stsquestion *q = xcalloc(1, sizeof(*q));

	q->entry = entry;
	q->deadline = deadline;
	entry->holder = q;
	assert(client->pending.count < PENDING);
	stsquestion_add(&client->pending, q);
	if (stsquestion_first(&client->pending) == q)
		stsclient_set_timer(client);
	stsclient_kick(client);
	return q;
}

/* Ends a question with an answer, or with a failure. */
static void
stsclient_end_question(struct stsclient *client, struct stsquestion *q,
    enum publication publication, struct slice text)
{
	stsquestion_remove(&client->pending, q);
	q->answered = true;
	if (publication == PUBLICATION_FAILED)
		counter_add(&counters[COUNT_FAILED]);
	stscache_learn(client->cache, q->entry, publication, text,
	    stsclient_now_ms());
	stsquestion_call_waiters(q);
	/* Of another server the same may have been asked since. */
	if (q->entry->holder == q)
		stscache_release(client->cache, q->entry);
	free(q);
	stsclient_set_timer(client);
}

/* ---- links ---- */

/* What the link was asked waits for another one. */
static void
stsclient_free_link(struct stsclient_link *l)
{
	if (l->question != NULL)
		l->question->sent = false;
	l->question = NULL;
}

static void
stsclient_close_link(struct stsclient_link *l)
{
	stslink_close(&l->link);
	stsclient_free_link(l);
}

static void
stsclient_on_answer(void *data, enum publication publication,
    struct slice text)
{
	struct stsclient_link *l = data;
	struct stsclient *client = l->client;
	struct stsquestion *q = l->question;

	assert(q != NULL && q->sent);
	stsclient_free_link(l);
	stsclient_end_question(client, q, publication, text);
	stsclient_kick(client);
}

static void
stsclient_on_loss(void *data, enum stslink_loss loss)
{
	struct stsclient_link *l = data;

	switch (loss) {
	case STSLINK_REFUSED:
		l->client->down_until = stsclient_now_ms() + DOWN_MS;
		break;
	case STSLINK_GARBLED:
		if (l->question != NULL)
			l->question->tries = TRIES;
		break;
	case STSLINK_CLOSED:
		break;
	}
	stsclient_free_link(l);
	stsclient_kick(l->client);
}

static const struct stslink_handler link_handler = { stsclient_on_answer,
	stsclient_on_loss };

/* A link that carries no question, one that is open before others; NULL: none
 * is free. */
static struct stsclient_link *
stsclient_find_link(struct stsclient *client)
{
	struct stsclient_link *spare = NULL;

	for (unsigned i = 0; i < LINKS; i++) {
		struct stsclient_link *l = &client->links[i];

		if (l->question != NULL)
			continue;
		if (stslink_is_open(&l->link))
			return l;
		if (spare == NULL)
			spare = l;
	}
	return spare;
}

/* ---- asking ---- */

static int
stsclient_send(struct stsclient *client, struct stsclient_link *l,
    struct stsquestion *q)
{
	const struct stscache_entry *entry = q->entry;

	if (stslink_ask(&l->link, client->server,
		(struct slice){ entry->key, entry->key_n }) < 0) {
		client->down_until = stsclient_now_ms() + DOWN_MS;
		return -1;
	}
	q->sent = true;
	q->tries++;
	l->question = q;
	counter_add(&counters[COUNT_ASKED]);
	return 0;
}

static bool
stsclient_can_ask(const struct stsclient *client,
    const struct stsquestion *q)
{
	return stsserver_is_usable(client->server) &&
	    stsclient_now_ms() >= client->down_until && q->tries < TRIES;
}

/* Sends the questions that wait, as far as there are links; those that cannot
 * be sent fail. */
static void
stsclient_on_kick(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct stsclient *client = data;
	struct stsquestion *q;

	while ((q = stsquestion_next_unsent(&client->pending)) != NULL) {
		struct stsclient_link *l = stsclient_find_link(client);
		bool can = stsclient_can_ask(client, q);

		if (can && l == NULL)
			return;
		if (!can || stsclient_send(client, l, q) < 0)
			stsclient_end_question(client, q, PUBLICATION_FAILED,
			    SLICE_NONE);
	}
}

/* The link of a late answer is closed: the answer would be read as that to
 * the next question. */
static void
stsclient_on_deadline(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct stsclient *client = data;
	struct stsquestion *q;

	while ((q = stsquestion_first(&client->pending)) != NULL &&
	    q->deadline <= stsclient_now_ms()) {
		for (unsigned i = 0; i < LINKS; i++)
			if (client->links[i].question == q)
				stsclient_close_link(&client->links[i]);
		stsclient_end_question(client, q, PUBLICATION_FAILED,
		    SLICE_NONE);
	}
	stsclient_set_timer(client);
	stsclient_kick(client);
}

/* ---- for others ---- */

/* Another server publishes other policies: the answers of the old one are
 * forgotten, and what it was asked the new one is asked. */
static void
stsclient_set_server(struct stsclient *client, struct slice server)
{
	for (unsigned i = 0; i < LINKS; i++)
		stsclient_close_link(&client->links[i]);
	stscache_forget(client->cache);
	stsquestion_begin_anew(&client->pending);
	stsserver_set(client->server, server);
	client->down_until = 0;
}

void
stsclient_reload(struct stsclient *client, struct slice server)
{
	if (server.p == NULL)
		server = SLICE("");
	if (stsserver_is(client->server, server)) {
		stscache_outdate(client->cache);
		return;
	}
	stsclient_set_server(client, server);
	stsclient_kick(client);
}

struct stsclient *
stsclient_create(struct event_base *base)
{
	struct stsclient *client = xcalloc(1, sizeof(*client));

	counters_register(counters, STSCLIENT_COUNTERS);
	stsquestion_init(&client->pending);
	for (unsigned i = 0; i < LINKS; i++) {
		client->links[i].client = client;
		client->links[i].link.handler = &link_handler;
		client->links[i].link.data = &client->links[i];
	}
	client->server = stsserver_create(base);
	client->cache = stscache_create();
	client->kick = event_new(base, -1, 0, stsclient_on_kick, client);
	client->timer = event_new(base, -1, 0, stsclient_on_deadline, client);
	if (client->kick == NULL || client->timer == NULL)
		abort();
	return client;
}

void
stsclient_destroy(struct stsclient **client)
{
	struct stsclient *c = *client;
	struct stsquestion *q;

	if (c == NULL)
		return;
	*client = NULL;
	for (unsigned i = 0; i < LINKS; i++)
		stsclient_close_link(&c->links[i]);
	while ((q = stsquestion_first(&c->pending)) != NULL) {
		assert(q->waiters == NULL);
		stsquestion_remove(&c->pending, q);
		free(q);
	}
	stscache_destroy(&c->cache);
	stsserver_destroy(&c->server);
	event_free(c->kick);
	event_free(c->timer);
	free(c);
}

bool
stsclient_ask(struct stsclient *client, struct slice server,
    unsigned deadline_ms, struct slice key, struct stsquestion_waiter *waiter,
    enum publication *publication, struct slice *text)
{
	bool full = client->pending.count >= PENDING;
	int64_t now = stsclient_now_ms();
	struct stscache_entry *entry;
	struct stsquestion *q;

	*publication = PUBLICATION_FAILED;
	*text = SLICE_NONE;
	if (!stsserver_is(client->server, server))
		stsclient_set_server(client, server);
	entry = stscache_find(client->cache, key);
	if (entry == NULL && full)
		return true;
	if (entry == NULL)
		entry = stscache_add(client->cache, key);
	q = entry->holder;
	if (q != NULL && !q->answered) {
		stsquestion_wait(q, waiter);
		return false;
	}
	if (now < entry->fresh_until || full) {
		counter_add(&counters[COUNT_CACHED]);
		*publication = entry->publication;
		*text = (struct slice){ entry->text, entry->text_n };
		return true;
	}
	q = stsclient_begin_question(client, entry, now + deadline_ms);
	stsquestion_wait(q, waiter);
	return false;
}
