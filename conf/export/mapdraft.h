/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mapdraft - a cdb that is written beside the one of map.static
 *
 * It is put in place whole, or not at all. Only one daemon keeps a file: two
 * would each put their own answers in place, in turn.
 */
#ifndef CONF_EXPORT_MAPDRAFT_H
#define CONF_EXPORT_MAPDRAFT_H

#include <cdb.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct mapdraft {
	int folder;                     /* owns; -1: none */
	int lock;                       /* owns; -1: none */
	int fd;                         /* owns; -1: none */
	char name[NAME_MAX + 1];        /* in the folder */
	char beside[NAME_MAX + 1];
	struct cdb_make cdb;
	uint64_t keys;                  /* answers so far */
	int number;                     /* errno of the first failure; 0 */
};

/* Begins a draft for the file at path, with a suffix to its name. Makes its
 * last folder if it is missing. -1 with e filled. */
int mapdraft_begin(struct mapdraft *d, const char *path, const char *suffix,
    struct err *e);

/* What fails is reported by mapdraft_finish(). */
void mapdraft_add(struct mapdraft *d, struct slice key, struct slice text);
/* The same, and counts it. */
void mapdraft_add_answer(struct mapdraft *d, struct slice key,
    struct slice text);

/* Ends the draft and puts it in place. Takes *d. -1 with e, which may be NULL,
 * filled: what was there stays. */
int mapdraft_finish(struct mapdraft *d, const char *path, struct err *e);

/* Makes this process the one that keeps the file at path, until the descriptor
 * that it returns is closed. -1 with e filled: another one does, or it cannot
 * be found out. Makes the last folder if it is missing. */
int mapdraft_hold(const char *path, struct err *e);
/* Whether what it locked is still there: nobody removed the folder. */
bool mapdraft_still_holds(int fd);
/* -1 with e filled when a daemon keeps the file at path. */
int mapdraft_check_free(const char *path, struct err *e);
#endif
