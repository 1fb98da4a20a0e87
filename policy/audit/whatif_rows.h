/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * whatif_rows - the answer of what-if, by partner and hop
 *
 * For policy/audit/whatif alone.
 */
#ifndef POLICY_AUDIT_WHATIF_ROWS_H
#define POLICY_AUDIT_WHATIF_ROWS_H

#include "policy/audit/whatif.h"

struct whatif_rows;

/* One row, and who is counted in it by name. */
struct whatif_entry {
	struct whatif_entry *next;
	struct whatif_row row;
	char *name;                     /* owns */
	json_t *senders;                /* owns; a tally of addresses */
	json_t *clients;                /* owns; the same of clients */
	json_t *idle_clients;           /* owns */
};

/* Returns new; goes with whatif_rows_destroy(). */
struct whatif_rows *whatif_rows_create(void);
void whatif_rows_destroy(struct whatif_rows **rows);

/* The entry of a partner, which may be absent, and hop; a new one if there is
 * none yet. */
struct whatif_entry *whatif_entry_of(struct whatif_rows *rows,
    struct slice partner, enum hop hop);

/* Counts the sender of r among those of e, and its client in a tally of an
 * entry. */
void whatif_entry_add_sender(struct whatif_entry *e,
    const struct recorded *r);
void whatif_entry_add_client(json_t *clients, const struct recorded *r);

/* Calls visit for each row, by name and hop. row borrows for the call. */
void whatif_rows_each(struct whatif_rows *rows,
    void (*visit)(const struct whatif_row *row, void *data), void *data);
#endif
