/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diskcheck - whether the policy's files on disk are the ones that were read
 */
#ifndef MILTER_RELOAD_DISKCHECK_H
#define MILTER_RELOAD_DISKCHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/*
 * The files of policy were read, from path and what it includes; started is
 * when that began, since 1970 in milliseconds: what was written after it may
 * not have been read. NULL: path did not load, and it was told why; until
 * something changes again there is nothing new to tell.
 */
void diskcheck_set(const char *path, const struct policy *policy,
    int64_t started);

/* Whether a file has changed since, told once; its path is copied to out. */
bool diskcheck_changed(char *out, size_t size);

/* How the files on disk stand to what is in force, in a word: "loaded",
 * "changed", or "broken" when the last attempt to load them failed. */
const char *diskcheck_word(void);

/* For the end of the process. */
void diskcheck_clear(void);
#endif
