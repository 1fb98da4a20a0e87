/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postfix_words - the lists that values of main.cf are
 */
#ifndef CONF_POSTFIX_POSTFIX_WORDS_H
#define CONF_POSTFIX_POSTFIX_WORDS_H

#include "conf/mta/mta_config.h"

/* Cuts the next word off *list; false: there is none. Commas and blanks
 * separate words, but not within braces. */
bool postfix_next_word(struct slice *list, struct slice *word);
/* Whether word is in braces; *inside is then what they enclose. */
bool postfix_in_braces(struct slice word, struct slice *inside);
/* "name = value" as its two parts; false: it has no equals sign. */
bool postfix_split_pair(struct slice text, struct slice *name,
    struct slice *value);
/* "transport:next hop" as its two parts; without a colon it is the first. */
void postfix_split_route(struct slice text, struct slice *transport,
    struct slice *next_hop);

/* What the words of a list may be. */
enum postfix_list {
	POSTFIX_TABLES,                 /* tables alone */
	POSTFIX_NAMES,                  /* no tables */
	POSTFIX_NAMES_AND_TABLES
};

/* A value as a list, in a. */
struct mta_list postfix_list(struct mta_value value, enum postfix_list kind,
    struct arena *a);
/* A value as milters, in a. defaults has what is in force for those that do
 * not say otherwise; its name and endpoint are not used. Notes in unread what
 * cannot be read. */
struct mta_milters postfix_milters(struct mta_value value,
    const struct mta_milter *defaults, struct arena *a,
    struct mta_unread_list *unread);
#endif
