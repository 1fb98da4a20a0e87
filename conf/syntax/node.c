/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/syntax/node.h"

struct node
node_root(const struct origin *origin)
{
	return (struct node){ origin, origin->root };
}

bool
node_is_given(struct node node)
{
	return node.origin != NULL;
}

enum node_kind
node_kind(struct node node)
{
	return node.origin == NULL ? NODE_ABSENT :
	    node.origin->type->kind(node.at);
}

bool
node_is_group(struct node node)
{
	return node_kind(node) == NODE_GROUP;
}

struct slice
node_text(struct node node)
{
	if (node_kind(node) != NODE_TEXT)
		return SLICE_NONE;
	return slice_of(node.origin->type->text(node.at));
}

int
node_number(struct node node)
{
	assert(node_is_given(node));
	return node.origin->type->number(node.at);
}

size_t
node_count(struct node node)
{
	return node.origin == NULL ? 0 : node.origin->type->count(node.at);
}

struct node
node_member(struct node node, size_t i)
{
	assert(i < node_count(node));
	return (struct node){ node.origin,
		node.origin->type->member(node.at, i) };
}

struct node
node_key(struct node group, const char *name)
{
	size_t count = node_is_group(group) ? node_count(group) : 0;

	for (size_t i = 0; i < count; i++) {
		struct node member = node_member(group, i);

		if (strcmp(node_name(member), name) == 0)
			return member;
	}
	return NODE_NONE;
}

const char *
node_name(struct node node)
{
	assert(node_is_given(node));
	return node.origin->type->name(node.at);
}

struct place
node_place(struct node node)
{
	assert(node_is_given(node));
	return (struct place){ node.origin->name,
		node.origin->type->line(node.at) };
}

void
node_add_path(struct node node, struct text *out)
{
	assert(node_is_given(node));
	node.origin->type->add_path(node.at, out);
}
