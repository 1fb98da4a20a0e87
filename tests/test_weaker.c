/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing weaker goes unlisted: policies made at random are edited at random,
 * and the judge and the map are asked with both. Whatever the new policy lets
 * pass, or asks less of, is a loss of that hop in the difference.
 */
#include "config.h"

#include "policy/base/text.h"
#include "policy/compare/difference.h"
#include "policy/judge/judge.h"
#include "policy/outbound/outbound.h"
#include "policy/outbound/tlsdemand.h"
#include "policy/outbound/tlsstrength.h"
#include "policy/staging.h"
#include "tests/weaker_policy.h"

enum { PAIRS = 800, QUESTIONS = 60 };

/* More by hand: tests/test_weaker PAIRS FIRST-SEED. */
static unsigned long pairs = PAIRS, first_seed = 1;

/* A pair of policies, and what their difference lists. */
struct pair {
	unsigned long seed;
	struct weak_policy old, new;
	struct difference *difference;
	struct arena *arena;
};

/* Whether the host of a key, or the domain of an address, stands in about,
 * which has the addresses and the route of the mail. */
static bool
is_about(struct slice key, const char *about)
{
	size_t at = slice_rfind(key, '@');
	char host[LIMIT_PATH + 1];

	if (slice_eq(key, SLICE("*")))
		return true;
	if (at < key.n)
		key = slice_from(key, at + 1);
	if (key.p[0] == '[')
		key = slice_from(slice_head(key, slice_find(key, ']')), 1);
	key = slice_head(key, slice_find(key, ':'));
	snprintf(host, sizeof(host), "%.*s", SLICE_ARGS(key));
	return strstr(about, host) != NULL ||
	    /* An address without a domain may be of each. */
	    strstr(about, "<w>") != NULL;
}

/* Whether a loss of the hop is listed for this mail. A setting is of every
 * hop. */
static bool
lists_loss(const struct pair *p, enum hop hop, const char *about)
{
	for (size_t i = 0; i < difference_count(p->difference); i++) {
		const struct difference_item *item =
		    difference_item(p->difference, i);

		if (item->loss && (item->kind == DIFFERENCE_SETTING ||
		    (item->hop == hop && is_about(item->name, about))))
			return true;
	}
	return false;
}

static void
show(const struct pair *p, struct text *out)
{
	for (size_t i = 0; i < difference_count(p->difference); i++) {
		const struct difference_item *item =
		    difference_item(p->difference, i);

		text_add(out, "\n  %s", item->loss ? "loss " : "");
		text_slice(out, item->name);
		text_slice(out, difference_change(p->difference, i, p->arena));
	}
}

/* Fails unless a loss of the hop is listed. */
static void
want_loss(const struct pair *p, enum hop hop, const char *what,
    const char *before, const char *after)
{
	static char list[20000];
	struct text text;

	if (lists_loss(p, hop, what))
		return;
	text_init(&text, list, sizeof(list));
	show(p, &text);
	text_end(&text);
	fail_msg("policy %lu, %s: \"%s\" became \"%s\", and no loss for %s "
	    "is listed:%s", p->seed, what, before, after, hop_name(hop), list);
}

/* The map */

static void
ask_map(const struct policy *policy, const char *raw, int64_t now,
    struct outbound_answer *out)
{
	struct outbound_question question = { .now = now };

	outbound_key_read(slice_of(raw), &question.key);
	outbound_answer(policy, &question, out);
	out->text[out->n] = '\0';
}

/* Whether an answer proves what demand asks of the host. */
static bool
answer_proves(const struct outbound_answer *answer, struct slice host,
    const struct demand *demand)
{
	struct tlspolicy have, want;

	if (answer->kind == OUTBOUND_TEMP || demand->level == LEVEL_NONE ||
	    tlsdemand_policy(demand, host, &want) != NULL)
		return true;
	return answer->kind == OUTBOUND_OK &&
	    tlspolicy_parse((struct slice){ answer->text + 3, answer->n - 3 },
		host, &have) &&
	    tlsstrength_covers(&have, &want);
}

static bool
answer_proves_row(const struct outbound_answer *answer, struct slice host,
    const struct outbound_row *row)
{
	for (size_t i = 0; row->rule != NULL && i < row->term_count; i++) {
		struct demand demand = outbound_row_demand(row, i);

		if (!answer_proves(answer, host, &demand))
			return false;
	}
	return true;
}

/* Whether the new answer lets mail pass that the old one keeps back. */
static bool
answer_is_weaker(const struct outbound_answer *old,
    const struct outbound_answer *new, struct slice host)
{
	static const struct demand encrypt = { .level = LEVEL_ENCRYPT };

	if (new->kind == OUTBOUND_TEMP || old->kind == OUTBOUND_NOTFOUND)
		return false;
	/* A row that names the route is what the setting asks for. */
	if (old->why == OUTBOUND_WHY_UNLISTED)
		return !answer_proves(new, host, &encrypt);
	return !answer_proves_row(new, host, &old->acting) ||
	    !answer_proves_row(new, host, &old->second);
}

static void
compare_answers(const struct pair *p, const char *raw, int64_t now)
{
	static struct outbound_answer old, new;
	struct outbound_key key;

	outbound_key_read(slice_of(raw), &key);
	ask_map(&p->old.policy, raw, now, &old);
	ask_map(&p->new.policy, raw, now, &new);
	if (answer_is_weaker(&old, &new, key_slice(&key.host)))
		want_loss(p, HOP_OUTBOUND, raw, old.text, new.text);
}

/* The judge */

/* Whether the mail reaches its recipient. */
static bool
passes(enum action action)
{
	return action == ACTION_PASS || action == ACTION_TAG;
}

/* Whether the new map asks of the route what the old rule did: then a refusal
 * that ends has become a demand. */
static bool
route_proves(const struct pair *p, const struct request *request,
    const struct decision *d)
{
	static struct outbound_answer answer;
	struct slice route = macros_get(&request->macros, MACRO_RCPT_HOST);
	const struct exception *x = policy_exception(&p->old.policy, d->rule,
	    d->partner, d->destination, request->now);
	struct demand demand = *d->demand;
	struct outbound_key key;
	char raw[200];

	if (x != NULL && exception_floor_lowers(x->floor, d->demand))
		demand = exception_demand(x);
	snprintf(raw, sizeof(raw), "%.*s", SLICE_ARGS(route));
	outbound_key_read(route, &key);
	ask_map(&p->new.policy, raw, request->now, &answer);
	/* It crosses no wire to a next hop on this host. */
	return key.on_host ||
	    answer_proves(&answer, key_slice(&key.host), &demand);
}

static void
compare_rulings(const struct pair *p, const struct weak_question *q,
    const struct ruling *old, const struct ruling *new)
{
	char what[400];

	if (!passes(new->applied))
		return;
	snprintf(what, sizeof(what), "%.*s to %.*s by %.*s from %.*s",
	    SLICE_ARGS(q->request.sender), SLICE_ARGS(q->request.recipient),
	    SLICE_ARGS(macros_get(&q->request.macros, MACRO_RCPT_HOST)),
	    SLICE_ARGS(macros_get(&q->request.macros, MACRO_CLIENT_ADDR)));
	for (size_t i = 0; i < old->count; i++) {
		const struct decision *d = &old->list[i];

		if (d->rule == NULL || passes(d->applied))
			continue;
		if (d->hop == HOP_OUTBOUND &&
		    route_proves(p, &q->request, d))
			continue;
		want_loss(p, d->hop, what, action_name(d->applied),
		    action_name(new->applied));
	}
}

/* Whatever the RCPT was answered, the message goes on. */
static void
compare_question(const struct pair *p, struct weak_question *q)
{
	struct arena_mark mark = arena_mark(p->arena);
	struct ruling old, new, old_end = { .count = 0 };
	struct ruling new_end = { .applied = ACTION_PASS };

	judge_recipient(&p->old.policy, &q->request, p->arena, &old);
	judge_recipient(&p->new.policy, &q->request, p->arena, &new);
	if (old.wants_headers) {
		weaker_begin_header(q);
		judge_at_end(&p->old.policy, &q->request, &q->header,
		    p->arena, &old_end);
	}
	if (new.wants_headers) {
		weaker_begin_header(q);
		judge_at_end(&p->new.policy, &q->request, &q->header,
		    p->arena, &new_end);
	}
	if (passes(new_end.applied))
		compare_rulings(p, q, &old, &new);
	if (passes(new.applied))
		compare_rulings(p, q, &old_end, &new_end);
	arena_rewind(p->arena, mark);
}

static void
compare_pair(struct pair *p)
{
	for (unsigned n = 0; n < QUESTIONS; n++) {
		struct weak_question q;

		weaker_ask(&q);
		compare_question(p, &q);
		compare_answers(p, weaker_next_hop(), q.request.now);
	}
}

/* The same policy, made again, has no difference. */
static void
want_none(struct pair *p, const struct weak_spec *spec)
{
	static char list[20000];
	struct weak_policy same;
	struct text text;

	weaker_make(&same, spec);
	p->difference = difference_make(&p->old.policy, &same.policy,
	    WEAKER_NOW);
	text_init(&text, list, sizeof(list));
	show(p, &text);
	text_end(&text);
	if (difference_count(p->difference) > 0)
		fail_msg("policy %lu and itself differ:%s", p->seed, list);
	difference_destroy(&p->difference);
	weaker_clear(&same);
}

static void
nothing_weaker_goes_unlisted(void **state ATTR_UNUSED)
{
	unsigned long losses = 0;

	for (unsigned long n = 0; n < pairs; n++) {
		struct pair p = { .seed = first_seed + n };
		struct weak_spec before, after;

		weaker_seed(p.seed);
		weaker_spec(&before);
		after = before;
		weaker_edit(&after);
		p.arena = arena_create(4096);
		weaker_make(&p.old, &before);
		weaker_make(&p.new, &after);
		want_none(&p, &before);
		p.difference = difference_make(&p.old.policy, &p.new.policy,
		    WEAKER_NOW);
		losses += difference_losses(p.difference) > 0;
		compare_pair(&p);
		difference_destroy(&p.difference);
		arena_destroy(&p.arena);
		weaker_clear(&p.old);
		weaker_clear(&p.new);
	}
	want_that("of all pairs", "some have a loss, some have none",
	    losses > pairs / 10 && losses < pairs - pairs / 10);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_weaker_goes_unlisted),
	};

	if (argc == 3) {
		pairs = strtoul(argv[1], NULL, 10);
		first_seed = strtoul(argv[2], NULL, 10);
	}
	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
