/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demand_cover - whether one demand asks at least what another one does
 *
 * By what they mean, not by how they are written: every peer that one lets
 * pass, the other must let pass too. Demands that cannot be compared do not
 * cover each other. What a server is called in its greeting (servername) asks
 * nothing of it.
 */
#ifndef POLICY_TABLE_DEMAND_COVER_H
#define POLICY_TABLE_DEMAND_COVER_H

#include <stdbool.h>

#include "policy/table/demand.h"

/*
 * Whether all that passes a passes b too, whatever the evidence: a demands at
 * least as much. false when that is not certain, as for different names.
 */
bool demand_covers(const struct demand *a, const struct demand *b);

/* The parts of a demand. Several demands together cover another one when each
 * of its parts is covered by one of them. */
enum demand_part {
	PART_TLS,
	PART_FLOOR,                     /* PART_FLOOR + FLOOR_...: one each */
	PART_IDENTITY = PART_FLOOR + FLOOR_COUNT,
	PART_COUNT
};

/* Whether demand asks for this part at all. */
bool demand_asks_part(const struct demand *demand, enum demand_part part);

/* Whether by asks at least what demand asks in this part. */
bool demand_part_is_covered(const struct demand *demand,
    enum demand_part part, const struct demand *by);

/* Whether a group of it names clients. */
bool demand_names_clients(const struct demand *demand);
/* Whether each client that a group of demand names is one that a group of by
 * names. */
bool demand_clients_are_covered(const struct demand *demand,
    const struct demand *by);
#endif
