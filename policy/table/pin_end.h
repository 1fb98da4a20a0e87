/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pin_end - when the last certificate that a group pins ends
 */
#ifndef POLICY_TABLE_PIN_END_H
#define POLICY_TABLE_PIN_END_H

#include "policy/table/demand.h"

/* How long before its end a successor should be listed, in seconds: 30 days. */
enum { PIN_END_NOTICE = 30 * 86400 };

/*
 * The certificate of group that ends last. NULL when group pins none, or has a
 * fingerprint whose certificate is not known: that may be the successor.
 */
const struct dated_certificate *pin_end_last(const struct peer_group *group);

/* The same, when it has ended at now (seconds since 1970) or does so within
 * PIN_END_NOTICE; else NULL. */
const struct dated_certificate *pin_end_near(const struct peer_group *group,
    int64_t now);
#endif
