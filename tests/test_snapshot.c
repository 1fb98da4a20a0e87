/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <stdatomic.h>

#include "conf/file/read.h"
#include "conf/snapshot.h"
#include "policy/base/arena.h"
#include "tests/folder.h"

enum { READERS = 4, TAKES = 20000, RELOADS = 300 };

/* A policy that is recognised by its digest, a repeated letter. */
static struct policy *
a_policy(unsigned number)
{
	struct policy *policy = xcalloc(1, sizeof(*policy));

	policy->table = table_create();
	table_seal(policy->table);
	memset(policy->digest, "0123456789abcdef"[number % 16], 64);
	return policy;
}

/* The state of an empty folder. */
static struct state *
a_state(void)
{
	struct state *state;
	struct folder f;
	struct err e;

	folder_create(&f);
	state = state_read(&(struct state_place){ .folder = f.path }, &e);
	folder_remove(&f);
	want_that("an empty folder", "has a state", state != NULL);
	return state;
}

static atomic_bool mixed;

static void *
read_often(void *data ATTR_UNUSED)
{
	for (int i = 0; i < TAKES; i++) {
		struct snapshot *s = snapshot_take();
		const struct policy *policy = snapshot_policy(s);

		if (policy == NULL || policy->digest[0] != policy->digest[63])
			atomic_store(&mixed, true);
		snapshot_drop(&s);
	}
	return NULL;
}

static void
test_threads(void **state ATTR_UNUSED)
{
	pthread_t readers[READERS];

	snapshot_publish(a_policy(0), NULL);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_often,
		    NULL), 0);
	for (unsigned i = 1; i < RELOADS; i++)
		snapshot_publish(a_policy(i), NULL);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	want_that("reloads under readers", "each saw one whole policy",
	    !atomic_load(&mixed));
	snapshot_clear();
}

static void
test_old_lives_on(void **state ATTR_UNUSED)
{
	struct snapshot *old, *new, *none;

	snapshot_publish(a_policy(1), NULL);
	old = snapshot_take();
	snapshot_publish(a_policy(2), NULL);
	new = snapshot_take();
	want_number("a message in hand", "keeps its policy",
	    snapshot_policy(old)->digest[0], '1');
	want_number("the next message", "has the new one",
	    snapshot_policy(new)->digest[0], '2');
	snapshot_clear();
	none = snapshot_take();
	want_that("after the last", "the next message has none", none == NULL);
	want_number("after the last", "is still there",
	    snapshot_policy(new)->digest[0], '2');
	snapshot_drop(&old);
	snapshot_drop(&new);
	want_that("dropped", "the pointer is cleared",
	    old == NULL && new == NULL);
	snapshot_drop(&old);            /* a second drop does nothing */
}

/* No policy and a new state: the policy stays in force with that state. */
static void
test_state_alone(void **state ATTR_UNUSED)
{
	struct snapshot *before, *after, *none;

	snapshot_publish(NULL, a_state());
	none = snapshot_take();
	want_that("a state without a policy", "puts nothing in force",
	    none == NULL);
	snapshot_publish(a_policy(3), NULL);
	before = snapshot_take();
	snapshot_publish(NULL, a_state());
	after = snapshot_take();
	want_number("a new state", "keeps the policy",
	    snapshot_policy(after)->digest[0], '3');
	want_that("a new state", "is in force",
	    snapshot_state(after) != NULL &&
	    snapshot_policy(after)->overlay ==
	    &snapshot_state(after)->overlay);
	want_that("a message in hand", "keeps its state",
	    snapshot_state(before) == NULL);
	snapshot_drop(&before);
	snapshot_publish(NULL, NULL);
	snapshot_drop(&after);
	after = snapshot_take();
	want_that("no state", "keeps the policy without one",
	    after != NULL && snapshot_state(after) == NULL &&
	    snapshot_policy(after)->digest[0] == '3');
	snapshot_drop(&after);
	snapshot_clear();
}

static void
test_none(void **state ATTR_UNUSED)
{
	struct snapshot *s;

	s = snapshot_take();
	want_that("before the first", "there is none", s == NULL);
	want_that("before the first", "and no policy",
	    snapshot_policy(s) == NULL);
	snapshot_drop(&s);
}

static unsigned woken;

static void
wake(void)
{
	woken++;
}

/* A worker of libmilter or the loop must not free a million rows. */
static void
test_last_user_hands_over(void **state ATTR_UNUSED)
{
	const struct policy *policy;
	struct snapshot *old;

	snapshot_hand_over(wake);
	snapshot_publish(a_policy(1), NULL);
	snapshot_free_retired();
	woken = 0;
	old = snapshot_take();
	policy = snapshot_policy(old);
	snapshot_publish(a_policy(2), NULL);
	want_number("while it is used", "is not handed over", woken, 0);
	snapshot_drop(&old);
	want_number("the last user", "hands it over", woken, 1);
	want_number("the last user", "does not free it", policy->digest[0],
	    '1');
	want_number("the other thread", "frees it",
	    (long)snapshot_free_retired(), 1);
	want_number("the other thread", "frees it once",
	    (long)snapshot_free_retired(), 0);
	snapshot_clear();
	want_number("at the end", "nothing is handed over", woken, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_none),
	cmocka_unit_test(test_old_lives_on),
	cmocka_unit_test(test_state_alone),
	cmocka_unit_test(test_threads),
	cmocka_unit_test(test_last_user_hands_over),
};

RUN_TESTS(tests)
