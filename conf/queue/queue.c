/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "conf/queue/queue.h"
#include "conf/queue/mailq.h"
#include "conf/queue/nexthops.h"
#include "conf/queue/postqueue.h"
#include "conf/queue/sendmail_routes.h"

/* Where packages and Postfix's and Sendmail's own make install them. */
static const char *const postqueues[] = { "/usr/sbin/postqueue",
	"/usr/local/sbin/postqueue", "/usr/bin/postqueue" };
static const char *const sendmails[] = { "/usr/sbin/sendmail",
	"/usr/lib/sendmail", "/usr/local/sbin/sendmail" };

static const char main_cf[] = "/etc/mail/sendmail.cf";
static const char submission_cf[] = "/etc/mail/submit.cf";

static const char *
queue_find(const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}


enum mta
queue_mta(const struct queue_place *place)
{
	const char *program = place->program;

	if (place->mta != MTA_UNKNOWN)
		return place->mta;
	if (program != NULL)
		return slice_ends(slice_of(program), SLICE("postqueue"))
		    ? MTA_POSTFIX : MTA_SENDMAIL;
	return queue_find(postqueues, COUNT_OF(postqueues)) != NULL
	    ? MTA_POSTFIX : MTA_SENDMAIL;
}

const char *
queue_program(const struct queue_place *place)
{
	if (place->program != NULL)
		return place->program;
	return queue_mta(place) == MTA_POSTFIX
	    ? queue_find(postqueues, COUNT_OF(postqueues))
	    : queue_find(sendmails, COUNT_OF(sendmails));
}


/* A message of Postfix, and the one that was listed after it. */
struct queue_message {
	struct queued message;
	struct queue_message *next;
};

/* A reading of Postfix's queue: all of it, and then its next hops, for which
 * tables are asked once. */
struct queue_postfix_reading {
	struct arena *arena;            /* owns */
	struct queue_message *first, **end;
	struct nexthops *nexthops;      /* owns */
};

static int
queue_take_postfix(void *data, struct slice line, struct err *e)
{
	struct queue_postfix_reading *r = data;
	struct queue_message *m;

	if (line.n == 0)
		return 0;
	m = arena_alloc(r->arena, sizeof(*m));
	if (postqueue_read(line, r->arena, &m->message, e) < 0)
		return -1;
	*r->end = m;
	r->end = &m->next;
	return 0;
}

static void
queue_visit_postfix(struct queue_postfix_reading *r, queue_visit_fn *visit,
    void *data)
{
	for (struct queue_message *m = r->first; m != NULL; m = m->next)
		for (size_t i = 0; i < m->message.recipient_count; i++)
			nexthops_add(r->nexthops,
			    m->message.recipients[i].address);
	nexthops_look_up(r->nexthops);
	for (struct queue_message *m = r->first; m != NULL; m = m->next) {
		for (size_t i = 0; i < m->message.recipient_count; i++)
			nexthops_of(r->nexthops, &m->message.recipients[i]);
		visit(data, &m->message);
	}
}

static int
queue_each_postfix(const struct queue_place *place, const char *program,
    queue_visit_fn *visit, void *data, struct err *e)
{
	const char *argv[] = { program, "-j", "-c", place->config, NULL };
	struct queue_postfix_reading r = { .first = NULL };
	int result;

	if (place->config == NULL)
		argv[2] = NULL;
	r.arena = arena_create(16384);
	r.end = &r.first;
	result = mtaprogram_run(argv, queue_take_postfix, &r, e);
	if (result == 0 && r.first != NULL) {
		r.nexthops = nexthops_create(program, place->config);
		queue_visit_postfix(&r, visit, data);
		nexthops_destroy(&r.nexthops);
	}
	arena_destroy(&r.arena);
	return result;
}

/* One queue of Sendmail: that of the configuration file cf, or the main one, or
 * the one for submission. */
static int
queue_each_sendmail(const char *program, const char *cf, bool submission,
    queue_visit_fn *visit, void *data, struct err *e)
{
	const char *argv[] = { program, "-bp", "-v", submission ? "-Ac" : "-Am",
		NULL, NULL };
	struct mailq q;
	struct err end;
	int result;

	if (cf != NULL) {
		argv[3] = "-C";
		argv[4] = cf;
	}
	mailq_begin(&q, visit, data, time(NULL), sendmail_routes_read(
	    submission ? submission_cf : cf != NULL ? cf : main_cf));
	result = mtaprogram_run(argv, mailq_line, &q, e);
	if (mailq_end(&q, &end) < 0 && result == 0) {
		*e = end;
		result = -1;
	}
	return result;
}

int
queue_each(const struct queue_place *place, queue_visit_fn *visit, void *data,
    struct err *e)
{
	const char *program = queue_program(place);

	assert(visit != NULL);
	if (program == NULL)
		return err_set(e, "neither Postfix's postqueue nor Sendmail's "
		    "sendmail is installed in its usual place: give --mta and "
		    "--mta-program PATH");
	if (queue_mta(place) == MTA_POSTFIX)
		return queue_each_postfix(place, program, visit, data, e);
	if (queue_each_sendmail(program, place->config, false, visit, data,
		e) < 0)
		return -1;
	/* Without that file Sendmail would list the main queue again. */
	if (place->config != NULL || access(submission_cf, R_OK) < 0)
		return 0;
	return queue_each_sendmail(program, NULL, true, visit, data, e);
}
