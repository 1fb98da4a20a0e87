/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/tool/mail_log.h"
#include "conf/base/readers.h"
#include "conf/mta/mtaprogram.h"
#include "conf/show/logwalk.h"

/* Of Debian, of Red Hat, of SUSE. */
static const char *const usual[] = { "/var/log/mail.log", "/var/log/maillog",
	"/var/log/mail" };

static const char journalctl[] = "/usr/bin/journalctl";

/* Seconds before and after the decisions that are read. Sessions are shorter,
 * and a log is written soon. */
enum { MAIL_LOG_AROUND = 3600 };

struct mail_log_reading {
	const struct cause_question *questions; /* borrows */
	size_t count;
	struct causefinder **finders;   /* owns them; one a question */
	int64_t first, last;            /* time of the decisions */
	struct mailclock clock;
	bool past;                      /* the log is later than all of them */
};

static void
mail_log_begin(struct mail_log_reading *r, struct arena *a)
{
	time_t near;
	struct tm local;

	r->finders = arena_array(a, r->count, sizeof(struct causefinder *));
	r->first = r->last = r->questions[0].time;
	for (size_t i = 0; i < r->count; i++) {
		int64_t at = r->questions[i].time;

		r->finders[i] = causefinder_create(&r->questions[i]);
		r->first = at < r->first ? at : r->first;
		r->last = at > r->last ? at : r->last;
	}
	near = (time_t)r->first;
	r->clock.near = r->first;
	if (localtime_r(&near, &local) != NULL)
		r->clock.offset = local.tm_gmtoff;
}

static void
mail_log_take(struct mail_log_reading *r, const struct logline *line)
{
	struct mailline m;

	if (!mailline_cut(line->text, &r->clock, &m) ||
	    m.time < r->first - MAIL_LOG_AROUND)
		return;
	if (m.time > r->last + MAIL_LOG_AROUND) {
		r->past = true;
		return;
	}
	for (size_t i = 0; i < r->count; i++)
		causefinder_take(r->finders[i], line, &m);
}

static const char *
mail_log_problem(const struct err *e, struct arena *a)
{
	char message[READERS_MESSAGE];

	return arena_string(a, slice_of(readers_message(e, message)));
}

static const char *
mail_log_read_file(struct mail_log_reading *r, const char *path,
    struct arena *a)
{
	struct logline line;
	struct logwalk *walk;
	const char *problem = NULL;
	struct err e;

	walk = logwalk_open(slice_of(path), r->first - MAIL_LOG_AROUND, &e);
	if (walk == NULL)
		return mail_log_problem(&e, a);
	while (!r->past) {
		if (lines_next(logwalk_lines(walk), &line, &e))
			mail_log_take(r, &line);
		else if (e.text[0] == '\0')
			break;
		else
			problem = mail_log_problem(&e, a);
	}
	logwalk_close(&walk);
	return problem;
}

struct mail_log_journal {
	struct mail_log_reading *reading;
	unsigned long lines;
};

static int
mail_log_take_journal(void *data, struct slice text, struct err *e ATTR_UNUSED)
{
	struct mail_log_journal *j = data;
	struct logline line = { text, MAIL_LOG_JOURNAL, ++j->lines };

	mail_log_take(j->reading, &line);
	return 0;
}

/* Facility 2 is mail. */
static const char *
mail_log_read_journal(struct mail_log_reading *r, struct arena *a)
{
	char *since = arena_printf(a, "--since=@%lld",
	    (long long)(r->first - MAIL_LOG_AROUND));
	char *until = arena_printf(a, "--until=@%lld",
	    (long long)(r->last + MAIL_LOG_AROUND));
	const char *const argv[] = { journalctl, "--no-pager", "--quiet",
		"--output=short-iso", since, until, "SYSLOG_FACILITY=2",
		NULL };
	struct mail_log_journal j = { r, 0 };
	struct err e;

	if (mtaprogram_run(argv, mail_log_take_journal, &j, &e) < 0)
		return arena_string(a, slice_of(e.text));
	return NULL;
}

/* The usual file that can be read; NULL: there is none. *problem has why the
 * first that exists cannot. */
static const char *
mail_log_usual(struct arena *a, const char **problem)
{
	for (size_t i = 0; i < COUNT_OF(usual); i++) {
		struct err e;

		if (access(usual[i], F_OK) != 0)
			continue;
		if (access(usual[i], R_OK) == 0)
			return usual[i];
		err_file(&e, usual[i]);
		if (*problem == NULL)
			*problem = mail_log_problem(&e, a);
	}
	return NULL;
}

static void
mail_log_read(const char *place, struct mail_log_reading *r, struct arena *a,
    struct mail_log *out)
{
	const char *unread = NULL;

	if (place == NULL)
		place = mail_log_usual(a, &unread);
	if (place == NULL && unread == NULL && access(journalctl, X_OK) == 0 &&
	    access("/run/systemd/journal", F_OK) == 0)
		place = MAIL_LOG_JOURNAL;
	out->where = place;
	if (place == NULL)
		out->problem = unread != NULL ? unread : "no mail log was "
		    "found in the usual places: name it with --mail-log";
	else if (strcmp(place, MAIL_LOG_JOURNAL) == 0)
		out->problem = mail_log_read_journal(r, a);
	else
		out->problem = mail_log_read_file(r, place, a);
}

void
mail_log_answer(const char *place, const struct cause_question *questions,
    size_t count, struct arena *a, struct cause_answer *answers,
    struct mail_log *out)
{
	struct mail_log_reading r = { .questions = questions, .count = count };

	assert(count > 0 && answers != NULL);
	*out = (struct mail_log){ NULL, NULL };
	mail_log_begin(&r, a);
	if (place != NULL && strcmp(place, MAIL_LOG_NONE) == 0)
		out->problem = "the mail log was not read";
	else
		mail_log_read(place, &r, a, out);
	for (size_t i = 0; i < count; i++) {
		causefinder_answer(r.finders[i], a, &answers[i]);
		causefinder_destroy(&r.finders[i]);
	}
}
