/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With exceptions.four_eyes, one person lets nothing pass that the judge sees,
 * but an encrypted hop for a few hours. tests/four_eyes.sh has the uids that a
 * real daemon sees.
 */
#include "config.h"

#include "conf/base/digest.h"
#include "conf/loss.h"
#include "conf/state/change_pending.h"
#include "conf/state/pending.h"
#include "conf/state/statetext.h"
#include "tests/state.h"

enum { ANN = 1001, BOB = 1002, HOUR = 3600 };

#define EYES "exceptions = { allow_plaintext = true; four_eyes = true; };\n"

static struct folder shared, folder;
static struct policy *policy, *strict, *alone;
static struct change_made made;

/* Makes a change as this person (0: root) at this time. Returns why it was
 * refused, or "". */
static const char *
make_under(const struct policy *under, uid_t person, const struct change *c,
    int64_t clock)
{
	static char problem[512];
	struct actor actor = { .uid = person, .person = person,
		.reason = c->reason, .clock = clock, .losses = loss_count };
	struct err e;

	if (change_make(STATE_AT(folder.path), under, c, &actor, &made,
		&e) == 0)
		return "";
	snprintf(problem, sizeof(problem), "%s", e.text);
	return problem;
}

static const char *
make(uid_t person, const struct change *c, int64_t clock)
{
	return make_under(policy, person, c, clock);
}

static const char *
approve(uid_t person, const char *id, int64_t clock)
{
	char copy[CHANGE_ID];           /* id may be that of made */
	struct change c = { .kind = CHANGE_APPROVE };

	snprintf(copy, sizeof(copy), "%s", id);
	c.id = slice_of(copy);
	return make(person, &c, clock);
}

static const char *
end(uid_t person, const char *id, int64_t clock)
{
	char copy[CHANGE_ID];
	struct change c = { .kind = CHANGE_END };

	snprintf(copy, sizeof(copy), "%s", id);
	c.id = slice_of(copy);
	return make(person, &c, clock);
}

/* To plaintext, so that one person never may. */
static struct change
plaintext(void)
{
	struct change c = state_grant();

	c.floor = LEVEL_NONE;
	return c;
}

/* Whether the judge lets mail of the bank pass at this time, and with what. */
static const char *
passes(enum hop hop, int64_t now)
{
	struct policy view = *policy;
	const struct rule *rule = table_partner(view.table, 0)->rules[hop];
	const struct exception *x;
	const char *floor = "-";
	struct state *state;
	struct err e;

	state = state_read(STATE_AT(folder.path), &e);
	assert_non_null(state);
	want_that("the state", "is good", state->health != STATE_DAMAGED);
	state_apply(state, &view);
	view.overlay = &state->overlay;
	x = policy_exception(&view, rule, SLICE("bank"),
	    SLICE("bank.example"), now);
	if (x != NULL)
		floor = level_name(x->floor);
	if (state->pauses[hop].until > now)
		floor = "paused";
	state_destroy(&state);
	return floor;
}

static void
want_refused(const char *label, const char *came, const char *part)
{
	if (came[0] == '\0' || strstr(came, part) == NULL)
		fail_msg("%s: came \"%s\", wanted \"%s\"", label, came, part);
}

static void
test_two_persons(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();

	want_refused("root", make(0, &c, STATE_T), "neither root");
	want_text("ann", "refusal", make(ANN, &c, STATE_T), "");
	want_text("ann", "id", made.id, "E1");
	want_that("ann", "waits", made.waits && made.acts_until == 0);
	want_text("asked for", "passes", passes(HOP_INBOUND, STATE_T), "-");
	want_refused("herself", approve(ANN, "E1", STATE_T + 1),
	    "uid 1001 asked for it");
	want_refused("root", approve(0, "E1", STATE_T + 1), "neither root");
	want_refused("another id", approve(BOB, "E2", STATE_T + 1),
	    "nothing waits for approval under the id E2");
	want_text("refused", "passes", passes(HOP_INBOUND, STATE_T + 2), "-");
	want_text("bob", "refusal", approve(BOB, "E1", STATE_T + 2), "");
	want_text("approved", "passes", passes(HOP_INBOUND, STATE_T + 2),
	    "none");
	want_text("again", "refusal", approve(BOB, "E1", STATE_T + 3), "");
	want_that("again", "already", made.already);
	want_text("by her", "refusal", approve(ANN, "E1", STATE_T + 3), "");
	want_that("by her", "already", made.already);
	want_text("its end", "passes", passes(HOP_INBOUND, c.until), "-");
}

static void
test_too_late(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();

	make(ANN, &c, STATE_T);
	want_refused("a day later", approve(BOB, "E1", STATE_T + STATE_DAY),
	    "could be approved until 2026-03-02T00:00:00Z");
	/* The clock was set back: what was seen stays seen. */
	make(ANN, &c, STATE_T + STATE_DAY);
	want_refused("an hour less", approve(BOB, "E1", STATE_T + HOUR),
	    "could be approved until");
	want_text("expired", "passes", passes(HOP_INBOUND,
		STATE_T + STATE_DAY), "-");
	c.until = STATE_T + 2 * STATE_DAY;
	make(ANN, &c, STATE_T + STATE_DAY + HOUR);
	want_refused("its end is first", approve(BOB, made.id,
	    STATE_T + 2 * STATE_DAY), "could be approved until "
	    "2026-03-03T00:00:00Z");
}

/* What is approved is what was shown under an id. */
static void
test_ids(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();

	c.id = SLICE("roll-1");
	make(ANN, &c, STATE_T);
	want_text("again", "refusal", make(ANN, &c, STATE_T + 1), "");
	want_that("again", "waits already", made.already && made.waits);
	c.until += HOUR;
	want_refused("other terms", make(ANN, &c, STATE_T + 1),
	    "with other terms");
	want_text("withdrawn", "refusal", end(ANN, "roll-1", STATE_T + 2), "");
	want_refused("the id again", make(ANN, &c, STATE_T + 3),
	    "that was withdrawn");
	want_refused("approved", approve(BOB, "roll-1", STATE_T + 3),
	    "roll-1 was withdrawn");
	want_refused("ended again", end(ANN, "roll-1", STATE_T + 3),
	    "no exception has the id");
	c.id = SLICE("R9");
	want_refused("an id of a renewal", make(ANN, &c, STATE_T + 3),
	    "--id cannot be");
}

/* It is judged by the policy of the approval. */
static void
test_policy_at_approval(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();
	struct change yes = { .kind = CHANGE_APPROVE, .id = SLICE("E1") };

	make(ANN, &c, STATE_T);
	want_refused("stricter now", make_under(strict, BOB, &yes,
	    STATE_T + 1), "plaintext is not allowed");
	want_text("refused", "passes", passes(HOP_INBOUND, STATE_T + 1), "-");
	want_text("as it was", "refusal", make(BOB, &yes, STATE_T + 2), "");
}

static const struct {
	const char *label;
	struct change change;           /* members to replace */
	bool acts;
} grants[] = {
	{ "encrypt, for long", { .until = STATE_T + STATE_DAY }, true },
	{ "encrypt, for an hour", { .until = STATE_T + HOUR }, true },
	{ "verify", { .floor = LEVEL_VERIFY }, true },
	{ "a key", { .key = SLICE("bank.example") }, true },
	{ "plaintext", { .floor = LEVEL_NONE }, false },
	{ "later", { .from = STATE_T + HOUR }, false },
	{ "below what is published", { .override_published = true }, false },
};

static void
test_alone(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(grants); i++) {
		const struct change *set = &grants[i].change;
		const char *label = grants[i].label;
		struct change c = state_grant();

		folder_remove(&folder);
		folder_create(&folder);
		if (set->until != 0)
			c.until = set->until;
		if (set->floor != LEVEL_UNSET || i == 4)
			c.floor = set->floor;
		c.key = set->key;
		c.from = set->from;
		c.override_published = set->override_published;
		want_text(label, "refusal", make(ANN, &c, STATE_T), "");
		want_that(label, "acts at once", grants[i].acts ==
		    (strcmp(passes(HOP_INBOUND, STATE_T), "-") != 0));
		want_text(label, "after 4 hours", passes(HOP_INBOUND,
		    STATE_T + CHANGE_ALONE), "-");
		want_that(label, "waits for the rest", made.waits ==
		    (!grants[i].acts || c.until > STATE_T + CHANGE_ALONE));
	}
}

/* 4 hours in a day, whatever they are called and whoever asks. */
static void
test_chains(void **unused ATTR_UNUSED)
{
	struct change c = state_grant();

	c.until = STATE_T + HOUR;
	make(ANN, &c, STATE_T);
	want_text("the first", "passes", passes(HOP_INBOUND, STATE_T),
	    "encrypt");
	end(ANN, "E1", STATE_T + 60);
	for (uid_t who = ANN; who <= BOB; who++)
		for (int key = 0; key < 3; key++) {
			int64_t at = STATE_T + 120 + key + 9 * (who - ANN);

			c.until = at + HOUR + key;
			c.key = key == 0 ? SLICE_NONE : key == 1
			    ? SLICE("bank.example") : SLICE(".bank.example");
			c.floor = key == 2 ? LEVEL_VERIFY : LEVEL_ENCRYPT;
			want_text("another", "refusal", make(who, &c, at), "");
			want_that("another", "only waits",
			    made.acts_until == 0);
			want_text("another", "passes", passes(HOP_INBOUND,
			    at), "-");
		}
	c.floor = LEVEL_ENCRYPT;
	c.key = SLICE_NONE;
	c.hop = HOP_OUTBOUND;
	c.until = STATE_T + 2 * STATE_DAY;
	make(BOB, &c, STATE_T + 200);
	want_text("another hop", "passes", passes(HOP_OUTBOUND, STATE_T + 200),
	    "encrypt");
	c.hop = HOP_INBOUND;
	make(BOB, &c, STATE_T + STATE_DAY - 1);
	want_text("within a day", "passes", passes(HOP_INBOUND,
		STATE_T + STATE_DAY - 1), "-");
	c.until++;
	make(BOB, &c, STATE_T + STATE_DAY);
	want_text("a day later", "passes", passes(HOP_INBOUND,
		STATE_T + STATE_DAY), "encrypt");
}

/* While a clock was ahead: its hours would come days later. */
static void
test_alone_by_a_wrong_clock(void **unused ATTR_UNUSED)
{
	const int64_t ahead = STATE_T + 5 * STATE_DAY;
	struct actor root = { .clock = STATE_T, .reason = SLICE("right") };
	struct change c = state_grant();
	struct err e;

	c.until = STATE_T + 6 * STATE_DAY;
	want_text("ann", "refusal", make(ANN, &c, ahead), "");
	want_text("ahead", "passes", passes(HOP_INBOUND, ahead), "encrypt");
	assert_int_equal(state_repair(STATE_AT(folder.path), &root, true, &e),
	    0);
	want_text("days later", "passes", passes(HOP_INBOUND, ahead + HOUR),
	    "-");
}

/* The id stays, and so does what was asked for. */
static void
test_approved_after_alone(void **unused ATTR_UNUSED)
{
	struct change c = state_grant();

	make(ANN, &c, STATE_T);
	want_refused("by herself", approve(ANN, "E1", STATE_T + 1),
	    "asked for it");
	want_text("it has ended", "passes", passes(HOP_INBOUND,
		STATE_T + 5 * HOUR), "-");
	want_text("bob", "refusal", approve(BOB, "E1", STATE_T + 6 * HOUR),
	    "");
	want_text("approved", "passes", passes(HOP_INBOUND,
		STATE_T + 6 * HOUR), "encrypt");
	want_text("to the end", "passes", passes(HOP_INBOUND, c.until - 1),
	    "encrypt");
	want_text("its end", "passes", passes(HOP_INBOUND, c.until), "-");
}

static void
test_renewals(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();
	struct change renew = { .kind = CHANGE_RENEW, .id = SLICE("E1"),
		.until = c.until + STATE_DAY, .reason = SLICE("late") };

	make(ANN, &c, STATE_T);
	want_refused("one that waits", make(ANN, &renew, STATE_T + 1),
	    "no exception has the id E1");
	approve(BOB, "E1", STATE_T + 1);
	want_refused("root", make(0, &renew, STATE_T + 2), "neither root");
	want_text("later", "refusal", make(ANN, &renew, STATE_T + 2), "");
	want_text("later", "id", made.id, "R3");
	want_text("later", "passes", passes(HOP_INBOUND, c.until), "-");
	want_refused("again", make(BOB, &renew, STATE_T + 3),
	    "R3 waits for this already");
	want_refused("herself", approve(ANN, "R3", STATE_T + 3),
	    "asked for it");
	want_text("bob", "refusal", approve(BOB, "R3", STATE_T + 3), "");
	want_text("approved", "passes", passes(HOP_INBOUND, c.until), "none");
	want_text("approved", "passes", passes(HOP_INBOUND, renew.until), "-");
	renew.until = STATE_T + HOUR;
	want_text("earlier, by root", "refusal", make(0, &renew, STATE_T + 4),
	    "");
	want_text("earlier", "passes", passes(HOP_INBOUND, STATE_T + HOUR),
	    "-");
	renew.until = STATE_T + 2 * HOUR;
	make(ANN, &renew, STATE_T + 5);
	end(ANN, "E1", STATE_T + 6);
	want_refused("ended", approve(BOB, "R6", STATE_T + 7),
	    "R6 was withdrawn");
	want_text("ended", "passes", passes(HOP_INBOUND, STATE_T + 8), "-");
}

/* One person grants for a few hours, and only an approval makes it longer. */
static void
test_renewing_alone(void **unused ATTR_UNUSED)
{
	struct change c = state_grant();
	struct change renew = { .kind = CHANGE_RENEW, .id = SLICE("E1"),
		.until = STATE_T + 6 * HOUR, .reason = SLICE("late") };

	c.until = STATE_T + HOUR;
	make(ANN, &c, STATE_T);
	for (uid_t who = ANN; who <= BOB; who++) {
		make(who, &renew, STATE_T + who - 1000);
		renew.until++;
		want_text("renewed", "passes", passes(HOP_INBOUND,
			STATE_T + HOUR), "-");
	}
}

static void
test_pauses(void **unused ATTR_UNUSED)
{
	struct change pause = { .kind = CHANGE_PAUSE, .hop = HOP_INBOUND,
		.lasts = HOUR, .reason = SLICE("night"),
		.id = SLICE("chosen") };

	want_refused("root", make(0, &pause, STATE_T), "neither root");
	want_text("ann", "refusal", make(ANN, &pause, STATE_T), "");
	want_text("ann", "id", made.id, "P1");
	want_text("asked for", "passes", passes(HOP_INBOUND, STATE_T), "-");
	want_refused("herself", approve(ANN, "P1", STATE_T + 1),
	    "asked for it");
	want_text("bob", "refusal", approve(BOB, "P1", STATE_T + 2 * HOUR),
	    "");
	want_text("approved", "passes", passes(HOP_INBOUND,
		STATE_T + 3 * HOUR - 1), "paused");
	want_text("another hop", "passes", passes(HOP_OUTBOUND,
		STATE_T + 2 * HOUR), "-");
	want_text("its end", "passes", passes(HOP_INBOUND,
		STATE_T + 3 * HOUR), "-");
	pause.all_hops = true;
	make(ANN, &pause, STATE_T + 4 * HOUR);
	want_text("withdrawn by root", "refusal", end(0, made.id,
		STATE_T + 4 * HOUR), "");
	want_refused("withdrawn", approve(BOB, "P3", STATE_T + 4 * HOUR),
	    "was withdrawn");
}

static const struct {
	const char *label;
	enum stage stage;
	const char *refusal;            /* part of it; "": set */
} stages[] = {
	{ "log-only", STAGE_LOG_ONLY, "one person sets a stage" },
	{ "hold", STAGE_HOLD, "one person sets a stage" },
	{ "defer", STAGE_DEFER, "one person sets a stage" },
	{ "where it is", STAGE_REJECT, "" },
};

static void
test_stages(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(stages); i++)
		for (uid_t who = 0; who <= ANN; who += ANN) {
			struct change c = { .kind = CHANGE_STAGE,
				.partner = SLICE("bank"), .force = true,
				.hop = HOP_INBOUND, .stage = stages[i].stage,
				.reason = SLICE("r") };
			const char *came = make(who, &c, STATE_T);

			if (strstr(came, stages[i].refusal) == NULL ||
			    (came[0] == '\0') != (stages[i].refusal[0] ==
			    '\0'))
				fail_msg("%s: came \"%s\", wanted \"%s\"",
				    stages[i].label, came, stages[i].refusal);
		}
}

/* What the row demanded before, and still acts, is not ended by one person. */
static void
test_kept_demand(void **unused ATTR_UNUSED)
{
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.force = true, .hop = HOP_ENTRY, .stage = STAGE_DEFER,
		.reason = SLICE("r") };

	want_text("up", "refusal", make(ANN, &c, STATE_T), "");
	c.stage = STAGE_REJECT;
	want_refused("the row asks less now", make_under(alone, ANN, &c,
	    STATE_T + 1), "would end what");
}

/* A row that acts silences the less specific one. */
static void
want_no_opening(const char *settings)
{
	char rows[2048];
	struct policy *under;
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.force = true, .hop = HOP_OUTBOUND, .stage = STAGE_DEFER,
		.reason = SLICE("r") };

	snprintf(rows, sizeof(rows), TOP "%spartners = ( { name = \"rest\"; "
	    "domains = [ \"*\" ]; outbound = { level = \"verify\"; stage = "
	    "\"defer\"; }; }, { name = \"bank\"; domains = [ \"bank.example\" "
	    "]; outbound = { level = \"none\"; stage = \"log-only\"; }; }, "
	    "{ name = \"same\"; domains = [ \"s.example\" ]; outbound = { "
	    "level = \"verify\"; stage = \"log-only\"; }; } );\n", settings);
	under = state_policy(&shared, rows);
	want_refused("a row that asks nothing", make_under(under, ANN, &c,
	    STATE_T), "would act on less");
	c.partner = SLICE("same");
	want_text("one that asks as much", "refusal", make_under(under, ANN,
	    &c, STATE_T), "");
	policy_destroy(&under);
}

static void
test_stage_up_that_opens(void **unused ATTR_UNUSED)
{
	want_no_opening(EYES);
}

/* Nor where one person is enough for an exception. */
static void
test_stage_up_that_opens_for_one(void **unused ATTR_UNUSED)
{
	want_no_opening("");
}

/* A lost state has nothing that waits, and a repaired one neither. */
static void
test_damage(void **unused ATTR_UNUSED)
{
	struct change c = plaintext();
	struct actor actor = { .reason = SLICE("disk"), .clock = STATE_T + 1 };
	struct err e;

	make(ANN, &c, STATE_T);
	folder_write_text(&folder, "state.conf", "broken");
	want_refused("damaged", approve(BOB, "E1", STATE_T + 1), "is damaged");
	want_number("repair", "result", state_repair(STATE_AT(folder.path),
		&actor, false, &e), 0);
	want_refused("repaired", approve(BOB, "E1", STATE_T + 2),
	    "nothing waits for approval");
}

/* A state file with this body; its first line fits. */
static const char *
read_body(const char *body)
{
	static char problem[512];
	struct state state = { .arena = arena_create(4096) };
	struct err e = { .line = 0 };
	char digest[DIGEST_TEXT + 1];
	struct slice text;

	digest_text(slice_of(body), digest);
	text = slice_of(arena_printf(state.arena, "# enforcetls-state 1 "
	    "generation=7 sha256=%s\n%s", digest, body));
	problem[0] = '\0';
	if (statetext_read(text, &state, &e) < 0)
		snprintf(problem, sizeof(problem), "%s", e.text);
	else
		want_number(body, "exceptions", (long)state.exception_count,
		    0);
	arena_destroy(&state.arena);
	return problem;
}

#define SEEN "seen = \"2026-03-01T00:00:00Z\";\n"
#define ASKED "asked = \"2026-03-01T00:00:00Z\"; asked_by = 7L; "
#define TERMS "exception = { id = \"E1\"; partner = \"bank\"; " \
	"hop = \"inbound\"; floor = \"none\"; " \
	"from = \"2026-03-01T00:00:00Z\"; until = \"2026-03-02T00:00:00Z\"; };"
#define GRANT "{ id = \"E1\"; kind = \"grant\"; " ASKED TERMS " }"

static const struct {
	const char *body;
	bool good;
} bodies[] = {
	{ SEEN, true },
	{ SEEN "pending = ( );\n", true },
	{ SEEN "pending = ( " GRANT " );\n", true },
	{ SEEN "pending = ( { id = \"P1\"; kind = \"pause\"; " ASKED
	    "hop = \"all\"; lasts = 60L; } );\n", true },
	{ SEEN "pending = ( " GRANT ", " GRANT " );\n", false },
	{ SEEN "pending = " GRANT ";\n", false },
	{ SEEN "pending = ( 7 );\n", false },
	{ SEEN "pending = ( { id = \"E1\"; kind = \"grant\"; " ASKED
	    "} );\n", false },
	{ SEEN "pending = ( { id = \"E1\"; kind = \"wish\"; " ASKED TERMS
	    " } );\n", false },
	{ SEEN "pending = ( { id = \"E1\"; kind = \"grant\"; " TERMS
	    " } );\n", false },
	{ SEEN "pending = ( { id = \"P1\"; kind = \"pause\"; " ASKED
	    "hop = \"all\"; lasts = 0L; } );\n", false },
	{ SEEN "pending = ( { id = \"P1\"; kind = \"pause\"; " ASKED
	    "lasts = 60L; } );\n", false },
	{ SEEN "pending = ( { id = \"E1\"; kind = \"grant\"; approved = 7; "
	    ASKED TERMS " } );\n", false },
};

static void
test_bodies(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		const char *came = read_body(bodies[i].body);

		if ((came[0] == '\0') != bodies[i].good)
			fail_msg("%s: came \"%s\"", bodies[i].body, came);
	}
}

static int
set_up(void **unused ATTR_UNUSED)
{
	static const char less[] = TOP EYES "partners = ( { name = \"bank\"; "
	    "domains = [ \"bank.example\" ]; inbound = { "
	    "level = \"verify\"; any_peer = true; stage = \"reject\"; }; entry = "
	    "{ level = \"none\"; stage = \"log-only\"; }; } );\n";

	umask(022);
	folder_create(&shared);
	policy = state_policy(&shared, STATE_POLICY EYES
	    "map = { listen = [ \"unix:/tmp/m\" ]; "
	    "published = \"inet:127.0.0.1:1:x\"; };\n");
	strict = state_policy(&shared, STATE_POLICY
	    "exceptions = { four_eyes = true; };\n");
	alone = state_policy(&shared, less);
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	policy_destroy(&policy);
	policy_destroy(&strict);
	policy_destroy(&alone);
	folder_remove(&shared);
	return 0;
}

static int
begin(void **unused ATTR_UNUSED)
{
	folder_create(&folder);
	return 0;
}

static int
finish(void **unused ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

static const struct CMUnitTest tests[] = {
	CASE(test_two_persons),
	CASE(test_too_late),
	CASE(test_ids),
	CASE(test_policy_at_approval),
	CASE(test_alone),
	CASE(test_chains),
	CASE(test_alone_by_a_wrong_clock),
	CASE(test_approved_after_alone),
	CASE(test_renewals),
	CASE(test_renewing_alone),
	CASE(test_pauses),
	CASE(test_stages),
	CASE(test_kept_demand),
	CASE(test_stage_up_that_opens),
	CASE(test_stage_up_that_opens_for_one),
	CASE(test_damage),
	CASE(test_bodies),
};

RUN_TESTS_WITH(tests, set_up, take_down)
