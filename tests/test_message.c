/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_message - a refusal that no rule causes has a record that explain finds
 */
#include "config.h"

#include <jansson.h>

#include "conf/snapshot.h"
#include "milter/base/refid.h"
#include "milter/log/decisionlog.h"
#include "milter/session/drain.h"
#include "milter/session/message.h"
#include "milter/session/messageheader.h"
#include "milter/session/negotiate.h"
#include "tests/cases.h"
#include "tests/reading.h"

#define ALL \
	(AGREED_HOLD | AGREED_TAG | AGREED_HEADERS | AGREED_CLEAN | AGREED_DATA)

static const char rows[] = TOP
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"hold\"; }; },\n"
    "  { name = \"tagged\"; domains = [ \"tag.test\" ];\n"
    "    entry = { level = \"encrypt\"; stage = \"tag\"; }; } );\n";

/* Rules that pass. */
static const char memory_rows[] = TOP
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; },\n"
    "  { name = \"both\"; domains = [ \"both.test\" ];\n"
    "    entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n";

static struct folder folder;
static char log_path[256];

static void
publish(const char *text)
{
	struct policy *policy;
	char problems[1024];

	folder_write_text(&folder, "t.conf", text);
	folder_read(&folder, "t.conf", &policy, problems, sizeof(problems));
	if (policy == NULL)
		fail_msg("%s", problems);
	snapshot_publish(policy, NULL);
}

static struct macros
macros_for(const char *domain)
{
	struct macros m = { .value = { { NULL, 0 } } };

	m.value[MACRO_MTA_VERSION] = SLICE("Postfix 3.7.11");
	m.value[MACRO_HOSTNAME] = SLICE("mx.hop.test");
	m.value[MACRO_CLIENT_ADDR] = SLICE("192.0.2.7");
	m.value[MACRO_CLIENT_PORT] = SLICE("40000");
	m.value[MACRO_MAIL_ADDR] = SLICE("a@origin.test");
	m.value[MACRO_RCPT_ADDR] = SLICE("x@somewhere.test");
	m.value[MACRO_RCPT_HOST] = slice_of(domain);
	m.value[MACRO_RCPT_MAILER] = SLICE("smtp");
	return m;
}

static const struct reply *
recipient(struct message *m, const char *domain)
{
	struct macros macros = macros_for(domain);

	return message_recipient(m, &macros, SLICE("<x@somewhere.test>"));
}

/* Recipient k of many, each with an address of its own. */
static const struct reply *
numbered(struct message *m, unsigned k, const char *domain,
    const char *resolved)
{
	struct macros macros = macros_for(resolved);
	char address[64], typed[80];

	snprintf(address, sizeof(address), "user%u@%s", k, resolved);
	snprintf(typed, sizeof(typed), "<user%u@%s>", k, domain);
	/* As Postfix does, from the first accepted one on. */
	if (k > 0)
		macros.value[MACRO_QUEUE_ID] = SLICE("4dQ2mT0Zx9z1Wk");
	macros.value[MACRO_CLIENT_NAME] = SLICE("mail.origin.test");
	macros.value[MACRO_RCPT_ADDR] = slice_of(address);
	macros.value[MACRO_CERT_SUBJECT] = SLICE("mail.origin.test");
	macros.value[MACRO_CERT_ISSUER] = SLICE("an issuer");
	macros.value[MACRO_CN_SUBJECT] = SLICE("mail.origin.test");
	macros.value[MACRO_TLS_VERSION] = SLICE("TLSv1.3");
	macros.value[MACRO_CIPHER] = SLICE("TLS_AES_256_GCM_SHA384");
	macros.value[MACRO_CIPHER_BITS] = SLICE("256");
	return message_recipient(m, &macros, slice_of(typed));
}

/* --- what was recorded --- */

static json_t *records;                 /* owns; all of a scenario */

static void
begin(const char *policy)
{
	struct err e;

	remove(log_path);
	if (policy != NULL)
		publish(policy);
	if (decisionlog_start(slice_of(log_path), 0, &e) < 0)
		fail_msg("%s", e.text);
}

static void
end(void)
{
	static char line[LIMIT_DECISION * 2];
	FILE *f;

	decisionlog_stop(1000);
	snapshot_clear();
	json_decref(records);
	records = json_array();
	f = fopen(log_path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		json_array_append_new(records, json_loads(line, 0, NULL));
	fclose(f);
}

/* The reference that a reply's text has, as explain reads it. */
static void
want_explained(const char *label, const struct reply *reply,
    const char *reason)
{
	const char *at = strstr(reply->text, "ref ");
	char ref[64] = "";
	json_t *record;
	size_t i, found = 0;

	want_that(label, "the reply has a reference", at != NULL);
	assert_non_null(at);
	snprintf(ref, sizeof(ref), "%.*s", (int)strcspn(at + 4, ")"), at + 4);
	want_that(label, "the reply has the reason",
	    strstr(reply->text, reason) != NULL);
	json_array_foreach(records, i, record) {
		const char *had = json_string_value(json_object_get(record,
		    "ref"));
		const char *why = json_string_value(json_object_get(record,
		    "reason"));

		assert_non_null(had);
		found += strcmp(had, ref) == 0 && strcmp(why, reason) == 0 &&
		    strcmp(json_string_value(json_object_get(record,
			"outcome")), "refused") == 0 &&
		    strcmp(json_string_value(json_object_get(record,
			"applied")), "defer") == 0;
	}
	want_number(label, "records of the refusal", (long)found, 1);
}

/* --- the refusals --- */

static void
without_a_policy(void **state ATTR_UNUSED)
{
	struct message *m;
	struct reply reply;

	begin(NULL);
	m = message_begin(1, ALL);
	reply = *recipient(m, "bank.test");
	message_abandon(&m);
	end();
	want_explained("no policy", &reply, "policy-unavailable");
}

static void
one_recipient_too_many(void **state ATTR_UNUSED)
{
	struct message *m;
	struct reply reply;
	struct ending ending;

	begin(rows);
	m = message_begin(1, ALL);
	for (unsigned i = 0; i < 1000; i++)
		if (recipient(m, "bank.test") != NULL)
			fail_msg("recipient %u was refused", i);
	reply = *recipient(m, "bank.test");
	want_text("one too many", "code", reply.code, "452");
	want_that("one too many", "no rule, no refusal",
	    recipient(m, "plain.test") == NULL);
	message_end(m, &ending);
	assert_non_null(ending.hold);
	message_finish(&m, &ending, SLICE("Q1"));
	end();
	want_explained("one too many", &reply, "too-many-recipients");
}

/* All open messages of a client are bounded together. */
static void
one_client_with_many_messages(void **state ATTR_UNUSED)
{
	enum { MESSAGES = LIMIT_CLIENT_RECIPIENTS / 1000 };
	struct message *open[MESSAGES], *last;
	struct reply reply;

	begin(rows);
	for (unsigned i = 0; i < MESSAGES; i++) {
		open[i] = message_begin(i, ALL);
		for (unsigned k = 0; k < 1000; k++)
			assert_null(recipient(open[i], "bank.test"));
	}
	last = message_begin(MESSAGES, ALL);
	reply = *recipient(last, "bank.test");
	want_text("one waiting too many", "code", reply.code, "452");
	want_that("one waiting too many", "no rule, no refusal",
	    recipient(last, "plain.test") == NULL);
	message_abandon(&open[0]);
	assert_null(recipient(last, "bank.test"));
	message_abandon(&last);
	for (unsigned i = 1; i < MESSAGES; i++)
		message_abandon(&open[i]);
	end();
	want_explained("one waiting too many", &reply, "too-many-waiting");
}

static void
a_change_that_the_mta_refuses(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *domain;
	} cases[] = { { "a hold", "bank.test" }, { "a tag", "tag.test" },
		{ "a forged field, nobody kept", "plain.test" } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message *m;
		struct reply reply;
		struct ending ending;

		begin(rows);
		m = message_begin(1, ALL);
		assert_null(recipient(m, cases[i].domain));
		message_field(m, SLICE("X-Enforcetls"), SLICE("a.test"));
		message_end(m, &ending);
		assert_null(ending.refusal);
		assert_int_equal(ending.forged, 1);
		message_end_failed(m, &ending);
		reply = *ending.refusal;
		message_finish(&m, &ending, SLICE("Q1"));
		end();
		want_explained(cases[i].label, &reply, "change-refused");
	}
}

static void
fields_of_our_name(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		unsigned agreed, count;
		bool deferred;
	} cases[] = {
		{ "none", ALL & ~(unsigned)AGREED_CLEAN, 0, false },
		{ "as many as are removed", ALL, MESSAGEHEADER_FORGED, false },
		{ "one more", ALL, MESSAGEHEADER_FORGED + 1, true },
		{ "one that stays", ALL & ~(unsigned)AGREED_CLEAN, 1, true },
	};
	static const char *const names[] = { "X-Enforcetls", "x-enforcetls",
		"X-ENFORCETLS ", "X-EnforceTLS\t " };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message *m;
		struct reply reply = { .action = ACTION_UNSET };
		struct ending ending;

		begin(rows);
		m = message_begin(1, cases[i].agreed);
		assert_null(recipient(m, "plain.test"));
		for (unsigned k = 0; k < cases[i].count; k++)
			message_field(m, slice_of(names[k % COUNT_OF(names)]),
			    SLICE("(nobody)\tother.test"));
		message_field(m, SLICE("X-Enforcetls-Too"), SLICE("kept"));
		message_end(m, &ending);
		want_that(cases[i].label, "deferred",
		    (ending.refusal != NULL) == cases[i].deferred);
		if (ending.refusal != NULL)
			reply = *ending.refusal;
		else
			want_number(cases[i].label, "to be removed",
			    ending.forged, cases[i].count);
		message_finish(&m, &ending, SLICE("Q1"));
		end();
		if (cases[i].deferred)
			want_explained(cases[i].label, &reply,
			    "forged-fields");
	}
}

/* --- the last sure event --- */

static const char log_rows[] = "format = 1;\nlog = { syslog = true; };\nmode = \"log-only\";\n"
    "partners = ( { name = \"bank\"; domains = [ \"bank.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"hold\"; }; } );\n";

/* Counts the records with that value of key. */
static long
count_records(const char *key, const char *value)
{
	json_t *record;
	size_t i;
	long count = 0;

	json_array_foreach(records, i, record) {
		const char *has = json_string_value(json_object_get(record,
		    key));

		count += has != NULL && strcmp(has, value) == 0;
	}
	return count;
}

static void
what_waits_is_decided_at_data(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *policy, *domain, *queue_id, *refused;
		const char *outcome;
	} cases[] = {
		{ "hold", rows, "bank.test", NULL, "451", "refused" },
		{ "tag", rows, "tag.test", NULL, "451", "refused" },
		{ "no rule", rows, "plain.test", NULL, NULL, NULL },
		{ "an end will come", rows, "bank.test", "7F", NULL,
		    "aborted" },
		{ "an empty id is none", rows, "bank.test", "", "451",
		    "refused" },
		{ "log-only", log_rows, "bank.test", NULL, NULL, "accepted" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message *m;
		struct ending ending;

		begin(cases[i].policy);
		m = message_begin(1, ALL);
		assert_null(recipient(m, cases[i].domain));
		message_data(m, slice_of(cases[i].queue_id), &ending);
		want_text(cases[i].label, "refusal", ending.refusal == NULL
		    ? NULL : ending.refusal->code, cases[i].refused);
		if (ending.refusal != NULL)
			message_finish(&m, &ending, SLICE_NONE);
		else
			message_abandon(&m);
		end();
		want_number(cases[i].label, "records",
		    (long)json_array_size(records), cases[i].outcome != NULL);
		if (cases[i].outcome != NULL)
			want_number(cases[i].label, cases[i].outcome,
			    count_records("outcome", cases[i].outcome), 1);
	}
}

static void
without_data_nothing_waits(void **state ATTR_UNUSED)
{
	struct message *m;
	const struct reply *reply;

	begin(rows);
	m = message_begin(1, ALL & ~(unsigned)AGREED_DATA);
	reply = recipient(m, "tag.test");
	assert_non_null(reply);
	want_text("no DATA", "code", reply->code, "451");
	assert_null(recipient(m, "plain.test"));
	message_abandon(&m);
	end();
}

/* The end of a message to these domains, the policy of which changes after
 * each recipient. */
static const struct reply *
end_of(const char *const *domains, const char *const *policies)
{
	static struct reply reply;
	struct ending ending;
	struct message *m;

	begin(rows);
	m = message_begin(1, ALL);
	for (; *domains != NULL; domains++, policies++) {
		assert_null(recipient(m, *domains));
		if (*policies != NULL)
			publish(*policies);
	}
	message_end(m, &ending);
	if (ending.refusal != NULL)
		reply = *ending.refusal;
	message_finish(&m, &ending, SLICE("Q1"));
	end();
	return ending.refusal != NULL ? &reply : NULL;
}

static const char strict_rows[] = TOP
    "partners = ( { name = \"plain\"; domains = [ \"plain.test\" ];\n"
    "  entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n";

static void
the_policy_at_the_end_counts(void **state ATTR_UNUSED)
{
	const char *const plain[] = { "plain.test", NULL };
	const char *const many[] = { "other.test", "plain.test", "tag.test",
		"other.test", "plain.test", "other.test", "tag.test", NULL };
	const char *const changes[] = { rows, log_rows, rows, log_rows, rows,
		log_rows, strict_rows };
	const struct reply *reply;

	reply = end_of(plain, (const char *const[]){ strict_rows });
	assert_non_null(reply);
	want_text("a stricter policy", "code", reply->code, "451");
	want_number("a stricter policy", "records",
	    (long)json_array_size(records), 1);
	want_number("a stricter policy", "planned",
	    count_records("planned", "reject"), 1);
	want_number("a stricter policy", "applied",
	    count_records("applied", "defer"), 1);
	reply = end_of(many, changes);
	assert_non_null(reply);
	want_text("many policies", "code", reply->code, "451");
	want_number("many policies", "records",
	    (long)json_array_size(records), 2);
	assert_null(end_of(plain, (const char *const[]){ rows }));
	assert_null(end_of(plain, (const char *const[]){ log_rows }));
}

/* One that was accepted and not kept cannot be judged again. */
static void
more_than_can_be_judged_again(void **state ATTR_UNUSED)
{
	for (int changed = 0; changed < 2; changed++) {
		struct message *m;
		struct ending ending;

		begin(rows);
		m = message_begin(1, ALL);
		for (unsigned i = 0; i < LIMIT_RECIPIENTS + 1; i++)
			if (recipient(m, "plain.test") != NULL)
				fail_msg("recipient %u was refused", i);
		if (changed)
			publish(rows);
		message_end(m, &ending);
		want_that(changed ? "changed" : "unchanged", "deferred",
		    (ending.refusal != NULL) == changed);
		message_finish(&m, &ending, SLICE("Q1"));
		end();
	}
}

/* What a recipient takes that is kept until the message's end, by the number
 * of rules about it. A client chooses how many there are. */
static void
memory_of_a_recipient(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *domain, *resolved;
		size_t most;
	} cases[] = {
		{ "no rule", "plain.test", "plain.test", 352 },
		{ "one rule", "bank.test", "bank.test", 528 },
		{ "two rules", "bank.test", "both.test", 704 },
	};
	enum { RECIPIENTS = 1000 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message *m;
		size_t before, each;

		begin(memory_rows);
		m = message_begin(1, ALL);
		before = message_memory(m);
		for (unsigned k = 0; k < RECIPIENTS; k++)
			if (numbered(m, k, cases[i].domain,
			    cases[i].resolved) != NULL)
				fail_msg("recipient %u was refused", k);
		each = (message_memory(m) - before) / RECIPIENTS;
		message_abandon(&m);
		end();
		want_number(cases[i].label, "records",
		    (long)json_array_size(records), (long)(i * RECIPIENTS));
		print_message("%s: %zu\n", cases[i].label, each);
		want_that(cases[i].label, "it takes few bytes",
		    each <= cases[i].most);
	}
}

/* The last: from here on the process is stopping. */
static void
while_stopping(void **state ATTR_UNUSED)
{
	struct macros macros = macros_for("bank.test");
	struct message *m;
	struct reply reply, late, last;

	begin(rows);
	m = message_begin(1, ALL);
	drain_begin();
	reply = *recipient(m, "bank.test");
	want_that("stopping", "no rule, no refusal",
	    recipient(m, "plain.test") == NULL);
	message_abandon(&m);
	assert_true(drain_close());
	assert_non_null(message_too_late(2, ALL, &macros,
	    SLICE("<x@somewhere.test>"), &late));
	assert_non_null(message_too_late(2, ALL, &macros, SLICE_NONE, &last));
	end();
	want_explained("stopping", &reply, "shutting-down");
	want_explained("too late for a recipient", &late, "shutting-down");
	want_explained("too late for the end", &last, "shutting-down");
	/* Once the log is closed nothing happens any more. */
	message_too_late(2, ALL, &macros, SLICE_NONE, &last);
}

static int
setup(void **state ATTR_UNUSED)
{
	folder_create(&folder);
	folder_path(&folder, "decisions.jsonl", log_path);
	refid_init(INT64_C(1800000000000));
	return 0;
}

static int
teardown(void **state ATTR_UNUSED)
{
	json_decref(records);
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(without_a_policy),
	cmocka_unit_test(one_recipient_too_many),
	cmocka_unit_test(one_client_with_many_messages),
	cmocka_unit_test(a_change_that_the_mta_refuses),
	cmocka_unit_test(fields_of_our_name),
	cmocka_unit_test(what_waits_is_decided_at_data),
	cmocka_unit_test(without_data_nothing_waits),
	cmocka_unit_test(the_policy_at_the_end_counts),
	cmocka_unit_test(more_than_can_be_judged_again),
	cmocka_unit_test(memory_of_a_recipient),
	cmocka_unit_test(while_stopping),
};

RUN_TESTS_WITH(tests, setup, teardown)
