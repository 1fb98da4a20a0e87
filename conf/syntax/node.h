/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node - a value of the policy and its origin
 *
 * An origin is a source of settings and rows: a file that libconfig parsed, or
 * any other store that can be read as nodes. Code that reads nodes does not
 * know which. A node is two pointers; it can be copied, and is valid until its
 * origin is closed. Nodes are not copied out of the origin: a policy may have a
 * million groups.
 */
#ifndef CONF_SYNTAX_NODE_H
#define CONF_SYNTAX_NODE_H

#include <stdbool.h>

#include "policy/base/slice.h"
#include "policy/table/partner.h"

struct origin;
struct text;
struct textfile;

enum node_kind {
	NODE_ABSENT,                    /* not written */
	NODE_TEXT,
	NODE_FLAG,
	NODE_NUMBER,
	NODE_LARGE,                     /* a number past 32 bits */
	NODE_FRACTION,                  /* a number with a point */
	NODE_ARRAY,                     /* values of one kind, no groups */
	NODE_LIST,                      /* values of any kind */
	NODE_GROUP                      /* values that have keys */
};

/* The operations of a kind of origin. at is a value of it. */
struct origin_type {
	enum node_kind (*kind)(const void *at);
	const char *(*text)(const void *at);    /* of NODE_TEXT */
	/* Of NODE_NUMBER; 0 or 1 of NODE_FLAG. */
	int (*number)(const void *at);
	/* How many members an array, list or group has; 0 of other kinds. */
	size_t (*count)(const void *at);
	const void *(*member)(const void *at, size_t i);
	/* Its key in the group; NULL in a list. */
	const char *(*name)(const void *at);
	unsigned (*line)(const void *at);       /* 0: it has no lines */
	/* Adds a path such as "partners[3].inbound.level"; nothing for the
	 * root. */
	void (*add_path)(const void *at, struct text *out);
	void (*close)(struct origin *origin);
};

/* It must not move: its nodes point to it. */
struct origin {
	const struct origin_type *type;
	struct origin *next;            /* in the order they are read */
	const char *path;               /* as opened, for problems */
	const char *name;               /* relative to the main file's folder,
	                                 * for rules */
	const struct textfile *file;    /* borrows; NULL: not a file */
	const void *root;               /* a group */
};

struct node {
	const struct origin *origin;    /* NULL: not written */
	const void *at;                 /* borrows from origin */
};

#define NODE_NONE ((struct node){ NULL, NULL })

struct node node_root(const struct origin *origin);

bool node_is_given(struct node node);
enum node_kind node_kind(struct node node);
bool node_is_group(struct node node);

/* The text of a NODE_TEXT, which ends with a NUL; absent for other kinds.
 * Borrows from the origin. */
struct slice node_text(struct node node);
/* The value of a number; 0 or 1 of a flag. node is one of them. */
int node_number(struct node node);

/* How many members an array, list or group has; 0 for other kinds. */
size_t node_count(struct node node);
/* The i-th member; i is less than the count. */
struct node node_member(struct node node, size_t i);
/* The member of a group with this key; NODE_NONE when there is none. */
struct node node_key(struct node group, const char *name);

/* The functions below are for nodes that are given. */

/* The key of a node in its group; NULL in a list. */
const char *node_name(struct node node);
/* File and line, for a rule. */
struct place node_place(struct node node);
/* Adds its path in the origin, such as "partners[3].inbound.level". */
void node_add_path(struct node node, struct text *out);
#endif
