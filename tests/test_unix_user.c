/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/base/unix_user.h"
#include "tests/cases.h"

/*
 * As root, in a child each: what a child finds wrong is its exit status, the
 * number of a row of wrong.
 */

enum { RIGHT, ENTER, GROUPS, USER, NOT_BACK, REAL, MIGHT, WORDS };

static const char *const wrong[] = {
	[RIGHT] = "",
	[ENTER] = "the user could not be entered",
	[GROUPS] = "it has other groups than the user",
	[USER] = "it is another user",
	[NOT_BACK] = "it is not what it was before",
	[REAL] = "who started it is not known any more",
	[MIGHT] = "it became the user without the right to",
	[WORDS] = "the failure has no words",
};

/* What root is at first: two groups of its own, and another gid. */
static const gid_t groups_before[] = { 4321, 4322 };
enum { GID_BEFORE = 4320 };

static const struct unix_user nameless = { .uid = 12345, .gid = 12346 };

static bool
has_groups(const gid_t *wanted, int count)
{
	gid_t came[64];

	return getgroups(COUNT_OF(came), came) == count &&
	    (count == 0 || memcmp(came, wanted, (size_t)count *
		sizeof(*wanted)) == 0);
}

static bool
is_as_before(void)
{
	return geteuid() == 0 && getuid() == 0 && getegid() == GID_BEFORE &&
	    has_groups(groups_before, COUNT_OF(groups_before));
}

/* Nothing that root may read is left to read. */
static int
enter_and_leave(void)
{
	struct unix_user_before before;
	struct err e;

	if (unix_user_enter(&nameless, &before, &e) < 0)
		return ENTER;
	if (!has_groups(NULL, 0))
		return GROUPS;
	if (geteuid() != 12345 || getegid() != 12346)
		return USER;
	if (getuid() != 0)
		return REAL;
	unix_user_leave(&before);
	unix_user_leave(&before);
	return is_as_before() ? RIGHT : NOT_BACK;
}

/* With the groups that the user's name has. */
static int
enter_by_name(void)
{
	struct unix_user_before before;
	struct unix_user user;
	gid_t wanted[64];
	int count = COUNT_OF(wanted);
	struct err e;

	if (!unix_user_find(SLICE("nobody"), &user) ||
	    getgrouplist(user.name, user.gid, wanted, &count) < 0 ||
	    unix_user_enter(&user, &before, &e) < 0)
		return ENTER;
	if (!has_groups(wanted, count))
		return GROUPS;
	if (geteuid() != user.uid || getegid() != user.gid)
		return USER;
	unix_user_leave(&before);
	return is_as_before() ? RIGHT : NOT_BACK;
}

static int
assume(void)
{
	struct err e;

	if (unix_user_assume(&nameless, &e) < 0)
		return ENTER;
	if (!has_groups(NULL, 0))
		return GROUPS;
	return getuid() == 0 && geteuid() == 12345 && getegid() == 12346
	    ? RIGHT : USER;
}

/* The last step fails: it does not stay half of each. */
static int
enter_without_setuid(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct data[2];
	struct unix_user_before before;
	struct err e = { .line = 0 };

	if (syscall(SYS_capget, &head, data) < 0)
		return ENTER;
	data[0].effective &= ~(1u << CAP_SETUID);
	if (syscall(SYS_capset, &head, data) < 0)
		return ENTER;
	if (unix_user_enter(&nameless, &before, &e) == 0)
		return MIGHT;
	if (e.text[0] == '\0')
		return WORDS;
	unix_user_leave(&before);
	return is_as_before() ? RIGHT : NOT_BACK;
}

static int
enter_as_root(void)
{
	static const struct unix_user root = { .name = "root" };
	struct unix_user_before before;
	struct err e;

	if (unix_user_enter(&root, &before, &e) < 0)
		return ENTER;
	unix_user_leave(&before);
	return is_as_before() ? RIGHT : NOT_BACK;
}

static const struct {
	const char *label;
	int (*run)(void);
} cases[] = {
	{ "a user without a name has no groups", enter_and_leave },
	{ "a user with a name has that name's groups", enter_by_name },
	{ "until the end of the process", assume },
	{ "a failure leaves root as it was", enter_without_setuid },
	{ "root stays root", enter_as_root },
};

static void
test_as_root(void **state ATTR_UNUSED)
{
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0)
			_exit(setgroups(COUNT_OF(groups_before),
				groups_before) < 0 || setegid(GID_BEFORE) < 0
			    ? ENTER : cases[i].run());
		waitpid(pid, &status, 0);
		want_text(cases[i].label, "child", !WIFEXITED(status)
		    ? "it died" : wrong[WEXITSTATUS(status)], "");
	}
}

/* Anybody else changes nothing, and is no failure. */
static void
test_as_anybody(void **state ATTR_UNUSED)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct unix_user_before before;
		struct err e;
		uid_t self;

		if (geteuid() == 0 && setuid(12347) < 0)
			_exit(1);
		self = geteuid();
		if (unix_user_enter(&nameless, &before, &e) < 0 ||
		    unix_user_assume(&nameless, &e) < 0)
			_exit(2);
		unix_user_leave(&before);
		_exit(geteuid() == self ? 0 : 3);
	}
	waitpid(pid, &status, 0);
	want_number("anybody", "status", status, 0);
}

static void
test_find(void **state ATTR_UNUSED)
{
	static const char longest[] = "nobody-nobody-nobody-nobody-nobody-"
	    "nobody-nobody-nobody-nobody-nobody";
	struct unix_user user;

	assert_true(unix_user_find(SLICE("root"), &user));
	assert_int_equal(user.uid, 0);
	assert_false(unix_user_find(SLICE("no such user"), &user));
	assert_false(unix_user_find(SLICE(""), &user));
	assert_false(unix_user_find(slice_of(longest), &user));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_as_root),
	cmocka_unit_test(test_as_anybody),
	cmocka_unit_test(test_find),
};

RUN_TESTS(tests)
