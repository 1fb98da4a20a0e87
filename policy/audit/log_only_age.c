/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/audit/log_only_age.h"
#include "policy/audit/recorded.h"
#include "policy/base/jsontext.h"
#include "policy/staging.h"

struct log_only_age {
	json_t *times;                  /* owns; hop to partner to time */
};

static void
age_add_record(struct log_only_age *age, const json_t *record, int64_t when)
{
	const char *hop = jsontext_at(record, "hop").p;
	const char *partner = jsontext_at(record, "partner").p;
	struct slice stage = jsontext_at(record, "stage");
	json_t *partners;

	if (hop == NULL || partner == NULL ||
	    !slice_eq(stage, slice_of(stage_name(STAGE_LOG_ONLY))))
		return;
	partners = json_object_get(age->times, hop);
	if (partners == NULL) {
		partners = json_object();
		json_object_set_new(age->times, hop, partners);
	}
	if (json_object_get(partners, partner) == NULL)
		json_object_set_new(partners, partner, json_integer(when));
}

static void
age_add_lines(struct log_only_age *age, struct lines *log, int64_t before,
    struct err *e)
{
	struct logline line;

	while (lines_next(log, &line, e)) {
		json_t *record = json_loadb(line.text.p, line.text.n, 0, NULL);
		int64_t when = recorded_time(jsontext_at(record, "time").p);

		if (when > 0 && when <= before)
			age_add_record(age, record, when);
		json_decref(record);
		if (when > before)
			return;
	}
}

struct log_only_age *
log_only_age_read(struct lines *log, int64_t before, struct err *e)
{
	struct log_only_age *age = xcalloc(1, sizeof(*age));

	age->times = json_object();
	age_add_lines(age, log, before, e);
	if (e->text[0] != '\0')
		log_only_age_free(&age);
	return age;
}

void
log_only_age_free(struct log_only_age **age)
{
	if (*age == NULL)
		return;
	json_decref((*age)->times);
	free(*age);
	*age = NULL;
}

int64_t
log_only_age_of(const struct log_only_age *age, struct slice partner,
    enum hop hop)
{
	assert(hop < HOP_COUNT);
	if (age == NULL || partner.p == NULL)
		return 0;
	return json_integer_value(json_object_getn(json_object_get(
		age->times, hop_name(hop)), partner.p, partner.n));
}
