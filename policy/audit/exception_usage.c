/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/audit/exception_usage.h"
#include "policy/audit/recorded.h"
#include "policy/base/jsontext.h"

struct exception_usage {
	json_t *counts;                 /* owns; id to [count, last] */
};

/* Whether a line names an exception: most do not, and need no parsing. */
static bool
usage_has_exception(struct slice line)
{
	static const char key[] = "\"exception\":\"";

	return line.n > sizeof(key) &&
	    memmem(line.p, line.n, key, sizeof(key) - 1) != NULL;
}

static void
usage_count_record(struct exception_usage *usage, const json_t *record,
    int64_t since)
{
	const char *id = jsontext_at(record, "exception").p;
	int64_t when = recorded_time(jsontext_at(record, "time").p);
	json_t *entry;

	if (id == NULL || when < since)
		return;
	entry = json_object_get(usage->counts, id);
	if (entry == NULL) {
		json_object_set_new(usage->counts, id, json_pack("[I,I]",
			(json_int_t)0, (json_int_t)0));
		entry = json_object_get(usage->counts, id);
	}
	assert(json_array_size(entry) == 2);
	json_integer_set(json_array_get(entry, 0),
	    json_integer_value(json_array_get(entry, 0)) + 1);
	if (when > json_integer_value(json_array_get(entry, 1)))
		json_integer_set(json_array_get(entry, 1), when);
}

struct exception_usage *
exception_usage_read(struct lines *log, int64_t since, struct err *e)
{
	struct exception_usage *usage = xcalloc(1, sizeof(*usage));
	struct logline line;

	usage->counts = json_object();
	while (lines_next(log, &line, e)) {
		json_t *record = !usage_has_exception(line.text) ? NULL
		    : json_loadb(line.text.p, line.text.n, 0, NULL);

		if (record != NULL)
			usage_count_record(usage, record, since);
		json_decref(record);
	}
	if (e->text[0] != '\0')
		exception_usage_free(&usage);
	return usage;
}

void
exception_usage_free(struct exception_usage **usage)
{
	if (*usage == NULL)
		return;
	json_decref((*usage)->counts);
	free(*usage);
	*usage = NULL;
}

struct exception_uses
exception_usage_of(const struct exception_usage *usage, struct slice id)
{
	const json_t *entry = id.p == NULL ? NULL
	    : json_object_getn(usage->counts, id.p, id.n);

	return (struct exception_uses){
		(uint64_t)json_integer_value(json_array_get(entry, 0)),
		json_integer_value(json_array_get(entry, 1)) };
}
