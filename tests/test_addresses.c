/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_addresses - no local part is in anything that the running daemon writes,
 * with log.addresses = "domain" or "hashed"
 *
 * A mail shows its people wherever an MTA can show one. Then the whole folder,
 * standard error and syslog are searched, and the command must find the mail.
 */
#include "config.h"

#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/folder.h"

/* Local parts, login names and a person in a certificate, of which none may be
 * found. "rowley" is in the policy, as the key of a row without a name. */
static const char *const persons[] = { "annabel", "borisov", "cecilie",
	"dorothea", "rowley" };

static struct folder f;
static char policy[256], sock[256], log_folder[256], dev[256];
static struct daemon d;
static int dev_log = -1;

static void
write_policy(const char *log)
{
	char text[2048];

	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s/state\";\n"
	    "milter = { listen = \"unix:%s\"; };\n"
	    "control = { listen = [ \"unix:%s/control\" ]; };\n"
	    "log = { decisions = \"%s/decisions.jsonl\"; syslog = true; %s };\n"
	    "reply_names_partner = true;\n"
	    "profiles = ( { name = \"strict\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n"
	    "tables = \"rows\";\n"
	    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n"
	    "  inbound = { level = \"verify\"; stage = \"log-only\";\n"
	    "    logins = \"dorothea\"; };\n"
	    "  entry = { level = \"encrypt\"; stage = \"log-only\"; }; } );\n",
	    geteuid() == 0 ? "root" : "nobody", f.path, sock, f.path,
	    log_folder, log);
	folder_write(&f, "policy.conf", text, strlen(text));
	folder_write_text(&f, "rows", "rowley@corp.example strict\n");
}

static int
set_up(void **state ATTR_UNUSED)
{
	char state_folder[256];

	folder_create(&f);
	folder_path(&f, "policy.conf", policy);
	folder_path(&f, "sock", sock);
	folder_path(&f, "log", log_folder);
	folder_path(&f, "dev", dev);
	folder_path(&f, "state", state_folder);
	return mkdir(log_folder, 0755) == 0 ? mkdir(state_folder, 0700) : -1;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	struct err e;

	if (d.pid > 0)
		daemon_stop(&d, SIGKILL, &e);
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
end(void)
{
	struct err e = { .text = "" };

	if (daemon_stop(&d, SIGTERM, &e) != EX_OK)
		fail_msg("%s%s", e.text, d.output);
}

/* Sends a recipient and abandons the message, or ends it. */
static void
send_mail(struct filter *filter, const char *to, bool abandon)
{
	static const char *const from[] = { "<annabel@bank.example>", NULL };
	char path[256];
	const char *words[] = { path, NULL };
	struct answer answer;
	struct err e = { .text = "" };
	int r;

	snprintf(path, sizeof(path), "<%s>", to);
	filter_set(filter, "{rcpt_addr}", to);
	r = filter_mail(filter, from, &answer, &e);
	if (r == 0)
		r = filter_rcpt(filter, words, &answer, &e);
	if (r == 0)
		r = abandon || answer.kind != 'c' ? filter_abort(filter, &e)
		    : filter_eom(filter, &answer, &e);
	if (r != 0)
		fail_msg("%s: %s", to, e.text);
}

static void
send_all(void)
{
	static const struct offer offer = { .actions = 0x1ff,
		.steps = 0x1fffff, .postfix = true, .timeout_ms = 10000 };
	static const char *const macros[][2] = {
		{ "v", "Postfix 3.7.11" }, { "j", "mx.corp.example" },
		{ "{client_addr}", "192.0.2.7" }, { "{client_port}", "4444" },
		{ "{mail_addr}", "annabel@bank.example" },
		{ "{rcpt_mailer}", "smtp" }, { "{rcpt_host}", "corp.example" },
		{ "{tls_version}", "TLSv1.3" }, { "{cipher}", "X" },
		{ "{cipher_bits}", "256" },
		{ "{cert_subject}", "cecilie@bank.example" },
		{ "{cert_issuer}", "/CN=CA/emailAddress=cecilie@ca.example" },
		{ "{auth_type}", "PLAIN" }, { "{auth_authen}", "dorothea" },
		{ "{auth_author}", "dorothea" },
	};
	struct err e = { .text = "" };
	char where[300];
	struct filter *filter;

	snprintf(where, sizeof(where), "unix:%s", sock);
	filter = filter_open(where, &offer, &e);
	if (filter == NULL)
		fail_msg("%s", e.text);
	for (size_t i = 0; i < COUNT_OF(macros); i++)
		filter_set(filter, macros[i][0], macros[i][1]);
	send_mail(filter, "borisov@corp.example", false);
	send_mail(filter, "rowley@corp.example", false);
	send_mail(filter, "borisov@corp.example", true);
	send_mail(filter, "\"borisov\"@corp.example", false);
	send_mail(filter, "borisov", false);
	send_mail(filter, "borisov%corp.example", false);
	send_mail(filter, "\"borisov@corp.example", false);
	filter_set(filter, "{rcpt_host}", "borisov@corp.example");
	send_mail(filter, "borisov+x@\"corp.example\"", false);
	/* In clear, so that the row of the address acts. */
	filter_set(filter, "{tls_version}", NULL);
	filter_set(filter, "{cipher}", NULL);
	send_mail(filter, "rowley@corp.example", false);
	filter_quit(&filter);
}

static void
want_nobody(const char *where, const char *text)
{
	for (size_t i = 0; i < COUNT_OF(persons); i++) {
		const char *found = strcasestr(text, persons[i]);

		if (found != NULL)
			fail_msg("%s has %s: %.200s", where, persons[i],
			    found - 60 > text ? found - 60 : text);
	}
}

static int
want_nobody_in_file(const char *path, const struct stat *st, int kind,
    struct FTW *at ATTR_UNUSED)
{
	char *text;
	FILE *in;

	if (kind != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	text = calloc(1, (size_t)st->st_size + 1);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_int_equal(fread(text, 1, (size_t)st->st_size, in),
	    st->st_size);
	fclose(in);
	want_nobody(path, text);
	free(text);
	return 0;
}

static void
want_nobody_in_syslog(unsigned least)
{
	char line[8192];
	unsigned lines = 0;
	ssize_t n;

	while (dev_log >= 0 && (n = recv(dev_log, line, sizeof(line) - 1,
	    MSG_DONTWAIT)) > 0) {
		line[n] = '\0';
		want_nobody("syslog", line);
		lines++;
	}
	want_that("syslog", "had the decisions", dev_log < 0 ||
	    lines >= least);
}

/* How many lines the command prints; it must not fail. */
static long
lines_of(const char *arguments)
{
	char command[512];
	long lines = 0;
	FILE *in;

	snprintf(command, sizeof(command), "./enforcetls -c %s %s", policy,
	    arguments);
	in = popen(command, "r");
	assert_non_null(in);
	for (int c; (c = fgetc(in)) != EOF;)
		lines += c == '\n';
	want_number(command, "exit status", pclose(in), 0);
	return lines;
}

/* As test_unread does; false: it may not. */
static bool
make_dev_log(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char command[1024];

	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return false;
	snprintf(command, sizeof(command), "mkdir %s && mount -t tmpfs tmpfs "
	    "%s && cd %s && for n in null zero full random urandom; do touch "
	    "$n && mount --bind /dev/$n $n || exit 1; done", dev, dev, dev);
	if (system(command) != 0)
		return false;
	dev_log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "%.80s/dev/log", f.path);
	return bind(dev_log, (struct sockaddr *)&name, sizeof(name)) == 0 &&
	    mount(dev, "/dev", NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* The mail was sent, in this form. */
static void
want_private(const char *form, const char *mark)
{
	char command[400];

	snprintf(command, sizeof(command), "test $(grep -c '%s@corp.example' "
	    "%s/decisions.jsonl) -gt 3", mark, log_folder);
	want_number(form, "records", system(command), 0);
	/* Not the policy, nor its copy: the row is the administrator's. */
	want_number(form, "files", nftw(log_folder, want_nobody_in_file, 8,
	    FTW_PHYS), 0);
	want_nobody("stderr", d.output);
	want_nobody_in_syslog(9);
}

static void
domains_alone(void **state ATTR_UNUSED)
{
	make_dev_log();
	write_policy("addresses = \"domain\";");
	begin();
	send_all();
	end();
	want_private("domain", "\"\\[\\]");
	want_number("domain", "found", lines_of("log --address "
	    "borisov@corp.example"), 0);
}

static void
codes(void **state ATTR_UNUSED)
{
	make_dev_log();
	write_policy("addresses = \"hashed\";");
	begin();
	send_all();
	end();
	want_private("hashed", "\"\\[[0-9a-f]\\{20\\}\\]");
	/* The accepted one, the abandoned one and the quoted one: an inbound
	 * decision each. */
	want_number("recipient", "found", lines_of("log --address "
	    "Borisov@CORP.example"), 3);
	want_that("sender", "found", lines_of("log --address "
	    "annabel@bank.example") >= 9);
	want_that("login", "found", lines_of("log --address dorothea") >= 9);
	want_number("nobody", "found", lines_of("log --address "
	    "annabel@corp.example"), 0);
	want_that("the row of an address", "found", lines_of("log --partner "
	    "rowley@corp.example") >= 2);
	want_that("the partner", "found", lines_of("log --partner bank") >= 9);
}

/* Fails closed: without the key nothing is in clear. */
static void
no_key(void **state ATTR_UNUSED)
{
	make_dev_log();
	write_policy("addresses = \"hashed\"; "
	    "addresses_key = \"/nonexistent/key\";");
	begin();
	send_all();
	assert_true(daemon_printed(&d, 0, "only the domains of addresses are "
	    "recorded"));
	end();
	want_private("no key", "\"\\[\\]");
}

/* This test finds what it looks for. */
static void
in_full(void **state ATTR_UNUSED)
{
	write_policy("");
	begin();
	send_all();
	end();
	for (size_t i = 0; i < COUNT_OF(persons); i++) {
		char command[400];

		snprintf(command, sizeof(command), "grep -q %s "
		    "%s/decisions.jsonl", persons[i], log_folder);
		want_number(persons[i], "recorded", system(command), 0);
	}
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	TEST(in_full),
	TEST(domains_alone),
	TEST(codes),
	TEST(no_key),
};

RUN_TESTS(tests)
