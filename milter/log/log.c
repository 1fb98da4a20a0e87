/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>
#include <syslog.h>

#include "milter/log/log.h"
#include "policy/base/text.h"

/* The longest line: two error texts and a path. */
enum { LINE = 2048 };

/* Set by log_open() before any other thread runs, then only read. */
static enum log_to destination;

void
log_open(enum log_to to)
{
	destination = to;
	/* libmilter's lines and decisions go to syslog in any case. */
	openlog("enforcetlsd", LOG_PID, LOG_MAIL);
}

/* A line is one line, whatever a file name or a policy holds. */
static void
log_replace_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

__attribute__((format(printf, 3, 0)))
static void
log_line(int priority, const char *word, const char *format, va_list values)
{
	char text[LINE];
	struct text t;

	text_init(&t, text, sizeof(text));
	text_vadd(&t, format, values);
	log_replace_controls(text);
	if (destination == LOG_TO_SYSLOG)
		syslog(priority, "%s: %s", word, text);
	else
		fprintf(stderr, "enforcetlsd: %s: %s\n", word, text);
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
