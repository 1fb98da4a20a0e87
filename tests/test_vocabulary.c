/* SPDX-License-Identifier: BSD-2-Clause */
/* Every word of every vocabulary is known wherever it is needed: by the reader
 * of the policy, in the output of check, in records, by explain and in the
 * manual. */
#include "config.h"

#include "policy/audit/recorded.h"
#include "policy/base/limits.h"
#include "policy/explain/explanation.h"
#include "policy/judge/record.h"
#include "policy/staging.h"
#include "tests/reading.h"

static void
want_in_page(const char *name, const char *what, const char *word)
{
	const char *folder = getenv("srcdir");
	char path[512], item[128];
	static char page[1 << 17];
	size_t n;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "." : folder,
	    name);
	in = fopen(path, "r");
	if (in == NULL)
		fail_msg("%s cannot be opened", path);
	n = fread(page, 1, sizeof(page) - 1, in);
	page[n] = '\0';
	fclose(in);
	for (const char *at = page; (at = strstr(at, word)) != NULL; at++) {
		const char *line = at;
		char next = at[strlen(word)];

		while (line > page && line[-1] != '\n')
			line--;
		if ((strncmp(line, ".Ql ", 4) == 0 ||
		    strncmp(line, ".Cm ", 4) == 0 ||
		    strncmp(line, ".It Ql ", 7) == 0 ||
		    strncmp(line, ".It Cm ", 7) == 0) && at[-1] == ' ' &&
		    (next == '\n' || next == ' '))
			return;
	}
	snprintf(item, sizeof(item), "%s \"%s\"", what, word);
	want_that(name, item, false);
}

/* Runs check on a policy with one rule, and finds the word in its output. */
static void
want_read_and_printed(const char *hop, const char *fields, const char *word)
{
	struct folder f;
	char text[512], command[512], path[256], printed[8192];
	FILE *answer;
	size_t n;

	snprintf(text, sizeof(text), TOP
	    "map = { listen = \"unix:/m\"; };\n"
	    "own_relays = [ \"192.0.2.1\" ];\n"
	    "partners = ( { name = \"p\"; domains = [ \"p.example\" ];\n"
	    "%s = { %s }; } );\n", hop, fields);
	folder_create(&f);
	folder_write_text(&f, "t.conf", text);
	snprintf(command, sizeof(command), "./enforcetls check %s 2>&1",
	    folder_path(&f, "t.conf", path));
	answer = popen(command, "r");
	if (answer == NULL)
		fail_msg("%s cannot be run", command);
	n = fread(printed, 1, sizeof(printed) - 1, answer);
	printed[n] = '\0';
	if (pclose(answer) != 0)
		fail_msg("%s = { %s }: %s", hop, fields, printed);
	want_that(fields, "printed by check", strstr(printed, hop) != NULL &&
	    strstr(printed, word) != NULL);
	folder_remove(&f);
}

static void
every_word_of_a_rule_is_read_printed_and_documented(void **state ATTR_UNUSED)
{
	static const struct {
		const char *fields;
		const char *(*word)(unsigned n);
	} keys[] = {
		{ "stage = \"defer\"; level", level_word },
		{ "level = \"encrypt\"; stage", stage_word },
		{ "level = \"encrypt\"; stage = \"defer\"; min_tls",
		    tls_version_word },
		{ "level = \"encrypt\"; stage = \"defer\"; min_grade",
		    grade_word },
	};
	const char *word;
	char fields[256];

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		for (unsigned n = 0; (word = keys[i].word(n)) != NULL; n++) {
			snprintf(fields, sizeof(fields), "%s = \"%s\";%s",
			    keys[i].fields, word, strcmp(word, "verify") == 0 ?
			    " any_peer = true;" : "");
			want_read_and_printed("entry", fields, word);
			want_in_page("conf/enforcetls.conf.5", keys[i].fields,
			    word);
		}
}

static void
every_hop_is_read_printed_and_documented(void **state ATTR_UNUSED)
{
	for (unsigned i = 0; i < HOP_COUNT; i++) {
		const char *word = hop_name((enum hop)i);

		want_read_and_printed(word,
		    "level = \"encrypt\"; stage = \"defer\";", word);
		want_in_page("conf/enforcetls.conf.5", "hop", word);
		want_in_page("conf/enforcetls.1", "hop", word);
	}
}

static void
every_stage_has_a_row(void **state ATTR_UNUSED)
{
	for (unsigned i = STAGE_UNSET + 1; i < STAGE_COUNT; i++) {
		const char *word = stage_name((enum stage)i);
		unsigned hops = 0;
		enum stage back;

		want_that(word, "a word", stage_from(slice_of(word), &back));
		want_number(word, "read back", (long)back, (long)i);
		for (unsigned hop = 0; hop < HOP_COUNT; hop++)
			hops += stage_is_for((enum stage)i, (enum hop)hop);
		want_that(word, "for some hop", hops > 0);
		want_that(word, "below defer only what lets mail pass",
		    stage_acts_below_defer((enum stage)i) ==
		    (staging_plan(VERDICT_FAIL, (enum stage)i) <
		    ACTION_DEFER));
	}
	want_that("unset", "acts as defer",
	    !stage_acts_below_defer(STAGE_UNSET) &&
	    staging_plan(VERDICT_FAIL, STAGE_UNSET) == ACTION_DEFER);
	want_that("unknown", "acts as defer",
	    !stage_acts_below_defer(STAGE_COUNT) &&
	    staging_plan(VERDICT_FAIL, STAGE_COUNT) == ACTION_DEFER);
}

/* Writes the record of a decision and reads it back. */
static void
record_and_read(const struct decision *d, enum outcome outcome,
    struct recorded *out, struct arena *a)
{
	struct request request = { .ref = SLICE("r") };
	struct record record = { .outcome = outcome, .request = &request,
		.decision = d, .applied = d->applied };
	char line[LIMIT_DECISION];
	size_t n = record_json(&record, line, sizeof(line));
	json_t *json;

	record_chain(NULL, line + n, sizeof(line) - n);
	json = json_loads(line, 0, NULL);
	want_that(line, "JSON", json != NULL);
	want_that(line, "read back", recorded_read(json, a, out));
	json_decref(json);
}

static void
every_recorded_word_is_read_back(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (unsigned i = 1; i < REASON_COUNT; i++) {
		struct decision d = {
			.hop = (enum hop)(i % HOP_COUNT),
			.finding = { (enum verdict)(i % 3), (enum reason)i },
			.stage = (enum stage)(i % STAGE_COUNT),
			.planned = (enum action)(1 + i % (ACTION_COUNT - 1)),
			.applied = (enum action)(1 + i % (ACTION_COUNT - 1)),
			.exempt = (enum exempt)(i % EXEMPT_COUNT),
		};
		enum outcome outcome =
		    (enum outcome)(1 + i % (OUTCOME_COUNT - 1));
		struct recorded back;
		const char *label = reason_name((enum reason)i);

		record_and_read(&d, outcome, &back, a);
		want_number(label, "hop", back.decision.hop, d.hop);
		want_number(label, "verdict", back.decision.finding.verdict,
		    d.finding.verdict);
		want_number(label, "reason", back.decision.finding.reason,
		    d.finding.reason);
		want_number(label, "stage", back.decision.stage, d.stage);
		want_number(label, "planned", back.decision.planned,
		    d.planned);
		want_number(label, "applied", back.decision.applied,
		    d.applied);
		want_number(label, "exempt", back.decision.exempt, d.exempt);
		want_number(label, "outcome", back.outcome, outcome);
	}
	arena_destroy(&a);
}

static void
every_recorded_word_is_explained_and_documented(void **state ATTR_UNUSED)
{
	static const char page[] = "milter/enforcetlsd.8";

	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *word = reason_name((enum reason)i);

		want_that(word, "has a row of its own", i == REASON_UNSET ||
		    reason_row((enum reason)i) != reason_row(REASON_UNSET));
		want_that(word, "is explained",
		    reason_meaning((enum reason)i) != NULL);
		want_in_page(page, "reason", word);
	}
	for (unsigned i = EXEMPT_NONE + 1; i < EXEMPT_COUNT; i++) {
		const char *word = exempt_name((enum exempt)i);

		want_that(word, "is explained",
		    explanation_exempt((enum exempt)i) != NULL);
		want_in_page(page, "exempt", word);
	}
	for (unsigned i = ACTION_UNSET + 1; i < ACTION_COUNT; i++)
		want_in_page(page, "action", action_name((enum action)i));
	for (unsigned i = OUTCOME_UNSET + 1; i < OUTCOME_COUNT; i++)
		want_in_page(page, "outcome", outcome_name((enum outcome)i));
	for (unsigned i = 0; verdict_word(i) != NULL; i++)
		want_in_page(page, "verdict", verdict_word(i));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(
	    every_word_of_a_rule_is_read_printed_and_documented),
	cmocka_unit_test(every_hop_is_read_printed_and_documented),
	cmocka_unit_test(every_stage_has_a_row),
	cmocka_unit_test(every_recorded_word_is_read_back),
	cmocka_unit_test(
	    every_recorded_word_is_explained_and_documented),
};

RUN_TESTS(tests)
