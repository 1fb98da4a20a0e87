/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lang - what C11 itself lacks: the length of an array, unused parameters
 */
#ifndef POLICY_BASE_LANG_H
#define POLICY_BASE_LANG_H

/* How many elements an array has; of a pointer it would be nonsense. */
#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Stands behind a parameter that a function type asks for and this function
 * does not need. */
#define ATTR_UNUSED __attribute__((unused))
#endif
