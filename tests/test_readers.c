/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/readers.h"
#include "tests/folder.h"

/* Who asks; they are in no group of a file here. */
enum { SOMEBODY = 4002 };

static const struct {
	const char *label;
	const char *make;               /* shell, in the folder */
	const char *path;               /* in it */
	const char *who;
} cases[] = {
	{ "a file of root's", ":", "f", "; only root may read it" },
	{ "a group", "chgrp mail f && chmod 640 f", "f",
	    "; only root and members of the group mail may read it" },
	{ "a group that may not", "chgrp mail f", "f",
	    "; only root may read it" },
	{ "an owner", "chown mail f", "f",
	    "; only root and mail may read it" },
	{ "an owner and a group", "chown mail:adm f && chmod 640 f", "f",
	    "; only root, mail and members of the group adm may read it" },
	{ "an owner who may not either", "chown mail f && chmod 0 f", "f",
	    "; only root may read it" },
	{ "a folder", "mkdir d && touch d/f && chgrp adm d && chmod 750 d",
	    "d/f", "; only root and members of the group adm may read it" },
	{ "a folder that is to be listed", "mkdir d && chgrp adm d && "
	    "chmod 751 d", "d",
	    "; only root and members of the group adm may read it" },
	{ "a file behind a folder that is open", "mkdir -m 755 d && "
	    "touch d/f && chgrp mail d/f && chmod 640 d/f", "d/f",
	    "; only root and members of the group mail may read it" },
	{ "an open file", "chmod 644 f", "f", "" },
};

static void
ask(const char *path, char who[READERS_TEXT])
{
	assert_int_equal(seteuid(SOMEBODY), 0);
	readers_of(EACCES, path, who);
	assert_int_equal(seteuid(0), 0);
}

static void
test_who_may_read_is_named(void **state ATTR_UNUSED)
{
	if (geteuid() != 0 || getgrnam("mail") == NULL ||
	    getgrnam("adm") == NULL || getpwnam("mail") == NULL)
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct folder f;
		char path[256], command[512], who[READERS_TEXT];

		folder_create(&f);
		snprintf(command, sizeof(command), "cd %s && chmod 755 . && "
		    "touch f && chmod 600 f && { %s; }", f.path,
		    cases[i].make);
		assert_int_equal(system(command), 0);
		ask(folder_path(&f, cases[i].path, path), who);
		want_text(cases[i].label, "who", who, cases[i].who);
		folder_remove(&f);
	}
}

static void
test_another_failure_names_nobody(void **state ATTR_UNUSED)
{
	char who[READERS_TEXT], message[READERS_MESSAGE];
	struct err e;

	want_text("absent", "who", readers_of(ENOENT, "/absent", who), "");
	want_text("a path of nobody's", "who", readers_of(EACCES, "", who),
	    "");
	errno = ENOENT;
	err_file(&e, "/absent");
	want_text("a file", "message", readers_message(&e, message),
	    "/absent: No such file or directory");
	err_set(&e, "no file");
	want_text("no file", "message", readers_message(&e, message),
	    "no file");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_who_may_read_is_named),
	cmocka_unit_test(test_another_failure_names_nobody),
};

RUN_TESTS(tests)
