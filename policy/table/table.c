/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <limits.h>

#include "policy/table/table.h"

/*
 * Three arrays make the table.
 *
 * rows: the records, one after the other in the order of the claims. A record
 * has partner and hops in four bytes, the key's length in two, the number of
 * lines after the previous row in one, and the key. A row is identified by the
 * offset of its record; 0 is no row.
 *
 * slots: the index, ordered by hash with gaps between. A look-up starts at the
 * slot that follows from its hash and ends at the first slot that is empty or
 * has a higher hash: one cache line for most misses. The hash has a random key,
 * so nobody outside can choose names that collide.
 *
 * marks: file and line of every 64th row, and of each row whose line does not
 * follow from the row before.
 */
struct slot {
	uint32_t hash;
	uint32_t row;                   /* 0: empty */
};

struct mark {
	const char *file;               /* borrows from the caller */
	unsigned line;
	uint32_t row;
};

struct table {
	struct arena *arena;            /* owns */
	uint64_t seed, multiplier;      /* random, never shown */

	unsigned char *rows;            /* owns */
	size_t rows_used, rows_size;
	size_t keys;
	uint32_t any;                   /* the row of "*"; 0: none */

	struct slot *slots;             /* owns; an empty one ends them */
	size_t slots_size;
	size_t capacity;                /* slots that hashes point to */

	struct mark *marks;             /* owns */
	size_t marks_used, marks_size;
	size_t since_mark;              /* rows since the last mark */
	struct place last;              /* of the last row */

	struct partner **partners;      /* owns; they live in the arena */
	size_t partners_used, partners_size;
	size_t rules;
	unsigned hops;                  /* bits; any partner has a rule for */
	unsigned named;                 /* ... under a key other than "*" */
	bool sealed;
};

enum {
	HEAD = 7,                       /* bytes before a row's key */
	HOP_SHIFT = 28,                 /* of the four bytes of a row */
	MARK_EVERY = 64,
	SLOTS_SPARE = 64                /* for hashes near the highest */
};

static_assert(HOP_COUNT <= 32 - HOP_SHIFT, "hops share four bytes");

/* Three quarters full: 10.7 bytes a row, two or three slots a look-up. */
static size_t
table_capacity_for(size_t keys)
{
	return keys + keys / 3 + 1;
}

struct table *
table_create(void)
{
	struct table *t = xcalloc(1, sizeof(*t));

	t->arena = arena_create(4096);
	arc4random_buf(&t->seed, sizeof(t->seed));
	arc4random_buf(&t->multiplier, sizeof(t->multiplier));
	t->multiplier |= 1;
	t->rows_used = 1;               /* offset 0 means none */
	t->capacity = 1;
	t->slots_size = 1 + SLOTS_SPARE;
	t->slots = xcalloc(t->slots_size, sizeof(t->slots[0]));
	return t;
}

void
table_destroy(struct table **table)
{
	struct table *t = *table;

	if (t == NULL)
		return;
	free(t->rows);
	free(t->slots);
	free(t->marks);
	free(t->partners);
	arena_destroy(&t->arena);
	free(t);
	*table = NULL;
}

struct arena *
table_arena(struct table *table)
{
	return table->arena;
}

/* Hashes */

static uint32_t
table_hash_end(const struct table *t, uint64_t h)
{
	return (uint32_t)((h * t->multiplier) >> 32);
}

/* A name that is being hashed label by label, from the last one. */
struct label_hash {
	struct slice left;              /* not hashed yet; absent: nothing */
	uint64_t hash;                  /* of the labels so far */
};

static void
table_walk_begin(struct label_hash *w, const struct table *t, struct slice key)
{
	w->left = key;
	w->hash = t->seed;
}

static void
table_walk_label(struct label_hash *w, const struct table *t)
{
	size_t begin = w->left.n;

	while (begin > 0 && w->left.p[begin - 1] != '.')
		begin--;
	w->hash = slice_hash_on(w->hash, t->multiplier,
	    (struct slice){ w->left.p + begin, w->left.n - begin });
	w->left = begin == 0 ? SLICE_NONE : slice_head(w->left, begin - 1);
}

static uint32_t
table_hash_key(const struct table *t, struct slice key)
{
	struct label_hash w;

	for (table_walk_begin(&w, t, key); w.left.p != NULL;)
		table_walk_label(&w, t);
	return table_hash_end(t, w.hash);
}

/* Rows */

static uint32_t
table_row_word(const struct table *t, uint32_t row)
{
	uint32_t word;

	memcpy(&word, t->rows + row, sizeof(word));
	return word;
}

static struct slice
table_row_key(const struct table *t, uint32_t row)
{
	const unsigned char *p = t->rows + row;
	uint16_t n;

	memcpy(&n, p + 4, sizeof(n));
	return (struct slice){ (const char *)p + HEAD, n };
}

static unsigned
table_row_step(const struct table *t, uint32_t row)
{
	return t->rows[row + 6];
}

static uint32_t
table_row_next(const struct table *t, uint32_t row)
{
	return row + HEAD + (uint32_t)table_row_key(t, row).n;
}

static void
table_row_show(const struct table *t, uint32_t row, struct row *out)
{
	uint32_t word = table_row_word(t, row);

	assert(row != 0 && row < t->rows_used);
	out->partner = t->partners[word & ((1u << HOP_SHIFT) - 1)];
	out->key = table_row_key(t, row);
	out->hops = word >> HOP_SHIFT;
	out->at = row;
}

/* Makes room for n more elements; returns the new array. */
static void *
table_grown(void *array, size_t element, size_t used, size_t *size, size_t n)
{
	if (*size >= used + n)
		return array;
	*size = used + n + (used + n) / 2;
	return xrealloc(array, *size * element);
}

/* Slots */

static size_t
table_slot_of(const struct table *t, uint32_t hash)
{
	return (size_t)((uint64_t)hash * t->capacity >> 32);
}

/* The row with exactly key, from slot s on; 0: none. */
static uint32_t
table_find_from(const struct table *t, const struct slot *s, uint32_t hash,
    struct slice key)
{
	for (; s->row != 0 && s->hash <= hash; s++)
		if (s->hash == hash && slice_eq(table_row_key(t, s->row), key))
			return s->row;
	return 0;
}

static uint32_t
table_find(const struct table *t, struct slice key)
{
	uint32_t hash = table_hash_key(t, key);

	return table_find_from(t, &t->slots[table_slot_of(t, hash)], hash, key);
}

/* Copies n slots to where they belong in out, which may be NULL. Returns how
 * many slots they reach over. Their order by hash stays, so one walk over both
 * arrays is enough. */
static size_t
table_spread_to(const struct table *t, const struct slot *from, size_t n,
    struct slot *out)
{
	size_t next = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = table_slot_of(t, from[i].hash);

		if (from[i].row == 0)
			continue;
		next = at > next ? at : next;
		if (out != NULL)
			out[next] = from[i];
		next++;
	}
	return next;
}

/* Spreads the slots over a new capacity. */
static void
table_spread(struct table *t, size_t capacity)
{
	struct slot *old = t->slots;
	size_t old_size = t->slots_size, reach;

	t->capacity = capacity;
	reach = table_spread_to(t, old, old_size, NULL);
	t->slots_size = (reach > capacity ? reach : capacity) + SLOTS_SPARE;
	t->slots = xcalloc(t->slots_size, sizeof(t->slots[0]));
	table_spread_to(t, old, old_size, t->slots);
	free(old);
}

static void
table_insert(struct table *t, uint32_t hash, uint32_t row)
{
	size_t at, end;

	if (t->keys >= t->capacity - t->capacity / 4)
		table_spread(t, 2 * t->capacity);
	for (;;) {
		at = table_slot_of(t, hash);
		while (t->slots[at].row != 0 && t->slots[at].hash <= hash)
			at++;
		for (end = at; t->slots[end].row != 0;)
			end++;
		/* The last slot stays empty: look-ups end there. */
		if (end + 1 < t->slots_size)
			break;
		table_spread(t, t->capacity + 1);
	}
	memmove(&t->slots[at + 1], &t->slots[at],
	    (end - at) * sizeof(t->slots[0]));
	t->slots[at] = (struct slot){ hash, row };
}

/* Places */

/* Records the place of a row that is being added: returns the number of lines
 * after the row before, or adds a mark when one byte cannot hold that. */
static unsigned char
table_mark(struct table *t, uint32_t row, struct place at)
{
	bool follows = t->since_mark > 0 && t->since_mark < MARK_EVERY &&
	    at.file == t->last.file && at.line >= t->last.line &&
	    at.line - t->last.line <= UCHAR_MAX;
	unsigned step = follows ? at.line - t->last.line : 0;

	if (!follows) {
		t->marks = table_grown(t->marks, sizeof(t->marks[0]),
		    t->marks_used, &t->marks_size, 1);
		t->marks[t->marks_used++] = (struct mark){ at.file, at.line,
			row };
		t->since_mark = 0;
	}
	t->since_mark++;
	t->last = at;
	return (unsigned char)step;
}

static struct place
table_place_of(const struct table *t, uint32_t row)
{
	size_t low = 0, high = t->marks_used;
	struct place at;

	assert(row != 0 && row < t->rows_used);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (t->marks[middle].row <= row)
			low = middle;
		else
			high = middle;
	}
	at = (struct place){ t->marks[low].file, t->marks[low].line };
	for (uint32_t r = t->marks[low].row; r != row;) {
		r = table_row_next(t, r);
		at.line += table_row_step(t, r);
	}
	return at;
}

struct place
table_place(const struct table *table, const struct row *row)
{
	return table_place_of(table, row->at);
}

/* Filling */

void
table_reserve(struct table *table, size_t keys, size_t bytes)
{
	size_t capacity = table_capacity_for(table->keys + keys);

	assert(!table->sealed);
	if (capacity > table->capacity)
		table_spread(table, capacity);
	table->rows = table_grown(table->rows, 1, table->rows_used,
	    &table->rows_size, bytes + keys * HEAD);
}

unsigned
table_add_partner(struct table *table, struct partner *partner)
{
	unsigned index = (unsigned)table->partners_used;

	assert(!table->sealed && index < 1u << HOP_SHIFT);
	for (int hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL) {
			partner->rules[hop]->number = (unsigned)table->rules++;
			if (!partner->by_session)
				table->hops |= 1u << hop;
		}
	table->partners =
	    table_grown(table->partners, sizeof(table->partners[0]),
		table->partners_used, &table->partners_size, 1);
	table->partners[table->partners_used++] = partner;
	return index;
}

static uint32_t
table_add_row(struct table *t, struct slice key, uint32_t word, struct place at)
{
	uint32_t row = (uint32_t)t->rows_used;
	uint16_t n = (uint16_t)key.n;
	unsigned char *p;

	t->rows = table_grown(t->rows, 1, t->rows_used, &t->rows_size,
	    HEAD + key.n);
	t->rows_used += HEAD + key.n;
	p = t->rows + row;
	memcpy(p, &word, sizeof(word));
	memcpy(p + 4, &n, sizeof(n));
	p[6] = table_mark(t, row, at);
	memcpy(p + HEAD, key.p, key.n);
	return row;
}

/* Notes the hops that this key has rules for. */
static void
table_note_hops(struct table *t, const struct partner *partner, unsigned hops)
{
	for (int hop = 0; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL && !partner->by_session)
			t->named |= hops & 1u << hop;
}

int
table_claim(struct table *table, struct slice key, unsigned partner,
    unsigned hops, struct place at, struct place *first)
{
	uint32_t hash, row;

	assert(!table->sealed && partner < table->partners_used);
	*first = (struct place){ NULL, 0 };
	if (key.n == 0 || key.n > LIMIT_PATH ||
	    table->rows_used > UINT32_MAX - HEAD - LIMIT_PATH)
		return -1;
	hash = table_hash_key(table, key);
	row = table_find_from(table, &table->slots[table_slot_of(table, hash)],
	    hash, key);
	if (row != 0) {
		*first = table_place_of(table, row);
		return -1;
	}
	row = table_add_row(table, key,
	    partner | (hops & TABLE_ALL_HOPS) << HOP_SHIFT, at);
	table_insert(table, hash, row);
	table->keys++;
	if (slice_eq(key, SLICE("*")))
		table->any = row;
	else
		table_note_hops(table, table->partners[partner], hops);
	return 0;
}

void
table_seal(struct table *table)
{
	if (table->sealed)
		return;
	table_spread(table, table_capacity_for(table->keys));
	assert(table->slots[table->slots_size - 1].row == 0);
	table->rows_size = table->rows_used;
	table->rows = xrealloc(table->rows, table->rows_size);
	table->marks_size = table->marks_used;
	table->marks = xrealloc(table->marks,
	    table->marks_size * sizeof(table->marks[0]));
	table->partners_size = table->partners_used;
	table->partners = xrealloc(table->partners,
	    table->partners_size * sizeof(table->partners[0]));
	table->sealed = true;
}

/* Look-ups */

/* One key that covers a domain, with its hash. */
struct suffix_key {
	struct slice key;
	uint32_t hash;
};

/* Lists the suffixes of domain from the shortest, then domain itself. */
static size_t
table_suffix_keys(const struct table *t, struct slice domain,
    struct suffix_key list[TABLE_ROWS])
{
	struct label_hash w;
	size_t n = 0;

	table_walk_begin(&w, t, domain);
	table_walk_label(&w, t);
	while (w.left.p != NULL && n < TABLE_ROWS - 2) {
		/* A suffix has the same labels, with an empty one before. */
		list[n].key = slice_from(domain, w.left.n);
		list[n++].hash = table_hash_end(t,
		    slice_hash_on(w.hash, t->multiplier, SLICE("")));
		table_walk_label(&w, t);
	}
	list[n].key = domain;
	list[n++].hash = table_hash_end(t, w.hash);
	return n;
}

size_t
table_domain(const struct table *table, struct slice domain,
    struct row rows[TABLE_ROWS])
{
	struct suffix_key list[TABLE_ROWS];
	size_t n, found = 0;

	if (domain.n == 0 || domain.n > LIMIT_DOMAIN)
		return 0;
	n = table_suffix_keys(table, domain, list);
	while (n-- > 0) {
		uint32_t row = table_find_from(table,
		    &table->slots[table_slot_of(table, list[n].hash)],
		    list[n].hash, list[n].key);

		if (row != 0)
			table_row_show(table, row, &rows[found++]);
	}
	if (table->any != 0)
		table_row_show(table, table->any, &rows[found++]);
	assert(found <= TABLE_ROWS);
	return found;
}

bool
table_exact(const struct table *table, struct slice key, struct row *row)
{
	uint32_t found = key.n == 0 ? 0 : table_find(table, key);

	if (found != 0)
		table_row_show(table, found, row);
	return found != 0;
}

size_t
table_keys(const struct table *table)
{
	return table->keys;
}

size_t
table_partners(const struct table *table)
{
	return table->partners_used;
}

size_t
table_rules(const struct table *table)
{
	return table->rules;
}

const struct partner *
table_partner(const struct table *table, unsigned i)
{
	assert(i < table->partners_used);
	return table->partners[i];
}

size_t
table_bytes(const struct table *table)
{
	return sizeof(*table) + arena_size(table->arena) + table->rows_size +
	    table->slots_size * sizeof(table->slots[0]) +
	    table->marks_size * sizeof(table->marks[0]) +
	    table->partners_size * sizeof(table->partners[0]);
}

bool
table_has_hop(const struct table *table, enum hop hop)
{
	assert(hop < HOP_COUNT);
	return (table->hops & 1u << hop) != 0;
}

bool
table_names_hop(const struct table *table, enum hop hop)
{
	assert(hop < HOP_COUNT);
	return (table->named & 1u << hop) != 0;
}

bool
table_names_recipient_hop(const struct table *table)
{
	return (table->named & ~(1u << HOP_INBOUND)) != 0;
}

bool
table_has_recipient_hop(const struct table *table)
{
	return (table->hops & ~(1u << HOP_INBOUND)) != 0;
}

void
table_each(const struct table *table,
    bool (*visit)(const struct table *table, const struct row *row,
	void *data), void *data)
{
	for (uint32_t r = 1; r < table->rows_used;
	     r = table_row_next(table, r)) {
		struct row row;

		table_row_show(table, r, &row);
		if (!visit(table, &row, data))
			return;
	}
}
