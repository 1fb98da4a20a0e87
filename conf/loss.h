/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loss - what a new policy would no longer keep back: its digest, its record
 *
 * A policy that loses something is put in force only by somebody who names the
 * digest of that very loss. The digest is the SHA-256 over one line for each
 * loss, in the order of their names: it depends neither on the time nor on the
 * order of files and rows. The lines have the exceptions at hand. It is good
 * once: before them comes the generation of the state in which a loss was taken
 * last, if one was.
 */
#ifndef CONF_LOSS_H
#define CONF_LOSS_H

#include <jansson.h>

#include "conf/base/digest.h"
#include "conf/state/state.h"
#include "policy/compare/difference.h"

/* How many losses difference_make() finds: a state_losses_fn. */
size_t loss_count(const struct policy *old, const struct policy *new,
    int64_t now);

/* Whether text can be the digest of a loss: as it is printed, no more and no
 * less. */
bool loss_is_digest(struct slice text);

/* The digest of all losses; "" when there are none. */
void loss_digest(struct difference *difference, char out[DIGEST_TEXT + 1]);

enum {
	/* How many items are listed: an administrator reads far fewer. All of
	 * them count, in the numbers and in the digest. */
	LOSS_LISTED = 100000
};

/*
 * The difference as an object: how much of what there is, the digest of the
 * loss (null: none), and a list of the items, losses first. Returns new; goes
 * with json_decref().
 */
json_t *loss_json(struct difference *difference);

/*
 * Writes to the history of the state at place that actor took the loss, with
 * its digest, and as many of its lines as fit. What acts for a demand that is
 * kept from before, and that the loss ends, goes out of the state. -1 with e
 * filled when it cannot be written: then it may not be taken.
 */
int loss_record(const struct state_place *place, const struct actor *actor,
    struct difference *difference, struct err *e);
#endif
