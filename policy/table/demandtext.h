/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * demandtext - a demand as text that reads back as the same demand
 *
 * As demand_show() writes it for people, but never cut, and with %HH for each
 * octet of a value that would separate or cannot be printed:
 * "verify names=mx1.bank.example|mx2.bank.example or logins=a%20b min_tls=1.2".
 */
#ifndef POLICY_TABLE_DEMANDTEXT_H
#define POLICY_TABLE_DEMANDTEXT_H

#include "policy/base/arena.h"
#include "policy/table/demand.h"

/* The text, in a. */
struct slice demandtext_of(const struct demand *demand, struct arena *a);

/* Whether text is a demand; *out, which is written only then, and all that it
 * has are in a. */
bool demandtext_read(struct slice text, struct arena *a, struct demand *out);
#endif
