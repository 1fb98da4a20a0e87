/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * network - the parts of the policy file that name addresses
 */
#ifndef CONF_FILE_NETWORK_H
#define CONF_FILE_NETWORK_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Setters of the top's table; into is the struct settings. */
int network_set_own_relays(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int network_set_listeners(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int network_set_local_clients(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* And their shows; from is the struct settings. */
void network_show_own_relays(const struct section_key *key, const void *from,
    struct text *out);
void network_show_listeners(const struct section_key *key, const void *from,
    struct text *out);
void network_show_local_clients(const struct section_key *key,
    const void *from, struct text *out);

/* A list of addresses and ranges into the arena; how many were good. */
size_t network_ranges(struct read_context *r, struct node list,
    const struct netrange **out);

const struct section *network_section(unsigned i);
#endif
