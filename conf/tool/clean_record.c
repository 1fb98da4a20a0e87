/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/tool/clean_record.h"
#include "conf/base/addresskey.h"
#include "conf/base/amount.h"
#include "conf/show/logwalk.h"
#include "conf/show/print_json.h"
#include "policy/base/text.h"

enum {
	DAY = 86400,
	NEED = 600                      /* the log cuts a demand there */
};

/* Each condition that is missing, in words and numbers. */
static void
clean_record_add_missing(const struct clean_record *ask,
    const struct stage_evidence *evidence, struct text *t)
{
	char clean[AMOUNT_TEXT], past[AMOUNT_TEXT];
	int64_t age = ask->now - evidence->first;

	amount_show_duration(ask->clean, clean);
	if (evidence->lost > 0)
		text_join(t, "; ", "records lost in the last %s: %llu, so "
		    "what they would show is not known",
		    clean, (unsigned long long)evidence->lost);
	if (evidence->unclean > 0)
		text_join(t, "; ", "%llu of %llu recipients in the last %s "
		    "would be refused", (unsigned long long)evidence->unclean,
		    (unsigned long long)evidence->records, clean);
	if (evidence->first == 0)
		text_join(t, "; ", "no record of what the row demands now");
	else if (age < ask->clean)
		text_join(t, "; ", "it is on record for %s, and %s are "
		    "required", amount_show_duration(age, past), clean);
	if (evidence->records < (uint64_t)ask->messages)
		text_join(t, "; ", "%llu of the %ld recipients required were "
		    "judged", (unsigned long long)evidence->records,
		    ask->messages);
}

json_t *
clean_record_json(const struct clean_record *ask,
    const struct stage_evidence *evidence)
{
	char missing[TEXT_SENTENCE];
	json_t *o = json_object(), *worst = json_array();
	struct text t;

	assert(evidence->worst_count <= STAGE_EVIDENCE_OFFENDERS);
	for (size_t i = 0; i < evidence->worst_count; i++)
		json_array_append_new(worst, json_pack("{s:s,s:I,s:s}",
			"client_addr", evidence->worst[i].client, "count",
			(json_int_t)evidence->worst[i].count, "reason",
			evidence->worst[i].reason));
	text_init(&t, missing, sizeof(missing));
	clean_record_add_missing(ask, evidence, &t);
	json_object_set_new(o, "ok", json_boolean(text_length(&t) == 0));
	json_object_set_new(o, "error", text_length(&t) == 0 ? json_null()
	    : json_sprintf("the decision log does not show that this is safe: "
		"%s", missing));
	json_object_set_new(o, "days", json_integer(evidence->first == 0 ? 0
	    : (ask->now - evidence->first) / DAY));
	json_object_set_new(o, "records", jsontext_count(evidence->records));
	json_object_set_new(o, "unclean", jsontext_count(evidence->unclean));
	json_object_set_new(o, "lost", jsontext_count(evidence->lost));
	json_object_set_new(o, "set_aside", jsontext_count(evidence->aside));
	json_object_set_new(o, "set_aside_clients",
	    jsontext_count(evidence->aside_clients));
	json_object_set_new(o, "worst", worst);
	return o;
}

/* o is of clean_record_json(); call has what was required. */
void
clean_record_print(const struct clean_record *ask, const json_t *o, FILE *err)
{
	const json_t *worst;
	size_t i;

	fprintf(err, "  days on record        %lld of %lld\n"
	    "  recipients judged     %lld of %ld\n"
	    "  would be refused      %lld\n",
	    (long long)jsontext_number(o, "days"),
	    (long long)(ask->clean / DAY),
	    (long long)jsontext_number(o, "records"), ask->messages,
	    (long long)jsontext_number(o, "unclean"));
	if (jsontext_number(o, "lost") > 0)
		fprintf(err, "  records lost          %lld\n",
		    (long long)jsontext_number(o, "lost"));
	if (jsontext_number(o, "set_aside") > 0)
		fprintf(err, "  set aside             %lld, of %lld clients "
		    "that never passed\n",
		    (long long)jsontext_number(o, "set_aside"),
		    (long long)jsontext_number(o, "set_aside_clients"));
	json_array_foreach(json_object_get(o, "worst"), i, worst)
		fprintf(err, "    %-20s %lld time%s, mostly: %s\n",
		    jsontext_at(worst, "client_addr").p,
		    (long long)jsontext_number(worst, "count"),
		    text_plural(jsontext_number(worst, "count")),
		    jsontext_at(worst, "reason").p);
}

/* What the log records of a rule since a time. */
int
clean_record_read(const struct clean_record *ask, const struct rule *rule,
    int64_t since, struct stage_evidence *out, struct err *e)
{
	struct logwalk *log = logwalk_open(ask->policy->settings.decisions,
	    0, e);
	char need[NEED], need_hashed[NEED];
	struct shortening hashed;
	struct stage_question question = {
		.partner = rule->partner->name, .hop = rule->hop,
		.need = { need, demand_show(&rule->demand, need,
		    sizeof(need)) },
		.since = since,
		.ignored = ask->ignored,
		.ignored_count = ask->ignored_count,
		.ignore_unverified = ask->ignore_unverified };
	int result;

	if (log == NULL)
		return -1;
	if (addresskey_known(&ask->policy->settings, &hashed))
		question.need_hashed = (struct slice){ need_hashed,
			demand_show_shortened(&rule->demand, &hashed,
			    need_hashed, sizeof(need_hashed)) };
	result = stage_evidence_read(logwalk_lines(log), &question, out, e);
	logwalk_close(&log);
	return result;
}

/* Nothing unclean, nothing lost, and enough of both time and mail. */
bool
clean_record_is_safe(const struct clean_record *ask,
    const struct stage_evidence *evidence, int64_t since)
{
	return evidence->unclean == 0 && evidence->lost == 0 &&
	    evidence->first > 0 && evidence->first <= since &&
	    evidence->records >= (uint64_t)ask->messages;
}
