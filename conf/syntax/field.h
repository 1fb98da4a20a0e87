/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * field - keys whose value is one field of what is read
 *
 * Setters and shows for rows of a table of keys. A row's offset says which
 * field it is. The type behind each name is the one the field must have.
 */
#ifndef CONF_SYNTAX_FIELD_H
#define CONF_SYNTAX_FIELD_H

#include "conf/syntax/section.h"

/* The row's field in what it is read into, or shown from. */
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

/* An enum; the row's words are its vocabulary. */
int field_set_word(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_word(const struct section_key *key, const void *from,
    struct text *out);

/* struct slice, any text; it is copied into r's arena. */
int field_set_text(struct read_context *r, const struct value *value,
    void *into, struct err *e);
void field_show_text(const struct section_key *key, const void *from,
    struct text *out);

/* struct words */
void field_show_texts(const struct section_key *key, const void *from,
    struct text *out);

/* The group of the row, read into the same into. */
int field_set_group(struct read_context *r, const struct value *value,
    void *into, struct err *e);

/* Adds a text, escaped, behind a space unless it is the first. */
void field_add_text(struct text *out, struct slice text);
#endif
