/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/exception_usage.h"
#include "policy/audit/log_only_age.h"
#include "policy/audit/stage_evidence.h"
#include "tests/cases.h"
#include "tests/textlines.h"

enum { DAY = 86400 };
/* 2026-03-21T00:00:00Z */
#define NOW INT64_C(1774051200)

/* A record of a day in March: R(day, client, verdict, more). */
#define R_OF(day, partner, hop, need, client, verdict, stage, exempt, x) \
    "{\"time\":\"2026-03-" day "T12:00:00.000Z\",\"client_addr\":" client \
    ",\"hop\":\"" hop "\",\"partner\":\"" partner "\",\"need\":\"" need \
    "\",\"reason\":\"plaintext\",\"verdict\":\"" verdict \
    "\",\"stage\":\"" stage "\",\"exempt\":" exempt ",\"exception\":" x \
    "}\n"
#define R(day, client, verdict) \
    R_OF(day, "bank", "inbound", "encrypt", "\"" client "\"", verdict, \
	"log-only", "null", "null")
#define OLD R("01", "192.0.2.1", "pass")

static const struct {
	const char *label;
	const char *log;
	const char *ignored;            /* client; or NULL */
	const char *wanted;             /* records unclean lost days: worst */
} standings[] = {
	{ "nothing", "", NULL, "0 0 0 0:" },
	{ "clean", OLD R("10", "192.0.2.1", "pass")
	    R("12", "192.0.2.2", "pass"), NULL, "2 0 0 19:" },
	{ "a failure before", OLD R("02", "192.0.2.1", "fail")
	    R("12", "192.0.2.2", "pass"), NULL, "1 0 0 19:" },
	{ "a failure within", OLD R("12", "192.0.2.1", "fail")
	    R("13", "192.0.2.1", "pass"), NULL,
	    "2 1 0 19: 192.0.2.1=1" },
	{ "undecided is not clean", OLD R("12", "192.0.2.1", "undecided"),
	    NULL, "1 1 0 19: 192.0.2.1=1" },
	{ "the worst first", OLD R("12", "192.0.2.1", "fail")
	    R("12", "192.0.2.2", "fail") R("12", "192.0.2.2", "fail"), NULL,
	    "3 3 0 19: 192.0.2.2=2 192.0.2.1=1" },
	{ "one left out", OLD R("12", "192.0.2.1", "fail")
	    R("12", "192.0.2.2", "pass"), "192.0.2.1", "1 0 0 19:" },
	{ "the same demand only", R_OF("01", "bank", "inbound", "none",
	    "\"192.0.2.1\"", "pass", "log-only", "null", "null")
	    R("12", "192.0.2.1", "pass"), NULL, "1 0 0 8:" },
	{ "other partners and hops", OLD R_OF("12", "bank", "entry",
	    "encrypt", "\"192.0.2.1\"", "fail", "log-only", "null", "null")
	    R_OF("12", "banks", "inbound", "encrypt", "\"192.0.2.1\"",
	    "fail", "log-only", "null", "null"), NULL, "0 0 0 19:" },
	{ "exempt ones", OLD R_OF("12", "bank", "inbound", "encrypt",
	    "\"192.0.2.1\"", "fail", "log-only", "\"postmaster\"", "null"),
	    NULL, "0 0 0 19:" },
	{ "let by an exception", OLD R_OF("12", "bank", "inbound", "encrypt",
	    "\"192.0.2.1\"", "fail", "reject", "null", "\"E1\""), NULL,
	    "1 1 0 19: 192.0.2.1=1" },
	{ "an unknown client", OLD R_OF("12", "bank", "inbound", "encrypt",
	    "null", "fail", "log-only", "null", "null"), NULL,
	    "1 1 0 19: unknown=1" },
	{ "lost within", OLD "{\"time\":\"2026-03-12T00:00:00.000Z\","
	    "\"lost\":12,\"prev\":null}\n", NULL, "0 0 12 19:" },
	{ "lost, of a partner called as the hop", OLD
	    "{\"time\":\"2026-03-12T00:00:00.000Z\",\"lost\":3,"
	    "\"losses\":[{\"partner\":\"inbound\"}],\"prev\":null}\n",
	    NULL, "0 0 3 19:" },
	{ "lost before", OLD "{\"time\":\"2026-03-02T00:00:00.000Z\","
	    "\"lost\":12,\"prev\":null}\n", NULL, "0 0 0 19:" },
	{ "no record", OLD "rubbish\n", NULL,
	    "! not a record of a decision" },
	{ "half a record", OLD "{\"hop\":\"inbound\",\"par\n", NULL,
	    "! not a record of a decision" },
	{ "half a record of another hop", OLD "{\"hop\":\"entry\",\"par\n",
	    NULL, "! not a record of a decision" },
};

static void
show_standing(const char *log, const char *fails, const char *ignored,
    char *out, size_t size)
{
	struct netrange range;
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND,
		.need = SLICE("encrypt"),
		.since = NOW - 14 * DAY,
		.ignored = &range,
		.ignored_count = netrange_from(slice_of(ignored), &range) };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };
	size_t n;

	textlines_init(&text, log, fails);
	if (stage_evidence_read(&text.lines, &q, &s, &e) < 0) {
		snprintf(out, size, "! %s", e.text);
		return;
	}
	n = (size_t)snprintf(out, size, "%lu %lu %lu %ld:",
	    (unsigned long)s.records, (unsigned long)s.unclean,
	    (unsigned long)s.lost, s.first == 0 ? 0
	    : (long)((NOW - s.first) / DAY));
	for (size_t i = 0; i < s.worst_count; i++)
		n += (size_t)snprintf(out + n, size - n, " %s=%lu",
		    s.worst[i].client, (unsigned long)s.worst[i].count);
}

static void
test_stage_evidence(void **state ATTR_UNUSED)
{
	char came[1024];

	for (size_t i = 0; i < COUNT_OF(standings); i++) {
		show_standing(standings[i].log, NULL, standings[i].ignored,
		    came, sizeof(came));
		want_text(standings[i].label, "standing", came,
		    standings[i].wanted);
	}
	show_standing(OLD, "cut off", NULL, came, sizeof(came));
	want_text("not read to its end", "standing", came, "! cut off");
}

/* Each client has the reason that it gave most often, not its last one. */
static void
test_most_frequent_reason(void **state ATTR_UNUSED)
{
#define WHY(reason) "{\"time\":\"2026-03-12T12:00:00.000Z\"," \
	"\"client_addr\":\"192.0.2.1\",\"hop\":\"inbound\"," \
	"\"partner\":\"bank\",\"need\":\"encrypt\",\"reason\":" reason \
	",\"verdict\":\"fail\"}\n"
	static const char often[] = WHY("\"plaintext\"")
	    WHY("\"plaintext\"") WHY("\"weak-cipher\"");
	static const char none[] = WHY("null");
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .need = SLICE("encrypt") };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };

	textlines_init(&text, often, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_text("often", "reason", s.worst[0].reason, "plaintext");
	textlines_init(&text, none, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_text("none", "reason", s.worst[0].reason, "");
#undef WHY
}

/* A forged sender passes nothing; a client of the partner's once did. */
static void
test_who_never_passed_is_set_aside(void **state ATTR_UNUSED)
{
	static const char log[] =
	    R_OF("01", "bank", "inbound", "verify", "\"192.0.2.1\"", "pass",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.1\"", "fail",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.2\"", "pass",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "none", "\"192.0.2.9\"", "pass",
		"log-only", "null", "null")
	    R_OF("12", "other", "inbound", "encrypt", "\"192.0.2.9\"", "pass",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.9\"", "fail",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.9\"", "fail",
		"log-only", "null", "null");
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .need = SLICE("encrypt"),
		.since = NOW - 14 * DAY };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };

	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("all count", "records", (long)s.records, 4);
	want_number("all count", "unclean", (long)s.unclean, 3);
	q.ignore_unverified = true;
	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("set aside", "records", (long)s.records, 2);
	want_number("set aside", "unclean", (long)s.unclean, 1);
	want_number("set aside", "recipients", (long)s.aside, 2);
	want_number("set aside", "clients", (long)s.aside_clients, 1);
	want_text("set aside", "worst", s.worst[0].client, "192.0.2.1");
}

static void
test_ranges_are_left_out(void **state ATTR_UNUSED)
{
	static const char log[] =
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.77\"", "fail",
		"log-only", "null", "null")
	    R_OF("12", "bank", "inbound", "encrypt", "\"198.51.100.1\"", "fail",
		"log-only", "null", "null");
	struct netrange ranges[2];
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .need = SLICE("encrypt"),
		.since = NOW - 14 * DAY, .ignored = ranges };

	assert_true(netrange_from(SLICE("192.0.2.0/24"), &ranges[0]));
	assert_true(netrange_from(SLICE("198.51.100.1"), &ranges[1]));
	for (size_t count = 0; count <= COUNT_OF(ranges); count++) {
		struct textlines text;
		struct stage_evidence s;
		struct err e = { .line = 0 };

		q.ignored_count = count;
		textlines_init(&text, log, NULL);
		assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e),
		    0);
		want_number("ranges", "unclean", (long)s.unclean,
		    2 - (long)count);
	}
}

/* The ten worst are kept, in any order of the records. */
static void
test_many_offenders(void **state ATTR_UNUSED)
{
	char came[1024], text[65536];
	size_t n = 0;

	for (int i = 1; i <= 20; i++)
		for (int k = 0; k < (i * 7) % 20 + 1; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    R_OF("12", "bank", "inbound", "encrypt",
			    "\"192.0.2.%d\"", "fail", "log-only", "null",
			    "null"), i);
	show_standing(text, NULL, NULL, came, sizeof(came));
	want_text("twenty", "standing", came, "210 210 0 8: 192.0.2.17=20 "
	    "192.0.2.14=19 192.0.2.11=18 192.0.2.8=17 192.0.2.5=16 "
	    "192.0.2.2=15 192.0.2.19=14 192.0.2.16=13 192.0.2.13=12 "
	    "192.0.2.10=11");
}

static unsigned long
records_of_need(const char *recorded, const char *need)
{
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .need = slice_of(need) };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };
	char line[2048];

	snprintf(line, sizeof(line), R_OF("12", "bank", "inbound", "%s",
	    "null", "pass", "log-only", "null", "null"), recorded);
	textlines_init(&text, line, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	return (unsigned long)s.records;
}

/* The log cuts a need that is long; a short one is compared to its end. */
static void
test_long_needs(void **state ATTR_UNUSED)
{
	char need[800], cut[800];

	memset(need, 'n', sizeof(need));
	need[sizeof(need) - 1] = '\0';
	snprintf(cut, sizeof(cut), "%.597s...", need);
	want_number("cut", "records", (long)records_of_need(cut, need), 1);
	want_number("short on record", "records",
	    (long)records_of_need("n", need), 0);
	want_number("short now", "records",
	    (long)records_of_need(cut, "n"), 0);
	cut[499] = 'x';
	want_number("another", "records", (long)records_of_need(cut, need),
	    0);
	want_number("short ones", "records",
	    (long)records_of_need("nx", "nn"), 0);
}

#define OF_NEED(need) R_OF("12", "bank", "inbound", need, \
    "\"192.0.2.1\"", "pass", "log-only", "null", "null")

/* Records with the codes of login names are of the same demand where the codes
 * can be known, and of another one where not. */
static void
test_needs_with_codes(void **state ATTR_UNUSED)
{
	static const char log[] = OF_NEED("verify logins=ann")
	    OF_NEED("verify logins=[1]") OF_NEED("verify logins=[1]")
	    OF_NEED("verify logins=[2]");
	struct stage_question q = { .partner = SLICE("bank"),
		.hop = HOP_INBOUND, .need = SLICE("verify logins=ann"),
		.since = NOW - 14 * DAY };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };

	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("codes not known", "records", (long)s.records, 1);
	q.need_hashed = SLICE("verify logins=[1]");
	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("codes known", "records", (long)s.records, 3);
}

/* So are those of a row that is an address, and has no name. */
static void
test_partners_with_codes(void **state ATTR_UNUSED)
{
	static const char log[] =
	    R_OF("12", "ann@bank.example", "inbound", "encrypt",
		"\"192.0.2.1\"", "pass", "log-only", "null", "null")
	    R_OF("12", "[1]@bank.example", "inbound", "encrypt",
		"\"192.0.2.1\"", "pass", "log-only", "null", "null")
	    R_OF("12", "[2]@bank.example", "inbound", "encrypt",
		"\"192.0.2.1\"", "pass", "log-only", "null", "null");
	struct stage_question q = { .partner = SLICE("ann@bank.example"),
		.hop = HOP_INBOUND, .need = SLICE("encrypt"),
		.since = NOW - 14 * DAY };
	struct textlines text;
	struct stage_evidence s;
	struct err e = { .line = 0 };

	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("code not known", "records", (long)s.records, 1);
	q.partner_hashed = SLICE("[1]@bank.example");
	textlines_init(&text, log, NULL);
	assert_int_equal(stage_evidence_read(&text.lines, &q, &s, &e), 0);
	want_number("code known", "records", (long)s.records, 2);
}

static const struct {
	const char *label, *id;
	long count, last_day;
} uses[] = {
	{ "used twice", "E1", 2, 13 },
	{ "used once, long ago", "E2", 0, 0 },
	{ "never", "E3", 0, 0 },
};

static void
test_usage(void **state ATTR_UNUSED)
{
	static const char log[] =
	    R_OF("02", "bank", "inbound", "encrypt", "\"192.0.2.1\"", "fail",
		"reject", "null", "\"E2\"")
	    R_OF("12", "bank", "inbound", "encrypt", "\"192.0.2.1\"", "fail",
		"reject", "null", "\"E1\"")
	    R("12", "192.0.2.1", "pass")
	    R_OF("13", "bank", "inbound", "encrypt", "\"192.0.2.1\"", "fail",
		"reject", "null", "\"E1\"");
	struct textlines text;
	struct exception_usage *usage;
	struct err e;

	usage = exception_usage_read(textlines_init(&text, log, NULL),
	    NOW - 14 * DAY, &e);
	assert_non_null(usage);
	for (size_t i = 0; i < COUNT_OF(uses); i++) {
		struct exception_uses c = exception_usage_of(usage,
		    slice_of(uses[i].id));

		want_number(uses[i].label, "count", (long)c.count,
		    uses[i].count);
		want_number(uses[i].label, "last", c.last == 0 ? 0 :
		    21 - (long)((NOW - c.last + DAY - 1) / DAY),
		    uses[i].last_day);
	}
	exception_usage_free(&usage);
	want_that("not read to its end", "is not known",
	    exception_usage_read(textlines_init(&text, log, "cut off"), 0,
		&e) == NULL);
}

static void
test_oldest(void **state ATTR_UNUSED)
{
	static const char log[] =
	    R_OF("01", "bank", "entry", "encrypt", "null", "pass", "reject",
		"null", "null")
	    R("02", "192.0.2.1", "pass") R("03", "192.0.2.1", "pass")
	    R_OF("18", "clinic", "inbound", "encrypt", "null", "pass",
		"log-only", "null", "null");
	struct textlines text;
	struct log_only_age *oldest;
	struct err e;

	oldest = log_only_age_read(textlines_init(&text, log, NULL),
	    NOW - 14 * DAY, &e);
	assert_non_null(oldest);
	want_number("in log-only", "days ago",
	    (long)((NOW - log_only_age_of(oldest, SLICE("bank"), HOP_INBOUND)) /
		DAY),
	    18);
	want_number("in reject", "is none", (long)log_only_age_of(oldest,
	    SLICE("bank"), HOP_ENTRY), 0);
	want_number("younger", "is none", (long)log_only_age_of(oldest,
	    SLICE("clinic"), HOP_INBOUND), 0);
	log_only_age_free(&oldest);
	want_that("freed", "is gone", oldest == NULL);
	log_only_age_free(&oldest);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_stage_evidence),
	cmocka_unit_test(test_many_offenders),
	cmocka_unit_test(test_most_frequent_reason),
	cmocka_unit_test(test_who_never_passed_is_set_aside),
	cmocka_unit_test(test_ranges_are_left_out),
	cmocka_unit_test(test_long_needs),
	cmocka_unit_test(test_needs_with_codes),
	cmocka_unit_test(test_partners_with_codes),
	cmocka_unit_test(test_usage),
	cmocka_unit_test(test_oldest),
};

RUN_TESTS(tests)
