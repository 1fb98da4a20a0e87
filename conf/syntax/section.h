/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * section - a group of the policy file, read by the table of its keys
 *
 * One table for each kind of group names its keys, their form, their default
 * and what takes the value. Unknown, missing and mistyped keys are found
 * here and nowhere else.
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

enum form {
	FORM_TEXT,                      /* "..." */
	FORM_FLAG,                      /* true or false */
	FORM_NUMBER,                    /* low to high */
	FORM_TEXTS,                     /* [ ], ( ) or one "..." */
	FORM_GROUP,                     /* { } */
	FORM_GROUPS,                    /* ( {...}, {...} ) */
	FORM_ANY                        /* the setter looks itself */
};

/* A value on its way in. A default has no node. */
struct value {
	const struct section_key *key;  /* NULL: a member of a list */
	struct node at;
	struct slice text;              /* FORM_TEXT */
	int number;                     /* FORM_NUMBER, and FORM_FLAG: 0, 1 */
};

struct section_key {
	const char *name;
	enum form form;
	/* Takes the value. For a wrong one it returns -1 and says why; a
	 * setter of a list reports its members itself and returns 0. NULL:
	 * the caller picks the value up from where it was seen. */
	int (*set)(struct read_context *r, const struct value *value,
	    void *into, struct err *e);
	/* Adds the value that set made, as check prints it, to out, which is
	 * empty; an absent one adds nothing. NULL: it is printed with another
	 * row, or not as a setting. */
	void (*show)(const struct section_key *key, const void *from,
	    struct text *out);
	/* For field.h: where in into the value is, and its words. */
	size_t offset;
	const struct vocabulary *(*words)(void);
	/* Of a FORM_GROUP whose set reads it into the same into. */
	const struct section *(*group)(void);
	/* As it would be written, without quotes; NULL: there is none. */
	const char *fallback;
	bool required;
	int low, high;
};

/* No table of keys has more rows. */
enum { SECTION_KEYS = 32 };

struct section {
	const char *what;               /* "a partner", for messages */
	const struct section_key *keys;
	size_t count;
	/* No key is required or has a fallback: saves a walk for each of
	 * a hundred thousand rules. */
	bool plain;
	/* Groups inside it, whose keys people write one level too high. */
	const struct section *(*inner)(void);
};

/*
 * Reads group into whatever the keys' setters make of it. Every problem is
 * added to r's; fallbacks are set first.
 */
void section_read(struct read_context *r, struct node group,
    const struct section *section, void *into);
/*
 * The same, and says where each key stands: seen has a place for each row of
 * the table, not given where the key was not written.
 */
void section_read_seen(struct read_context *r, struct node group,
    const struct section *section, void *into,
    struct node *seen);
/* Sets the fallbacks alone, those of its groups too. */
void section_defaults(struct read_context *r, const struct section *section,
    void *into);

/* Problems at a setting: file, line and path are worked out here. */
void section_error(struct read_context *r, struct node at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
void section_warning(struct read_context *r, struct node at,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "mode \"enforced\" is not known: did you mean enforce?" into e; -1. */
int section_unknown(struct err *e, struct slice word,
    const struct vocabulary *known);

/* Whether list is written, and has the form of FORM_TEXTS. */
bool section_is_texts(struct node list);
/* How many values a FORM_TEXTS has, and the i-th of them: where it is, and as
 * a text, which is absent when it is no string, which has been reported. */
size_t section_texts(struct node list);
struct node section_text_at(struct node list, size_t i);
struct value section_text(struct read_context *r, struct node list,
    size_t i);

/* Calls each for the strings of a list, which may be not given or of another
 * form: that has been reported, as is a member that is no string. */
void section_each_text(struct read_context *r, struct node list,
    void (*each)(struct read_context *r, const struct value *value));

/* The strings of a list, each put into its one spelling by one. What one
 * refuses is reported and left out. The words live in r's arena. */
void section_words(struct read_context *r, struct node list,
    int (*one)(struct read_context *r, struct slice raw, struct slice *out,
	struct err *e), struct words *out);

/* Whether a member of a list is a group { }; if not, that is reported. */
bool section_is_group(struct read_context *r, struct node at);
#endif
