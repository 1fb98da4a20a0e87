/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/audit/logfilter.h"
#include "policy/audit/partner_mail.h"
#include "policy/base/arena.h"
#include "tests/cases.h"
#include "tests/textlines.h"

#define RECORD(time, more) "{\"time\":\"2026-03-31T" time ".000Z\"" more "}"
#define OF_BANK ",\"hop\":\"entry\",\"partner\":\"bank\"," \
	"\"client_addr\":\"192.0.2.7\""
#define PASSED OF_BANK ",\"verdict\":\"pass\",\"applied\":\"pass\"," \
	"\"exempt\":null,\"exception\":null"
#define IDLE OF_BANK ",\"verdict\":\"fail\",\"applied\":\"pass\"," \
	"\"exempt\":null,\"exception\":null"
#define EXCEPTED OF_BANK ",\"verdict\":\"fail\",\"applied\":\"pass\"," \
	"\"exempt\":null,\"exception\":\"E1\""
#define EXEMPT OF_BANK ",\"verdict\":\"fail\",\"applied\":\"pass\"," \
	"\"exempt\":\"postmaster\",\"exception\":null"
#define UNDECIDED OF_BANK ",\"verdict\":\"undecided\"," \
	"\"applied\":\"defer\",\"exempt\":null,\"exception\":null"

#define OTHERS OF_BANK ",\"verdict\":\"pass\",\"planned\":\"pass\"," \
	"\"applied\":\"defer\",\"exempt\":null,\"exception\":null"
#define COVERED OF_BANK ",\"verdict\":\"fail\",\"planned\":\"defer\"," \
	"\"applied\":\"defer\",\"exempt\":null,\"exception\":\"E1\""

#define FROM(sender) PASSED ",\"sender\":\"" sender "\",\"login\":false"

/* The code of every text. */
static void
same_code(const unsigned char key[SHORTENING_KEY] ATTR_UNUSED,
    struct slice text, char out[SHORTENING_CODE + 1])
{
	snprintf(out, SHORTENING_CODE + 1, "%zu", text.n);
}

static const struct shortening hashed = { .form = ADDRESSES_HASHED,
	.code = same_code };

/* 2026-03-31T10:00:00Z */
enum { TEN = 1774951200 };

static const struct {
	const char *label;
	struct logfilter filter;
	const char *record;
	bool wanted;
} filters[] = {
	{ "no filter", { .since = 0 }, RECORD("10:00:00", PASSED), true },
	{ "the first second", { .since = TEN }, RECORD("10:00:00", PASSED),
	    true },
	{ "before it", { .since = TEN }, RECORD("09:59:59", PASSED), false },
	{ "the last second", { .until = TEN }, RECORD("10:00:00", PASSED),
	    true },
	{ "after it", { .until = TEN }, RECORD("10:00:01", PASSED), false },
	{ "a record without a time", { .since = TEN }, "{" "\"lost\":1}",
	    false },
	{ "lost records may be anybody's", { .partner = "clinic" },
	    RECORD("10:00:00", ",\"lost\":1"), true },
	{ "the partner, in any case", { .partner = "BANK" },
	    RECORD("10:00:00", PASSED), true },
	{ "another partner", { .partner = "clinic" },
	    RECORD("10:00:00", PASSED), false },
	{ "another hop", { .has_hop = true, .hop = HOP_INBOUND },
	    RECORD("10:00:00", PASSED), false },
	{ "the address, in any case", { .address = SLICE("Ann@b.example") },
	    RECORD("10:00:00", FROM("ann@B.example")), true },
	{ "another address", { .address = SLICE("ann@b.example") },
	    RECORD("10:00:00", FROM("bob@b.example")), false },
	{ "its code", { .address = SLICE("ann@b.example"),
	    .hashed = &hashed }, RECORD("10:00:00", FROM("[13]@b.example")),
	    true },
	{ "its code in another domain", { .address = SLICE("ann@b.example"),
	    .hashed = &hashed }, RECORD("10:00:00", FROM("[13]@c.example")),
	    false },
	{ "another code", { .address = SLICE("ann@b.example"),
	    .hashed = &hashed }, RECORD("10:00:00", FROM("[14]@b.example")),
	    false },
	{ "a code without its key", { .address = SLICE("ann@b.example") },
	    RECORD("10:00:00", FROM("[13]@b.example")), false },
	{ "no local part", { .address = SLICE("ann@b.example"),
	    .hashed = &hashed }, RECORD("10:00:00", FROM("[]@b.example")),
	    false },
	{ "failed", { .failed = true }, RECORD("10:00:00", IDLE), true },
	{ "undecided has failed", { .failed = true },
	    RECORD("10:00:00", UNDECIDED), true },
	{ "passed has not", { .failed = true }, RECORD("10:00:00", PASSED),
	    false },
	{ "refused", { .refused = true }, RECORD("10:00:00", UNDECIDED),
	    true },
	{ "refused by another rule", { .refused = true },
	    RECORD("10:00:00", OTHERS), false },
	{ "refused by another rule than the one with the exception",
	    { .refused = true }, RECORD("10:00:00", COVERED), false },
	{ "failed is not refused", { .refused = true },
	    RECORD("10:00:00", IDLE), false },
	{ "would be refused", { .would_refuse = true },
	    RECORD("10:00:00", IDLE), true },
	{ "was refused", { .would_refuse = true },
	    RECORD("10:00:00", UNDECIDED), false },
	{ "by an exception", { .would_refuse = true },
	    RECORD("10:00:00", EXCEPTED), false },
	{ "exempt", { .would_refuse = true }, RECORD("10:00:00", EXEMPT),
	    false },
	{ "passed", { .would_refuse = true }, RECORD("10:00:00", PASSED),
	    false },
};

static void
test_filters(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		struct slice line = slice_of(filters[i].record);
		json_t *record = json_loadb(line.p, line.n, 0, NULL);

		assert_non_null(record);
		want_number(filters[i].label, "wanted",
		    logfilter_wants(&filters[i].filter, record),
		    filters[i].wanted);
		if (filters[i].wanted)
			want_that(filters[i].label, "it may be wanted",
			    logfilter_may_want(&filters[i].filter, line));
		json_decref(record);
	}
}

/* A line is not parsed for its time alone, but none is lost for how its time is
 * written. */
static void
test_lines(void **state ATTR_UNUSED)
{
	struct logfilter filter = { .since = TEN, .until = TEN + 60 };

	want_that("before the first second", "it is sure",
	    !logfilter_may_want(&filter, SLICE(RECORD("09:59:59", PASSED))));
	want_that("after the last", "it is sure",
	    !logfilter_may_want(&filter, SLICE(RECORD("10:01:01", PASSED))));
	want_that("the time is not the first key", "it may be wanted",
	    logfilter_may_want(&filter, SLICE("{\"ref\":\"4XJ2k\","
	    "\"time\":\"2026-03-31T10:00:00.000Z\"" PASSED "}")));
}

static void
test_clients(void **state ATTR_UNUSED)
{
	json_t *record = json_loads(RECORD("10:00:00", PASSED), 0, NULL);
	struct logfilter filter = { .has_client = true };

	assert_true(netrange_from(SLICE("192.0.2.0/24"), &filter.client));
	assert_true(logfilter_wants(&filter, record));
	assert_true(netrange_from(SLICE("192.0.2.8"), &filter.client));
	assert_false(logfilter_wants(&filter, record));
	json_decref(record);
}

/* Each record is in one number, and only from since on. */
static void
test_mail(void **state ATTR_UNUSED)
{
	static const char log[] = RECORD("09:59:59", PASSED) "\n"
	    RECORD("10:00:00", PASSED) "\n" RECORD("10:00:05", IDLE) "\n"
	    RECORD("10:00:03", EXEMPT) "\nno record\n"
	    RECORD("10:00:04", UNDECIDED) "\n";
	struct textlines lines;
	struct partner_count count;
	struct partner_mail *mail;
	struct err e;

	mail = partner_mail_read(textlines_init(&lines, log, NULL), TEN, &e);
	assert_non_null(mail);
	count = partner_mail_of(mail, SLICE("bank"), HOP_ENTRY);
	want_number("bank", "passed", (long)count.passed, 1);
	want_number("bank", "failed", (long)count.failed, 1);
	want_number("bank", "undecided", (long)count.undecided, 1);
	want_number("bank", "exempt", (long)count.exempt, 1);
	want_number("bank", "last", (long)count.last, TEN + 5);
	count = partner_mail_of(mail, SLICE("bank"), HOP_INBOUND);
	want_number("another hop", "last", (long)count.last, 0);
	partner_mail_free(&mail);
	assert_null(partner_mail_read(textlines_init(&lines, log, "cut"), TEN,
	    &e));
	count = partner_mail_of(NULL, SLICE("bank"), HOP_ENTRY);
	want_number("not known", "passed", (long)count.passed, 0);
}

#define OF_ROW(time, partner) "{\"time\":\"2026-03-31T" time ".000Z\"," \
	"\"hop\":\"entry\",\"partner\":\"" partner "\"," \
	"\"verdict\":\"pass\",\"exempt\":null}\n"

static struct partner_count
mail_of(const char *log, const char *partner, const struct shortening *key)
{
	struct textlines lines;
	struct partner_count count;
	struct err e;
	struct partner_mail *mail = partner_mail_read(
	    textlines_init(&lines, log, NULL), TEN, &e);

	assert_non_null(mail);
	partner_mail_use_key(mail, key);
	count = partner_mail_of(mail, slice_of(partner), HOP_ENTRY);
	partner_mail_free(&mail);
	return count;
}

/* The row of an address has the records with its code, too, from when
 * log.addresses was "hashed". */
static void
test_mail_of_an_address(void **state ATTR_UNUSED)
{
	static const char code_last[] = OF_ROW("10:00:00", "ann@b.example")
	    OF_ROW("10:00:01", "[13]@b.example")
	    OF_ROW("10:00:02", "[13]@b.example")
	    OF_ROW("10:00:03", "[14]@b.example");
	static const char name_last[] = OF_ROW("10:00:00", "[13]@b.example")
	    OF_ROW("10:00:04", "ann@b.example");
	static const char bank[] = OF_ROW("10:00:05", "bank");
	struct partner_count count;

	count = mail_of(code_last, "ann@b.example", NULL);
	want_number("without the key", "passed", (long)count.passed, 1);
	want_number("without the key", "last", (long)count.last, TEN);
	count = mail_of(code_last, "ann@b.example", &hashed);
	want_number("the code last", "passed", (long)count.passed, 3);
	want_number("the code last", "last", (long)count.last, TEN + 2);
	count = mail_of(name_last, "ann@b.example", &hashed);
	want_number("the name last", "passed", (long)count.passed, 2);
	want_number("the name last", "last", (long)count.last, TEN + 4);
	count = mail_of(bank, "bank", &hashed);
	want_number("a name has no code", "passed", (long)count.passed, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_filters),
	cmocka_unit_test(test_lines),
	cmocka_unit_test(test_clients),
	cmocka_unit_test(test_mail),
	cmocka_unit_test(test_mail_of_an_address),
};

RUN_TESTS(tests)
