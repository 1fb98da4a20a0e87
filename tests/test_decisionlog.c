/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/log/decisionlog.h"
#include "milter/base/warnings.h"
#include "policy/base/arena.h"
#include "tests/cases.h"

static char folder[64], path[96], moved[96];
static atomic_bool hung, hangs;

/* Takes the place of glibc's in this program: a disk that never answers, as a
 * network folder without its server. */
ssize_t
write(int fd, const void *text, size_t n)
{
	struct timespec pause = { 0, 1000000 };

	while (fd != STDERR_FILENO && atomic_load(&hung)) {
		atomic_store(&hangs, true);
		nanosleep(&pause, NULL);
	}
	return (ssize_t)syscall(SYS_write, fd, text, n);
}

static int
make_folder(void **state ATTR_UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/test_decisionlog.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(moved, sizeof(moved), "%s/log.1", folder);
	return 0;
}

static int
remove_folder(void **state ATTR_UNUSED)
{
	unlink(path);
	unlink(moved);
	return rmdir(folder);
}

/* Returns new: the whole file; goes with free(). */
static char *
get_file(const char *name)
{
	size_t n = 0, size = 1 << 16;
	char *text = xmalloc(size);
	int fd = open(name, O_RDONLY);
	ssize_t r;

	while (fd != -1 && (r = read(fd, text + n, size - n - 1)) > 0) {
		n += (size_t)r;
		if (size - n < 2)
			text = xrealloc(text, size *= 2);
	}
	if (fd != -1)
		close(fd);
	text[n] = '\0';
	return text;
}

static size_t
count(const char *text, const char *what)
{
	size_t found = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		found++;
	return found;
}

/* Waits until the file contains what as many times as wanted. */
static void
wait_for(const char *name, const char *what, size_t wanted)
{
	struct timespec pause = { 0, 10 * 1000000 };
	size_t found = 0;

	for (int i = 0; i < 500; i++) {
		char *text = get_file(name);

		found = count(text, what);
		free(text);
		if (found >= wanted)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s: %zu times %s, wanted %zu", name, found, what, wanted);
}

static void
start(uint64_t max_size)
{
	struct err e = { .text = "" };

	if (decisionlog_start(slice_of(path), max_size, &e) != 0)
		fail_msg("%s", e.text);
}

static void
add(struct slice record)
{
	static const struct line_origin origin = { .partner = { NULL, 0 } };

	decisionlog_add(record, &origin);
}

/* The one warning of `status`, or "" when there is none. */
static const char *
warned(void)
{
	static char texts[WARNING_COUNT][WARNING_TEXT];

	return warnings_list(texts) > 0 ? texts[0] : "";
}

static void
all_reach_the_file(void **state ATTR_UNUSED)
{
	char *text;

	start(0);
	for (int i = 0; i < 5000; i++)
		add(SLICE("{\"record\":1"));
	decisionlog_stop(1000);
	text = get_file(path);
	assert_int_equal(count(text, "{\"record\":1,\"prev\":"), 5000);
	assert_int_equal(count(text, "\n"), 5000);
	free(text);
}

static void
a_path_that_cannot_be_opened_is_reported_at_start(void **state ATTR_UNUSED)
{
	struct err e = { .text = "" };

	assert_int_equal(decisionlog_start(SLICE("/nowhere/at/all"), 0, &e),
	    -1);
	assert_non_null(strstr(e.text, "/nowhere/at/all"));
}

static void
without_a_path_nothing_is_written(void **state ATTR_UNUSED)
{
	struct err e;

	assert_int_equal(decisionlog_start(SLICE_NONE, 0, &e), 0);
	assert_false(decisionlog_is_open());
	add(SLICE("{\"record\":1"));
	decisionlog_stop(100);
}

static void
a_file_renamed_away_is_followed(void **state ATTR_UNUSED)
{
	start(0);
	add(SLICE("{\"old\":1"));
	wait_for(path, "{\"old\":1", 1);
	assert_int_equal(rename(path, moved), 0);
	for (int i = 0; i < 30; i++) {
		struct timespec pause = { 0, 100 * 1000000 };

		add(SLICE("{\"new\":1"));
		if (access(path, F_OK) == 0)
			break;
		nanosleep(&pause, NULL);
	}
	add(SLICE("{\"last\":1"));
	wait_for(path, "{\"last\":1", 1);
	decisionlog_stop(100);
}

/* A path that cannot be opened yet is tried again, with an old file and without
 * one; no record is lost meanwhile. */
static void
tries_again_to_open(void **state ATTR_UNUSED)
{
	char later[96], other[112];
	struct timespec pause = { 1, 500 * 1000000L };
	struct err e;

	snprintf(later, sizeof(later), "%s/later", folder);
	snprintf(other, sizeof(other), "%s/log", later);
	for (int old = 0; old < 2; old++) {
		uint64_t lost = decisionlog_lost();

		if (old)
			start(0);
		else
			assert_int_equal(decisionlog_start(SLICE_NONE, 0, &e),
			    0);
		decisionlog_reopen(slice_of(other), 0);
		add(SLICE("{\"early\":1"));
		nanosleep(&pause, NULL);
		assert_non_null(strstr(warned(), old ? "the old file"
		    : "kept in memory"));
		assert_int_equal(mkdir(later, 0755), 0);
		nanosleep(&pause, NULL);
		add(SLICE("{\"late\":1"));
		wait_for(old ? path : other, "{\"early\":1", 1);
		wait_for(other, "{\"late\":1", 1);
		assert_int_equal(decisionlog_lost() - lost, 0);
		decisionlog_stop(100);
		assert_string_equal(warned(), "");
		unlink(other);
		rmdir(later);
	}
}

static void
reopens_when_asked(void **state ATTR_UNUSED)
{
	start(0);
	add(SLICE("{\"old\":1"));
	wait_for(path, "{\"old\":1", 1);
	rename(path, moved);
	decisionlog_reopen(slice_of(path), 0);
	for (int i = 0; i < 200 && access(path, F_OK) != 0; i++) {
		struct timespec pause = { 0, 10 * 1000000 };

		nanosleep(&pause, NULL);
	}
	add(SLICE("{\"new\":1"));
	wait_for(path, "{\"new\":1", 1);
	decisionlog_stop(100);
}

static void
a_large_file_is_rotated(void **state ATTR_UNUSED)
{
	struct timespec pause = { 0, 100 * 1000000 };
	char command[256];
	char *text;

	start(1000);
	for (int i = 0; i < 100; i++)
		add(SLICE("{\"old\":1"));
	snprintf(command, sizeof(command), "test -e %s-2*", path);
	for (int i = 0; i < 50 && system(command) != 0; i++)
		nanosleep(&pause, NULL);
	add(SLICE("{\"new\":1"));
	wait_for(path, "{\"new\":1,\"prev\":\"", 1);
	decisionlog_stop(100);
	snprintf(command, sizeof(command), "mv %s-2* %s", path, moved);
	assert_int_equal(system(command), 0);
	text = get_file(moved);
	assert_int_equal(count(text, "{\"old\":1"), 100);
	free(text);
}

/*
 * A full disk: adding a record never waits, memory is bounded, and once there
 * is room again every record is in the file or counted there as lost.
 */
static void
a_full_disk_loses_nothing_silently(void **state ATTR_UNUSED)
{
	enum { RECORD = 4000, RECORDS = 4000 };
	static char record[RECORD];
	struct timespec pause = { 0, 200 * 1000000 };
	struct rlimit limit, old;
	unsigned long lost = 0;
	char *text, *at;

	signal(SIGXFSZ, SIG_IGN);
	memset(record, 'x', sizeof(record));
	memcpy(record, "{\"record\":\"", 11);
	record[RECORD - 1] = '"';
	start(0);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	limit.rlim_cur = 100000;
	setrlimit(RLIMIT_FSIZE, &limit);
	for (int i = 0; i < RECORDS; i++) {
		add((struct slice){ record, sizeof(record) });
		/* The writer holds these when the disk becomes full. */
		if (i == 100)
			nanosleep(&pause, NULL);
	}
	assert_true(decisionlog_lost() > 0);
	assert_non_null(strstr(warned(), "decisions are kept in memory"));
	setrlimit(RLIMIT_FSIZE, &old);
	wait_for(path, "\"lost\":", 1);
	assert_string_equal(warned(), "");
	add((struct slice){ record, sizeof(record) });
	decisionlog_stop(2000);
	text = get_file(path);
	for (at = text; (at = strstr(at, "\"lost\":")) != NULL; at++)
		lost += strtoul(at + 7, NULL, 10);
	if (count(text, "{\"record\":") + lost != RECORDS + 1)
		fail_msg("%zu written, %lu told lost, of %d",
		    count(text, "{\"record\":"), lost, RECORDS + 1);
	assert_int_equal(lost, decisionlog_lost());
	assert_int_equal(count(text, "\n"), count(text, "\"prev\":"));
	free(text);
}

/* A stop on such a disk may leave its writer behind, so it has a process of its
 * own, which is killed if it waits. */
static void
in_a_process(void (*stop)(void))
{
	enum { HANGS_S = 60 };
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(HANGS_S);
		stop();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
stop_on_a_dead_disk(void)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	start(0);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = 1;
	setrlimit(RLIMIT_FSIZE, &limit);
	add(SLICE("{\"record\":1"));
	decisionlog_stop(200);
}

static void
a_stop_does_not_wait_for_a_dead_disk(void **state ATTR_UNUSED)
{
	in_a_process(stop_on_a_dead_disk);
}

static void
stop_on_a_hung_disk(void)
{
	struct timespec pause = { 0, 1000000 };

	start(0);
	atomic_store(&hung, true);
	add(SLICE("{\"record\":1"));
	/* Until the writer is in it. */
	while (!atomic_load(&hangs))
		nanosleep(&pause, NULL);
	add(SLICE("{\"record\":2"));
	if (decisionlog_stop(200))
		_exit(1);
}

static void
a_stop_does_not_wait_for_a_hung_disk(void **state ATTR_UNUSED)
{
	in_a_process(stop_on_a_hung_disk);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

static const struct CMUnitTest tests[] = {
	TEST(all_reach_the_file),
	TEST(a_path_that_cannot_be_opened_is_reported_at_start),
	TEST(without_a_path_nothing_is_written),
	TEST(a_file_renamed_away_is_followed),
	TEST(tries_again_to_open),
	TEST(reopens_when_asked),
	TEST(a_large_file_is_rotated),
	TEST(a_full_disk_loses_nothing_silently),
	TEST(a_stop_does_not_wait_for_a_dead_disk),
	TEST(a_stop_does_not_wait_for_a_hung_disk),
};

RUN_TESTS(tests)
