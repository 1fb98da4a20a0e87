/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/state.h"

static struct folder shared;
static struct policy *policy, *strict;

/* A grant that comes after E1, which is for bank inbound, at least encrypt, and
 * lasts from STATE_T on for 10 days. */
static const struct {
	const char *label;
	enum hop hop;
	enum level floor;               /* UNSET: encrypt */
	struct slice key;
	int64_t from, until;            /* in days; 0: as E1 */
	bool given;                     /* E1 gives it already */
} again[] = {
	{ "the same", HOP_INBOUND, 0, SLICE_NONE, 0, 0, true },
	{ "longer", HOP_INBOUND, 0, SLICE_NONE, 0, 20, true },
	{ "shorter", HOP_INBOUND, 0, SLICE_NONE, 0, 5, true },
	{ "for a key", HOP_INBOUND, 0, SLICE("bank.example"), 0, 0, true },
	{ "a higher floor", HOP_INBOUND, LEVEL_VERIFY, SLICE_NONE, 0, 0,
	    true },
	{ "after it has ended", HOP_INBOUND, 0, SLICE_NONE, 11, 20, false },
	{ "another hop", HOP_OUTBOUND, 0, SLICE_NONE, 0, 0, false },
};

static void
test_given_already(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(again); i++) {
		struct change c = state_grant();
		char id[CHANGE_ID];
		const char *came;
		struct folder f;

		folder_create(&f);
		want_text(again[i].label, "E1", state_make(&f, policy, &c,
		    STATE_T, id), "");
		c.hop = again[i].hop;
		if (again[i].floor != LEVEL_UNSET)
			c.floor = again[i].floor;
		c.key = again[i].key;
		if (again[i].from != 0)
			c.from = STATE_T + again[i].from * STATE_DAY;
		if (again[i].until != 0)
			c.until = STATE_T + again[i].until * STATE_DAY;
		came = state_make(&f, policy, &c, STATE_T + 1, id);
		if (again[i].given)
			want_that(again[i].label, "shows renew", strstr(came,
			    "`enforcetls exception renew E1 --until") != NULL);
		else
			want_text(again[i].label, "refusal", came, "");
		folder_remove(&f);
	}
}

/* An exception that has no effect, or has less, gives nothing. */
static void
test_given_less(void **unused ATTR_UNUSED)
{
	struct change c = state_grant();
	char id[CHANGE_ID];
	struct folder f;

	folder_create(&f);
	c.key = SLICE("bank.example");
	want_text("a key", "refusal", state_make(&f, policy, &c, STATE_T, id),
	    "");
	c.key = SLICE_NONE;
	want_text("all", "refusal", state_make(&f, policy, &c, STATE_T, id),
	    "");
	c.floor = LEVEL_VERIFY;
	want_text("void under a stricter policy", "refusal", state_make(&f,
	    strict, &c, STATE_T, id), "");
	folder_remove(&f);
}

static const struct {
	const char *label;
	struct change change;           /* members to replace */
	const char *refusal;            /* part of it; "": it is so already */
} named[] = {
	{ "the same", { .force = true }, "" },
	{ "another end", { .until = STATE_T + 9 * STATE_DAY },
	    "different: --until" },
	{ "another owner and floor", { .owner = SLICE("you"),
	    .floor = LEVEL_VERIFY }, "different: --floor, --owner" },
	{ "a key", { .key = SLICE("bank.example") }, "different: --key" },
	{ "another reason", { .reason = SLICE("else") },
	    "different: --reason" },
	{ "a ticket", { .ticket = SLICE("T") }, "different: --ticket" },
	{ "to begin later", { .from = STATE_T + STATE_DAY },
	    "different: --from" },
	{ "a space", { .id = SLICE("a b") }, "--id takes letters" },
	{ "empty", { .id = SLICE("") }, "ID is blank" },
	{ "too long", { .id = SLICE("abcdefghijklmnopqrstuvwxyz012345") },
	    "--id takes 1 to 31" },
	{ "the program's own", { .id = SLICE("E7") }, "--id cannot be" },
};

static void
test_named(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(named); i++) {
		const struct change *set = &named[i].change;
		struct change c = state_grant();
		struct change_made made;
		struct actor actor = { .clock = STATE_T + 60 };
		char id[CHANGE_ID];
		struct folder f;
		struct err e = { .text = "" };

		folder_create(&f);
		c.id = SLICE("night-1");
		want_text(named[i].label, "granted", state_make(&f, policy, &c,
		    STATE_T, id), "");
		want_text(named[i].label, "id", id, "night-1");
		c.until = set->until != 0 ? set->until : c.until;
		c.floor = set->floor != LEVEL_UNSET ? set->floor : c.floor;
		c.owner = set->owner.p != NULL ? set->owner : c.owner;
		c.reason = set->reason.p != NULL ? set->reason : c.reason;
		c.id = set->id.p != NULL ? set->id : c.id;
		c.key = set->key;
		c.ticket = set->ticket;
		c.from = set->from;
		if (set->force) {
			assert_int_equal(change_make(STATE_AT(f.path), policy,
			    &c, &actor, &made, &e), 0);
			want_that(named[i].label, "already", made.already);
			want_text(named[i].label, "id", made.id, "night-1");
		} else
			want_that(named[i].label, "refused",
			    strstr(state_make(&f, policy, &c, STATE_T + 60,
			    id), named[i].refusal) != NULL);
		folder_remove(&f);
	}
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
	cmocka_unit_test(test_given_already),
	cmocka_unit_test(test_given_less),
	cmocka_unit_test(test_named),
};

RUN_TESTS_WITH(tests, set_up, take_down)
