/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/base/unix_user.h"
#include "conf/kept_place.h"
#include "tests/folder.h"

static const char policy_path[] = "/etc/enforcetls/enforcetls.conf";

static struct kept_place
place_in(const char *folder, char digit)
{
	struct kept_place place;

	snprintf(place.folder, sizeof(place.folder), "%s", folder);
	memset(place.digest, digit, DIGEST_TEXT);
	place.digest[DIGEST_TEXT] = '\0';
	return place;
}

/* A folder for notes, and that one in the environment. */
static void
place_folder(struct folder *f)
{
	char list[200];

	folder_create(f);
	snprintf(list, sizeof(list), "%s:/nonexistent", f->path);
	assert_int_equal(setenv("STATE_DIRECTORY", list, 1), 0);
}

static void
place_shell(const struct folder *f, const char *command)
{
	char line[300];

	snprintf(line, sizeof(line), "cd '%s' && %s >/dev/null", f->path, command);
	assert_int_equal(system(line), 0);
}

static void
test_a_note_is_read_again(void **unused ATTR_UNUSED)
{
	struct kept_place a = place_in("/srv/a", 'a');
	struct kept_place b = place_in("/srv/\"b\" c", 'b'), came;
	struct folder f;
	struct err e;

	place_folder(&f);
	want_number("none", "found", (long)kept_place_read(policy_path, &came,
	    &e), STATEFILE_NONE);
	assert_int_equal(kept_place_write(policy_path, &a, &e), 0);
	assert_int_equal(kept_place_write("/etc/other", &b, &e), 0);
	want_number("one", "found", (long)kept_place_read(policy_path, &came,
	    &e), STATEFILE_GOOD);
	want_text("one", "folder", came.folder, a.folder);
	want_text("one", "digest", came.digest, a.digest);
	assert_int_equal(kept_place_write(policy_path, &b, &e), 0);
	assert_int_equal(kept_place_read(policy_path, &came, &e),
	    STATEFILE_GOOD);
	want_text("another", "folder", came.folder, b.folder);
	folder_remove(&f);
}

static const struct {
	const char *label;
	const char *command;
	enum statefile found;
} damages[] = {
	{ "empty", "truncate -s 0 kept*", STATEFILE_INVALID },
	{ "no object", "echo '[]' | tee kept*", STATEFILE_INVALID },
	{ "no digest", "echo '{\"state\":\"/srv/a\"}' | "
	    "tee kept*", STATEFILE_INVALID },
	{ "a folder that is no path", "sed -i 's,/srv/a,srv,' kept*",
	    STATEFILE_INVALID },
	{ "one that others may write", "chmod o+w kept*", STATEFILE_INVALID },
	{ "a folder that others may write to", "chmod o+w .",
	    STATEFILE_UNREADABLE },
	{ "it is gone", "rm kept*", STATEFILE_NONE },
};

static void
test_damage_is_never_none(void **unused ATTR_UNUSED)
{
	struct kept_place a = place_in("/srv/a", 'a'), came;

	for (size_t i = 0; i < COUNT_OF(damages); i++) {
		struct folder f;
		struct err e;

		place_folder(&f);
		assert_int_equal(kept_place_write(policy_path, &a, &e), 0);
		place_shell(&f, damages[i].command);
		want_number(damages[i].label, "found",
		    (long)kept_place_read(policy_path, &came, &e),
		    damages[i].found);
		folder_remove(&f);
	}
}

/* Another user's daemon has its notes there, or ours had when it ran as that
 * user. */
static void
test_a_folder_of_another_user(void **unused ATTR_UNUSED)
{
	struct unix_user other = { .uid = 4002, .gid = 4002 };
	struct kept_place a = place_in("/srv/a", 'a'), came;
	struct unix_user_before before;
	enum statefile none, found;
	struct folder f;
	int written;
	struct err e;

	if (geteuid() != 0)
		skip();
	place_folder(&f);
	place_shell(&f, "chmod 0751 .");
	assert_int_equal(unix_user_enter(&other, &before, &e), 0);
	none = kept_place_read(policy_path, &came, &e);
	written = kept_place_write(policy_path, &a, &e);
	unix_user_leave(&before);
	want_number("no note", "found", (long)none, STATEFILE_NONE);
	want_number("no note", "written", written, 0);
	assert_int_equal(kept_place_write(policy_path, &a, &e), 0);
	assert_int_equal(unix_user_enter(&other, &before, &e), 0);
	found = kept_place_read(policy_path, &came, &e);
	written = kept_place_write(policy_path, &a, &e);
	unix_user_leave(&before);
	want_number("a note", "found", (long)found, STATEFILE_UNREADABLE);
	want_number("a note", "written", written, -1);
	folder_remove(&f);
}

static void
test_without_a_folder(void **unused ATTR_UNUSED)
{
	struct kept_place a = place_in("/srv/a", 'a'), came;
	struct err e;

	assert_int_equal(setenv("STATE_DIRECTORY", "/nonexistent", 1), 0);
	assert_int_equal(kept_place_read(policy_path, &came, &e),
	    STATEFILE_NONE);
	assert_int_equal(kept_place_write(policy_path, &a, &e), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_note_is_read_again),
	cmocka_unit_test(test_damage_is_never_none),
	cmocka_unit_test(test_a_folder_of_another_user),
	cmocka_unit_test(test_without_a_folder),
};

RUN_TESTS(tests)
