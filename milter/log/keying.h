/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keying - the key that the decision log is written under, and its changes
 *
 * Each file has a key of its own. At the begin of a file the key becomes the
 * next one: it is on the disk before the old one is erased there and in memory,
 * and the lines of the file before are on the disk before that. The first line
 * under a key is a record of that. Used by one thread.
 */
#ifndef MILTER_LOG_KEYING_H
#define MILTER_LOG_KEYING_H

#include <stdbool.h>
#include <sys/types.h>

#include "conf/base/keyfile.h"
#include "milter/log/logfile.h"

/* What the first line under a key has to say. */
enum keying_step {
	KEYING_SAME,                    /* nothing: the key goes on */
	KEYING_START,                   /* it is the first one of a chain */
	KEYING_NEXT,                    /* it follows the one before */
	KEYING_LOST,                    /* there is none any more */
	KEYING_END                      /* the policy names none any more */
};

struct keying {
	char *path;                     /* owns; NULL: there is no key */
	struct keyfile file;
	dev_t dev;                      /* of the file */
	ino_t ino;
	struct logkey key;
	bool old_remains;               /* the key before is still on disk */
	bool is_late;                   /* the next one could not be written */
	bool is_lost;                   /* it could not be opened */
	enum keying_step step;          /* to be recorded before anything else;
	                                 * who has done that resets it */
};

/* Its word in the record's `keying`; NULL for KEYING_SAME. */
const char *keying_word(enum keying_step step);

bool keying_is_open(const struct keying *keying);

/* Has file written under the key at path, in place of another one; does nothing
 * when that key is in use already. One that cannot be used is logged, and file
 * is written under none. */
void keying_use(struct keying *keying, const char *path, struct logfile *file);
/* Notes that the policy names no key any more. */
void keying_end(struct keying *keying);
/* Erases the key from memory. */
void keying_close(struct keying *keying);

/* Makes the next key the one in use, after file, which was written under the
 * old one, is on the disk. On failure the old one stays in use, which is
 * logged. */
void keying_advance(struct keying *keying, const struct logfile *file);
/* Does what has failed before. */
void keying_try_again(struct keying *keying, const struct logfile *file);
#endif
