/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names - an index of partners or profiles by name
 */
#ifndef CONF_SYNTAX_NAMES_H
#define CONF_SYNTAX_NAMES_H

#include <stdbool.h>

#include "policy/base/slice.h"

struct named {
	struct slice name;
	unsigned index;
};

struct names {
	struct name_slot *slots;        /* owns; a hash table */
	size_t room;                    /* slots: a power of two, or 0 */
	struct named *list;             /* owns; in the order of adding */
	size_t count;
};

/* At most `most` names may be added. */
void names_init(struct names *names, size_t most);
void names_clear(struct names *names);
/* Adds name with index. false when the name is there already: then nothing
 * changes. Borrows name, which ends with a NUL, until names_clear(). */
bool names_add(struct names *names, struct slice name, unsigned index);
/* Whether name was added; *index is written only then. */
bool names_find(const struct names *names, struct slice name,
    unsigned *index);
/* The name most like this one, for a hint; NULL when none is close. */
const char *names_nearest(const struct names *names, struct slice name);
#endif
