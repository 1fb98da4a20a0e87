/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "milter/base/socket.h"
#include "tests/cases.h"

static char folder[64], path[96], spec[128];
static const struct socket_owner nobody = { (uid_t)-1, (gid_t)-1 };

static int
make_folder(void **state ATTR_UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/test_socket.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(spec, sizeof(spec), "unix:%s", path);
	return 0;
}

static int
remove_folder(void **state ATTR_UNUSED)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static struct listen
where(void)
{
	return (struct listen){ .spec = slice_of(spec), .socket_mode = 0660 };
}

/* Returns the descriptor of a new Unix socket that listens at name. */
static int
foreign_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

static bool
answers(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bool ok;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return ok;
}

static struct socket *
open_socket(int *fd)
{
	struct listen at = where();
	struct err e = { .text = "" };
	struct socket *s = socket_claim(&at, &nobody, &e);

	if (s == NULL)
		fail_msg("%s", e.text);
	*fd = socket_listen(s, &e);
	if (*fd < 0 || socket_publish(s, &e) < 0)
		fail_msg("%s", e.text);
	return s;
}

static void
listens_with_its_mode_and_leaves_nothing(void **state ATTR_UNUSED)
{
	struct socket *s;
	struct stat st;
	int fd;

	s = open_socket(&fd);
	assert_true(answers(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	close(fd);
	socket_withdraw(&s);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_socket_in_use_is_left_alone(void **state ATTR_UNUSED)
{
	struct listen at = where();
	struct err e = { .text = "" };
	int fd;

	fd = foreign_socket(path);
	assert_null(socket_claim(&at, &nobody, &e));
	assert_int_equal(e.number, EADDRINUSE);
	assert_true(answers(path));
	close(fd);
}

static void
two_daemons_cannot_share_it(void **state ATTR_UNUSED)
{
	struct listen at = where();
	struct err e = { .text = "" };
	struct socket *s;
	int fd;

	s = open_socket(&fd);
	/* Also if the first daemon's socket was removed in the meantime. */
	unlink(path);
	assert_null(socket_claim(&at, &nobody, &e));
	assert_int_equal(e.number, EADDRINUSE);
	close(fd);
	socket_withdraw(&s);
}

static void
a_stale_socket_is_replaced(void **state ATTR_UNUSED)
{
	struct socket *s;
	int fd;

	close(foreign_socket(path));
	assert_false(answers(path));
	s = open_socket(&fd);
	assert_true(answers(path));
	close(fd);
	socket_withdraw(&s);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state ATTR_UNUSED)
{
	struct listen at = where();
	struct err e = { .text = "" };
	struct stat st;
	int fd;

	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_null(socket_claim(&at, &nobody, &e));
	assert_non_null(strstr(e.text, "left alone"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1);
}

static void
another_socket_is_not_removed_at_our_end(void **state ATTR_UNUSED)
{
	struct socket *s;
	int fd, other;

	s = open_socket(&fd);
	unlink(path);
	other = foreign_socket(path);
	close(fd);
	socket_withdraw(&s);
	assert_true(answers(path));
	close(other);
}

static void
a_missing_folder_is_created_with_access_for_all(void **state ATTR_UNUSED)
{
	struct socket *s;
	struct stat st;
	int fd;

	snprintf(spec, sizeof(spec), "unix:%s/sub/s", folder);
	umask(077);
	s = open_socket(&fd);
	umask(022);
	snprintf(path, sizeof(path), "%s/sub", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	close(fd);
	socket_withdraw(&s);
}

static void
libmilter_gets_a_name_of_its_own(void **state ATTR_UNUSED)
{
	struct listen at = where();
	struct err e = { .text = "" };
	char text[512], there[512] = "";
	struct socket *s = socket_claim(&at, &nobody, &e);
	char *slash;

	assert_non_null(s);
	assert_int_equal(socket_milter(s, text, sizeof(text), &e), 0);
	assert_int_equal(strncmp(text, "unix:/proc/", 11), 0);
	/* Its folder is the socket's, by a name that nobody can exchange. */
	slash = strrchr(text, '/');
	assert_string_equal(slash, "/s.new");
	*slash = '\0';
	assert_true(readlink(text + 5, there, sizeof(there) - 1) > 0);
	assert_string_equal(there, folder);
	socket_withdraw(&s);
}

static void
a_port_in_use_is_refused(void **state ATTR_UNUSED)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);
	struct listen at = { .socket_mode = 0660 };
	struct err e = { .text = "" };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&address, &n);
	snprintf(spec, sizeof(spec), "inet:127.0.0.1:%d",
	    ntohs(address.sin_port));
	at.spec = slice_of(spec);
	assert_null(socket_claim(&at, &nobody, &e));
	assert_int_equal(e.number, EADDRINUSE);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

static const struct CMUnitTest tests[] = {
	TEST(listens_with_its_mode_and_leaves_nothing),
	TEST(a_socket_in_use_is_left_alone),
	TEST(two_daemons_cannot_share_it),
	TEST(a_stale_socket_is_replaced),
	TEST(a_file_that_is_no_socket_is_left_alone),
	TEST(another_socket_is_not_removed_at_our_end),
	TEST(a_missing_folder_is_created_with_access_for_all),
	TEST(libmilter_gets_a_name_of_its_own),
	TEST(a_port_in_use_is_refused),
};

RUN_TESTS(tests)
