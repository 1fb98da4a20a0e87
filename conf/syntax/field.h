/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field - keys whose value is one member of a struct
 *
 * Functions for the set and show of a row in a table of keys. The row's offset
 * is that of the member, whose type is in the comment of each function. The
 * setters follow section_key.set.
 */
#ifndef CONF_SYNTAX_FIELD_H
#define CONF_SYNTAX_FIELD_H

#include "conf/syntax/section.h"

/* The row's member of the struct that it is read into or shown from. */
void *field_of(const struct value *value, void *into);
const void *field_in(const struct section_key *key, const void *from);

/* bool */
int field_set_flag(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_flag(const struct section_key *key, const void *from,
    struct text *out);

/* int */
int field_set_number(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_number(const struct section_key *key, const void *from,
    struct text *out);

/* An enum; the row's words() is its vocabulary. */
int field_set_word(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_word(const struct section_key *key, const void *from,
    struct text *out);

/* struct slice: any text, copied into r's arena. */
int field_set_text(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_text(const struct section_key *key, const void *from,
    struct text *out);

/* struct slice: a path of a file or folder that the daemon opens. It must be
 * absolute: the daemon's working folder is not the administrator's. */
int field_set_path(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* struct words */
void field_show_texts(const struct section_key *key, const void *from,
    struct text *out);

/* Reads the row's group() into the same struct. */
int field_set_group(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* Adds text, escaped, with a space before it unless out is empty. */
void field_add_text(struct text *out, struct slice text);
#endif
