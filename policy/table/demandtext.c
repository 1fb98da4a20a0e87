/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/demandtext.h"
#include "policy/base/text.h"

/* The lists of a group. */
static const struct {
	const char *key;
	size_t offset;
} lists[] = {
	{ "names", offsetof(struct peer_group, names) },
	{ "subjects", offsetof(struct peer_group, subjects) },
	{ "issuers", offsetof(struct peer_group, issuers) },
	{ "fingerprints", offsetof(struct peer_group, fingerprints) },
	{ "logins", offsetof(struct peer_group, logins) },
};

static const struct slice clients = SLICE("clients");

/* Octets of a key, a floor with its value, or a network range. */
enum { WORD = 64 };

static const struct words *
demandtext_list(const struct peer_group *group, size_t i)
{
	return (const void *)((const char *)group + lists[i].offset);
}

static bool
demandtext_is_plain(char c)
{
	return c > ' ' && c < 0x7f && c != '|' && c != '%';
}

static void
demandtext_add_value(struct text *t, struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		if (demandtext_is_plain(value.p[i]))
			text_byte(t, value.p[i]);
		else
			text_add(t, "%%%02x", (unsigned char)value.p[i]);
}

static void
demandtext_add_group(struct text *t, const struct peer_group *group)
{
	for (size_t k = 0; k < COUNT_OF(lists); k++) {
		const struct words *words = demandtext_list(group, k);

		for (size_t i = 0; i < words->count; i++) {
			if (i == 0)
				text_add(t, " %s=", lists[k].key);
			else
				text_byte(t, '|');
			demandtext_add_value(t, words->list[i]);
		}
	}
	for (size_t i = 0; i < group->client_count; i++) {
		char shown[WORD];

		netrange_show(&group->clients[i], shown, sizeof(shown));
		text_add(t, i == 0 ? " %s=" : "|", clients.p);
		text_add(t, "%s", shown);
	}
}

/* Octets that the text of the demand may need, with its NUL. */
static size_t
demandtext_room(const struct demand *demand)
{
	size_t room = 2 * WORD + FLOOR_COUNT * WORD;

	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct peer_group *group = &demand->peers[i];

		for (size_t k = 0; k < COUNT_OF(lists); k++) {
			const struct words *words = demandtext_list(group, k);

			room += WORD;
			for (size_t j = 0; j < words->count; j++)
				room += 3 * words->list[j].n + 1;
		}
		room += WORD * (group->client_count + 2);
	}
	return room;
}

struct slice
demandtext_of(const struct demand *demand, struct arena *a)
{
	size_t room = demandtext_room(demand);
	char *out = arena_array(a, room, 1);
	struct text t;

	assert(demand->peer_count == 0 || demand->peers != NULL);
	text_init(&t, out, room);
	text_add(&t, "%s%s%s", level_name(demand->level),
	    demand->any_peer ? " any_peer" : "", demand->dane ? " dane" : "");
	for (size_t i = 0; i < demand->peer_count; i++) {
		if (i > 0)
			text_add(&t, " or");
		demandtext_add_group(&t, &demand->peers[i]);
	}
	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		if (demand->floor[i] == 0)
			continue;
		text_add(&t, " %s=", floor_name((enum floor)i));
		floor_add_value((enum floor)i, demand->floor[i], &t);
	}
	assert(!t.cut);
	return text_so_far(&t);
}

static int
demandtext_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Copies value into a, each %HH as its octet. */
static bool
demandtext_read_value(struct slice value, struct arena *a, struct slice *out)
{
	char *copy = arena_array(a, value.n + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		int high, low;

		if (value.p[i] != '%') {
			copy[n++] = value.p[i];
			continue;
		}
		if (i + 2 >= value.n)
			return false;
		high = demandtext_digit(value.p[i + 1]);
		low = demandtext_digit(value.p[i + 2]);
		if (high < 0 || low < 0)
			return false;
		copy[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*out = (struct slice){ copy, n };
	return n > 0;
}

static size_t
demandtext_count(struct slice words, char separator)
{
	struct slice word;
	size_t count = 0;

	while (slice_next(&words, separator, &word))
		count++;
	return count;
}

static bool
demandtext_read_words(struct slice values, struct arena *a, struct words *out)
{
	struct slice *list = arena_array(a, demandtext_count(values, '|'),
	    sizeof(*list));
	struct slice value;
	size_t count = 0;

	while (slice_next(&values, '|', &value))
		if (!demandtext_read_value(value, a, &list[count++]))
			return false;
	*out = (struct words){ list, count };
	return count > 0;
}

static bool
demandtext_read_clients(struct slice values, struct arena *a,
    struct peer_group *group)
{
	struct netrange *list = arena_array(a, demandtext_count(values, '|'),
	    sizeof(*list));
	struct slice value;
	size_t count = 0;

	while (slice_next(&values, '|', &value))
		if (!netrange_from(value, &list[count++]))
			return false;
	group->clients = list;
	group->client_count = count;
	return count > 0;
}

static bool
demandtext_read_floor(struct slice key, struct slice value,
    struct demand *demand)
{
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		if (slice_eq(key, slice_of(floor_name((enum floor)i))))
			return floor_read((enum floor)i, value,
			    &demand->floor[i]);
	return false;
}

/* Reads "KEY=VALUES" into group, or the floor of demand. */
static bool
demandtext_read_pair(struct slice word, struct arena *a,
    struct peer_group *group, struct demand *demand)
{
	size_t at = slice_find(word, '=');
	struct slice key = slice_head(word, at), values;

	if (at == word.n)
		return false;
	values = slice_from(word, at + 1);
	for (size_t k = 0; k < COUNT_OF(lists); k++)
		if (slice_eq(key, slice_of(lists[k].key)))
			return demandtext_read_words(values, a, (void *)
			    ((char *)group + lists[k].offset));
	if (slice_eq(key, clients))
		return demandtext_read_clients(values, a, group);
	return demandtext_read_floor(key, values, demand);
}

static bool
demandtext_is_empty(const struct peer_group *group)
{
	return !peer_group_is_proof(group) && group->client_count == 0;
}

/* The words after the level. groups has room for one a word, and one more. */
static bool
demandtext_read_words_of(struct slice rest, struct arena *a,
    struct peer_group *groups, struct demand *demand)
{
	struct slice word;
	size_t n = 0;

	while (slice_next(&rest, ' ', &word)) {
		if (slice_eq(word, SLICE("any_peer")))
			demand->any_peer = true;
		else if (slice_eq(word, SLICE("dane")))
			demand->dane = true;
		else if (slice_eq(word, SLICE("or"))) {
			if (demandtext_is_empty(&groups[n++]))
				return false;
		} else if (!demandtext_read_pair(word, a, &groups[n], demand))
			return false;
	}
	/* A group that asks nothing is none; after "or" it is an error. */
	if (demandtext_is_empty(&groups[n]))
		return n == 0;
	demand->peers = groups;
	demand->peer_count = n + 1;
	return true;
}

bool
demandtext_read(struct slice text, struct arena *a, struct demand *out)
{
	struct demand demand = { .level = LEVEL_UNSET };
	struct slice rest = text, level;
	struct peer_group *groups;

	if (!slice_next(&rest, ' ', &level) ||
	    !level_from(level, &demand.level))
		return false;
	groups = arena_array(a, demandtext_count(text, ' '), sizeof(*groups));
	if (!demandtext_read_words_of(rest, a, groups, &demand))
		return false;
	*out = demand;
	return true;
}
