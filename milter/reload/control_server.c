/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <jansson.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "milter/reload/control_server.h"
#include "conf/base/control.h"
#include "conf/loss.h"
#include "conf/snapshot.h"
#include "conf/state/pending.h"
#include "milter/base/counters.h"
#include "milter/base/lastclients.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/control_reload.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/keeper.h"
#include "milter/reload/log_report.h"
#include "milter/reload/reloader.h"
#include "milter/reload/state_report.h"
#include "milter/session/message.h"
#include "policy/base/arena.h"
#include "policy/base/jsontext.h"

enum { CLIENTS = 16, BACKLOG = 128, GROUPS = 256, REPORT_MS = 60000 };

struct client {
	struct control_server *control;
	struct bufferevent *bev;        /* owns */
	struct event *deadline;         /* owns; of a whole frame */
	uint64_t number;                /* never given twice */
	uid_t uid;
	bool waiting;                   /* for the reloader's thread */
	struct client *next;
};

struct control_socket {
	struct control_server *control;
	struct evconnlistener *listener;        /* owns */
	gid_t group;
	struct control_socket *next;
};

struct control_server {
	struct event_base *base;
	struct control_socket *sockets; /* owns */
	struct client *clients;         /* owns */
	unsigned count;
	uint64_t numbers;
	int64_t started_ms;
	int64_t reported_ms;            /* last refusal logged; 0: none */
	unsigned unreported;            /* refusals since */
};

/* An answer of the reloader's thread, for a client that may have left. */
struct control_answer {
	struct control_server *control;
	struct event_base *base;        /* outlives control */
	uint64_t number;
	json_t *answer;                 /* owns */
};

/* Accepts connections only while there is room for another client. */
static void
control_set_accepting(struct control_server *control)
{
	for (struct control_socket *sock = control->sockets; sock != NULL;
	     sock = sock->next) {
		if (control->count < CLIENTS)
			evconnlistener_enable(sock->listener);
		else
			evconnlistener_disable(sock->listener);
	}
}

static void
control_close_client(struct client *client)
{
	struct client **at = &client->control->clients;

	assert(client->control->count > 0);
	while (*at != client) {
		assert(*at != NULL);
		at = &(*at)->next;
	}
	*at = client->next;
	client->control->count--;
	control_set_accepting(client->control);
	event_free(client->deadline);
	bufferevent_free(client->bev);
	free(client);
}

/* Takes answer. */
static void
control_reply(struct client *client, json_t *answer)
{
	char *text = jsontext_dump(answer, JSONTEXT_LINE);
	struct evbuffer *out = bufferevent_get_output(client->bev);

	json_decref(answer);
	evbuffer_add_printf(out, "%s\n", text == NULL
	    ? "{\"ok\":false,\"error\":\"internal error\"}" : text);
	free(text);
}

static void
control_refuse(struct client *client, const char *why)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_false());
	json_object_set_new(answer, "error", json_string(why));
	control_reply(client, answer);
}

/* The time for a frame runs from the end of the one before. Octets that arrive
 * meanwhile do not extend it. */
static void
control_begin_frame(struct client *client)
{
	static const struct timeval frame = { CONTROL_SECONDS, 0 };

	event_add(client->deadline, &frame);
}

static void control_on_read(struct bufferevent *bev, void *data);

/* On the loop: gives an answer to the client that waits for it. */
static void
control_deliver(evutil_socket_t fd ATTR_UNUSED, short events ATTR_UNUSED,
    void *data)
{
	struct control_answer *later = data;
	struct client *client = later->control->clients;

	while (client != NULL && client->number != later->number)
		client = client->next;
	if (client != NULL) {
		assert(client->waiting);
		client->waiting = false;
		control_reply(client, later->answer);
		control_begin_frame(client);
		bufferevent_enable(client->bev, EV_READ);
		/* It may have sent another request meanwhile. */
		control_on_read(client->bev, client);
	} else
		json_decref(later->answer);
	free(later);
}

/* From the reloader's thread. Takes answer. */
static void
control_reply_later(struct control_answer *later, json_t *answer)
{
	static const struct timeval at_once;

	later->answer = answer;
	if (event_base_once(later->base, -1, EV_TIMEOUT, control_deliver,
	    later, &at_once) < 0) {
		json_decref(answer);
		free(later);
	}
}

/* Reads nothing more from the client until it has its answer. */
static struct control_answer *
control_await(struct client *client)
{
	struct control_answer *later = xcalloc(1, sizeof(*later));

	assert(!client->waiting);
	later->control = client->control;
	later->base = client->control->base;
	later->number = client->number;
	client->waiting = true;
	event_del(client->deadline);
	bufferevent_disable(client->bev, EV_READ);
	return later;
}

/* What another person has to approve, and until when what one person granted
 * acts. Times are numbers: seconds since 1970. */
static void
control_add_waiting(json_t *answer, const struct change_made *out)
{
	if (out->acts_until != 0)
		json_object_set_new(answer, "acts_until",
		    json_integer(out->acts_until));
	if (!out->waits)
		return;
	json_object_set_new(answer, "waits", json_true());
	json_object_set_new(answer, "approve_until",
	    json_integer(out->approve_until));
}

static void
control_changed(bool made, const struct change_made *out, const struct err *e,
    void *data)
{
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_boolean(made));
	if (made) {
		json_object_set_new(answer, "id", json_string(out->id));
		if (out->already)
			json_object_set_new(answer, "already", json_true());
		control_add_waiting(answer, out);
	} else {
		json_object_set_new(answer, "error",
		    jsontext_exact(slice_of(e->text)));
		/* Who asks may have said so already. */
		if (e->number == EUCLEAN)
			json_object_set_new(answer, "damaged", json_true());
	}
	control_reply_later(data, answer);
}

/* The uid, as the kernel saw it, if it is a person's: not root's, and not that
 * of the daemon, which owns the state. */
static uid_t
control_person(uid_t uid)
{
	return uid == (uid_t)-1 || uid == geteuid() ? 0 : uid;
}

static void
control_do_change(struct client *client, const json_t *request)
{
	struct arena *a = arena_create(1024);
	struct actor actor = { .uid = client->uid,
		.person = control_person(client->uid), .losses = loss_count,
		.clock = loop_wall_ms() / 1000 };
	struct change change;
	struct err e;

	if (change_from_json(request, a, &change, &e) < 0)
		control_refuse(client, e.text);
	else {
		actor.reason = change.reason;
		actor.claimed_by = change.claimed_by;
		reloader_change(&change, &actor, control_changed,
		    control_await(client));
	}
	arena_destroy(&a);
}

static void
control_reloaded(const struct reload_outcome *outcome, void *data)
{
	control_reply_later(data, control_reload_json(outcome));
}

static void
control_do_reload(struct client *client, const json_t *request)
{
	bool allows = json_object_get(request, "allow_loss") != NULL;
	struct consent consent;
	struct err e;

	if (allows && control_reload_consent(request, client->uid, &consent,
	    &e) < 0) {
		control_refuse(client, e.text);
		return;
	}
	log_notice("reload asked for by uid %lu%s%.*s",
	    (unsigned long)client->uid, allows ? ", allowing the loss " : "",
	    allows ? DIGEST_TEXT : 0, allows ? consent.digest : "");
	reloader_request_reload(allows ? &consent : NULL, control_reloaded,
	    control_await(client));
}

/* Returns new. */
static json_t *
control_warnings_json(const struct state *state)
{
	char texts[WARNING_COUNT][WARNING_TEXT];
	size_t count = warnings_list(texts);
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list,
		    jsontext_exact(slice_of(texts[i])));
	state_report_pauses(list, state);
	if (strcmp(diskcheck_known_word(), "changed") == 0)
		json_array_append_new(list, json_string("the policy's files "
		    "have changed since they were read: run `enforcetls check` "
		    "and `enforcetls reload`"));
	return list;
}

static void
control_do_status(struct client *client, const json_t *request ATTR_UNUSED)
{
	struct snapshot *now = snapshot_take();
	const struct policy *policy = snapshot_policy(now);
	const struct state *state = snapshot_state(now);
	json_t *answer = json_object();

	json_object_set_new(answer, "ok", json_true());
	json_object_set_new(answer, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(answer, "pid", json_integer(getpid()));
	json_object_set_new(answer, "up_seconds", json_integer(
	    (loop_monotonic_ms() - client->control->started_ms) / 1000));
	json_object_set_new(answer, "messages_under_way",
	    json_integer((json_int_t)message_count()));
	json_object_set_new(answer, "recipients",
	    json_integer((json_int_t)message_asked()));
	control_policy_add(answer, policy);
	log_report_add(answer, policy,
	    state_now(state, loop_wall_ms() / 1000));
	json_object_set_new(answer, "on_disk",
	    json_string(diskcheck_known_word()));
	json_object_set_new(answer, "state", json_string(
	    state == NULL ? "none" : state->health == STATE_GOOD ? "good" :
	    state->health == STATE_FRESH ? "fresh" : "damaged"));
	if (state != NULL) {
		if (state->health == STATE_DAMAGED)
			json_object_set_new(answer, "state_damage",
			    jsontext_exact(slice_of(state->damage.text)));
		json_object_set_new(answer, "state_generation",
		    json_integer((json_int_t)state->generation));
		state_report_counts(answer, policy, state);
		state_report_differing(answer, policy, state);
	}
	json_object_set_new(answer, "warnings", control_warnings_json(state));
	snapshot_drop(&now);
	control_reply(client, answer);
}

static void
control_do_stats(struct client *client, const json_t *request ATTR_UNUSED)
{
	json_t *answer = json_object(), *counts = json_object();

	for (const struct counter *c = counters_first(); c != NULL;
	     c = c->next)
		json_object_set_new(counts, c->name,
		    json_integer((json_int_t)counter_value(c)));
	json_object_set_new(answer, "ok", json_true());
	json_object_set_new(answer, "counts", counts);
	control_reply(client, answer);
}

/* Passes the archive of the policy in force. The descriptor goes with the
 * octets of its answer, so none may be before them in the queue. */
static void
control_do_policy(struct client *client, const json_t *request ATTR_UNUSED)
{
	evutil_socket_t to = bufferevent_getfd(client->bev);
	struct err e;
	int fd;

	if (evbuffer_get_length(bufferevent_get_output(client->bev)) > 0) {
		control_refuse(client, "ask for the policy alone");
		return;
	}
	fd = keeper_open(&e);
	if (fd < 0)
		control_refuse(client, e.text);
	else if (!control_send_with(to, SLICE("{\"ok\":true}\n"), fd))
		/* Part of the line may be sent: it is no answer. */
		shutdown(to, SHUT_RDWR);
	if (fd >= 0)
		close(fd);
}

static const struct {
	const char *name;
	void (*run)(struct client *client, const json_t *request);
} requests[] = {
	{ "status", control_do_status },
	{ "reload", control_do_reload },
	{ "stats", control_do_stats },
	{ "change", control_do_change },
	{ "policy", control_do_policy },
};

static void
control_serve(struct client *client, const char *line, size_t n)
{
	json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	struct slice what = jsontext_at(request, "do");

	for (size_t i = 0; i < COUNT_OF(requests); i++)
		if (slice_eq(slice_of(requests[i].name), what)) {
			requests[i].run(client, request);
			json_decref(request);
			return;
		}
	control_refuse(client, "not a request that is known here");
	json_decref(request);
}

static void
control_on_read(struct bufferevent *bev, void *data)
{
	struct client *client = data;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer *out = bufferevent_get_output(bev);
	size_t n;
	char *line;

	/* A client that does not read its answers is not read from. */
	while (!client->waiting &&
	    evbuffer_get_length(out) < CONTROL_FRAME &&
	    (line = evbuffer_readln(in, &n, EVBUFFER_EOL_LF)) != NULL) {
		control_begin_frame(client);
		control_serve(client, line, n);
		free(line);
	}
	if (evbuffer_get_length(in) >= CONTROL_FRAME && !client->waiting &&
	    evbuffer_get_length(out) == 0)
		control_close_client(client);
}

/* The answers are sent: there may be more to read. */
static void
control_on_write(struct bufferevent *bev, void *data)
{
	control_on_read(bev, data);
}

static void
control_on_deadline(evutil_socket_t fd ATTR_UNUSED, short events ATTR_UNUSED,
    void *data)
{
	control_close_client(data);
}

/* End of file, an error, or answers that nobody reads. */
static void
control_on_event(struct bufferevent *bev ATTR_UNUSED, short events ATTR_UNUSED,
    void *data)
{
	control_close_client(data);
}

/* Whether group is the primary group of a peer, or a supplementary one. */
static bool
control_is_member(int fd, const struct ucred *peer, gid_t group)
{
	gid_t groups[GROUPS];
	socklen_t size = sizeof(groups);

	if (group == (gid_t)-1)
		return false;
	if (peer->gid == group)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(groups[0]); i++)
		if (groups[i] == group)
			return true;
	return false;
}

static bool
control_is_allowed(int fd, gid_t group, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	*uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid() ||
	    control_is_member(fd, &peer, group);
}

/* Once a minute: anybody who can connect could fill the log. */
static void
control_log_refusal(struct control_server *control, uid_t uid)
{
	int64_t now = loop_monotonic_ms();

	control->unreported++;
	if (control->reported_ms != 0 && now - control->reported_ms < REPORT_MS)
		return;
	log_warning("control: uid %lu was refused (%u times)",
	    (unsigned long)uid, control->unreported);
	control->reported_ms = now;
	control->unreported = 0;
}

static void
control_on_connect(struct evconnlistener *listener ATTR_UNUSED,
    evutil_socket_t fd, struct sockaddr *address ATTR_UNUSED,
    int length ATTR_UNUSED, void *data)
{
	static const struct timeval frame = { CONTROL_SECONDS, 0 };
	struct control_socket *sock = data;
	struct control_server *control = sock->control;
	struct client *client;
	uid_t uid = (uid_t)-1;

	if (!control_is_allowed(fd, sock->group, &uid)) {
		control_log_refusal(control, uid);
		close(fd);
		return;
	}
	client = xcalloc(1, sizeof(*client));
	client->control = control;
	client->uid = uid;
	client->number = ++control->numbers;
	client->bev = bufferevent_socket_new(control->base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (client->bev == NULL) {
		close(fd);
		free(client);
		return;
	}
	client->next = control->clients;
	control->clients = client;
	control->count++;
	control_set_accepting(control);
	bufferevent_setwatermark(client->bev, EV_READ, 0, CONTROL_FRAME);
	bufferevent_set_timeouts(client->bev, NULL, &frame);
	bufferevent_setcb(client->bev, control_on_read, control_on_write,
	    control_on_event, client);
	client->deadline =
	    evtimer_new(control->base, control_on_deadline, client);
	control_begin_frame(client);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

struct control_server *
control_server_create(struct event_base *base)
{
	struct control_server *control = xcalloc(1, sizeof(*control));

	control->base = base;
	control->started_ms = loop_monotonic_ms();
	return control;
}

int
control_server_listen(struct control_server *control, int fd, gid_t group,
    struct err *e)
{
	struct control_socket *sock = xcalloc(1, sizeof(*sock));

	sock->control = control;
	sock->group = group;
	sock->listener = evconnlistener_new(control->base, control_on_connect,
	    sock, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
	if (sock->listener == NULL) {
		free(sock);
		close(fd);
		return err_set(e, "control: the event loop does not take a "
		    "listening socket");
	}
	sock->next = control->sockets;
	control->sockets = sock;
	return 0;
}

void
control_server_set_group(struct control_server *control, int fd, gid_t group)
{
	for (struct control_socket *sock = control->sockets; sock != NULL;
	     sock = sock->next)
		if (evconnlistener_get_fd(sock->listener) == fd)
			sock->group = group;
}

void
control_server_unlisten(struct control_server *control, int fd)
{
	struct control_socket **at = &control->sockets, *sock;

	while (*at != NULL && evconnlistener_get_fd((*at)->listener) != fd)
		at = &(*at)->next;
	if (*at == NULL)
		return;
	sock = *at;
	lastclients_accept(sock->listener, control_on_connect, sock);
	*at = sock->next;
	evconnlistener_free(sock->listener);
	free(sock);
}

void
control_server_destroy(struct control_server **control)
{
	struct control_server *c = *control;

	if (c == NULL)
		return;
	while (c->clients != NULL)
		control_close_client(c->clients);
	while (c->sockets != NULL) {
		struct control_socket *sock = c->sockets;

		c->sockets = sock->next;
		evconnlistener_free(sock->listener);
		free(sock);
	}
	free(c);
	*control = NULL;
}
