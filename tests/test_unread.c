/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_unread - the running daemon, while nobody reads what it writes: standard
 * error, syslog, a FIFO in place of the decision log
 *
 * Map and control must answer, mail must go on, and SIGTERM must end it.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/driver/daemon.h"
#include "tests/driver/dial.h"
#include "tests/driver/filter.h"
#include "tests/folder.h"

enum {
	RELOADS = 120,
	ANSWER_MS = 20000,              /* only what hangs takes so long */
	STOP_MS = 20000
};

static struct folder f;
static char policy[256], sock[256], decisions[256], dev[256];
static struct daemon d;
static int dev_log = -1;                /* the socket that nobody reads */

static void
write_policy(const char *log)
{
	char text[2048];

	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s\";\n"
	    "milter = { listen = \"unix:%s\"; };\n"
	    "map = { listen = [ \"unix:%s/map\" ]; };\n"
	    "control = { listen = [ \"unix:%s/control\" ]; };\n"
	    "log = { decisions = \"%s\"; %s };\n"
	    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
	    "  entry = { level = \"encrypt\"; stage = \"reject\"; };\n"
	    "  outbound = { level = \"encrypt\"; stage = \"reject\"; }; } );\n",
	    geteuid() == 0 ? "root" : "nobody", f.path, sock, f.path, f.path,
	    decisions, log);
	folder_write(&f, "policy.conf", text, strlen(text));
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&f);
	folder_path(&f, "policy.conf", policy);
	folder_path(&f, "sock", sock);
	folder_path(&f, "decisions.jsonl", decisions);
	folder_path(&f, "dev", dev);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	if (d.pid > 0) {
		kill(d.pid, SIGKILL);
		waitpid(d.pid, NULL, 0);
	}
	daemon_clear(&d);
	if (dev_log >= 0) {
		close(dev_log);
		umount2("/dev", MNT_DETACH);
		umount2(dev, MNT_DETACH);
	}
	dev_log = -1;
	folder_remove(&f);
	return 0;
}

/* Runs a command of the shell; returns whether it succeeds. */
__attribute__((format(printf, 1, 2)))
static bool
run(const char *format, ...)
{
	char command[1024];
	va_list values;

	va_start(values, format);
	vsnprintf(command, sizeof(command), format, values);
	va_end(values);
	return system(command) == 0;
}

static void
want_control(const char *label)
{
	want_that(label, "control answers", run("timeout 20 ./enforcetls -c %s "
	    "stats >/dev/null", policy));
}

static void
want_map(const char *label)
{
	static const char question[] = "25:enforcetls [bank.example],";
	char where[300], answer[256];
	struct pollfd ready = { .events = POLLIN };
	struct err e;
	ssize_t n = 0;

	snprintf(where, sizeof(where), "unix:%s/map", f.path);
	ready.fd = dial(where, &e);
	want_that(label, "the map listens", ready.fd >= 0);
	assert_int_equal(write(ready.fd, question, strlen(question)),
	    (ssize_t)strlen(question));
	if (poll(&ready, 1, ANSWER_MS) == 1)
		n = read(ready.fd, answer, sizeof(answer));
	close(ready.fd);
	want_that(label, "the map answers", n > 0);
}

/* Sends refused recipients; each must be answered. */
static void
want_mail(const char *label, unsigned count)
{
	static const struct offer offer = { .actions = 0x1ff,
		.steps = 0x1fffff, .postfix = true, .timeout_ms = ANSWER_MS };
	static const char *const macros[][2] = {
		{ "v", "Postfix 3.7.11" }, { "j", "mx.corp.example" },
		{ "{client_addr}", "192.0.2.7" }, { "{client_port}", "4444" },
		{ "{mail_addr}", "a@sender.example" },
		{ "{rcpt_mailer}", "smtp" }, { "{rcpt_host}", "bank.example" },
		{ "{rcpt_addr}", "u@bank.example" },
	};
	static const char *const from[] = { "<a@sender.example>", NULL };
	static const char *const to[] = { "<u@bank.example>", NULL };
	struct answer answer;
	struct err e = { .text = "" };
	char where[300];
	struct filter *filter;

	snprintf(where, sizeof(where), "unix:%s", sock);
	filter = filter_open(where, &offer, &e);
	if (filter == NULL)
		fail_msg("%s: %s", label, e.text);
	for (size_t i = 0; i < COUNT_OF(macros); i++)
		filter_set(filter, macros[i][0], macros[i][1]);
	for (unsigned i = 0; i < count; i++)
		if (filter_mail(filter, from, &answer, &e) != 0 ||
		    filter_rcpt(filter, to, &answer, &e) != 0 ||
		    filter_abort(filter, &e) != 0)
			fail_msg("%s: %s", label, e.text);
	filter_quit(&filter);
}

/* Makes the daemon log more lines than anybody's buffer holds. */
static void
reload_often(const char *label)
{
	for (int i = 0; i < RELOADS; i++)
		want_that(label, "a reload is answered", run("timeout 20 "
		    "./enforcetls -c %s reload >/dev/null", policy));
}

/* Its output is not read, other than by daemon_stop(). */
static void
want_end(const char *label, pid_t pid)
{
	double before = now_ms();
	int status = -1;

	kill(pid, SIGTERM);
	while (waitpid(pid, &status, WNOHANG) == 0 &&
	    now_ms() - before < STOP_MS)
		usleep(2000);
	want_that(label, "SIGTERM ends it", WIFEXITED(status) &&
	    WEXITSTATUS(status) == EX_OK);
	d.pid = pid == d.pid ? 0 : d.pid;
}

static void
begin(void)
{
	const char *argv[] = { daemon_program(), "-f", "-c", policy, NULL };
	struct err e = { .text = "" };

	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(daemon_printed(&d, 0, "takes mail"));
}

static void
standard_error(void **state ATTR_UNUSED)
{
	write_policy("");
	begin();
	fcntl(d.out, F_SETPIPE_SZ, 4096);
	reload_often("stderr");
	want_control("stderr");
	want_map("stderr");
	want_mail("stderr", 3);
	want_end("stderr", d.pid);
	want_that("stderr", "the records are in the log", run("test $(grep -c "
	    "'\"ref\"' %s) = 3", decisions));
}

/* A FIFO that somebody opened and does not read. */
static void
a_fifo_for_decisions(void **state ATTR_UNUSED)
{
	int fd;

	write_policy("");
	assert_int_equal(mkfifo(decisions, 0600), 0);
	fd = open(decisions, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	fcntl(fd, F_SETPIPE_SZ, 4096);
	begin();
	want_mail("FIFO", 100);
	want_that("FIFO", "it is reported", daemon_printed(&d, 0,
	    "decisions are kept in memory"));
	want_control("FIFO");
	want_map("FIFO");
	want_end("FIFO", d.pid);
	daemon_read_output(&d);
	want_that("FIFO", "the loss is reported", strstr(d.output,
	    "decisions that could not be written") != NULL);
	close(fd);
}

/* Gives this process, and who it starts, a /dev with a log that nobody reads.
 * false: it may not. */
static bool
make_dev_log(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    !run("mkdir %s && mount -t tmpfs tmpfs %s", dev, dev))
		return false;
	dev_log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%.80s/dev/log", f.path);
	return run("for n in null zero full random urandom; do touch %s/$n && "
	    "mount --bind /dev/$n %s/$n || exit 1; done", dev, dev) &&
	    bind(dev_log, (struct sockaddr *)&name, sizeof(name)) == 0 &&
	    mount(dev, "/dev", NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* Decisions for syslog delay neither the decision log nor anybody else. */
static void
syslog_for_decisions(void **state ATTR_UNUSED)
{
	if (!make_dev_log())
		skip();
	write_policy("syslog = true;");
	begin();
	want_mail("syslog", 1000);
	want_control("syslog");
	want_map("syslog");
	want_end("syslog", d.pid);
	want_that("syslog", "the records are in the log", run("test $(grep -c "
	    "'\"ref\"' %s) = 1000", decisions));
}

/* Now the daemon's own lines go there too. */
static void
syslog_of_a_daemon_in_the_background(void **state ATTR_UNUSED)
{
	char pid[256], text[32] = "";
	FILE *in;

	if (!make_dev_log())
		skip();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	write_policy("syslog = true;");
	want_that("background", "starts", run("%s -c %s", daemon_program(),
	    policy));
	folder_path(&f, "pid", pid);
	want_that("background", "has an id", run("./enforcetls --json -c %s "
	    "status | sed -n 's/.*\"pid\": *\\([0-9]*\\).*/\\1/p' >%s",
	    policy, pid));
	in = fopen(pid, "r");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	d.pid = (pid_t)strtol(text, NULL, 10);
	assert_true(d.pid > 1);
	reload_often("background");
	want_mail("background", 100);
	want_control("background");
	want_map("background");
	want_end("background", d.pid);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(standard_error),
	TEST(a_fifo_for_decisions),
	TEST(syslog_for_decisions),
	TEST(syslog_of_a_daemon_in_the_background),
};

RUN_TESTS(tests)
