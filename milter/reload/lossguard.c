/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <unistd.h>

#include "milter/reload/lossguard.h"
#include "conf/departed.h"
#include "conf/loss.h"
#include "conf/state/place.h"
#include "milter/base/loop.h"
#include "milter/log/log.h"

/* How many losses the journal has; the command lists them all. */
enum { LOGGED = 20 };

void
lossguard_log(struct difference *d)
{
	struct arena *a = arena_create(4096);
	size_t logged = 0;

	for (size_t i = 0; i < difference_count(d) && logged < LOGGED; i++) {
		const struct difference_item *item = difference_item(d, i);
		struct slice change;
		char name[256];

		if (!item->loss)
			continue;
		change = difference_change(d, i, a);
		slice_show(item->name, name, sizeof(name));
		log_warning("loss: %s%.*s", name, SLICE_ARGS(change));
		logged++;
	}
	if (logged < difference_losses(d))
		log_warning("loss: %zu more: `enforcetls check "
		    "--against-running` has them all",
		    difference_losses(d) - logged);
	arena_destroy(&a);
}

/* The same of the demands that it ends. */
static void
lossguard_log_kept(const struct difference *d)
{
	size_t count = difference_kept_ends(d);

	for (size_t i = 0; i < count && i < LOGGED; i++) {
		const struct rule *rule = difference_kept_end(d, i);
		char name[256];

		slice_show(rule->partner->name, name, sizeof(name));
		log_warning("loss: what %s %s demanded before does not act "
		    "any more", name, hop_name(rule->hop));
	}
	if (count > LOGGED)
		log_warning("loss: demands from before that do not act any "
		    "more, and are not listed: %zu", count - LOGGED);
}

static const struct consent *
lossguard_consent(const struct lossguard *guard, const char *digest)
{
	const struct consent *c = guard->consents;

	while (c != NULL && strcmp(c->digest, digest) != 0)
		c = c->next;
	return c;
}

static bool
lossguard_refuse(struct lossguard *guard, struct difference *d,
    const char *digest)
{
	err_set(&guard->e, "%srules would act on less than those in force, "
	    "which stay: %zu loss%s; if that is meant, take it with "
	    "`enforcetls reload --allow-loss %s --reason WHY`",
	    guard->consents == NULL ? "" : "the loss is not the one that was "
	    "allowed: ", difference_losses(d), difference_losses(d) == 1 ? ""
	    : "es", digest);
	lossguard_log(d);
	return false;
}

/* It is recorded before it is in force. */
static bool
lossguard_take(struct lossguard *guard, struct difference *d,
    const struct settings *settings, const struct consent *consent)
{
	struct state_place place = place_of(settings);
	char reason[200];
	struct err why;

	if (loss_record(&place, &consent->actor, d, &why) < 0) {
		err_set(&guard->e, "the loss cannot be recorded, and is not "
		    "taken: %s", why.text);
		return false;
	}
	slice_show(consent->actor.reason, reason, sizeof(reason));
	log_warning("a loss is taken: rules and settings: %zu, digest %s, by "
	    "uid %lu, reason %s", difference_losses(d), consent->digest,
	    (unsigned long)consent->actor.uid, reason);
	lossguard_log(d);
	lossguard_log_kept(d);
	return true;
}

int
lossguard_end_departed(const struct policy *old, const struct policy *new,
    const struct actor *actor, struct err *e)
{
	struct actor daemon = { .uid = geteuid(),
		.reason = SLICE("the policy no longer has it"),
		.clock = loop_wall_ms() / 1000 };
	struct state_place place = place_of(&new->settings);
	struct err why;

	if (departed_end(&place, old, new, actor == NULL ? &daemon : actor,
		&why) < 0)
		return err_set(e, "the stages and exceptions of partners that "
		    "the policy no longer has cannot be ended: %s", why.text);
	log_notice("stages and exceptions of partners that the policy no "
	    "longer has are ended: `enforcetls exception history` lists them");
	return 0;
}

/* They end before the policy is in force: afterwards nobody would know that it
 * ever had those partners. */
static bool
lossguard_may_part(struct lossguard *guard, const struct policy *old,
    const struct policy *new, const struct state *state, int64_t now)
{
	struct err why;

	if (!departed_any(state, old, new, now) ||
	    !departed_may_end(old, new, now) ||
	    lossguard_end_departed(old, new, guard->taken == NULL ? NULL
		: &guard->taken->actor, &why) == 0)
		return true;
	err_set(&guard->e, "%s", why.text);
	return false;
}

static bool
lossguard_decide(struct lossguard *guard, struct difference *d,
    const struct settings *settings)
{
	char digest[DIGEST_TEXT + 1];
	const struct consent *consent;

	if (difference_losses(d) == 0)
		return true;
	loss_digest(d, digest);
	consent = lossguard_consent(guard, digest);
	if (consent == NULL)
		return lossguard_refuse(guard, d, digest);
	guard->taken = consent;
	return lossguard_take(guard, d, settings, consent);
}

bool
lossguard_allows(const struct policy *old, const struct policy *new,
    const struct state *state, int64_t now, void *data)
{
	struct difference *d = difference_make(old, new, now);
	struct lossguard *guard = data;
	bool allowed;

	guard->difference = loss_json(d);
	allowed = lossguard_decide(guard, d, &new->settings) &&
	    lossguard_may_part(guard, old, new, state, now);
	difference_destroy(&d);
	return allowed;
}
