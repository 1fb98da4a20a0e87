/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "milter/log/losses.h"
#include "policy/base/arena.h"

struct loss_row {
	char partner[LOSSES_NAME];
	bool has_partner;
	bool has_reason;                /* false: it stands for the rest */
	enum reason reason;
	uint64_t count;
};

static struct slice
losses_partner_of(const struct loss_row *row)
{
	return row->has_partner ? slice_of(row->partner) : SLICE_NONE;
}

static bool
losses_is_of(const struct loss_row *row, struct slice partner,
    enum reason reason)
{
	return row->has_reason && row->reason == reason &&
	    row->has_partner == (partner.p != NULL) &&
	    (partner.p == NULL ||
		slice_eq(losses_partner_of(row),
		    slice_head(partner, LOSSES_NAME - 1)));
}

/* The row for a pair; the last one of a full table is for all others. */
static struct loss_row *
losses_row_for(struct losses *losses, struct slice partner, enum reason reason)
{
	struct loss_row *row;

	if (losses->rows == NULL)
		losses->rows = xcalloc(LOSSES_ROWS, sizeof(*losses->rows));
	for (size_t i = 0; i < losses->row_count; i++)
		if (losses_is_of(&losses->rows[i], partner, reason))
			return &losses->rows[i];
	if (losses->row_count == LOSSES_ROWS)
		return &losses->rows[LOSSES_ROWS - 1];
	row = &losses->rows[losses->row_count++];
	if (losses->row_count == LOSSES_ROWS)
		return row;
	row->reason = reason;
	row->has_reason = true;
	row->has_partner = partner.p != NULL;
	partner = slice_head(partner, LOSSES_NAME - 1);
	if (partner.n > 0)
		memcpy(row->partner, partner.p, partner.n);
	return row;
}

void
losses_add(struct losses *losses, struct slice partner, enum reason reason)
{
	losses->count++;
	losses_row_for(losses, partner, reason)->count++;
}

size_t
losses_json(const struct losses *losses, int64_t time_ms, char *out,
    size_t size)
{
	struct record_loss list[LOSSES_ROWS];

	for (size_t i = 0; i < losses->row_count; i++) {
		const struct loss_row *row = &losses->rows[i];

		list[i] = (struct record_loss){ losses_partner_of(row),
			row->has_reason ? reason_name(row->reason) : NULL,
			row->count };
	}
	return record_lost_json(time_ms, losses->count, list,
	    losses->row_count, out, size);
}

void
losses_clear(struct losses *losses)
{
	free(losses->rows);
	*losses = (struct losses){ .count = 0 };
}
