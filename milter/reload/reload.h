/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reload - one reload: read, compared with what is in force, put in force
 *
 * A policy that has errors, or after which rules would act on less, is not
 * loaded; that is a warning of `status` until a reload succeeds. Used by the
 * reloader's thread.
 */
#ifndef MILTER_RELOAD_RELOAD_H
#define MILTER_RELOAD_RELOAD_H

#include <stdbool.h>

#include "conf/syntax/problems.h"
#include "milter/reload/lossguard.h"

struct reload_outcome {
	bool loaded;
	struct problems *problems;      /* owns */
	json_t *difference;             /* owns; NULL: it is not known */
	struct err e;                   /* why it was not loaded */
};

/* Reloads from path, which is absolute, with these consents, or NULL. Goes with
 * reload_outcome_clear(). */
struct reload_outcome reload_run(const char *path,
    const struct consent *consents);
void reload_outcome_clear(struct reload_outcome *outcome);
#endif
