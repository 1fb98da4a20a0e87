/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remedy_mta - which MTA sent the macros, and which of them it has to send
 *
 * For the files of remedy alone.
 */
#ifndef POLICY_EXPLAIN_REMEDY_MTA_H
#define POLICY_EXPLAIN_REMEDY_MTA_H

#include <stdbool.h>

#include "policy/explain/remedy_fix.h"

/* Whether the evidence is of macros, and they are at hand: none are in a
 * record, which tells only what was read from them. */
bool remedy_has_macros(const struct fix *f);

/* Whether the MTA may send it. What an unknown one sends is not known. */
bool remedy_may_send(const struct fix *f, enum macro macro);

/* Adds a step: the MTA has to send the macro. */
void remedy_add_macro(struct fix *f, enum macro macro);

/* Adds a step where the MTA is not known, or is not the one of milter.mta, and
 * reads the macros as those of the right one. */
void remedy_fix_mta(struct fix *f);

/* Adds the macros without which no other proves anything; false when the rest
 * cannot be known before they come. */
bool remedy_fix_sentinels(struct fix *f);
#endif
