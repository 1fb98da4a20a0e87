/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lang - what C11 itself lacks: the length of an array, unused parameters
 */
#ifndef POLICY_BASE_LANG_H
#define POLICY_BASE_LANG_H

/* How many elements an array has. list must not be a pointer. */
#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Marks a parameter that the function's type requires and this function does
 * not use. */
#define ATTR_UNUSED __attribute__((unused))
#endif
