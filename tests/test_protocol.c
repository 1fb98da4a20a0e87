/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_protocol - the built daemon, with MTAs that misbehave in every way
 */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <libmilter/mfdef.h>

#include "policy/base/limits.h"
#include "tests/cases.h"
#include "tests/driver/filter.h"
#include "tests/driver/play_daemon.h"
#include "tests/driver/policyfile.h"

static char folder[] = "/tmp/enforcetls-protocol.XXXXXX";
static struct caller caller = { .folder = folder, .mta = "auto" };

static const struct policy_text usual = { .text = { NULL, 0 } };

static struct policy_text
text_of(const char *text)
{
	struct policy_text policy = usual;

	policy.text = slice_of(text);
	return policy;
}

static const char usual_rows[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; },\n"
    "  { name = \"held\"; domains = [ \"hold.test\" ];\n"
    "    entry = { level = \"encrypt\"; stage = \"hold\"; }; } );\n";

static const char other_rows[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; } );\n";

static const char no_rows[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypted\"; stage = \"reject\"; }; } );\n";

static void
must(int result, const char *label, const struct err *e)
{
	if (result < 0)
		fail_msg("%s: %s", label, e->text);
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* --- one session --- */

static struct filter *
open_with(uint32_t actions, uint32_t steps, bool postfix, struct err *e)
{
	struct offer offer = { .actions = actions, .steps = steps,
		.postfix = postfix };
	char where[256];
	struct filter *f;

	snprintf(where, sizeof(where), "unix:%s/milter.sock", folder);
	f = filter_open(where, &offer, e);
	if (f == NULL)
		return NULL;
	filter_set(f, "v", postfix ? "Postfix 3.7.11" : "8.17.1.9");
	filter_set(f, "j", "mx.hop.test");
	/* Without it DATA is the last event, and what waits is refused. */
	filter_set(f, "i", "4XJ2k");
	filter_set(f, "{client_addr}", "192.0.2.7");
	filter_set(f, "{client_port}", "40000");
	filter_set(f, "{daemon_port}", "25");
	filter_set(f, "{mail_addr}", "a@origin.test");
	return f;
}

static struct filter *
open_usual(bool postfix, struct err *e)
{
	return open_with(WIRE_ACTIONS, WIRE_STEPS, postfix, e);
}

static int
send_rcpt(struct filter *f, const char *domain, struct answer *a,
    struct err *e)
{
	char typed[256], plain[256];
	const char *const words[] = { typed, NULL };

	snprintf(typed, sizeof(typed), "<x@%s>", domain);
	snprintf(plain, sizeof(plain), "x@%s", domain);
	filter_set(f, "{rcpt_addr}", plain);
	filter_set(f, "{rcpt_host}", domain);
	filter_set(f, "{rcpt_mailer}", "smtp");
	return filter_rcpt(f, words, a, e);
}

static int
send_mail(struct filter *f, struct err *e)
{
	static const char *const words[] = { "<a@origin.test>", NULL };
	struct answer a;

	return filter_mail(f, words, &a, e);
}

/* Whether a new session gets the answers of the policy. */
static void
must_judge(const char *label, const char *code)
{
	struct err e = { 0 };
	struct answer a = { 0 };
	struct filter *f = open_usual(true, &e);

	if (f == NULL)
		fail_msg("%s: %s", label, e.text);
	must(send_mail(f, &e), label, &e);
	must(send_rcpt(f, "bank.test", &a, &e), label, &e);
	if (a.kind != SMFIR_REPLYCODE
	    || strncmp(a.text, code, strlen(code)) != 0)
		fail_msg("%s: wanted %s, got '%c' %s", label, code, a.kind,
		    a.text);
	filter_quit(&f);
}

/* --- stopped after any step --- */

enum { STEPS = 11 };

/* Runs the first n steps of a session. */
static void
go(struct filter *f, unsigned n, struct err *e)
{
	struct answer a;

	for (unsigned i = 0; i < n; i++)
		switch (i) {
		case 0:
			filter_connect(f, "client.test", SMFIA_INET, 40000,
			    "192.0.2.7", &a, e);
			break;
		case 1:
			filter_helo(f, "client.test", &a, e);
			break;
		case 2:
			send_mail(f, e);
			break;
		case 3:
			send_rcpt(f, "hold.test", &a, e);
			break;
		case 4:
			send_rcpt(f, "bank.test", &a, e);
			break;
		case 5:
			filter_data(f, &a, e);
			break;
		case 6:
			filter_header(f, "Subject", "x", &a, e);
			break;
		case 7:
			filter_eoh(f, &a, e);
			break;
		case 8:
			filter_body(f, SLICE("hi\r\n"), &a, e);
			break;
		case 9:
			filter_eom(f, &a, e);
			break;
		default:
			send_mail(f, e);
			break;
		}
}

static void
stop_everywhere(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		struct err e = { 0 };
		struct filter *f = open_usual(i % 2 == 0, &e);

		if (f == NULL)
			fail_msg("session %u: %s", i, e.text);
		go(f, i % (STEPS + 1), &e);
		if (e.text[0] != '\0')
			fail_msg("session %u: %s", i, e.text);
		if (i % 3 == 0)
			filter_quit(&f);
		else
			filter_drop(&f);
	}
}

static void
test_nothing_is_left_of_sessions_stopped_anywhere(void **state ATTR_UNUSED)
{
	unsigned long before, after;
	unsigned open;

	stop_everywhere(3000);
	pause_ms(200);
	open = daemon_descriptors(&caller.daemon);
	before = daemon_memory(&caller.daemon, "VmRSS");
	stop_everywhere(9000);
	pause_ms(100);
	after = daemon_memory(&caller.daemon, "VmRSS");
	/* Threads and heaps vary by some hundred KiB; a leak of 100 bytes a
	 * session would be more. */
	if (MEMORY_TELLS && after > before + 800)
		fail_msg("9000 sessions later: %lu KiB more",
		    after - before);
	for (int i = 0; i < 500
	    && daemon_descriptors(&caller.daemon) > open; i++)
		pause_ms(10);
	if (daemon_descriptors(&caller.daemon) > open)
		fail_msg("descriptors left open: %u, at first %u",
		    daemon_descriptors(&caller.daemon), open);
	must_judge("afterwards", "550 5.7.10");
}

/* --- values of every size and shape --- */

static void
test_odd_macro_values_are_survived(void **state ATTR_UNUSED)
{
	static const char *const names[] = { "{client_addr}",
		"{client_name}", "{client_port}", "{tls_version}",
		"{cipher}", "{cipher_bits}", "{cert_subject}",
		"{cert_issuer}", "{verify}", "{cn_subject}",
		"{cert_md5}", "{auth_type}", "{auth_authen}", "{mail_addr}",
		"{daemon_name}", "{daemon_port}", "{rcpt_mailer}", "i", "j",
		"v" };
	static const size_t sizes[] = { 0, 1, 255, 256, 2047, 2048, 2049,
		20000, 60000 };
	static char value[60000];

	for (size_t n = 0; n < COUNT_OF(names); n++)
		for (size_t s = 0; s < COUNT_OF(sizes); s++) {
			struct err e = { 0 };
			struct filter *f = open_usual(true, &e);
			struct answer a = { 0 };

			assert_non_null(f);
			for (size_t i = 0; i < sizes[s]; i++)
				value[i] = (char)(1 + (i * 7 + n) % 255);
			filter_set_bytes(f, names[n], (struct slice){
			    value, sizes[s] });
			must(send_mail(f, &e), names[n], &e);
			must(send_rcpt(f, "bank.test", &a, &e), names[n], &e);
			/* Some make it undecided. None makes it pass, except a
			 * TLS version that may be valid. */
			if (a.kind != SMFIR_REPLYCODE
			    && strcmp(names[n], "{tls_version}") != 0)
				fail_msg("%s of %zu octets: '%c'", names[n],
				    sizes[s], a.kind);
			filter_quit(&f);
		}
	must_judge("afterwards", "550 5.7.10");
}

static void
test_odd_addresses_are_never_no_rule(void **state ATTR_UNUSED)
{
	static const char *const typed[] = { "<x@bank.test", "x@bank.test>",
		"<x@BANK.test>", "<x@bank.test.>", "<\"x\"@bank.test>",
		"<@a:x@bank.test>", "<x@@bank.test>",
		"<x@bank.test> SIZE=1" };

	for (size_t i = 0; i < COUNT_OF(typed); i++) {
		const char *const words[] = { typed[i], NULL };
		struct err e = { 0 };
		struct filter *f = open_usual(true, &e);
		struct answer a = { 0 };

		assert_non_null(f);
		filter_set(f, "{rcpt_addr}", "x@bank.test");
		filter_set(f, "{rcpt_host}", "gw.other.test");
		filter_set(f, "{rcpt_mailer}", "smtp");
		must(send_mail(f, &e), typed[i], &e);
		must(filter_rcpt(f, words, &a, &e), typed[i], &e);
		if (a.kind != SMFIR_REPLYCODE)
			fail_msg("%s: '%c'", typed[i], a.kind);
		filter_quit(&f);
	}
}

/* --- packets in no order --- */

static const struct {
	const char *label;
	struct slice bytes;
} packets[] = {
	{ "a RCPT without an address", { "\0\0\0\1R", 5 } },
	{ "a RCPT without its end", { "\0\0\0\3R<x", 7 } },
	{ "a MAIL without an address", { "\0\0\0\1M", 5 } },
	{ "macros without a command", { "\0\0\0\1D", 5 } },
	{ "macros of a command nobody knows", { "\0\0\0\4DZi\0", 8 } },
	{ "macros without an end", { "\0\0\0\4DRii", 8 } },
	{ "a macro without a value", { "\0\0\0\4DRi\0", 8 } },
	{ "an end of message out of nowhere", { "\0\0\0\1E", 5 } },
	{ "a header out of nowhere", { "\0\0\0\5LA\0b\0", 9 } },
	{ "a body out of nowhere", { "\0\0\0\3Bhi", 7 } },
	{ "DATA out of nowhere", { "\0\0\0\1T", 5 } },
	{ "an abort", { "\0\0\0\1A", 5 } },
	{ "three aborts", { "\0\0\0\1A\0\0\0\1A\0\0\0\1A", 15 } },
	{ "a command nobody knows", { "\0\0\0\1Z", 5 } },
	{ "a packet of no length", { "\0\0\0\0", 4 } },
	{ "a packet of too great a length", { "\1\0\0\0R", 5 } },
	{ "a packet of the greatest length", { "\377\377\377\377R", 5 } },
	{ "half a packet", { "\0\0\1\0R<x@", 8 } },
	{ "an offer in the middle",
	    { "\0\0\0\15O\0\0\0\6\0\0\1\377\0\37\377\377", 17 } },
	{ "half an offer", { "\0\0\0\5O\0\0\0\6", 9 } },
	{ "an end of the session, and more", { "\0\0\0\1Q\0\0\0\1A", 10 } },
	{ "a new connection's greeting", { "\0\0\0\1K", 5 } },
	{ "a connect of an odd family", { "\0\0\0\4Cx\0Z", 8 } },
	{ "a connect without its port", { "\0\0\0\5Cx\0004\1", 9 } },
};

static void
test_packets_in_no_order_are_survived(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(packets); i++)
		for (unsigned after = 0; after <= STEPS; after++) {
			struct err e = { 0 };
			struct filter *f = open_usual(after % 2 == 0, &e);

			if (f == NULL)
				fail_msg("%s: %s", packets[i].label, e.text);
			go(f, after, &e);
			filter_bytes(f, packets[i].bytes, &e);
			filter_drop(&f);
		}
	for (size_t i = 0; i < COUNT_OF(packets); i++)
		must_judge(packets[i].label, "550 5.7.10");
}

static void
test_old_mtas_get_no_pass(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		uint32_t version, actions, steps;
	} old[] = {
		{ "version 2", 2, 0x3f, 0x7f },
		{ "version 2 that can do nothing", 2, 0, 0x7f },
		{ "version 6 that can do nothing", 6, 0, 0x1fffff },
		{ "version 6 without symbol lists", 6, 0xff, 0x1fffff },
		{ "version 4", 4, 0x3f, 0x3ff },
	};

	for (size_t i = 0; i < COUNT_OF(old); i++) {
		struct offer offer = { .version = old[i].version,
			.actions = old[i].actions, .steps = old[i].steps,
			.postfix = true };
		struct err e = { 0 };
		struct answer a = { 0 };
		char where[256];
		struct filter *f;

		snprintf(where, sizeof(where), "unix:%s/milter.sock", folder);
		f = filter_open(where, &offer, &e);
		/* If the daemon refuses the session, the MTA takes its default
		 * action. */
		if (f == NULL)
			continue;
		filter_connect(f, "c", SMFIA_INET, 1, "192.0.2.7", &a, &e);
		filter_helo(f, "c", &a, &e);
		send_mail(f, &e);
		if (send_rcpt(f, "bank.test", &a, &e) == 0
		    && a.kind != SMFIR_REPLYCODE
		    && a.kind != SMFIR_TEMPFAIL)
			fail_msg("%s: '%c'", old[i].label, a.kind);
		filter_quit(&f);
	}
	must_judge("afterwards", "550 5.7.10");
}

/* One more client over the connection of the previous one (SMFIC_QUIT_NC). */
static void
test_a_second_client_on_one_connection_is_judged(void **state ATTR_UNUSED)
{
	struct err e = { 0 };
	struct answer a = { 0 };
	struct filter *f = open_usual(true, &e);

	assert_non_null(f);
	filter_set(f, "{tls_version}", "TLSv1.3");
	must(send_mail(f, &e), "MAIL", &e);
	must(send_rcpt(f, "bank.test", &a, &e), "RCPT over TLS", &e);
	assert_int_equal(a.kind, SMFIR_CONTINUE);
	must(filter_raw(f, SMFIC_QUIT_NC, SLICE(""), &e), "QUIT_NC", &e);
	filter_set(f, "{tls_version}", NULL);
	filter_connect(f, "client.test", SMFIA_INET, 40001, "192.0.2.8", &a,
	    &e);
	must(send_mail(f, &e), "MAIL", &e);
	must(send_rcpt(f, "bank.test", &a, &e), "RCPT over plaintext", &e);
	if (a.kind != SMFIR_REPLYCODE)
		fail_msg("the second client was answered '%c'", a.kind);
	filter_quit(&f);
}

/* What one message makes the daemon store is bounded. */
static void
test_recipients_without_number_are_survived(void **state ATTR_UNUSED)
{
	struct err e = { 0 };
	struct answer a = { 0 };
	struct filter *f = open_usual(true, &e);
	unsigned accepted = 0, deferred = 0, most = 1000;

	assert_non_null(f);
	must(send_mail(f, &e), "MAIL", &e);
	for (unsigned i = 0; i < most + 50; i++) {
		must(send_rcpt(f, "hold.test", &a, &e), "RCPT", &e);
		accepted += a.kind == SMFIR_CONTINUE;
		deferred += a.kind == SMFIR_REPLYCODE && *a.text == '4';
	}
	if (accepted != most || deferred != 50)
		fail_msg("%u accepted, %u deferred", accepted, deferred);
	must(filter_eom(f, &a, &e), "end of message", &e);
	if (!a.quarantined)
		fail_msg("the end was answered '%c', not held", a.kind);
	filter_quit(&f);
	must_judge("afterwards", "550 5.7.10");
}

/* --- the log --- */

static void
test_the_log_is_whole_lines_of_json(void **state ATTR_UNUSED)
{
	static char line[LIMIT_DECISION * 2];
	char path[256];
	unsigned n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/decisions.jsonl", folder);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t length = strlen(line);
		json_t *record = json_loads(line, 0, NULL);

		n++;
		if (record == NULL || line[length - 1] != '\n')
			fail_msg("line %u is not JSON: %.200s", n, line);
		if (length > LIMIT_DECISION + 128)
			fail_msg("line %u has %zu octets", n, length);
		json_decref(record);
	}
	fclose(f);
	if (n < 100)
		fail_msg("only %u lines", n);
}

/* --- reload --- */

static void
test_a_bad_file_leaves_the_daemon_unharmed(void **state ATTR_UNUSED)
{
	struct policy_text bad = text_of(no_rows), good = text_of(other_rows);
	struct surroundings around = { .folder = folder, .mta = "auto" };
	struct err e = { 0 };
	char path[256];
	size_t from;

	must_judge("before", "550 5.7.10");
	daemon_read_output(&caller.daemon);
	from = caller.daemon.output_n;
	snprintf(path, sizeof(path), "%s/enforcetls.conf", folder);
	must(policyfile_write(path, bad.text, &around, &e), "write", &e);
	daemon_signal(&caller.daemon, SIGUSR1);
	/* The wrong word, and the nearest known one. */
	if (!daemon_printed(&caller.daemon, from, "encrypted"))
		fail_msg("it did not report what was wrong: %s",
		    caller.daemon.output + from);
	must_judge("with a file that does not load", "550 5.7.10");
	must(caller_reload(&caller, &good, &e), "reload", &e);
	must_judge("with a file that loads", "451 4.7.10");
	good = text_of(usual_rows);
	must(caller_reload(&caller, &good, &e), "reload", &e);
	must_judge("with the first file again", "550 5.7.10");
}

static const char outbound_rows[] =
    "map = { postfix_version = \"3.11\"; };\n"
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  outbound = { level = \"encrypt\"; stage = \"defer\"; }; } );\n";

/* RFC 8689 section 4.1: REQUIRETLS overrides TLS-Required: no; no other
 * parameter of MAIL does. */
static void
test_only_requiretls_beats_tls_required_no(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *parameter;
		char answer;
	} mails[] = {
		{ "no parameter", NULL, SMFIR_REPLYCODE },
		{ "another parameter", "SIZE=100", SMFIR_REPLYCODE },
		{ "one that begins like it", "REQUIRETLSX", SMFIR_REPLYCODE },
		{ "REQUIRETLS", "RequireTLS", SMFIR_CONTINUE },
	};
	struct policy_text outbound = text_of(outbound_rows);
	struct policy_text good = text_of(usual_rows);
	struct err e = { 0 };

	must(caller_reload(&caller, &outbound, &e), "reload", &e);
	for (size_t i = 0; i < COUNT_OF(mails); i++) {
		const char *const words[] = { "<a@origin.test>",
			mails[i].parameter, NULL };
		const char *label = mails[i].label;
		struct filter *f = open_usual(true, &e);
		struct answer a = { 0 };

		if (f == NULL)
			fail_msg("%s: %s", label, e.text);
		must(filter_mail(f, words, &a, &e), label, &e);
		must(send_rcpt(f, "bank.test", &a, &e), label, &e);
		must(filter_header(f, "TLS-Required", "no", &a, &e), label,
		    &e);
		must(filter_eom(f, &a, &e), label, &e);
		if (a.kind != mails[i].answer)
			fail_msg("%s: got '%c' %s", label, a.kind, a.text);
		filter_quit(&f);
	}
	must(caller_reload(&caller, &good, &e), "reload", &e);
}

static void
test_many_reloads_lose_no_session(void **state ATTR_UNUSED)
{
	struct policy_text one = text_of(usual_rows);
	struct policy_text two = text_of(other_rows);
	struct filter *f[32];
	struct err e = { 0 };
	unsigned long before = 0;

	for (size_t i = 0; i < 32; i++) {
		f[i] = open_usual(true, &e);
		assert_non_null(f[i]);
		must(send_mail(f[i], &e), "MAIL", &e);
	}
	for (unsigned round = 0; round < 60; round++) {
		struct answer a = { 0 };

		if (round == 20)
			before = daemon_memory(&caller.daemon, "VmRSS");
		must(caller_reload(&caller, round % 2 ? &one : &two, &e),
		    "reload", &e);
		must(filter_abort(f[round % 32], &e), "abort", &e);
		must(send_mail(f[round % 32], &e), "MAIL", &e);
		must(send_rcpt(f[round % 32], "bank.test", &a, &e), "RCPT",
		    &e);
		if (strncmp(a.text, round % 2 ? "550" : "451", 3) != 0)
			fail_msg("reload %u: %s", round, a.text);
	}
	if (MEMORY_TELLS
	    && daemon_memory(&caller.daemon, "VmRSS") > before + 1024)
		fail_msg("40 reloads later: %lu KiB more",
		    daemon_memory(&caller.daemon, "VmRSS") - before);
	for (size_t i = 0; i < 32; i++)
		filter_quit(&f[i]);
}

/* --- start and end --- */

static int
run_once(const char *const *argv, struct daemon *d, struct err *e)
{
	int status;

	if (daemon_start(d, argv, NULL, e) < 0)
		return -1;
	status = daemon_stop(d, 0, e);
	return status;
}

static void
test_a_running_daemons_socket_is_refused(void **state ATTR_UNUSED)
{
	char conf[256];
	const char *const argv[] = { daemon_program(), "-f", "-c", conf,
		NULL };
	struct daemon d;
	struct err e = { 0 };
	int status;

	snprintf(conf, sizeof(conf), "%s/enforcetls.conf", folder);
	status = run_once(argv, &d, &e);
	if (status <= 0 || status > 128)
		fail_msg("wanted a refusal, got %d %s", status, e.text);
	if (d.output == NULL || strstr(d.output, "milter.sock") == NULL)
		fail_msg("it did not name the socket: %s", d.output);
	daemon_clear(&d);
	must_judge("the first one, afterwards", "550 5.7.10");
}

static void
test_a_bad_file_at_the_start_ends_it(void **state ATTR_UNUSED)
{
	struct surroundings around = { .folder = folder, .mta = "auto" };
	struct policy_text bad = text_of(no_rows);
	char conf[256];
	const char *const start[] = { daemon_program(), "-f", "-c", conf,
		NULL };
	const char *const check[] = { daemon_program(), "-n", "-c", conf,
		NULL };
	struct err e = { 0 };
	struct daemon d;

	snprintf(conf, sizeof(conf), "%s/bad.conf", folder);
	must(policyfile_write(conf, bad.text, &around, &e), "write", &e);
	assert_int_equal(run_once(check, &d, &e), 78);
	daemon_clear(&d);
	assert_int_equal(run_once(start, &d, &e), 78);
	daemon_clear(&d);
	snprintf(conf, sizeof(conf), "%s/enforcetls.conf", folder);
	assert_int_equal(run_once(check, &d, &e), 0);
	daemon_clear(&d);
}

/* Restarts it with the decision log at path; NULL: in the folder. */
static void
restart(const char *decisions)
{
	char conf[256], sock[256];
	const char *const argv[] = { daemon_program(), "-f", "-c", conf,
		NULL };
	struct surroundings around = { .folder = folder, .mta = "auto",
		.decisions = decisions };
	struct err e = { 0 };

	must(caller_stop(&caller, &e), "stop", &e);
	snprintf(conf, sizeof(conf), "%s/enforcetls.conf", folder);
	snprintf(sock, sizeof(sock), "%s/milter.sock", folder);
	must(policyfile_write(conf, slice_of(usual_rows), &around, &e),
	    "write", &e);
	must(daemon_start(&caller.daemon, argv, sock, &e), "start", &e);
}

static void
test_a_full_log_disk_stops_no_mail(void **state ATTR_UNUSED)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/full.jsonl", folder);
	if (symlink("/dev/full", path) < 0)
		fail_msg("symlink");
	restart(path);
	for (int i = 0; i < 300; i++)
		must_judge("a full disk", "550 5.7.10");
	if (!daemon_printed(&caller.daemon, 0, "full.jsonl"))
		fail_msg("it did not report this: %s", caller.daemon.output);
	restart(NULL);
	must_judge("afterwards", "550 5.7.10");
	unlink(path);
}

static void
test_it_stops_with_sessions_open(void **state ATTR_UNUSED)
{
	struct filter *f[200];
	struct err e = { 0 };
	double start;
	int status;

	for (size_t i = 0; i < 200; i++) {
		f[i] = open_usual(true, &e);
		if (f[i] == NULL)
			fail_msg("session %zu: %s", i, e.text);
		go(f[i], (unsigned)(i % STEPS), &e);
	}
	start = now_ms();
	status = daemon_stop(&caller.daemon, SIGTERM, &e);
	print_message("stopped with 200 sessions open in %.0f ms\n",
	    now_ms() - start);
	if (status != 0)
		fail_msg("status %d: %s: %s", status, e.text,
		    caller.daemon.output);
	daemon_clear(&caller.daemon);
	for (size_t i = 0; i < 200; i++)
		filter_drop(&f[i]);
	must(caller_start(&caller, &(struct policy_text){
	    .text = slice_of(usual_rows) }, &e), "start", &e);
}

static void
test_killed_it_leaves_nothing_in_the_way(void **state ATTR_UNUSED)
{
	struct err e = { 0 };
	struct filter *f = open_usual(true, &e);
	struct answer a = { 0 };

	assert_non_null(f);
	must(send_mail(f, &e), "MAIL", &e);
	daemon_stop(&caller.daemon, SIGKILL, &e);
	daemon_clear(&caller.daemon);
	if (send_rcpt(f, "bank.test", &a, &e) == 0)
		fail_msg("a dead daemon answered '%c'", a.kind);
	filter_drop(&f);
	must(caller_start(&caller, &(struct policy_text){
	    .text = slice_of(usual_rows) }, &e), "start", &e);
	must_judge("the next one", "550 5.7.10");
}

static int
set_up(void **state ATTR_UNUSED)
{
	struct policy_text policy = text_of(usual_rows);
	struct err e = { 0 };

	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(folder) == NULL
	    || caller_start(&caller, &policy, &e) < 0) {
		print_error("%s\n", e.text);
		return -1;
	}
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	static const char *const names[] = { "enforcetls.conf", "bad.conf",
		"decisions.jsonl", "full.jsonl", "milter.sock",
		"milter.sock.lock", "state" };
	struct err e = { 0 };
	char path[256];
	int result = caller_stop(&caller, &e);

	if (result < 0)
		print_error("%s\n", e.text);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
	return result;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(
	    test_nothing_is_left_of_sessions_stopped_anywhere),
	cmocka_unit_test(test_odd_macro_values_are_survived),
	cmocka_unit_test(test_odd_addresses_are_never_no_rule),
	cmocka_unit_test(test_packets_in_no_order_are_survived),
	cmocka_unit_test(test_old_mtas_get_no_pass),
	cmocka_unit_test(
	    test_a_second_client_on_one_connection_is_judged),
	cmocka_unit_test(test_recipients_without_number_are_survived),
	cmocka_unit_test(test_the_log_is_whole_lines_of_json),
	cmocka_unit_test(test_a_bad_file_leaves_the_daemon_unharmed),
	cmocka_unit_test(test_only_requiretls_beats_tls_required_no),
	cmocka_unit_test(test_many_reloads_lose_no_session),
	cmocka_unit_test(test_a_running_daemons_socket_is_refused),
	cmocka_unit_test(test_a_bad_file_at_the_start_ends_it),
	cmocka_unit_test(test_a_full_log_disk_stops_no_mail),
	cmocka_unit_test(test_it_stops_with_sessions_open),
	cmocka_unit_test(test_killed_it_leaves_nothing_in_the_way),
};

RUN_TESTS_WITH(tests, set_up, tear_down)
