/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_sharing - each recipient is judged as if it were the only one
 *
 * The recipients of a message share what is the same for them. So messages with
 * several recipients, between which a macro or the policy changes, are played
 * here, and each recipient once more in a message of its own: the records are
 * the same.
 */
#include "config.h"

#include <time.h>

#include <jansson.h>

#include "conf/snapshot.h"
#include "milter/base/refid.h"
#include "milter/log/decisionlog.h"
#include "milter/session/message.h"
#include "milter/session/negotiate.h"
#include "policy/base/limits.h"
#include "tests/cases.h"
#include "tests/reading.h"

#define ALL \
	(AGREED_HOLD | AGREED_TAG | AGREED_HEADERS | AGREED_CLEAN | AGREED_DATA)

#define PARTNERS \
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n" \
    "  entry = { level = \"encrypt\"; min_bits = 200;\n" \
    "    stage = \"reject\"; }; },\n" \
    "  { name = \"mill\"; domains = [ \"mill.test\" ];\n" \
    "  entry = { level = \"verify\"; stage = \"reject\";\n" \
    "    peers = ( { names = [ \"mail.origin.test\" ]; } ); }; },\n" \
    "  { name = \"waits\"; domains = [ \"waits.test\" ];\n" \
    "  entry = { level = \"verify\"; stage = \"hold\";\n" \
    "    peers = ( { names = [ \"mail.origin.test\" ]; } ); }; },\n" \
    "  { name = \"origin\"; domains = [ \"origin.test\" ];\n" \
    "    inbound = { level = \"encrypt\"; stage = \"tag\"; }; } );\n"

/* The policies that are in force in turn. */
enum { RULES, SCOPED, PROXIED, SENDMAIL, LENIENT, POLICIES };

static const char *const policies[POLICIES] = {
	[RULES] = TOP PARTNERS,
	[SCOPED] = "format = 1; mode = \"enforce\";\n"
	    "log = { syslog = true; scope = \"all\"; };\n" PARTNERS,
	/* A proxy for the policy, and none for the candidate. */
	[PROXIED] = TOP "candidate = \"next.conf\";\n"
	    "listeners = ( { daemon_name = \"front\"; as = \"proxied\"; } );\n"
	    PARTNERS,
	[SENDMAIL] = TOP "milter = { listen = \"unix:/run/s\";\n"
	    "  mta = \"sendmail\"; };\n" PARTNERS,
	[LENIENT] = TOP
	    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
	    "  entry = { level = \"none\"; stage = \"log-only\"; }; } );\n",
};

static const char *const domains[] = { "bank.test", "mill.test", "waits.test",
	"free.test" };
enum { DOMAINS = COUNT_OF(domains) };

/* The macros of every recipient, except for one. */
static const struct {
	enum macro which;
	const char *usual, *other;      /* NULL: absent */
} values[] = {
	{ MACRO_MTA_VERSION, "Postfix 3.7.11", "8.17.1" },
	{ MACRO_HOSTNAME, "mx.hop.test", "my.hop.test" },
	{ MACRO_CLIENT_ADDR, "192.0.2.7", "192.0.2.9" },
	{ MACRO_CLIENT_NAME, "mail.origin.test", "mail.other.test" },
	{ MACRO_CLIENT_PORT, "40000", "0" },
	{ MACRO_DAEMON_NAME, "front", "back" },
	{ MACRO_DAEMON_ADDR, "192.0.2.1", "192.0.2.2" },
	{ MACRO_DAEMON_PORT, "25", "587" },
	{ MACRO_TLS_VERSION, "TLSv1.3", NULL },
	{ MACRO_TLS_VERSION, "TLSv1.3", "TLSv1.1" },
	{ MACRO_CIPHER, "TLS_AES_256_GCM_SHA384", "ADH-AES256-SHA" },
	{ MACRO_CIPHER_BITS, "256", "128" },
	{ MACRO_CIPHER_BITS, "256", NULL },
	{ MACRO_CERT_SUBJECT, "mail.origin.test", "mail.other.test" },
	{ MACRO_CERT_SUBJECT, "mail.origin.test", NULL },
	{ MACRO_CERT_ISSUER, "an issuer", "another" },
	{ MACRO_CERT_ISSUER, "an issuer", NULL },
	{ MACRO_VERIFY, NULL, "FAIL" },
	{ MACRO_VERIFY, NULL, "OK" },
	{ MACRO_CN_SUBJECT, NULL, "mail.other.test" },
	{ MACRO_CERT_FP, NULL, "AA:BB" },
	{ MACRO_AUTH_TYPE, "PLAIN", NULL },
	{ MACRO_AUTH_AUTHEN, "somebody", "nobody" },
	{ MACRO_MAIL_ADDR, "a@origin.test", "a@other.test" },
	{ MACRO_MAIL_ADDR, "a@origin.test", "" },
	{ MACRO_MAIL_ADDR, "a@origin.test", NULL },
	{ MACRO_RCPT_ADDR, "u@some.test", "u@mill.test" },
	{ MACRO_RCPT_HOST, "[mx.some.test]", "mill.test" },
	{ MACRO_RCPT_MAILER, "smtp", NULL },
	{ MACRO_RCPT_MAILER, "smtp", "local" },
	/* Last: all are the usual ones. */
	{ MACRO_QUEUE_ID, "4dQ2mT0Zx9z1Wk", "4dQ2mT0Zx9z1Wk" },
};
enum { VALUES = COUNT_OF(values), USUAL = VALUES - 1 };

/* A recipient: which macro is another one, and the policy that is in force. */
struct shown {
	size_t value, domain, policy;
};

enum { SHOWN = 3 };

struct scene {
	struct shown list[SHOWN];
	size_t last;                    /* the policy at the end; POLICIES:
	                                 * the message is abandoned */
};

static struct folder folder;
static char log_path[256];
static uint64_t session;
static size_t in_force;

static void
put_in_force(size_t which)
{
	struct policy *policy;
	char problems[1024];

	if (which == in_force)
		return;
	folder_write_text(&folder, "t.conf", policies[which]);
	folder_read(&folder, "t.conf", &policy, problems, sizeof(problems));
	if (policy == NULL)
		fail_msg("%s", problems);
	snapshot_publish(policy, NULL);
	in_force = which;
}

static void
start(void)
{
	struct err e;

	remove(log_path);
	in_force = POLICIES;
	if (decisionlog_start(slice_of(log_path), 0, &e) < 0)
		fail_msg("%s", e.text);
}

/* Plays one recipient, the one at this place in its message. */
static void
play_recipient(struct message *m, const struct shown *r, size_t place)
{
	struct macros macros = { .value = { { NULL, 0 } } };
	char typed[64];

	put_in_force(r->policy);
	for (size_t i = 0; i < VALUES; i++)
		macros.value[values[i].which] = slice_of(values[i].usual);
	macros.value[values[r->value].which] =
	    slice_of(values[r->value].other);
	snprintf(typed, sizeof(typed), "<user%zu@%s>", place,
	    domains[r->domain]);
	message_recipient(m, &macros, slice_of(typed));
}

static struct message *
begin_message(void)
{
	static char sender[] = "<a@origin.test>";
	static char *const words[] = { sender, NULL };
	struct message *m = message_begin(++session, ALL);

	message_mail(m, words);
	return m;
}

static void
end_message(struct message *m, size_t last)
{
	struct ending ending;

	if (last == POLICIES) {
		message_abandon(&m);
		return;
	}
	put_in_force(last);
	message_end(m, &ending);
	message_finish(&m, &ending, SLICE("Q"));
}

/* The first session has all recipients, the next ones have one each. */
static void
play_scene(const struct scene *scene)
{
	struct message *m = begin_message();

	for (size_t i = 0; i < SHOWN; i++)
		play_recipient(m, &scene->list[i], i);
	end_message(m, scene->last);
	for (size_t i = 0; i < SHOWN; i++) {
		m = begin_message();
		play_recipient(m, &scene->list[i], i);
		end_message(m, scene->last);
	}
}

/* --- the records --- */

/* A record without what is another one in each message. */
static char *
show_record(json_t *record, bool ended)
{
	static const char *const each[] = { "time", "ref", "session", "prev",
		"queue_id", "reply" };

	for (size_t i = 0; i < COUNT_OF(each); i++)
		json_object_del(record, each[i]);
	/* At its end all recipients share the fate of the message. */
	if (ended) {
		json_object_del(record, "outcome");
		json_object_del(record, "applied");
	}
	return json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct lines {
	char *list[64];
	size_t count;
};

static void
clear_lines(struct lines *l)
{
	while (l->count > 0)
		free(l->list[--l->count]);
}

/* The next line of the log as a record; NULL: the log ends. */
static json_t *
next_record(FILE *f)
{
	static char line[LIMIT_DECISION * 2];

	return fgets(line, sizeof(line), f) == NULL ? NULL
	    : json_loads(line, 0, NULL);
}

static bool
is_session(json_t *record, uint64_t number)
{
	char text[REFID_SIZE];

	return strcmp(json_string_value(json_object_get(record, "session")),
	    refid_show(number, text).p) == 0;
}

static void
describe(const struct scene *scene, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < SHOWN; i++) {
		const struct shown *r = &scene->list[i];

		n += (size_t)snprintf(out + n, size - n,
		    "%s with %s=%s by policy %zu, ", domains[r->domain],
		    macro_name(values[r->value].which),
		    values[r->value].other, r->policy);
	}
	snprintf(out + n, size - n, "at the end %zu", scene->last);
}

/* Reads the records of a scene, of which the first session is given. *record is
 * the first of them, and then the first after them. */
static size_t
want_scene(const struct scene *scene, uint64_t first, FILE *f, json_t **record)
{
	struct lines together = { .count = 0 }, alone = { .count = 0 };
	char label[512];
	size_t found;

	describe(scene, label, sizeof(label));
	for (uint64_t s = first; s <= first + SHOWN; s++)
		while (*record != NULL && is_session(*record, s)) {
			struct lines *l = s == first ? &together : &alone;

			assert_true(l->count < COUNT_OF(l->list));
			l->list[l->count++] = show_record(*record,
			    scene->last != POLICIES);
			json_decref(*record);
			*record = next_record(f);
		}
	qsort(together.list, together.count, sizeof(char *), compare_texts);
	qsort(alone.list, alone.count, sizeof(char *), compare_texts);
	want_number(label, "records", (long)together.count,
	    (long)alone.count);
	for (size_t i = 0; i < together.count; i++)
		want_text(label, "record", together.list[i], alone.list[i]);
	found = together.count;
	clear_lines(&together);
	clear_lines(&alone);
	return found;
}

/* Plays the scenes and compares. There have to be records. */
static void
want_scenes(const struct scene *list, size_t count)
{
	uint64_t first = session + 1;
	size_t found = 0;
	json_t *record;
	FILE *f;

	start();
	for (size_t i = 0; i < count; i++)
		play_scene(&list[i]);
	decisionlog_stop(10000);
	snapshot_clear();
	f = fopen(log_path, "r");
	assert_non_null(f);
	record = next_record(f);
	for (size_t i = 0; i < count; i++)
		found += want_scene(&list[i], first + i * (SHOWN + 1), f,
		    &record);
	want_that("all scenes", "every record was compared", record == NULL);
	want_that("all scenes", "they have records", found >= count);
	fclose(f);
}

/* --- the scenes --- */

/* One macro differs between two recipients, and so may the domain. */
static void
a_macro_changes(void **state ATTR_UNUSED)
{
	static struct scene list[VALUES * DOMAINS * 2];
	static const size_t by[] = { RULES, PROXIED };

	for (size_t p = 0; p < COUNT_OF(by); p++) {
		size_t n = 0;

		for (size_t v = 0; v < VALUES; v++)
			for (size_t d = 0; d < DOMAINS; d++) {
				struct shown usual = { USUAL, d, by[p] };
				struct shown other = { v, d, by[p] };
				struct shown away = { v, (d + 1) % DOMAINS,
					by[p] };

				list[n++] = (struct scene){ { usual, other,
					away }, POLICIES };
				list[n++] = (struct scene){ { other, usual,
					away }, POLICIES };
			}
		want_scenes(list, n);
	}
}

/* Those that every rule about TLS looks at. */
static const size_t looked_at[] = { USUAL, 8, 11, 13, 17 };

/* A reload between two recipients, and another one between the next two. */
static void
the_policy_changes(void **state ATTR_UNUSED)
{
	static struct scene list[POLICIES * POLICIES * DOMAINS * 2];
	size_t n = 0;

	for (size_t p = 0; p < POLICIES; p++)
		for (size_t q = 0; q < POLICIES; q++)
			for (size_t d = 0; d < DOMAINS; d++)
				for (size_t v = 0; v < 2; v++)
					list[n++] = (struct scene){
						{ { looked_at[v], d, p },
						{ looked_at[v], d, q },
						{ looked_at[v], d, p } },
						POLICIES };
	want_scenes(list, n);
}

/* What was accepted is judged again at the end, by another policy. */
static void
the_policy_at_the_end_is_another(void **state ATTR_UNUSED)
{
	static struct scene list[POLICIES * POLICIES * COUNT_OF(looked_at)];

	for (size_t d = 0; d < DOMAINS; d++) {
		size_t n = 0;

		for (size_t p = 0; p < POLICIES; p++)
			for (size_t v = 0; v < COUNT_OF(looked_at); v++)
				list[n++] = (struct scene){ { { USUAL, d, p },
					{ looked_at[v], d, p },
					{ USUAL, d, p } },
					(p + 1) % POLICIES };
		want_scenes(list, n);
	}
}

/* Of the macros of Postfix: none of them is proof for the rules of Sendmail.
 * Both records are by the policy at the end. */
static void
the_mta_at_the_end_is_another(void **state ATTR_UNUSED)
{
	static const struct shown usual = { USUAL, 2, RULES };
	struct message *m;
	FILE *f;

	start();
	m = begin_message();
	play_recipient(m, &usual, 0);
	play_recipient(m, &usual, 1);
	end_message(m, SENDMAIL);
	decisionlog_stop(10000);
	snapshot_clear();
	f = fopen(log_path, "r");
	assert_non_null(f);
	for (int i = 0; i < 4; i++) {
		json_t *record = next_record(f);

		assert_non_null(record);
		want_text("at the end", "mta", json_string_value(
		    json_object_get(record, "mta")), "sendmail");
		want_text("at the end", "source", json_string_value(
		    json_object_get(json_object_get(record, "proof"),
			"source")), "sendmail");
		json_decref(record);
	}
	assert_null(next_record(f));
	fclose(f);
}

/* Publishes the rules with an exception. */
static void
publish_exception(const struct overlay *overlay)
{
	struct policy *policy;
	char problems[1024];

	folder_write_text(&folder, "t.conf", policies[RULES]);
	folder_read(&folder, "t.conf", &policy, problems, sizeof(problems));
	assert_non_null(policy);
	policy->overlay = overlay;
	policy->settings.exception_allow_plaintext = true;
	snapshot_publish(policy, NULL);
	in_force = RULES;
}

/* The next record of the rule about the recipient's own partner. */
static json_t *
next_entry(FILE *f)
{
	for (;;) {
		json_t *record = next_record(f);

		assert_non_null(record);
		if (strcmp(json_string_value(json_object_get(record, "hop")),
		    "entry") == 0)
			return record;
		json_decref(record);
	}
}

static void
want_entry(FILE *f, const char *recipient, const char *outcome,
    const char *exception)
{
	json_t *record = next_entry(f);

	want_text(recipient, "recipient", json_string_value(json_object_get(
	    record, "recipient")), recipient);
	want_text(recipient, "outcome", json_string_value(json_object_get(
	    record, "outcome")), outcome);
	want_text(recipient, "exception", json_string_value(json_object_get(
	    record, "exception")), exception);
	json_decref(record);
}

/* Between two recipients of a message that are the same in all else. */
static void
an_exception_begins(void **state ATTR_UNUSED)
{
	const struct shown clear = { 8, 0, RULES }, usual = { USUAL, 0, RULES };
	struct timespec pause = { 0, 50 * 1000000 };
	struct exception exception = { .id = SLICE("E1"),
		.partner = SLICE("bank"), .hop = HOP_ENTRY,
		.floor = LEVEL_NONE, .from = time(NULL) + 2,
		.until = time(NULL) + 1000 };
	struct arena *a = arena_create(1024);
	struct overlay overlay = { .exceptions = exceptions_index(&exception,
		1, a) };
	struct message *m;
	FILE *f;

	start();
	publish_exception(&overlay);
	m = begin_message();
	play_recipient(m, &usual, 0);
	play_recipient(m, &clear, 1);
	play_recipient(m, &clear, 2);
	while (time(NULL) < exception.from)
		nanosleep(&pause, NULL);
	play_recipient(m, &clear, 3);
	play_recipient(m, &clear, 4);
	end_message(m, POLICIES);
	decisionlog_stop(10000);
	snapshot_clear();
	arena_destroy(&a);
	f = fopen(log_path, "r");
	assert_non_null(f);
	want_entry(f, "user1@bank.test", "refused", NULL);
	want_entry(f, "user2@bank.test", "refused", NULL);
	want_entry(f, "user0@bank.test", "aborted", NULL);
	want_entry(f, "user3@bank.test", "aborted", "E1");
	want_entry(f, "user4@bank.test", "aborted", "E1");
	assert_null(next_record(f));
	fclose(f);
}

static int
setup(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	folder_path(&folder, "decisions.jsonl", log_path);
	folder_write_text(&folder, "next.conf", policies[RULES]);
	refid_init(INT64_C(1800000000000));
	return 0;
}

static int
teardown(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_macro_changes),
	cmocka_unit_test(the_policy_changes),
	cmocka_unit_test(the_policy_at_the_end_is_another),
	cmocka_unit_test(the_mta_at_the_end_is_another),
	cmocka_unit_test(an_exception_begins),
};

RUN_TESTS_WITH(tests, setup, teardown)
