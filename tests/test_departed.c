/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/departed.h"
#include "policy/base/text.h"
#include "tests/state.h"

#define ENFORCE "format = 1; mode = \"enforce\";\n" \
	"exceptions = { allow_plaintext = true; };\n"
#define LOG_ONLY "format = 1; mode = \"log-only\";\n" \
	"exceptions = { allow_plaintext = true; };\n"
#define BANK_WITH(more) "{ name = \"bank\"; domains = [ \"bank.example\" ];\n" \
	"  inbound = { level = \"verify\"; names = [ \"mx.bank.example\" ];\n" \
	"    stage = \"defer\"; };" more " }"
#define BANK BANK_WITH("entry = { level = \"encrypt\"; " \
	"stage = \"log-only\"; };")
#define SHOP "{ name = \"shop\"; domains = [ \"shop.example\" ];\n" \
	"  entry = { level = \"encrypt\"; stage = \"reject\"; }; }"

/* Runs a shell command in the folder. */
static void
departed_shell(const struct folder *f, const char *command)
{
	char line[600];

	snprintf(line, sizeof(line), "cd '%s' && %s", f->path, command);
	assert_int_equal(system(line), 0);
}

/* What was set before: bank inbound is lowered to log-only, bank entry is at
 * tag, and shop entry has an exception. */
static void
departed_fill(const struct folder *f, const struct policy *policy)
{
	struct change stage = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .stage = STAGE_LOG_ONLY, .force = true,
		.reason = SLICE("r") };
	struct change grant = state_grant();
	char id[CHANGE_ID];

	want_text("lower", "refusal",
	    state_make(f, policy, &stage, STATE_T, id), "");
	stage.hop = HOP_ENTRY;
	stage.stage = STAGE_TAG;
	want_text("raise", "refusal",
	    state_make(f, policy, &stage, STATE_T, id), "");
	grant.partner = SLICE("shop");
	grant.hop = HOP_ENTRY;
	grant.floor = LEVEL_NONE;
	want_text("grant", "refusal",
	    state_make(f, policy, &grant, STATE_T, id), "");
}

/* "bank inbound, E3": what of the state has not ended. */
static void
departed_show(const struct folder *f, char *out, size_t size)
{
	struct err e;
	struct state *state = state_read(STATE_AT(f->path), &e);
	struct text t;

	assert_non_null(state);
	text_init(&t, out, size);
	for (size_t i = 0; i < state->stage_count; i++)
		text_join(&t, ", ", "%.*s %s",
		    SLICE_ARGS(state->stages[i].partner),
		    hop_name(state->stages[i].hop));
	for (size_t i = 0; i < state->exception_count; i++)
		if (state->exceptions[i].until > STATE_T)
			text_join(&t, ", ", "%.*s",
			    SLICE_ARGS(state->exceptions[i].id));
	state_destroy(&state);
}

static struct policy *
departed_policy(const struct folder *f, const char *top, const char *rows)
{
	char text[1600];

	snprintf(text, sizeof(text), "%s" "partners = ( %s );\n", top, rows);
	return state_policy(f, text);
}

#define ALL "bank inbound, bank entry, E3"

static const struct {
	const char *label;
	const char *rows;               /* of the policy that follows */
	const char *left;
} cases[] = {
	{ "nothing leaves", SHOP ", " BANK, ALL },
	{ "a lowered stage goes with its partner", SHOP, "E3" },
	{ "a hop leaves", BANK_WITH("") ", " SHOP, "bank inbound, E3" },
	{ "an exception goes with its partner", BANK,
	    "bank inbound, bank entry" },
	{ "everybody goes", "", "" },
};

static void
test_departures(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct actor actor = { .reason = SLICE("r"),
			.losses = loss_count, .clock = STATE_T };
		struct policy *old, *new;
		struct state *state;
		struct folder f;
		struct err e;
		char left[200];
		bool any;

		folder_create(&f);
		old = departed_policy(&f, ENFORCE, BANK ", " SHOP);
		departed_fill(&f, old);
		new = departed_policy(&f, ENFORCE, cases[i].rows);
		state = state_read(STATE_AT(f.path), &e);
		any = departed_any(state, old, new, STATE_T);
		want_number(cases[i].label, "any", any,
		    strcmp(cases[i].left, ALL) != 0);
		assert_int_equal(departed_end(STATE_AT(f.path), old, new,
		    &actor, &e), 0);
		departed_show(&f, left, sizeof(left));
		want_text(cases[i].label, "left", left, cases[i].left);
		/* As the history has it. */
		departed_shell(&f, "echo damage >>state.conf");
		departed_show(&f, left, sizeof(left));
		want_number(cases[i].label, "rebuilt", strstr(left,
		    "bank inbound") != NULL, strstr(cases[i].left,
		    "bank inbound") != NULL);
		state_destroy(&state);
		policy_destroy(&old);
		policy_destroy(&new);
		folder_remove(&f);
	}
}

/* With the state applied to both. */
static bool
departed_ask(const struct folder *f, const char *old_top,
    const char *old_stage, const char *new_top, const char *new_rows)
{
	char rows[300];
	struct policy *old, *new;
	bool may;

	snprintf(rows, sizeof(rows), "{ name = \"shop\"; domains = [ "
	    "\"shop.example\" ]; entry = { level = \"encrypt\"; stage = "
	    "\"%s\"; }; }", old_stage);
	old = departed_policy(f, old_top, rows);
	new = departed_policy(f, new_top, new_rows);
	may = departed_may_end(old, new, STATE_T);
	policy_destroy(&old);
	policy_destroy(&new);
	return may;
}

/* An include folder that is empty by a slip is no loss in mode log-only. */
static void
test_a_slip_in_log_only_ends_nothing(void **unused ATTR_UNUSED)
{
	struct folder f;

	folder_create(&f);
	assert_false(departed_ask(&f, LOG_ONLY, "reject", LOG_ONLY, ""));
	assert_false(departed_ask(&f, ENFORCE, "reject", LOG_ONLY, ""));
	assert_false(departed_ask(&f, LOG_ONLY, "reject", ENFORCE, ""));
	assert_true(departed_ask(&f, LOG_ONLY, "log-only", LOG_ONLY, ""));
	assert_true(departed_ask(&f, LOG_ONLY, "reject", LOG_ONLY, SHOP));
	/* The check for losses has passed, or somebody took the loss. */
	assert_true(departed_ask(&f, ENFORCE, "reject", ENFORCE, ""));
	folder_remove(&f);
}

static const struct {
	const char *label;
	const char *partner;
	enum hop hop;
	const char *refusal;
	const char *left;
} ends[] = {
	{ "of a rule that is there", "bank", HOP_INBOUND, "bank has a rule for "
	    "inbound: give it the stage of the policy file with `enforcetls "
	    "stage`", ALL },
	{ "of a hop that is gone", "bank", HOP_ENTRY, "", "bank inbound, E3" },
	{ "a second time", "bank", HOP_ENTRY, "no stage is set for bank entry: "
	    "`enforcetls state` lists those of partners that are gone",
	    "bank inbound, E3" },
	{ "of nobody", "bnak", HOP_INBOUND, "no stage is set for bnak inbound: "
	    "`enforcetls state` lists those of partners that are gone",
	    "bank inbound, E3" },
};

/* What an older release left behind. */
static void
test_a_void_stage_can_be_removed(void **unused ATTR_UNUSED)
{
	struct policy *old, *new;
	struct folder f;
	char left[200], id[CHANGE_ID];

	folder_create(&f);
	old = departed_policy(&f, ENFORCE, BANK ", " SHOP);
	departed_fill(&f, old);
	new = departed_policy(&f, ENFORCE, BANK_WITH("") ", " SHOP);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct change c = { .kind = CHANGE_END_STAGE,
			.partner = slice_of(ends[i].partner),
			.hop = ends[i].hop, .reason = SLICE("r") };

		want_text(ends[i].label, "refusal",
		    state_make(&f, new, &c, STATE_T, id), ends[i].refusal);
		departed_show(&f, left, sizeof(left));
		want_text(ends[i].label, "left", left, ends[i].left);
	}
	departed_shell(&f, "echo damage >>state.conf");
	departed_show(&f, left, sizeof(left));
	want_text("rebuilt", "left", left, "bank inbound");
	policy_destroy(&old);
	policy_destroy(&new);
	folder_remove(&f);
}

/* So many names fit no event. */
static void
test_many_of_them(void **unused ATTR_UNUSED)
{
	struct actor actor = { .reason = SLICE("r"), .losses = loss_count,
		.clock = STATE_T };
	struct policy *old, *new = NULL;
	struct folder f;
	struct err e;
	char text[60000], left[200];
	struct text t;

	folder_create(&f);
	text_init(&t, text, sizeof(text));
	text_add(&t, "%spartners = ( ", ENFORCE);
	for (int i = 0; i < 300; i++)
		text_add(&t, "%s{ name = \"partner-of-a-long-name-%d\"; domains "
		    "= [ \"p%d.example\" ]; entry = { level = \"encrypt\"; "
		    "stage = \"log-only\"; }; }", i == 0 ? "" : ", ", i, i);
	text_add(&t, " );\n");
	text_end(&t);
	assert_false(t.cut);
	old = state_policy(&f, text);
	for (int i = 0; i < 300; i++) {
		char name[60], id[CHANGE_ID];
		struct change c = { .kind = CHANGE_STAGE, .hop = HOP_ENTRY,
			.stage = STAGE_TAG, .force = true,
			.reason = SLICE("r") };

		snprintf(name, sizeof(name), "partner-of-a-long-name-%d", i);
		c.partner = slice_of(name);
		want_text(name, "refusal", state_make(&f, old, &c, STATE_T,
		    id), "");
	}
	new = state_policy(&f, ENFORCE "partners = ();\n");
	assert_int_equal(departed_end(STATE_AT(f.path), old, new, &actor, &e),
	    0);
	departed_show(&f, left, sizeof(left));
	want_text("300", "left", left, "");
	departed_shell(&f, "test \"$(grep -o 'partner-of-a-long-name-[0-9]* entry' "
	    "history.jsonl | sort -u | wc -l)\" -eq 300");
	departed_shell(&f, "test \"$(grep -c departed history.jsonl)\" -gt 1");
	policy_destroy(&old);
	policy_destroy(&new);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_departures),
	cmocka_unit_test(test_a_slip_in_log_only_ends_nothing),
	cmocka_unit_test(test_a_void_stage_can_be_removed),
	cmocka_unit_test(test_many_of_them),
};

RUN_TESTS(tests)
