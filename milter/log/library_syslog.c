/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "milter/log/library_syslog.h"
#include "milter/log/log.h"

/* Libraries log after a failure and may look at errno then. */
__attribute__((format(printf, 2, 0)))
static void
library_log(int priority, const char *format, va_list values)
{
	char text[1024];
	int number = errno;

	if (vsnprintf(text, sizeof(text), format, values) >= 0)
		log_library(priority, text);
	errno = number;
}

void
syslog(int priority, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	library_log(priority, format, values);
	va_end(values);
}

void
__syslog_chk(int priority, int flag ATTR_UNUSED, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	library_log(priority, format, values);
	va_end(values);
}
