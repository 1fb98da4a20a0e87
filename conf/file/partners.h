/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partners - the rows of the table, with the profiles they take rules from
 */
#ifndef CONF_FILE_PARTNERS_H
#define CONF_FILE_PARTNERS_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Reads the profiles of every origin, then the partners. */
void partners_read(struct read_context *r);

/* Lets a partner, by its index in the table, answer to a key. Says in e which
 * row has it already, and then returns -1. */
int partners_claim(struct read_context *r, struct slice raw, bool next_hop,
    unsigned partner, unsigned hops, struct place at, struct err *e);

/*
 * The partner that table lines ending in this profile's name share; made at
 * the first one. false when there is no such profile.
 */
bool partners_of_profile(struct read_context *r, struct slice name,
    unsigned *partner);

const struct section *partners_section(unsigned i);
#endif
