/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy - the settings, with the table they apply to
 *
 * What every judgement reads: immutable while anybody uses it. conf/snapshot
 * counts its users.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "policy/overlay.h"
#include "policy/settings.h"
#include "policy/table.h"

struct policy {
	struct settings settings;       /* borrows from the table's arena */
	struct table *table;            /* owns */
	char digest[65];                /* SHA-256 over the files, lower hex */
	struct words files;             /* that were read, in their order;
	                                 * in the table's arena */
	struct policy *candidate;       /* owns; judged beside this one and
	                                 * never applied; NULL: none */
	const struct overlay *overlay;  /* borrows from the snapshot that this
	                                 * policy is part of; NULL: none */
};
#endif
