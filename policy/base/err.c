/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>

#include "policy/base/err.h"
#include "policy/base/text.h"

struct failure {
	const char *file;
	unsigned line;
	int number;
	bool show_number;               /* add its strerror() to the text */
};

__attribute__((format(printf, 3, 0))) static void
err_fill(struct err *e, struct failure f, const char *format, va_list ap)
{
	struct text t;

	assert(f.file != NULL && format != NULL);
	if (e == NULL)
		return;
	text_init(&t, e->file, sizeof(e->file));
	text_add(&t, "%s", f.file);
	e->line = f.line;
	e->number = f.number;
	text_init(&t, e->text, sizeof(e->text));
	text_vadd(&t, format, ap);
	if (f.show_number)
		text_add(&t, ": %s", strerror(f.number));
}

int
err_set(struct err *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	err_fill(e, (struct failure){ .file = "" }, format, ap);
	va_end(ap);
	return -1;
}

int
err_at(struct err *e, const char *file, unsigned line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	err_fill(e, (struct failure){ .file = file, .line = line }, format,
	    ap);
	va_end(ap);
	return -1;
}

int
err_kind(struct err *e, int number, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	err_fill(e, (struct failure){ .file = "", .number = number }, format,
	    ap);
	va_end(ap);
	return -1;
}

int
err_errno(struct err *e, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	va_start(ap, format);
	err_fill(e, (struct failure){ .file = "", .number = saved,
		.show_number = true }, format, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
err_file(struct err *e, const char *file)
{
	int saved = errno;

	err_at(e, file, 0, "%s", strerror(saved));
	if (e != NULL)
		e->number = saved;
	errno = saved;
	return -1;
}
