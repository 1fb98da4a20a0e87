/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>

#include "policy/judge/record_removed.h"
#include "policy/base/text.h"
#include "policy/judge/quoted.h"

void
record_removed_sum(struct record_removed *removed,
    const struct record_removed *before)
{
	removed->all = removed->file;
	if (before->name[0] == '\0' || removed->file.before[0] == '\0' ||
	    strcmp(before->end, removed->file.before) != 0)
		return;
	removed->all.lines += before->all.lines;
	if (before->all.first < removed->all.first)
		removed->all.first = before->all.first;
	memcpy(removed->all.before, before->all.before,
	    sizeof(removed->all.before));
}

static void
record_removed_put_time(struct text *t, const char *key, int64_t time)
{
	time_t seconds = (time_t)time;
	char shown[32];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(shown, sizeof(shown), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		shown[0] = '\0';
	text_add(t, "\"%s\":\"%s\"", key, shown);
}

static void
record_removed_put_span(struct text *t, const char *key,
    const struct removed_span *span)
{
	text_add(t, ",\"%s\":{\"lines\":%llu,", key,
	    (unsigned long long)span->lines);
	record_removed_put_time(t, "first", span->first);
	text_byte(t, ',');
	record_removed_put_time(t, "last", span->last);
	if (span->before[0] == '\0')
		text_add(t, ",\"before\":null}");
	else
		text_add(t, ",\"before\":\"%s\"}", span->before);
}

size_t
record_removed_json(int64_t time_ms, const struct record_removed *removed,
    char *out, size_t size)
{
	struct text t;

	assert(removed->name[0] != '\0');
	text_init(&t, out, size);
	text_byte(&t, '{');
	record_removed_put_time(&t, "time", time_ms / 1000);
	text_add(&t, ",\"removed\":");
	quoted_put(&t, slice_of(removed->name));
	text_add(&t, ",\"end\":\"%s\"", removed->end);
	record_removed_put_span(&t, "file", &removed->file);
	record_removed_put_span(&t, "all", &removed->all);
	return text_length(&t);
}
