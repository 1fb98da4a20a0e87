/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names - which partner or profile has a name
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
	struct name_slot *slots;        /* owns; a power of two of them */
	size_t room;
	struct named *list;             /* owns; in the order they came */
	size_t count;
};

/* Never more than most names will be added. */
void names_init(struct names *names, size_t most);
void names_clear(struct names *names);
/* Whether name is new; then it has this index from now on. Borrows name,
 * which has a NUL behind it. */
bool names_add(struct names *names, struct slice name, unsigned index);
/* Whether name is known; *index only then. */
bool names_find(const struct names *names, struct slice name,
    unsigned *index);
/* The known name that is nearest; NULL when none is near. */
const char *names_nearest(const struct names *names, struct slice name);
#endif
