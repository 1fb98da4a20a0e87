/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * section - a group of the policy file, read by the table of its keys
 *
 * Each kind of group has one table, which lists its keys, their form, their
 * default and the function that sets the value. Unknown, missing and mistyped
 * keys are reported here and nowhere else.
 */
#ifndef CONF_SYNTAX_SECTION_H
#define CONF_SYNTAX_SECTION_H

#include <stdbool.h>

#include "conf/syntax/node.h"
#include "conf/syntax/problems.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"
#include "policy/table/demand.h"

struct read_context;
struct section;
struct section_key;
struct text;

enum value_form {
	FORM_TEXT,                      /* "..." */
	FORM_FLAG,                      /* true or false */
	FORM_NUMBER,                    /* low to high */
	FORM_TEXTS,                     /* [ ], ( ) or one "..." */
	FORM_GROUP,                     /* { } */
	FORM_GROUPS,                    /* ( {...}, {...} ) */
	FORM_ANY                        /* the setter checks it */
};

/* A value to be set. A default has no node. */
struct value {
	const struct section_key *key;  /* NULL: a member of a list */
	struct node at;
	struct slice text;              /* FORM_TEXT */
	int number;                     /* FORM_NUMBER, and FORM_FLAG: 0, 1 */
};

struct section_key {
	const char *name;
	enum value_form form;
	/* Sets the value in into. -1 with e filled when it is not valid; a
	 * setter of a list reports its members itself and returns 0. NULL:
	 * the caller of section_read_nodes() reads the node. */
	int (*set)(struct read_context *r, const struct value *value,
	    void *into, struct err *e);
	/* Adds the value, as `enforcetls check` prints it, to out, which is
	 * empty; an absent one adds nothing. NULL: it is printed with another
	 * row or not as a setting. */
	void (*show)(const struct section_key *key, const void *from,
	    struct text *out);
	/* For field.h: the member of into, and its words. */
	size_t offset;
	const struct vocabulary *(*words)(void);
	/* The table of a FORM_GROUP that is read into the same into. */
	const struct section *(*group)(void);
	/* The default, as it would be written, without quotes; NULL: none. */
	const char *fallback;
	bool required;
	int low, high;
};

/* The most rows that a table of keys may have. */
enum { SECTION_KEYS = 32 };

struct section {
	const char *what;               /* "a partner", for messages */
	const struct section_key *keys;
	size_t count;
	/* No key is required or has a fallback; saves a loop for each of a
	 * hundred thousand rules. */
	bool plain;
	/* A group inside it, whose keys people write one level too high. */
	const struct section *(*inner)(void);
};

/*
 * Reads group: sets the fallbacks, then calls the setter of each key with into.
 * Every problem is added to r's.
 */
void section_read(struct read_context *r, struct node group,
    const struct section *section, void *into);
/*
 * The same, and fills nodes, which has an element for each row of the table:
 * the key's value, or NODE_NONE when the key is not written.
 */
void section_read_nodes(struct read_context *r, struct node group,
    const struct section *section, void *into, struct node *nodes);
/* Sets only the fallbacks, those of its groups included. */
void section_defaults(struct read_context *r, const struct section *section,
    void *into);

/* Report a problem at a node, with its file, line and path. */
void section_error(struct read_context *r, struct node at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void section_warning(struct read_context *r, struct node at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fills e with "\"enforced\" is not known: did you mean ...?" or the list of
 * known words. Returns -1. */
int section_unknown(struct err *e, struct slice word,
    const struct vocabulary *known);

/* Whether list is given and has the form of FORM_TEXTS. */
bool section_is_texts(struct node list);
/* How many values a list of FORM_TEXTS has. */
size_t section_count_texts(struct node list);
/* The i-th of them. */
struct node section_text_node(struct node list, size_t i);
/* The same with its text. One that is not a string is reported, and its text is
 * absent. */
struct value section_text_value(struct read_context *r, struct node list,
    size_t i);

/* Calls each for every string of list. A member that is not a string is
 * reported. A list that is not given or of another form has no strings. */
void section_each_text(struct read_context *r, struct node list,
    void (*each)(struct read_context *r, const struct value *value));

/* The strings of list, each parsed by parse into its canonical spelling. One
 * that parse refuses is reported and left out. out->list is in r's arena. */
void section_words(struct read_context *r, struct node list,
    int (*parse)(struct read_context *r, struct slice raw, struct slice *out,
	struct err *e), struct words *out);

/* Whether a member of a list is a group { }; reports it if not. */
bool section_is_group(struct read_context *r, struct node at);
#endif
