/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policyread - a policy read from the disk by the daemon, with its archive
 */
#ifndef MILTER_RELOAD_POLICYREAD_H
#define MILTER_RELOAD_POLICYREAD_H

#include <stdbool.h>

#include "conf/base/filesource.h"
#include "conf/syntax/problems.h"
#include "policy/base/err.h"
#include "policy/policy.h"

/* A policy, and a descriptor of the archive of its files (conf/base/archive.h).
 * Whoever has it owns all of it. */
struct policy_read {
	struct policy *policy;          /* NULL: it does not load */
	int archive;                    /* -1: there is none, for the reason in
	                                 * e, or no policy */
	struct err e;
	struct policy *before;          /* at a start: the kept policy, if the
	                                 * state has to lose what only that one
	                                 * has a partner for; or NULL */
	bool binds_as_user;             /* its sockets are not those of root's
	                                 * file: root binds none of them */
};

/* Reads the file at path, as policy_read() does, from source. */
struct policy_read policyread(struct filesource *source, const char *path,
    struct problems *problems);
/* Frees what is still there. */
void policyread_clear(struct policy_read *read);

/* Writes all problems to the daemon's log. */
void policyread_log(const struct problems *problems);
#endif
