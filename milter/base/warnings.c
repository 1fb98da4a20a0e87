/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <stdarg.h>

#include "milter/base/warnings.h"
#include "policy/base/text.h"

/* Under lock; "": not set. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char texts[WARNING_COUNT][WARNING_TEXT];

void
warning_set(enum warning warning, const char *format, ...)
{
	struct text text;
	va_list values;

	assert(warning < WARNING_COUNT);
	pthread_mutex_lock(&lock);
	text_init(&text, texts[warning], WARNING_TEXT);
	va_start(values, format);
	text_vadd(&text, format, values);
	va_end(values);
	text_end(&text);
	pthread_mutex_unlock(&lock);
}

void
warning_clear(enum warning warning)
{
	assert(warning < WARNING_COUNT);
	pthread_mutex_lock(&lock);
	texts[warning][0] = '\0';
	pthread_mutex_unlock(&lock);
}

bool
warning_get(enum warning warning, char out[WARNING_TEXT])
{
	assert(warning < WARNING_COUNT);
	pthread_mutex_lock(&lock);
	memcpy(out, texts[warning], WARNING_TEXT);
	pthread_mutex_unlock(&lock);
	return out[0] != '\0';
}

size_t
warnings_list(char out[WARNING_COUNT][WARNING_TEXT])
{
	size_t count = 0;

	pthread_mutex_lock(&lock);
	for (unsigned i = 0; i < WARNING_COUNT; i++)
		if (texts[i][0] != '\0')
			memcpy(out[count++], texts[i], WARNING_TEXT);
	pthread_mutex_unlock(&lock);
	return count;
}
