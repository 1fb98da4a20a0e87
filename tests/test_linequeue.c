/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_linequeue - who loses records when the queue is full, and that each is
 * counted
 */
#include "config.h"

#include <limits.h>

#include <jansson.h>

#include "milter/log/linequeue.h"
#include "tests/cases.h"

enum { LINE = 1000, CLIENTS = 64 };

static char line[LINE];

/* A line that begins with its client and session. */
static unsigned
add(struct linequeue *q, unsigned client, unsigned session)
{
	struct line_origin origin = { .client = client, .session = session,
		.partner = SLICE("bank"), .reason = REASON_PLAINTEXT };
	struct slice text = { line, sizeof(line) };

	memset(line, 'x', sizeof(line));
	line[0] = (char)client;
	line[1] = (char)session;
	return linequeue_add(q, text, &origin);
}

/* How many lines of a client wait, or of one of its sessions. */
static long
count_lines(const struct linequeue *q, unsigned client, int session)
{
	struct slice text;
	size_t at = 0;
	long found = 0;

	while (linequeue_next(q, &at, &text)) {
		assert_int_equal(text.n, sizeof(line));
		assert_int_equal(text.p[LINE - 1], 'x');
		found += text.p[0] == (char)client &&
		    (session == -1 || text.p[1] == (char)session);
	}
	return found;
}

static void
a_burst_costs_its_own_client(void **state ATTR_UNUSED)
{
	struct linequeue q = { .bytes = NULL };
	unsigned lost = 0, added = 0;

	for (unsigned i = 0; i < 50000; i++, added++) {
		/* Another client, before the queue is full and after. */
		if (i % 500 == 0) {
			lost += add(&q, 2, 0);
			added++;
		}
		lost += add(&q, 1, i % 40);
	}
	want_number("burst", "lines of the other client",
	    count_lines(&q, 2, -1), 100);
	want_number("burst", "in it or lost", count_lines(&q, 1, -1) + lost +
	    100, added);
	want_number("burst", "counted", (long)q.losses.count, lost);
	want_number("burst", "unwritten", (long)linequeue_unwritten(&q),
	    added);
	want_that("burst", "bounded", q.n <= 10 << 20);
	linequeue_clear(&q);
}

static void
within_a_client_it_costs_the_session(void **state ATTR_UNUSED)
{
	struct linequeue q = { .bytes = NULL };

	for (unsigned i = 0; i < 30000; i++) {
		add(&q, 1, 7);
		if (i % 300 == 299)
			add(&q, 1, 8);
	}
	want_number("sessions", "lines of the small one",
	    count_lines(&q, 1, 8), 100);
	linequeue_clear(&q);
}

/* Sixty-three bursts leave each the same, and the sixty-fourth client's few
 * lines are all there. */
static void
many_bursts_share(void **state ATTR_UNUSED)
{
	struct linequeue q = { .bytes = NULL };
	long least = LONG_MAX, most = 0;

	for (unsigned i = 0; i < 60000; i++) {
		add(&q, 1 + i % (CLIENTS - 1), i % 500);
		if (i % 1000 == 0)
			add(&q, CLIENTS, 1);
	}
	for (unsigned client = 1; client < CLIENTS; client++) {
		long lines = count_lines(&q, client, -1);

		least = lines < least ? lines : least;
		most = lines > most ? lines : most;
	}
	want_that("many", "each has the same share", most - least <= 1);
	want_number("many", "lines of the small one",
	    count_lines(&q, CLIENTS, -1), 60);
	linequeue_clear(&q);
}

static void
an_emptied_queue_is_like_new(void **state ATTR_UNUSED)
{
	struct linequeue q = { .bytes = NULL };

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 9000; i++)
			add(&q, 1, 1);
		want_that("emptied", "lines were lost", q.losses.count > 0);
		linequeue_reset(&q);
		want_number("emptied", "unwritten",
		    (long)linequeue_unwritten(&q), 0);
		assert_int_equal(add(&q, 1, 1), 0);
		linequeue_reset(&q);
	}
	linequeue_clear(&q);
}

static json_t *
json_of(const struct losses *losses)
{
	char text[LIMIT_DECISION];
	size_t n = losses_json(losses, 0, text, sizeof(text) - 1);
	json_t *o;

	text[n++] = '}';
	o = json_loadb(text, n, 0, NULL);
	assert_non_null(o);
	return o;
}

static void
losses_are_counted_by_partner_and_reason(void **state ATTR_UNUSED)
{
	struct losses losses = { .count = 0 };
	char name[LOSSES_NAME * 2];
	json_t *o, *one;
	char *list;
	long sum = 0;
	size_t i;

	losses_add(&losses, SLICE("a \"bank\"\x1b"), REASON_PLAINTEXT);
	losses_add(&losses, SLICE("a \"bank\"\x1b"), REASON_PLAINTEXT);
	losses_add(&losses, SLICE("a \"bank\"\x1b"), REASON_OK);
	losses_add(&losses, SLICE_NONE, REASON_OK);
	o = json_of(&losses);
	list = json_dumps(json_object_get(o, "losses"),
	    JSON_COMPACT | JSON_ENSURE_ASCII);
	want_text("losses", "list", list,
	    "[{\"partner\":\"a \\\"bank\\\"\\u001B\",\"reason\":\"plaintext\","
	    "\"count\":2},{\"partner\":\"a \\\"bank\\\"\\u001B\",\"reason\":"
	    "\"ok\",\"count\":1},{\"partner\":null,\"reason\":\"ok\","
	    "\"count\":1}]");
	free(list);
	json_decref(o);
	memset(name, '\1', sizeof(name));
	for (int k = 0; k < 5000; k++) {
		snprintf(name, 32, "%d", k % 100);
		name[strlen(name)] = '\1';
		losses_add(&losses, (struct slice){ name, sizeof(name) },
		    REASON_PLAINTEXT);
	}
	o = json_of(&losses);
	want_number("many losses", "lost", (long)json_integer_value(
	    json_object_get(o, "lost")), 5004);
	json_array_foreach(json_object_get(o, "losses"), i, one)
		sum += (long)json_integer_value(json_object_get(one,
		    "count"));
	want_number("many losses", "sum", sum, 5004);
	want_number("many losses", "rows", (long)i, LOSSES_ROWS);
	json_decref(o);
	losses_clear(&losses);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_burst_costs_its_own_client),
	cmocka_unit_test(within_a_client_it_costs_the_session),
	cmocka_unit_test(many_bursts_share),
	cmocka_unit_test(an_emptied_queue_is_like_new),
	cmocka_unit_test(losses_are_counted_by_partner_and_reason),
};

RUN_TESTS(tests)
