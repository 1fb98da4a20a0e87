/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read - a policy from its file, included files, table files
 *
 * The daemon, `check`, `explain` and `whatif` all use this module, so all of
 * them accept the same files and read the same policy.
 */
#ifndef CONF_FILE_READ_H
#define CONF_FILE_READ_H

#include "conf/base/archive.h"
#include "conf/syntax/problems.h"
#include "policy/policy.h"

/*
 * Reads the file at path with everything it includes. Every problem is added
 * to problems. Returns new; goes with policy_destroy(). NULL when there was any
 * error. It may take a second and a lot of memory, so it must not be called on
 * a libmilter worker or an event loop.
 */
struct policy *policy_read(const char *path, struct problems *problems);
/* The same of a file that was copied to another place, without its candidate.
 * Files that it names are looked for in the folder basedir; if that is NULL, in
 * the file's own, and an include that finds nothing there is an error. */
struct policy *policy_read_copy(const char *path, const char *basedir,
    struct problems *problems);
/* The same from another source of files, in which path is the main file. */
struct policy *policy_read_from(struct filesource *source, const char *path,
    struct problems *problems);
/* Reads the policy that was kept in archive. Returns new; NULL with e filled
 * when this version does not load it, or reads another one from it. */
struct policy *policy_restore(struct archive *archive, struct err *e);
void policy_destroy(struct policy **policy);
#endif
