/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "policy/audit/recorded.h"
#include "policy/audit/stage_evidence.h"
#include "policy/audit/tally.h"
#include "policy/base/jsontext.h"

/* More reasons than there are words for; a log may have any. */
enum { REASONS = 64 };

/* The counts while the log is read. */
struct counting {
	const struct stage_question *question;
	struct stage_evidence *out;
	json_t *clients;                /* owns; a tally */
	json_t *reasons;                /* owns; client to a tally */
	json_t *proven;                 /* owns; has each client that passed */
};

static const char *
stage_evidence_client(const json_t *record)
{
	const char *client = jsontext_at(record, "client_addr").p;

	return client == NULL ? "unknown" : client;
}

static void
stage_evidence_count_offence(struct counting *c, const json_t *record)
{
	const char *client = stage_evidence_client(record);
	const char *reason = jsontext_at(record, "reason").p;
	json_t *reasons = json_object_get(c->reasons, client);

	tally_add(c->clients, client, NULL, SIZE_MAX);
	if (reason == NULL)
		return;
	if (reasons == NULL) {
		reasons = json_object();
		json_object_set_new(c->reasons, client, reasons);
	}
	tally_add(reasons, reason, NULL, REASONS);
}

/* The log cuts a long value (see record.h), so only its start is compared. */
static bool
stage_evidence_is_same_need(struct slice recorded, struct slice need)
{
	enum { COMPARED = 500 };

	if (need.n > COMPARED && recorded.n > COMPARED)
		return slice_eq(slice_head(recorded, COMPARED),
		    slice_head(need, COMPARED));
	return slice_eq(recorded, need);
}

static bool
stage_evidence_passed(const json_t *record)
{
	return slice_eq(jsontext_at(record, "verdict"), SLICE("pass"));
}

static bool
stage_evidence_is_ignored(const struct stage_question *q,
    const json_t *record)
{
	struct netaddr client;

	return json_is_string(json_object_get(record, "exempt")) ||
	    (netaddr_from(jsontext_at(record, "client_addr"), &client) &&
		netrange_any(q->ignored, q->ignored_count, &client));
}

/* Clients that passed nothing, ever, take their recipients with them. */
static void
stage_evidence_set_aside(struct counting *c)
{
	struct stage_evidence *out = c->out;
	const char *client;
	json_t *entry;
	void *next;

	json_object_foreach_safe(c->clients, next, client, entry) {
		uint64_t count = (uint64_t)json_integer_value(
		    json_array_get(entry, 0));

		if (json_object_get(c->proven, client) != NULL)
			continue;
		assert(count <= out->unclean && count <= out->records);
		out->aside += count;
		out->aside_clients++;
		out->unclean -= count;
		out->records -= count;
		json_object_del(c->clients, client);
	}
}

/* Whether the record is of the partner and hop that are asked for. */
static bool
stage_evidence_is_of_rule(const struct stage_question *q,
    const json_t *record)
{
	struct slice partner = jsontext_at(record, "partner");

	return (slice_eq(partner, q->partner) || (q->partner_hashed.p != NULL &&
		slice_eq(partner, q->partner_hashed))) &&
	    slice_eq(jsontext_at(record, "hop"), slice_of(hop_name(q->hop)));
}

static void
stage_evidence_count_record(struct counting *c, const json_t *record)
{
	const struct stage_question *q = c->question;
	int64_t when = recorded_time(jsontext_at(record, "time").p);
	json_int_t lost = json_integer_value(json_object_get(record, "lost"));

	if (lost > 0 && when >= q->since)
		c->out->lost += (uint64_t)lost;
	if (!stage_evidence_is_of_rule(q, record))
		return;
	/* What asks nothing proves nothing. */
	if (stage_evidence_passed(record) &&
	    !slice_eq(jsontext_at(record, "need"), SLICE("none")))
		json_object_set_new(c->proven, stage_evidence_client(record),
		    json_true());
	if (!stage_evidence_is_same_need(jsontext_at(record, "need"),
		q->need) &&
	    !stage_evidence_is_same_need(jsontext_at(record, "need"),
		q->need_hashed))
		return;
	if (c->out->first == 0 || when < c->out->first)
		c->out->first = when;
	if (when < q->since || stage_evidence_is_ignored(q, record))
		return;
	c->out->records++;
	if (stage_evidence_passed(record))
		return;
	c->out->unclean++;
	stage_evidence_count_offence(c, record);
}

/* Writes the client's most frequent reason; "" when none was recorded. */
static void
stage_evidence_reason(struct counting *c, const char *client,
    char out[STAGE_EVIDENCE_TEXT])
{
	json_t *reasons = json_object_get(c->reasons, client);
	struct tally_top top;

	out[0] = '\0';
	if (reasons != NULL && tally_rank(reasons, 1, &top) == 1)
		snprintf(out, STAGE_EVIDENCE_TEXT, "%s", top.name);
}

/* Writes the worst clients, the worst first. */
static void
stage_evidence_rank(struct counting *c)
{
	struct stage_evidence *out = c->out;
	struct tally_top top[STAGE_EVIDENCE_OFFENDERS];

	out->worst_count = tally_rank(c->clients, COUNT_OF(top), top);
	for (size_t i = 0; i < out->worst_count; i++) {
		struct offender *worst = &out->worst[i];

		worst->count = top[i].count;
		snprintf(worst->client, STAGE_EVIDENCE_TEXT, "%s", top[i].name);
		stage_evidence_reason(c, top[i].name, worst->reason);
	}
}

static bool
stage_evidence_has_text(struct slice line, const char *text)
{
	return memmem(line.p, line.n, text, strlen(text)) != NULL;
}

/* Whether a line has to be parsed: it may be a record of this hop or of lost
 * records, or is no record at all, which is an error. */
static bool
stage_evidence_is_of_interest(const struct counting *c, struct slice line)
{
	return stage_evidence_has_text(line, hop_name(c->question->hop)) ||
	    stage_evidence_has_text(line, "\"lost\":") ||
	    !stage_evidence_has_text(line, "\"hop\":") ||
	    line.p[line.n - 1] != '}';
}

static int
stage_evidence_count_all(struct counting *c, struct lines *log, struct err *e)
{
	struct logline line;

	while (lines_next(log, &line, e)) {
		json_t *record;

		/* Most need no parsing. */
		if (!stage_evidence_is_of_interest(c, line.text))
			continue;
		record = json_loadb(line.text.p, line.text.n, 0, NULL);
		if (record == NULL)
			return err_at(e, line.file, (unsigned)line.number,
			    "not a record of a decision");
		stage_evidence_count_record(c, record);
		json_decref(record);
	}
	return e->text[0] == '\0' ? 0 : -1;
}

int
stage_evidence_read(struct lines *log, const struct stage_question *question,
    struct stage_evidence *out, struct err *e)
{
	struct counting c = { .question = question, .out = out,
		.clients = json_object(), .reasons = json_object(),
		.proven = json_object() };
	int result;

	assert(question->hop < HOP_COUNT && question->need.p != NULL);
	*out = (struct stage_evidence){ .records = 0 };
	result = stage_evidence_count_all(&c, log, e);
	if (result == 0 && question->ignore_unverified)
		stage_evidence_set_aside(&c);
	if (result == 0)
		stage_evidence_rank(&c);
	json_decref(c.clients);
	json_decref(c.reasons);
	json_decref(c.proven);
	return result;
}
