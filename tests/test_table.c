/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/table/table.h"
#include "tests/cases.h"

static uint64_t
random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static unsigned
add_partner(struct table *t, const char *name)
{
	struct partner *p = arena_alloc(table_arena(t), sizeof(*p));

	p->name = arena_copy(table_arena(t), slice_of(name));
	return table_add_partner(t, p);
}

static void
claim(struct table *t, const char *key, unsigned partner, unsigned line)
{
	struct place first, at = { "test.conf", line };

	if (table_claim(t, slice_of(key), partner, TABLE_ALL_HOPS, at,
		&first) != 0)
		fail_msg("%s is already claimed", key);
}

/* Writes the keys found for name, each followed by a blank. */
static const char *
found_for(const struct table *t, const char *name, char out[1024])
{
	struct row rows[TABLE_ROWS];
	size_t n = table_domain(t, slice_of(name), rows);
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		length += (size_t)snprintf(out + length, 1024 - length,
		    "%.*s ", SLICE_ARGS(rows[i].key));
	return out;
}

static void
test_exact_then_longest_suffix_then_any(void **state ATTR_UNUSED)
{
	static const char *const keys[] = { "bank.example", ".bank.example",
		".example", "a.b.bank.example", ".b.bank.example", "*",
		"example" };
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "bank.example", "bank.example .example * " },
		{ "mx.bank.example", ".bank.example .example * " },
		{ "a.b.bank.example", "a.b.bank.example .b.bank.example "
				      ".bank.example .example * " },
		{ "b.bank.example", ".bank.example .example * " },
		{ "thebank.example", ".example * " },
		{ "example", "example * " },
		{ "other", "* " },
		{ "bank.example.other", "* " },
		{ "", "" },
		{ "x", "* " },
	};
	struct table *t = table_create();
	unsigned partner = add_partner(t, "bank"), wrong = 0;
	char got[1024];

	for (unsigned i = 0; i < COUNT_OF(keys); i++)
		claim(t, keys[i], partner, i + 1);
	table_seal(t);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		found_for(t, cases[i].name, got);
		if (strcmp(got, cases[i].want) == 0)
			continue;
		print_error("%s: got \"%s\", wanted \"%s\"\n", cases[i].name,
		    got, cases[i].want);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(table_domain(t, SLICE_NONE, NULL), 0);
	table_destroy(&t);
	assert_null(t);
}

static void
test_an_empty_table_finds_nothing(void **state ATTR_UNUSED)
{
	struct row rows[TABLE_ROWS];
	struct table *t = table_create();

	for (int sealed = 0; sealed < 2; sealed++) {
		assert_int_equal(table_domain(t, SLICE("a.b"), rows), 0);
		assert_false(table_exact(t, SLICE("a.b"), rows));
		assert_false(table_exact(t, SLICE("*"), rows));
		assert_false(table_exact(t, SLICE(""), rows));
		assert_false(table_exact(t, SLICE_NONE, rows));
		assert_int_equal(table_keys(t), 0);
		assert_false(table_has_hop(t, HOP_ENTRY));
		table_seal(t);
	}
	table_destroy(&t);
	table_destroy(&t);
}

static void
test_two_rows_may_not_claim_one_key(void **state ATTR_UNUSED)
{
	struct place first = { NULL, 0 }, at = { "b.conf", 9 };
	struct table *t = table_create();
	unsigned a = add_partner(t, "a"), b = add_partner(t, "b");
	char long_key[LIMIT_PATH + 1];
	struct row row;

	claim(t, "bank.example", a, 7);
	assert_int_equal(table_claim(t, SLICE("bank.example"), b,
			     TABLE_INBOUND, at, &first), -1);
	assert_string_equal(first.file, "test.conf");
	assert_int_equal(first.line, 7);
	assert_int_equal(table_claim(t, SLICE("bank.example"), a,
			     TABLE_ALL_HOPS, at, &first), -1);
	assert_true(table_exact(t, SLICE("bank.example"), &row));
	assert_string_equal(row.partner->name.p, "a");
	assert_int_equal(row.hops, TABLE_ALL_HOPS);

	memset(long_key, 'x', sizeof(long_key));
	assert_int_equal(table_claim(t, (struct slice){ long_key,
			     sizeof(long_key) }, a, TABLE_ALL_HOPS, at,
			     &first), -1);
	assert_null(first.file);
	assert_int_equal(table_claim(t, SLICE(""), a, TABLE_ALL_HOPS, at,
			     &first), -1);
	assert_null(first.file);
	assert_int_equal(table_claim(t, (struct slice){ long_key, LIMIT_PATH },
			     a, TABLE_ALL_HOPS, at, &first), 0);
	assert_int_equal(table_keys(t), 2);
	table_destroy(&t);
}

static void
test_other_keys_are_found_exactly(void **state ATTR_UNUSED)
{
	static const char *const keys[] = { "[192.0.2.1]", "[::1]:25",
		"[gw.bank.example]:587", "gw.bank.example:25",
		"unix:private/dovecot-lmtp", "5.1.1 User unknown.",
		"user@bank.example", "a@b@bank.example", "1234567",
		"12345678", "123456789", "x." };
	struct table *t = table_create();
	unsigned partner = add_partner(t, "p");
	struct row row;

	for (unsigned i = 0; i < COUNT_OF(keys); i++)
		claim(t, keys[i], partner, i);
	table_seal(t);
	for (unsigned i = 0; i < COUNT_OF(keys); i++) {
		if (!table_exact(t, slice_of(keys[i]), &row))
			fail_msg("%s: not found", keys[i]);
		assert_true(slice_eq(row.key, slice_of(keys[i])));
		assert_int_equal(table_place(t, &row).line, i);
	}
	assert_false(table_exact(t, SLICE("[192.0.2.2]"), &row));
	assert_false(table_exact(t, SLICE("user@bank.exampl"), &row));
	assert_false(table_exact(t, SLICE(".bank.example"), &row));
	table_destroy(&t);
}

static void
test_rules_are_numbered_and_hops_known(void **state ATTR_UNUSED)
{
	struct table *t = table_create();
	struct partner *p[2];
	struct rule rules[3];

	for (int i = 0; i < 2; i++)
		p[i] = arena_alloc(table_arena(t), sizeof(*p[i]));
	p[0]->rules[HOP_ENTRY] = &rules[0];
	p[0]->rules[HOP_OUTBOUND] = &rules[1];
	p[1]->rules[HOP_OUTBOUND] = &rules[2];
	assert_int_equal(table_add_partner(t, p[0]), 0);
	assert_int_equal(table_add_partner(t, p[1]), 1);
	assert_int_equal(rules[0].number, 0);
	assert_int_equal(rules[1].number, 1);
	assert_int_equal(rules[2].number, 2);
	assert_int_equal(table_rules(t), 3);
	assert_int_equal(table_partners(t), 2);
	assert_ptr_equal(table_partner(t, 1), p[1]);
	assert_true(table_has_hop(t, HOP_ENTRY));
	assert_true(table_has_hop(t, HOP_OUTBOUND));
	assert_false(table_has_hop(t, HOP_INBOUND));
	assert_false(table_has_hop(t, HOP_EARLIER));
	assert_true(table_has_recipient_hop(t));
	table_destroy(&t);
}

/* Lines that rise by 1, 255 and 256, jump, fall and change file. */
static struct place
odd_place(unsigned i)
{
	static const char *const files[] = { "a.conf", "b.conf" };
	unsigned line = i + i / 10 * 254 + i / 100;

	if (i % 1000 > 990)
		line += 300 * i;
	if (i % 777 == 0)
		line = 1;
	return (struct place){ files[i / 507 % 2], line };
}

struct seen {
	unsigned next;
	unsigned stop;
};

static bool
see(const struct table *t, const struct row *row, void *data)
{
	struct seen *seen = data;
	struct place at = table_place(t, row), want = odd_place(seen->next);
	char key[16];

	snprintf(key, sizeof(key), "d%u.test", seen->next);
	assert_true(slice_eq(row->key, slice_of(key)));
	assert_int_equal(row->hops, seen->next % 15 + 1);
	if (at.file != want.file || at.line != want.line)
		fail_msg("%s: %s:%u, wanted %s:%u", key, at.file, at.line,
		    want.file, want.line);
	return ++seen->next != seen->stop;
}

static void
test_every_row_knows_its_place(void **state ATTR_UNUSED)
{
	enum { ROWS = 20000 };
	struct seen all = { 0, UINT32_MAX }, some = { 0, 10 };
	struct table *t = table_create();
	unsigned partner = add_partner(t, "p");
	struct place first;

	for (unsigned i = 0; i < ROWS; i++) {
		char key[16];

		snprintf(key, sizeof(key), "d%u.test", i);
		assert_int_equal(table_claim(t, slice_of(key), partner,
				     i % 15 + 1, odd_place(i), &first), 0);
	}
	table_seal(t);
	table_each(t, see, &all);
	assert_int_equal(all.next, ROWS);
	table_each(t, see, &some);
	assert_int_equal(some.next, 10);
	table_destroy(&t);
}

/* The simplest implementation of what table_domain() promises. */
struct model {
	struct {
		char key[64];
		unsigned partner;
		unsigned hops;
	} list[3000];
	size_t n;
};

static size_t
model_find(const struct model *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->list[i].key, key) == 0)
			return i;
	return m->n;
}

static size_t
model_domain(const struct model *m, const char *name, size_t found[64])
{
	size_t n = 0;
	size_t at = model_find(m, name);

	if (at < m->n)
		found[n++] = at;
	for (const char *p = strchr(name, '.'); p != NULL;
	     p = strchr(p + 1, '.')) {
		at = model_find(m, p);
		if (at < m->n)
			found[n++] = at;
	}
	at = model_find(m, "*");
	if (at < m->n)
		found[n++] = at;
	return n;
}

static void
random_name(uint64_t *seed, char out[64])
{
	static const char *const labels[] = { "a", "b", "mx", "bank",
		"example", "seventy", "eight888", "nine99999",
		"sixteen-letters6" };
	size_t count = 1 + random_next(seed) % 4, n = 0;

	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(out + n, 64 - n, "%s%s", i ? "." : "",
		    labels[random_next(seed) % COUNT_OF(labels)]);
}

static void
fill_both(struct model *m, struct table *t, uint64_t *seed, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned partner = (unsigned)(random_next(seed) % 100);
		unsigned hops = 1 + (unsigned)(random_next(seed) % 15);
		bool suffix = random_next(seed) % 3 == 0;
		struct place first, at = { "x", (unsigned)i };
		char key[65] = ".";
		int rc;

		random_name(seed, key + suffix);
		if (random_next(seed) % 500 == 0)
			snprintf(key, sizeof(key), "*");
		rc = table_claim(t, slice_of(key), partner, hops, at, &first);
		assert_int_equal(rc, model_find(m, key) < m->n ? -1 : 0);
		if (rc == -1)
			continue;
		memcpy(m->list[m->n].key, key, sizeof(m->list[0].key));
		m->list[m->n].partner = partner;
		m->list[m->n++].hops = hops;
	}
}

static bool
is_as_modelled(const struct model *m, const struct table *t, const char *name)
{
	struct row rows[TABLE_ROWS];
	size_t found[64], n = model_domain(m, name, found);
	size_t got = table_domain(t, slice_of(name), rows);

	if (got != n) {
		print_error("%s: %zu rows, wanted %zu\n", name, got, n);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		const char *key = m->list[found[i]].key;

		if (!slice_eq(rows[i].key, slice_of(key)) ||
		    rows[i].hops != m->list[found[i]].hops ||
		    rows[i].partner !=
			table_partner(t, m->list[found[i]].partner)) {
			print_error("%s: row %zu is %.*s, wanted %s\n", name,
			    i, SLICE_ARGS(rows[i].key), key);
			return false;
		}
	}
	return true;
}

static void
test_as_the_model_says(void **state ATTR_UNUSED)
{
	static const size_t sizes[] = { 1, 2, 3, 10, 100, 3000 };
	uint64_t seed = 0x9e3779b97f4a7c15u;
	struct model *m = test_calloc(1, sizeof(*m));
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct table *t = table_create();

		m->n = 0;
		for (unsigned p = 0; p < 100; p++)
			add_partner(t, "p");
		if (i % 2 == 0)
			table_reserve(t, sizes[i], sizes[i] * 16);
		fill_both(m, t, &seed, sizes[i]);
		assert_int_equal(table_keys(t), m->n);
		for (int round = 0; round < 1000; round++) {
			char name[64];

			if (round == 500)
				table_seal(t);
			random_name(&seed, name);
			wrong += !is_as_modelled(m, t, name);
		}
		table_destroy(&t);
	}
	test_free(m);
	assert_int_equal(wrong, 0);
}

/* 127 labels, each with its suffix in the table. */
static void
test_the_longest_name(void **state ATTR_UNUSED)
{
	struct table *t = table_create();
	unsigned partner = add_partner(t, "p");
	struct row rows[TABLE_ROWS];
	struct slice name;
	char text[LIMIT_DOMAIN + 1];

	for (size_t i = 0; i < LIMIT_DOMAIN; i++)
		text[i] = i % 2 == 0 ? 'a' : '.';
	text[LIMIT_DOMAIN] = '\0';
	name = (struct slice){ text, LIMIT_DOMAIN };
	claim(t, "*", partner, 1);
	claim(t, text, partner, 1);
	for (size_t i = 1; i < LIMIT_DOMAIN; i += 2)
		claim(t, text + i, partner, 1);
	table_seal(t);
	assert_int_equal(table_domain(t, name, rows), 128);
	memset(text, '.', LIMIT_DOMAIN);
	assert_true(table_domain(t, name, rows) <= TABLE_ROWS);
	table_destroy(&t);
}

static void
test_many_rows_stay_small(void **state ATTR_UNUSED)
{
	/* Enough rows for two of them to have the same hash of 32 bits. */
	enum { ROWS = 300000 };
	struct table *t = table_create();
	unsigned partner = add_partner(t, "p");
	struct row row;
	size_t text = 0;

	for (unsigned i = 0; i < ROWS; i++) {
		char key[32];

		text += (size_t)snprintf(key, sizeof(key),
		    "customer%u.example", i);
		claim(t, key, partner, i + 1);
	}
	table_seal(t);
	assert_int_equal(table_keys(t), ROWS);
	assert_true(table_bytes(t) < text + 20 * ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		char key[32];

		snprintf(key, sizeof(key), "customer%u.example", i);
		if (!table_exact(t, slice_of(key), &row))
			fail_msg("%s is lost", key);
	}
	table_destroy(&t);
}

/* Room for many more rows than are there: a hash may fall anywhere in it. */
static void
test_few_rows_of_many_that_were_announced(void **state ATTR_UNUSED)
{
	enum { ANNOUNCED = 1000000, ROWS = 100 };
	struct table *t = table_create();
	unsigned partner = add_partner(t, "p");
	char key[32];
	struct row row;

	table_reserve(t, ANNOUNCED, 0);
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(key, sizeof(key), "customer%u.example", i);
		claim(t, key, partner, i + 1);
	}
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(key, sizeof(key), "customer%u.example", i);
		want_that(key, "is found", table_exact(t, slice_of(key),
		    &row));
	}
	table_destroy(&t);
}

/* A rule of "*" is for everybody; any other key is for somebody. */
static void
test_named_hops(void **state ATTR_UNUSED)
{
	struct table *t = table_create();
	struct partner *p[2];
	struct rule rules[3];
	struct place first;

	for (int i = 0; i < 2; i++)
		p[i] = arena_alloc(table_arena(t), sizeof(*p[i]));
	p[0]->rules[HOP_INBOUND] = &rules[0];
	p[0]->rules[HOP_ENTRY] = &rules[1];
	p[1]->rules[HOP_INBOUND] = &rules[2];
	table_add_partner(t, p[0]);
	table_add_partner(t, p[1]);
	assert_int_equal(table_claim(t, SLICE("*"), 0, TABLE_ALL_HOPS,
	    (struct place){ "t", 1 }, &first), 0);
	assert_false(table_names_hop(t, HOP_INBOUND));
	assert_false(table_names_recipient_hop(t));
	assert_true(table_has_recipient_hop(t));
	assert_int_equal(table_claim(t, SLICE("b.example"), 0, TABLE_INBOUND,
	    (struct place){ "t", 2 }, &first), 0);
	assert_true(table_names_hop(t, HOP_INBOUND));
	assert_false(table_names_recipient_hop(t));
	assert_int_equal(table_claim(t, SLICE("c.example"), 0, TABLE_ALL_HOPS,
	    (struct place){ "t", 3 }, &first), 0);
	assert_true(table_names_recipient_hop(t));
	table_destroy(&t);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_exact_then_longest_suffix_then_any),
	cmocka_unit_test(test_an_empty_table_finds_nothing),
	cmocka_unit_test(test_two_rows_may_not_claim_one_key),
	cmocka_unit_test(test_other_keys_are_found_exactly),
	cmocka_unit_test(test_rules_are_numbered_and_hops_known),
	cmocka_unit_test(test_named_hops),
	cmocka_unit_test(test_every_row_knows_its_place),
	cmocka_unit_test(test_as_the_model_says),
	cmocka_unit_test(test_the_longest_name),
	cmocka_unit_test(test_many_rows_stay_small),
	cmocka_unit_test(test_few_rows_of_many_that_were_announced),
};

RUN_TESTS(tests)
