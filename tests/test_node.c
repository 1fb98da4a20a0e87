/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partners from another origin than a file: rows as in a database, read by the
 * code that reads files.
 */
#include "config.h"

#include "conf/file/partners.h"
#include "conf/file/read.h"
#include "conf/syntax/context.h"
#include "policy/base/text.h"
#include "policy/staging.h"
#include "tests/cases.h"

/* A value of a row; the row's number is its line. */
struct cell {
	const char *name;               /* NULL: a member of a list */
	enum node_kind kind;
	const char *text;
	int number;
	const struct cell *list;        /* the members of a group or list */
	size_t count;
	unsigned row;
};

static enum node_kind
cell_kind(const void *at)
{
	return ((const struct cell *)at)->kind;
}

static const char *
cell_text(const void *at)
{
	return ((const struct cell *)at)->text;
}

static int
cell_number(const void *at)
{
	return ((const struct cell *)at)->number;
}

static size_t
cell_count(const void *at)
{
	return ((const struct cell *)at)->count;
}

static const void *
cell_member(const void *at, size_t i)
{
	return &((const struct cell *)at)->list[i];
}

static const char *
cell_name(const void *at)
{
	return ((const struct cell *)at)->name;
}

static unsigned
cell_line(const void *at)
{
	return ((const struct cell *)at)->row;
}

static void
cell_add_path(const void *at, struct text *out)
{
	const struct cell *cell = at;

	text_add(out, "column %s", cell->name == NULL ? "-" : cell->name);
}

static int closed;

static void
cell_close(struct origin *origin ATTR_UNUSED)
{
	closed++;
}

static const struct origin_type cells = {
	.kind = cell_kind,
	.text = cell_text,
	.number = cell_number,
	.count = cell_count,
	.member = cell_member,
	.name = cell_name,
	.line = cell_line,
	.add_path = cell_add_path,
	.close = cell_close,
};

#define TEXT(key, value, line) \
	{ .name = key, .kind = NODE_TEXT, .text = value, .row = line }
#define GROUP(key, cells, line)                                         \
	{                                                               \
		.name = key, .kind = NODE_GROUP, .list = cells,         \
		.count = COUNT_OF(cells), .row = line                      \
	}
#define LIST(key, cells, line)                                          \
	{                                                               \
		.name = key, .kind = NODE_LIST, .list = cells,          \
		.count = COUNT_OF(cells), .row = line                      \
	}

static const struct cell bank_names[] = { TEXT(NULL, "mx.bank.example", 7) };
static const struct cell bank_inbound[] = {
	TEXT("level", "verify", 7),
	TEXT("stage", "hold", 7),
	LIST("names", bank_names, 7),
	{ .name = "min_bits", .kind = NODE_NUMBER, .number = 128, .row = 7 },
};
static const struct cell bank[] = {
	TEXT("name", "bank", 7),
	TEXT("domains", "bank.example", 7),
	GROUP("inbound", bank_inbound, 7),
};

static const struct cell wrong_inbound[] = {
	TEXT("level", "encrypted", 8),
	TEXT("stage", "defer", 8),
	{ .name = "min_bits", .kind = NODE_NUMBER, .number = 300, .row = 8 },
	{ .name = "dane", .kind = NODE_FRACTION, .row = 8 },
};
static const struct cell wrong[] = {
	TEXT("name", "wrong", 8),
	TEXT("domains", "wrong.example", 8),
	GROUP("inbound", wrong_inbound, 8),
	TEXT("colour", "blue", 8),
};

static const struct cell good_rows[] = { GROUP(NULL, bank, 7) };
static const struct cell good_tables[] = { LIST("partners", good_rows, 0) };
static const struct cell good_root = GROUP(NULL, good_tables, 0);

static const struct cell bad_rows[] = { GROUP(NULL, wrong, 8) };
static const struct cell bad_tables[] = { LIST("partners", bad_rows, 0) };
static const struct cell bad_root = GROUP(NULL, bad_tables, 0);

/* Returns new: the policy of these rows, without a file. */
static struct policy *
read_rows(const struct cell *root, struct problems *problems)
{
	struct origin origin = { .type = &cells, .path = "db://policy",
		.name = "db", .root = root };
	struct read_context r;

	context_begin(&r, filesource_disk(), "/etc/enforcetls.conf",
	    problems);
	context_add_origin(&r, &origin);
	partners_read(&r);
	table_seal(r.policy->table);
	return context_end(&r);
}

static void
test_rows_are_read(void **state ATTR_UNUSED)
{
	struct problems *problems = problems_create();
	struct policy *policy = read_rows(&good_root, problems);
	const struct rule *rule;
	struct row row;

	want_number("bank", "problems", (long)problems_count(problems), 0);
	want_that("bank", "has its key",
	    table_exact(policy->table, SLICE("bank.example"), &row));
	want_slice("bank", "name", row.partner->name, "bank");
	rule = row.partner->rules[HOP_INBOUND];
	want_that("bank", "has its rule", rule != NULL);
	want_text("bank", "file", rule->place.file, "db");
	want_number("bank", "line", rule->place.line, 7);
	want_text("bank", "level", level_name(rule->demand.level), "verify");
	want_text("bank", "stage", stage_name(rule->stage), "hold");
	want_number("bank", "bits", rule->demand.floor[FLOOR_BITS], 128);
	want_number("bank", "groups", (long)rule->demand.peer_count, 1);
	want_slice("bank", "names", rule->demand.peers[0].names.list[0],
	    "mx.bank.example");
	want_number("bank", "closed", closed, 1);
	policy_destroy(&policy);
	problems_destroy(&problems);
}

/* Each problem has the place that the origin gives, in its own words. */
static void
test_problems_have_their_row(void **state ATTR_UNUSED)
{
	static const char *const wanted[] = {
		"column colour: unknown key: a partner has no such key",
		"column level: \"encrypted\" is not known: did you mean "
		"\"encrypt\"?",
		"column min_bits: 300 is out of range: 1 to 256",
		"column dane: expected true or false, without quotes, found a "
		"number with a decimal point",
	};
	struct problems *problems = problems_create();
	struct policy *policy = read_rows(&bad_root, problems);

	want_number("wrong", "problems", (long)problems_count(problems),
	    COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		const struct problem *p = problems_get(problems, i);

		want_text("wrong", "problem", p->text, wanted[i]);
		want_text("wrong", "file", p->file, "db://policy");
		want_number("wrong", "line", p->line, 8);
	}
	policy_destroy(&policy);
	problems_destroy(&problems);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_rows_are_read),
	cmocka_unit_test(test_problems_have_their_row),
};

RUN_TESTS(tests)
