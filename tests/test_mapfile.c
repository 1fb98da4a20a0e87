/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "conf/export/mapdraft.h"
#include "conf/export/mapfile.h"
#include "conf/export/maptimer.h"
#include "policy/base/arena.h"
#include "policy/outbound/staticmap.h"
#include "tests/folder.h"
#include "tests/random_policy.h"

static struct folder folder;
static char path[256];

static int
set_up(void **unused ATTR_UNUSED)
{
	folder_create(&folder);
	folder_path(&folder, "map/outbound.cdb", path);
	signal(SIGXFSZ, SIG_IGN);
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static struct state
state_of(struct random_policy *r)
{
	return (struct state){ .generation = 7, .exceptions = r->exceptions,
		.exception_count = COUNT_OF(r->exceptions) };
}

static struct mapfile_head
write_file(const struct policy *policy, const struct state *state, int64_t now,
    bool exceptions)
{
	struct mapfile_head head;
	struct err e;

	if (mapfile_write(path, policy, state, now, exceptions, &head,
		&e) < 0)
		fail_msg("%s", e.text);
	return head;
}

static bool
find_problem(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	const struct policy **policy = data;

	if (staticmap_problem(*policy, row, RANDOM_NOW) == NULL)
		return true;
	*policy = NULL;
	return false;
}

/* The answers that Postfix would get from the file for names, and the map's
 * own, are the same. */
static void
compare(const struct policy *policy, unsigned seed, const char *what)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < RANDOM_NAMES; i++) {
		struct outbound_question question = { .now = RANDOM_NOW };
		static struct outbound_answer answer;
		struct slice key, text, wanted;
		struct err e;

		outbound_key_read(slice_of(random_asked[i]), &question.key);
		outbound_answer(policy, &question, &answer);
		if (mapfile_find(path, slice_of(random_asked[i]), a, &key,
			&text, &e) != MAPFILE_GOOD)
			fail_msg("%s", e.text);
		wanted = (struct slice){ answer.text + 3, answer.n - 3 };
		if (answer.kind == OUTBOUND_NOTFOUND ? text.p != NULL
		    : answer.kind == OUTBOUND_OK ? !slice_eq(text, wanted)
		    : !slice_starts(text, SLICE("enforcetls-conflict ")))
			fail_msg("policy %u, %s, %s: the file has \"%.*s\", "
			    "the map answers \"%.*s\"", seed, what,
			    random_asked[i], SLICE_ARGS(text), (int)answer.n,
			    answer.text);
	}
	arena_destroy(&a);
}

static void
the_file_answers_as_the_map_does(void **unused ATTR_UNUSED)
{
	unsigned excepting = 0;

	for (unsigned seed = 1; seed <= 60; seed++) {
		struct random_policy r;
		const struct policy *left = &r.policy;
		struct overlay strict;
		struct mapfile_head head;
		struct state state;
		struct err e;

		random_make(&r, seed);
		memset(r.policy.digest, 'a', 64);
		state = state_of(&r);
		table_each(r.policy.table, find_problem, &left);
		if (left != NULL) {
			head = write_file(&r.policy, &state, RANDOM_NOW, true);
			excepting += head.excepting;
			compare(&r.policy, seed, "with exceptions");
			strict = r.overlay;
			strict.exceptions = NULL;
			r.policy.overlay = &strict;
			if (mapfile_end_exceptions(path, RANDOM_NOW, &e) < 0)
				fail_msg("%s", e.text);
			compare(&r.policy, seed, "exceptions ended");
			r.policy.overlay = &r.overlay;
			write_file(&r.policy, &state, RANDOM_NOW, false);
			r.policy.overlay = &strict;
			compare(&r.policy, seed, "without exceptions");
		}
		random_clear(&r);
	}
	want_that("random policies", "exceptions are among them",
	    excepting > 10);
}

static const struct made_row rows[] = {
	{ "bank", "bank.example .bank.example",
	    .outbound = { MADE(VERIFY, DEFER) } },
	{ "new", "new.example", .outbound = { MADE(VERIFY, LOG_ONLY) } },
};

/* One exception, from 100 until 200. */
static struct policy
make(struct overlay *overlay, struct state *state)
{
	static struct exception one = { .id = { "1", 1 },
		.partner = { "bank", 4 }, .hop = HOP_OUTBOUND,
		.floor = LEVEL_ENCRYPT, .from = 100, .until = 200 };
	struct policy policy;

	made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	memset(policy.digest, 'a', 64);
	*overlay = (struct overlay){ .exceptions = exceptions_index(&one, 1,
		table_arena(policy.table)) };
	*state = (struct state){ .generation = 3, .exceptions = &one,
		.exception_count = 1 };
	return policy;
}

static void
want_answer(const char *label, const char *raw, const char *wanted)
{
	struct arena *a = arena_create(1024);
	struct slice key, text;
	struct err e;

	if (mapfile_find(path, slice_of(raw), a, &key, &text, &e) !=
	    MAPFILE_GOOD)
		fail_msg("%s: %s", label, e.text);
	want_slice(label, raw, text, wanted);
	arena_destroy(&a);
}

#define SECURE "secure match=nexthop:dot-nexthop servername=hostname"

static void
an_exception_begins_and_ends(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;
	struct err e;

	policy.overlay = &overlay;
	head = write_file(&policy, &state, 50, true);
	want_number("before", "next change", head.next_change, 100);
	want_number("before", "exceptions stand in it", head.excepting, false);
	want_number("before", "keys", (long)head.keys, 3);
	want_answer("before", "bank.example", SECURE);
	want_number("before", "current", mapfile_is_current(&head, &policy,
	    &state, 99, true), true);
	head.by_this = false;
	want_number("of another version", "current", mapfile_is_current(&head,
	    &policy, &state, 99, true), false);
	head.by_this = true;
	want_number("at its begin", "current", mapfile_is_current(&head,
	    &policy, &state, 100, true), false);
	head = write_file(&policy, &state, 100, true);
	want_number("during", "next change", head.next_change, 200);
	want_answer("during", "bank.example", "encrypt");
	want_answer("during", "mx.bank.example", "encrypt");
	want_answer("during", "new.example", NULL);
	want_number("the timer stops", "current", mapfile_is_current(&head,
	    &policy, &state, 150, false), false);
	want_number("at its end", "current", mapfile_is_current(&head, &policy,
	    &state, 200, true), false);
	/* Without policy and state. */
	if (mapfile_end_exceptions(path, 200, &e) < 0)
		fail_msg("%s", e.text);
	want_answer("ended", "bank.example", SECURE);
	want_answer("ended", "mx.bank.example", SECURE);
	want_answer("ended", "[bank.example]", SECURE);
	want_number("ended", "head", mapfile_read_head(path, &head, &e),
	    MAPFILE_GOOD);
	want_number("ended", "exceptions stand in it", head.excepting, false);
	want_number("ended", "keys", (long)head.keys, 3);
	want_number("ended", "current", mapfile_is_current(&head, &policy,
	    &state, 200, true), true);
	made_clear(&policy);
}

/* The file would stay open when the pause is over, without the daemon. */
static void
a_pause_ends_in_the_file(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;
	struct err e;

	policy.overlay = &overlay;
	state.exception_count = 0;
	overlay.exceptions = NULL;
	state.pauses[HOP_OUTBOUND] = (struct pause){ .until = 200 };
	state.pauses[HOP_ENTRY] = (struct pause){ .until = 170 };
	overlay.pauses = state.pauses;
	head = write_file(&policy, &state, 150, false);
	want_number("no timer", "in it", head.excepting, false);
	want_answer("no timer", "bank.example", SECURE);
	head = write_file(&policy, &state, 150, true);
	want_number("during", "in it", head.excepting, true);
	want_number("during", "next change", head.next_change, 200);
	want_answer("during", "bank.example", NULL);
	want_number("at its end", "current", mapfile_is_current(&head, &policy,
	    &state, 200, true), false);
	if (mapfile_end_exceptions(path, 200, &e) < 0)
		fail_msg("%s", e.text);
	want_answer("ended", "bank.example", SECURE);
	want_answer("ended", "mx.bank.example", SECURE);
	head = write_file(&policy, &state, 200, true);
	want_answer("over", "bank.example", SECURE);
	made_clear(&policy);
}

static void
an_exception_is_left_out_without_the_timer(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;

	policy.overlay = &overlay;
	head = write_file(&policy, &state, 150, false);
	want_number("no timer", "exceptions stand in it", head.excepting,
	    false);
	want_answer("no timer", "bank.example", SECURE);
	want_number("the timer starts", "current", mapfile_is_current(&head,
	    &policy, &state, 150, true), false);
	made_clear(&policy);
}

static void
a_head_tells_what_it_was_made_from(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head, read;
	struct stat st;
	struct err e;

	head = write_file(&policy, &state, 50, true);
	want_number("head", "status", mapfile_read_head(path, &read, &e),
	    MAPFILE_GOOD);
	want_text("head", "policy", read.policy, policy.digest);
	want_number("head", "generation", (long)read.generation, 3);
	want_number("head", "written", read.written, 50);
	want_number("head", "next change", read.next_change, head.next_change);
	want_number("file", "there", stat(path, &st), 0);
	want_bits("file", "mode", st.st_mode & 07777u, 0644);
	state.generation = 4;
	want_number("another state", "current", mapfile_is_current(&read,
	    &policy, &state, 60, true), false);
	state.generation = 3;
	policy.digest[0] = 'b';
	want_number("another policy", "current", mapfile_is_current(&read,
	    &policy, &state, 60, true), false);
	made_clear(&policy);
	unlink(path);
	want_number("no file", "status", mapfile_read_head(path, &read, &e),
	    MAPFILE_NONE);
	folder_write_text(&folder, "map/outbound.cdb", "something else");
	want_number("not ours", "status", mapfile_read_head(path, &read, &e),
	    MAPFILE_UNREADABLE);
	unlink(path);
}

static void
log_only_is_empty_but_there(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;

	policy.settings.mode = MODE_LOG_ONLY;
	head = write_file(&policy, &state, 50, true);
	want_number("log-only", "keys", (long)head.keys, 0);
	want_answer("log-only", "bank.example", NULL);
	made_clear(&policy);
}

/* The old file stays when the new one cannot be written. */
static void
a_failure_leaves_the_old_file(void **unused ATTR_UNUSED)
{
	struct rlimit limit = { 100, RLIM_INFINITY }, before;
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;
	char beside[300];
	struct err e;

	write_file(&policy, &state, 50, true);
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	policy.settings.mode = MODE_LOG_ONLY;
	want_number("no room", "written", mapfile_write(path, &policy, &state,
	    60, true, &head, &e), -1);
	setrlimit(RLIMIT_FSIZE, &before);
	want_answer("no room", "bank.example", SECURE);
	snprintf(beside, sizeof(beside), "%s.new", path);
	want_number("no room", "nothing is left", access(beside, F_OK), -1);
	policy.settings.mode = MODE_ENFORCE;
	write_file(&policy, &state, 60, true);
	made_clear(&policy);
}

/* When the file cannot be written again, an exception ends in it all the
 * same. */
static void
a_failure_ends_exceptions(void **unused ATTR_UNUSED)
{
	struct rlimit limit = { 100, RLIM_INFINITY }, before;
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;
	char strict[300];
	struct err e;

	policy.overlay = &overlay;
	snprintf(strict, sizeof(strict), "%s.strict", path);
	write_file(&policy, &state, 100, true);
	want_answer("excepted", "bank.example", "encrypt");
	want_number("excepted", "the strict one waits", access(strict, F_OK),
	    0);
	getrlimit(RLIMIT_FSIZE, &before);
	limit.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
	want_number("no room", "written", mapfile_write(path, &policy, &state,
	    250, true, &head, &e), -1);
	want_answer("no room", "bank.example", "encrypt");
	want_that("no room", "falls back", mapfile_fall_back(path));
	want_answer("fallen back", "bank.example", SECURE);
	want_that("fallen back", "only once", !mapfile_fall_back(path));
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(mapfile_read_head(path, &head, &e), MAPFILE_GOOD);
	want_that("fallen back", "not current", !mapfile_is_current(&head,
		&policy, &state, 100, true));
	write_file(&policy, &state, 100, true);
	want_answer("written again", "bank.example", "encrypt");
	write_file(&policy, &state, 250, true);
	want_number("ended", "the strict one is gone", access(strict, F_OK),
	    -1);
	made_clear(&policy);
}

/* Two that keep one file would put their answers in place in turn. */
static void
one_daemon_keeps_a_file(void **unused ATTR_UNUSED)
{
	char name[300];
	struct err e;
	int first = mapdraft_hold(path, &e);

	assert_true(first >= 0);
	want_number("another", "holds", mapdraft_hold(path, &e), -1);
	want_that("another", "is told", strstr(e.text, "another daemon") !=
	    NULL);
	want_number("an export", "is free", mapdraft_check_free(path, &e), -1);
	want_that("the first", "still holds", mapdraft_still_holds(first));
	snprintf(name, sizeof(name), "%s.daemon", path);
	unlink(name);
	want_that("removed", "does not hold", !mapdraft_still_holds(first));
	want_number("an export", "is free", mapdraft_check_free(path, &e), 0);
	close(first);
	first = mapdraft_hold(path, &e);
	want_that("the next", "holds", first >= 0);
	close(first);
	want_number("closed", "is free", mapdraft_check_free(path, &e), 0);
}

/* A stage that was set with the command may make a row act that no file can
 * express: the reader of the policy did not know it. */
static void
a_stage_in_force_counts(void **unused ATTR_UNUSED)
{
	static const struct made_row any[] = { { "rest", "*",
	    .outbound = { MADE(ENCRYPT, LOG_ONLY) } } };
	static const unsigned char stages[] = { STAGE_DEFER };
	const struct overlay overlay = { .stages = stages, .stage_count = 1 };
	struct mapfile_head head;
	struct policy policy;
	struct err e;

	made_policy(&policy, MODE_ENFORCE, any, 1);
	write_file(&policy, NULL, 50, true);
	policy.overlay = &overlay;
	want_number("\"*\" acts", "written", mapfile_write(path, &policy, NULL,
	    50, true, &head, &e), -1);
	want_text("\"*\" acts", "file", e.file, "t.conf");
	want_that("\"*\" acts", "the error says so",
	    strstr(e.text, "\"*\" cannot act in map.static") != NULL);
	made_clear(&policy);
}

static void
a_folder_of_others_is_refused(void **unused ATTR_UNUSED)
{
	struct overlay overlay;
	struct state state;
	struct policy policy = make(&overlay, &state);
	struct mapfile_head head;
	char name[256];
	struct err e;

	folder_path(&folder, "map", name);
	chmod(name, 0777);
	want_number("a folder for all", "written", mapfile_write(path, &policy,
	    &state, 50, true, &head, &e), -1);
	want_that("a folder for all", "the error says what to do",
	    strstr(e.text, "install -d -o USER") != NULL);
	chmod(name, 0755);
	made_clear(&policy);
}

/* A run of the timer, and the time that it goes by. */
static const struct {
	const char *label;
	int64_t written, clock, steady_ms, now;
} runs[] = {
	{ "the first", 1000, 1030, 500000, 1030 },
	{ "a minute later", 1000, 1090, 560000, 1090 },
	{ "the clock is set back", 1000, 150, 620000, 1150 },
	{ "a minute later", 1000, 210, 680500, 1210 },
	{ "parts of seconds add up", 1000, 270, 741000, 1271 },
	{ "started anew", 1000, 330, 10000, 1271 },
	{ "a minute later", 1000, 390, 70000, 1331 },
	{ "the clock is right again", 1000, 2000, 130000, 2000 },
	{ "another file", 1990, 1500, 190000, 1990 },
	{ "the state's clock was repaired", 1400, 1410, 250000, 1410 },
};

static void
the_timer_goes_on_while_the_clock_is_behind(void **unused ATTR_UNUSED)
{
	char stamp[300];
	int64_t now;
	struct err e;

	snprintf(stamp, sizeof(stamp), "%s.timer", path);
	for (size_t i = 0; i < COUNT_OF(runs); i++) {
		if (maptimer_touch(path, &e) < 0 ||
		    maptimer_tell(path, runs[i].written, runs[i].clock,
			runs[i].steady_ms, &now, &e) < 0)
			fail_msg("%s: %s", runs[i].label, e.text);
		want_number(runs[i].label, "now", (long)now,
		    (long)runs[i].now);
	}
	folder_write_text(&folder, "map/outbound.cdb.timer", "1400 x 7\n");
	want_number("not ours", "told", maptimer_tell(path, 1400, 1100, 1, &now,
	    &e), 0);
	want_number("not ours", "now", (long)now, 1400);
	unlink(stamp);
	want_number("a link", "made", symlink("elsewhere", stamp), 0);
	want_number("a link", "told", maptimer_tell(path, 1400, 1100, 1, &now,
	    &e), -1);
	want_number("a link", "now", (long)now, 1400);
	unlink(stamp);
}

static void
the_timer_counts_for_three_minutes(void **unused ATTR_UNUSED)
{
	char stamp[300];
	struct stat st;
	struct err e;

	want_number("no run yet", "running", maptimer_is_running(path, 1000),
	    false);
	if (maptimer_touch(path, &e) < 0 || maptimer_touch(path, &e) < 0)
		fail_msg("%s", e.text);
	snprintf(stamp, sizeof(stamp), "%s.timer", path);
	want_number("stamp", "there", stat(stamp, &st), 0);
	want_number("now", "running", maptimer_is_running(path, st.st_mtime),
	    true);
	want_number("in time", "running", maptimer_is_running(path,
	    st.st_mtime + MAPTIMER_AGE), true);
	want_number("too late", "running", maptimer_is_running(path,
	    st.st_mtime + MAPTIMER_AGE + 1), false);
	want_number("a clock set back", "running", maptimer_is_running(path,
	    st.st_mtime - 2), false);
	unlink(stamp);
	want_number("a link", "made", symlink("/etc/passwd", stamp), 0);
	want_number("a link", "touched", maptimer_touch(path, &e), -1);
	want_number("a link", "running", maptimer_is_running(path,
	    time(NULL)), false);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_file_answers_as_the_map_does),
	cmocka_unit_test(an_exception_begins_and_ends),
	cmocka_unit_test(a_pause_ends_in_the_file),
	cmocka_unit_test(an_exception_is_left_out_without_the_timer),
	cmocka_unit_test(a_head_tells_what_it_was_made_from),
	cmocka_unit_test(log_only_is_empty_but_there),
	cmocka_unit_test(a_failure_leaves_the_old_file),
	cmocka_unit_test(a_failure_ends_exceptions),
	cmocka_unit_test(one_daemon_keeps_a_file),
	cmocka_unit_test(a_stage_in_force_counts),
	cmocka_unit_test(a_folder_of_others_is_refused),
	cmocka_unit_test(the_timer_goes_on_while_the_clock_is_behind),
	cmocka_unit_test(the_timer_counts_for_three_minutes),
};

RUN_TESTS_WITH(tests, set_up, take_down)
