/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_keep - the running daemon removes old files of its log, and the chain
 * can be followed over them, with a key and without
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/keyfile.h"
#include "milter/log/keepfile.h"
#include "milter/log/logfile.h"
#include "tests/driver/daemon.h"
#include "tests/folder.h"

enum { DAY = 86400, KEEP = 400 * DAY, OLD = 3 };

static struct folder f;
static char policy[256], sock[256], log_path[256], key_path[256];
static struct daemon d;

static void
write_policy(const char *keep, bool keyed)
{
	char text[2048];

	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s/state\";\n"
	    "milter = { listen = \"unix:%s\"; };\n"
	    "control = { listen = [ \"unix:%s/control\" ]; };\n"
	    "log = { decisions = \"%s\"; %s %s%s%s };\n",
	    geteuid() == 0 ? "root" : "nobody", f.path, sock, f.path, log_path,
	    keep, keyed ? "key = \"" : "", keyed ? key_path : "",
	    keyed ? "\";" : "");
	folder_write(&f, "policy.conf", text, strlen(text));
}

static int
set_up(void **state ATTR_UNUSED)
{
	char path[256];

	folder_create(&f);
	folder_path(&f, "policy.conf", policy);
	folder_path(&f, "sock", sock);
	folder_path(&f, "log/decisions", log_path);
	folder_path(&f, "key", key_path);
	return mkdir(folder_path(&f, "log", path), 0755) != 0 ||
	    mkdir(folder_path(&f, "state", path), 0700) != 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	struct err e;

	if (d.pid > 0)
		daemon_stop(&d, SIGKILL, &e);
	daemon_clear(&d);
	folder_remove(&f);
	return 0;
}

__attribute__((format(printf, 2, 3)))
static void
want_run(const char *label, const char *format, ...)
{
	char command[1024];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof(command), format, values);
	va_end(values);
	if (system(command) != 0)
		fail_msg("%s: %s%s", label, command, d.output == NULL ? ""
		    : d.output);
}

/* Writes two records of a day of January 2025, or of now, and moves the file
 * away under that day's name; day 0: leaves it in its place. */
static void
write_day(int day, const char *month, struct logkey *key)
{
	char record[128], name[300];
	struct slice records[2];
	struct timespec times[2] = { { 0, 0 }, { 0, 0 } };
	struct logfile *file;
	size_t cut, done;
	struct err e;

	file = logfile_open(log_path, NULL, &cut, &e);
	assert_non_null(file);
	logfile_set_key(file, key);
	snprintf(record, sizeof(record), "{\"time\":\"%s-%02dT10:00:00.000Z\"",
	    month, day == 0 ? 1 : day);
	records[0] = records[1] = slice_of(record);
	assert_int_equal(logfile_append(file, records, 2, &done, &e), 0);
	logfile_close(&file);
	if (day == 0)
		return;
	snprintf(name, sizeof(name), "%s-%s%02d", log_path, month, day);
	assert_int_equal(rename(log_path, name), 0);
	times[0].tv_sec = times[1].tv_sec = (slice_starts(slice_of(month),
	    SLICE("2025")) ? 1735725600 : time(NULL) - 10 * DAY) +
	    (time_t)day * DAY / 10;
	assert_int_equal(utimensat(AT_FDCWD, name, times, 0), 0);
	if (key != NULL)
		logkey_next(key);
}

/* Three old files, two of ten days ago, and the current one. With a key: the
 * file of the key is made, and the first key is written to "first". */
static void
make_log(bool keyed)
{
	struct logkey key = { .number = 0 }, *used = NULL;
	char digits[LOGKEY_TEXT + 2], recent[32];
	time_t ago = time(NULL) - 10 * DAY;
	struct tm tm;
	struct err e;

	if (keyed) {
		assert_int_equal(logkey_make(&key, &e), 0);
		logkey_show(&key, digits);
		folder_write_text(&f, "first", digits);
		used = &key;
	}
	for (int day = 1; day <= OLD; day++)
		write_day(day, "2025-01", used);
	gmtime_r(&ago, &tm);
	strftime(recent, sizeof(recent), "%Y-%m", &tm);
	write_day(1, recent, used);
	write_day(2, recent, used);
	write_day(0, recent, used);
	if (keyed)
		assert_int_equal(keyfile_create(key_path, (uid_t)-1, (gid_t)-1,
		    &key, &e), 0);
}

/* As it is after a day of running. */
static void
believe(void)
{
	struct keepfile file = { .clock = { KEEP, time(NULL), 0 } };
	struct err e;

	assert_int_equal(keepfile_write(log_path, &file, &e), 0);
}

static void
begin(void)
{
	const char *argv[] = { daemon_program(), "-f", "-c", policy, NULL };
	struct err e = { .text = "" };

	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(daemon_printed(&d, 0, "takes mail"));
}

static void
end(int sig)
{
	struct err e = { .text = "" };
	int status = daemon_stop(&d, sig, &e);

	if (status != (sig == SIGTERM ? EX_OK : 128 + sig))
		fail_msg("%s%s", e.text, d.output);
	daemon_clear(&d);
	unlink(sock);
}

/* Runs it until the third old file is gone. */
static void
run_to_the_last(const char *label)
{
	begin();
	want_that(label, "removes the last", daemon_printed(&d, 0,
	    "removed decisions-2025-0103: 2 records"));
	end(SIGTERM);
	want_run(label, "test $(ls %s-* | wc -l) = 2", log_path);
}

/* The log verifies, with the first key too. */
static void
want_verified(const char *label, bool keyed)
{
	want_run(label, "./enforcetls -c %s log verify >%s/out 2>&1", policy,
	    f.path);
	want_run(label, "grep -q '^removed by log.keep on 2.*: 6 records from "
	    "2025-01-01T10:00:00Z to 2025-01-03T10:00:00Z$' %s/out", f.path);
	want_run(label, "! grep -q files.are.missing %s/out", f.path);
	if (keyed)
		want_run(label, "./enforcetls -c %s log verify --key %s/first "
		    ">%s/out 2>&1", policy, f.path, f.path);
	want_run(label, "./enforcetls -c %s log --since 2024-01-01 >%s/out "
	    "2>&1 && grep -q 'removed by log.keep: decisions-' %s/out",
	    policy, f.path, f.path);
}

static void
want_other_losses_found(const char *label)
{
	want_run(label, "rm %s-*01 && ! ./enforcetls -c %s log verify >%s/out "
	    "2>&1", log_path, policy, f.path);
	want_run(label, "grep -q 'that log.keep did not remove' %s/out",
	    f.path);
}

static void
want_removed(bool keyed)
{
	const char *label = keyed ? "keyed" : "plain";

	write_policy("keep = \"400d\";", keyed);
	make_log(keyed);
	want_run(label, "./enforcetls -c %s log verify >/dev/null", policy);
	want_run(label, "cp -p %s-2025-0103 %s/aside", log_path, f.path);
	believe();
	run_to_the_last(label);
	want_verified(label, keyed);
	want_run(label, "test $(grep -c '\"removed\"' %s) = 3", log_path);
	/* A crash came after the record, and before the file was gone. */
	want_run(label, "cp -p %s/aside %s-2025-0103", f.path, log_path);
	run_to_the_last("after a crash");
	want_verified("after a crash", keyed);
	want_run("after a crash", "test $(grep -c '\"removed\"' %s) = 3",
	    log_path);
	/* And what it noted is lost: the record is written again. */
	want_run(label, "cp -p %s/aside %s-2025-0103", f.path, log_path);
	believe();
	run_to_the_last("twice");
	want_verified("twice", keyed);
	want_other_losses_found(label);
}

static void
a_plain_log(void **state ATTR_UNUSED)
{
	want_removed(false);
}

static void
a_keyed_log(void **state ATTR_UNUSED)
{
	want_removed(true);
}

static void
a_killed_daemon_goes_on(void **state ATTR_UNUSED)
{
	write_policy("keep = \"400d\";", false);
	make_log(false);
	believe();
	for (int i = 0; i < 6; i++) {
		begin();
		usleep(150000u * (unsigned)i);
		end(SIGKILL);
	}
	begin();
	want_run("killed", "for i in $(seq 80); do test $(ls %s-* | wc -l) = 2 "
	    "&& exit 0; sleep 0.1; done; exit 1", log_path);
	end(SIGTERM);
	want_verified("killed", false);
}

static void
nothing_goes_before_a_day_has_passed(void **state ATTR_UNUSED)
{
	write_policy("keep = \"400d\";", false);
	make_log(false);
	begin();
	want_that("at first", "says so", daemon_printed(&d, 0, "log.keep: "
	    "files are removed when the daemon has run for a day"));
	usleep(300000);
	want_run("at first", "./enforcetls -c %s status >%s/out 2>&1", policy,
	    f.path);
	want_run("at first", "grep -q '^log_keep  *400 days, believed in 24 "
	    "hours: nothing is removed' %s/out", f.path);
	want_run("at first", "grep -q '^log_oldest  *2025-01-01T10:00:00Z' "
	    "%s/out", f.path);
	end(SIGTERM);
	want_run("at first", "test $(ls %s-* | wc -l) = 5", log_path);
	/* Kept for ever. */
	believe();
	write_policy("", false);
	begin();
	usleep(500000);
	end(SIGTERM);
	want_run("no log.keep", "test $(ls %s-* | wc -l) = 5", log_path);
}

/* Nothing is removed of which no record can be on the disk. */
static void
no_record_no_removal(void **state ATTR_UNUSED)
{
	struct stat st;

	write_policy("keep = \"400d\";", false);
	make_log(false);
	believe();
	assert_int_equal(unlink(log_path), 0);
	if (geteuid() != 0 || symlink("/dev/full", log_path) != 0)
		skip();
	begin();
	want_that("full", "says so", daemon_printed(&d, 0, "no older file of "
	    "the decision log is removed"));
	want_run("full", "./enforcetls -c %s status | grep -q 'warning: "
	    "log.keep'", policy);
	end(SIGTERM);
	want_number("full", "link", lstat(log_path, &st), 0);
	want_run("full", "test $(ls %s-* | wc -l) = 5", log_path);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(a_plain_log),
	TEST(a_keyed_log),
	TEST(a_killed_daemon_goes_on),
	TEST(nothing_goes_before_a_day_has_passed),
	TEST(no_record_no_removal),
};

RUN_TESTS(tests)
