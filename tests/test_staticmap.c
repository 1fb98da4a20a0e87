/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/outbound/staticmap.h"
#include "policy/base/text.h"
#include "tests/random_policy.h"

/* A file, held in memory. */
struct entry {
	struct slice key, text;         /* in the arena */
};

struct memory_file {
	struct arena *arena;
	struct entry entries[400];
	size_t count;
};

static const struct entry *
find(const struct memory_file *f, struct slice key)
{
	for (size_t i = 0; i < f->count; i++)
		if (slice_eq(f->entries[i].key, key))
			return &f->entries[i];
	return NULL;
}

static void
keep(struct slice key, struct slice text, struct slice after ATTR_UNUSED,
    void *data)
{
	struct memory_file *f = data;

	if (find(f, key) != NULL)
		fail_msg("%.*s is put twice", SLICE_ARGS(key));
	if (f->count == COUNT_OF(f->entries))
		fail_msg("the file is full");
	f->entries[f->count++] = (struct entry){ arena_copy(f->arena, key),
		arena_copy(f->arena, text) };
}

static void
fill(struct memory_file *f, const struct policy *policy, int64_t now)
{
	*f = (struct memory_file){ .arena = arena_create(4096) };
	staticmap_each(policy, NULL, now, keep, f);
}

/* What Postfix gets from the file, in the form of the map's answers; *entry is
 * where. */
static const char *
ask_file(const struct memory_file *f, const char *raw,
    const struct entry **entry)
{
	static char text[OUTBOUND_ANSWER_SIZE];
	struct staticmap_walk walk;
	struct slice key;

	*entry = NULL;
	staticmap_walk_begin(&walk, slice_of(raw));
	while (*entry == NULL && staticmap_walk_next(&walk, &key))
		*entry = find(f, key);
	if (*entry == NULL)
		return "NOTFOUND ";
	snprintf(text, sizeof(text), "%s%.*s",
	    slice_starts((*entry)->text, SLICE("enforcetls-conflict "))
		? "TEMP " : "OK ", SLICE_ARGS((*entry)->text));
	return text;
}

static const char *
ask_map(const struct policy *policy, const char *raw, int64_t now)
{
	static struct outbound_answer answer;
	struct outbound_question question = { .now = now };

	outbound_key_read(slice_of(raw), &question.key);
	outbound_answer(policy, &question, &answer);
	answer.text[answer.n] = '\0';
	return answer.text;
}

static bool
find_problem(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	const struct policy **policy = data;

	if (staticmap_problem(*policy, row, RANDOM_NOW) == NULL)
		return true;
	*policy = NULL;
	return false;
}

static bool
has_problem(const struct policy *policy)
{
	const struct policy *left = policy;

	table_each(policy->table, find_problem, &left);
	return left == NULL;
}

/* Whether both answers are one; a conflict has its own word in a file. */
static bool
same(const char *file, const char *map)
{
	return strcmp(file, map) == 0 || (strncmp(file, "TEMP ", 5) == 0 &&
	    strncmp(map, "TEMP ", 5) == 0);
}

/* Whether a row or smarthost of the policy has the next hop as its own key, or
 * it is one of a row's domain in brackets. */
static bool
is_named(const struct random_policy *r, const char *raw)
{
	struct outbound_key key;
	struct row row;
	char domain[LIMIT_PATH + 3];

	outbound_key_read(slice_of(raw), &key);
	if (key.form == OUTBOUND_FORM_BAD || raw[strlen(raw) - 1] == '.' ||
	    strstr(raw, ".]") != NULL || strstr(raw, ":0:") != NULL)
		return false;
	snprintf(domain, sizeof(domain), "[%s]", key.host.text);
	return table_exact(r->policy.table, key_slice(&key.key), &row) ||
	    (strcmp(domain, key.key.text) == 0 &&
		table_exact(r->policy.table, key_slice(&key.host), &row));
}

static void
compare(const struct random_policy *r, const struct memory_file *f,
    unsigned seed, size_t asked)
{
	const char *raw = random_asked[asked], *map, *file;
	const struct entry *entry;

	map = ask_map(&r->policy, raw, RANDOM_NOW);
	file = ask_file(f, raw, &entry);
	if (same(file, map))
		return;
	/* A file cannot have every form of a next hop; but what it has is
	 * right. */
	if (entry != NULL || asked < RANDOM_NAMES || is_named(r, raw))
		fail_msg("policy %u, %s: the file answers \"%s\", the map "
		    "\"%s\"", seed, raw, file, map);
}

struct coverage {
	const struct random_policy *r;
	const struct memory_file *f;
	unsigned seed;
};

/* A rule that acts is covered by the file only where the file has the map's own
 * answer. */
static bool
compare_coverage(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	const struct coverage *c = data;
	const struct policy *policy = &c->r->policy;
	const struct rule *rule = row->partner->rules[HOP_OUTBOUND];
	const struct entry *entry;

	if (!policy_rule_acts(policy, rule) ||
	    rule->demand.level == LEVEL_NONE)
		return true;
	for (size_t i = 0; i < COUNT_OF(random_asked); i++) {
		const char *raw = random_asked[i];
		struct outbound_key key;
		bool covers = staticmap_covers(policy, rule, &rule->demand,
		    slice_of(raw), RANDOM_NOW);
		const char *file = ask_file(c->f, raw, &entry);

		outbound_key_read(slice_of(raw), &key);
		if (covers && !key.on_host && (entry == NULL ||
		    (i < RANDOM_ODD && !same(file, ask_map(policy, raw,
			RANDOM_NOW)))))
			fail_msg("policy %u, %s: covered, but the file "
			    "answers \"%s\"", c->seed, raw, file);
		if (!covers && entry != NULL && i < RANDOM_ODD &&
		    !key.on_host &&
		    outbound_covers(policy, rule, &rule->demand, &key,
			RANDOM_NOW))
			fail_msg("policy %u, %s: not covered, but the file "
			    "answers \"%s\"", c->seed, raw, file);
	}
	return true;
}

enum { POLICIES = 300 };

static void
answers_as_the_map_does(void **unused ATTR_UNUSED)
{
	unsigned compared = 0;

	for (unsigned seed = 1; seed <= POLICIES; seed++) {
		struct random_policy r;
		struct memory_file f;

		random_make(&r, seed);
		if (!has_problem(&r.policy)) {
			struct coverage c = { &r, &f, seed };

			compared++;
			fill(&f, &r.policy, RANDOM_NOW);
			for (size_t i = 0; i < RANDOM_ODD; i++)
				compare(&r, &f, seed, i);
			table_each(r.policy.table, compare_coverage, &c);
			arena_destroy(&f.arena);
		}
		random_clear(&r);
	}
	/* Few are refused. */
	want_that("random policies", "most can be kept in a file",
	    compared > POLICIES / 2);
}

/* The refused ones are those where the file would say something else. */
static void
refuses_only_what_differs(void **unused ATTR_UNUSED)
{
	unsigned refused = 0;

	for (unsigned seed = 1; seed <= POLICIES / 10; seed++) {
		struct random_policy r;
		struct memory_file f;
		const struct entry *entry;
		bool differs = false;

		random_make(&r, seed);
		if (has_problem(&r.policy)) {
			refused++;
			fill(&f, &r.policy, RANDOM_NOW);
			for (size_t i = 0; i < RANDOM_NAMES; i++)
				differs = differs || !same(ask_file(&f,
				    random_asked[i], &entry),
				    ask_map(&r.policy, random_asked[i],
					RANDOM_NOW));
			want_that("a refused policy", "some answer differs",
			    differs);
			arena_destroy(&f.arena);
		}
		random_clear(&r);
	}
	want_that("random policies", "some are refused", refused > 0);
}

#define VERIFY MADE(VERIFY, DEFER)
#define ENCRYPT MADE(ENCRYPT, DEFER)

/* clang-format off */
static const struct {
	const char *label;
	struct made_row rows[2];
	const char *wanted;             /* words of the problem of row 0 */
} problems[] = {
	{ "everything else",
	    { { "rest", "*", .outbound = { ENCRYPT } } },
	    "cannot act in map.static" },
	{ "everything else, being rolled out",
	    { { "rest", "*", .outbound = { MADE(ENCRYPT, LOG_ONLY) } } },
	    NULL },
	{ "everything else, for another hop",
	    { { "rest", "*", .entry = { ENCRYPT } } }, NULL },
	{ "a sharp s",
	    { { "street", "xn--strae-oqa.example", .outbound = { ENCRYPT } } },
	    "as the name of another domain" },
	{ "a hole below a suffix",
	    { { "hole", "a.example", .outbound = { MADE(NONE, DEFER) } },
	      { "all", ".example", .outbound = { ENCRYPT } } },
	    "asks nothing, below a suffix" },
	{ "a suffix as a hole",
	    { { "hole", ".a.example", .outbound = { MADE(NONE, DEFER) } },
	      { "all", ".example", .outbound = { ENCRYPT } } },
	    "asks nothing, below a suffix" },
	{ "no hole while the suffix is rolled out",
	    { { "hole", "a.example", .outbound = { MADE(NONE, DEFER) } },
	      { "all", ".example", .outbound = { MADE(ENCRYPT, LOG_ONLY) } } },
	    NULL },
	{ "two paths that fold to one",
	    { { "one", "/Path/X", MADE_NEXT_HOP, .outbound = { ENCRYPT } },
	      { "two", "/path/x", MADE_NEXT_HOP, .outbound = { VERIFY } } },
	    "folds its letter case" },
	{ "a path in upper case",
	    { { "one", "/Path/X", MADE_NEXT_HOP, .outbound = { ENCRYPT } } },
	    NULL },
};
/* clang-format on */

static void
names_what_a_file_cannot_say(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(problems); i++) {
		size_t count = problems[i].rows[1].name == NULL ? 1 : 2;

		/* Whatever the mode is now. */
		for (int mode = 0; mode < 2; mode++) {
			struct policy policy;
			const char *why;
			struct row row;

			made_policy(&policy, mode == 0 ? MODE_ENFORCE
			    : MODE_LOG_ONLY, problems[i].rows, count);
			want_that(problems[i].label, "there is such a row",
			    table_exact(policy.table, slice_of(
				problems[i].rows[0].keys), &row));
			why = staticmap_problem(&policy, &row, RANDOM_NOW);
			if ((why == NULL) != (problems[i].wanted == NULL) ||
			    (why != NULL &&
				strstr(why, problems[i].wanted) == NULL))
				fail_msg("%s: the problem is %s",
				    problems[i].label,
				    why == NULL ? "none" : why);
			made_clear(&policy);
		}
	}
}

static void
log_only_has_no_key(void **unused ATTR_UNUSED)
{
	struct random_policy r;
	struct memory_file f;

	random_make(&r, 1);
	fill(&f, &r.policy, RANDOM_NOW);
	want_that("mode enforce", "there are keys", f.count > 0);
	arena_destroy(&f.arena);
	r.policy.settings.mode = MODE_LOG_ONLY;
	fill(&f, &r.policy, RANDOM_NOW);
	want_number("mode log-only", "keys", (long)f.count, 0);
	arena_destroy(&f.arena);
	random_clear(&r);
}

static const struct {
	const char *raw;
	const char *wanted;
} walks[] = {
	{ "Mx.Bank.Example", "mx.bank.example .bank.example .example" },
	{ "example", "example" },
	{ "[mx.bank.example]", "[mx.bank.example]" },
	{ "mx.bank.example:25", "mx.bank.example:25" },
	{ "mx.bank.example.", "mx.bank.example." },
	{ "192.0.2.1", "192.0.2.1" },
	{ "M\xc3\x9cNCHEN.a.test", "m\xc3\xbcnchen.a.test .a.test .test" },
	{ "private/x.y", "private/x.y" },
	{ "", "" },
	{ "\xff.example", "" },
};

static void
looks_up_as_postfix_does(void **unused ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(walks); i++) {
		struct staticmap_walk walk;
		char came[400];
		struct slice key;
		struct text t;

		text_init(&t, came, sizeof(came));
		staticmap_walk_begin(&walk, slice_of(walks[i].raw));
		while (staticmap_walk_next(&walk, &key))
			text_join(&t, " ", "%.*s", SLICE_ARGS(key));
		want_text(walks[i].raw, "keys", came, walks[i].wanted);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(answers_as_the_map_does),
	cmocka_unit_test(refuses_only_what_differs),
	cmocka_unit_test(names_what_a_file_cannot_say),
	cmocka_unit_test(log_only_has_no_key),
	cmocka_unit_test(looks_up_as_postfix_does),
};

RUN_TESTS(tests)
