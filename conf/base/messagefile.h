/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * messagefile - the Received fields of a message in a file
 *
 * The bodies are as a milter receives them: from the top, still folded. The
 * file is read only up to the empty line after the header.
 */
#ifndef CONF_BASE_MESSAGEFILE_H
#define CONF_BASE_MESSAGEFILE_H

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"

struct messagefile {
	struct slice *received;         /* borrows until the arena's end */
	size_t received_count;
};

/*
 * Reads the message at path; "-" is standard input. A leading "From " line,
 * which mbox files have, is skipped. -1 with e filled when the file cannot be
 * read, does not begin with a header, or has one of more than 1 MiB. *out
 * borrows from a and is written only on success.
 */
int messagefile_read(const char *path, struct arena *a, struct messagefile *out,
    struct err *e);
#endif
