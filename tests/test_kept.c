/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/state/kept.h"
#include "conf/state/state.h"
#include "tests/reading.h"

static const char *const texts[] = {
	TOP "partners = ();\n",
	TOP "# another one\npartners = ();\n",
};

/* A folder with the state folder "state" and a marker. */
static void
begin(struct folder *f, struct state_place *place, char path[256])
{
	folder_create(f);
	*place = (struct state_place){ .folder =
		folder_path(f, "state", path) };
	folder_path(f, "decisions.state", place->marker);
	if (mkdir(path, 0750) != 0)
		fail_msg("%s cannot be made", path);
}

/* Keeps texts[which]; *digest is its policy's. */
static int
keep(const struct folder *f, const struct state_place *place, int which,
    char digest[DIGEST_TEXT + 1], struct err *e)
{
	struct problems *problems = problems_create();
	struct archive_writer *w = archive_begin(filesource_disk());
	struct policy *policy;
	char path[256];
	int archive, fd;

	folder_write_text(f, "t.conf", texts[which]);
	policy = policy_read_from(archive_recorder(w),
	    folder_path(f, "t.conf", path), problems);
	assert_non_null(policy);
	memcpy(digest, policy->digest, DIGEST_TEXT + 1);
	archive = archive_end(&w, digest, e);
	assert_true(archive >= 0);
	fd = kept_write(place, archive, e);
	close(archive);
	policy_destroy(&policy);
	problems_destroy(&problems);
	return fd;
}

static void
shell(const struct folder *f, const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd '%s' && %s", f->path, command);
	if (system(line) != 0)
		fail_msg("%s failed", line);
}

static const struct {
	const char *label;
	const char *damage;             /* a shell command */
	enum statefile found;
	const char *why;
} damages[] = {
	{ "nothing", ":", STATEFILE_GOOD, "" },
	{ "removed", "rm state/policy.kept", STATEFILE_NONE, "policy.kept is "
	    "missing, but $/decisions.state records one" },
	{ "folder emptied", "rm -r state && mkdir -m 0750 state",
	    STATEFILE_NONE, "policy.kept is missing, but $/decisions.state "
	    "records one" },
	{ "folder gone", "rm -r state", STATEFILE_NONE, "policy.kept is "
	    "missing, but $/decisions.state records one" },
	{ "both gone", "rm state/policy.kept decisions.state", STATEFILE_NONE,
	    "" },
	{ "marker gone", "rm decisions.state", STATEFILE_GOOD, "" },
	{ "put back", "cp old state/policy.kept", STATEFILE_GOOD,
	    "policy.kept is another one than $/decisions.state records: it "
	    "was put back" },
	{ "cut", "truncate -s -1 state/policy.kept", STATEFILE_INVALID,
	    "policy.kept: its digest does not match: it was truncated or "
	    "changed" },
	{ "empty", ": >state/policy.kept", STATEFILE_INVALID, "policy.kept: "
	    "it is no kept policy" },
	{ "an older format", "sed -i '1s/policy 1/policy 0/' "
	    "state/policy.kept", STATEFILE_INVALID, "policy.kept: its format "
	    "is not known to this version" },
	{ "others may write", "chmod g+w state/policy.kept",
	    STATEFILE_INVALID, "policy.kept is writable for users other than "
	    "its owner" },
	{ "a link", "mv state/policy.kept x && ln -s ../x state/policy.kept",
	    STATEFILE_INVALID, "policy.kept is a symbolic link" },
};

/* Puts the folder's path where wanted has "$". */
static const char *
expand(const struct folder *f, const char *wanted, char out[512])
{
	const char *at = strchr(wanted, '$');

	if (at == NULL)
		return wanted;
	snprintf(out, 512, "%.*s%s%s", (int)(at - wanted), wanted, f->path,
	    at + 1);
	return out;
}

static void
test_damaged(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(damages); i++) {
		char path[256], digest[DIGEST_TEXT + 1], wanted[512];
		struct state_place place;
		struct archive *archive = NULL;
		struct folder f;
		struct err e = { .number = 0 };
		int fd = -1;

		begin(&f, &place, path);
		close(keep(&f, &place, 0, digest, &e));
		shell(&f, "cp state/policy.kept old");
		fd = keep(&f, &place, 1, digest, &e);
		want_that(damages[i].label, "it is kept", fd >= 0);
		close(fd);
		shell(&f, damages[i].damage);
		want_number(damages[i].label, "found", (long)kept_read(&place,
		    &archive, &fd, &e), (long)damages[i].found);
		want_text(damages[i].label, "why", e.text,
		    expand(&f, damages[i].why, wanted));
		if (damages[i].found == STATEFILE_GOOD)
			close(fd);
		archive_close(&archive);
		folder_remove(&f);
	}
}

/* Changes of the state leave the digest in the marker, and the digest leaves
 * the stages there. */
static void
test_marker(void **unused ATTR_UNUSED)
{
	char path[256], digest[DIGEST_TEXT + 1];
	struct state_place place;
	struct archive *archive = NULL;
	struct state *state;
	struct folder f;
	struct err e = { .number = 0 };
	int fd;

	begin(&f, &place, path);
	/* A state of generation 3 whose marker is written again later. */
	shell(&f, "printf '%s' 'seen = \"2026-03-01T00:00:00Z\";\n"
	    "exceptions = ();\nstages = ();\n' >body && printf "
	    "'# enforcetls-state 1 generation=3 sha256=%s\n' "
	    "$(sha256sum <body | cut -c-64) >state/state.conf && "
	    "cat body >>state/state.conf && chmod 0640 state/state.conf");
	close(keep(&f, &place, 0, digest, &e));
	state = state_read(&place, &e);
	assert_non_null(state);
	want_number("marker", "health", (long)state->health, STATE_GOOD);
	want_number("marker", "generation", (long)state->generation, 3);
	shell(&f, "grep -q generation=3 decisions.state");
	shell(&f, "rm state/state.conf");
	state_destroy(&state);
	state = state_read(&place, &e);
	want_number("marker", "health", (long)state->health, STATE_DAMAGED);
	state_destroy(&state);
	/* Damaged or not, the policy is kept, and the marker as it was. */
	close(keep(&f, &place, 1, digest, &e));
	shell(&f, "grep -q generation=3 decisions.state");
	want_number("marker", "found", (long)kept_read(&place, &archive, &fd,
	    &e), STATEFILE_GOOD);
	want_text("marker", "why", e.text, "");
	want_text("marker", "digest", archive_digest(archive), digest);
	close(fd);
	archive_close(&archive);
	folder_remove(&f);
}

/* A folder that cannot take it leaves the one before as it is. */
static void
test_refused(void **state ATTR_UNUSED)
{
	char path[256], digest[DIGEST_TEXT + 1], first[DIGEST_TEXT + 1];
	struct state_place place;
	struct archive *archive = NULL;
	struct folder f;
	struct err e;
	int fd;

	begin(&f, &place, path);
	close(keep(&f, &place, 0, first, &e));
	/* Root writes anywhere, but not to a file of a name that is taken. */
	shell(&f, "mkdir state/policy.kept.new");
	assert_int_equal(keep(&f, &place, 1, digest, &e), -1);
	want_text("refused", "why", e.text, "policy.kept.new: Is a directory");
	shell(&f, "rmdir state/policy.kept.new");
	want_number("refused", "found", (long)kept_read(&place, &archive, &fd,
	    &e), STATEFILE_GOOD);
	want_text("refused", "digest", archive_digest(archive), first);
	close(fd);
	archive_close(&archive);
	folder_remove(&f);
}

/* Two daemons over one folder. */
static void
test_only_one_daemon_keeps(void **state ATTR_UNUSED)
{
	struct state_place place;
	struct folder folder;
	char path[256];
	struct err e;
	int one;

	begin(&folder, &place, path);
	one = kept_lock(&place, &e);
	assert_true(one >= 0);
	assert_int_equal(kept_lock(&place, &e), -1);
	want_text("another one", "error", e.text, "another daemon keeps its "
	    "own there: give each a state folder and a decision log");
	close(one);
	one = kept_lock(&place, &e);
	assert_true(one >= 0);
	close(one);
	folder_remove(&folder);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_only_one_daemon_keeps),
	cmocka_unit_test(test_damaged),
	cmocka_unit_test(test_marker),
	cmocka_unit_test(test_refused),
};

RUN_TESTS(tests)
