/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * textfile - the text of one file of the policy, read once
 *
 * Parser, digest and prelint all work on the same bytes, even when the file
 * changes while the policy is read.
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
	char *text;             /* owns; followed by a newline and a NUL */
	size_t n;               /* octets, without those two */
	dev_t device;           /* with inode: identifies the file */
	ino_t inode;
	bool writable;          /* by its group or by everybody */
};

/*
 * Reads the whole file at path; *out borrows path until it is cleared. -1 with
 * e filled when it cannot be read, is not a regular file, is larger than
 * libconfig can count, or changed while it was read. *out is written only on
 * success; its text goes with textfile_clear().
 */
int textfile_read(const char *path, struct textfile *out, struct err *e);
void textfile_clear(struct textfile *file);

/* -1 with e filled, its line included, when the text begins with a byte order
 * mark or contains a NUL. */
int textfile_check_bytes(const struct textfile *file, struct err *e);
#endif
