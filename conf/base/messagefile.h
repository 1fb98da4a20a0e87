/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messagefile - the Received fields of a message in a file
 *
 * As a milter gets them: the bodies, folded as they are, from the top. Reads
 * no further than the empty line behind the header.
 */
#ifndef CONF_BASE_MESSAGEFILE_H
#define CONF_BASE_MESSAGEFILE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"

struct messagefile {
	struct slice *received;         /* in the arena */
	size_t received_count;          /* all of them */
};

/*
 * Reads the message at path, "-" being standard input. A "From " line in front
 * is a mailbox's and is passed over. -1 when it cannot be read, is longer than
 * a header may be, or does not begin with a header. *out lives in a.
 */
int messagefile_read(const char *path, struct arena *a, struct messagefile *out,
    struct err *e);
#endif
