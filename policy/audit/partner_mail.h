/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * partner_mail - how much mail each rule judged, by verdict
 */
#ifndef POLICY_AUDIT_PARTNER_MAIL_H
#define POLICY_AUDIT_PARTNER_MAIL_H

#include <stdint.h>

#include "policy/base/lines.h"
#include "policy/names/shortening.h"
#include "policy/vocabulary.h"

struct partner_mail;

/* Recipients that a rule judged. */
struct partner_count {
	uint64_t passed;
	uint64_t failed;
	uint64_t undecided;
	uint64_t exempt;                /* in none of those */
	int64_t last;                   /* seconds since 1970; 0: none */
};

/* Counts in the lines of a log, from since (seconds since 1970). Returns new;
 * goes with partner_mail_free(). NULL with e filled when the log cannot be read
 * to its end. */
struct partner_mail *partner_mail_read(struct lines *log, int64_t since,
    struct err *e);
void partner_mail_free(struct partner_mail **mail);

/* Counts records that have the code of an address as their partner for it, too.
 * hashed has the key; borrows it. */
void partner_mail_use_key(struct partner_mail *mail,
    const struct shortening *hashed);

/* All 0 for a rule that judged none; mail may be NULL. */
struct partner_count partner_mail_of(const struct partner_mail *mail,
    struct slice partner, enum hop hop);
#endif
