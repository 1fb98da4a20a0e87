/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>

#include "milter/base/socket.h"
#include "milter/base/socketfolder.h"
#include "tests/folder.h"

/*
 * Root opens a socket in a folder of the daemon's user. That user, who may have
 * been taken over, exchanges every name there for a link to a file or a folder
 * of root's, as fast as it can.
 */

enum { ROUNDS = 400 };

static struct folder top;
static char user[256], victim[256], secret[256];
static uid_t nobody;

static int
set_up(void **state ATTR_UNUSED)
{
	const struct passwd *found = getpwnam("nobody");

	nobody = found == NULL ? 65534 : found->pw_uid;
	folder_create(&top);
	folder_path(&top, "user", user);
	folder_path(&top, "victim", victim);
	folder_path(&top, "secret", secret);
	folder_write_text(&top, "victim", "for root's eyes\n");
	return chmod(top.path, 0755) < 0 || chmod(victim, 0600) < 0 ||
	    mkdir(user, 0755) < 0 || mkdir(secret, 0700) < 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&top);
	return 0;
}

/* Puts a link to target in the place of name. */
static void
put_link(const char *target, const char *name)
{
	if (symlink(target, "link") == 0 || errno == EEXIST)
		rename("link", name);
}

static void
exchange_socket(void)
{
	put_link(victim, "s.new");
	put_link(victim, "s.lock");
	unlink("s.lock");
	put_link(victim, "s");
	unlink("s");
}

static void
exchange_folder(void)
{
	static unsigned made;
	char away[32];

	snprintf(away, sizeof(away), "away.%u", made);
	if (rename("sub", away) == 0)
		made++;
	put_link(secret, "sub");
	unlink("sub");
}

/* Starts a process of the daemon's user that exchanges names in its folder
 * until it is killed. */
static pid_t
start_swapper(void (*exchange)(void))
{
	pid_t child = fork();

	if (child != 0)
		return child;
	if (chdir(user) < 0 || setgid(65534) < 0 || setuid(nobody) < 0)
		_exit(1);
	for (;;)
		exchange();
}

/* Once from claim to withdrawal. How far it comes is up to the swapper. */
static bool
start_once(const char *spec)
{
	struct listen at = { .spec = slice_of(spec), .socket_mode = 0666 };
	const struct socket_owner owner = { nobody, (gid_t)-1 };
	struct err e;
	struct socket *s = socket_claim(&at, &owner, &e);
	int fd = s == NULL ? -1 : socket_listen(s, &e);
	bool done = fd >= 0 && socket_publish(s, &e) == 0;

	if (fd >= 0)
		close(fd);
	socket_withdraw(&s);
	return done;
}

static void
start_often(const char *name, void (*exchange)(void))
{
	char spec[300];
	pid_t child;
	struct stat st;

	assert_int_equal(chown(user, nobody, (gid_t)-1), 0);
	child = start_swapper(exchange);
	assert_true(child > 0);
	snprintf(spec, sizeof(spec), "unix:%s/%s", user, name);
	for (int i = 0; i < ROUNDS; i++)
		start_once(spec);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);

	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* Nothing was made in it: rmdir() takes an empty folder only. */
	assert_int_equal(rmdir(secret), 0);
}

static void
a_link_in_place_of_the_socket_gives_nothing_away(void **state ATTR_UNUSED)
{
	if (geteuid() != 0)
		skip();
	start_often("s", exchange_socket);
}

static void
a_link_in_place_of_the_folder_is_not_entered(void **state ATTR_UNUSED)
{
	if (geteuid() != 0)
		skip();
	start_often("sub/s", exchange_folder);
}

static int
open_folder(const char *path, struct err *e)
{
	int fd = socketfolder_open(path, (uid_t)-1, e);

	if (fd >= 0)
		close(fd);
	return fd;
}

/* Such as /var/run, and what an administrator moved to another disk. */
static void
a_link_of_roots_is_followed(void **state ATTR_UNUSED)
{
	char path[512];
	struct err e = { .text = "" };

	snprintf(path, sizeof(path), "%s/away", top.path);
	assert_int_equal(symlink("../../../../../..", path), 0);
	snprintf(path, sizeof(path), "%s/away%s/new//s", top.path, user);
	if (open_folder(path, &e) < 0)
		fail_msg("%s", e.text);
	snprintf(path, sizeof(path), "%s/new", user);
	assert_int_equal(access(path, F_OK), 0);
}

static void
a_link_of_somebody_else_is_refused(void **state ATTR_UNUSED)
{
	char path[300];
	struct err e = { .text = "" };

	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s/link", user);
	assert_int_equal(symlink(secret, path), 0);
	assert_int_equal(lchown(path, nobody, (gid_t)-1), 0);
	snprintf(path, sizeof(path), "%s/link/s", user);
	assert_int_equal(open_folder(path, &e), -1);
	assert_int_equal(e.number, ELOOP);
}

static void
a_circle_of_links_ends(void **state ATTR_UNUSED)
{
	char path[300];
	struct err e = { .text = "" };

	snprintf(path, sizeof(path), "%s/circle", top.path);
	assert_int_equal(symlink("circle", path), 0);
	snprintf(path, sizeof(path), "%s/circle/s", top.path);
	assert_int_equal(open_folder(path, &e), -1);
	assert_int_equal(e.number, ELOOP);
}

/* One folder is made, no more; and it is the owner's, whoever owns the one
 * above. */
static void
a_folder_is_made_for_its_owner(void **state ATTR_UNUSED)
{
	char path[300];
	struct err e = { .text = "" };
	struct stat st;
	int fd;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(user, nobody, (gid_t)-1), 0);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/made/s",
		    i == 0 ? user : top.path);
		fd = socketfolder_open(path, nobody, &e);
		if (fd < 0)
			fail_msg("%s", e.text);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_uid, nobody);
		assert_int_equal(st.st_mode & 07777, 0755);
		close(fd);
	}
	assert_int_equal(geteuid(), 0);
	snprintf(path, sizeof(path), "%s/none/none/s", top.path);
	assert_int_equal(open_folder(path, &e), -1);
	assert_int_equal(e.number, ENOENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(a_link_in_place_of_the_socket_gives_nothing_away),
	TEST(a_link_in_place_of_the_folder_is_not_entered),
	TEST(a_link_of_roots_is_followed),
	TEST(a_link_of_somebody_else_is_refused),
	TEST(a_circle_of_links_ends),
	TEST(a_folder_is_made_for_its_owner),
};

RUN_TESTS(tests)
