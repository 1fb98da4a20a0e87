/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "milter/log/logfile.h"
#include "policy/base/limits.h"
#include "tests/cases.h"

static char folder[64], path[96];

static int
make_folder(void **state ATTR_UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/test_logfile.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	return 0;
}

static int
remove_folder(void **state ATTR_UNUSED)
{
	unlink(path);
	return rmdir(folder);
}

static void
put_file(const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static size_t
get_file(char *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_int_not_equal(fd, -1);
	n = read(fd, out, size - 1);
	close(fd);
	assert_true(n >= 0);
	out[n] = '\0';
	return (size_t)n;
}

static void
hash(const char *text, size_t n, char out[65])
{
	unsigned char digest[32];

	gnutls_hash_fast(GNUTLS_DIG_SHA256, text, n, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* Fails unless every line ends with the hash of the line before it. Returns the
 * number of lines. */
static size_t
check_chain(const char *label, char *text)
{
	char before[65] = "", wanted[100];
	size_t lines = 0;
	char *end;

	for (char *line = text; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			fail_msg("%s: half a line at the end: %s", label,
			    line);
		*end = '\0';
		if (before[0] == '\0')
			snprintf(wanted, sizeof(wanted), ",\"prev\":null}");
		else
			snprintf(wanted, sizeof(wanted), ",\"prev\":\"%s\"}",
			    before);
		if (strlen(line) < strlen(wanted) ||
		    strcmp(end - strlen(wanted), wanted) != 0)
			fail_msg("%s: line %zu is %s, wanted it to end in %s",
			    label, lines + 1, line, wanted);
		hash(line, strlen(line), before);
		lines++;
	}
	return lines;
}

static void
append(struct logfile *file, const char *record)
{
	struct slice one = slice_of(record);
	struct err e;
	size_t done;

	if (logfile_append(file, &one, 1, &done, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(done, 1);
}

static void
chains_across_restarts(void **state ATTR_UNUSED)
{
	char text[4096];

	for (int i = 0; i < 3; i++) {
		struct err e;
		size_t cut;
		struct logfile *file = logfile_open(path, NULL, &cut, &e);

		assert_non_null(file);
		assert_int_equal(cut, 0);
		append(file, "{\"a\":1");
		append(file, "{\"b\":2");
		logfile_close(&file);
	}
	get_file(text, sizeof(text));
	assert_int_equal(check_chain("restarts", text), 6);
}

static const struct {
	const char *label, *before, *remains;
	size_t cut;
} torn[] = {
	{ "half a line behind a whole one", "{\"prev\":null}\n{\"x\":",
	    "{\"prev\":null}\n", 5 },
	{ "only half a line", "{\"x\":", "", 5 },
	{ "nothing", "", "", 0 },
	{ "whole lines", "{\"prev\":null}\n", "{\"prev\":null}\n", 0 },
};

static void
a_half_line_is_cut_off(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(torn); i++) {
		struct logfile *file;
		char text[4096];
		struct err e;
		size_t cut;

		put_file(torn[i].before);
		file = logfile_open(path, NULL, &cut, &e);
		assert_non_null(file);
		get_file(text, sizeof(text));
		if (cut != torn[i].cut || strcmp(text, torn[i].remains) != 0)
			fail_msg("%s: cut %zu, left %s", torn[i].label, cut,
			    text);
		append(file, "{\"new\":1");
		logfile_close(&file);
		get_file(text, sizeof(text));
		if (strncmp(text, torn[i].remains,
			strlen(torn[i].remains)) != 0)
			fail_msg("%s: %s", torn[i].label, text);
	}
}

/* The size of a file is limited, so that a line does not fit. The file must end
 * with a whole line, and the chain must be intact in what is written later. */
static void
a_line_that_does_not_fit_is_taken_back(void **state ATTR_UNUSED)
{
	enum { RECORDS = 300, RECORD = 200 };
	static char record[RECORD + 1];
	static struct slice records[RECORDS];
	static char text[RECORDS * (RECORD + 200)];
	struct rlimit limit, old;
	struct logfile *file;
	size_t cut, done, more;
	struct err e;

	signal(SIGXFSZ, SIG_IGN);
	memset(record, 'x', RECORD);
	memcpy(record, "{\"r\":\"", 6);
	record[RECORD - 1] = '"';
	for (size_t i = 0; i < RECORDS; i++)
		records[i] = (struct slice){ record, RECORD };
	file = logfile_open(path, NULL, &cut, &e);
	assert_non_null(file);
	getrlimit(RLIMIT_FSIZE, &old);
	limit = old;
	/* Not a multiple of a line, and larger than the first write. */
	limit.rlim_cur = 33333;
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_int_equal(logfile_append(file, records, RECORDS, &done, &e),
	    -1);
	setrlimit(RLIMIT_FSIZE, &old);
	get_file(text, sizeof(text));
	assert_int_equal(check_chain("full", text), done);
	want_between("records", done, 100, RECORDS - 1);

	assert_int_equal(logfile_append(file, records + done, RECORDS - done,
	    &more, &e), 0);
	logfile_close(&file);
	get_file(text, sizeof(text));
	assert_int_equal(check_chain("room again", text), RECORDS);
}

static void
a_full_device_is_reported(void **state ATTR_UNUSED)
{
	struct slice record = SLICE("{\"a\":1");
	struct logfile *file;
	struct err e;
	size_t cut, done;

	if (access("/dev/full", W_OK) != 0)
		skip();
	file = logfile_open("/dev/full", NULL, &cut, &e);
	assert_non_null(file);
	assert_int_equal(logfile_append(file, &record, 1, &done, &e), -1);
	assert_int_equal(done, 0);
	assert_non_null(strstr(e.text, "No space left"));
	logfile_close(&file);
}

static void
notices_a_move(void **state ATTR_UNUSED)
{
	struct logfile *file;
	char moved[128];
	struct err e;
	size_t cut;

	snprintf(moved, sizeof(moved), "%s.1", path);
	file = logfile_open(path, NULL, &cut, &e);
	assert_non_null(file);
	assert_false(logfile_was_moved(file));
	rename(path, moved);
	assert_true(logfile_was_moved(file));
	put_file("");
	assert_true(logfile_was_moved(file));
	logfile_close(&file);
	unlink(moved);
}

/* Rotated while it is written, and while no daemon runs: one chain includes all
 * files. */
static void
a_new_file_goes_on_with_the_chain(void **state ATTR_UNUSED)
{
	struct logfile *file, *next;
	char text[4096], moved[128];
	struct err e;
	size_t cut, n;

	snprintf(moved, sizeof(moved), "%s.1", path);
	file = logfile_open(path, NULL, &cut, &e);
	append(file, "{\"a\":1");
	rename(path, moved);
	append(file, "{\"b\":2");
	next = logfile_open(path, file, &cut, &e);
	assert_non_null(next);
	append(next, "{\"c\":3");
	logfile_close(&file);
	logfile_close(&next);
	snprintf(text, sizeof(text), "%s.2", path);
	rename(moved, text);
	rename(path, moved);
	file = logfile_open(path, NULL, &cut, &e);
	append(file, "{\"d\":4");
	assert_int_equal(logfile_move_away(file, &e), 0);
	assert_true(logfile_was_moved(file));
	next = logfile_open(path, file, &cut, &e);
	append(next, "{\"e\":5");
	logfile_close(&file);
	logfile_close(&next);

	snprintf(text, sizeof(text), "cd %s && cat log.2 log.1 log-* log "
	    ">all && rm log.2 log.1 log-* && mv all log", folder);
	assert_int_equal(system(text), 0);
	n = get_file(text, sizeof(text));
	assert_true(n > 0);
	assert_int_equal(check_chain("turned over", text), 5);
}

static void
longest_lines_fit(void **state ATTR_UNUSED)
{
	static char record[LIMIT_DECISION];
	static char text[20 * (LIMIT_DECISION + 100)];
	static struct slice records[20];
	struct logfile *file;
	struct err e;
	size_t cut, done;

	memset(record, 'x', sizeof(record));
	for (size_t i = 0; i < 20; i++)
		records[i] = (struct slice){ record, sizeof(record) };
	file = logfile_open(path, NULL, &cut, &e);
	assert_non_null(file);
	assert_int_equal(logfile_append(file, records, 20, &done, &e), 0);
	assert_int_equal(done, 20);
	logfile_close(&file);
	get_file(text, sizeof(text));
	assert_int_equal(check_chain("longest", text), 20);
	/* The chain goes on after a line of the greatest length. */
	file = logfile_open(path, NULL, &cut, &e);
	append(file, "{\"a\":1");
	logfile_close(&file);
	get_file(text, sizeof(text));
	assert_int_equal(check_chain("taken up", text), 21);
}

/* A file that was rotated while no daemon ran, by the end of its name, and
 * whether the chain goes on from its last line. */
static const struct {
	const char *ending;
	bool goes_on;
} rotated[] = {
	{ "", true }, { ".gz", false }, { ".xz", false }, { ".zst", false },
	{ ".bz2", false },
};

/* The bytes of a compressed file are no line. */
static void
a_chain_does_not_go_on_from_compressed_bytes(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(rotated); i++) {
		char text[4096], old[128];
		struct logfile *file;
		struct err e;
		size_t cut;

		put_file("any\nbytes\n");
		snprintf(old, sizeof(old), "%s-20260331%s", path,
		    rotated[i].ending);
		assert_int_equal(rename(path, old), 0);
		file = logfile_open(path, NULL, &cut, &e);
		assert_non_null(file);
		append(file, "{\"a\":1");
		logfile_close(&file);
		get_file(text, sizeof(text));
		want_that(rotated[i].ending, "goes on", (strstr(text,
		    "\"prev\":null}") == NULL) == rotated[i].goes_on);
		unlink(old);
		unlink(path);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

static const struct CMUnitTest tests[] = {
	TEST(chains_across_restarts),
	TEST(a_half_line_is_cut_off),
	TEST(a_line_that_does_not_fit_is_taken_back),
	cmocka_unit_test(a_full_device_is_reported),
	TEST(notices_a_move),
	TEST(a_new_file_goes_on_with_the_chain),
	TEST(longest_lines_fit),
	TEST(a_chain_does_not_go_on_from_compressed_bytes),
};

RUN_TESTS(tests)
