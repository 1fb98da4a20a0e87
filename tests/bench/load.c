/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "tests/bench/load.h"
#include "policy/base/arena.h"
#include "tests/bench/phrase.h"
#include "tests/driver/daemon.h"
#include "tests/driver/dial.h"

enum { WAITS = 1 << 20, EVENTS = 256, OPEN_MS = 60000 };

/* The command whose answer is expected. */
enum awaited { AWAIT_TERMS, AWAIT_CONNECT, AWAIT_HELO, AWAIT_MAIL, AWAIT_STRICT,
	AWAIT_RCPT, AWAIT_DATA, AWAIT_END };

struct one {
	int fd;
	enum awaited awaited;
	bool parked;
	bool ready;                     /* has finished HELO */
	unsigned messages;              /* left on this connection */
	double asked_ms;                /* when its RCPT was sent */
	struct one *next_idle;
	char in[PHRASE];
	size_t in_n;
};

struct sessions {
	struct load load;
	int poll;
	struct terms terms;
	bool terms_known;
	struct phrases phrases;
	struct one *list;
	unsigned open;                  /* how many of the list */
	unsigned ready;                 /* how many have finished HELO */
	bool running;
	struct one *idle;               /* waiting, if there is a rate */
	double begun_ms;
	unsigned long begun;            /* messages */
	float *waits;                   /* owns; in milliseconds */
	size_t wait_count;
	unsigned long sequence;
	struct load_result result;
};

static int
send_all(int fd, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done < 0)
			return err_errno(e, "writing to the filter");
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
send_offer(struct one *one, struct err *e)
{
	struct wire offer = { 0 };
	int result;

	wire_begin(&offer, SMFIC_OPTNEG);
	wire_u32(&offer, WIRE_VERSION);
	wire_u32(&offer, WIRE_ACTIONS);
	wire_u32(&offer, WIRE_STEPS);
	wire_end(&offer);
	result = send_all(one->fd, offer.p, offer.n, e);
	wire_clear(&offer);
	return result;
}

/* Connects and sends the offer. Only connect(2) may wait. */
static int
open_one(struct sessions *s, struct one *one, struct err *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = one };

	one->in_n = 0;
	one->messages = s->load.messages;
	one->awaited = AWAIT_TERMS;
	one->fd = dial(s->load.where, e);
	if (one->fd < 0)
		return -1;
	if (epoll_ctl(s->poll, EPOLL_CTL_ADD, one->fd, &event) < 0)
		return err_errno(e, "epoll_ctl");
	return send_offer(one, e);
}

static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

void
load_close(struct sessions **sessions)
{
	struct sessions *s = *sessions;

	for (unsigned i = 0; i < s->open; i++)
		if (s->list[i].fd > 0)
			close(s->list[i].fd);
	phrases_clear(&s->phrases);
	wire_terms_clear(&s->terms);
	close(s->poll);
	free(s->list);
	free(s->waits);
	free(s);
	*sessions = NULL;
}

/* Adds a phrase to out; true if an answer is expected. */
static bool
add(struct one *one, struct phrase *p, enum awaited what, unsigned long row,
    char *out, size_t *n)
{
	*n += phrase_put(p, row, out + *n);
	one->awaited = what;
	return p->awaited;
}

/* With a rate, adds a session that is too early to the idle ones. */
static bool
must_wait(struct sessions *s, struct one *one)
{
	if (s->load.rate > 0 && (double)s->begun >
	    (now_ms() - s->begun_ms) / 1e3 * s->load.rate) {
		one->next_idle = s->idle;
		s->idle = one;
		return true;
	}
	s->begun++;
	return false;
}

static void
note_wait(struct sessions *s, const struct one *one)
{
	double ms = now_ms() - one->asked_ms;

	if (s->wait_count < WAITS)
		s->waits[s->wait_count++] = (float)ms;
	if (ms > 10)
		s->result.late++;
}

/* Sends the next commands up to one with an answer; for a parked session, up to
 * HELO. */
static int
send_next(struct sessions *s, struct one *one, enum awaited next,
    struct err *e)
{
	/* Knuth's multiplier: every row in turn, in no order. */
	unsigned long row = s->sequence * 2654435761u % s->load.rows;
	struct phrases *all = &s->phrases;
	char out[6 * PHRASE];
	size_t n = 0;

	switch (next) {
	case AWAIT_TERMS:
	case AWAIT_CONNECT:
		if (add(one, &all->connect, AWAIT_CONNECT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_HELO:
		if (add(one, &all->helo, AWAIT_HELO, row, out, &n))
			break;
		/* fall through */
	case AWAIT_MAIL:
		if (s->running && !one->parked && must_wait(s, one)) {
			one->awaited = AWAIT_MAIL;
			break;
		}
		if (!s->running || one->parked) {
			one->awaited = AWAIT_MAIL;
			s->ready += !one->ready;
			one->ready = true;
			break;
		}
		s->sequence++;
		if (add(one, &all->mail, AWAIT_MAIL, row, out, &n))
			break;
		/* fall through */
	case AWAIT_STRICT:
		if (s->sequence % LOAD_STRICT == 0
		    && add(one, &all->strict, AWAIT_STRICT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_RCPT:
		one->asked_ms = now_ms();
		if (add(one, &all->rcpt, AWAIT_RCPT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_DATA:
		if (add(one, &all->data, AWAIT_DATA, row, out, &n))
			break;
		/* fall through */
	case AWAIT_END:
		add(one, &all->end, AWAIT_END, row, out, &n);
		break;
	}
	return send_all(one->fd, out, n, e);
}

static void
note_wrong(struct sessions *s, const char *what, char command,
    struct slice payload)
{
	char text[128];

	slice_show(payload, text, sizeof(text));
	if (s->result.wrong++ == 0)
		snprintf(s->result.first_wrong,
		    sizeof(s->result.first_wrong), "%s was answered '%c' %s",
		    what, command, text);
}

/* Whether the answer for a strict destination is right. */
static bool
is_refusal(char command, struct slice payload)
{
	return command == SMFIR_REPLYCODE
	    && slice_starts(payload, SLICE("554 5.7.10 "))
	    && payload.n > 40;
}

static int
renew(struct sessions *s, struct one *one, struct err *e)
{
	struct wire quit = { 0 };

	wire_plain(&quit, SMFIC_QUIT);
	send_all(one->fd, quit.p, quit.n, NULL);
	wire_clear(&quit);
	close(one->fd);
	return open_one(s, one, e);
}

static int
take_terms(struct sessions *s, char command, struct slice payload,
    struct err *e)
{
	if (command != SMFIC_OPTNEG)
		return err_set(e, "the offer was answered '%c'", command);
	if (s->terms_known)
		return 0;
	if (!wire_terms(payload, &s->terms))
		return err_set(e, "the answer to the offer is garbage");
	s->terms_known = true;
	phrases_make(&s->phrases, &s->terms);
	return 0;
}

static int
take_end(struct sessions *s, struct one *one, struct err *e)
{
	s->result.messages++;
	if (--one->messages == 0)
		return renew(s, one, e);
	return send_next(s, one, AWAIT_MAIL, e);
}

static int
take_answer(struct sessions *s, struct one *one, char command,
    struct slice payload, struct err *e)
{
	static const char *const names[] = { "the offer", "CONNECT", "HELO",
		"MAIL", "a strict RCPT", "RCPT", "DATA",
		"the end of a message" };
	bool refused = one->awaited == AWAIT_STRICT && s->load.enforcing;

	if (one->awaited == AWAIT_TERMS)
		return take_terms(s, command, payload, e) < 0 ? -1
		    : send_next(s, one, AWAIT_CONNECT, e);
	if (refused ? !is_refusal(command, payload)
	    : command != SMFIR_CONTINUE)
		note_wrong(s, names[one->awaited], command, payload);
	if (one->awaited == AWAIT_RCPT)
		note_wait(s, one);
	if (one->awaited == AWAIT_RCPT || one->awaited == AWAIT_STRICT)
		s->result.decisions++;
	if (one->awaited == AWAIT_END)
		return take_end(s, one, e);
	return send_next(s, one, (enum awaited)(one->awaited + 1), e);
}

static int
receive(struct sessions *s, struct one *one, struct err *e)
{
	struct slice payload;
	char command;
	ssize_t n;
	long cut;

	n = recv(one->fd, one->in + one->in_n, PHRASE - one->in_n,
	    MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return err_set(e, "the filter closed a session");
	one->in_n += (size_t)n;
	cut = wire_cut(one->in, one->in_n, &command, &payload);
	if (cut < 0)
		return err_set(e, "the filter sent garbage");
	if (cut == 0)
		return 0;
	if ((size_t)cut != one->in_n)
		return err_set(e, "the filter answered more than was asked");
	one->in_n = 0;
	return take_answer(s, one, command, payload, e);
}

/* Begins the messages of idle sessions that are due. */
static int
begin_due(struct sessions *s, struct err *e)
{
	while (s->idle != NULL) {
		struct one *one = s->idle;

		s->idle = one->next_idle;
		if (send_next(s, one, AWAIT_MAIL, e) < 0)
			return -1;
		if (s->idle == one)
			return 0;
	}
	return 0;
}

/* Reads answers for up to 100 ms, or until more messages may be due. */
static int
hear_some(struct sessions *s, struct err *e)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->poll, events, EVENTS,
	    s->idle != NULL ? 1 : 100);

	for (int i = 0; i < n; i++)
		if (receive(s, events[i].data.ptr, e) < 0)
			return -1;
	return begin_due(s, e);
}

struct sessions *
load_open(const struct load *load, struct err *e)
{
	unsigned count = load->sessions + load->parked;
	struct sessions *s = xcalloc(1, sizeof(*s));
	double until = now_ms() + OPEN_MS;

	raise_limit();
	s->load = *load;
	s->poll = epoll_create1(EPOLL_CLOEXEC);
	s->list = xcalloc(count, sizeof(*s->list));
	s->waits = xcalloc(WAITS, sizeof(*s->waits));
	for (; s->open < count; s->open++) {
		struct one *one = &s->list[s->open];

		one->parked = s->open >= load->sessions;
		/* The first one alone: it gets the terms. */
		while (s->open == 1 && s->ready == 0 && now_ms() < until)
			if (hear_some(s, e) < 0)
				goto fail;
		if (open_one(s, one, e) < 0)
			goto fail;
	}
	while (s->ready < count && now_ms() < until)
		if (hear_some(s, e) < 0)
			goto fail;
	if (s->ready == count)
		return s;
	err_set(e, "%u of %u sessions opened", s->ready, count);
fail:
	load_close(&s);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void
sum_up(struct sessions *s, struct load_result *out)
{
	size_t n = s->wait_count;

	*out = s->result;
	out->seconds = (now_ms() - s->begun_ms) / 1e3;
	if (n == 0)
		return;
	qsort(s->waits, n, sizeof(*s->waits), compare);
	out->p50_ms = (double)s->waits[n / 2];
	out->p99_ms = (double)s->waits[n - 1 - n / 100];
	out->worst_ms = (double)s->waits[n - 1];
}

int
load_run(struct sessions *s, struct load_result *out, struct err *e)
{
	double end = now_ms() + s->load.seconds * 1e3;

	s->result = (struct load_result){ 0 };
	s->running = true;
	s->begun_ms = now_ms();
	s->begun = 0;
	s->wait_count = 0;
	for (unsigned i = 0; i < s->load.sessions; i++)
		if (send_next(s, &s->list[i], AWAIT_MAIL, e) < 0)
			return -1;
	while (now_ms() < end)
		if (hear_some(s, e) < 0)
			return -1;
	sum_up(s, out);
	return 0;
}
