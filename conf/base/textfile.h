/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * textfile - the text of one file of the policy, read once
 *
 * What is parsed, what is hashed and what is hinted about are the same bytes,
 * however often the file changes meanwhile.
 */
#ifndef CONF_BASE_TEXTFILE_H
#define CONF_BASE_TEXTFILE_H

#include <sys/types.h>

#include <stdbool.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct textfile {
	const char *path;       /* as opened, for problems; borrows */
	const char *name;       /* relative to the main file's folder, for
	                         * rules and the digest; borrows */
	char *text;             /* owns; a newline and a NUL stand behind n */
	size_t n;
	dev_t device;           /* with inode: which file it is */
	ino_t inode;
	bool writable;          /* by its group or by everybody */
};

/*
 * Reads the whole file. Refuses what is not a regular file, what is larger
 * than libconfig can count, and what changed while it was read.
 */
int textfile_read(const char *path, struct textfile *out, struct err *e);
void textfile_clear(struct textfile *source);
#endif
