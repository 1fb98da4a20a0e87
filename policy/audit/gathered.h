/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gathered - the records of a decision log, gathered by recipient
 *
 * Each rule that judged a recipient has a record of its own, with the
 * recipient's reference.
 */
#ifndef POLICY_AUDIT_GATHERED_H
#define POLICY_AUDIT_GATHERED_H

#include <jansson.h>
#include <stdbool.h>

#include "policy/audit/recorded.h"

struct gathered;

struct gathered_record {
	struct recorded record;
	struct gathered_record *next;
};

/* Takes the records of one recipient, at least one, in the order of the log.
 * They borrow for the call. */
typedef void gathered_fn(struct gathered_record *records, void *data);

/* Returns new; goes with gathered_destroy(). take gets each recipient once,
 * also when a file of the log is read twice. */
struct gathered *gathered_create(gathered_fn *take, void *data);
void gathered_destroy(struct gathered **gathered);

/* Adds a line of the log, as JSON. false: it is no record of a decision. */
bool gathered_add(struct gathered *gathered, const json_t *record);
/* Call it after the last line: take gets the recipients that still wait. */
void gathered_end(struct gathered *gathered);

/* Whether the proof is of the session, not of a Received field. */
bool gathered_has_session_proof(const struct recorded *record);
/* Of a recipient's records the one with the session's proof, or else the
 * first. */
struct recorded *gathered_base(struct gathered_record *records);
#endif
