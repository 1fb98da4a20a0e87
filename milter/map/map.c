/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "milter/map/map.h"
#include "conf/snapshot.h"
#include "milter/base/counters.h"
#include "milter/map/socketmap.h"
#include "milter/map/stsclient.h"
#include "milter/map/unlisted.h"
#include "policy/base/arena.h"
#include "policy/outbound/outbound.h"
#include "policy/outbound/sendmail_server.h"

static_assert((int)OUTBOUND_ANSWER_SIZE <= (int)SOCKETMAP_ANSWER,
    "an answer of the policy fits a frame");

enum { SUMMARY_S = 60 };

/* One for each kind of answer. */
static struct counter counters[] = {
	[OUTBOUND_OK] = {
		.name = "map_ok",
		.family = "map_answers_total",
		.labels = "answer=\"ok\"",
		.help = "Questions answered with a policy.",
		.summary = "ok",
	},
	[OUTBOUND_NOTFOUND] = {
		.name = "map_notfound",
		.family = "map_answers_total",
		.labels = "answer=\"notfound\"",
		.help = "Questions that no rule and no policy answers.",
		.summary = "notfound",
	},
	[OUTBOUND_TEMP] = {
		.name = "map_temp",
		.family = "map_answers_total",
		.labels = "answer=\"temp\"",
		.help = "Questions whose answer makes mail wait.",
		.summary = "temp",
	},
};

struct map {
	struct socketmap *socketmap;    /* owns */
	struct stsclient *published;    /* owns */
	struct event *summary;          /* owns */
	struct event *reloaded;         /* owns */
	struct unlisted unlisted;
	void (*log)(const char *line);
};

/* A question that waits for a published policy. */
struct map_waiting {
	struct stsquestion_waiter waiter; /* first: see map_on_published() */
	struct map *map;
	struct socketmap_client *client;
	bool sts;                       /* Sendmail's own map asks */
	struct outbound_key key;
};

/* The time, or the latest time the state has seen if that is later: an
 * exception that has ended stays ended when the clock is set back. */
static int64_t
map_now_for(const struct snapshot *snapshot)
{
	return state_now(snapshot_state(snapshot), time(NULL));
}

/* Reports a route that no row names, if that was not done today. */
static void
map_report(struct map *map, struct slice route)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (map->log != NULL)
		unlisted_report(&map->unlisted, route, now.tv_sec, map->log);
}

static void
map_answer(struct map *map, struct socketmap_client *client,
    const struct snapshot *snapshot, struct outbound_question *question,
    bool sts)
{
	struct outbound_answer answer;

	if (snapshot == NULL) {
		counter_add(&counters[OUTBOUND_TEMP]);
		socketmap_answer(client, SLICE("TEMP no policy is loaded"));
		return;
	}
	question->now = map_now_for(snapshot);
	outbound_answer(snapshot_policy(snapshot), question, &answer);
	if (answer.unlisted)
		map_report(map, key_slice(&question->key.key));
	if (sts)
		sendmail_server_sts(&question->key, &answer);
	counter_add(&counters[answer.kind]);
	socketmap_answer(client, (struct slice){ answer.text, answer.n });
}

static void
map_on_published(struct stsquestion_waiter *waiter,
    enum publication publication, struct slice text)
{
	struct map_waiting *w = (struct map_waiting *)(void *)waiter;
	struct snapshot *snapshot = snapshot_take();
	struct outbound_question question = {
		.key = w->key,
		.publication = publication,
		.published = text
	};

	socketmap_set_data(w->client, NULL);
	map_answer(w->map, w->client, snapshot, &question, w->sts);
	snapshot_drop(&snapshot);
	free(w);
}

/* Asks what the key's destination publishes, if the settings name a server for
 * that. false: the client is answered later, from map_on_published(). */
static bool
map_ask_published(struct map *map, struct socketmap_client *client,
    const struct settings *settings, struct outbound_question *question,
    bool sts)
{
	struct map_waiting *w;

	if (settings->published.p == NULL ||
	    question->key.form != OUTBOUND_FORM_HOST)
		return true;
	w = xcalloc(1, sizeof(*w));
	w->waiter.done = map_on_published;
	w->map = map;
	w->client = client;
	w->sts = sts;
	w->key = question->key;
	socketmap_set_data(client, w);
	if (!stsclient_ask(map->published, settings->published,
		settings->map_deadline_ms, key_slice(&w->key.key), &w->waiter,
		&question->publication, &question->published))
		return false;
	socketmap_set_data(client, NULL);
	free(w);
	return true;
}

/* Answers the rules of contrib/sendmail, which send what Sendmail saw of a
 * server. */
static void
map_answer_sendmail(struct map *map, struct socketmap_client *client,
    const struct snapshot *snapshot, struct slice key)
{
	struct arena *a = arena_create(4096);
	struct sendmail_server answer;

	sendmail_server_judge(snapshot_policy(snapshot), key,
	    map_now_for(snapshot), a, &answer);
	arena_destroy(&a);
	if (answer.unlisted)
		map_report(map, answer.server);
	counter_add(&counters[answer.hop.kind]);
	socketmap_answer(client, (struct slice){ answer.text, answer.n });
}

static void
map_on_ask(struct socketmap_client *client, struct slice name, struct slice key,
    void *data)
{
	struct map *map = data;
	struct snapshot *snapshot = snapshot_take();
	struct outbound_question question = { .postfix_version = 0 };
	bool sts = slice_eq(name, SLICE("sts"));

	if (snapshot != NULL && slice_eq(name, SLICE("sendmail"))) {
		map_answer_sendmail(map, client, snapshot, key);
	} else {
		outbound_key_read(key, &question.key);
		if (snapshot == NULL || map_ask_published(map, client,
		    &snapshot_policy(snapshot)->settings, &question, sts))
			map_answer(map, client, snapshot, &question, sts);
	}
	snapshot_drop(&snapshot);
}

static void
map_on_leave(struct socketmap_client *client, void *data ATTR_UNUSED)
{
	struct map_waiting *w = socketmap_get_data(client);

	stsquestion_leave(&w->waiter);
	free(w);
}

static void
map_on_summary(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct map *map = data;
	char line[MAP_SUMMARY];

	if (counters_summary("map", line, sizeof(line)) && map->log != NULL)
		map->log(line);
}

static void
map_on_reloaded(evutil_socket_t fd ATTR_UNUSED, short what ATTR_UNUSED,
    void *data)
{
	struct map *map = data;
	struct snapshot *snapshot = snapshot_take();

	if (snapshot != NULL)
		stsclient_reload(map->published,
		    snapshot_policy(snapshot)->settings.published);
	snapshot_drop(&snapshot);
}

void
map_reloaded(struct map *map)
{
	event_active(map->reloaded, EV_TIMEOUT, 0);
}

/* In the order of the keys in the summary; socketmap's and stsclient's
 * follow. */
static void
map_register_counters(void)
{
	counters_register(&counters[OUTBOUND_OK], 1);
	counters_register(&counters[OUTBOUND_NOTFOUND], 1);
	counters_register(&counters[OUTBOUND_TEMP], 1);
}

struct map *
map_create(struct event_base *base, void (*log)(const char *line))
{
	const struct timeval minute = { SUMMARY_S, 0 };
	struct map *map = xcalloc(1, sizeof(*map));
	const struct socketmap_handler handler = { map_on_ask, map_on_leave,
		map };

	map_register_counters();
	map->log = log;
	map->socketmap = socketmap_create(base, &handler);
	map->published = stsclient_create(base);
	map->summary = event_new(base, -1, EV_PERSIST, map_on_summary, map);
	map->reloaded = event_new(base, -1, 0, map_on_reloaded, map);
	if (map->summary == NULL || map->reloaded == NULL ||
	    event_add(map->summary, &minute) < 0)
		abort();
	return map;
}

int
map_listen(struct map *map, int fd, struct err *e)
{
	return socketmap_listen(map->socketmap, fd, e);
}

void
map_unlisten(struct map *map, int fd)
{
	socketmap_unlisten(map->socketmap, fd);
}

void
map_destroy(struct map **map)
{
	struct map *m = *map;

	if (m == NULL)
		return;
	*map = NULL;
	event_free(m->summary);
	event_free(m->reloaded);
	/* First the clients, which leave the questions they wait for. */
	socketmap_destroy(&m->socketmap);
	stsclient_destroy(&m->published);
	free(m);
}
