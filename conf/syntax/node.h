/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * node - a value of the policy, where its origin has it
 *
 * An origin holds settings and rows: a file that libconfig parsed, or any
 * other store that shows what it holds as nodes. What reads nodes does not
 * know which it is. A node is two pointers, copied freely, and is valid until
 * its origin is closed. Nothing is copied out of the origin: a policy may have
 * a million groups.
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

/* How an origin shows what it holds. at is a pointer of its own. */
struct origin_type {
	enum node_kind (*kind)(const void *at);
	const char *(*text)(const void *at);    /* of NODE_TEXT, with its NUL */
	/* Of NODE_NUMBER; of NODE_FLAG 0 or 1. */
	int (*number)(const void *at);
	/* The members of an array, list or group; of all others none. */
	size_t (*count)(const void *at);
	const void *(*member)(const void *at, size_t i);
	/* The key it has in its group; NULL in a list. */
	const char *(*name)(const void *at);
	unsigned (*line)(const void *at);       /* 0: it has none */
	/* Adds "partners[3].inbound.level"; nothing for the root. */
	void (*add_path)(const void *at, struct text *out);
	void (*close)(struct origin *origin);
};

/* Never moves: its nodes point at it. */
struct origin {
	const struct origin_type *type;
	struct origin *next;            /* in the order they are read */
	const char *path;               /* as opened, for problems */
	const char *name;               /* relative to the main file's folder,
	                                 * for rules */
	const struct textfile *file;    /* NULL: it is no file */
	const void *root;               /* a group */
};

struct node {
	const struct origin *origin;    /* NULL: not written */
	const void *at;                 /* the origin's own */
};

#define NODE_NONE ((struct node){ NULL, NULL })

struct node node_root(const struct origin *origin);

bool node_is_given(struct node node);
enum node_kind node_kind(struct node node);
bool node_is_group(struct node node);

/* Absent when the node is no text; else with a NUL behind it. Borrows from
 * the origin. */
struct slice node_text(struct node node);
/* Of a number; of a flag 0 or 1. */
int node_number(struct node node);

size_t node_count(struct node node);
struct node node_member(struct node node, size_t i);
/* The member of a group that has this key; not given when there is none. */
struct node node_key(struct node group, const char *name);

/* The key a node has in its group; NULL in a list. */
const char *node_name(struct node node);
struct place node_place(struct node node);
/* Adds where it is in its origin, as "partners[3].inbound.level". */
void node_add_path(struct node node, struct text *out);
#endif
