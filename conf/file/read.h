/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read - the policy file, its includes and its table files, into a policy
 *
 * The daemon, `check`, `explain` and `whatif` all read through here, so what
 * one of them accepts is what all of them enforce.
 */
#ifndef CONF_FILE_READ_H
#define CONF_FILE_READ_H

#include "conf/syntax/problems.h"
#include "policy/policy.h"

/*
 * Reads the file at path with everything it includes. Every problem found is
 * added to problems; any error gives NULL and nothing is loaded. Returns new;
 * goes with policy_destroy(). May take a second and a lot of memory: never
 * called on a libmilter worker or an event loop.
 */
struct policy *policy_read(const char *path, struct problems *problems);
void policy_destroy(struct policy **policy);
#endif
