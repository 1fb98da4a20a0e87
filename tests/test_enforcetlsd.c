/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "conf/base/control.h"
#include "tests/cases.h"
#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/driver/lossy_reload.h"

/* Has all files of one test. */
static char folder[64], policy[96], sock[96], where[112], decisions[96];
static char control_path[96];
static struct daemon d;

static const char rules[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n";
static const char no_rules[] = "partners = ( );\n";

static void
write_policy(const char *mode, const char *text)
{
	char temporary[128];
	FILE *f;

	snprintf(temporary, sizeof(temporary), "%s.new", policy);
	f = fopen(temporary, "w");
	assert_non_null(f);
	fprintf(f, "format = 1;\nmode = \"%s\";\nuser = \"%s\";\n"
	    "state = \"%s\";\nmilter = { listen = \"unix:%s\"; };\n"
	    "control = { listen = \"unix:%s\"; };\n"
	    "log = { decisions = \"%s\"; };\n%s", mode,
	    geteuid() == 0 ? "root" : "nobody", folder, sock,
	    control_path, decisions, text);
	fclose(f);
	assert_int_equal(rename(temporary, policy), 0);
}

static int
set_up(void **state ATTR_UNUSED)
{
	snprintf(folder, sizeof(folder), "/tmp/test_enforcetlsd.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(policy, sizeof(policy), "%s/policy.conf", folder);
	snprintf(sock, sizeof(sock), "%s/sock", folder);
	snprintf(where, sizeof(where), "unix:%s", sock);
	snprintf(decisions, sizeof(decisions), "%s/decisions", folder);
	snprintf(control_path, sizeof(control_path), "%s/control", folder);
	write_policy("enforce", rules);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	char command[128];
	struct err e;

	if (d.pid > 0)
		daemon_stop(&d, SIGKILL, &e);
	daemon_clear(&d);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
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
wait_for(const char *text)
{
	if (!daemon_printed(&d, 0, text))
		fail_msg("it never printed %s, but %s", text, d.output);
}

/* Opens a session as Postfix, with a message that has not ended. */
static struct filter *
session(void)
{
	static const struct offer offer = { .actions = 0x1ff,
		.steps = 0x1fffff, .postfix = true };
	static const char *const sender[] = { "<a@sender.example>", NULL };
	static const char *const macros[][2] = {
		{ "v", "Postfix 3.7.11" }, { "j", "mx.corp.example" },
		{ "{client_addr}", "192.0.2.7" }, { "{client_port}", "4444" },
		{ "{mail_addr}", "a@sender.example" },
		{ "{rcpt_addr}", "x@bank.example" },
		{ "{rcpt_host}", "bank.example" },
		{ "{rcpt_mailer}", "smtp" },
	};
	struct err e = { .text = "" };
	struct filter *f = filter_open(where, &offer, &e);
	struct answer answer;

	if (f == NULL)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < COUNT_OF(macros); i++)
		filter_set(f, macros[i][0], macros[i][1]);
	assert_int_equal(filter_mail(f, sender, &answer, &e), 0);
	return f;
}

/* Returns the answer to a recipient, over TLS or not. */
static struct answer
rcpt(struct filter *f, bool tls)
{
	static const char *const to[] = { "<x@bank.example>", NULL };
	struct answer answer;
	struct err e = { .text = "" };

	filter_set(f, "{tls_version}", tls ? "TLSv1.3" : NULL);
	if (filter_rcpt(f, to, &answer, &e) != 0)
		fail_msg("%s", e.text);
	return answer;
}

static size_t
count_records(const char *what)
{
	char line[16384];
	FILE *f = fopen(decisions, "r");
	size_t found = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		found += strstr(line, what) != NULL;
	if (f != NULL)
		fclose(f);
	return found;
}

static int
run_with(const char *first, const char *second, const char *third)
{
	const char *argv[] = { daemon_program(), first, second, third, NULL };
	struct err e;

	assert_int_equal(daemon_start(&d, argv, NULL, &e), 0);
	return daemon_stop(&d, 0, &e);
}

static const struct {
	const char *label, *first, *second, *third, *output;
	int status;
} options[] = {
	{ "the version", "-V", NULL, NULL, "enforcetls ", EX_OK },
	{ "the options", "-h", NULL, NULL, "usage:", EX_OK },
	{ "an unknown option", "-z", NULL, NULL, "usage:", EX_USAGE },
	{ "a word too many", "-f", "word", NULL, "usage:", EX_USAGE },
	{ "no such policy", "-c", "/nowhere/x", NULL, "/nowhere/x",
	    EX_CONFIG },
	{ "a good policy", "-n", "-c", policy, "", EX_OK },
};

static void
options_end_as_they_should(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		int status = run_with(options[i].first, options[i].second,
		    options[i].third);

		if (status != options[i].status || strstr(d.output == NULL
		    ? "" : d.output, options[i].output) == NULL)
			fail_msg("%s: status %d, output %s; wanted %d, %s",
			    options[i].label, status, d.output,
			    options[i].status, options[i].output);
		daemon_clear(&d);
	}
}

static void
a_bad_policy_ends_it_with_every_problem(void **state ATTR_UNUSED)
{
	write_policy("enforce", "wrong = 1;\nalso_wrong = 2;\n");
	assert_int_equal(run_with("-n", "-c", policy), EX_CONFIG);
	assert_non_null(strstr(d.output, " wrong: unknown key"));
	assert_non_null(strstr(d.output, "also_wrong: unknown key"));
	daemon_clear(&d);
	assert_int_equal(run_with("-f", "-c", policy), EX_CONFIG);
	assert_int_equal(access(sock, F_OK), -1);
}

/* What check accepts, the daemon serves. */
static void
a_policy_without_milter_serves_the_map(void **state ATTR_UNUSED)
{
	const char *argv[] = { daemon_program(), "-f", "-c", policy, NULL };
	struct err e = { .text = "" };
	FILE *f = fopen(policy, "w");

	assert_non_null(f);
	fprintf(f, "format = 1;\nmode = \"enforce\";\nuser = \"%s\";\n"
	    "state = \"%s\";\nmap = { listen = \"unix:%s\"; };\n"
	    "log = { decisions = \"%s\"; };\n",
	    geteuid() == 0 ? "root" : "nobody", folder, sock, decisions);
	fclose(f);
	assert_int_equal(run_with("-n", "-c", policy), EX_OK);
	daemon_clear(&d);
	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	wait_for("milter is not set");
	assert_true(daemon_printed(&d, 0, "serves the map"));
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	assert_int_equal(access(sock, F_OK), -1);
}

static void
a_log_that_cannot_be_opened_ends_it(void **state ATTR_UNUSED)
{
	snprintf(decisions, sizeof(decisions), "%s/none/log", folder);
	write_policy("enforce", rules);
	assert_int_equal(run_with("-f", "-c", policy), EX_CANTCREAT);
	assert_int_equal(access(sock, F_OK), -1);
}

static void
a_running_daemon_is_left_alone(void **state ATTR_UNUSED)
{
	struct daemon first;
	struct filter *f;
	struct err e;

	begin();
	first = d;
	memset(&d, 0, sizeof(d));
	assert_int_equal(run_with("-f", "-c", policy), EX_UNAVAILABLE);
	daemon_clear(&d);
	d = first;
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

static void
a_stop_records_what_was_under_way(void **state ATTR_UNUSED)
{
	struct filter *open, *idle;
	struct err e;

	begin();
	idle = session();
	filter_abort(idle, &e);
	open = session();
	assert_int_equal(rcpt(open, true).kind, 'c');
	assert_int_equal(rcpt(open, false).kind, 'y');
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	assert_int_equal(count_records("\"aborted\""), 1);
	assert_int_equal(count_records("\"refused\""), 1);
	assert_int_equal(access(sock, F_OK), -1);
	filter_drop(&open);
	filter_drop(&idle);
}

/* Whether a message could end while the daemon stopped. It has 400 ms for that;
 * a machine that is busy for so long ends its session first. */
static bool
one_ends_at_a_stop(void)
{
	static const char *const to[] = { "<x@bank.example>", NULL };
	struct timespec pause = { 0, 1000000 };
	struct filter *f;
	struct answer answer;
	struct err e;
	size_t accepted = 1;
	bool ended;

	begin();
	f = session();
	assert_int_equal(rcpt(f, true).kind, 'c');
	daemon_signal(&d, SIGTERM);
	/* Only its answers show that the daemon has begun to stop. */
	while ((ended = filter_rcpt(f, to, &answer, &e) == 0) &&
	    answer.kind == 'c') {
		accepted++;
		nanosleep(&pause, NULL);
	}
	/* Mail that a rule covers is deferred with the rule's code. */
	if (ended) {
		assert_int_equal(answer.kind, 'y');
		assert_int_equal(strncmp(answer.text, "421 4.3.2", 9), 0);
	}
	ended = ended && filter_eom(f, &answer, &e) == 0;
	if (ended)
		assert_int_equal(answer.kind, 'c');
	assert_int_equal(daemon_stop(&d, 0, &e), EX_OK);
	if (ended)
		assert_int_equal(count_records("\"accepted\""), accepted);
	filter_drop(&f);
	return ended;
}

static void
a_message_under_way_may_end_at_a_stop(void **state ATTR_UNUSED)
{
	for (int i = 0; i < 20; i++)
		if (one_ends_at_a_stop())
			return;
	fail_msg("at none of 20 stops");
}

static void
a_hangup_is_ignored(void **state ATTR_UNUSED)
{
	struct filter *f;
	struct err e;

	begin();
	for (int i = 0; i < 20; i++)
		daemon_signal(&d, SIGHUP);
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	assert_int_equal(daemon_stop(&d, SIGINT, &e), EX_OK);
}

static void
a_reload_that_fails_changes_nothing(void **state ATTR_UNUSED)
{
	struct filter *f;
	struct err e;

	begin();
	write_policy("enforce", "wrong = 1;\n");
	daemon_signal(&d, SIGUSR1);
	wait_for("was not loaded");
	wait_for(" wrong: unknown key");
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

/* All rows are gone from a file that loads well. */
static void
a_signal_takes_no_loss(void **state ATTR_UNUSED)
{
	struct filter *f;
	struct err e;

	begin();
	write_policy("enforce", no_rules);
	daemon_signal(&d, SIGUSR1);
	wait_for("loss: bank.example entry: encrypt, reject (bank) -> nothing");
	wait_for("was not loaded: rules would act on less");
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	if (lossy_reload(control_path, &e) < 0)
		fail_msg("%s", e.text);
	wait_for("a loss is taken: rules and settings: 1");
	wait_for("0 partners");
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'c');
	filter_quit(&f);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

static void
a_changed_file_is_reported_and_not_loaded(void **state ATTR_UNUSED)
{
	struct filter *f;
	struct err e;

	begin();
	write_policy("enforce", no_rules);
	wait_for("has changed on disk and is not loaded");
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

static void
a_changed_include_is_reported_too(void **state ATTR_UNUSED)
{
	char path[128];
	struct err e;
	FILE *f;

	snprintf(path, sizeof(path), "%s/more.conf", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(rules, f);
	fclose(f);
	write_policy("enforce", "include = [ \"*more.conf\" ];\n");
	begin();
	wait_for("1 partner,");
	f = fopen(path, "a");
	fputs("# more\n", f);
	fclose(f);
	wait_for("more.conf has changed on disk and is not loaded");
	daemon_signal(&d, SIGUSR1);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

/* Returns the process that listens at the socket, as the kernel reports it. */
static pid_t
listener(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct ucred who = { .pid = -1 };
	socklen_t n = sizeof(who);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", sock);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)),
	    0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n),
	    0);
	close(fd);
	assert_true(who.pid > 1);
	return who.pid;
}

/* Requests the daemon's counters. */
static json_t *
ask_for_counts(const char *socket_at)
{
	char spec[160];
	struct listen where_it_is = { .socket_mode = 0 };
	struct settings settings = { .controls = &where_it_is,
		.control_count = 1 };
	json_t *request = json_pack("{s:s}", "do", "stats");
	json_t *answer = NULL, *counts;
	struct err e = { .text = "" };

	snprintf(spec, sizeof(spec), "unix:%s", socket_at);
	where_it_is.spec = slice_of(spec);
	if (control_ask(&settings, -1, request, &answer, &e) != CONTROL_ANSWERED)
		fail_msg("%s", e.text);
	counts = json_incref(json_object_get(answer, "counts"));
	json_decref(answer);
	json_decref(request);
	assert_non_null(counts);
	return counts;
}

/* Returns how many counters the manual lists; counts must have each of them. */
static size_t
want_counters_of_manual(const json_t *counts)
{
	const char *source = getenv("srcdir");
	char path[512], line[512], name[64];
	bool table = false;
	size_t count = 0;
	FILE *page;

	snprintf(path, sizeof(path), "%s/milter/enforcetlsd.8",
	    source == NULL ? "." : source);
	page = fopen(path, "r");
	assert_non_null(page);
	while (fgets(line, sizeof(line), page) != NULL) {
		if (line[0] == '.' && line[1] == 'S')
			table = strcmp(line, ".Ss Counters\n") == 0;
		if (!table || sscanf(line, ".It Li %63s", name) != 1)
			continue;
		if (json_object_get(counts, name) == NULL)
			fail_msg("%s is in the manual only", name);
		count++;
	}
	fclose(page);
	return count;
}

/* The daemon registers all of its counters. */
static void
stats_and_the_manual_have_the_same_counters(void **state ATTR_UNUSED)
{
	char text[512];
	struct err e;
	json_t *counts;

	snprintf(text, sizeof(text), "map = { listen = [ \"unix:%s/map\" ]; "
	    "};\n%s", folder, no_rules);
	write_policy("enforce", text);
	begin();
	counts = ask_for_counts(control_path);
	assert_int_equal(want_counters_of_manual(counts),
	    json_object_size(counts));
	json_decref(counts);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
}

/* Started without -f, the command returns once the daemon listens. */
static void
in_the_background_it_returns_when_it_listens(void **state ATTR_UNUSED)
{
	const char *argv[] = { daemon_program(), "-c", policy, NULL };
	char kept[96];
	struct filter *f;
	struct err e;

	assert_int_equal(daemon_start(&d, argv, NULL, &e), 0);
	assert_int_equal(daemon_stop(&d, 0, &e), EX_OK);
	f = session();
	assert_int_equal(rcpt(f, false).kind, 'y');
	filter_quit(&f);
	kill(listener(), SIGTERM);
	for (int i = 0; i < 300 && access(sock, F_OK) == 0; i++) {
		struct timespec pause = { 0, 10 * 1000000 };

		nanosleep(&pause, NULL);
	}
	assert_int_equal(access(sock, F_OK), -1);
	daemon_clear(&d);
	/* If it never listens, the command returns the daemon's exit status. */
	write_policy("enforce", "wrong = 1;\n");
	snprintf(kept, sizeof(kept), "%s/policy.kept", folder);
	unlink(kept);                   /* it would run */
	assert_int_equal(daemon_start(&d, argv, NULL, &e), 0);
	assert_int_equal(daemon_stop(&d, 0, &e), EX_CONFIG);
}

/* As some supervisors start it. What is for standard error must not reach the
 * first file that the daemon opens. */
static void
closed_descriptors_are_no_file_of_ours(void **state ATTR_UNUSED)
{
	char foreground[256], background[256];
	const char *argv[] = { "/bin/sh", "-c", foreground, NULL };
	struct stat st;
	struct err e = { .text = "" };

	snprintf(foreground, sizeof(foreground),
	    "exec %s -f -c %s <&- >&- 2>&-", daemon_program(), policy);
	snprintf(background, sizeof(background), "exec %s -c %s <&- >&- 2>&-",
	    daemon_program(), policy);
	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	assert_int_equal(stat(decisions, &st), 0);
	assert_int_equal(st.st_size, 0);
	daemon_clear(&d);
	argv[2] = background;
	assert_int_equal(daemon_start(&d, argv, NULL, &e), 0);
	assert_int_equal(daemon_stop(&d, 0, &e), EX_OK);
	kill(listener(), SIGTERM);
}

static void
root_is_given_up(void **state ATTR_UNUSED)
{
	const struct passwd *nobody = getpwnam("nobody");
	char text[4096], status[64], line[256];
	struct stat st;
	struct err e;
	bool seen = false;
	FILE *f;

	if (geteuid() != 0 || nobody == NULL)
		skip();
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(sock, sizeof(sock), "%s/run/sock", folder);
	snprintf(where, sizeof(where), "unix:%s", sock);
	snprintf(decisions, sizeof(decisions), "%s/log/decisions", folder);
	snprintf(text, sizeof(text), "%s/log", folder);
	assert_int_equal(mkdir(text, 0700), 0);
	assert_int_equal(chown(text, nobody->pw_uid, (gid_t)-1), 0);
	write_policy("enforce", rules);
	snprintf(text, sizeof(text), "sed -i 's/\"root\"/\"nobody\"/' %s",
	    policy);
	assert_int_equal(system(text), 0);
	begin();
	snprintf(status, sizeof(status), "/proc/%d/status", (int)d.pid);
	f = fopen(status, "r");
	assert_non_null(f);
	snprintf(text, sizeof(text), "Uid:\t%u\t%u\t%u\t%u",
	    (unsigned)nobody->pw_uid, (unsigned)nobody->pw_uid,
	    (unsigned)nobody->pw_uid, (unsigned)nobody->pw_uid);
	while (fgets(line, sizeof(line), f) != NULL)
		seen = seen || strncmp(line, text, strlen(text)) == 0;
	fclose(f);
	assert_true(seen);
	assert_int_equal(stat(sock, &st), 0);
	assert_int_equal(st.st_uid, nobody->pw_uid);
	assert_int_equal(st.st_mode & 0777, 0660);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	assert_int_equal(access(sock, F_OK), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(options_end_as_they_should),
	TEST(a_bad_policy_ends_it_with_every_problem),
	TEST(a_policy_without_milter_serves_the_map),
	TEST(a_log_that_cannot_be_opened_ends_it),
	TEST(a_running_daemon_is_left_alone),
	TEST(a_stop_records_what_was_under_way),
	TEST(a_message_under_way_may_end_at_a_stop),
	TEST(a_hangup_is_ignored),
	TEST(a_reload_that_fails_changes_nothing),
	TEST(a_signal_takes_no_loss),
	TEST(a_changed_file_is_reported_and_not_loaded),
	TEST(a_changed_include_is_reported_too),
	TEST(stats_and_the_manual_have_the_same_counters),
	TEST(in_the_background_it_returns_when_it_listens),
	TEST(closed_descriptors_are_no_file_of_ours),
	TEST(root_is_given_up),
};

RUN_TESTS(tests)
