/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/outbound/staticmap.h"
#include "policy/base/text.h"
#include "policy/names/domain.h"

/* No level of Postfix is called so: it logs this word, and defers. */
#define STATICMAP_UNUSABLE "enforcetls-conflict"

/* Room for the text of a key. */
enum { STATICMAP_TEXT = OUTBOUND_ANSWER_SIZE + sizeof(STATICMAP_UNUSABLE) };

static bool
staticmap_is_outbound(const struct row *row)
{
	return row->partner->rules[HOP_OUTBOUND] != NULL &&
	    (row->hops & 1u << HOP_OUTBOUND) != 0;
}

static bool
staticmap_is_any(const struct row *row)
{
	return slice_eq(row->key, SLICE("*"));
}

/* The row with this key and an outbound rule, unless it is "*". */
static bool
staticmap_row(const struct policy *policy, struct slice key, struct row *row)
{
	return table_exact(policy->table, key, row) &&
	    staticmap_is_outbound(row) && !staticmap_is_any(row);
}

static void
staticmap_read_key(struct slice key, struct outbound_key *out)
{
	if (key.p[0] == '.')
		outbound_key_below(key, out);
	else
		outbound_key_read(key, out);
}

static void
staticmap_ask(const struct policy *policy, struct slice key, int64_t now,
    struct outbound_answer *out)
{
	struct outbound_question question = { .now = now,
		.publication = PUBLICATION_NONE };

	staticmap_read_key(key, &question.key);
	outbound_answer(policy, &question, out);
}

/* What a file has for an answer; absent: nothing. */
static struct slice
staticmap_text(const struct outbound_answer *answer, char *out, size_t size)
{
	struct slice text = { answer->text, answer->n };
	struct text t;

	switch (answer->kind) {
	case OUTBOUND_OK:
		return slice_from(text, sizeof("OK ") - 1);
	case OUTBOUND_NOTFOUND:
		return SLICE_NONE;
	case OUTBOUND_TEMP:
		break;
	}
	text_init(&t, out, size);
	text_add(&t, STATICMAP_UNUSABLE " ");
	text_slice(&t, slice_from(text, sizeof("TEMP ") - 1));
	return text_so_far(&t);
}

struct staticmap_writer {
	const struct policy *policy;
	const struct policy *strict;
	int64_t now;
	void (*put)(struct slice key, struct slice text, struct slice after,
	    void *data);
	void *data;
	struct slice text, after;       /* of the key that is written */
};

static void
staticmap_put(struct slice spelling, void *data)
{
	struct staticmap_writer *w = data;

	w->put(spelling, w->text, w->after, w->data);
}

/* Puts the answer for a normalised key under all its spellings. */
static void
staticmap_put_key(struct staticmap_writer *w, struct slice key)
{
	struct outbound_answer answer, later;
	char text[STATICMAP_TEXT], after[STATICMAP_TEXT];

	staticmap_ask(w->policy, key, w->now, &answer);
	w->text = w->after = staticmap_text(&answer, text, sizeof(text));
	if (w->strict != NULL) {
		staticmap_ask(w->strict, key, w->now, &later);
		w->after = staticmap_text(&later, after, sizeof(after));
	}
	if (w->text.p != NULL || w->after.p != NULL)
		spelling_each(key, staticmap_put, w);
}

/* The key of a domain in brackets, which is another one to Postfix. false for
 * any other kind of key. */
static bool
staticmap_in_brackets(struct slice domain, char out[LIMIT_DOMAIN + 3],
    struct slice *key)
{
	struct outbound_key read;
	int n;

	if (domain.p[0] == '.')
		return false;
	outbound_key_read(domain, &read);
	if (read.key.kind != KEY_DOMAIN)
		return false;
	n = snprintf(out, LIMIT_DOMAIN + 3, "[%.*s]", SLICE_ARGS(domain));
	*key = (struct slice){ out, (size_t)n };
	return true;
}

static bool
staticmap_put_row(const struct table *table ATTR_UNUSED, const struct row *row,
    void *data)
{
	struct staticmap_writer *w = data;
	char text[LIMIT_DOMAIN + 3];
	struct slice brackets;
	struct row own;

	if (!staticmap_is_outbound(row) || staticmap_is_any(row))
		return true;
	staticmap_put_key(w, row->key);
	if (staticmap_in_brackets(row->key, text, &brackets) &&
	    !staticmap_row(w->policy, brackets, &own))
		staticmap_put_key(w, brackets);
	return true;
}

/* The host of a next hop in brackets without a port; absent: it is none. */
static struct slice
staticmap_bracketed_host(struct slice key)
{
	if (key.n < 3 || key.p[0] != '[' || key.p[key.n - 1] != ']')
		return SLICE_NONE;
	return slice_from(slice_head(key, key.n - 1), 1);
}

/* Whether a row has this key, or puts it. */
static bool
staticmap_has_row(const struct policy *policy, struct slice key)
{
	struct slice host = staticmap_bracketed_host(key);
	struct row row;

	return staticmap_row(policy, key, &row) ||
	    (host.p != NULL && staticmap_row(policy, host, &row));
}

static bool
staticmap_is_smarthost(const struct policy *policy, struct slice key,
    size_t before)
{
	const struct words *smarthosts = &policy->settings.smarthosts;

	for (size_t i = 0; i < before && i < smarthosts->count; i++)
		if (slice_eq(smarthosts->list[i], key))
			return true;
	return false;
}

void
staticmap_each(const struct policy *policy, const struct policy *strict,
    int64_t now, void (*put)(struct slice key, struct slice text,
    struct slice after, void *data), void *data)
{
	const struct words *smarthosts = &policy->settings.smarthosts;
	struct staticmap_writer w = { .policy = policy, .strict = strict,
		.now = now, .put = put, .data = data };

	if (policy->settings.mode == MODE_LOG_ONLY)
		return;
	table_each(policy->table, staticmap_put_row, &w);
	for (size_t i = 0; i < smarthosts->count; i++) {
		struct slice key = smarthosts->list[i];

		if (!staticmap_has_row(policy, key) &&
		    !staticmap_is_smarthost(policy, key, i))
			staticmap_put_key(&w, key);
	}
}

/* Whether a parent of key, a domain or a suffix, is answered by the file. */
static bool
staticmap_parent_answers(const struct policy *policy, struct slice key,
    int64_t now)
{
	struct outbound_answer answer;
	struct row row;
	size_t dot;

	for (;;) {
		key = slice_from(key, 1);
		dot = slice_find(key, '.');
		if (dot == key.n)
			return false;
		key = slice_from(key, dot);
		if (!staticmap_row(policy, key, &row))
			continue;
		staticmap_ask(policy, key, now, &answer);
		if (answer.kind != OUTBOUND_NOTFOUND)
			return true;
	}
}

/* Whether the rule of the row acts and asks nothing, below one that asks
 * something: the file has no word for "not found". */
static bool
staticmap_is_hole(const struct policy *policy, const struct row *row,
    int64_t now)
{
	struct policy acting = *policy;
	struct overlay overlay = { .exceptions = NULL };
	struct outbound_answer answer;
	struct outbound_key key;

	/* What it will be when the rules act, after a pause too. */
	acting.settings.mode = MODE_ENFORCE;
	if (policy->overlay != NULL)
		overlay = *policy->overlay;
	overlay.pauses = NULL;
	acting.overlay = &overlay;
	staticmap_read_key(row->key, &key);
	if (key.key.kind != KEY_DOMAIN && key.key.kind != KEY_SUFFIX)
		return false;
	staticmap_ask(&acting, row->key, now, &answer);
	return answer.why == OUTBOUND_WHY_ASKS_NOTHING &&
	    staticmap_parent_answers(&acting, row->key, now);
}

/* Whether another row has the key that Postfix makes of this one. */
static bool
staticmap_is_folded(const struct policy *policy, struct slice key)
{
	char folded[SPELLING_SIZE];
	struct slice text = { folded, spelling_fold(key, folded) };
	struct row other;

	return !slice_eq(text, key) && text.n > 0 &&
	    staticmap_row(policy, text, &other);
}

const char *
staticmap_problem(const struct policy *policy, const struct row *row,
    int64_t now)
{
	const struct rule *rule = row->partner->rules[HOP_OUTBOUND];

	if (!staticmap_is_outbound(row))
		return NULL;
	if (staticmap_is_any(row))
		return policy_rule_acts(policy, rule)
		    ? "cannot act in map.static: a file has no key for "
		      "everything else. Name the domains, or use map.listen"
		    : NULL;
	if (!spelling_is_unique(row->key))
		return "cannot be in map.static: Postfix looks up its U-labels "
		       "as the name of another domain. Use map.listen";
	if (staticmap_is_folded(policy, row->key))
		return "cannot be in map.static: Postfix folds its letter case "
		       "to the key of another row. Use map.listen";
	if (staticmap_is_hole(policy, row, now))
		return "asks nothing, below a suffix whose rule acts: a file "
		       "cannot say that. Ask level encrypt, or use map.listen";
	return NULL;
}

/* Whether Postfix looks up the parents of what it asks for: only of a name. */
static bool
staticmap_is_name(struct slice folded)
{
	struct domain domain;

	return folded.n > 0 && folded.p[0] != '.' &&
	    folded.p[folded.n - 1] != '.' && domain_from(folded, &domain);
}

void
staticmap_walk_begin(struct staticmap_walk *walk, struct slice raw)
{
	size_t n = spelling_fold(raw, walk->text);

	walk->next = n == 0 ? SLICE_NONE : (struct slice){ walk->text, n };
	walk->parents = n > 0 && staticmap_is_name(walk->next);
}

bool
staticmap_walk_next(struct staticmap_walk *walk, struct slice *key)
{
	struct slice rest;
	size_t dot;

	if (walk->next.p == NULL)
		return false;
	*key = walk->next;
	rest = slice_from(walk->next, 1);
	dot = slice_find(rest, '.');
	walk->next = walk->parents && dot < rest.n ? slice_from(rest, dot)
	    : SLICE_NONE;
	return true;
}

/* The normalised key of a text that Postfix looks up, if the file may have
 * it. */
static bool
staticmap_key_of(const struct policy *policy, struct slice text,
    struct outbound_key *out)
{
	struct domain domain;
	struct slice key;

	if (text.p[0] == '.') {
		char suffix[LIMIT_DOMAIN + 2];
		int n;

		if (!domain_from(slice_from(text, 1), &domain))
			return false;
		n = snprintf(suffix, sizeof(suffix), ".%.*s",
		    SLICE_ARGS(domain_slice(&domain)));
		outbound_key_below((struct slice){ suffix, (size_t)n }, out);
	} else
		outbound_key_read(text, out);
	key = key_slice(&out->key);
	return key.n > 0 && (staticmap_has_row(policy, key) ||
	    staticmap_is_smarthost(policy, key, SIZE_MAX)) &&
	    spelling_is_of(text, key);
}

/* Whether found, a key of the file, is that of the most specific row for
 * asked: none was passed over for the way in which it was spelled. */
static bool
staticmap_is_nearest(const struct policy *policy,
    const struct outbound_key *found, const struct outbound_key *asked)
{
	struct row rows[TABLE_ROWS];

	return asked->form == OUTBOUND_FORM_HOST &&
	    policy_rows(policy, HOP_OUTBOUND, asked->host.kind,
		key_slice(&asked->host), false, rows) > 0 &&
	    slice_eq(rows[0].key, key_slice(&found->key));
}

bool
staticmap_covers(const struct policy *policy, const struct rule *rule,
    const struct demand *demand, struct slice raw, int64_t now)
{
	struct outbound_key found, asked;
	struct staticmap_walk walk;
	struct slice text;

	if (demand->level == LEVEL_NONE)
		return true;
	outbound_key_read(raw, &asked);
	staticmap_walk_begin(&walk, raw);
	while (staticmap_walk_next(&walk, &text))
		/* Where this row acts below defer, the answer has what the
		 * less specific ones ask. */
		if (staticmap_key_of(policy, text, &found))
			return outbound_covers(policy, rule, demand,
			    staticmap_is_nearest(policy, &found, &asked)
			    ? &asked : &found, now);
	return false;
}
