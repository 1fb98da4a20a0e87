/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policyfile - writes a script's policy as a policy file
 */
#ifndef TESTS_DRIVER_POLICYFILE_H
#define TESTS_DRIVER_POLICYFILE_H

#include "tests/driver/script.h"

/* The settings that the runner adds to a script's text. */
struct surroundings {
	const char *folder;             /* for all files that are written */
	const char *mta;                /* "auto", "postfix", "sendmail" */
	const char *decisions;          /* NULL: FOLDER/decisions.jsonl */
};

/* Writes text to path with ports and settings. Replaces an older file
 * atomically. Returns -1 and fills e on failure. */
int policyfile_write(const char *path, struct slice text,
    const struct surroundings *around, struct err *e);
#endif
