/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_keying - the keyed decision log: what `enforcetls log verify` says of it
 * after rotations, crashes and attacks
 */
#include "config.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/digest.h"
#include "conf/base/keyfile.h"
#include "milter/log/decisionlog.h"
#include "tests/folder.h"

static struct folder f;
static char path[256], key_path[256], first_path[256];

/* Runs a command of the shell in the folder. */
__attribute__((format(printf, 1, 2)))
static int
run(const char *format, ...)
{
	char what[1024], command[1400];
	va_list values;

	va_start(values, format);
	vsnprintf(what, sizeof(what), format, values);
	va_end(values);
	snprintf(command, sizeof(command), "tool=$PWD/enforcetls; cd %s && "
	    "{ %s; }", f.path, what);
	return system(command);
}

static void
make_key(void)
{
	char digits[LOGKEY_TEXT + 1];
	struct logkey key;
	struct err e;
	FILE *out;

	if (logkey_make(&key, &e) < 0 || keyfile_create(key_path, (uid_t)-1,
	    (gid_t)-1, &key, &e) < 0)
		fail_msg("%s", e.text);
	logkey_show(&key, digits);
	out = fopen(first_path, "a");
	assert_non_null(out);
	fprintf(out, "%s\n", digits);
	fclose(out);
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&f);
	folder_path(&f, "log", path);
	folder_path(&f, "key", key_path);
	folder_path(&f, "first", first_path);
	make_key();
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&f);
	return 0;
}

static void
start_keyed(struct slice key)
{
	struct err e = { .text = "" };

	decisionlog_set_key(key);
	if (decisionlog_start(slice_of(path), 0, &e) != 0)
		fail_msg("%s", e.text);
}

static void
start(void)
{
	start_keyed(slice_of(key_path));
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);
}

/* Adds records and waits until they are in the file. */
static void
add(unsigned count)
{
	static const struct line_origin origin = { .partner = { NULL, 0 } };

	for (unsigned i = 0; i < count; i++)
		decisionlog_add(SLICE("{\"applied\":\"pass\""), &origin);
	pause_ms(60);
}

/* Rotates as logrotate(8) does, and waits for the new file. */
static void
rotate(const char *to)
{
	assert_int_equal(run("mv log %s", to), 0);
	for (int i = 0; i < 300 && access(path, F_OK) != 0; i++)
		pause_ms(10);
	pause_ms(30);
}

/* Runs log verify; fails unless it ends with that status, and prints that. */
static void
want_verify(const char *label, int status, const char *wanted)
{
	int came = run("$tool log verify --key first log >out 2>&1; r=$?; "
	    "grep -qF -e '%s' out || r=9; [ $r = %d ] || { cat out; "
	    "exit 1; }", wanted, status);

	want_that(label, wanted, came == 0);
}

static void
one_key_for_each_file(void **state ATTR_UNUSED)
{
	start();
	add(3);
	want_verify("first", 0, "4 lines keyed, 4 of them proven");
	rotate("log.2");
	add(3);
	rotate("log.1");
	decisionlog_stop(1000);
	start();
	add(2);
	decisionlog_stop(1000);
	want_verify("rotated", 0, "11 lines keyed, 11 of them proven");
	want_verify("rotated", 0, "the lines under key 3, the newest");
	assert_int_equal(run("grep -q '\"keying\":\"start\",\"key\":1,' log.2 "
	    "&& grep -q '\"keying\":\"next\",\"key\":2,' log.1 && "
	    "grep -q '\"keying\":\"next\",\"key\":3,' log"), 0);
	assert_int_equal(run("touch -d '1 hour ago' log.1; "
	    "touch -d '2 hours ago' log.2; gzip log.1 log.2"), 0);
	want_verify("compressed", 0, "11 lines keyed, 11 of them proven");
	/* Without the key, what it would prove is named. */
	assert_int_equal(run("$tool log verify log | grep -q 'give the first "
	    "key with --key'"), 0);
}

static void
a_rotation_while_no_daemon_runs(void **state ATTR_UNUSED)
{
	start();
	add(3);
	decisionlog_stop(1000);
	assert_int_equal(run("mv log log.1"), 0);
	start();
	add(3);
	decisionlog_stop(1000);
	want_verify("stopped", 0, "8 lines keyed, 8 of them proven");
	want_verify("stopped", 0, "the lines under key 2");
}

/* The lines between the copy and the cut are gone, and that is found. */
static void
copytruncate(void **state ATTR_UNUSED)
{
	start();
	add(3);
	assert_int_equal(run("cp log log.1 && : >log"), 0);
	pause_ms(1200);
	add(3);
	want_verify("nothing lost", 0, "8 lines keyed, 8 of them proven");
	want_verify("nothing lost", 0, "the lines under key 2");
	assert_int_equal(run("cp log log.0"), 0);
	add(2);
	assert_int_equal(run(": >log"), 0);
	add(2);
	decisionlog_stop(1000);
	want_verify("lines lost", 1, "lines are missing");
}

/* The next key is on the disk, its record is not. */
static void
a_crash_after_the_key_has_changed(void **state ATTR_UNUSED)
{
	struct keyfile file;
	struct logkey key;
	struct err e;

	start();
	add(3);
	decisionlog_stop(1000);
	assert_int_equal(keyfile_open(&file, key_path, &key, &e), 0);
	logkey_next(&key);
	assert_int_equal(keyfile_add(&file, &key, &e), 0);
	keyfile_close(&file);
	assert_int_equal(run("mv log log.1"), 0);
	start();
	add(1);
	decisionlog_stop(1000);
	want_verify("crash", 0, "6 lines keyed, 6 of them proven");
	want_verify("crash", 0, "the lines under key 2");
}

static void
an_older_key_that_was_put_back(void **state ATTR_UNUSED)
{
	assert_int_equal(run("cp -p key key.old"), 0);
	start();
	add(1);
	rotate("log.1");
	decisionlog_stop(1000);
	assert_int_equal(run("cat key.old >key"), 0);
	start();
	add(1);
	decisionlog_stop(1000);
	want_verify("put back", 0, "5 lines keyed, 5 of them proven");
	want_verify("put back", 0, "the lines under key 3");
}

static void
keying_that_begins_later_and_ends(void **state ATTR_UNUSED)
{
	start_keyed(SLICE_NONE);
	add(2);
	decisionlog_set_key(slice_of(key_path));
	decisionlog_reopen(slice_of(path), 0);
	pause_ms(100);
	add(2);
	want_verify("later", 0, "3 lines keyed, 3 of them proven");
	want_verify("later", 0, "not proven: the lines that are not keyed");
	decisionlog_set_key(SLICE_NONE);
	decisionlog_reopen(slice_of(path), 0);
	pause_ms(100);
	add(1);
	decisionlog_stop(1000);
	want_verify("ended", 1, "not keyed, and the line before it is");
	assert_int_equal(run("grep -q '\"keying\":\"end\",\"key\":1,' log"), 0);
}

static void
a_lost_key_is_a_record(void **state ATTR_UNUSED)
{
	start();
	add(1);
	decisionlog_stop(1000);
	unlink(key_path);
	start();
	add(1);
	want_verify("lost", 1, "log:3: the key was lost");
	make_key();
	decisionlog_reopen(slice_of(path), 0);
	pause_ms(100);
	add(1);
	decisionlog_stop(1000);
	want_verify("another one", 1, "keying begins anew");
	want_verify("another one", 1, "4 lines keyed, 4 of them proven");
}

/* What an attacker without the old keys does to a line of an older file: the
 * digests behind it are made again, as far as the newest file. */
static void
rehash(const char *names[], size_t count)
{
	char prev[DIGEST_TEXT + 1] = "", line[4096], whole[256], *at;

	for (size_t i = 0; i < count; i++) {
		char new[300];
		FILE *in, *out;

		folder_path(&f, names[i], whole);
		snprintf(new, sizeof(new), "%s.new", whole);
		in = fopen(whole, "r");
		out = fopen(new, "w");
		assert_true(in != NULL && out != NULL);
		while (fgets(line, sizeof(line), in) != NULL) {
			line[strcspn(line, "\n")] = '\0';
			at = strstr(line, "\"prev\":\"");
			if (at != NULL && prev[0] != '\0')
				memcpy(at + 8, prev, DIGEST_TEXT);
			digest_text(slice_of(line), prev);
			fprintf(out, "%s\n", line);
		}
		fclose(in);
		fclose(out);
		assert_int_equal(rename(new, whole), 0);
	}
}

static const struct {
	const char *label;
	const char *make;               /* shell, in the folder */
	bool rehashed;
	const char *wanted;
} attacks[] = {
	{ "nothing", ":", false, NULL },
	{ "a changed line", "sed -i 2s/pass/none/ log.1", false,
	    "was changed, or lines are missing" },
	{ "a changed line, re-hashed", "sed -i 2s/pass/none/ log.1", true,
	    "log.1:2: not written under the key" },
	{ "the last line of a file, re-hashed", "sed -i '$s/pass/none/' log.1",
	    true, "not written under the key" },
	{ "a removed line, re-hashed", "sed -i 2d log.1", true,
	    "log.1:2: not written under the key" },
	{ "an emptied current file", ": >log", false, "it was emptied" },
	{ "a removed current file", "rm log", false, "it was emptied" },
	{ "a removed older file", "rm log.1", true,
	    "the lines under the keys before it are missing" },
	{ "another number, re-hashed",
	    "sed -i '2s/\"key\":2/\"key\":1/' log.1", true,
	    "not written under the key" },
	{ "no code, re-hashed", "sed -i '2s/,\"key\":2,\"mac\":\"[^\"]*\"//' "
	    "log.1", true, "not keyed" },
	{ "a key behind prev", "sed -i '$s/}$/,\"other\":\"none\"}/' log",
	    false, "not its last key" },
	{ "the same key behind prev",
	    "sed -i '$s/}$/,\"applied\":\"none\"}/' log", false,
	    "a key twice" },
	{ "a key twice", "sed -i '2s/\"applied\"/\"applied\":1,\"applied\"/' "
	    "log", true, "a key twice" },
};

static void
attacks_are_found(void **state ATTR_UNUSED)
{
	const char *names[] = { "log.2", "log.1", "log" };

	start();
	add(2);
	rotate("log.2");
	add(2);
	rotate("log.1");
	add(2);
	decisionlog_stop(1000);
	assert_int_equal(run("mkdir good && cp -p log* good"), 0);
	for (size_t i = 0; i < COUNT_OF(attacks); i++) {
		size_t count = COUNT_OF(names);

		assert_int_equal(run("rm -f log*; cp -p good/* .; %s",
		    attacks[i].make), 0);
		if (run("test -e log.1") != 0) {
			names[1] = "log";
			count--;
		}
		if (attacks[i].rehashed)
			rehash(names, count);
		names[1] = "log.1";
		run("touch -d '2 hours ago' log.2; "
		    "test ! -e log.1 || touch -d '1 hour ago' log.1");
		want_verify(attacks[i].label, attacks[i].wanted != NULL,
		    attacks[i].wanted == NULL ? "9 of them proven"
		    : attacks[i].wanted);
	}
}

/* Without any key, the chain of the digests alone. */
static void
a_wrong_first_key_proves_nothing(void **state ATTR_UNUSED)
{
	start();
	add(2);
	decisionlog_stop(1000);
	assert_int_equal(run("tr 0-9a-f 1-9a-f0 <first >f; mv f first"), 0);
	want_verify("wrong", 1, "3 lines keyed, 0 of them proven");
	assert_int_equal(run(": >first"), 0);
	want_verify("none", 2, "has no key");
	assert_int_equal(run("echo 12 >first"), 0);
	want_verify("short", 2, "expected a first key on each line");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(one_key_for_each_file),
	TEST(a_rotation_while_no_daemon_runs),
	TEST(copytruncate),
	TEST(a_crash_after_the_key_has_changed),
	TEST(an_older_key_that_was_put_back),
	TEST(keying_that_begins_later_and_ends),
	TEST(a_lost_key_is_a_record),
	TEST(attacks_are_found),
	TEST(a_wrong_first_key_proves_nothing),
};

RUN_TESTS(tests)
