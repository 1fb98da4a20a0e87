/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepfile - what the removal of old files has to know over a restart
 *
 * The file "LOG.keep" beside the decision log: the time that is believed, and
 * what was removed so far. It is replaced whole. A file that is missing or
 * damaged means that nothing is believed yet, and the daemon waits again.
 */
#ifndef MILTER_LOG_KEEPFILE_H
#define MILTER_LOG_KEEPFILE_H

#include "milter/log/keepclock.h"
#include "policy/base/err.h"
#include "policy/judge/record_removed.h"

struct keepfile {
	struct keepclock clock;
	struct record_removed last;     /* the last record of a removal, with
	                                 * its sums; name "" for none */
};

/* Reads it from "LOG.keep"; all zero when there is none that can be used. */
void keepfile_read(const char *log, struct keepfile *out);
/* Replaces it. 0, or -1 with e filled. */
int keepfile_write(const char *log, const struct keepfile *file,
    struct err *e);
#endif
