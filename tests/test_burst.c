/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_burst - one client's burst of records costs no other client's records
 *
 * Forty connections of one client fill messages with recipients and are closed
 * at once, while the disk takes nothing. $BURST_RECIPIENTS sets how many
 * recipients each has, and $BURST_DISK=1 lets the disk take what it can: that
 * is the attack as it was found, for measuring. With forty of several clients,
 * the memory of a recipient is measured.
 */
#include "config.h"

#include <signal.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "policy/base/limits.h"
#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/reading.h"

enum {
	SESSIONS = 40,
	RECIPIENTS = 300,
	/* A client may have at most LIMIT_CLIENT_RECIPIENTS waiting. */
	CLIENTS = 4,
	MOST_OF_ONE = LIMIT_CLIENT_RECIPIENTS / SESSIONS,
	/* Octets, of a recipient with two rules. */
	MEMORY = 1024,
	/* Of the other client, before the burst ends and after. */
	REFUSED = 20,
	RECORDS_EACH = 2
};

static struct folder folder;
static char policy_path[256], sock[256], where[280], decisions[256];
static struct daemon d;

static const char rows[] =
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; },\n"
    "  { name = \"origin\"; domains = [ \"origin.test\" ];\n"
    "    inbound = { level = \"encrypt\"; stage = \"hold\"; }; },\n"
    "  { name = \"held\"; domains = [ \"hold.test\" ];\n"
    "    entry = { level = \"encrypt\"; stage = \"hold\"; }; } );\n";

static void
start_daemon(void)
{
	const char *argv[] = { daemon_program(), "-f", "-c", policy_path,
		NULL };
	struct err e = { .text = "" };
	char text[2048];

	folder_create(&folder);
	folder_path(&folder, "policy.conf", policy_path);
	folder_path(&folder, "sock", sock);
	folder_path(&folder, "decisions.jsonl", decisions);
	snprintf(where, sizeof(where), "unix:%s", sock);
	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s\";\n"
	    "milter = { listen = \"unix:%s\"; mta = \"postfix\"; };\n"
	    "log = { decisions = \"%s\"; };\n%s",
	    geteuid() == 0 ? "root" : "nobody", folder.path, sock, decisions,
	    rows);
	folder_write(&folder, "policy.conf", text, strlen(text));
	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	assert_true(daemon_printed(&d, 0, "takes mail"));
}

static struct filter *
open_session(const char *client)
{
	static const struct offer offer = { .actions = WIRE_ACTIONS,
		.steps = WIRE_STEPS, .postfix = true, .timeout_ms = 30000 };
	static const char *const from[] = { "<a@other.test>", NULL };
	struct err e = { .text = "" };
	struct answer answer;
	struct filter *f = filter_open(where, &offer, &e);

	if (f == NULL)
		fail_msg("%s", e.text);
	filter_set(f, "v", "Postfix 3.7.11");
	filter_set(f, "j", "mx.hop.test");
	filter_set(f, "{client_addr}", client);
	filter_set(f, "{client_port}", "40000");
	filter_set(f, "{daemon_port}", "25");
	filter_set(f, "{rcpt_mailer}", "smtp");
	if (filter_mail(f, from, &answer, &e) < 0)
		fail_msg("%s", e.text);
	return f;
}

static char
send_rcpt(struct filter *f, const char *sender, unsigned number,
    const char *domain)
{
	char typed[96], plain[80];
	const char *const words[] = { typed, NULL };
	struct err e = { .text = "" };
	struct answer a;

	snprintf(plain, sizeof(plain), "user%u@%s", number, domain);
	snprintf(typed, sizeof(typed), "<%s>", plain);
	filter_set(f, "{mail_addr}", sender);
	filter_set(f, "{rcpt_addr}", plain);
	filter_set(f, "{rcpt_host}", domain);
	if (filter_rcpt(f, words, &a, &e) < 0)
		fail_msg("%s", e.text);
	return a.kind;
}

static void
send_refused(struct filter *f, unsigned count)
{
	while (count-- > 0)
		assert_int_equal(send_rcpt(f, "a@other.test", count,
		    "bank.test"), 'y');
}

/* Lets the disk take no more, or everything again. */
static void
stop_disk(bool stopped)
{
	struct rlimit limit = { .rlim_cur = stopped ? 1 : RLIM_INFINITY,
		.rlim_max = RLIM_INFINITY };

	if (getenv("BURST_DISK") == NULL)
		assert_int_equal(prlimit(d.pid, RLIMIT_FSIZE, &limit, NULL),
		    0);
}

/* Of a session; at most so many. */
static unsigned
recipients(unsigned most)
{
	const char *text = getenv("BURST_RECIPIENTS");
	unsigned count = text == NULL ? RECIPIENTS
				      : (unsigned)strtoul(text, NULL, 10);

	return count < most ? count : most;
}

struct counted {
	unsigned long burst, other;     /* records of the two clients */
	unsigned long lost, told;       /* lost, and lost by partner */
	unsigned summaries;
};

static void
count_lost(const json_t *record, struct counted *c)
{
	json_t *one, *list = json_object_get(record, "losses");
	size_t i;

	c->summaries++;
	c->lost += (unsigned long)json_integer_value(json_object_get(record,
	    "lost"));
	json_array_foreach(list, i, one) {
		assert_non_null(json_object_get(one, "partner"));
		assert_non_null(json_object_get(one, "reason"));
		c->told += (unsigned long)json_integer_value(json_object_get(
		    one, "count"));
	}
}

static struct counted
count_log(void)
{
	static char line[LIMIT_DECISION * 2];
	struct counted c = { .burst = 0 };
	FILE *f = fopen(decisions, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		json_t *record = json_loads(line, 0, NULL);
		const char *client;

		if (record == NULL)     /* half written */
			continue;
		client = json_string_value(json_object_get(record,
		    "client_addr"));
		if (client == NULL)
			count_lost(record, &c);
		else if (strcmp(client, "203.0.113.9") == 0)
			c.other++;
		else
			c.burst++;
		json_decref(record);
	}
	fclose(f);
	return c;
}

/* Waits until every record is written or counted as lost. */
static void
wait_for_records(unsigned long all)
{
	struct timespec pause = { 0, 200 * 1000000 };

	for (unsigned i = 0; i < 100; i++) {
		struct counted c = count_log();

		if (c.burst + c.lost >= all)
			return;
		nanosleep(&pause, NULL);
	}
}

/* Opens all sessions, each with so many recipients that wait. Returns what a
 * recipient takes of the daemon's memory, in octets. */
static unsigned long
fill_sessions(struct filter **sessions, unsigned clients, unsigned each)
{
	unsigned long before = daemon_memory(&d, "VmRSS"), after;
	char client[32];

	for (unsigned i = 0; i < SESSIONS; i++) {
		snprintf(client, sizeof(client), "198.51.100.%u",
		    7 + i % clients);
		sessions[i] = open_session(client);
		for (unsigned k = 0; k < each; k++)
			assert_int_equal(send_rcpt(sessions[i],
			    "a@origin.test", k, "hold.test"), 'c');
	}
	after = daemon_memory(&d, "VmRSS");
	return (after - before) * 1024 / (SESSIONS * each);
}

static void
test_a_burst_costs_its_own_records(void **state ATTR_UNUSED)
{
	struct filter *sessions[SESSIONS], *other;
	struct err e = { .text = "" };
	unsigned each = recipients(MOST_OF_ONE);
	unsigned long most, all;
	struct counted c;

	start_daemon();
	stop_disk(true);
	fill_sessions(sessions, 1, each);
	other = open_session("203.0.113.9");
	send_refused(other, REFUSED / 2);
	for (unsigned i = 0; i < SESSIONS; i++)
		filter_drop(&sessions[i]);
	send_refused(other, REFUSED / 2);
	filter_quit(&other);
	stop_disk(false);
	all = (unsigned long)SESSIONS * each * RECORDS_EACH;
	wait_for_records(all);
	most = daemon_memory(&d, "VmHWM");
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	c = count_log();
	printf("%lu records of the burst, %lu of %d of the other client, "
	    "%lu lost in %u lines, %lu by partner; %lu KiB at most\n", c.burst,
	    c.other, REFUSED, c.lost, c.summaries, c.told, most);
	want_number("burst", "records of the other client", (long)c.other,
	    REFUSED);
	want_number("burst", "recorded or counted", (long)(c.burst + c.lost),
	    (long)all);
	want_number("burst", "counted by partner and reason", (long)c.told,
	    (long)c.lost);
	daemon_clear(&d);
	folder_remove(&folder);
}

static void
test_a_recipient_takes_little(void **state ATTR_UNUSED)
{
	unsigned each = recipients(LIMIT_RECIPIENTS);
	struct filter *sessions[SESSIONS];
	struct err e = { .text = "" };
	unsigned long octets;

	start_daemon();
	octets = fill_sessions(sessions, CLIENTS, each);
	printf("%d sessions with %u recipients: %lu octets a recipient\n",
	    SESSIONS, each, octets);
	for (unsigned i = 0; i < SESSIONS; i++)
		filter_drop(&sessions[i]);
	assert_int_equal(daemon_stop(&d, SIGTERM, &e), EX_OK);
	want_that("a recipient", "it takes some memory", octets > 0);
	want_that("a recipient", "it takes little", octets < MEMORY ||
	    !MEMORY_TELLS);
	daemon_clear(&d);
	folder_remove(&folder);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_recipient_takes_little),
	cmocka_unit_test(test_a_burst_costs_its_own_records),
};

RUN_TESTS(tests)
