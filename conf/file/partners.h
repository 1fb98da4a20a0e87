/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partners - the rows of the table, with the profiles of their rules
 */
#ifndef CONF_FILE_PARTNERS_H
#define CONF_FILE_PARTNERS_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Reads the profiles of every origin, then the partners. Problems are added to
 * r's. */
void partners_read(struct read_context *r);

/* Gives a partner, by its index in the table, the key raw for hops, which are
 * bits of enum hop. -1 with e filled when it is not valid or another row has
 * it. */
int partners_claim(struct read_context *r, struct slice raw, bool next_hop,
    unsigned partner, unsigned hops, struct place at, struct err *e);

/*
 * The partner that all table lines with this profile share, by its index in
 * the table; it is made for the first line. false when there is no such
 * profile.
 */
bool partners_of_profile(struct read_context *r, struct slice name,
    unsigned *partner);

/* Sets a row's name, a struct slice, in r's arena. */
int partners_set_name(struct read_context *r, const struct value *value,
    void *into, struct err *e);
/* Adds partner, whose index in the table this is, to r's names; reports at the
 * node at that another has its name. A partner without a name is left out. */
void partners_add_name(struct read_context *r, struct node at,
    const struct partner *partner, unsigned index);

/* Sets the partner's provider, with a warning at the node at, when one of the
 * groups is all customers of a mail provider. Returns whether it did. */
bool partners_set_provider(struct read_context *r, struct partner *partner,
    const struct peer_group *groups, size_t count, struct node at);

/* The tables of keys of a partner and a profile; NULL for i past the last. */
const struct section *partners_section(unsigned i);
#endif
