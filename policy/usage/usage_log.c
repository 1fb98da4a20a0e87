/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/audit/seen.h"
#include "policy/base/jsontext.h"
#include "policy/usage/usage_log.h"

struct usage {
	const struct listed_logins *logins;     /* borrows; or NULL */
	usage_fn *take;
	void *data;                     /* borrows */
	struct gathered *gathered;      /* owns */
	struct seen *messages;          /* owns */
	struct usage_totals totals;
};

/* Whether it is the first accepted recipient of its message. A queue id comes
 * again after a while, so the session tells two messages apart. */
static bool
usage_is_new_message(struct usage *u, const struct recorded *record)
{
	struct slice id = record->queue_id;
	uint64_t h;

	if (record->outcome != OUTCOME_ACCEPTED || id.n == 0)
		return false;
	h = slice_hash_on(slice_hash(id), UINT64_C(0x9E3779B97F4A7C15),
	    record->session);
	if (h == 0)                     /* 0 marks a free place */
		h = 1;
	if (seen_has(u->messages, h))
		return false;
	seen_add(u->messages, h);
	return true;
}

static void
usage_take(struct gathered_record *records, void *data)
{
	struct usage *u = data;
	struct recorded *base = gathered_base(records);
	struct evidence unknown = { .client = base->proof.client };
	struct usage_recipient r = { .records = records, .record = base,
		.session = gathered_has_session_proof(base) ? &base->proof
		    : &unknown };

	for (struct gathered_record *k = records; k != NULL; k = k->next)
		listed_logins_restore(u->logins, &k->record);
	r.new_message = usage_is_new_message(u, base);
	u->totals.recipients++;
	u->take(&r, u->data);
}

struct usage *
usage_create(const struct listed_logins *logins, usage_fn *take, void *data)
{
	struct usage *u = xcalloc(1, sizeof(*u));

	u->logins = logins;
	u->take = take;
	u->data = data;
	u->gathered = gathered_create(usage_take, u);
	u->messages = seen_create();
	return u;
}

void
usage_destroy(struct usage **usage)
{
	struct usage *u = *usage;

	if (u == NULL)
		return;
	gathered_destroy(&u->gathered);
	seen_destroy(&u->messages);
	free(u);
	*usage = NULL;
}

static void
usage_line(struct usage *u, struct slice line)
{
	json_t *record = json_loadb(line.n == 0 ? "" : line.p, line.n, 0,
	    NULL);
	int64_t lost = jsontext_number(record, "lost");

	if (lost > 0)
		u->totals.lost += (uint64_t)lost;
	else if (!gathered_add(u->gathered, record) && record == NULL)
		u->totals.skipped++;
	json_decref(record);
}

int
usage_read(struct usage *u, struct lines *log, int64_t since, struct err *e)
{
	struct logline line;

	while (lines_next(log, &line, e)) {
		int64_t when = recorded_line_time(line.text);

		if (when > 0 && (u->totals.first == 0 ||
		    when < u->totals.first))
			u->totals.first = when;
		if (when == 0 || when >= since)
			usage_line(u, line.text);
	}
	return e->text[0] == '\0' ? 0 : -1;
}

struct usage_totals
usage_end(struct usage *u)
{
	gathered_end(u->gathered);
	return u->totals;
}
