/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <libmilter/mfapi.h>

#include "milter/session/negotiate.h"
#include "policy/base/slice.h"
#include "tests/cases.h"

#define ALL_ACTIONS 0x1fful
#define ALL_STEPS   0x1ffffful
#define QUIET (SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOEOH | \
    SMFIP_NODATA | SMFIP_NOUNKNOWN)

static const struct {
	const char *label;
	enum mta mta;
	int version;
	unsigned needs;
	unsigned long actions, steps, wanted_actions, wanted_steps;
	unsigned agreed;
} cases[] = {
	{ "auto: MAIL comes, unawaited", MTA_UNKNOWN, 307, 0, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS |
	    AGREED_MAIL },
	{ "Sendmail named: no MAIL", MTA_SENDMAIL, 307, 0, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NOMAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS },
	{ "Postfix named: no MAIL", MTA_POSTFIX, 310, 0, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOHDRS | SMFIP_NOMAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS },
	{ "Postfix 3.11: MAIL for REQUIRETLS", MTA_POSTFIX, 311, 0,
	    ALL_ACTIONS, ALL_STEPS, 0x131,
	    QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_HOLD | AGREED_TAG |
	    AGREED_CLEAN | AGREED_SYMBOLS | AGREED_MAIL },
	{ "headers wanted: unawaited", MTA_SENDMAIL, 307, NEEDS_HEADERS, ALL_ACTIONS,
	    ALL_STEPS, 0x131, QUIET | SMFIP_NOMAIL | SMFIP_NR_HDR,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS |
	    AGREED_HEADERS },
	{ "DATA wanted: awaited, and MAIL", MTA_POSTFIX, 307, NEEDS_DATA, ALL_ACTIONS,
	    ALL_STEPS, 0x131,
	    (QUIET & ~SMFIP_NODATA) | SMFIP_NOHDRS | SMFIP_NR_MAIL,
	    AGREED_HOLD | AGREED_TAG | AGREED_CLEAN | AGREED_SYMBOLS |
	    AGREED_MAIL | AGREED_DATA },
	{ "protocol 2 has no DATA", MTA_POSTFIX, 307, NEEDS_DATA, 0x3f, 0x7f,
	    0x31, SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY |
	    SMFIP_NOEOH | SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_HOLD |
	    AGREED_TAG | AGREED_CLEAN | AGREED_MAIL },
	{ "no actions offered: none asked for", MTA_UNKNOWN, 307, 0, 0,
	    ALL_STEPS, 0, QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL,
	    AGREED_MAIL },
	{ "no quarantine", MTA_UNKNOWN, 307, 0,
	    ALL_ACTIONS & ~SMFIF_QUARANTINE, ALL_STEPS, 0x111,
	    QUIET | SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_TAG | AGREED_CLEAN |
	    AGREED_SYMBOLS | AGREED_MAIL },
	{ "protocol 2: what cannot be left out is not awaited", MTA_SENDMAIL,
	    307, 0, 0x3f, 0x7f & ~SMFIP_NOMAIL, 0x31,
	    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOBODY | SMFIP_NOEOH |
	    SMFIP_NOHDRS | SMFIP_NR_MAIL, AGREED_HOLD | AGREED_TAG |
	    AGREED_CLEAN | AGREED_MAIL },
};

static void
asks_only_for_what_is_offered(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct settings settings = { .mta = cases[i].mta,
			.postfix_version = cases[i].version };
		struct agreement a;

		negotiate_choose(&settings, cases[i].needs,
		    cases[i].actions, cases[i].steps, &a);
		want_bits(cases[i].label, "actions", a.actions,
		    cases[i].wanted_actions);
		want_bits(cases[i].label, "steps", a.steps,
		    cases[i].wanted_steps);
		want_bits(cases[i].label, "agreed", a.agreed,
		    cases[i].agreed);
	}
}

/* A table of one partner with an entry rule at this stage of the file. */
static struct table *
a_table_of(enum hop hop, enum stage stage)
{
	struct table *table = table_create();
	struct arena *a = table_arena(table);
	struct partner *partner = arena_alloc(a, sizeof(*partner));
	struct rule *rule = arena_alloc(a, sizeof(*rule));

	rule->hop = hop;
	rule->demand.level = LEVEL_ENCRYPT;
	rule->stage = stage;
	rule->partner = partner;
	partner->name = SLICE("bank");
	partner->rules[hop] = rule;
	table_add_partner(table, partner);
	table_seal(table);
	return table;
}

static struct table *
a_table(enum stage stage)
{
	return a_table_of(HOP_ENTRY, stage);
}

static void
a_session_is_asked_for_what_rules_need(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		enum mta mta;
		enum mode mode;
		enum stage row, tool;
		unsigned wanted;
	} stages[] = {
		{ "no rule waits, but a later one may", MTA_UNKNOWN,
		    MODE_ENFORCE, STAGE_REJECT, STAGE_UNSET, NEEDS_DATA },
		{ "the same of Postfix", MTA_POSTFIX, MODE_ENFORCE,
		    STAGE_REJECT, STAGE_UNSET, NEEDS_DATA },
		{ "the row tags", MTA_POSTFIX, MODE_ENFORCE, STAGE_TAG,
		    STAGE_UNSET, NEEDS_HEADERS | NEEDS_DATA },
		{ "the tool had it tag", MTA_UNKNOWN, MODE_ENFORCE,
		    STAGE_LOG_ONLY, STAGE_TAG, NEEDS_HEADERS | NEEDS_DATA },
		{ "the tool had it tag no more", MTA_UNKNOWN, MODE_ENFORCE,
		    STAGE_TAG, STAGE_DEFER, NEEDS_DATA },
		{ "log-only mode tags nothing", MTA_UNKNOWN, MODE_LOG_ONLY,
		    STAGE_TAG, STAGE_TAG, NEEDS_DATA },
		{ "Sendmail ends every message", MTA_SENDMAIL, MODE_ENFORCE,
		    STAGE_REJECT, STAGE_UNSET, 0 },
		{ "Sendmail, and the row tags", MTA_SENDMAIL, MODE_ENFORCE,
		    STAGE_TAG, STAGE_UNSET, NEEDS_HEADERS },
	};

	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		unsigned char tool = (unsigned char)stages[i].tool;
		struct overlay overlay = { .stages = &tool,
			.stage_count = 1 };
		struct policy policy = { .settings = { .mta = stages[i].mta,
			.mode = stages[i].mode, .postfix_version = 307 },
			.table = a_table(stages[i].row),
			.overlay = &overlay };

		want_bits(stages[i].label, "needs", negotiate_needs(&policy),
		    stages[i].wanted);
		table_destroy(&policy.table);
	}
}

static void
own_relays_are_judged_by_headers(void **state ATTR_UNUSED)
{
	struct policy policy = { .settings = { .mta = MTA_SENDMAIL,
		.own_relay_count = 1 }, .table = a_table(STAGE_REJECT) };

	want_bits("own relays", "needs", negotiate_needs(&policy),
	    NEEDS_HEADERS);
	table_destroy(&policy.table);
}

/* Which Postfix runs is not known yet, whatever version was set. */
static void
tls_required_no_is_in_the_header(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		enum mta mta;
		int version;
		unsigned wanted;
	} cases_of_mta[] = {
		{ "Postfix", MTA_POSTFIX, 307, NEEDS_HEADERS | NEEDS_DATA },
		{ "not known", MTA_UNKNOWN, 307, NEEDS_HEADERS | NEEDS_DATA },
		{ "Sendmail", MTA_SENDMAIL, 307, 0 },
		{ "a setting", MTA_SENDMAIL, 310, NEEDS_HEADERS },
	};

	for (size_t i = 0; i < COUNT_OF(cases_of_mta); i++) {
		struct policy policy = { .settings = {
			.mta = cases_of_mta[i].mta,
			.postfix_version = cases_of_mta[i].version },
			.table = a_table_of(HOP_OUTBOUND, STAGE_REJECT) };

		want_bits(cases_of_mta[i].label, "needs",
		    negotiate_needs(&policy), cases_of_mta[i].wanted);
		table_destroy(&policy.table);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tls_required_no_is_in_the_header),
	cmocka_unit_test(asks_only_for_what_is_offered),
	cmocka_unit_test(a_session_is_asked_for_what_rules_need),
	cmocka_unit_test(own_relays_are_judged_by_headers),
};

RUN_TESTS(tests)
