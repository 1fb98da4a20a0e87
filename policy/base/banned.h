/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * banned - functions that cannot be used safely on bytes from outside
 *
 * slice.h includes this, so every file does. Numbers are read by slice_int().
 */
#ifndef POLICY_BASE_BANNED_H
#define POLICY_BASE_BANNED_H

#include <string.h>
#include <stdio.h>
#include <stdlib.h>

#undef strcpy
#undef strcat
#undef sprintf
#undef strncpy
#undef strncat
#undef strtok
#undef atoi
#define strcpy  banned_use_slices_instead
#define strcat  banned_use_slices_instead
#define sprintf banned_use_snprintf_instead
#define strncpy banned_use_slices_instead
#define strncat banned_use_slices_instead
#define strtok  banned_use_slice_next_instead
#define atoi    banned_use_slice_int_instead
#endif
