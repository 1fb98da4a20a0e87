/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setting_rows - what it means that a setting of the policy file is weaker
 *
 * Each setting has one row, also one that cannot be: it says why.
 */
#ifndef POLICY_COMPARE_SETTING_ROWS_H
#define POLICY_COMPARE_SETTING_ROWS_H

#include <stdbool.h>

#include "policy/policy.h"

struct setting_row {
	const char *name;               /* with its section: "map.published" */
	/*
	 * Whether mail could pass with the setting of to that is kept back
	 * with that of from; hops has a bit of 1 << HOP_... for each hop that
	 * matters. NULL: never.
	 */
	bool (*is_weaker)(const struct policy *from, const struct policy *to,
	    unsigned hops);
	/* Adds the value for people to read. */
	void (*add)(const struct settings *settings, struct text *out);
	const char *never;              /* why it never is; or NULL */
	/* Whether from has what an MTA may ask and to has not, so that it
	 * defers mail: shown, with closed, and no loss. NULL: never. */
	bool (*closes)(const struct policy *from, const struct policy *to);
	const char *closed;
	bool always;                    /* it acts in mode log-only, too */
};

/* The n-th row; NULL past the end. */
const struct setting_row *setting_row(size_t n);
#endif
