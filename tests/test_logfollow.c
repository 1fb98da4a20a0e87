/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/audit/logfollow.h"
#include "tests/folder.h"

/* A step is a shell command in the folder, then the lines that must come. */
static const struct {
	const char *label;
	const char *before;             /* before it is opened */
	unsigned long skip;
	bool skip_all;
	const char *step[3][2];
} follows[] = {
	{ "a log that does not exist yet", ":", 0, false,
	    { { ":", "" }, { "echo a >log", "a," }, { "echo b >>log", "b," } } },
	{ "half a line is not shown", ":", 0, false,
	    { { "printf a >log", "" }, { "printf 'b\\n' >>log", "ab," } } },
	{ "across a rotation, with what was written before it", "echo a >log",
	    0, false, { { ":", "a," }, { "echo b >>log; mv log log.1; "
	    "echo c >log", "b,c," }, { "echo d >>log", "d," } } },
	{ "the file is away for a while", "echo a >log", 0, false,
	    { { "mv log log.1; echo b >>log.1", "a,b," },
	    { "echo c >log", "c," } } },
	{ "the file is emptied in place", "echo aaaa >log", 0, false,
	    { { ":", "aaaa," }, { "echo b >log", "b," } } },
	{ "only what is new", "printf 'a\\nb' >log", 0, true,
	    { { ":", "" }, { "echo c >>log", "bc," } } },
	{ "lines that were read already", "printf 'a\\nb\\nc\\n' >log", 2,
	    false, { { ":", "c," }, { "echo d >>log", "d," } } },
	{ "a folder", "mkdir log", 0, false, { { ":", "!" } } },
	{ "what is no log", "head -c 300000 /dev/zero >log", 0, false,
	    { { ":", "!" } } },
};

static void
run_in(const struct folder *f, const char *command)
{
	char text[400];

	snprintf(text, sizeof(text), "cd %s && { %s; }", f->path, command);
	if (system(text) != 0)
		fail_msg("%s failed", text);
}

static void
show_new(struct logfollow *follow, char *out, size_t size)
{
	struct logline line;
	struct err e;
	size_t n = 0;

	out[0] = '\0';
	while (logfollow_next(follow, 0, &line, &e))
		n += (size_t)snprintf(out + n, size - n, "%.*s,",
		    SLICE_ARGS(line.text));
	if (e.text[0] != '\0')
		snprintf(out + n, size - n, "!");
}

static void
test_follows(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(follows); i++) {
		struct folder f;
		struct logfollow *follow;
		char path[256], came[200];

		folder_create(&f);
		run_in(&f, follows[i].before);
		follow = logfollow_open(folder_path(&f, "log", path));
		if (follows[i].skip_all)
			logfollow_skip_all(follow);
		logfollow_skip(follow, follows[i].skip);
		for (size_t k = 0; k < COUNT_OF(follows[i].step) &&
		     follows[i].step[k][0] != NULL; k++) {
			run_in(&f, follows[i].step[k][0]);
			show_new(follow, came, sizeof(came));
			want_text(follows[i].label, "lines", came,
			    follows[i].step[k][1]);
		}
		logfollow_close(&follow);
		folder_remove(&f);
	}
}

/* It waits for what is written meanwhile. */
static void
test_waits(void **state ATTR_UNUSED)
{
	struct folder f;
	struct logfollow *follow;
	struct logline line;
	struct err e;
	char path[256];

	folder_create(&f);
	follow = logfollow_open(folder_path(&f, "log", path));
	assert_false(logfollow_next(follow, 300, &line, &e));
	run_in(&f, "(sleep 0.4; echo a >log) & :");
	assert_true(logfollow_next(follow, 10000, &line, &e));
	want_slice("later", "line", line.text, "a");
	logfollow_close(&follow);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_follows),
	cmocka_unit_test(test_waits),
};

RUN_TESTS(tests)
