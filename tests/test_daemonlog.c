/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_daemonlog - the decision log of the running daemon: its rotation, a full
 * disk, and the decisions of a candidate
 */
#include "config.h"

#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/reading.h"

static struct folder folder;
static char policy_path[256], sock[256], where[280], disk[256], decisions[300];
static struct daemon d;

static void
write_policy(const char *name, const char *log, const char *rest)
{
	char text[2048];

	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s\";\n"
	    "milter = { listen = \"unix:%s\"; };\n"
	    "log = { decisions = \"%s\"; %s };\n%s",
	    geteuid() == 0 ? "root" : "nobody", folder.path, sock, decisions,
	    log, rest);
	folder_write(&folder, name, text, strlen(text));
}

static const char bank[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n";
static const char bank_and_court[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"log-only\"; }; },\n"
    "  { name = \"court\"; domains = [ \"court.example\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; } );\n";

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	folder_path(&folder, "policy.conf", policy_path);
	folder_path(&folder, "disk", disk);
	folder_path(&folder, "sock", sock);
	snprintf(where, sizeof(where), "unix:%s", sock);
	snprintf(decisions, sizeof(decisions), "%s/decisions.jsonl", disk);
	return mkdir(disk, 0755);
}

static int
tear_down(void **state ATTR_UNUSED)
{
	struct err e;

	if (d.pid > 0)
		daemon_stop(&d, SIGKILL, &e);
	daemon_clear(&d);
	folder_remove(&folder);
	return 0;
}

static void
begin(void)
{
	const char *argv[] = { daemon_program(), "-f", "-c", policy_path,
		NULL };
	struct err e = { .text = "" };

	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(daemon_printed(&d, 0, "takes mail"));
}

static void
end(void)
{
	struct err e = { .text = "" };
	int status = daemon_stop(&d, SIGTERM, &e);

	if (status != EX_OK)
		fail_msg("the daemon ended with %d: %s%s", status, e.text,
		    d.output);
}

static struct filter *
session(void)
{
	static const struct offer offer = { .actions = 0x1ff,
		.steps = 0x1fffff, .postfix = true, .timeout_ms = 30000 };
	static const char *const macros[][2] = {
		{ "v", "Postfix 3.7.11" }, { "j", "mx.corp.example" },
		{ "{client_addr}", "192.0.2.7" }, { "{client_port}", "4444" },
		{ "{mail_addr}", "a@sender.example" },
		{ "{rcpt_mailer}", "smtp" },
	};
	struct err e = { .text = "" };
	struct filter *f = filter_open(where, &offer, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < COUNT_OF(macros); i++)
		filter_set(f, macros[i][0], macros[i][1]);
	return f;
}

/* Sends a plaintext message to domain; returns the answer to its recipient. */
static char
send_message(struct filter *f, const char *domain)
{
	static const char *const from[] = { "<a@sender.example>", NULL };
	char to[64];
	const char *words[] = { to, NULL };
	struct answer answer, last;
	struct err e = { .text = "" };
	int result;

	snprintf(to, sizeof(to), "<u@%s>", domain);
	filter_set_bytes(f, "{rcpt_addr}", (struct slice){ to + 1,
		strlen(to) - 2 });
	filter_set(f, "{rcpt_host}", domain);
	if (filter_mail(f, from, &answer, &e) != 0 ||
	    filter_rcpt(f, words, &answer, &e) != 0)
		fail_msg("%s", e.text);
	result = answer.kind == 'c' ? filter_eom(f, &last, &e)
	    : filter_abort(f, &e);
	if (result != 0)
		fail_msg("%s", e.text);
	return answer.kind;
}

static void
send_refused(struct filter *f, unsigned count)
{
	while (count-- > 0)
		assert_int_equal(send_message(f, "bank.example"), 'y');
}

static void
sleep_ms(long ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&pause, NULL);
}

/* Returns the output of `enforcetls log verify`, which must succeed. */
static json_t *
verify(void)
{
	char command[600], text[4096];
	size_t n;
	json_t *report;
	FILE *p;

	snprintf(command, sizeof(command), "./enforcetls -c %s --json log "
	    "verify", policy_path);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(text, 1, sizeof(text) - 1, p);
	text[n] = '\0';
	if (pclose(p) != 0)
		fail_msg("log verify: %s", text);
	report = json_loads(text, 0, NULL);
	assert_non_null(report);
	return report;
}

static void
want_log(const char *label, long lines, long lost)
{
	json_t *report = verify();

	want_number(label, "lines",
	    (long)json_integer_value(json_object_get(report, "lines")), lines);
	want_number(label, "lost",
	    (long)json_integer_value(json_object_get(report, "lost")), lost);
	want_that(label, "whole", json_is_true(json_object_get(report,
	    "whole")));
	json_decref(report);
}

__attribute__((format(printf, 1, 2)))
static long
run(const char *format, ...)
{
	char command[600], text[64] = "";
	va_list values;
	FILE *p;

	va_start(values, format);
	vsnprintf(command, sizeof(command), format, values);
	va_end(values);
	p = popen(command, "r");
	assert_non_null(p);
	if (fgets(text, sizeof(text), p) == NULL)
		text[0] = '\0';
	pclose(p);
	return strtol(text, NULL, 10);
}

/* Rotation by size, by rename, and by rename with a reload; one of the old
 * files is compressed. No line is lost, and one chain includes all files. */
static void
a_rotation_loses_no_line(void **state ATTR_UNUSED)
{
	struct filter *f;
	char moved[320];

	write_policy("policy.conf", "max_size = \"64k\";", bank);
	begin();
	f = session();
	send_refused(f, 200);
	sleep_ms(1300);
	send_refused(f, 50);
	sleep_ms(1300);
	want_that("by size", "there are older files", run("ls %s-* | wc -l",
	    decisions) > 0);
	snprintf(moved, sizeof(moved), "%s.1", decisions);
	assert_int_equal(rename(decisions, moved), 0);
	send_refused(f, 20);
	sleep_ms(1300);
	assert_int_equal(access(decisions, F_OK), 0);
	run("gzip %s-*", decisions);
	send_refused(f, 10);
	snprintf(moved, sizeof(moved), "%s.0", decisions);
	sleep_ms(100);
	assert_int_equal(rename(decisions, moved), 0);
	daemon_signal(&d, SIGUSR1);
	send_refused(f, 30);
	filter_quit(&f);
	end();
	want_log("turned over", 310, 0);
}

/* Mounts a small file system for the log. */
static bool
mount_disk(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("tmpfs", disk, "tmpfs", 0, "size=32m") == 0;
}

static void
on_a_full_disk_mail_goes_on(void **state ATTR_UNUSED)
{
	enum { FEW = 100, MANY = 14000 };
	struct filter *f;
	long lines, lost;

	if (geteuid() != 0 || !mount_disk())
		skip();
	write_policy("policy.conf", "", bank);
	begin();
	f = session();
	send_refused(f, FEW);
	run("dd if=/dev/zero of=%s/filler bs=64k 2>&1 | wc -l", disk);
	/* More records than the queue holds; every message is answered. */
	send_refused(f, MANY);
	want_that("full", "the daemon reports it", daemon_printed(&d, 0,
	    "No space left"));
	run("rm %s/filler", disk);
	want_that("room again", "the daemon reports it", daemon_printed(&d, 0,
	    "is written again"));
	send_refused(f, FEW);
	filter_quit(&f);
	end();
	lines = run("grep -c '\"ref\"' %s", decisions);
	lost = run("sed -n 's/.*\"lost\":\\([0-9]*\\).*/\\1/p' %s",
	    decisions);
	want_that("full", "some were lost", lost > 0);
	want_number("full", "on record or counted as lost", lines + lost,
	    2 * FEW + MANY);
	want_log("full", lines + 1, lost);
	umount(disk);
}

static json_t *
record_of(const char *text)
{
	static char line[65536];
	FILE *f = fopen(decisions, "r");
	json_t *found = NULL;

	assert_non_null(f);
	while (found == NULL && fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, text) != NULL)
			found = json_loads(line, 0, NULL);
	fclose(f);
	if (found == NULL)
		fail_msg("no record with %s", text);
	return found;
}

static const struct {
	const char *domain;
	char answer;                    /* by the policy in force */
	const char *applied;            /* by the candidate */
	const char *partner;
} observed[] = {
	{ "bank.example", 'y', "pass", NULL },
	{ "court.example", 'c', "defer", "court" },
	{ "other.example", 'c', "pass", NULL },
};

static void
a_candidate_is_recorded_and_never_acts(void **state ATTR_UNUSED)
{
	struct filter *f;

	write_policy("next.conf", "", bank_and_court);
	write_policy("policy.conf", "", "candidate = \"next.conf\";\n"
	    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
	    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n");
	begin();
	f = session();
	for (size_t i = 0; i < COUNT_OF(observed); i++)
		assert_int_equal(send_message(f, observed[i].domain),
		    observed[i].answer);
	filter_quit(&f);
	end();
	for (size_t i = 0; i < COUNT_OF(observed); i++) {
		const char *label = observed[i].domain;
		json_t *record = record_of(label);
		json_t *candidate = json_object_get(record, "candidate");

		want_text(label, "applied", json_string_value(
		    json_object_get(candidate, "applied")),
		    observed[i].applied);
		want_text(label, "partner", json_string_value(
		    json_object_get(candidate, "partner")),
		    observed[i].partner);
		json_decref(record);
	}
}

/* A candidate that does not load is reported; the policy applies without it. */
static void
a_candidate_that_does_not_load_is_reported(void **state ATTR_UNUSED)
{
	struct filter *f;
	json_t *record;

	write_policy("next.conf", "", "wrong = 1;\n");
	write_policy("policy.conf", "", "candidate = \"next.conf\";\n"
	    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
	    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n");
	begin();
	want_that("candidate", "is reported", daemon_printed(&d, 0,
	    "candidate not loaded: wrong"));
	f = session();
	send_refused(f, 1);
	filter_quit(&f);
	end();
	record = record_of("bank.example");
	want_that("candidate", "null", json_is_null(json_object_get(record,
	    "candidate")));
	json_decref(record);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(a_rotation_loses_no_line),
	TEST(a_candidate_is_recorded_and_never_acts),
	TEST(a_candidate_that_does_not_load_is_reported),
	/* Must be last: it unmounts the file system. */
	TEST(on_a_full_disk_mail_goes_on),
};

RUN_TESTS(tests)
