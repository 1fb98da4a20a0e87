/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

static void
err_fill(struct err *e, const char *file, unsigned line)
{
	snprintf(e->file, sizeof(e->file), "%s", file);
	e->line = line;
}

int
err_set(struct err *e, const char *format, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	err_fill(e, "", 0);
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -1;
}

int
err_at(struct err *e, const char *file, unsigned line, const char *format, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	err_fill(e, file, line);
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	return -1;
}

int
err_errno(struct err *e, const char *format, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (e == NULL)
		return -1;
	err_fill(e, "", 0);
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(saved));
	errno = saved;
	return -1;
}
