/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * seal - the end of a record's line when the log is keyed
 *
 * Such a line ends with `key`, the number of the key, `mac`, a code over the
 * line made with that key, and `prev`, which every line has (record_chain()).
 * The code covers what comes before `mac`, and `prev`.
 */
#ifndef POLICY_JUDGE_SEAL_H
#define POLICY_JUDGE_SEAL_H

#include <stdbool.h>

#include "policy/base/slice.h"

enum {
	SEAL_HEX = 64,                  /* digits of a code and of a digest */
	/* What seal_number() and seal_mac() write, with room for a NUL. */
	SEAL_NUMBER = 32,
	SEAL_MAC = 80
};

/* The end of a line; borrows from it. */
struct seal {
	unsigned long key;              /* 0: the line is not keyed */
	struct slice covered;           /* what comes before `mac` */
	struct slice mac;               /* absent: the line is not keyed */
	struct slice prev;              /* its digits, or "null" */
};

/* Writes ,"key":NUMBER. Returns the length. */
size_t seal_number(unsigned long number, char out[SEAL_NUMBER]);
/* Writes ,"mac":"MAC". Returns the length. */
size_t seal_mac(const char *mac, char out[SEAL_MAC]);

/* Reads the end of a line without its newline. false when it does not end with
 * `prev`, as every record does, and for a `mac` without a good `key`. */
bool seal_read(struct slice line, struct seal *out);
#endif
