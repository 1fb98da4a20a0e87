/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain - the check of a decision log's lines, each against the one before it
 *
 * With the first keys of the log, the codes of its lines are checked too.
 */
#ifndef CONF_TOOL_CHAIN_H
#define CONF_TOOL_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/base/digest.h"
#include "conf/base/logkey.h"
#include "conf/tool/removals.h"
#include "policy/base/lines.h"
#include "policy/judge/seal.h"

enum { CHAIN_KEYS = 16 };               /* first keys, at most */

struct chain {
	/* First keys: that of the log, and each that followed a lost one. */
	struct logkey first[CHAIN_KEYS];
	size_t first_count;

	char last[DIGEST_TEXT + 1];     /* digest of the last line; "" before
	                                 * the first */
	struct logkey key;              /* of the last keyed line */
	unsigned long number;           /* of its key; 0: no line is keyed */
	bool last_is_keyed;
	uint64_t lines;
	uint64_t keyed;
	uint64_t proven;                /* keyed lines whose code is right */
	uint64_t broken;
	uint64_t heads;                 /* lines that begin a chain */
	uint64_t lost;                  /* records the daemon could not write,
	                                 * by its own count */
	unsigned long from;             /* the key of the first keyed line */
	unsigned long steps;            /* keys made from others so far */
	struct removals removals;       /* by log.keep */
};

/* Gives each thing that is wrong with a line to report. */
void chain_check(struct chain *c, const struct logline *line,
    void (*report)(void *data, const struct logline *line, const char *what),
    void *data);

/* Erases the keys, and frees what else it has. */
void chain_clear(struct chain *c);
#endif
