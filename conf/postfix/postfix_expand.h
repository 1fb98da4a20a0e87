/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_expand - the $name in a value of main.cf, replaced as Postfix does
 *
 * postconf(1) does this for main.cf, and for what master.cf sets; it has no
 * answer for a value of main.cf that refers to something which one service of
 * master.cf sets otherwise.
 */
#ifndef CONF_POSTFIX_POSTFIX_EXPAND_H
#define CONF_POSTFIX_POSTFIX_EXPAND_H

#include "policy/base/arena.h"

/* The value of a setting as it is written; absent: there is none of that name.
 */
typedef struct slice postfix_value_fn(void *data, struct slice name);

/* The text with every $name, ${name?text} and so on replaced, in the arena.
 * Absent when its syntax is wrong, or when it refers to itself. */
struct slice postfix_expand(struct slice text, postfix_value_fn *value_of,
    void *data, struct arena *a);

/* Cuts off the next name that *text refers to; false: there is none. Names
 * within a condition are among them, whether it holds or not. */
bool postfix_next_reference(struct slice *text, struct slice *name);
#endif
