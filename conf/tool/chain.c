/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <jansson.h>

#include "conf/tool/chain.h"
#include "policy/base/jsontext.h"

/* How many keys are made from others, at most: no log has had more files, and a
 * line may name any number. */
enum { FURTHEST = 4000000 };

/* A line under check, and whom its faults are reported to. */
struct chain_line {
	struct chain *chain;
	const struct logline *line;
	void (*report)(void *data, const struct logline *line,
	    const char *what);
	void *data;
};

static void
chain_report(const struct chain_line *l, const char *what)
{
	l->chain->broken++;
	l->report(l->data, l->line, what);
}

static void
chain_check_link(const struct chain_line *l, struct slice prev)
{
	struct chain *c = l->chain;
	bool first = c->last[0] == '\0';

	if (c->removals.wanted == NULL)
		removals_begin(&c->removals, prev);
	if (slice_eq(prev, SLICE("null"))) {
		/* A log begins once. If it begins again, the lines before may
		 * be missing. */
		c->heads++;
		if (!first)
			chain_report(l, "a new chain begins here");
	} else if (!first && !slice_eq(prev, slice_of(c->last)))
		chain_report(l, "the line before it was changed, or lines are "
		    "missing");
}

/* Whether the line's code is that of the key. */
static bool
chain_is_made_with(const struct logkey *key, const struct seal *seal)
{
	char mac[LOGKEY_TEXT + 1];

	logkey_mac(key, seal->covered, seal->prev, mac);
	return slice_eq(slice_of(mac), seal->mac);
}

/* Whether the line was written under a key that follows from this one, which
 * is then the chain's. */
static bool
chain_follows(struct chain *c, const struct logkey *key,
    const struct seal *seal)
{
	struct logkey then = *key;
	bool made = false;

	if (key->number > 0 && seal->key >= key->number &&
	    seal->key - key->number <= FURTHEST - c->steps) {
		c->steps += seal->key - key->number;
		logkey_advance(&then, seal->key);
		made = chain_is_made_with(&then, seal);
		if (made)
			c->key = then;
	}
	logkey_erase(&then);
	return made;
}

/* Whether the line was written under a key that follows from the one before,
 * or from one of the first keys. */
static bool
chain_is_proven(struct chain *c, const struct seal *seal)
{
	if (chain_follows(c, &c->key, seal))
		return true;
	for (size_t i = 0; i < c->first_count; i++)
		if (chain_follows(c, &c->first[i], seal))
			return true;
	return false;
}

static void
chain_check_number(const struct chain_line *l, const struct seal *seal)
{
	struct chain *c = l->chain;

	if (c->number == 0) {
		c->from = seal->key;
		return;
	}
	/* A key is used from the first line of its file on. */
	if (seal->key > c->number + 1)
		chain_report(l, "the lines under the keys before it are "
		    "missing");
	else if (seal->key < c->number)
		chain_report(l, "its key is older than that of the line "
		    "before: keying has begun anew");
}

static void
chain_check_code(const struct chain_line *l, const struct seal *seal)
{
	struct chain *c = l->chain;

	if (seal->key == 0) {
		if (c->last_is_keyed)
			chain_report(l, "not keyed, and the line before it "
			    "is");
		c->last_is_keyed = false;
		return;
	}
	chain_check_number(l, seal);
	if (c->first_count > 0 && !chain_is_proven(c, seal))
		chain_report(l, "not written under the key that it names");
	else if (c->first_count > 0)
		c->proven++;
	c->keyed++;
	c->number = seal->key;
	c->last_is_keyed = true;
}

/* What the daemon has noted about its key. */
static void
chain_check_keying(const struct chain_line *l, const json_t *record)
{
	struct slice word = jsontext_at(record, "keying");

	if (slice_eq(word, SLICE("lost"))) {
		chain_report(l, "the key was lost: from here on the log is "
		    "not keyed");
		l->chain->last_is_keyed = false;
	} else if (slice_eq(word, SLICE("start")) && l->chain->number > 0)
		chain_report(l, "keying begins anew, with another first key");
}

static json_t *
chain_load(struct slice text, const char **wrong)
{
	json_t *record = json_loadb(text.n == 0 ? "" : text.p, text.n,
	    JSON_REJECT_DUPLICATES, NULL);

	*wrong = NULL;
	if (json_is_object(record))
		return record;
	json_decref(record);
	record = json_loadb(text.n == 0 ? "" : text.p, text.n, 0, NULL);
	*wrong = json_is_object(record) ? "it has a key twice"
	    : "not a JSON object";
	json_decref(record);
	return NULL;
}

void
chain_check(struct chain *c, const struct logline *line,
    void (*report)(void *data, const struct logline *line, const char *what),
    void *data)
{
	struct chain_line l = { c, line, report, data };
	struct seal seal;
	const char *wrong;
	json_t *record = chain_load(line->text, &wrong);

	c->lines++;
	if (record == NULL) {
		/* A line put in does not break the chain around it. */
		chain_report(&l, wrong);
		return;
	}
	c->lost += (uint64_t)jsontext_number(record, "lost");
	if (!seal_read(line->text, &seal))
		chain_report(&l, json_object_get(record, "prev") == NULL
		    ? "no prev" : "prev is no digest, or not its last key");
	else {
		chain_check_link(&l, seal.prev);
		chain_check_keying(&l, record);
		removals_note(&c->removals, record);
		chain_check_code(&l, &seal);
	}
	digest_text(line->text, c->last);
	json_decref(record);
	assert(c->proven <= c->keyed && c->keyed <= c->lines);
}

void
chain_clear(struct chain *c)
{
	for (size_t i = 0; i < c->first_count; i++)
		logkey_erase(&c->first[i]);
	logkey_erase(&c->key);
	removals_clear(&c->removals);
}
