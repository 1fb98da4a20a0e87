/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_reload - reloads under load, between two opposite tables
 *
 * Every recipient is judged by exactly one of them: its record names that table,
 * and the answers to the client are those of that table. A message that was
 * accepted by one table and ends under the other is deferred. Every missing
 * record is counted in the log as lost, because the disk was slower than the
 * mail. The test runs for $RELOAD_SECONDS, or one second.
 */
#include "config.h"

#include <signal.h>
#include <stdatomic.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <pthread.h>

#include "conf/audit/logreader.h"
#include "policy/base/arena.h"
#include "tests/driver/daemon.h"
#include "tests/driver/filter.h"
#include "tests/driver/lossy_reload.h"
#include "tests/reading.h"

enum { SENDERS = 4, EVERY_MS = 100, PARTNERS = 2 };

static const char *const domains[PARTNERS] = { "bank.example",
	"clinic.example" };

/* The answers to a client, and its records. */
struct message {
	bool refused[PARTNERS];         /* at RCPT */
	bool deferred;                  /* at the end */
	bool recorded_refused[PARTNERS];
	unsigned char records[PARTNERS];
	signed char table[PARTNERS];    /* the one that the record names */
};

struct sender {
	pthread_t thread;
	unsigned number;
	struct message *messages;       /* owns */
	size_t count, room;
	struct err e;
	bool failed;
};

static struct folder folder;
static char policy_path[256], sock[256], where[280], decisions[256];
static char control[256];
static char digests[2][65];
static atomic_bool over;
static size_t lost, missing;    /* records: counted in the log, found */

/* Table 0 refuses plaintext to the bank, table 1 to the clinic. */
static void
write_table(int table)
{
	char text[2048], from[256];

	snprintf(text, sizeof(text), "format = 1;\nmode = \"enforce\";\n"
	    "user = \"%s\";\nstate = \"%s\";\n"
	    "milter = { listen = \"unix:%s\"; };\n"
	    "control = { listen = \"unix:%s\"; };\n"
	    "log = { decisions = \"%s\"; };\npartners = (\n"
	    "  { name = \"%s\"; domains = [ \"%s\" ];\n"
	    "    entry = { level = \"encrypt\"; stage = \"%s\"; }; },\n"
	    "  { name = \"%s\"; domains = [ \"%s\" ];\n"
	    "    entry = { level = \"encrypt\"; stage = \"%s\"; }; } );\n",
	    geteuid() == 0 ? "root" : "nobody", folder.path, sock,
	    control, decisions,
	    domains[0], domains[0], table == 0 ? "reject" : "log-only",
	    domains[1], domains[1], table == 1 ? "reject" : "log-only");
	folder_write(&folder, "next", text, strlen(text));
	if (rename(folder_path(&folder, "next", from), policy_path) != 0)
		fail_msg("%s cannot be renamed", from);
}

static void
learn_digest(int table)
{
	struct problems *problems = problems_create();
	struct policy *policy;

	write_table(table);
	policy = policy_read(policy_path, problems);
	assert_non_null(policy);
	memcpy(digests[table], policy->digest, sizeof(digests[table]));
	policy_destroy(&policy);
	problems_destroy(&problems);
}

static struct message *
new_message(struct sender *s)
{
	if (s->count == s->room) {
		s->room = s->room == 0 ? 4096 : 2 * s->room;
		s->messages = xrealloc(s->messages,
		    s->room * sizeof(*s->messages));
	}
	s->messages[s->count] = (struct message){ .table = { -1, -1 } };
	return &s->messages[s->count++];
}

/* One message to both; each table refuses one recipient and accepts the
 * other. */
static int
send_message(struct sender *s, struct filter *f)
{
	const char *words[] = { NULL, NULL };
	struct message *m = new_message(s);
	struct answer answer;
	bool accepted = false;
	char path[64];

	snprintf(path, sizeof(path), "<s%u.%zu@x.example>", s->number,
	    s->count - 1);
	words[0] = path;
	filter_set_bytes(f, "{mail_addr}", (struct slice){ path + 1,
		strlen(path) - 2 });
	if (filter_mail(f, words, &answer, &s->e) < 0)
		return -1;
	for (int i = 0; i < PARTNERS; i++) {
		snprintf(path, sizeof(path), "<u@%s>", domains[i]);
		filter_set_bytes(f, "{rcpt_addr}", (struct slice){ path + 1,
			strlen(path) - 2 });
		filter_set(f, "{rcpt_host}", domains[i]);
		if (filter_rcpt(f, words, &answer, &s->e) < 0)
			return -1;
		m->refused[i] = answer.kind == 'y';
		accepted = accepted || !m->refused[i];
	}
	if (!accepted)
		return filter_abort(f, &s->e);
	if (filter_eom(f, &answer, &s->e) < 0)
		return -1;
	m->deferred = answer.kind == 'y';
	if (m->deferred && strncmp(answer.text, "451 ", 4) != 0)
		return err_set(&s->e, "the end answered %s", answer.text);
	return 0;
}

static void *
send_all(void *data)
{
	static const struct offer offer = { .actions = 0x1ff,
		.steps = 0x1fffff, .postfix = true, .timeout_ms = 60000 };
	static const char *const macros[][2] = {
		{ "v", "Postfix 3.7.11" }, { "j", "mx.corp.example" },
		{ "{client_addr}", "192.0.2.7" }, { "{client_port}", "4444" },
		{ "{rcpt_mailer}", "smtp" },
	};
	struct sender *s = data;
	struct filter *f = filter_open(where, &offer, &s->e);

	s->failed = f == NULL;
	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(macros); i++)
		filter_set(f, macros[i][0], macros[i][1]);
	while (!s->failed && !atomic_load(&over))
		s->failed = send_message(s, f) < 0;
	filter_quit(&f);
	return NULL;
}

/* Rewrites the table and reloads it, again and again. */
static unsigned
reload_for(struct daemon *d, double ms)
{
	struct timespec pause = { 0, EVERY_MS * 1000000L };
	double end = now_ms() + ms;
	unsigned count = 0;
	struct err e;

	while (now_ms() < end) {
		write_table((int)(++count % 2));
		if (lossy_reload(control, &e) < 0)
			fail_msg("%s", e.text);
		nanosleep(&pause, NULL);
		daemon_read_output(d);
	}
	return count;
}

static int
number_of(const char *text, const char *const *list, int count)
{
	for (int i = 0; text != NULL && i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return i;
	return -1;
}

static void
note_record(struct sender *senders, struct slice text)
{
	const char *const tables[] = { digests[0], digests[1] };
	char line[1024];
	json_t *record = json_loadb(text.p, text.n, 0, NULL);
	const char *sender, *outcome;
	unsigned number = 0;
	int table, partner;
	struct message *m;
	size_t at = 0;

	slice_show(text, line, sizeof(line));
	if (record == NULL)
		fail_msg("not JSON: %s", line);
	if (json_object_get(record, "lost") != NULL) {
		lost += (size_t)json_integer_value(json_object_get(record,
		    "lost"));
		json_decref(record);
		return;
	}
	table = number_of(json_string_value(json_object_get(record,
	    "policy")), tables, 2);
	partner = number_of(json_string_value(json_object_get(record,
	    "partner")), domains, PARTNERS);
	sender = json_string_value(json_object_get(record, "sender"));
	outcome = json_string_value(json_object_get(record, "outcome"));
	if (table < 0 || partner < 0 || sender == NULL || outcome == NULL ||
	    sscanf(sender, "s%u.%zu@", &number, &at) != 2 ||
	    number >= SENDERS || at >= senders[number].count)
		fail_msg("whose record is this: %s", line);
	m = &senders[number].messages[at];
	m->records[partner]++;
	m->table[partner] = (signed char)table;
	m->recorded_refused[partner] = strcmp(outcome, "refused") == 0;
	if (!m->recorded_refused[partner] && table == partner)
		fail_msg("table %d does not decide so: %s", table, line);
	json_decref(record);
}

/* The log of a minute is rotated more than once. */
static void
note_records(struct sender *senders)
{
	struct logreader *reader;
	struct logline line;
	struct err e = { .text = "" };

	reader = logreader_open(decisions, true, 0, &e);
	if (reader == NULL)
		fail_msg("%s", e.text);
	while (lines_next(logreader_lines(reader), &line, &e))
		note_record(senders, line.text);
	if (e.text[0] != '\0')
		fail_msg("%s", e.text);
	logreader_close(&reader);
}

/* Whether the record of a recipient is that of its answers. */
static bool
is_answered(const struct message *m, int i)
{
	if (m->refused[i])
		return m->table[i] == i && m->recorded_refused[i];
	return m->recorded_refused[i] == m->deferred;
}

static void
check_message(const struct sender *s, size_t at)
{
	const struct message *m = &s->messages[at];

	if (!m->refused[0] && !m->refused[1] && m->records[0] == 1 &&
	    m->records[1] == 1 && m->table[0] != m->table[1])
		fail_msg("s%u.%zu: ended under both tables", s->number, at);
	for (int i = 0; i < PARTNERS; i++) {
		if (m->records[i] > 1)
			fail_msg("s%u.%zu: %u records of one recipient",
			    s->number, at, m->records[i]);
		missing += m->records[i] == 0;
		if (m->records[i] == 1 && !is_answered(m, i))
			fail_msg("s%u.%zu: %s was %s, table %d is on record",
			    s->number, at, domains[i],
			    m->refused[i] ? "refused" : "accepted",
			    m->table[i]);
	}
	/* Each table refuses what the other accepts. */
	if (!m->refused[0] && !m->refused[1] && !m->deferred)
		fail_msg("s%u.%zu: refused by no table", s->number, at);
}

/* Returns how many messages table 0 judged. */
static size_t
check_messages(const struct sender *s)
{
	size_t first = 0;

	for (size_t i = 0; i < s->count; i++) {
		check_message(s, i);
		first += s->messages[i].refused[0];
	}
	return first;
}

static void
no_recipient_is_judged_by_two_tables(void **state ATTR_UNUSED)
{
	const char *seconds = getenv("RELOAD_SECONDS");
	double ms = seconds == NULL ? 1000 : 1000 * strtod(seconds, NULL);
	const char *argv[] = { daemon_program(), "-f", "-c", policy_path,
		NULL };
	static struct sender senders[SENDERS];
	struct daemon d = { .pid = 0 };
	size_t messages = 0, first = 0;
	unsigned reloads;
	struct err e = { .text = "" };
	int status;

	learn_digest(1);
	learn_digest(0);
	if (daemon_start(&d, argv, sock, &e) != 0)
		fail_msg("%s", e.text);
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i].number = i;
		assert_int_equal(pthread_create(&senders[i].thread, NULL,
		    send_all, &senders[i]), 0);
	}
	reloads = reload_for(&d, ms);
	atomic_store(&over, true);
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(senders[i].thread, NULL);
	status = daemon_stop(&d, SIGTERM, &e);
	if (status != EX_OK)
		fail_msg("the daemon ended with %d: %s%s", status, e.text,
		    d.output);
	daemon_clear(&d);
	for (unsigned i = 0; i < SENDERS; i++)
		if (senders[i].failed)
			fail_msg("sender %u: %s", i, senders[i].e.text);
	note_records(senders);
	for (unsigned i = 0; i < SENDERS; i++) {
		first += check_messages(&senders[i]);
		messages += senders[i].count;
		free(senders[i].messages);
	}
	printf("%zu messages, %zu by the first table, %u reloads, %zu "
	    "records that the disk did not take\n", messages, first,
	    reloads, lost);
	want_number("reloads", "missing records", (long)missing,
	    (long)lost);
	want_that("reloads", "both tables judged mail",
	    first > 0 && first < messages);
}

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	folder_path(&folder, "policy.conf", policy_path);
	folder_path(&folder, "decisions", decisions);
	folder_path(&folder, "sock", sock);
	folder_path(&folder, "control", control);
	snprintf(where, sizeof(where), "unix:%s", sock);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(no_recipient_is_judged_by_two_tables,
	    set_up, tear_down),
};

RUN_TESTS(tests)
