/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/log/log.h"
#include "milter/log/faults.h"
#include "milter/log/logwriter.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"

enum {
	/* The longest line: two error texts and a path. */
	LINE = 2048,
	/* Some thousand lines: what a reload of a bad policy may report. */
	LINES_BOUND = 1 << 20,
	/* As many as the decision log's queue holds, in its shorter form. */
	DECISIONS_BOUND = 4 << 20,
	/* The tag of a line for standard error; others are priorities. */
	TO_STDERR = -1
};

/* Set before any other thread runs, then only read. */
static enum log_to destination;
static struct logwriter *lines;         /* owns; NULL: written at once */
static struct logwriter *decisions;     /* owns */

void
log_open(enum log_to to)
{
	destination = to;
	/* libmilter's lines and decisions go to syslog in any case. */
	openlog("enforcetlsd", LOG_PID, LOG_MAIL);
}

/*
 * Of glibc itself: syslog() is our own (library_syslog.c). Waits for who reads
 * syslog.
 */
__attribute__((format(printf, 2, 3)))
static void
log_to_syslog(int priority, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsyslog(priority, format, values);
	va_end(values);
}

/* Not with stdio, whose lock a thread that waits here would keep. Waits for who
 * reads standard error. */
static void
log_to_stderr(const char *text)
{
	struct slice rest = slice_of(text);
	struct pollfd room = { .fd = STDERR_FILENO, .events = POLLOUT };

	while (rest.n > 0) {
		ssize_t n = write(STDERR_FILENO, rest.p, rest.n);

		if (n > 0)
			rest = slice_from(rest, (size_t)n);
		else if (n < 0 && errno == EAGAIN)
			poll(&room, 1, -1);
		else if (n == 0 || errno != EINTR)
			break;
	}
}

static void
log_write(int tag, const char *text)
{
	if (tag == TO_STDERR)
		log_to_stderr(text);
	else
		log_to_syslog(tag, "%s", text);
}

static void
log_write_line(int tag, const char *text, uint64_t dropped)
{
	char lost[128];

	if (dropped > 0) {
		snprintf(lost, sizeof(lost), "%swarning: lines lost, as "
		    "nobody read them: %llu%s",
		    tag == TO_STDERR ? "enforcetlsd: " : "",
		    (unsigned long long)dropped, tag == TO_STDERR ? "\n" : "");
		log_write(tag == TO_STDERR ? tag : LOG_WARNING, lost);
	}
	log_write(tag, text);
}

static void
log_write_decision(int tag, const char *text, uint64_t dropped)
{
	if (dropped > 0)
		log_to_syslog(LOG_WARNING, "warning: decisions lost, as nobody "
		    "read them: %llu", (unsigned long long)dropped);
	log_write(tag, text);
}

int
log_start(struct err *e)
{
	lines = logwriter_start(LINES_BOUND, log_write_line, e);
	if (lines == NULL)
		return -1;
	decisions = logwriter_start(DECISIONS_BOUND, log_write_decision, e);
	return decisions == NULL ? -1 : 0;
}

bool
log_flush(unsigned ms)
{
	bool all = lines == NULL || logwriter_flush(lines, ms);

	/* Who reads both had its time. */
	return (decisions == NULL ||
	    logwriter_flush(decisions, all ? ms : 0)) && all;
}

static void
log_add(int tag, struct slice text)
{
	if (lines != NULL)
		logwriter_add(lines, tag, text);
	else
		log_write(tag, text.p);
}

void
log_text(struct slice text)
{
	log_add(TO_STDERR, text);
}

void
log_decision(struct slice line)
{
	if (decisions != NULL && line.n <= LIMIT_DECISION &&
	    !logwriter_add(decisions, LOG_INFO, line))
		fault_count(FAULT_SYSLOG_LOST);
}

void
log_library(int priority, const char *text)
{
	char shown[LINE];

	slice_show_line(slice_of(text), shown, sizeof(shown));
	log_add(priority, slice_of(shown));
}

__attribute__((format(printf, 3, 0)))
static void
log_line(int priority, const char *word, const char *format, va_list values)
{
	char text[LINE], shown[LINE], line[LINE + 64];
	bool to_syslog = destination == LOG_TO_SYSLOG;
	struct text t;
	int n;

	text_init(&t, text, sizeof(text));
	text_vadd(&t, format, values);
	/* A line is one line, whatever a file name or a policy holds. */
	slice_show_line(text_so_far(&t), shown, sizeof(shown));
	n = snprintf(line, sizeof(line), "%s%s: %s%s",
	    to_syslog ? "" : "enforcetlsd: ", word, shown,
	    to_syslog ? "" : "\n");
	log_add(to_syslog ? priority : TO_STDERR,
	    (struct slice){ line, (size_t)n });
}

void
log_error(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	log_line(LOG_ERR, "error", format, values);
	va_end(values);
}

void
log_warning(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	log_line(LOG_WARNING, "warning", format, values);
	va_end(values);
}

void
log_notice(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	log_line(LOG_NOTICE, "notice", format, values);
	va_end(values);
}
