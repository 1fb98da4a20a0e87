/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context - the state of one reading of the policy
 *
 * It lives from the first file opened to the last origin closed, and is used
 * by one thread. What becomes part of the policy is allocated in the table's
 * arena, the rest in scratch.
 */
#ifndef CONF_SYNTAX_CONTEXT_H
#define CONF_SYNTAX_CONTEXT_H

#include "conf/base/digest.h"
#include "conf/base/filesource.h"
#include "conf/syntax/names.h"
#include "conf/syntax/node.h"
#include "conf/syntax/problems.h"
#include "policy/base/arena.h"
#include "policy/policy.h"

struct read_context {
	struct filesource *source;      /* borrows; where files come from */
	struct problems *problems;      /* borrows */
	struct policy *policy;          /* context_end() returns it */
	struct arena *arena;            /* borrows; the table's */
	struct arena *scratch;          /* owns; freed by context_end() */
	struct slice folder;            /* of the main file, with its slash */
	struct digest *digest;          /* owns */
	struct slice *files;            /* the files read so far; in arena */
	size_t file_count;
	struct include_pattern *patterns;       /* read so far; in arena */
	size_t pattern_count;
	struct origin *origins;         /* owns; main file first */
	struct origin **last;           /* where to add the next one */
	struct names partners;          /* index of a partner in the table */
	struct names profiles;          /* index of a profile in profile */
	struct profile *profile;        /* in scratch */
	bool strays;                    /* the main file may not be in its
	                                 * place: a pattern of "include" must
	                                 * match */
	struct node unmatched;          /* the last pattern of "include" that
	                                 * matches no file */
	bool *has_key;                  /* in scratch: by index of a partner */
	size_t has_key_count;           /* partners that are written as such;
	                                 * later ones are made for the lines of
	                                 * table files */
};

/* Begins to read the policy whose main file is at path of source. Borrows
 * source and problems. context_end() must follow. */
void context_begin(struct read_context *r, struct filesource *source,
    const char *path, struct problems *problems);
/* Files that the policy names are in this folder, not in that of the main file.
 */
void context_set_folder(struct read_context *r, const char *folder);
/* Ends the reading: closes the origins and frees scratch. Returns new the
 * policy, even when there were errors; it goes with policy_destroy(). */
struct policy *context_end(struct read_context *r);

/* Adds an origin to the end. Takes it: context_end() closes it. */
void context_add_origin(struct read_context *r, struct origin *origin);
/* The path of a file that the policy names: relative to the main file's folder
 * unless it begins with a slash. In r's arena, with a NUL. */
struct slice context_path(struct read_context *r, struct slice written);
/* A path without the main file's folder, for rules; in r's arena. */
const char *context_name(struct read_context *r, struct slice path);
/* Adds a file to the policy's list and digest, and warns when others than its
 * owner can write it. */
void context_add_file(struct read_context *r, const struct textfile *file);
/* Adds a pattern of "include" to the policy's list; found is in r's arena. */
void context_add_pattern(struct read_context *r, const char *text,
    const struct words *found);
#endif
