/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * context - what all parts of one reading of the policy share
 *
 * Lives from the first file opened to the last tree destroyed; one thread.
 */
#ifndef CONF_SYNTAX_CONTEXT_H
#define CONF_SYNTAX_CONTEXT_H

#include <libconfig.h>

#include "conf/base/digest.h"
#include "conf/base/textfile.h"
#include "conf/syntax/names.h"
#include "conf/syntax/problems.h"
#include "policy/base/arena.h"
#include "policy/policy.h"

/* A file whose tree is being read. Never moves: settings point back at it. */
struct tree {
	struct tree *next;
	struct textfile source;
	config_t config;
};

struct read_context {
	struct problems *problems;      /* borrows */
	struct policy *policy;          /* becomes the caller's when good */
	struct arena *arena;            /* the table's: what is kept */
	struct arena *scratch;          /* owns; what is not */
	struct slice folder;            /* of the main file, with its slash */
	struct digest *digest;          /* owns */
	struct slice *files;            /* read so far; kept */
	size_t file_count;
	struct tree *trees;             /* owns; main file first */
	struct tree **last;             /* where the next one goes */
	struct names partners;          /* index of the table's partners */
	struct names profiles;          /* index into profile */
	struct profile *profile;        /* in scratch */
	const config_setting_t *matched_none;   /* the last pattern of
	                                 * "include" that no file is like */
	bool *covered;                  /* in scratch: partners with a key */
	size_t covered_room;            /* later partners are not written
	                                 * as such: they serve table lines */
};

/* The file that a setting was written in. */
const struct textfile *context_file(const config_setting_t *at);
/* A path as written in the policy, relative to the main file's folder unless
 * it begins with a slash; in the kept arena. */
struct slice context_path(struct read_context *r, struct slice written);
/* What is left of a path without the main file's folder; kept. */
const char *context_name(struct read_context *r, struct slice path);
/* Counts a file in: its digest, its permissions. */
void context_note(struct read_context *r, const struct textfile *source);
/* Parses a file behind the others. Takes source's text; NULL when it has
 * syntax errors, which are reported. */
struct tree *context_tree(struct read_context *r, struct textfile *source);
#endif
