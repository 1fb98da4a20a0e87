/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <limits.h>
#include <time.h>

#include "conf/queue/mailq.h"
#include "conf/queue/sendmail_routes.h"

enum {
	/* Digits of a queue id: year, month, day, hour, minute, second. */
	ID_TIME = 6,
	ID_BASE = 60,
	DAY = 86400,
	/* mailq -v prints as many octets of an address. */
	SHOWN_SENDER = 78,
	SHOWN_RECIPIENT = 71
};

void
mailq_begin(struct mailq *q, queue_visit_fn *visit, void *data, int64_t now,
    const char *unsure)
{
	assert(visit != NULL);
	*q = (struct mailq){ .visit = visit, .data = data, .now = now,
		.unsure = unsure, .arena = arena_create(16384) };
}

static int
mailq_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'x' ? c - 'a' + 36 : -1;
}

/*
 * The listing has the local time of Sendmail's own zone, without a year; the id
 * has UTC (FACTS 120). The year is counted in sixties from 1900.
 */
int64_t
mailq_time_of_id(struct slice id, int64_t now)
{
	int digit[ID_TIME];
	int64_t time = 0;

	if (id.n <= ID_TIME)
		return 0;
	for (size_t i = 0; i < ID_TIME; i++) {
		digit[i] = mailq_digit(id.p[i]);
		if (digit[i] < 0)
			return 0;
	}
	if (digit[1] > 11 || digit[2] < 1 || digit[2] > 31 || digit[3] > 23)
		return 0;
	for (int year = digit[0]; ; year += ID_BASE) {
		struct tm tm = { .tm_year = year, .tm_mon = digit[1],
			.tm_mday = digit[2], .tm_hour = digit[3],
			.tm_min = digit[4], .tm_sec = digit[5] };
		int64_t next = timegm(&tm);

		/* A clock may be a little off. */
		if (next > now + DAY)
			return time > 0 ? time : 0;
		time = next;
	}
}

static struct slice
mailq_word(struct slice *rest)
{
	struct slice word;
	size_t n = 0;

	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = slice_from(*rest, 1);
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	word = slice_head(*rest, n);
	*rest = slice_from(*rest, n);
	return word;
}

/* Takes the brackets off; whether the address was cut goes to *cut. */
static struct slice
mailq_address(struct slice shown, size_t most, bool *cut)
{
	*cut = shown.n >= most;
	if (!slice_starts(shown, SLICE("<")))
		return shown;
	shown = slice_from(shown, 1);
	if (slice_ends(shown, SLICE(">")))
		return slice_head(shown, shown.n - 1);
	*cut = true;
	return shown;
}

/* Hands on the message that was read, and forgets it. */
static void
mailq_hand_on(struct mailq *q)
{
	if (q->message.id.p != NULL) {
		q->message.recipients = q->recipients;
		sendmail_routes_set(&q->message, q->unsure, q->arena);
		q->visit(q->data, &q->message);
	}
	q->message = (struct queued){ .arrival = 0 };
	q->recipients = NULL;
	q->room = 0;
	arena_reset(q->arena);
}

/* "6AQ4bv  22  30103 Nov 26 04:37 <sender>"; a flag may follow the id and, in
 * place of the blank, the priority. */
static int
mailq_read_message(struct mailq *q, struct slice line, struct err *e)
{
	struct slice rest = line, id = mailq_word(&rest);
	long size = 0;
	char shown[80];
	bool cut;
	size_t at;

	/* Delivered since: "(job completed)" or "(no control file)". */
	if (slice_starts(slice_trim(rest), SLICE("(job completed")) ||
	    slice_starts(slice_trim(rest), SLICE("(no control file")))
		return 0;
	at = slice_find(rest, '<');
	while (id.n > 0 && strchr("*-X?+^!", id.p[id.n - 1]) != NULL)
		id = slice_head(id, id.n - 1);
	if (id.n == 0 || at == rest.n ||
	    !slice_int(mailq_word(&rest), 0, LONG_MAX, &size)) {
		slice_show(line, shown, sizeof(shown));
		return err_set(e, "a line of mailq cannot be read: %s", shown);
	}
	q->message.id = arena_copy(q->arena, id);
	q->message.arrival = mailq_time_of_id(id, q->now);
	q->message.size = (uint64_t)size;
	q->message.queue = SLICE("deferred");
	q->message.sender = arena_copy(q->arena, mailq_address(slice_trim(
	    slice_from(rest, slice_find(rest, '<'))), SHOWN_SENDER, &cut));
	return 0;
}

static void
mailq_add_recipient(struct mailq *q, struct slice shown)
{
	struct queued_recipient *r;

	if (q->message.recipient_count == q->room) {
		size_t n = q->message.recipient_count;
		struct queued_recipient *more = arena_array(q->arena,
		    2 * n + 8, sizeof(*more));

		if (n > 0)
			memcpy(more, q->recipients, n * sizeof(*more));
		q->recipients = more;
		q->room = 2 * n + 8;
	}
	r = &q->recipients[q->message.recipient_count++];
	r->address = arena_copy(q->arena, mailq_address(shown,
	    SHOWN_RECIPIENT, &r->cut));
	r->reason = SLICE_NONE;
}

/* What "(reason)" holds; absent when text has no brackets. */
static struct slice
mailq_reason(struct slice text)
{
	size_t open = slice_find(text, '(');

	if (open == text.n)
		return SLICE_NONE;
	text = slice_from(text, open + 1);
	return slice_ends(text, SLICE(")")) ? slice_head(text, text.n - 1)
	    : text;
}

/* A line of the message that was begun. Recipients have six tabs, their reasons
 * two; the message's own reason follows blanks. */
static void
mailq_read_part(struct mailq *q, struct slice line)
{
	static const char quarantine[] = "     QUARANTINE:";
	size_t count = q->message.recipient_count;
	struct slice reason = mailq_reason(line);

	if (slice_starts(line, SLICE("\t\t\t\t\t\t"))) {
		if (!slice_starts(slice_from(line, 6), SLICE("(---")))
			mailq_add_recipient(q, slice_from(line, 6));
	} else if (slice_starts(line, SLICE("\t\t "))) {
		if (count > 0 && reason.p != NULL)
			q->recipients[count - 1].reason =
			    arena_copy(q->arena, reason);
	} else if (slice_starts(line, slice_of(quarantine)))
		q->message.queue = SLICE("hold");
	else if (reason.p != NULL)
		q->message.reason = arena_copy(q->arena, reason);
}

static bool
mailq_is_heading(struct slice line)
{
	return slice_starts(line, SLICE("-----Q-ID-----"));
}

int
mailq_line(void *mailq, struct slice line, struct err *e)
{
	struct mailq *q = mailq;
	bool total = slice_starts(line, SLICE("\t\tTotal requests:"));

	if (slice_ends(line, SLICE(" is empty")) || mailq_is_heading(line) ||
	    total) {
		mailq_hand_on(q);
		q->begun = true;
		q->ended = q->ended || total;
		return 0;
	}
	/* Before the heading Sendmail may complain about its host's name. */
	if (!q->begun || line.n == 0)
		return 0;
	/* Another queue folder: "\t\t/var/spool/mqueue (2 requests)". */
	if (slice_starts(line, SLICE("\t\t/"))) {
		mailq_hand_on(q);
		return 0;
	}
	if (line.p[0] != ' ' && line.p[0] != '\t') {
		mailq_hand_on(q);
		return mailq_read_message(q, line, e);
	}
	if (q->message.id.p != NULL)
		mailq_read_part(q, line);
	return 0;
}

int
mailq_end(struct mailq *q, struct err *e)
{
	bool ended = q->ended;

	mailq_hand_on(q);
	arena_destroy(&q->arena);
	return ended ? 0 : err_set(e, "this is not the whole listing of a "
	    "Sendmail queue: if the MTA is Postfix, give --mta postfix");
}
