/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * certificates - files of certificates that a rule or service names
 *
 * Each is a file of the policy: it belongs to its digest, and a change takes
 * effect by a reload. Its certificates are pinned by their fingerprints.
 */
#ifndef CONF_FILE_CERTIFICATES_H
#define CONF_FILE_CERTIFICATES_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

/* Setter of certificates; into is the struct peer_group. Adds to its
 * fingerprints, whichever of the two keys is written first. */
int certificates_set(struct read_context *r, const struct value *value,
    void *into, struct err *e);
#endif
