/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "tests/bench/load.h"
#include "tests/driver/daemon.h"
#include "policy/arena.h"

enum { WAITS = 1 << 20, EVENTS = 256, ROOM = 2048, DIGITS = 7, OPEN_MS = 60000 };

/* What an answer that is awaited belongs to. */
enum awaited { AWAIT_TERMS, AWAIT_CONNECT, AWAIT_HELO, AWAIT_MAIL, AWAIT_STRICT,
	AWAIT_RCPT, AWAIT_DATA, AWAIT_END };

/* One command with its macros, ready to be sent. */
struct phrase {
	struct wire bytes;
	size_t digits[4];               /* where the row's number stands */
	unsigned digit_count;
	bool awaited;
	bool said;                      /* the filter wants to hear it */
};

struct one {
	int fd;
	enum awaited awaited;
	bool parked;
	bool ready;                     /* was past HELO once */
	unsigned messages;              /* left on this connection */
	double asked_ms;                /* when its RCPT was sent */
	struct one *next_idle;
	char in[ROOM];
	size_t in_n;
};

struct sessions {
	struct load load;
	int poll;
	struct terms terms;
	bool terms_known;
	struct phrase connect;
	struct phrase helo;
	struct phrase mail;
	struct phrase strict;
	struct phrase rcpt;
	struct phrase data;
	struct phrase end;
	struct one *list;
	unsigned open;                  /* so many of the list */
	unsigned ready;                 /* so many of them past HELO */
	bool running;
	struct one *idle;               /* wait for their turn, with a rate */
	double begun_ms;
	unsigned long begun;            /* messages */
	float *waits;                   /* owns; in milliseconds */
	size_t wait_count;
	unsigned long sequence;
	struct load_result result;
};

static const char row_name[] = "d0000000.bench.test";
static const char strict_name[] = "strict.bench.test";

/* What a Postfix would show of these sessions. */
static const struct { const char *name; const char *value; } shown[] = {
	{ "i", "7FA14AA2125" },
	{ "v", "Postfix 3.7.11" },
	{ "j", "mx.corp.example" },
	{ "_", "mail.partner.example [192.0.2.25]" },
	{ "{client_addr}", "192.0.2.25" },
	{ "{client_name}", "mail.partner.example" },
	{ "{client_port}", "41216" },
	{ "{daemon_name}", "mx.corp.example" },
	{ "{daemon_addr}", "192.0.2.1" },
	{ "{daemon_port}", "25" },
	{ "{tls_version}", "TLSv1.2" },
	{ "{cipher}", "ECDHE-RSA-AES256-GCM-SHA384" },
	{ "{cipher_bits}", "256" },
	{ "{cert_subject}", "mail.partner.example" },
	{ "{cert_issuer}", "Partner Issuing CA 7" },
	{ "{mail_addr}", "sender@partner.example" },
	{ "{mail_host}", "partner.example" },
	{ "{mail_mailer}", "smtp" },
	{ "{rcpt_mailer}", "smtp" },
};

static const char *const usual_lists[AT_COUNT] = {
	[AT_CONNECT] = "j {daemon_name} {daemon_addr} v _",
	[AT_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} "
	    "{cert_issuer}",
	[AT_MAIL] = "i {auth_type} {auth_authen} {auth_author} {mail_addr} "
	    "{mail_host} {mail_mailer}",
	[AT_RCPT] = "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
	[AT_DATA] = "i",
	[AT_EOM] = "i",
	[AT_EOH] = "i",
};

static void
put_name(struct phrase *p, const char *name)
{
	if (name == row_name)
		p->digits[p->digit_count++] = p->bytes.n + 1;
	wire_bytes(&p->bytes, name, strlen(name));
}

static void
put_macro(struct phrase *p, struct slice macro, const char *domain)
{
	if (domain != NULL && slice_eq(macro, SLICE("{rcpt_addr}"))) {
		wire_string(&p->bytes, macro);
		wire_bytes(&p->bytes, "user@", 5);
		put_name(p, domain);
		wire_bytes(&p->bytes, "", 1);
	} else if (domain != NULL && slice_eq(macro, SLICE("{rcpt_host}"))) {
		wire_string(&p->bytes, macro);
		put_name(p, domain);
		wire_bytes(&p->bytes, "", 1);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (slice_eq(macro, slice_of(shown[i].name))) {
			wire_string(&p->bytes, macro);
			wire_string(&p->bytes, slice_of(shown[i].value));
		}
}

static void
put_macros(struct phrase *p, const struct terms *t, enum at at, char command,
    const char *domain)
{
	const char *list = t->symbols[at];
	struct slice rest, macro;

	/* Postfix takes an empty list for its own. */
	if (list == NULL || *list == '\0')
		list = usual_lists[at];
	rest = slice_of(list);
	wire_begin(&p->bytes, SMFIC_MACRO);
	wire_bytes(&p->bytes, &command, 1);
	while (slice_next(&rest, ' ', &macro))
		put_macro(p, macro, domain);
	wire_end(&p->bytes);
}

static void
set_phrase(struct phrase *p, const struct terms *t, uint32_t no,
    uint32_t no_reply)
{
	*p = (struct phrase){ 0 };
	p->said = (t->steps & no) == 0;
	p->awaited = p->said && (t->steps & no_reply) == 0;
}

static void
make_rcpt(struct phrase *p, const struct terms *t, const char *domain)
{
	set_phrase(p, t, SMFIP_NORCPT, SMFIP_NR_RCPT);
	put_macros(p, t, AT_RCPT, SMFIC_RCPT, domain);
	wire_begin(&p->bytes, SMFIC_RCPT);
	wire_bytes(&p->bytes, "<user@", 6);
	put_name(p, domain);
	wire_bytes(&p->bytes, ">", 2);
	wire_end(&p->bytes);
}

static void
make_opening(struct sessions *s)
{
	const struct terms *t = &s->terms;

	set_phrase(&s->connect, t, SMFIP_NOCONNECT, SMFIP_NR_CONN);
	put_macros(&s->connect, t, AT_CONNECT, SMFIC_CONNECT, NULL);
	if (s->connect.said) {
		wire_begin(&s->connect.bytes, SMFIC_CONNECT);
		wire_string(&s->connect.bytes, SLICE("mail.partner.example"));
		wire_bytes(&s->connect.bytes, "4", 1);
		wire_u16(&s->connect.bytes, 41216);
		wire_string(&s->connect.bytes, SLICE("192.0.2.25"));
		wire_end(&s->connect.bytes);
	}
	set_phrase(&s->helo, t, SMFIP_NOHELO, SMFIP_NR_HELO);
	put_macros(&s->helo, t, AT_HELO, SMFIC_HELO, NULL);
	if (s->helo.said) {
		wire_begin(&s->helo.bytes, SMFIC_HELO);
		wire_string(&s->helo.bytes, SLICE("mail.partner.example"));
		wire_end(&s->helo.bytes);
	}
}

static void
make_message(struct sessions *s)
{
	const struct terms *t = &s->terms;

	set_phrase(&s->mail, t, SMFIP_NOMAIL, SMFIP_NR_MAIL);
	put_macros(&s->mail, t, AT_MAIL, SMFIC_MAIL, NULL);
	if (s->mail.said) {
		wire_begin(&s->mail.bytes, SMFIC_MAIL);
		wire_string(&s->mail.bytes, SLICE("<sender@partner.example>"));
		wire_string(&s->mail.bytes, SLICE("SIZE=2048"));
		wire_end(&s->mail.bytes);
	}
	make_rcpt(&s->strict, t, strict_name);
	make_rcpt(&s->rcpt, t, row_name);
	set_phrase(&s->data, t, SMFIP_NODATA, SMFIP_NR_DATA);
	put_macros(&s->data, t, AT_DATA, SMFIC_DATA, NULL);
	if (s->data.said)
		wire_plain(&s->data.bytes, SMFIC_DATA);
	set_phrase(&s->end, t, 0, 0);
	put_macros(&s->end, t, AT_EOH, SMFIC_EOH, NULL);
	put_macros(&s->end, t, AT_EOM, SMFIC_BODYEOB, NULL);
	wire_plain(&s->end.bytes, SMFIC_BODYEOB);
}

static void
clear_phrases(struct sessions *s)
{
	struct phrase *all[] = { &s->connect, &s->helo, &s->mail, &s->strict,
		&s->rcpt, &s->data, &s->end };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		wire_clear(&all[i]->bytes);
}

static int
send_all(int fd, const char *p, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done == -1)
			return err_errno(e, "writing to the filter");
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
dial(const char *where, struct err *e)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", where + 5);
	if (fd == -1)
		return err_errno(e, "socket");
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == -1) {
		err_errno(e, "connect to %s", where);
		close(fd);
		return -1;
	}
	return fd;
}

static int
say_offer(struct one *one, struct err *e)
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

/* Connects and makes the offer. Only connect(2) itself may wait. */
static int
open_one(struct sessions *s, struct one *one, struct err *e)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = one };

	one->in_n = 0;
	one->messages = s->load.messages;
	one->awaited = AWAIT_TERMS;
	one->fd = dial(s->load.where, e);
	if (one->fd == -1)
		return -1;
	if (epoll_ctl(s->poll, EPOLL_CTL_ADD, one->fd, &event) == -1)
		return err_errno(e, "epoll_ctl");
	return say_offer(one, e);
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
	clear_phrases(s);
	wire_terms_clear(&s->terms);
	close(s->poll);
	free(s->list);
	free(s->waits);
	free(s);
	*sessions = NULL;
}

/* The phrase with this message's destination put in. */
static size_t
put_phrase(struct phrase *p, unsigned long row, char *out)
{
	if (p->digit_count > 0) {
		char digits[DIGITS + 1];

		snprintf(digits, sizeof(digits), "%07lu", row % 10000000);
		for (unsigned i = 0; i < p->digit_count; i++)
			memcpy(p->bytes.p + p->digits[i], digits, DIGITS);
	}
	memcpy(out, p->bytes.p, p->bytes.n);
	return p->bytes.n;
}

/* Adds a phrase to out; true when its answer is awaited. */
static bool
add(struct one *one, struct phrase *p, enum awaited what, unsigned long row,
    char *out, size_t *n)
{
	*n += put_phrase(p, row, out + *n);
	one->awaited = what;
	return p->awaited;
}

/* With a rate, puts a session that comes too early among the idle ones. */
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

/* Says what comes next, up to something that is answered; of a parked
 * session, up to HELO. */
static int
say_next(struct sessions *s, struct one *one, enum awaited next,
    struct err *e)
{
	/* Knuth's multiplier: every row in turn, in no order. */
	unsigned long row = s->sequence * 2654435761u % s->load.rows;
	char out[6 * ROOM];
	size_t n = 0;

	switch (next) {
	case AWAIT_TERMS:
	case AWAIT_CONNECT:
		if (add(one, &s->connect, AWAIT_CONNECT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_HELO:
		if (add(one, &s->helo, AWAIT_HELO, row, out, &n))
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
		if (add(one, &s->mail, AWAIT_MAIL, row, out, &n))
			break;
		/* fall through */
	case AWAIT_STRICT:
		if (s->sequence % LOAD_STRICT == 0
		    && add(one, &s->strict, AWAIT_STRICT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_RCPT:
		one->asked_ms = now_ms();
		if (add(one, &s->rcpt, AWAIT_RCPT, row, out, &n))
			break;
		/* fall through */
	case AWAIT_DATA:
		if (add(one, &s->data, AWAIT_DATA, row, out, &n))
			break;
		/* fall through */
	case AWAIT_END:
		add(one, &s->end, AWAIT_END, row, out, &n);
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

/* Whether a session refused for a strict destination was told so rightly. */
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
	make_opening(s);
	make_message(s);
	return 0;
}

static int
take_end(struct sessions *s, struct one *one, struct err *e)
{
	s->result.messages++;
	if (--one->messages == 0)
		return renew(s, one, e);
	return say_next(s, one, AWAIT_MAIL, e);
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
		    : say_next(s, one, AWAIT_CONNECT, e);
	if (refused ? !is_refusal(command, payload)
	    : command != SMFIR_CONTINUE)
		note_wrong(s, names[one->awaited], command, payload);
	if (one->awaited == AWAIT_RCPT)
		note_wait(s, one);
	if (one->awaited == AWAIT_RCPT || one->awaited == AWAIT_STRICT)
		s->result.decisions++;
	if (one->awaited == AWAIT_END)
		return take_end(s, one, e);
	return say_next(s, one, (enum awaited)(one->awaited + 1), e);
}

static int
hear(struct sessions *s, struct one *one, struct err *e)
{
	struct slice payload;
	char command;
	ssize_t n;
	long cut;

	n = recv(one->fd, one->in + one->in_n, ROOM - one->in_n,
	    MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
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

/* Has idle sessions begin the messages that are due. */
static int
begin_due(struct sessions *s, struct err *e)
{
	while (s->idle != NULL) {
		struct one *one = s->idle;

		s->idle = one->next_idle;
		if (say_next(s, one, AWAIT_MAIL, e) < 0)
			return -1;
		if (s->idle == one)
			return 0;
	}
	return 0;
}

/* Hears what came, for up to 100 ms, or until more may be due. */
static int
hear_some(struct sessions *s, struct err *e)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(s->poll, events, EVENTS,
	    s->idle != NULL ? 1 : 100);

	for (int i = 0; i < n; i++)
		if (hear(s, events[i].data.ptr, e) < 0)
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
		/* The first alone: from it the terms are known. */
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
		if (say_next(s, &s->list[i], AWAIT_MAIL, e) < 0)
			return -1;
	while (now_ms() < end)
		if (hear_some(s, e) < 0)
			return -1;
	sum_up(s, out);
	return 0;
}
