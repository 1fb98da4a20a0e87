/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <jansson.h>
#include <limits.h>

#include "policy/judge/judge.h"
#include "policy/judge/quoted.h"
#include "policy/judge/record.h"
#include "tests/cases.h"

static const char digest[] =
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static const struct partner bank = { .name = { "bank", 4 } };
static const struct rule rule = { .partner = &bank,
	.demand = { .level = LEVEL_VERIFY, .any_peer = true },
	.stage = STAGE_REJECT };
static const struct evidence proof = { .source = SOURCE_MACROS,
	.mta = MTA_POSTFIX,
	.tls = PROOF_PRESENT, .version_text = { "TLSv1.3", 7 },
	.cipher = { "TLS_AES_256_GCM_SHA384", 22 }, .bits = 256,
	.verified = PROOF_ABSENT, .peer = { PROOF_ABSENT, { NULL, 0 } } };
static const struct reply reply = { ACTION_REJECT, "554", "5.7.5", "No" };

static struct decision
a_decision(void)
{
	return (struct decision){ .hop = HOP_INBOUND,
		.rule = &rule,
		.demand = &rule.demand,
		.partner = { "bank", 4 },
		.destination = { ".bank.example", 13 },
		.place = { "enforcetls.conf", 42 },
		.proof = &proof,
		.finding = { VERDICT_FAIL, REASON_PEER_NOT_VERIFIED },
		.stage = STAGE_REJECT,
		.planned = ACTION_REJECT,
		.applied = ACTION_REJECT };
}

/* Returns new: the parsed line; goes with json_decref(). */
static json_t *
parsed(const struct record *record, const char *prev)
{
	char line[LIMIT_DECISION + RECORD_CHAIN];
	size_t n = record_json(record, line, LIMIT_DECISION);
	json_error_t error;
	json_t *json;

	assert_int_equal(strlen(line), n);
	n += record_chain(prev, line + n, sizeof(line) - n);
	assert_int_equal(line[n - 1], '\n');
	for (size_t i = 0; i + 1 < n; i++)
		if (line[i] < 0x20 || line[i] > 0x7e)
			fail_msg("byte %zu is not printable ASCII", i);
	json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s: %s", error.text, line);
	return json;
}

static const char *const keys[] = { "time", "ref", "outcome", "queue_id",
	"mta", "session", "listener", "server", "client_addr", "client_port",
	"client_name", "daemon_name", "daemon_addr", "daemon_port", "login",
	"claimed_login", "sender", "recipient", "rcpt_addr", "rcpt_host",
	"mailer", "addresses", "destination", "hop", "partner", "service",
	"found_by", "rule", "need", "proof", "reason", "verdict", "stage",
	"planned", "applied", "mode", "exempt", "watch", "exception", "pause",
	"candidate", "reply",
	"policy", "generation", "prev" };

static void
every_key_is_always_there(void **state ATTR_UNUSED)
{
	struct request request = { .recipient = SLICE("<u@bank.example>") };
	struct decision empty = { 0 }, full = a_decision();
	const struct decision *decisions[] = { &empty, &full };

	for (size_t i = 0; i < COUNT_OF(decisions); i++) {
		struct record r = { .request = &request,
			.decision = decisions[i], .policy_digest = digest };
		json_t *json = parsed(&r, NULL);

		for (size_t k = 0; k < COUNT_OF(keys); k++)
			want_that(keys[k], "there",
			    json_object_get(json, keys[k]) != NULL);
		want_number("record", "keys", (long)json_object_size(json),
		    (long)COUNT_OF(keys));
		json_decref(json);
	}
}

static void
a_record_holds_the_decision(void **state ATTR_UNUSED)
{
	struct request request = { .mta = MTA_POSTFIX,
		.recipient = SLICE("<u@bank.example>"),
		.ref = SLICE("4XJ2k") };
	struct decision d = a_decision();
	struct record r = { .time_ms = INT64_C(1774915200123),
		.outcome = OUTCOME_REFUSED, .request = &request,
		.decision = &d, .applied = ACTION_REJECT, .reply = &reply,
		.policy_digest = digest };
	static const struct {
		const char *key, *value;
	} words[] = {
		{ "time", "2026-03-31T00:00:00.123Z" },
		{ "ref", "4XJ2k" }, { "outcome", "refused" },
		{ "mta", "postfix" }, { "listener", "mx" },
		{ "server", "mx.corp.example" },
		{ "client_addr", "2001:db8::1" },
		{ "recipient", "u@bank.example" },
		{ "destination", ".bank.example" }, { "hop", "inbound" },
		{ "partner", "bank" }, { "rule", "enforcetls.conf:42" },
		{ "need", "verify any_peer" },
		{ "reason", "peer-not-verified" }, { "verdict", "fail" },
		{ "stage", "reject" }, { "planned", "reject" },
		{ "applied", "reject" }, { "mode", "enforce" },
		{ "reply", "554 5.7.5 No" }, { "policy", digest },
	};
	json_t *json, *p;

	request.macros.value[MACRO_HOSTNAME] = SLICE("mx.corp.example");
	request.macros.value[MACRO_CLIENT_ADDR] = SLICE("IPv6:2001:DB8:0::1");
	json = parsed(&r, digest);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		want_text(words[i].key, "value", json_string_value(
		    json_object_get(json, words[i].key)), words[i].value);
	p = json_object_get(json, "proof");
	want_text("proof", "tls", json_string_value(
	    json_object_get(p, "tls")), "TLSv1.3");
	want_that("proof", "verified is false",
	    json_is_false(json_object_get(p, "verified")));
	want_that("proof", "peer was seen to be none",
	    json_is_false(json_object_get(p, "peer")));
	want_that("proof", "issuer is not known",
	    json_is_null(json_object_get(p, "issuer")));
	want_number("proof", "bits", (long)json_integer_value(
	    json_object_get(p, "bits")), 256);
	want_that("record", "no watch",
	    json_is_null(json_object_get(json, "watch")));
	want_that("record", "queue id is not known",
	    json_is_null(json_object_get(json, "queue_id")));
	want_text("record", "prev", json_string_value(
	    json_object_get(json, "prev")), digest);
	json_decref(json);
}

static void
bytes_from_outside_stay_inside_their_string(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		struct slice text;
		const char *value;      /* as parsed back, UTF-8 */
	} cases[] = {
		{ "quotes", { "\",\"verdict\":\"pass", 17 },
		    "\",\"verdict\":\"pass" },
		{ "backslash at the end", { "a\\", 2 }, "a\\" },
		{ "NUL, for which jansson refuses the whole record",
		    { "a\0b", 3 }, "a\\x00b" },
		{ "newline", { "a\nb", 3 }, "a\nb" },
		{ "UTF-8, two bytes", { "\xc3\xbc", 2 }, "\xc3\xbc" },
		{ "UTF-8, four bytes", { "\xf0\x9f\x93\xa7", 4 },
		    "\xf0\x9f\x93\xa7" },
		{ "Latin-1", { "\xfc", 1 }, "\\xfc" },
		{ "overlong", { "\xc0\xaf", 2 }, "\\xc0\\xaf" },
		{ "surrogate", { "\xed\xa0\x80", 3 },
		    "\\xed\\xa0\\x80" },
		{ "cut UTF-8", { "\xe2\x82", 2 }, "\\xe2\\x82" },
		{ "empty", { "", 0 }, "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct request request = { .recipient = cases[i].text };
		struct decision d = a_decision();
		struct record r = { .request = &request, .decision = &d,
			.policy_digest = digest };
		json_t *json = parsed(&r, NULL);

		want_text(cases[i].label, "value", json_string_value(
		    json_object_get(json, "recipient")), cases[i].value);
		want_text(cases[i].label, "verdict", json_string_value(
		    json_object_get(json, "verdict")), "fail");
		json_decref(json);
	}
}

/* As the log's readers print it: on a terminal. */
static void
no_control_character_is_written_as_it_is(void **state ATTR_UNUSED)
{
	struct request request = { .recipient = SLICE("a\x7f" "b") };
	struct decision d = a_decision();
	struct record r = { .request = &request, .decision = &d,
		.policy_digest = digest };
	char out[LIMIT_DECISION];
	size_t n = record_json(&r, out, sizeof(out));

	want_that("DEL", "is escaped", memchr(out, 0x7f, n) == NULL);
}

/* Every value as long as a peer can make it, in the bytes with the longest
 * escapes. */
static void
the_longest_record_fits_its_buffer(void **state ATTR_UNUSED)
{
	static char noise[LIMIT_MACRO], file[QUOTED_VALUE];
	struct reply longest = reply;
	const struct rule watched = { .partner = &bank, .watch = &rule.demand,
		.demand = rule.demand, .stage = STAGE_REJECT };
	struct slice big = { noise, sizeof(noise) };
	struct evidence e = proof;
	struct request request = { .sender = big, .recipient = big };
	struct decision d = a_decision();
	struct ruling ruling = { .strictest = &d,
		.applied = ACTION_REJECT };
	struct record r = { .request = &request, .decision = &d,
		.queue_id = big, .session = big, .pause = big,
		.candidate = &ruling, .reply = &longest,
		.policy_digest = digest, .has_generation = true,
		.generation = LONG_MAX };
	char out[LIMIT_DECISION];
	json_t *json;

	memset(noise, 1, sizeof(noise));
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		request.macros.value[i] = big;
	request.ref = big;
	d.partner = d.destination = d.exception = big;
	memset(longest.text, '"', sizeof(longest.text) - 1);
	memset(file, 1, sizeof(file) - 1);
	d.rule = &watched;
	d.watch = d.finding;
	d.place.file = file;
	e.peer = e.subject = e.issuer = e.fingerprint = e.login =
	    (struct fact){ PROOF_PRESENT, big };
	e.version_text = e.cipher = big;
	d.proof = &e;
	json = parsed(&r, digest);
	json_decref(json);
	want_that("text form", "fits",
	    record_text(&r, out, sizeof(out)) < sizeof(out) - 1);
}

static void
the_text_form_is_one_line_of_pairs(void **state ATTR_UNUSED)
{
	struct request request = { .ref = SLICE("4XJ2k"),
		.recipient = SLICE("<u@bank.example>") };
	struct decision d = a_decision();
	struct record r = { .outcome = OUTCOME_REFUSED, .request = &request,
		.decision = &d, .applied = ACTION_PASS,
		.mode = MODE_LOG_ONLY, .policy_digest = digest };
	char out[LIMIT_DECISION];

	record_text(&r, out, sizeof(out));
	assert_string_equal(out, "decision ref=4XJ2k queue_id=- "
	    "outcome=refused hop=inbound partner=bank client=- "
	    "destination=.bank.example need=\"verify any_peer\" tls=TLSv1.3 "
	    "verified=false source=postfix reason=peer-not-verified "
	    "verdict=fail stage=reject planned=reject applied=pass "
	    "mode=log-only exempt=- rule=enforcetls.conf:42 exception=-");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_key_is_always_there),
	cmocka_unit_test(a_record_holds_the_decision),
	cmocka_unit_test(bytes_from_outside_stay_inside_their_string),
	cmocka_unit_test(no_control_character_is_written_as_it_is),
	cmocka_unit_test(the_longest_record_fits_its_buffer),
	cmocka_unit_test(the_text_form_is_one_line_of_pairs),
};

RUN_TESTS(tests)
