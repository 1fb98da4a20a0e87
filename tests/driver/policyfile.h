/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policyfile - the policy file that a script's policy is run as
 */
#ifndef TESTS_DRIVER_POLICYFILE_H
#define TESTS_DRIVER_POLICYFILE_H

#include "tests/driver/script.h"

/* What the runner puts around a script's text. */
struct surroundings {
	const char *folder;             /* for everything that is written */
	const char *mta;                /* "auto", "postfix", "sendmail" */
	const char *decisions;          /* NULL: FOLDER/decisions.jsonl */
};

/* Writes text as path, ports and all, or -1 and e. It replaces an older
 * file in one step. */
int policyfile_write(const char *path, struct slice text,
    const struct surroundings *around, struct err *e);
#endif
