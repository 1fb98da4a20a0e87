/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * identity - keys of a rule that identify the peer
 *
 * Setters for names, subjects, issuers, fingerprints, logins and clients; into
 * is the struct peer_group. An empty list is refused, so that it can never
 * mean "anybody".
 */
#ifndef CONF_FILE_IDENTITY_H
#define CONF_FILE_IDENTITY_H

#include "conf/syntax/context.h"
#include "conf/syntax/section.h"

int identity_set_names(struct read_context *r, const struct value *value,
    void *into, struct err *e);
/* Subjects, issuers, logins: any texts that are not empty. */
int identity_set_texts(struct read_context *r, const struct value *value,
    void *into, struct err *e);
int identity_set_fingerprints(struct read_context *r, const struct value *value,
    void *into, struct err *e);
/* Adds one, in r's arena and in the form that is compared, unless group has it.
 */
void identity_add_fingerprint(struct read_context *r, struct peer_group *group,
    struct slice fingerprint);
int identity_set_clients(struct read_context *r, const struct value *value,
    void *into, struct err *e);
#endif
