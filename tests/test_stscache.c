/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/map/stscache.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"
#include "tests/cases.h"

static struct stscache *cache;
static int holder;

static int
set_up(void **state ATTR_UNUSED)
{
	cache = stscache_create();
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	stscache_destroy(&cache);
	return cache == NULL ? 0 : -1;
}

/* Enters what key publishes into the cache, as the client does. */
static struct stscache_entry *
learn(const char *key, enum publication publication, const char *text,
    int64_t now)
{
	struct stscache_entry *e = stscache_find(cache, slice_of(key));

	if (e == NULL)
		e = stscache_add(cache, slice_of(key));
	e->holder = &holder;
	stscache_learn(cache, e, publication, slice_of(text), now);
	stscache_release(cache, e);
	return stscache_find(cache, slice_of(key));
}

static bool
knows(const char *key)
{
	return stscache_find(cache, slice_of(key)) != NULL;
}

static void
want_entry(const char *label, const struct stscache_entry *e,
    enum publication publication, const char *text, int64_t fresh_until)
{
	want_that(label, "is known", e != NULL);
	want_number(label, "publication", e->publication, publication);
	want_slice(label, "text", (struct slice){ e->text, e->text_n }, text);
	want_number(label, "fresh until", (long)e->fresh_until,
	    (long)fresh_until);
}

static void
a_new_entry_is_a_failure_that_is_not_fresh(void **state ATTR_UNUSED)
{
	want_that("nothing", "is not known", !knows("a.example"));
	want_entry("new", stscache_add(cache, SLICE("a.example")),
	    PUBLICATION_FAILED, NULL, 0);
	want_that("new", "is known", knows("a.example"));
	want_that("another key", "is not known", !knows("a.exampl"));
	want_number("new", "entries", (long)stscache_count(cache), 1);
}

static void
answers_are_fresh_for_a_while(void **state ATTR_UNUSED)
{
	want_entry("a policy", learn("a.example", PUBLICATION_TEXT, "secure",
	    1000), PUBLICATION_TEXT, "secure", 1000 + STSCACHE_FRESH_MS);
	want_entry("another one", learn("a.example", PUBLICATION_TEXT, "dane",
	    5000), PUBLICATION_TEXT, "dane", 5000 + STSCACHE_FRESH_MS);
	want_entry("none", learn("b.example", PUBLICATION_NONE, NULL, 1000),
	    PUBLICATION_NONE, NULL, 1000 + STSCACHE_FRESH_MS);
	want_entry("none any more", learn("a.example", PUBLICATION_NONE, NULL,
	    9000), PUBLICATION_NONE, NULL, 9000 + STSCACHE_FRESH_MS);
}

static void
failures_are_kept_for_a_moment(void **state ATTR_UNUSED)
{
	want_entry("the first time", learn("a.example", PUBLICATION_FAILED,
	    NULL, 1000), PUBLICATION_FAILED, NULL,
	    1000 + STSCACHE_FAILURE_MS);
	/* "Publishes nothing" does not outlast a failure. */
	learn("b.example", PUBLICATION_NONE, NULL, 1000);
	want_entry("after none", learn("b.example", PUBLICATION_FAILED, NULL,
	    2000), PUBLICATION_FAILED, NULL, 2000 + STSCACHE_FAILURE_MS);
}

static void
a_policy_outlasts_failures_for_an_hour(void **state ATTR_UNUSED)
{
	int64_t hour = STSCACHE_STALE_MS;

	learn("a.example", PUBLICATION_TEXT, "secure", 1000);
	want_entry("within", learn("a.example", PUBLICATION_FAILED, NULL,
	    1000 + hour), PUBLICATION_TEXT, "secure",
	    1000 + hour + STSCACHE_FAILURE_MS);
	want_number("after", "publication", learn("a.example",
	    PUBLICATION_FAILED, NULL, 1001 + hour)->publication,
	    PUBLICATION_FAILED);
}

static void
add_many(unsigned from, unsigned to)
{
	char key[32];

	for (unsigned i = from; i < to; i++) {
		snprintf(key, sizeof(key), "h%u.example", i);
		learn(key, PUBLICATION_NONE, NULL, 1000);
	}
}

static void
the_least_recently_used_is_evicted_first(void **state ATTR_UNUSED)
{
	add_many(0, STSCACHE_ENTRIES);
	want_number("full", "entries", (long)stscache_count(cache),
	    STSCACHE_ENTRIES);
	want_that("the oldest", "is used", knows("h0.example"));
	add_many(STSCACHE_ENTRIES, STSCACHE_ENTRIES + 1);
	want_number("one more", "entries", (long)stscache_count(cache),
	    STSCACHE_ENTRIES);
	want_that("the second", "has gone", !knows("h1.example"));
	want_that("the oldest, used since", "is there",
	    knows("h0.example"));
}

static void
texts_are_bounded(void **state ATTR_UNUSED)
{
	unsigned fit = STSCACHE_TEXTS / LIMIT_POLICY_TEXT;
	char text[LIMIT_POLICY_TEXT + 1], key[32];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (unsigned i = 0; i < fit + 3; i++) {
		snprintf(key, sizeof(key), "t%u.example", i);
		learn(key, PUBLICATION_TEXT, text, 1000);
	}
	want_number("long texts", "entries", (long)stscache_count(cache),
	    fit);
	want_that("the oldest", "has gone", !knows("t2.example"));
	want_that("the next", "is there", knows("t3.example"));
	want_that("the newest", "is there", knows(key));
}

static void
an_entry_in_use_stays(void **state ATTR_UNUSED)
{
	struct stscache_entry *e = stscache_add(cache, SLICE("a.example"));

	e->holder = &holder;
	add_many(0, STSCACHE_ENTRIES + 10);
	want_that("held", "is there", knows("a.example"));
	stscache_learn(cache, e, PUBLICATION_TEXT, SLICE("secure"), 1000);
	stscache_forget(cache);
	want_number("forgotten", "entries", (long)stscache_count(cache), 1);
	want_entry("held", e, PUBLICATION_TEXT, "secure", 0);
	/* A policy of the old server does not outlast a failure. */
	stscache_learn(cache, e, PUBLICATION_FAILED, SLICE_NONE, 2000);
	want_number("held", "publication", e->publication,
	    PUBLICATION_FAILED);
	stscache_release(cache, e);
	stscache_forget(cache);
	want_number("released", "entries", (long)stscache_count(cache), 0);
}

/* With all room in use by held texts, the new entry is still added. */
static void
a_new_entry_is_never_evicted(void **state ATTR_UNUSED)
{
	unsigned fit = STSCACHE_TEXTS / LIMIT_POLICY_TEXT;
	char text[LIMIT_POLICY_TEXT], key[32];

	memset(text, 'x', sizeof(text));
	for (unsigned i = 0; i < fit + 3; i++) {
		struct stscache_entry *e;

		snprintf(key, sizeof(key), "t%u.example", i);
		e = stscache_add(cache, slice_of(key));
		e->holder = &holder;
		stscache_learn(cache, e, PUBLICATION_TEXT,
		    (struct slice){ text, sizeof(text) }, 1000);
	}
	want_entry("new", stscache_add(cache, SLICE("a.example")),
	    PUBLICATION_FAILED, NULL, 0);
	want_that("new", "is there", knows("a.example"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, take_down)

static const struct CMUnitTest tests[] = {
	TEST(a_new_entry_is_a_failure_that_is_not_fresh),
	TEST(answers_are_fresh_for_a_while),
	TEST(failures_are_kept_for_a_moment),
	TEST(a_policy_outlasts_failures_for_an_hour),
	TEST(the_least_recently_used_is_evicted_first),
	TEST(texts_are_bounded),
	TEST(an_entry_in_use_stays),
	TEST(a_new_entry_is_never_evicted),
};

RUN_TESTS(tests)
