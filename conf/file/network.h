/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * network - the keys of the policy file that name addresses
 */
#ifndef CONF_FILE_NETWORK_H
#define CONF_FILE_NETWORK_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Setters for toplevel's table; into is the struct settings. */
int network_set_own_relays(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int network_set_listeners(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int network_set_local_clients(struct read_context *r, const struct value *value,
    void *into, struct err *e);

int network_set_smarthosts(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* The same keys shown; from is the struct settings. */
void network_show_own_relays(const struct section_key *key, const void *from,
    struct text *out);
void network_show_listeners(const struct section_key *key, const void *from,
    struct text *out);
void network_show_local_clients(const struct section_key *key,
    const void *from, struct text *out);
void network_show_smarthosts(const struct section_key *key,
    const void *from, struct text *out);

/* Parses a list of addresses and ranges into r's arena; what is not valid is
 * reported. Returns how many were. */
size_t network_ranges(struct read_context *r, struct node list,
    const struct netrange **out);

/* The tables of keys of a relay and a listener; NULL for i past the last. */
const struct section *network_section(unsigned i);
#endif
