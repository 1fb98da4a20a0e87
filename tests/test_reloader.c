/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/reload/activate.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/reloader.h"
#include "tests/state.h"

static struct folder folder;
static char state_folder[512], policy_file[512];

/* What the tested code calls: fails while `threads_fail` is set. */
static atomic_bool threads_fail;

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*run)(void *), void *data)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
	    void *);
	void *symbol = dlsym(RTLD_NEXT, "pthread_create");

	if (atomic_load(&threads_fail))
		return EAGAIN;
	memcpy(&real, &symbol, sizeof(real));
	return real(thread, attr, run, data);
}

static void
pause_ms(int ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&pause, NULL);
}

/* What a client got. */
struct got {
	atomic_int answers;
	bool good;
	char text[512];
};

static void
changed(bool made, const struct change_made *out ATTR_UNUSED,
    const struct err *e, void *data)
{
	struct got *got = data;

	got->good = made;
	snprintf(got->text, sizeof(got->text), "%s", made ? "" : e->text);
	atomic_fetch_add(&got->answers, 1);
}

static void
reloaded(const struct reload_outcome *outcome, void *data)
{
	const struct problems *problems = outcome->problems;
	struct got *got = data;

	got->good = outcome->loaded;
	snprintf(got->text, sizeof(got->text), "%s",
	    problems_count(problems) == 0 ? ""
	    : problems_get(problems, 0)->text);
	atomic_fetch_add(&got->answers, 1);
}

/* As the loop does, for so long. */
static void
run_for(int ms)
{
	for (int i = 0; i < ms; i += 50) {
		reloader_check_state(NULL);
		pause_ms(50);
	}
	while (reloader_is_busy())
		pause_ms(5);
}

static size_t
in_force(void)
{
	struct snapshot *s = snapshot_take();
	const struct state *state = snapshot_state(s);
	size_t count = state == NULL ? 99 : state->exception_count;

	if (count == 1 && state->exceptions[0].until <= state->seen)
		count = 0;
	snapshot_drop(&s);
	return count;
}

static bool
is_warned(const char *text)
{
	char list[WARNING_COUNT][WARNING_TEXT];
	size_t count = warnings_list(list);

	for (size_t i = 0; i < count; i++)
		if (strstr(list[i], text) != NULL)
			return true;
	return false;
}

static void
make_here(const struct change *change)
{
	struct snapshot *s = snapshot_take();
	struct actor actor = { .reason = SLICE("why"), .clock = time(NULL) };
	struct change_made made;
	struct err e;

	if (change_make(STATE_AT(state_folder), snapshot_policy(s), change,
	    &actor, &made, &e) < 0)
		fail_msg("%s", e.text);
	snapshot_drop(&s);
}

static struct change
grant(void)
{
	struct change c = state_grant();

	c.until = time(NULL) + STATE_DAY;
	return c;
}

static const struct change end = { .kind = CHANGE_END, .id = SLICE("E1") };

/* Another process ends an exception while no thread can be started. */
static void
test_no_thread_for_the_state(void **unused ATTR_UNUSED)
{
	struct change c = grant();

	make_here(&c);
	run_for(200);
	want_number("granted", "in force", (long)in_force(), 1);
	atomic_store(&threads_fail, true);
	make_here(&end);
	run_for(200);
	want_number("no thread", "in force", (long)in_force(), 1);
	want_that("no thread", "a warning",
	    is_warned("cannot start a thread"));
	atomic_store(&threads_fail, false);
	run_for(200);
	want_number("a thread again", "in force", (long)in_force(), 0);
	want_that("a thread again", "no warning",
	    !is_warned("cannot start a thread"));
}

/* Clients that wait get an answer when the thread starts late, and when it does
 * not. */
static void
test_no_thread_for_clients(void **unused ATTR_UNUSED)
{
	struct change c = grant();
	struct actor actor = { .clock = time(NULL), .reason = SLICE("why") };
	struct got change_got = { .text = "" }, reload_got = { .text = "" };

	atomic_store(&threads_fail, true);
	reloader_change(&c, &actor, changed, &change_got);
	reloader_request_reload(NULL, reloaded, &reload_got);
	run_for(300);
	want_number("at first", "answers", change_got.answers +
	    reload_got.answers, 0);
	atomic_store(&threads_fail, false);
	run_for(300);
	want_number("late", "answers", change_got.answers +
	    reload_got.answers, 2);
	want_that("late", "both done", change_got.good && reload_got.good);
	atomic_store(&threads_fail, true);
	reloader_change(&c, &actor, changed, &change_got);
	reloader_request_reload(NULL, reloaded, &reload_got);
	reloader_request_reload(NULL, NULL, NULL);
	run_for(3500);
	atomic_store(&threads_fail, false);
	want_number("never", "answers", change_got.answers +
	    reload_got.answers, 4);
	want_text("never", "the change", change_got.text,
	    "no thread can be started to do it");
	want_text("never", "the reload", reload_got.text,
	    "no thread can be started to do it");
	want_number("never", "in force", (long)in_force(), 1);
	/* The signal's request has stayed. */
	folder_write_text(&folder, "policy.conf", "broken");
	run_for(300);
	want_text("the signal's", "done", diskcheck_word(), "broken");
}

/* Leaves no descriptor to open; returns the limit that there was. */
static struct rlimit
use_descriptors_up(void)
{
	struct rlimit before, none;
	int fd = dup(0);

	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)fd;
	close(fd);
	setrlimit(RLIMIT_NOFILE, &none);
	return before;
}

/* Another process ends an exception while no descriptor is left. */
static void
test_no_descriptor(void **unused ATTR_UNUSED)
{
	struct change c = grant();
	struct rlimit before;

	make_here(&c);
	run_for(200);
	want_number("granted", "in force", (long)in_force(), 1);
	make_here(&end);
	before = use_descriptors_up();
	run_for(800);
	want_number("no descriptor", "in force", (long)in_force(), 1);
	want_that("no descriptor", "a warning", is_warned("state folder"));
	setrlimit(RLIMIT_NOFILE, &before);
	run_for(2500);
	want_number("descriptors again", "in force", (long)in_force(), 0);
	want_that("descriptors again", "no warning",
	    !is_warned("state folder"));
}

static int
set_up(void **unused ATTR_UNUSED)
{
	char text[4096];

	umask(022);
	folder_create(&folder);
	folder_path(&folder, "policy.conf", policy_file);
	folder_path(&folder, "s", state_folder);
	mkdir(state_folder, 0755);
	snprintf(text, sizeof(text), "state = \"%s\";\n" STATE_POLICY,
	    state_folder);
	folder_write_text(&folder, "policy.conf", text);
	reloader_init(policy_file);
	activate_first(state_policy(&folder, text));
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	snapshot_clear();
	diskcheck_clear();
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(test_no_thread_for_the_state, set_up,
	    take_down),
	cmocka_unit_test_setup_teardown(test_no_thread_for_clients, set_up,
	    take_down),
	cmocka_unit_test_setup_teardown(test_no_descriptor, set_up,
	    take_down),
};

RUN_TESTS(tests)
