/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filesource - where the files of a policy come from: the disk, or elsewhere
 *
 * The reader opens and finds its files through one of these alone. archive.h
 * has two more: one that keeps what it passes on, and one that plays it back.
 */
#ifndef CONF_BASE_FILESOURCE_H
#define CONF_BASE_FILESOURCE_H

#include "conf/base/textfile.h"
#include "policy/base/arena.h"
#include "policy/table/demand.h"

struct filesource {
	/* As textfile_read(). */
	int (*read)(struct filesource *source, const char *path,
	    struct textfile *out, struct err *e);
	/* The paths that pattern, as of glob(3), matches, sorted by bytes; each
	 * ends with a NUL. None is no failure. *out is in a. -1 with e filled
	 * when a folder of it cannot be read. */
	int (*match)(struct filesource *source, const char *pattern,
	    struct arena *a, struct words *out, struct err *e);
};

/* The files on the disk. Any thread. */
struct filesource *filesource_disk(void);

/* The paths that were read of a source, also those that could not be. */
struct filetrail {
	struct filesource source;       /* passes on what from has */
	struct filesource *from;        /* borrows */
	struct arena *arena;            /* owns paths */
	struct slice *paths;            /* each ends with a NUL */
	size_t count;
};

/* Begins a trail, of which source is to be read. filetrail_end() must follow.
 */
void filetrail_begin(struct filetrail *trail, struct filesource *from);
void filetrail_end(struct filetrail *trail);
#endif
