/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * diskcheck - whether the policy's files on disk are the ones that were read
 */
#ifndef MILTER_RELOAD_DISKCHECK_H
#define MILTER_RELOAD_DISKCHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/filesource.h"
#include "policy/policy.h"

/*
 * Notes that policy was read; the trail of that has the files that were asked
 * for. started is when it began, in milliseconds since 1970: what was written
 * later may not have been read. A policy of NULL: it failed to load, which was
 * reported; there is nothing to report until a file of it, or of the last one
 * that loaded, changes again.
 */
void diskcheck_set(const struct policy *policy, const struct filetrail *trail,
    int64_t started);

/* Notes that what was read is not in force: it asks less. Until the next
 * diskcheck_set(). */
void diskcheck_refuse(void);

/* Whether a file has changed since, or one has come that a pattern of "include"
 * matches, which is reported once; copies the path, or the pattern, to out.
 * Looks at the disk, which may make it wait. */
bool diskcheck_changed(char *out, size_t size);

/* The files on disk, compared with what is in force: "loaded", "changed",
 * "broken" when the last attempt to load them failed, or "refused". Looks at
 * the disk. */
const char *diskcheck_word(void);
/* The same, as the last look has found it. Never waits. */
const char *diskcheck_known_word(void);

/* For the end of the process. */
void diskcheck_clear(void);
#endif
