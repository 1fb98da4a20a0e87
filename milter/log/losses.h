/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * losses - how many records were lost, by partner and reason
 */
#ifndef MILTER_LOG_LOSSES_H
#define MILTER_LOG_LOSSES_H

#include <stddef.h>
#include <stdint.h>

#include "policy/judge/record.h"

enum {
	/* Different pairs of partner and reason; further ones are counted
	 * together, without either. */
	LOSSES_ROWS = 32,
	/* A longer name of a partner is cut. */
	LOSSES_NAME = 64
};

struct losses {
	uint64_t count;                 /* of all */
	struct loss_row *rows;          /* owns; NULL until one is lost */
	size_t row_count;
};

void losses_add(struct losses *losses, struct slice partner,
    enum reason reason);

/* Writes them as a line of the log, as record_json() writes one; LIMIT_DECISION
 * always fits. time_ms is since 1970. Returns its length. */
size_t losses_json(const struct losses *losses, int64_t time_ms, char *out,
    size_t size);

/* Forgets them. */
void losses_clear(struct losses *losses);
#endif
