/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/staging.h"
#include "tests/state.h"

static struct folder shared;
static struct policy *policy, *strict;

/* What a case changes in a valid grant. */
static const struct {
	const char *label;
	struct change change;           /* members to replace */
	const char *refusal;            /* part of it; "": granted */
} grants[] = {
	{ "good", { .floor = LEVEL_ENCRYPT }, "" },
	{ "no end", { .until = -1 }, "an exception must end" },
	{ "an end that is past", { .until = STATE_T - 1 },
	    "its end is in the past" },
	{ "an end that is now", { .until = STATE_T }, "its end is in the "
	    "past" },
	{ "an end before its beginning",
	    { .from = STATE_T + 20 * STATE_DAY },
	    "its end is before its beginning" },
	{ "90 days", { .until = STATE_T + 90 * STATE_DAY }, "" },
	{ "90 days and a second", { .until = STATE_T + 90 * STATE_DAY + 1 },
	    "longer than exceptions.longest, which is 90 days" },
	{ "90 days, later", { .from = STATE_T + 9 * STATE_DAY,
	    .until = STATE_T + 99 * STATE_DAY }, "" },
	{ "a begin that is past gives no more", { .from = STATE_T - 99,
	    .until = STATE_T + 90 * STATE_DAY }, "" },
	{ "the year 10000", { .from = INT64_C(253402300799),
	    .until = INT64_C(253402300800) }, "this date is too far away" },
	{ "to plaintext", { .floor = LEVEL_NONE },
	    "an exception for plaintext is not allowed" },
	{ "below never_below", { .partner = SLICE("clinic"),
	    .floor = LEVEL_NONE }, "sets never_below = \"encrypt\": the floor "
	    "can be no lower" },
	{ "at never_below", { .partner = SLICE("clinic") }, "" },
	{ "lowers nothing", { .hop = HOP_ENTRY },
	    "this would lower nothing: the rule asks for no more than "
	    "encrypt" },
	{ "above the rule", { .hop = HOP_ENTRY, .floor = LEVEL_VERIFY },
	    "this would lower nothing" },
	{ "verify, by anybody", { .floor = LEVEL_VERIFY }, "" },
	{ "verify without names", { .hop = HOP_OUTBOUND,
	    .floor = LEVEL_VERIFY }, "this would lower nothing" },
	{ "no such partner", { .partner = SLICE("bnak") },
	    "there is no partner bnak" },
	{ "no such hop", { .hop = HOP_EARLIER }, "bank has no rule for "
	    "earlier" },
	{ "\"*\"", { .partner = SLICE("*"), .hop = HOP_OUTBOUND },
	    "there is no partner *" },
	{ "a partner that has \"*\"", { .partner = SLICE("rest"),
	    .hop = HOP_OUTBOUND, .floor = LEVEL_NONE },
	    "no exception can be granted for \"*\"" },
	{ "--key \"*\"", { .partner = SLICE("rest"), .hop = HOP_OUTBOUND,
	    .key = SLICE("*") }, "no exception can be granted for \"*\"" },
	{ "another key of it", { .partner = SLICE("rest"),
	    .hop = HOP_OUTBOUND, .key = SLICE("shop.example") },
	    "lower nothing" },
	{ "a key", { .key = SLICE("bank.example") }, "" },
	{ "a suffix", { .key = SLICE(".bank.example") }, "" },
	{ "a sender's key", { .key = SLICE("bank-news.example") }, "" },
	{ "a sender's key, outbound", { .hop = HOP_OUTBOUND,
	    .key = SLICE("bank-news.example") },
	    "bank-news.example has no outbound rule" },
	{ "somebody else's key", { .key = SLICE("clinic.example") },
	    "clinic.example is not a key of this partner" },
	{ "no key at all", { .key = SLICE("mx.bank.example") },
	    "mx.bank.example is not a key of this partner" },
	{ "no owner", { .owner = SLICE("") }, "--owner" },
	{ "no reason", { .reason = SLICE("") }, "the reason is missing: "
	    "--reason" },
	{ "a blank reason", { .reason = SLICE(" \t") },
	    "--reason contains a control character" },
	{ "spaces", { .reason = SLICE("  ") }, "--reason is blank" },
	{ "a line break", { .reason = SLICE("a\nb") },
	    "--reason contains a control character" },
	{ "a NUL", { .owner = { "a\0b", 3 } },
	    "--owner contains a control character" },
	{ "no UTF-8", { .ticket = SLICE("\xff\xfe") },
	    "--ticket is not UTF-8 text" },
	{ "UTF-8", { .ticket = SLICE("\xc3\xa9") }, "" },
};

static void
test_grants(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(grants); i++) {
		const struct change *set = &grants[i].change;
		struct change c = state_grant();
		struct folder f;
		char id[CHANGE_ID];
		const char *came;

		c.hop = set->hop;
		c.from = set->from;
		c.key = set->key;
		c.ticket = set->ticket;
		if (set->until != 0)
			c.until = set->until;
		if (set->floor != LEVEL_UNSET)
			c.floor = set->floor;
		if (set->partner.p != NULL)
			c.partner = set->partner;
		if (set->owner.p != NULL)
			c.owner = set->owner;
		if (set->reason.p != NULL)
			c.reason = set->reason;
		folder_create(&f);
		came = state_make(&f, policy, &c, STATE_T, id);
		folder_remove(&f);
		if ((grants[i].refusal[0] == '\0') != (came[0] == '\0') ||
		    strstr(came, grants[i].refusal) == NULL)
			fail_msg("%s: came \"%s\", wanted \"%s\"",
			    grants[i].label, came, grants[i].refusal);
		want_that(grants[i].label, "an id is given when it is made",
		    (id[0] != '\0') == (came[0] == '\0'));
	}
}

static void
test_too_long(void **unused ATTR_UNUSED)
{
	struct change c = state_grant();
	char text[CHANGE_TEXT + 2], id[CHANGE_ID];
	struct folder f;

	memset(text, '"', sizeof(text));
	folder_create(&f);
	c.reason = (struct slice){ text, CHANGE_TEXT };
	c.owner = c.ticket = c.approver = c.reason;
	want_text("1,000 quotes each", "refusal", state_make(&f, policy, &c,
		STATE_T, id), "");
	c.reason.n++;
	want_text("one more", "refusal", state_make(&f, policy, &c, STATE_T,
		id), "--reason is too long");
	folder_remove(&f);
}

static void
test_renew_and_end(void **unused ATTR_UNUSED)
{
	struct change grant = state_grant();
	struct change renew = { .kind = CHANGE_RENEW, .id = SLICE("E1"),
		.until = grant.until + STATE_DAY, .reason = SLICE("late") };
	struct change end = { .kind = CHANGE_END, .id = SLICE("E1") };
	struct folder f;
	char id[CHANGE_ID];

	folder_create(&f);
	want_text("renew nothing", "refusal", state_make(&f, policy, &renew,
	    STATE_T, id), "no exception has the id E1");
	state_make(&f, policy, &grant, STATE_T, id);
	want_text("renew", "refusal", state_make(&f, policy, &renew, STATE_T,
		id), "");
	want_text("renew", "id", id, "E1");
	want_text("the same end", "refusal", state_make(&f, policy, &renew,
	    STATE_T, id), "");
	renew.until = STATE_T + 91 * STATE_DAY;
	want_that("renew for too long", "refused", strstr(state_make(&f,
	    policy, &renew, STATE_T, id), "longer than") != NULL);
	renew.until = 0;
	want_that("renew without an end", "refused", strstr(state_make(&f,
	    policy, &renew, STATE_T, id), "must end") != NULL);
	renew.until = STATE_T + 5;
	renew.reason = SLICE_NONE;
	want_text("renew without a reason", "refusal", state_make(&f, policy,
	    &renew, STATE_T, id), "the reason is missing: --reason");
	renew.reason = SLICE("x");
	want_that("renew under a stricter policy", "refused",
	    strstr(state_make(&f, strict, &renew, STATE_T, id),
	    "never_below") != NULL);
	want_text("end", "refusal", state_make(&f, policy, &end, STATE_T + 9,
		id), "");
	want_text("end twice", "refusal", state_make(&f, policy, &end,
	    STATE_T + 10, id), "");
	renew.until = STATE_T + STATE_DAY;
	want_text("renew an ended one", "refusal", state_make(&f, policy,
	    &renew, STATE_T + 10, id),
	    "it has already ended: add a new one");
	folder_remove(&f);
}

/* never_below was raised after the grant, which no longer applies. */
static void
test_stricter_policy(void **unused ATTR_UNUSED)
{
	struct change grant = state_grant();
	struct folder f;
	struct state *state;
	struct err e;
	char id[CHANGE_ID];
	const struct { const char *label; struct policy *policy; bool acts; }
	cases[] = { { "as granted", policy, true },
		{ "never_below raised", strict, false } };

	folder_create(&f);
	state_make(&f, policy, &grant, STATE_T, id);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy view = *cases[i].policy;
		const struct rule *rule =
		    table_partner(view.table, 0)->rules[HOP_INBOUND];

		state = state_read(STATE_AT(f.path), &e);
		state_apply(state, &view);
		view.overlay = &state->overlay;
		want_that(cases[i].label, "acts as it should",
		    (policy_exception(&view, rule, SLICE("bank"),
		    SLICE("bank.example"), STATE_T + 1) != NULL) ==
		    cases[i].acts);
		state_destroy(&state);
	}
	folder_remove(&f);
}

static const struct {
	const char *label;
	struct slice partner;
	enum hop hop;
	enum stage stage;
	const char *refusal;
} stages[] = {
	{ "up", SLICE("bank"), HOP_ENTRY, STAGE_DEFER, "" },
	{ "where it is", SLICE("bank"), HOP_ENTRY, STAGE_DEFER, "" },
	{ "down", SLICE("bank"), HOP_ENTRY, STAGE_TAG, "" },
	{ "none", SLICE("bank"), HOP_ENTRY, STAGE_UNSET,
	    "the stage must be" },
	{ "outbound tag", SLICE("bank"), HOP_OUTBOUND, STAGE_TAG,
	    "outbound cannot tag: it takes log-only, defer or reject" },
	{ "outbound reject", SLICE("bank"), HOP_OUTBOUND, STAGE_REJECT, "" },
	{ "no partner", SLICE("x"), HOP_ENTRY, STAGE_TAG,
	    "there is no partner x" },
	{ "no rule", SLICE("clinic"), HOP_ENTRY, STAGE_TAG,
	    "clinic has no rule for entry" },
};

static void
test_stages(void **unused ATTR_UNUSED)
{
	struct folder f;
	char id[CHANGE_ID];

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		struct change c = { .kind = CHANGE_STAGE,
			.partner = stages[i].partner, .hop = stages[i].hop,
			.stage = stages[i].stage, .reason = SLICE("r") };
		const char *came = state_make(&f, policy, &c, STATE_T, id);

		if ((stages[i].refusal[0] == '\0') != (came[0] == '\0') ||
		    strstr(came, stages[i].refusal) == NULL)
			fail_msg("%s: came \"%s\", wanted \"%s\"",
			    stages[i].label, came, stages[i].refusal);
	}
	folder_remove(&f);
}

/* A stage has no end: it lets no mail pass that an exception may not. */
static const struct {
	const char *label;
	bool plaintext;                 /* exceptions.allow_plaintext */
	struct slice partner;
	enum hop hop;
	enum stage stage;
	const char *refusal;            /* part of it; "": made */
} lowerings[] = {
	{ "reject to defer", false, SLICE("bank"), HOP_INBOUND, STAGE_DEFER,
	    "" },
	{ "to log-only", false, SLICE("bank"), HOP_INBOUND, STAGE_LOG_ONLY,
	    "does not allow plaintext, and a stage has no end" },
	{ "to tag", false, SLICE("bank"), HOP_INBOUND, STAGE_TAG,
	    "does not allow plaintext" },
	{ "to hold", false, SLICE("bank"), HOP_INBOUND, STAGE_HOLD,
	    "does not allow plaintext" },
	{ "outbound", false, SLICE("bank"), HOP_OUTBOUND, STAGE_LOG_ONLY,
	    "does not allow plaintext" },
	{ "raised", false, SLICE("bank"), HOP_ENTRY, STAGE_REJECT, "" },
	{ "back to the policy's own", false, SLICE("bank"), HOP_ENTRY,
	    STAGE_LOG_ONLY, "" },
	{ "plaintext allowed", true, SLICE("bank"), HOP_INBOUND,
	    STAGE_LOG_ONLY, "" },
	{ "never_below", true, SLICE("clinic"), HOP_INBOUND, STAGE_LOG_ONLY,
	    "sets never_below = \"encrypt\", and a stage has no end" },
	{ "everybody", true, SLICE("rest"), HOP_OUTBOUND, STAGE_LOG_ONLY,
	    "sets defer for \"*\"" },
	{ "never_below, raised", true, SLICE("watched"), HOP_ENTRY,
	    STAGE_DEFER, "" },
	{ "never_below, back to the policy's own", true, SLICE("watched"),
	    HOP_ENTRY, STAGE_LOG_ONLY, "sets never_below" },
};

/* Where a refusal says to grant an exception, one can be granted, and only
 * there. */
static void
follow_refusal(const struct folder *f, const struct policy *under,
    const struct change *refused, const char *label, const char *refusal)
{
	struct change grant = state_grant();
	bool advised = strstr(refusal, "grant an exception") != NULL;
	bool granted = false;
	char id[CHANGE_ID];

	grant.partner = refused->partner;
	grant.hop = refused->hop;
	for (grant.floor = LEVEL_NONE; grant.floor <= LEVEL_VERIFY;
	     grant.floor++) {
		struct change end = { .kind = CHANGE_END };

		if (state_make(f, under, &grant, STATE_T, id)[0] != '\0')
			continue;
		granted = true;
		/* Else it would give what the next one asks for. */
		end.id = slice_of(id);
		state_make(f, under, &end, STATE_T, id);
	}
	want_that(label, "an exception is advised where one can be granted",
	    advised == granted);
}

static void
test_lowerings(void **unused ATTR_UNUSED)
{
	struct policy *allowing = state_policy(&shared, STATE_POLICY
	    "exceptions = { allow_plaintext = true; };\n");
	struct folder f;
	char id[CHANGE_ID];

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(lowerings); i++) {
		struct change c = { .kind = CHANGE_STAGE,
			.partner = lowerings[i].partner,
			.hop = lowerings[i].hop, .force = true,
			.stage = lowerings[i].stage, .reason = SLICE("r") };
		const struct policy *under = lowerings[i].plaintext
		    ? allowing : policy;
		const char *came = state_make(&f, under, &c, STATE_T, id);

		if ((lowerings[i].refusal[0] == '\0') != (came[0] == '\0') ||
		    strstr(came, lowerings[i].refusal) == NULL)
			fail_msg("%s: came \"%s\", wanted \"%s\"",
			    lowerings[i].label, came, lowerings[i].refusal);
		if (came[0] != '\0')
			follow_refusal(&f, under, &c, lowerings[i].label,
			    came);
	}
	policy_destroy(&allowing);
	folder_remove(&f);
}

/* A stage that was lowered while that was allowed is void when it is not. */
static void
test_lowered_before(void **unused ATTR_UNUSED)
{
	struct policy *allowing = state_policy(&shared, STATE_POLICY
	    "exceptions = { allow_plaintext = true; };\n");
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .stage = STAGE_LOG_ONLY,
		.reason = SLICE("r") };
	const struct policy *const views[] = { allowing, policy };
	struct folder f;
	struct err e;
	char id[CHANGE_ID];

	folder_create(&f);
	want_text("lowered", "refusal", state_make(&f, allowing, &c, STATE_T,
	    id), "");
	for (size_t i = 0; i < COUNT_OF(views); i++) {
		struct state *state = state_read(STATE_AT(f.path), &e);
		const struct rule *rule =
		    table_partner(views[i]->table, 0)->rules[HOP_INBOUND];

		state_apply(state, views[i]);
		want_text(i == 0 ? "allowed" : "not allowed any more",
		    "stage", stage_name(overlay_stage(&state->overlay, rule)),
		    i == 0 ? "log-only" : "reject");
		state_destroy(&state);
	}
	policy_destroy(&allowing);
	folder_remove(&f);
}

/* What is lowered is what is in force: rule and published policy. */
static void
test_published(void **unused ATTR_UNUSED)
{
	struct policy *publishing = state_policy(&shared, STATE_POLICY
	    "map = { listen = [ \"unix:/tmp/m\" ]; "
	    "published = \"inet:127.0.0.1:1:x\"; };\n");
	struct change c = state_grant();
	struct change renew = { .kind = CHANGE_RENEW, .id = SLICE("E1"),
		.until = c.until + STATE_DAY, .reason = SLICE("late") };
	struct folder f;
	char id[CHANGE_ID];

	folder_create(&f);
	c.hop = HOP_OUTBOUND;
	c.floor = LEVEL_VERIFY;
	c.override_published = true;
	want_that("nothing is published", "lowers nothing",
	    strstr(state_make(&f, policy, &c, STATE_T, id),
		"lower nothing") != NULL);
	want_text("published", "refusal", state_make(&f, publishing, &c,
	    STATE_T, id), "");
	want_text("published", "refusal of its renewal", state_make(&f,
	    publishing, &renew, STATE_T, id), "");
	c.override_published = false;
	want_that("not overridden", "lowers nothing", strstr(state_make(&f,
	    publishing, &c, STATE_T, id), "--override-published lowers "
	    "what the destination publishes") != NULL);
	c.override_published = true;
	c.hop = HOP_ENTRY;
	want_that("not outbound", "lowers nothing", strstr(state_make(&f,
	    publishing, &c, STATE_T, id), "lower nothing") != NULL);
	policy_destroy(&publishing);
	folder_remove(&f);
}

/* The partner has become the one of "*" since the grant. */
/* A file of the map's answers has no key for everything else. */
static void
test_stage_for_all_with_static(void **unused ATTR_UNUSED)
{
	static const char rest[] = "partners = ( { name = \"rest\"; domains = "
	    "\"*\"; outbound = { level = \"encrypt\"; stage = \"log-only\"; "
	    "}; } );\n";
	struct change c = { .kind = CHANGE_STAGE, .partner = SLICE("rest"),
		.hop = HOP_OUTBOUND, .stage = STAGE_DEFER, .force = true,
		.reason = SLICE("r") };

	for (int with = 0; with < 2; with++) {
		char text[600], id[CHANGE_ID];
		struct policy *under;
		struct folder f;
		const char *came;

		snprintf(text, sizeof(text), TOP "%s%s", with == 0 ? ""
		    : "map = { static = \"/m/o.cdb\"; };\n", rest);
		folder_create(&f);
		under = state_policy(&f, text);
		came = state_make(&f, under, &c, STATE_T, id);
		want_number(with == 0 ? "socketmap" : "static map", "refused",
		    strstr(came, "cannot act in map.static") != NULL, with);
		want_number(with == 0 ? "socketmap" : "static map", "done",
		    came[0] == '\0', !with);
		policy_destroy(&under);
		folder_remove(&f);
	}
}

static void
test_renew_for_all(void **unused ATTR_UNUSED)
{
	static const char wide[] = TOP "partners = ( { name = \"bank\"; "
	    "domains = [ \"*\" ]; entry = { level = \"encrypt\"; "
	    "stage = \"log-only\"; }; outbound = { level = \"verify\"; "
	    "stage = \"defer\"; }; } );\n";
	struct policy *all = state_policy(&shared, wide);
	struct change grant = state_grant();
	struct change renew = { .kind = CHANGE_RENEW, .id = SLICE("E1"),
		.until = grant.until + STATE_DAY, .reason = SLICE("late") };
	struct folder f;
	char id[CHANGE_ID];

	folder_create(&f);
	grant.hop = HOP_OUTBOUND;
	state_make(&f, policy, &grant, STATE_T, id);
	want_that("renewed", "refused", strstr(state_make(&f, all, &renew,
	    STATE_T, id), "no exception can be granted for \"*\"") != NULL);
	policy_destroy(&all);
	folder_remove(&f);
}

/* A line of a text table with only a profile is named after its key. */
static void
test_table_lines(void **unused ATTR_UNUSED)
{
	static const char text[] = TOP "profiles = ( { name = \"regulated\"; "
	    "outbound = { level = \"verify\"; min_tls = \"1.2\"; "
	    "stage = \"defer\"; }; } );\ntables = [ \"lines\" ];\n";
	struct change c = state_grant();
	struct folder f;
	struct policy *lines;
	char id[CHANGE_ID];

	folder_create(&f);
	folder_write_text(&f, "lines", "a.example regulated\n"
	    "b.example regulated\n* regulated\n");
	lines = state_policy(&f, text);
	c.hop = HOP_OUTBOUND;
	c.partner = SLICE("A.Example");
	want_text("a line", "refusal", state_make(&f, lines, &c, STATE_T,
		id), "");
	c.key = SLICE("b.example");
	want_text("another line's key", "refusal", state_make(&f, lines, &c,
	    STATE_T, id), "b.example is not a key of this partner");
	c.key = SLICE_NONE;
	c.partner = SLICE("*");
	want_that("the line of \"*\"", "refused", strstr(state_make(&f,
	    lines, &c, STATE_T, id), "for \"*\"") != NULL);
	c = (struct change){ .kind = CHANGE_STAGE, .hop = HOP_OUTBOUND,
		.partner = SLICE("a.example"), .stage = STAGE_LOG_ONLY,
		.reason = SLICE("r") };
	want_that("its stage", "is the profile's", strstr(state_make(&f,
	    lines, &c, STATE_T, id), "of their profile") != NULL);
	policy_destroy(&lines);
	folder_remove(&f);
}

static const struct {
	const char *text;
	const char *refusal;            /* NULL: read */
} frames[] = {
	{ "{\"change\":\"end\",\"id\":\"E1\"}", NULL },
	{ "{\"change\":\"grant\",\"hop\":\"entry\"}", NULL },
	{ "[]", "unknown change" },
	{ "{}", "unknown change" },
	{ "{\"change\":\"forget\"}", "unknown change" },
	{ "{\"change\":7}", "unknown change" },
	{ "{\"change\":\"grant\"}", "the hop must be inbound, entry, earlier "
	    "or outbound" },
	{ "{\"change\":\"stage\",\"hop\":7}", "\"?\" is not valid for hop" },
	{ "{\"change\":\"grant\",\"hop\":\"entry\",\"floor\":\"low\"}",
	    "\"low\" is not valid for floor" },
	{ "{\"change\":\"grant\",\"hop\":\"entry\",\"key\":7}",
	    "\"key\" must be a string" },
};

static void
test_frames(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		json_t *json = json_loads(frames[i].text, 0, NULL);
		struct arena *a = arena_create(256);
		struct change c;
		struct err e = { .line = 0 };
		int result = change_from_json(json, a, &c, &e);

		want_text(frames[i].text, "refusal",
		    result == 0 ? "" : e.text,
		    frames[i].refusal == NULL ? "" : frames[i].refusal);
		arena_destroy(&a);
		json_decref(json);
	}
}

/* A change that goes over the socket arrives unchanged. */
static void
test_round_trip(void **unused ATTR_UNUSED)
{
	struct change c = state_grant(), back;
	struct arena *a = arena_create(256);
	struct err e;
	json_t *json, *again;

	c.key = SLICE("bank.example");
	c.ticket = SLICE("T-1");
	c.approver = SLICE("boss");
	c.override_published = true;
	json = change_to_json(&c);
	want_number("round trip", "read", change_from_json(json, a, &back,
		&e), 0);
	again = change_to_json(&back);
	want_that("round trip", "the same", json_equal(json, again));
	json_decref(json);
	json_decref(again);
	arena_destroy(&a);
}

static int
set_up(void **unused ATTR_UNUSED)
{
	static const char raised[] = TOP "partners = ( { name = \"bank\"; "
	    "domains = [ \"bank.example\" ]; inbound = { level = \"verify\"; "
	    "names = [ \"mx.bank.example\" ]; never_below = \"verify\"; "
	    "stage = \"reject\"; }; } );\n";

	umask(022);
	folder_create(&shared);
	policy = state_policy(&shared, STATE_POLICY);
	strict = state_policy(&shared, raised);
	return 0;
}

static int
take_down(void **unused ATTR_UNUSED)
{
	policy_destroy(&policy);
	policy_destroy(&strict);
	folder_remove(&shared);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_grants),
	cmocka_unit_test(test_too_long),
	cmocka_unit_test(test_renew_and_end),
	cmocka_unit_test(test_stricter_policy),
	cmocka_unit_test(test_stages),
	cmocka_unit_test(test_lowerings),
	cmocka_unit_test(test_lowered_before),
	cmocka_unit_test(test_published),
	cmocka_unit_test(test_renew_for_all),
	cmocka_unit_test(test_stage_for_all_with_static),
	cmocka_unit_test(test_table_lines),
	cmocka_unit_test(test_frames),
	cmocka_unit_test(test_round_trip),
};

RUN_TESTS_WITH(tests, set_up, take_down)
