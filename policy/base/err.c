/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdarg.h>

#include "policy/base/err.h"
#include "policy/base/text.h"

__attribute__((format(printf, 5, 0))) static void
err_fill(struct err *e, struct text *t, const char *file, unsigned line,
    const char *format, va_list ap)
{
	text_init(t, e->file, sizeof(e->file));
	text_add(t, "%s", file);
	e->line = line;
	e->number = 0;
	text_init(t, e->text, sizeof(e->text));
	text_vadd(t, format, ap);
}

int
err_set(struct err *e, const char *format, ...)
{
	struct text t;
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, format);
	err_fill(e, &t, "", 0, format, ap);
	va_end(ap);
	return -1;
}

int
err_at(struct err *e, const char *file, unsigned line, const char *format, ...)
{
	struct text t;
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, format);
	err_fill(e, &t, file, line, format, ap);
	va_end(ap);
	return -1;
}

int
err_errno(struct err *e, const char *format, ...)
{
	int saved = errno;
	struct text t;
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, format);
	err_fill(e, &t, "", 0, format, ap);
	va_end(ap);
	text_add(&t, ": %s", strerror(saved));
	e->number = errno = saved;
	return -1;
}

int
err_kind(struct err *e, int number, const char *format, ...)
{
	struct text t;
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, format);
	err_fill(e, &t, "", 0, format, ap);
	va_end(ap);
	e->number = number;
	return -1;
}
