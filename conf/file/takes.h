/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * takes - when a changed setting of the policy file takes effect
 *
 * Every row of the tables of settings has a row here: one that is forgotten
 * would be a setting of which a reload says nothing, and that may not act.
 */
#ifndef CONF_FILE_TAKES_H
#define CONF_FILE_TAKES_H

#include <stdbool.h>

#include "conf/syntax/section.h"
#include "policy/base/text.h"
#include "policy/settings.h"

enum takes {
	TAKES_RELOAD,
	TAKES_RESTART,
	TAKES_SOCKETS           /* a reload opens and closes them where the
	                         * daemon may; else as TAKES_RESTART */
};

/* When the setting of this name, "milter.listen", takes effect; false: there
 * is no such row. */
bool takes_of(const char *name, enum takes *out);

/* Calls each for every setting of the file that has a value to show and does
 * not take effect by a reload alone. */
void takes_each_restart(void (*each)(const char *name, enum takes takes,
    const struct section_key *key, void *data), void *data);
#endif
