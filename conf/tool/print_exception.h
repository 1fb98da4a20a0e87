/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_exception - what people read of a new exception, or in the history
 */
#ifndef CONF_TOOL_PRINT_EXCEPTION_H
#define CONF_TOOL_PRINT_EXCEPTION_H

#include <jansson.h>
#include <stdio.h>

#include "conf/state/change.h"
#include "policy/audit/waiting.h"

/* What is printed of a grant beside its answer. Borrows. */
struct print_grant {
	const struct change *change;
	const char *config;             /* -c of the command; NULL: none */
	struct slice key;               /* the word by which the partner was
	                                 * named, a key of it; or absent */
	struct waiting *waiting;        /* what waits in the queue, before the
	                                 * grant; NULL: not known */
	const char *left_out_of;        /* the file of map.static, which has no
	                                 * exceptions now; NULL: none such */
	int64_t now;                    /* seconds since 1970 */
};

/* Adds what the exception gives to an answer with its id. */
void print_grant_add(const struct print_grant *grant, json_t *answer);

/* Prints such an answer as text: what passes, where and until when, how to end
 * it, and the mail that it frees. */
void print_grant_text(const json_t *answer, FILE *out);

/* Prints a line of history.jsonl, with its newline unless it is the last: as
 * JSON, or as text for people. */
void print_history_line(struct slice line, bool json, FILE *out);
#endif
