/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/loss.h"
#include "conf/state/stages.h"
#include "conf/state/statetext.h"
#include "policy/base/text.h"
#include "policy/staging.h"
#include "tests/state.h"

/* One row whose inbound rule is RULE; the state says what was set. */
#define ROW "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];\n" \
	"  inbound = { %s }; } );\n"

static struct policy *
policy_with(const struct folder *f, const char *rule, const char *more)
{
	char text[2048];

	snprintf(text, sizeof(text), TOP "%s" ROW, more, rule);
	return state_policy(f, text);
}

static const struct rule *
rule_of(const struct policy *policy)
{
	return table_partner(policy->table, 0)->rules[HOP_INBOUND];
}

/* "verify names=x @log-only + encrypt @reject": what acts. */
static void
show_terms(const struct folder *f, struct policy *policy, char *out,
    size_t size)
{
	struct err e;
	struct state *state = state_read(STATE_AT(f->path), &e);
	struct term terms[POLICY_TERMS];
	struct text t;
	size_t n;

	assert_non_null(state);
	state_apply(state, policy);
	policy->overlay = &state->overlay;
	n = policy_terms(policy, rule_of(policy), terms);
	text_init(&t, out, size);
	for (size_t i = 0; i < n; i++) {
		char need[300];

		demand_show(terms[i].demand, need, sizeof(need));
		text_join(&t, " + ", "%s @%s", need,
		    stage_name(terms[i].stage));
		assert_true(terms[i].kept == (i > 0));
	}
	policy->overlay = NULL;
	state_destroy(&state);
}

/* Sets a stage under the row of one rule. */
static void
set_stage(const struct folder *f, struct policy *policy, enum stage stage)
{
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .stage = stage, .force = true,
		.reason = SLICE("r") };
	char id[CHANGE_ID];

	want_text("set", "refusal", state_make(f, policy, &c, STATE_T, id), "");
}

#define ENCRYPT "level = \"encrypt\"; "
#define VERIFY "level = \"verify\"; names = [ \"mx1.bank.example\" ]; "
#define MX2 "level = \"verify\"; names = [ \"mx2.bank.example\" ]; "
#define BOTH "level = \"verify\"; names = [ \"mx1.bank.example\", " \
	"\"mx2.bank.example\" ]; "
#define AT(stage) "stage = \"" stage "\";"

static const struct {
	const char *label;
	const char *before;             /* the rule when the stage was set */
	enum stage set;
	const char *after;              /* the rule then */
	const char *acts;
} edits[] = {
	{ "nothing changed", ENCRYPT AT("log-only"), STAGE_REJECT,
	    ENCRYPT AT("log-only"), "encrypt @reject" },
	{ "the level rises", ENCRYPT AT("log-only"), STAGE_REJECT,
	    VERIFY AT("log-only"), "verify names=mx1.bank.example @log-only + "
	    "encrypt @reject" },
	{ "a floor is added", ENCRYPT AT("log-only"), STAGE_REJECT,
	    ENCRYPT "min_tls = \"1.3\"; " AT("log-only"),
	    "encrypt min_tls=1.3 @log-only + encrypt @reject" },
	{ "the identity gets narrower", BOTH AT("log-only"), STAGE_DEFER,
	    VERIFY AT("log-only"), "verify names=mx1.bank.example @log-only + "
	    "verify names=mx1.bank.example|mx2.bank.example @defer" },
	{ "the demand falls: the old one goes on acting", VERIFY
	    AT("log-only"), STAGE_REJECT, ENCRYPT AT("log-only"),
	    "encrypt @log-only + verify names=mx1.bank.example @reject" },
	{ "another name", VERIFY AT("log-only"), STAGE_REJECT,
	    MX2 AT("log-only"), "verify names=mx2.bank.example @log-only + "
	    "verify names=mx1.bank.example @reject" },
	{ "the file stages the raised demand itself", ENCRYPT AT("log-only"),
	    STAGE_DEFER, VERIFY AT("reject"),
	    "verify names=mx1.bank.example @reject" },
	{ "the demand rises, at a lower stage of the file", ENCRYPT
	    AT("log-only"), STAGE_REJECT, VERIFY AT("defer"),
	    "verify names=mx1.bank.example @defer + encrypt @reject" },
	{ "another name at that stage in the file", VERIFY AT("log-only"),
	    STAGE_REJECT, MX2 AT("reject"), "verify names=mx2.bank.example "
	    "@reject + verify names=mx1.bank.example @reject" },
	{ "only the file's stage rises above it", ENCRYPT AT("log-only"),
	    STAGE_DEFER, ENCRYPT AT("reject"), "encrypt @reject" },
	{ "only the file's stage rises, and stays below it", ENCRYPT
	    AT("log-only"), STAGE_REJECT, ENCRYPT AT("tag"),
	    "encrypt @reject" },
	{ "only the file's stage falls", ENCRYPT AT("defer"), STAGE_REJECT,
	    ENCRYPT AT("log-only"), "encrypt @reject" },
	{ "the same demand, written otherwise", BOTH AT("log-only"),
	    STAGE_REJECT, "level = \"verify\"; peers = ( { names = [ "
	    "\"mx2.bank.example\", \"mx1.bank.example\" ]; } ); "
	    AT("log-only"), "verify names=mx2.bank.example|mx1.bank.example "
	    "@reject" },
};

static void
test_what_acts_after_an_edit(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(edits); i++) {
		struct policy *before, *after;
		struct folder f;
		char acts[600];

		folder_create(&f);
		before = policy_with(&f, edits[i].before, "");
		set_stage(&f, before, edits[i].set);
		after = policy_with(&f, edits[i].after, "");
		show_terms(&f, after, acts, sizeof(acts));
		want_text(edits[i].label, "acts", acts, edits[i].acts);
		/* Set anew, the stage is for the demand of today alone. */
		if (strstr(acts, " + ") != NULL) {
			set_stage(&f, after, edits[i].set);
			show_terms(&f, after, acts, sizeof(acts));
			want_that(edits[i].label, "ends when it is set anew",
			    strstr(acts, " + ") == NULL);
		}
		policy_destroy(&before);
		policy_destroy(&after);
		folder_remove(&f);
	}
}

/* The stage of the command, of the file then, of the file now: what is reported
 * as differing. */
static const struct {
	const char *label;
	const char *before, *after;
	const char *named;
} agreeing[] = {
	{ "as it was", AT("log-only"), AT("log-only"), "" },
	{ "the file has it now", AT("log-only"), AT("defer"), "" },
	{ "the file has a lower one", AT("log-only"), AT("tag"),
	    "bank inbound" },
	{ "the file has a higher one", AT("log-only"), AT("reject"),
	    "bank inbound" },
};

static void
test_what_differs_from_the_file(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(agreeing); i++) {
		char rule[200], named[200];
		struct policy *before, *after;
		struct state *state;
		struct folder f;
		struct text t;
		struct err e;

		folder_create(&f);
		snprintf(rule, sizeof(rule), ENCRYPT "%s", agreeing[i].before);
		before = policy_with(&f, rule, "");
		set_stage(&f, before, STAGE_DEFER);
		snprintf(rule, sizeof(rule), ENCRYPT "%s", agreeing[i].after);
		after = policy_with(&f, rule, "");
		state = state_read(STATE_AT(f.path), &e);
		assert_non_null(state);
		text_init(&t, named, sizeof(named));
		stages_add_differing(state, after, &t);
		text_end(&t);
		want_text(agreeing[i].label, "differs", named,
		    agreeing[i].named);
		state_destroy(&state);
		policy_destroy(&before);
		policy_destroy(&after);
		folder_remove(&f);
	}
}

static void
test_the_file_may_have_all_stages(void **unused ATTR_UNUSED)
{
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .stage = STAGE_TAG, .reason = SLICE("r") };
	struct policy *tool, *file;
	char acts[300], id[CHANGE_ID];
	struct folder f;

	folder_create(&f);
	tool = policy_with(&f, ENCRYPT AT("log-only"), "");
	set_stage(&f, tool, STAGE_REJECT);
	file = policy_with(&f, ENCRYPT AT("log-only"),
	    "stages_from = \"file\";\n");
	show_terms(&f, file, acts, sizeof(acts));
	want_text("stages_from", "acts", acts, "encrypt @log-only");
	want_that("stages_from", "tells what to write",
	    strstr(state_make(&f, file, &c, STATE_T, id),
		"write stage = \"tag\";") != NULL);
	policy_destroy(&tool);
	policy_destroy(&file);
	folder_remove(&f);
}

/* Runs a shell command in the state folder. */
static void
in_folder(const struct folder *f, const char *command)
{
	char line[600];

	snprintf(line, sizeof(line), "cd %s && %s", f->path, command);
	assert_int_equal(system(line), 0);
}

/* The demand is in the history too, from which a damaged state is rebuilt. */
static void
test_a_rebuilt_state_keeps_the_demand(void **unused ATTR_UNUSED)
{
	struct policy *before, *after;
	struct folder f;
	char acts[300];

	folder_create(&f);
	before = policy_with(&f, BOTH AT("log-only"), "");
	set_stage(&f, before, STAGE_REJECT);
	after = policy_with(&f, VERIFY AT("log-only"), "");
	in_folder(&f, "echo damage >>state.conf");
	show_terms(&f, after, acts, sizeof(acts));
	want_text("rebuilt", "acts", acts, "verify names=mx1.bank.example "
	    "@log-only + verify names=mx1.bank.example|mx2.bank.example "
	    "@reject");
	policy_destroy(&before);
	policy_destroy(&after);
	folder_remove(&f);
}

/* A loss that is taken ends what was kept, if the loss has it. */
static const struct {
	const char *label;
	const char *then;               /* the policy whose loss is taken */
	const char *acts;               /* when the row is back as it was */
} taken[] = {
	{ "the partner goes", "partners = ();\n",
	    "verify names=mx1.bank.example @log-only" },
	{ "another partner takes its key over", "partners = ( { name = "
	    "\"other\"; domains = [ \"bank.example\" ]; inbound = { "
	    ENCRYPT AT("log-only") " }; } );\n",
	    "verify names=mx1.bank.example @log-only" },
	{ "stages come from the file", "stages_from = \"file\";\n"
	    "partners = ( { name = \"bank\"; domains = [ \"bank.example\" ];"
	    " inbound = { " VERIFY AT("log-only") " }; } );\n",
	    "verify names=mx1.bank.example @log-only" },
	{ "it has lost a key only, and is kept for the others", "partners = ( {"
	    " name = \"bank\"; domains = [ \"shop.example\" ]; inbound = { "
	    VERIFY AT("log-only") " }; } );\n",
	    "verify names=mx1.bank.example @log-only + encrypt @reject" },
};

/* The loss from policy to what text has, both with the state, is recorded. */
static void
take_loss(const struct folder *f, struct policy *policy, const char *text)
{
	struct actor actor = { .reason = SLICE("r"), .losses = loss_count,
		.clock = STATE_T };
	struct policy *next = state_policy(f, text);
	struct difference *d;
	struct err e;
	struct state *old = state_read(STATE_AT(f->path), &e);
	struct state *new = state_read(STATE_AT(f->path), &e);

	assert_true(old != NULL && new != NULL);
	state_apply(old, policy);
	policy->overlay = &old->overlay;
	state_apply(new, next);
	next->overlay = &new->overlay;
	d = difference_make(policy, next, STATE_T);
	assert_true(difference_losses(d) > 0);
	assert_int_equal(loss_record(STATE_AT(f->path), &actor, d, &e), 0);
	difference_destroy(&d);
	policy->overlay = NULL;
	policy_destroy(&next);
	state_destroy(&old);
	state_destroy(&new);
}

static void
test_a_loss_that_is_taken(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(taken); i++) {
		struct policy *before, *raised;
		char acts[300], text[1024];
		struct folder f;

		folder_create(&f);
		before = policy_with(&f, ENCRYPT AT("log-only"), "");
		set_stage(&f, before, STAGE_REJECT);
		raised = policy_with(&f, VERIFY AT("log-only"), "");
		snprintf(text, sizeof(text), TOP "%s", taken[i].then);
		take_loss(&f, raised, text);
		show_terms(&f, raised, acts, sizeof(acts));
		want_text(taken[i].label, "acts", acts, taken[i].acts);
		in_folder(&f, "echo damage >>state.conf");
		show_terms(&f, raised, acts, sizeof(acts));
		want_text(taken[i].label, "rebuilt", acts, taken[i].acts);
		/* A line that is missing could have set a stage again. */
		in_folder(&f, "echo damage >>history.jsonl");
		show_terms(&f, raised, acts, sizeof(acts));
		want_text(taken[i].label, "rebuilt in part", acts, "verify "
		    "names=mx1.bank.example @log-only + encrypt @reject");
		policy_destroy(&before);
		policy_destroy(&raised);
		folder_remove(&f);
	}
}

/* The history names it once, with however many keys it went. */
static void
test_a_loss_of_two_keys_ends_one_demand(void **unused ATTR_UNUSED)
{
	struct policy *before, *raised;
	struct folder f;

	folder_create(&f);
	before = policy_with(&f, ENCRYPT AT("log-only"), "");
	set_stage(&f, before, STAGE_REJECT);
	raised = state_policy(&f, TOP "partners = ( { name = \"bank\"; "
	    "domains = [ \"bank.example\", \"shop.example\" ]; "
	    "inbound = { " VERIFY AT("log-only") " }; } );\n");
	take_loss(&f, raised, TOP "partners = ();\n");
	in_folder(&f, "grep -q '\"ended_demands\": *\\[\"bank "
	    "inbound\"\\]' history.jsonl");
	policy_destroy(&before);
	policy_destroy(&raised);
	folder_remove(&f);
}

/* And in the marker, for a state folder that was lost. */
static void
test_a_marker_keeps_the_demand(void **unused ATTR_UNUSED)
{
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .stage = STAGE_REJECT, .force = true,
		.reason = SLICE("r") };
	struct state_place place = { .folder = NULL };
	struct actor actor = { .reason = SLICE("r"), .losses = loss_count,
		.clock = STATE_T };
	struct change_made made;
	char folder[300];
	struct policy *before;
	struct state *state;
	struct folder f;
	struct err e;

	folder_create(&f);
	before = policy_with(&f, BOTH AT("log-only"), "");
	in_folder(&f, "mkdir state && chmod 750 state");
	snprintf(folder, sizeof(folder), "%s/state", f.path);
	place.folder = folder;
	snprintf(place.marker, sizeof(place.marker), "%s/marker", f.path);
	assert_int_equal(change_make(&place, before, &c, &actor, &made, &e), 0);
	in_folder(&f, "rm state/*");
	state = state_read(&place, &e);
	assert_non_null(state);
	assert_int_equal(state->health, STATE_DAMAGED);
	assert_int_equal(state->stage_count, 1);
	assert_non_null(state->stages[0].demand);
	assert_int_equal(state->stages[0].demand->peers[0].names.count, 2);
	state_destroy(&state);
	policy_destroy(&before);
	folder_remove(&f);
}

/* A state of an older release has the level alone. */
static const struct {
	const char *label;
	const char *before, *after;
	const char *acts;
} older[] = {
	{ "the level rises", ENCRYPT AT("log-only"), VERIFY AT("log-only"),
	    "verify names=mx1.bank.example @log-only + encrypt @reject" },
	{ "the level falls", VERIFY AT("log-only"), ENCRYPT AT("log-only"),
	    "encrypt @reject" },
	{ "another name", VERIFY AT("log-only"), MX2 AT("log-only"),
	    "verify names=mx2.bank.example @reject" },
	{ "the stage rises", VERIFY AT("log-only"), VERIFY AT("tag"),
	    "verify names=mx1.bank.example @reject" },
};

static void
test_an_older_state(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(older); i++) {
		struct policy *before, *after;
		struct folder f;
		char acts[300];

		folder_create(&f);
		before = policy_with(&f, older[i].before, "");
		set_stage(&f, before, STAGE_REJECT);
		/* As the older release wrote it. */
		in_folder(&f, "sed -i '1d;/demand = /d' state.conf && "
		    "d=$(sha256sum <state.conf | cut -c1-64) && "
		    "sed -i \"1i # enforcetls-state 1 generation=1 "
		    "sha256=$d\" state.conf");
		after = policy_with(&f, older[i].after, "");
		show_terms(&f, after, acts, sizeof(acts));
		want_text(older[i].label, "acts", acts, older[i].acts);
		policy_destroy(&before);
		policy_destroy(&after);
		folder_remove(&f);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_what_acts_after_an_edit),
	cmocka_unit_test(test_what_differs_from_the_file),
	cmocka_unit_test(test_the_file_may_have_all_stages),
	cmocka_unit_test(test_a_rebuilt_state_keeps_the_demand),
	cmocka_unit_test(test_a_loss_that_is_taken),
	cmocka_unit_test(test_a_loss_of_two_keys_ends_one_demand),
	cmocka_unit_test(test_a_marker_keeps_the_demand),
	cmocka_unit_test(test_an_older_state),
};

RUN_TESTS(tests)
