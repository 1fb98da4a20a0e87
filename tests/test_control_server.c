/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "conf/base/archive.h"
#include "conf/base/control.h"
#include "conf/snapshot.h"
#include "milter/base/counters.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/reload/activate.h"
#include "milter/reload/control_server.h"
#include "milter/reload/keeper.h"
#include "milter/reload/policyread.h"
#include "milter/reload/reloader.h"
#include "tests/state.h"

static struct folder folder;
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int
call(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail_msg("cannot connect: %s", strerror(errno));
	return fd;
}

static void
send_text(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, text, n, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		text += put;
		n -= (size_t)put;
	}
}

/* Reads a line within ms milliseconds; "closed" or "silent" if none came. */
static const char *
receive(int fd, int ms, char *out, size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (poll(&p, 1, ms) != 1)
			return "silent";
		if (recv(fd, out + n, 1, 0) != 1)
			return "closed";
		if (out[n] == '\n') {
			out[n] = '\0';
			return out;
		}
		n++;
	}
	return "too long";
}

/* Sends one request on a new connection. */
static const char *
ask(const char *text, char *out, size_t size)
{
	int fd = call();
	const char *came;

	send_text(fd, text, strlen(text));
	came = receive(fd, 20000, out, size);
	close(fd);
	return came;
}

#define UNKNOWN \
"{\"ok\":false,\"error\":\"not a request that is known here\"}"

static const struct {
	const char *label, *request, *answer;   /* a prefix of it */
} requests[] = {
	{ "no JSON", "hello\n", UNKNOWN },
	{ "nothing", "\n", UNKNOWN },
	{ "a list", "[\"status\"]\n", UNKNOWN },
	{ "another word", "{\"do\":\"stop\"}\n", UNKNOWN },
	{ "a number", "{\"do\":1}\n", UNKNOWN },
	{ "two of one key", "{\"do\":\"status\",\"do\":\"status\"}\n",
	    UNKNOWN },
	{ "a NUL", "{\"do\":\"status\"}\\u0000\n", UNKNOWN },
	{ "no UTF-8", "{\"do\":\"status\xff\"}\n", UNKNOWN },
	{ "status", "{\"do\":\"status\"}\n", "{\"ok\":true,\"version\":" },
	{ "stats", "{\"do\":\"stats\"}\n",
	    "{\"ok\":true,\"counts\":{\"tried\":42}}" },
	{ "no change", "{\"do\":\"change\"}\n",
	    "{\"ok\":false,\"error\":\"unknown change\"}" },
	{ "no hop", "{\"do\":\"change\",\"change\":\"grant\"}\n",
	    "{\"ok\":false,\"error\":\"the hop must be inbound, entry, earlier "
	    "or outbound\"}" },
	{ "a change that is refused", "{\"do\":\"change\",\"change\":\"end\","
	    "\"id\":\"E9\"}\n", "{\"ok\":false,\"error\":\"no exception has "
	    "the id E9\"}" },
	{ "a grant", "{\"do\":\"change\",\"change\":\"grant\",\"partner\":"
	    "\"bank\",\"hop\":\"inbound\",\"floor\":\"encrypt\",\"until\":"
	    "UNTIL,\"owner\":\"me\",\"reason\":\"why\"}\n",
	    "{\"ok\":true,\"id\":\"E1\"}" },
};

static void
test_requests(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		char request[512], came[4096];
		const char *at = strstr(requests[i].request, "UNTIL");

		if (at == NULL)
			snprintf(request, sizeof(request), "%s",
			    requests[i].request);
		else
			snprintf(request, sizeof(request), "%.*s%lld%s",
			    (int)(at - requests[i].request),
			    requests[i].request,
			    (long long)time(NULL) + 86400, at + 5);
		snprintf(came, sizeof(came), "%s", "");
		if (strncmp(ask(request, came, sizeof(came)),
		    requests[i].answer, strlen(requests[i].answer)) != 0)
			fail_msg("%s: came %s, wanted %s", requests[i].label,
			    came, requests[i].answer);
	}
}

/* A change is in force when its answer is sent. */
static void
test_acts_when_answered(void **unused ATTR_UNUSED)
{
	struct snapshot *s = snapshot_take();

	want_number("after the grant", "exceptions in force",
	    (long)snapshot_state(s)->exception_count, 1);
	snapshot_drop(&s);
}

/* What is set is in the answer, and nothing else is. */
static void
test_warnings(void **unused ATTR_UNUSED)
{
	char came[4096];

	ask("{\"do\":\"status\"}\n", came, sizeof(came));
	want_that("none", "an empty list",
	    strstr(came, "\"warnings\":[]}") != NULL);
	warning_set(WARNING_STATE, "it \"is\" %s", "gone");
	ask("{\"do\":\"status\"}\n", came, sizeof(came));
	warning_clear(WARNING_STATE);
	want_that("one", "its text", strstr(came,
	    "\"warnings\":[\"it \\\"is\\\" gone\"]}") != NULL);
}

/* Two requests in one packet, and one in two packets, are answered in order. */
static void
test_pieces(void **unused ATTR_UNUSED)
{
	static const char two[] = "{\"do\":\"stats\"}\n{\"do\":\"change\","
	    "\"change\":\"end\",\"id\":\"E9\"}\n{\"do\":\"st";
	int fd = call();
	char came[512];

	send_text(fd, two, sizeof(two) - 1);
	want_text("first", "answer", receive(fd, 20000, came, sizeof(came)),
	    "{\"ok\":true,\"counts\":{\"tried\":42}}");
	want_text("second", "answer", receive(fd, 20000, came, sizeof(came)),
	    "{\"ok\":false,\"error\":\"no exception has the id E9\"}");
	send_text(fd, "ats\"}\n", 6);
	want_text("third", "answer", receive(fd, 20000, came, sizeof(came)),
	    "{\"ok\":true,\"counts\":{\"tried\":42}}");
	close(fd);
}

static void
test_oversized(void **unused ATTR_UNUSED)
{
	static char frame[CONTROL_FRAME + 1];
	int fd = call();
	char came[512];

	memset(frame, ' ', sizeof(frame));
	send_text(fd, frame, sizeof(frame));
	want_text("65,537 octets", "answer", receive(fd, 20000, came,
	    sizeof(came)), "closed");
	close(fd);
	fd = call();
	memcpy(frame, "{\"do\":\"stats\"}", 14);
	frame[CONTROL_FRAME - 1] = '\n';
	send_text(fd, frame, CONTROL_FRAME);
	want_text("65,536 octets", "answer", receive(fd, 20000, came,
	    sizeof(came)), "{\"ok\":true,\"counts\":{\"tried\":42}}");
	close(fd);
}

/* A client that sends slowly gets no more than the time of one frame. */
static void
test_slow(void **unused ATTR_UNUSED)
{
	int64_t begun = loop_monotonic_ms(), took;
	int fd = call();
	const char *came;
	char answer[64];

	do {
		send_text(fd, " ", 1);
		came = receive(fd, 500, answer, sizeof(answer));
		took = loop_monotonic_ms() - begun;
	} while (strcmp(came, "silent") == 0 && took < 30000);
	want_text("an octet each 0.5 s", "answer", came, "closed");
	want_that("an octet each 0.5 s", "not closed early", took > 9000);
	close(fd);
}

/* A client that does not read its answers is not read from. */
static void
test_deaf(void **unused ATTR_UNUSED)
{
	static const char line[] = "{\"do\":\"stats\"}\n";
	int fd = call(), size = 4096;
	size_t sent = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	while (sent < 32u << 20 && poll(&p, 1, 1000) == 1) {
		ssize_t put = send(fd, line, sizeof(line) - 1,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put <= 0 && errno != EAGAIN)
			break;
		sent += put > 0 ? (size_t)put : 0;
	}
	want_that("32 MiB of requests", "were not taken", sent < 1u << 20);
	close(fd);
}

/* The seventeenth client waits until another one disconnects. */
static void
test_many(void **unused ATTR_UNUSED)
{
	enum { MANY = 17 };
	int fds[MANY];
	char came[256];

	for (int i = 0; i < MANY; i++) {
		fds[i] = call();
		send_text(fds[i], "{\"do\":\"stats\"}\n", 15);
	}
	for (int i = 0; i < MANY - 1; i++)
		want_text("one of sixteen", "answer", receive(fds[i], 20000,
		    came,
		    sizeof(came)), "{\"ok\":true,\"counts\":{\"tried\":42}}");
	want_text("the seventeenth", "answer", receive(fds[MANY - 1], 300, came,
	    sizeof(came)), "silent");
	close(fds[0]);
	want_text("when one has left", "answer", receive(fds[MANY - 1], 20000,
	    came, sizeof(came)), "{\"ok\":true,\"counts\":{\"tried\":42}}");
	for (int i = 1; i < MANY; i++)
		close(fds[i]);
}

static const struct {
	const char *label;
	uid_t uid;
	gid_t gid, extra;
	const char *answer;
} askers[] = {
	{ "root", 0, 0, 0, "ok" },
	{ "somebody else", 12345, 12345, 12345, "closed" },
	{ "of the group", 12345, 54321, 12345, "ok" },
	{ "of the group, in addition to its own", 12345, 12345, 54321, "ok" },
};

/* The kernel reports who the client is, whatever the socket's mode is. */
static void
test_who(void **unused ATTR_UNUSED)
{
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < COUNT_OF(askers); i++) {
		int status = 0;
		pid_t pid = fork();

		if (pid == 0) {
			char came[256];
			const char *answer;

			if (setgroups(1, &askers[i].extra) < 0 ||
			    setgid(askers[i].gid) < 0 ||
			    setuid(askers[i].uid) < 0)
				_exit(3);
			answer = ask("{\"do\":\"stats\"}\n", came,
			    sizeof(came));
			_exit(strcmp(answer, "closed") == 0 ? 1 :
			    answer == came ? 0 : 2);
		}
		waitpid(pid, &status, 0);
		want_text(askers[i].label, "answer", !WIFEXITED(status)
		    ? "died" : WEXITSTATUS(status) == 0 ? "ok"
		    : WEXITSTATUS(status) == 1 ? "closed" : "silent",
		    askers[i].answer);
	}
}

/* The client side. */
static void
test_tool(void **unused ATTR_UNUSED)
{
	char spec[128];
	struct listen listen = { .socket_mode = 0660 };
	struct settings settings = { .controls = &listen,
		.control_count = 1 };
	json_t *request = json_pack("{s:s}", "do", "stats"), *answer = NULL;
	struct err e;

	snprintf(spec, sizeof(spec), "unix:%s", address.sun_path);
	listen.spec = slice_of(spec);
	want_number("a daemon", "reach", control_ask(&settings, -1, request,
	    &answer, &e), CONTROL_ANSWERED);
	want_that("a daemon", "answered",
	    json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	listen.spec = SLICE("unix:/nonexistent/sock");
	want_number("no daemon", "reach", control_ask(&settings, -1, request,
	    &answer, &e), CONTROL_NO_DAEMON);
	settings.control_count = 0;
	want_number("no socket named", "reach", control_ask(&settings, -1,
	    request, &answer, &e), CONTROL_NO_DAEMON);
	want_text("no socket named", "error", e.text,
	    "the policy has no control.listen");
	json_decref(request);
}

/* The policy in force, as the archive of its files. */
static void
test_policy(void **unused ATTR_UNUSED)
{
	char spec[128], text[ARCHIVE_HEAD + 1] = "";
	struct listen listen = { .socket_mode = 0660 };
	struct settings settings = { .controls = &listen,
		.control_count = 1 };
	struct problems *problems = problems_create();
	struct policy_read read;
	struct archive *archive;
	struct policy *policy;
	char path[256];
	struct err e;
	int fd;

	snprintf(spec, sizeof(spec), "unix:%s", address.sun_path);
	listen.spec = slice_of(spec);
	want_number("none yet", "reach", control_ask_policy(&settings, -1, &fd,
	    &e), CONTROL_FAILED);
	want_text("none yet", "error", e.text, "the daemon does not give the "
	    "policy in force: there is no copy of the policy in force");
	read = policyread(filesource_disk(),
	    folder_path(&folder, "t.conf", path), problems);
	keeper_take(read.archive, false, &read.e);
	want_number("one", "reach", control_ask_policy(&settings, -1, &fd, &e),
	    CONTROL_ANSWERED);
	archive = archive_open(fd, &e);
	assert_non_null(archive);
	policy = policy_restore(archive, &e);
	assert_non_null(policy);
	want_text("one", "digest", policy->digest, read.policy->digest);
	/* Whoever gets it can change nothing. */
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	close(fd);
	/* When it is in the folder, it is that file. */
	keeper_write();
	assert_false(keeper_is_due());
	assert_int_equal(access(folder_path(&folder, "s/policy.kept", path),
	    R_OK), 0);
	want_number("kept", "reach", control_ask_policy(&settings, -1, &fd, &e),
	    CONTROL_ANSWERED);
	assert_int_equal(pread(fd, text, ARCHIVE_HEAD, 0), ARCHIVE_HEAD);
	want_slice("kept", "head", slice_head(slice_of(text), ARCHIVE_HEAD - 1),
	    arena_string(table_arena(policy->table),
	    slice_head(archive_head(archive), ARCHIVE_HEAD - 1)));
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	archive_close(&archive);
	policy_destroy(&policy);
	policy_destroy(&read.policy);
	problems_destroy(&problems);
}

static const char *
first_warning(void)
{
	static char list[WARNING_COUNT][WARNING_TEXT];

	return warnings_list(list) == 0 ? "" : list[0];
}

/* A folder that cannot take it is a warning, until it can. */
static void
test_not_kept(void **unused ATTR_UNUSED)
{
	struct problems *problems = problems_create();
	struct policy_read read;
	char path[256], blocked[256];
	struct err e;
	int fd;

	read = policyread(filesource_disk(),
	    folder_path(&folder, "t.conf", path), problems);
	mkdir(folder_path(&folder, "s/policy.kept.new", blocked), 0755);
	keeper_take(read.archive, false, &read.e);
	keeper_write();
	assert_non_null(strstr(first_warning(), "policy.kept.new: Is a "
	    "directory: a start could not see"));
	/* It is not tried again at once, and the daemon has it. */
	assert_false(keeper_is_due());
	fd = keeper_open(&e);
	assert_true(fd >= 0);
	rmdir(blocked);
	keeper_take(fd, false, NULL);
	keeper_write();
	want_text("kept", "warning", first_warning(), "");
	policy_destroy(&read.policy);
	problems_destroy(&problems);
}

static struct counter tried = { .name = "tried", .family = "tried_total",
	.labels = "", .help = "Tries." };

static int
listen_here(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/c",
	    folder.path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address,
	    sizeof(address)) < 0 || chmod(address.sun_path, 0777) < 0 ||
	    chmod(folder.path, 0755) < 0)
		return -1;
	return fd;
}

/* The policy's state folder is that of the test. */
static struct policy *
a_policy(void)
{
	char text[4096];

	snprintf(text, sizeof(text), "state = \"%s/s\";\n" STATE_POLICY,
	    folder.path);
	return state_policy(&folder, text);
}

static struct control_server *control;

static int
set_up(void **unused ATTR_UNUSED)
{
	struct err e = { .text = "no socket" };
	char path[256];
	int fd;

	/* As the daemon does. */
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	folder_create(&folder);
	mkdir(folder_path(&folder, "s", path), 0755);
	reloader_init("/nonexistent");
	activate_first(a_policy());
	fd = listen_here();
	if (fd < 0 || loop_open(&e) < 0)
		fail_msg("%s", e.text);
	counters_register(&tried, 1);
	for (int i = 0; i < 42; i++)
		counter_add(&tried);
	control = control_server_create(loop_base());
	if (control_server_listen(control, fd, 54321, &e) < 0 ||
	    loop_start(&e) < 0)
		fail_msg("%s", e.text);
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	assert_true(loop_stop(10000));
	control_server_destroy(&control);
	keeper_clear();
	loop_close();
	snapshot_clear();
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_requests),
	cmocka_unit_test(test_acts_when_answered),
	cmocka_unit_test(test_warnings),
	cmocka_unit_test(test_pieces),
	cmocka_unit_test(test_oversized),
	cmocka_unit_test(test_many),
	cmocka_unit_test(test_deaf),
	cmocka_unit_test(test_who),
	cmocka_unit_test(test_tool),
	cmocka_unit_test(test_policy),
	cmocka_unit_test(test_not_kept),
	cmocka_unit_test(test_slow),
};

RUN_TESTS_WITH(tests, set_up, take_down)
