/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * difference - what another policy would do otherwise than the one in force
 *
 * Two policies are compared, each with the state applied to it, by what acts
 * under each of their keys, not by their rows: a row that is split, a partner
 * or a profile that is renamed, files in another order are no difference. A
 * loss is mail that the old policy keeps from its recipient and the new one
 * would not: a rule that acts on less, or a setting that is weaker. Nothing is
 * lost that did not act, such as all rules in mode log-only.
 *
 * Exceptions count until they end, and pauses do not count at all: what one of
 * them lets pass today is no reason to let it pass for ever.
 */
#ifndef POLICY_COMPARE_DIFFERENCE_H
#define POLICY_COMPARE_DIFFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/compare/key_acts.h"
#include "policy/policy.h"

struct difference;

/* In the order of the items. */
enum difference_kind {
	DIFFERENCE_SETTING,
	DIFFERENCE_PARTNER,             /* one comes or goes */
	DIFFERENCE_KEY,                 /* what acts under it is another thing,
	                                 * or it comes or goes */
	DIFFERENCE_STAGE,               /* set with the command; void now */
	DIFFERENCE_EXCEPTION            /* void now */
};

enum difference_way {
	DIFFERENCE_NONE,                /* a key, or a partner, moved only */
	DIFFERENCE_LESS,                /* some mail needs to prove less */
	DIFFERENCE_MORE,                /* some mail needs to prove more */
	DIFFERENCE_BOTH
};

enum difference_presence {
	DIFFERENCE_STAYS,
	DIFFERENCE_COMES,               /* it is in the new policy only */
	DIFFERENCE_GOES                 /* it is in the old policy only */
};

struct setting_row;

struct difference_item {
	struct slice name;              /* of what differs: a setting, a
	                                 * partner, a key, an exception */
	enum difference_kind kind;
	enum hop hop;                   /* KEY (HOP_COUNT: it only comes or
	                                 * goes) and STAGE */
	enum difference_way way;
	enum difference_presence presence;
	enum key_way by;                /* KEY: of mail that comes under it
	                                 * so */
	bool loss;
	const struct setting_row *setting;      /* SETTING; else NULL */
};

/*
 * Compares two policies at now (seconds since 1970). Returns new; goes with
 * difference_destroy(). Borrows both policies, and what their overlays borrow,
 * until then. A million keys take about a second: not for an event loop.
 */
struct difference *difference_make(const struct policy *old,
    const struct policy *new, int64_t now);
/* *difference may be NULL, and becomes NULL. */
void difference_destroy(struct difference **difference);

/* How many items there are, and how many of them are losses. */
size_t difference_count(const struct difference *difference);
size_t difference_losses(const struct difference *difference);

/* How many there are of what comes and goes. */
struct difference_counts {
	size_t partners_come, partners_go;
	size_t keys_come, keys_go;
	size_t more, less;              /* items whose mail proves more, less */
};

struct difference_counts difference_counts(const struct difference *difference);

/* The rules of the old policy with a demand that is kept from before (struct
 * term), which is lost, and which the new policy does not keep for the rule of
 * that partner and hop: how many there are, and the i-th. Borrows. */
size_t difference_kept_ends(const struct difference *difference);
const struct rule *difference_kept_end(const struct difference *difference,
    size_t i);

/* The generation of the new policy's state in which a loss was taken last; 0:
 * never. */
unsigned long difference_last_loss(const struct difference *difference);

/*
 * The i-th item. They are ordered by kind, name and hop, which depends neither
 * on the time nor on the order of files and rows. Borrows.
 */
const struct difference_item *difference_item(
    const struct difference *difference, size_t i);

/*
 * What of the item is another thing, complete, however long it is, with the
 * exceptions that there are. With the item's name before it, it is a line for
 * people to read:
 *
 *     bank.example inbound: verify any_peer, reject (bank) -> encrypt,
 *     reject (bank)
 *     mode: enforce -> log-only
 *     clinic (partner gone)
 *
 * Allocated in a.
 */
struct slice difference_change(struct difference *difference, size_t i,
    struct arena *a);
#endif
