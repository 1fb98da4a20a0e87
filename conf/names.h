/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * names - which partner or profile has a name
 */
#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stdbool.h>

#include "policy/slice.h"

struct names {
	struct name_slot *slots;        /* owns */
	size_t room, count;             /* room is a power of two */
};

void names_init(struct names *names, size_t expected);
void names_clear(struct names *names);
/* Whether name is new; then it has this index from now on. Borrows name. */
bool names_add(struct names *names, struct slice name, unsigned index);
/* Whether name is known; *index only then. */
bool names_find(const struct names *names, struct slice name,
    unsigned *index);
/* The known name that is nearest; NULL when none is near. */
const char *names_nearest(const struct names *names, struct slice name);
#endif
