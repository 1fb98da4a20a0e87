/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "tests/driver/filter.h"
#include "policy/base/arena.h"
#include "policy/base/lang.h"
#include "tests/driver/dial.h"

enum { MACROS = 64, NAME = 64 };

struct macro_value {
	char name[NAME];
	struct slice value;             /* owns */
};

struct filter {
	int fd;
	struct offer offer;
	struct terms terms;
	struct wire out;
	char *in;                       /* owns; received, not yet read */
	size_t in_n;
	size_t in_room;
	struct macro_value macros[MACROS];
	size_t macro_count;
};

/* The macros that the MTAs send if the filter sets no list. */
static const char *const postfix_lists[AT_COUNT] = {
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

static const char *const sendmail_lists[AT_COUNT] = {
	[AT_CONNECT] = "j _ {daemon_name} {if_name} {if_addr}",
	[AT_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} "
	    "{cert_issuer}",
	[AT_MAIL] = "i {auth_type} {auth_authen} {auth_ssf} {auth_author} "
	    "{mail_mailer} {mail_host} {mail_addr}",
	[AT_RCPT] = "{rcpt_mailer} {rcpt_host} {rcpt_addr}",
	[AT_DATA] = "",
	[AT_EOM] = "{msg_id}",
	[AT_EOH] = "",
};

/* A command: the stage of the macros before it, and the steps that suppress it
 * and its answer. */
struct command {
	char command;
	enum at at;                     /* AT_COUNT: no macros */
	uint32_t no;
	uint32_t no_reply;
};

static const struct command commands[] = {
	{ SMFIC_CONNECT, AT_CONNECT, SMFIP_NOCONNECT, SMFIP_NR_CONN },
	{ SMFIC_HELO, AT_HELO, SMFIP_NOHELO, SMFIP_NR_HELO },
	{ SMFIC_MAIL, AT_MAIL, SMFIP_NOMAIL, SMFIP_NR_MAIL },
	{ SMFIC_RCPT, AT_RCPT, SMFIP_NORCPT, SMFIP_NR_RCPT },
	{ SMFIC_DATA, AT_DATA, SMFIP_NODATA, SMFIP_NR_DATA },
	{ SMFIC_HEADER, AT_COUNT, SMFIP_NOHDRS, SMFIP_NR_HDR },
	{ SMFIC_EOH, AT_EOH, SMFIP_NOEOH, SMFIP_NR_EOH },
	{ SMFIC_BODY, AT_COUNT, SMFIP_NOBODY, SMFIP_NR_BODY },
	{ SMFIC_BODYEOB, AT_EOM, 0, 0 },
	{ SMFIC_UNKNOWN, AT_COUNT, SMFIP_NOUNKNOWN, SMFIP_NR_UNKN },
};

static int
flush(struct filter *f, struct err *e)
{
	size_t done = 0;

	while (done < f->out.n) {
		ssize_t n = send(f->fd, f->out.p + done, f->out.n - done,
		    MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			f->out.n = 0;
			return err_errno(e, "writing to the filter");
		}
		done += (size_t)n;
	}
	f->out.n = 0;
	return 0;
}

/* Waits for more bytes. Returns how many came, 0 if the filter closed, or -1
 * and fills e. */
static ssize_t
fill(struct filter *f, unsigned wait_ms, struct err *e)
{
	struct pollfd p = { .fd = f->fd, .events = POLLIN };
	ssize_t n;

	if (f->in_room - f->in_n < 4096) {
		f->in_room = f->in_room * 2 + 8192;
		f->in = xrealloc(f->in, f->in_room);
	}
	if (poll(&p, 1, (int)wait_ms) != 1)
		return err_set(e, "the filter did not answer in %u ms",
		    wait_ms);
	n = read(f->fd, f->in + f->in_n, f->in_room - f->in_n);
	if (n < 0)
		return err_errno(e, "reading from the filter");
	f->in_n += (size_t)n;
	return n;
}

/* Reads one packet. *payload borrows from f->in until the next call. */
static int
packet(struct filter *f, char *command, struct slice *payload,
    size_t *length, struct err *e)
{
	for (;;) {
		long n = wire_cut(f->in, f->in_n, command, payload);
		ssize_t more;

		if (n < 0)
			return err_set(e, "the filter sent garbage");
		if (n > 0) {
			*length = (size_t)n;
			return 0;
		}
		more = fill(f, f->offer.timeout_ms, e);
		if (more < 0)
			return -1;
		if (more == 0)
			return err_set(e, "the filter closed the session");
	}
}

static void
consume(struct filter *f, size_t length)
{
	memmove(f->in, f->in + length, f->in_n - length);
	f->in_n -= length;
}

static int
negotiate(struct filter *f, struct err *e)
{
	struct slice payload;
	size_t length;
	char command;

	wire_begin(&f->out, SMFIC_OPTNEG);
	wire_u32(&f->out, f->offer.version);
	wire_u32(&f->out, f->offer.actions);
	wire_u32(&f->out, f->offer.steps);
	wire_end(&f->out);
	if (flush(f, e) < 0 || packet(f, &command, &payload, &length, e) < 0)
		return -1;
	if (command != SMFIC_OPTNEG || !wire_terms(payload, &f->terms))
		return err_set(e, "the filter answered the offer with '%c'",
		    command);
	consume(f, length);
	if ((f->terms.actions & ~f->offer.actions) != 0
	    || (f->terms.steps & ~f->offer.steps) != 0)
		return err_set(e, "the filter asks for what was not offered: "
		    "actions %#x, steps %#x", (unsigned)f->terms.actions,
		    (unsigned)f->terms.steps);
	return 0;
}

struct filter *
filter_open(const char *where, const struct offer *offer, struct err *e)
{
	struct filter *f = xcalloc(1, sizeof(*f));

	f->offer = *offer;
	if (f->offer.version == 0)
		f->offer.version = WIRE_VERSION;
	if (f->offer.timeout_ms == 0)
		f->offer.timeout_ms = 10000;
	f->fd = dial(where, e);
	if (f->fd < 0 || negotiate(f, e) < 0)
		filter_drop(&f);
	return f;
}

void
filter_drop(struct filter **filter)
{
	struct filter *f = *filter;

	if (f == NULL)
		return;
	if (f->fd != -1)
		close(f->fd);
	for (size_t i = 0; i < f->macro_count; i++)
		free((void *)(uintptr_t)f->macros[i].value.p);
	wire_terms_clear(&f->terms);
	wire_clear(&f->out);
	free(f->in);
	free(f);
	*filter = NULL;
}

void
filter_quit(struct filter **filter)
{
	if (*filter != NULL) {
		wire_plain(&(*filter)->out, SMFIC_QUIT);
		flush(*filter, NULL);
	}
	filter_drop(filter);
}

const struct terms *
filter_terms(const struct filter *filter)
{
	return &filter->terms;
}

static struct macro_value *
find_macro(struct filter *f, const char *name)
{
	for (size_t i = 0; i < f->macro_count; i++)
		if (strcmp(f->macros[i].name, name) == 0)
			return &f->macros[i];
	if (f->macro_count == MACROS || strlen(name) >= NAME)
		abort();
	memcpy(f->macros[f->macro_count].name, name, strlen(name) + 1);
	return &f->macros[f->macro_count++];
}

void
filter_set_bytes(struct filter *filter, const char *name, struct slice value)
{
	struct macro_value *m = find_macro(filter, name);
	char *copy = NULL;

	if (value.p != NULL) {
		copy = xmalloc(value.n + 1);
		memcpy(copy, value.p, value.n);
		copy[value.n] = '\0';
	}
	free((void *)(uintptr_t)m->value.p);
	m->value = (struct slice){ copy, value.n };
}

void
filter_set(struct filter *filter, const char *name, const char *value)
{
	filter_set_bytes(filter, name, slice_of(value));
}

const char *
filter_get(const struct filter *filter, const char *name)
{
	for (size_t i = 0; i < filter->macro_count; i++)
		if (strcmp(filter->macros[i].name, name) == 0)
			return filter->macros[i].value.p;
	return NULL;
}

const char *
filter_usual_list(bool postfix, enum at at)
{
	return postfix ? postfix_lists[at] : sendmail_lists[at];
}

/* The list of a stage. An empty one means "none" to Sendmail and "yours" to
 * Postfix (FACTS 24). */
static const char *
list_of(const struct filter *f, enum at at)
{
	const char *own = f->terms.symbols[at];

	if (own != NULL && (*own != '\0' || !f->offer.postfix))
		return own;
	return filter_usual_list(f->offer.postfix, at);
}

static char
command_of(enum at at)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (commands[i].at == at)
			return commands[i].command;
	abort();
}

static void
put_macros(struct filter *f, enum at at)
{
	struct slice rest = slice_of(list_of(f, at)), word;
	char command = command_of(at);

	wire_begin(&f->out, SMFIC_MACRO);
	wire_bytes(&f->out, &command, 1);
	while (slice_next(&rest, ' ', &word))
		for (size_t i = 0; i < f->macro_count; i++)
			if (f->macros[i].value.p != NULL
			    && slice_eq(slice_of(f->macros[i].name), word)) {
				wire_string(&f->out, word);
				wire_string(&f->out, f->macros[i].value);
			}
	wire_end(&f->out);
}

int
filter_macros(struct filter *filter, enum at at, struct err *e)
{
	put_macros(filter, at);
	return flush(filter, e);
}

/* Records a change that the filter makes to the message. Returns false for any
 * other answer, which is the last one. */
static bool
take_change(char command, struct slice payload, struct answer *out)
{
	size_t skip = command == SMFIR_ADDHEADER ? 0 : 4;
	struct slice name = slice_from(payload, skip), value;

	switch (command) {
	case SMFIR_PROGRESS:
		return true;
	case SMFIR_QUARANTINE:
		out->quarantined = true;
		snprintf(out->quarantine, sizeof(out->quarantine), "%s",
		    payload.p);
		return true;
	case SMFIR_ADDHEADER:
	case SMFIR_INSHEADER:
	case SMFIR_CHGHEADER:
		value = slice_from(name, slice_find(name, '\0') + 1);
		out->headers++;
		snprintf(out->header, sizeof(out->header), "%s: %s", name.p,
		    value.n == 0 ? "" : value.p);
		return true;
	case SMFIR_ADDRCPT:
	case SMFIR_ADDRCPT_PAR:
	case SMFIR_DELRCPT:
	case SMFIR_CHGFROM:
	case SMFIR_REPLBODY:
		out->other++;
		return true;
	default:
		return false;
	}
}

int
filter_answer(struct filter *filter, struct answer *out, struct err *e)
{
	struct slice payload;
	size_t length;
	bool more;

	do {
		if (packet(filter, &out->kind, &payload, &length, e) < 0)
			return -1;
		more = take_change(out->kind, payload, out);
		if (out->kind == SMFIR_REPLYCODE)
			snprintf(out->text, sizeof(out->text), "%.*s",
			    (int)payload.n, payload.p);
		consume(filter, length);
	} while (more);
	return 0;
}

/* Postfix sends no DATA and no unknown command in a version of the protocol
 * that does not have them (FACTS 112). */
static bool
is_in_protocol(const struct filter *f, const struct command *s)
{
	bool newer = s->command == SMFIC_DATA || s->command == SMFIC_UNKNOWN;

	return !f->offer.postfix || !newer || (f->offer.steps & s->no) != 0;
}

/* Sends one command whose payload is in body; clears body. */
static int
send_command(struct filter *f, char command, struct wire *body,
    struct answer *out, struct err *e)
{
	const struct command *s = commands;
	int result = 0;

	while (s->command != command)
		s++;
	*out = (struct answer){ 0 };
	/* Both MTAs send the macros even of a step that the filter does not
		 * want, which clears the stage's macros. */
	if (s->at != AT_COUNT)
		put_macros(f, s->at);
	if ((f->terms.steps & s->no) == 0 && is_in_protocol(f, s)) {
		wire_begin(&f->out, command);
		wire_bytes(&f->out, body->p, body->n);
		wire_end(&f->out);
		if ((f->terms.steps & s->no_reply) == 0) {
			result = flush(f, e);
			if (result == 0)
				result = filter_answer(f, out, e);
		}
	}
	/* Postfix buffers commands until one needs an answer. */
	if (result == 0 && !f->offer.postfix)
		result = flush(f, e);
	wire_clear(body);
	return result;
}

int
filter_connect(struct filter *filter, const char *host, char family,
    unsigned port, const char *address, struct answer *out, struct err *e)
{
	struct wire body = { 0 };

	wire_string(&body, slice_of(host));
	wire_bytes(&body, &family, 1);
	if (family != SMFIA_UNKNOWN) {
		wire_u16(&body, (uint16_t)port);
		wire_string(&body, slice_of(address));
	}
	return send_command(filter, SMFIC_CONNECT, &body, out, e);
}

static int
send_words(struct filter *f, char command, const char *const *words,
    struct answer *out, struct err *e)
{
	struct wire body = { 0 };

	for (; *words != NULL; words++)
		wire_string(&body, slice_of(*words));
	return send_command(f, command, &body, out, e);
}

int
filter_helo(struct filter *filter, const char *name, struct answer *out,
    struct err *e)
{
	const char *const words[] = { name, NULL };

	return send_words(filter, SMFIC_HELO, words, out, e);
}

int
filter_mail(struct filter *filter, const char *const *words,
    struct answer *out, struct err *e)
{
	return send_words(filter, SMFIC_MAIL, words, out, e);
}

int
filter_rcpt(struct filter *filter, const char *const *words,
    struct answer *out, struct err *e)
{
	return send_words(filter, SMFIC_RCPT, words, out, e);
}

int
filter_header(struct filter *filter, const char *name, const char *value,
    struct answer *out, struct err *e)
{
	const char *const words[] = { name, value, NULL };

	return send_words(filter, SMFIC_HEADER, words, out, e);
}

int
filter_unknown(struct filter *filter, const char *line, struct answer *out,
    struct err *e)
{
	const char *const words[] = { line, NULL };

	return send_words(filter, SMFIC_UNKNOWN, words, out, e);
}

int
filter_data(struct filter *filter, struct answer *out, struct err *e)
{
	struct wire body = { 0 };

	return send_command(filter, SMFIC_DATA, &body, out, e);
}

int
filter_eoh(struct filter *filter, struct answer *out, struct err *e)
{
	struct wire body = { 0 };

	return send_command(filter, SMFIC_EOH, &body, out, e);
}

int
filter_body(struct filter *filter, struct slice chunk, struct answer *out,
    struct err *e)
{
	struct wire body = { 0 };

	wire_bytes(&body, chunk.p, chunk.n);
	return send_command(filter, SMFIC_BODY, &body, out, e);
}

int
filter_eom(struct filter *filter, struct answer *out, struct err *e)
{
	struct wire body = { 0 };

	return send_command(filter, SMFIC_BODYEOB, &body, out, e);
}

int
filter_abort(struct filter *filter, struct err *e)
{
	wire_plain(&filter->out, SMFIC_ABORT);
	return flush(filter, e);
}

int
filter_raw(struct filter *filter, char command, struct slice payload,
    struct err *e)
{
	wire_begin(&filter->out, command);
	wire_bytes(&filter->out, payload.p, payload.n);
	wire_end(&filter->out);
	return flush(filter, e);
}

int
filter_bytes(struct filter *filter, struct slice bytes, struct err *e)
{
	wire_bytes(&filter->out, bytes.p, bytes.n);
	return flush(filter, e);
}

bool
filter_closed(struct filter *filter, unsigned wait_ms)
{
	return fill(filter, wait_ms, NULL) == 0;
}
