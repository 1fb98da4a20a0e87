/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/table/demand.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"

bool
peer_group_needs_certificate(const struct peer_group *group)
{
	return group->names.count > 0 || group->subjects.count > 0 ||
	    group->issuers.count > 0 || group->fingerprints.count > 0;
}

bool
peer_group_is_proof(const struct peer_group *group)
{
	return peer_group_needs_certificate(group) || group->logins.count > 0;
}

static void
demand_add_word(struct text *t, const char *key, bool first,
    struct slice word)
{
	/* Whole, at four octets for each that is escaped. */
	char shown[4 * LIMIT_MACRO + 8];

	slice_show(word, shown, sizeof(shown));
	if (first)
		text_add(t, " %s=%s", key, shown);
	else
		text_add(t, "|%s", shown);
}

/* Adds words, each as shorten writes it. */
static void
demand_add_words(struct text *t, const char *key, const struct words *words,
    void (*shorten)(const struct shortening *s, struct slice word,
	struct text *out), const struct shortening *s)
{
	for (size_t i = 0; i < words->count; i++) {
		char text[SHORTENING_TEXT];
		struct text word;

		if (s == NULL) {
			demand_add_word(t, key, i == 0, words->list[i]);
			continue;
		}
		text_init(&word, text, sizeof(text));
		shorten(s, words->list[i], &word);
		demand_add_word(t, key, i == 0, text_so_far(&word));
	}
}

static void
demand_add_group(struct text *t, const struct peer_group *group,
    const struct shortening *s)
{
	demand_add_words(t, "names", &group->names, shortening_add_text, s);
	demand_add_words(t, "subjects", &group->subjects, shortening_add_text,
	    s);
	demand_add_words(t, "issuers", &group->issuers, shortening_add_text,
	    s);
	demand_add_words(t, "fingerprints", &group->fingerprints,
	    shortening_add_text, s);
	demand_add_words(t, "logins", &group->logins, shortening_add, s);
	for (size_t i = 0; i < group->client_count; i++) {
		char shown[64];

		netrange_show(&group->clients[i], shown, sizeof(shown));
		if (i == 0)
			text_add(t, " clients=%s", shown);
		else
			text_add(t, "|%s", shown);
	}
}

void
peer_group_add(const struct peer_group *group, struct text *out)
{
	demand_add_group(out, group, NULL);
}

static void
demand_add_shortened(const struct demand *demand, const struct shortening *s,
    struct text *out)
{
	assert(demand->peer_count == 0 || demand->peers != NULL);
	text_add(out, "%s", level_name(demand->level));
	if (demand->any_peer)
		text_add(out, " any_peer");
	if (demand->dane)
		text_add(out, " dane");
	for (size_t i = 0; i < demand->peer_count; i++) {
		if (i > 0)
			text_add(out, " or");
		demand_add_group(out, &demand->peers[i], s);
	}
	for (unsigned i = 0; i < FLOOR_COUNT; i++) {
		if (demand->floor[i] == 0)
			continue;
		text_add(out, " %s=", floor_name((enum floor)i));
		floor_add_value((enum floor)i, demand->floor[i], out);
	}
}

void
demand_add(const struct demand *demand, struct text *out)
{
	demand_add_shortened(demand, NULL, out);
}

size_t
demand_show_shortened(const struct demand *demand,
    const struct shortening *shortening, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	demand_add_shortened(demand, shortening, &t);
	return text_end(&t);
}

size_t
demand_show(const struct demand *demand, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	demand_add(demand, &t);
	return text_end(&t);
}
