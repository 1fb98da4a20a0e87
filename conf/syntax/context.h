/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context - what all parts of one reading of the policy share
 *
 * Lives from the first file opened to the last origin closed; one thread.
 */
#ifndef CONF_SYNTAX_CONTEXT_H
#define CONF_SYNTAX_CONTEXT_H

#include "conf/base/digest.h"
#include "conf/base/textfile.h"
#include "conf/syntax/names.h"
#include "conf/syntax/node.h"
#include "conf/syntax/problems.h"
#include "policy/base/arena.h"
#include "policy/policy.h"

struct read_context {
	struct problems *problems;      /* borrows */
	struct policy *policy;          /* becomes the caller's when good */
	struct arena *arena;            /* the table's: what is kept */
	struct arena *scratch;          /* owns; what is not */
	struct slice folder;            /* of the main file, with its slash */
	struct digest *digest;          /* owns */
	struct slice *files;            /* read so far; kept */
	size_t file_count;
	struct origin *origins;         /* owns; main file first */
	struct origin **last;           /* where the next one goes */
	struct names partners;          /* index of the table's partners */
	struct names profiles;          /* index into profile */
	struct profile *profile;        /* in scratch */
	struct node matched_none;   /* the last pattern of
	                                 * "include" that no file is like */
	bool *covered;                  /* in scratch: partners with a key */
	size_t covered_room;            /* later partners are not written
	                                 * as such: they serve table lines */
};

/* Begins to read the policy whose main file is at path. r ends with
 * context_end(), which closes its origins. */
void context_begin(struct read_context *r, const char *path,
    struct problems *problems);
/* Returns new what was read, good or not; goes with policy_destroy(). */
struct policy *context_end(struct read_context *r);

/* Adds an origin behind the others. Takes it: context_end() closes it. */
void context_add(struct read_context *r, struct origin *origin);
/* A path as written in the policy, relative to the main file's folder unless
 * it begins with a slash; in the kept arena. */
struct slice context_path(struct read_context *r, struct slice written);
/* What is left of a path without the main file's folder; kept. */
const char *context_name(struct read_context *r, struct slice path);
/* Counts a file in: its digest, its permissions. */
void context_note(struct read_context *r, const struct textfile *source);
#endif
