/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postmap - what a table of Postfix has for many keys, asked at once
 */
#ifndef CONF_MTA_POSTMAP_H
#define CONF_MTA_POSTMAP_H

#include "conf/base/unix_user.h"
#include "policy/base/arena.h"
#include "policy/base/err.h"

/* One table, such as hash:/etc/postfix/transport. */
struct postmap {
	struct slice name;              /* with its type */
	bool by_pattern;                /* it is asked for whole addresses
	                                 * only, as regexp: is */
	struct postmap_entry *entries;  /* sorted by key; in the arena */
	size_t count, room;
	const struct unix_user *user;   /* borrows; whom root asks as, NULL:
	                                 * itself */
	struct arena *arena;            /* borrows */
};

/* Whether the type of the table is known, and by_pattern with it. Fills *out,
 * which borrows name and a, and has no entries yet. */
bool postmap_open(struct slice name, struct arena *a, struct postmap *out);

/*
 * Asks the table for each line of keys: runs program, an absolute path of
 * postmap(1), for the instance of Postfix with that configuration folder (NULL:
 * the default). -1 with e filled when it cannot be asked.
 */
int postmap_ask(struct postmap *table, const char *program,
    const char *config, struct slice keys, struct err *e);

/* What it has for key; absent: nothing. Borrows from the arena. */
struct slice postmap_value(const struct postmap *table, struct slice key);
#endif
