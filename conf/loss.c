/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdio.h>

#include "conf/loss.h"
#include "conf/state/stages.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"
#include "policy/vocabulary.h"

static const char *const kinds[] = { "setting", "partner", "key", "stage",
	"exception" };
static const char *const ways[] = { "none", "less", "more", "both" };

bool
loss_is_digest(struct slice text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' ||
		    strchr("0123456789abcdef", text.p[i]) == NULL)
			return false;
	return text.n == DIGEST_TEXT;
}

/* The item as a line, in a: its name and what is another thing. */
static struct slice
loss_line(struct difference *d, size_t i, struct arena *a)
{
	struct slice name = difference_item(d, i)->name;
	struct slice change = difference_change(d, i, a);
	char *line = arena_alloc(a, name.n + change.n + 1);

	memcpy(line, name.p, name.n);
	memcpy(line + name.n, change.p, change.n);
	return (struct slice){ line, name.n + change.n };
}

size_t
loss_count(const struct policy *old, const struct policy *new, int64_t now)
{
	struct difference *d = difference_make(old, new, now);
	size_t count = difference_losses(d);

	difference_destroy(&d);
	return count;
}

void
loss_digest(struct difference *d, char out[DIGEST_TEXT + 1])
{
	struct arena *a = arena_create(4096);
	struct digest *digest = digest_begin();
	char last[32];

	/* What was taken once is another loss when it comes again. */
	if (difference_last_loss(d) > 0) {
		snprintf(last, sizeof(last), "after %lu\n",
		    difference_last_loss(d));
		digest_add_bytes(digest, slice_of(last));
	}
	for (size_t i = 0; i < difference_count(d); i++) {
		struct arena_mark mark = arena_mark(a);

		if (!difference_item(d, i)->loss)
			continue;
		digest_add_bytes(digest, loss_line(d, i, a));
		digest_add_bytes(digest, SLICE("\n"));
		arena_rewind(a, mark);
	}
	digest_end(&digest, out);
	if (difference_losses(d) == 0)
		out[0] = '\0';
	arena_destroy(&a);
}

static struct slice
loss_after_name(struct slice change)
{
	size_t n = 0;

	while (n < change.n && (change.p[n] == ':' || change.p[n] == ' '))
		n++;
	return slice_from(change, n);
}

static json_t *
loss_item_json(struct difference *d, size_t i, struct arena *a)
{
	const struct difference_item *item = difference_item(d, i);
	json_t *o = json_object();

	json_object_set_new(o, "loss", json_boolean(item->loss));
	json_object_set_new(o, "way", json_string(ways[item->way]));
	json_object_set_new(o, "kind", json_string(kinds[item->kind]));
	json_object_set_new(o, "name", jsontext_shown(item->name));
	/* Without what is between it and the name on a line. */
	json_object_set_new(o, "change", jsontext_shown(loss_after_name(
	    difference_change(d, i, a))));
	return o;
}

/* Adds the items that are losses, or those that are not, while there is
 * room. */
static void
loss_add_items(struct difference *d, bool losses, json_t *list)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < difference_count(d) &&
	     json_array_size(list) < LOSS_LISTED; i++) {
		struct arena_mark mark = arena_mark(a);

		if (difference_item(d, i)->loss == losses)
			json_array_append_new(list, loss_item_json(d, i, a));
		arena_rewind(a, mark);
	}
	arena_destroy(&a);
}

static void
loss_set_count(json_t *o, const char *name, size_t count)
{
	json_object_set_new(o, name, jsontext_count(count));
}

json_t *
loss_json(struct difference *d)
{
	struct difference_counts counts = difference_counts(d);
	json_t *o = json_object(), *items = json_array();
	char digest[DIGEST_TEXT + 1];

	loss_digest(d, digest);
	loss_set_count(o, "losses", difference_losses(d));
	json_object_set_new(o, "digest", digest[0] == '\0' ? json_null()
	    : json_string(digest));
	loss_set_count(o, "partners_new", counts.partners_come);
	loss_set_count(o, "partners_gone", counts.partners_go);
	loss_set_count(o, "keys_new", counts.keys_come);
	loss_set_count(o, "keys_gone", counts.keys_go);
	loss_set_count(o, "less", counts.less);
	loss_set_count(o, "more", counts.more);
	loss_set_count(o, "count", difference_count(d));
	loss_add_items(d, true, items);
	loss_add_items(d, false, items);
	json_object_set_new(o, "items", items);
	return o;
}

/* Adds lines to the event's list until it is full. */
static json_t *
loss_lines(struct difference *d, size_t most)
{
	struct arena *a = arena_create(4096);
	json_t *list = json_array();
	size_t octets = 0;

	for (size_t i = 0; i < difference_count(d); i++) {
		struct slice line;

		if (!difference_item(d, i)->loss)
			continue;
		line = loss_line(d, i, a);
		octets += line.n + 8;
		if (octets > most)
			break;
		json_array_append_new(list, jsontext_shown(line));
	}
	arena_destroy(&a);
	return list;
}

/* "bank inbound" of each demand kept from before that ends, until the list is
 * full. conf/state/history reads them again. */
static json_t *
loss_ended(const struct difference *d, size_t most)
{
	json_t *list = json_array();
	size_t octets = 0;

	for (size_t i = 0; i < difference_kept_ends(d); i++) {
		const struct rule *rule = difference_kept_end(d, i);
		struct slice name = rule->partner->name;

		octets += name.n + 16;
		if (octets > most)
			break;
		json_array_append_new(list, json_sprintf("%.*s %s",
		    SLICE_ARGS(name), hop_name(rule->hop)));
	}
	return list;
}

/* Returns new, for free(3): the event with at most so many octets in each of
 * its lists. */
static char *
loss_event(struct difference *d, size_t most)
{
	char digest[DIGEST_TEXT + 1], *json;
	json_t *o = json_object();

	loss_digest(d, digest);
	json_object_set_new(o, "event", json_string("loss"));
	json_object_set_new(o, "digest", json_string(digest));
	loss_set_count(o, "losses", difference_losses(d));
	if (difference_kept_ends(d) > 0)
		json_object_set_new(o, "ended_demands", loss_ended(d, most));
	json_object_set_new(o, "lines", loss_lines(d, most));
	json = jsontext_dump(o, JSONTEXT_LINE);
	json_decref(o);
	return json;
}

/* Takes out of the state what acts for a demand that ends. */
static void
loss_end_kept(struct state *state, const struct difference *d)
{
	for (size_t i = 0; i < difference_kept_ends(d); i++) {
		const struct rule *rule = difference_kept_end(d, i);

		stages_remove(state, rule->partner->name, rule->hop);
	}
}

/* Without its braces. What is escaped takes more room: it is tried with fewer
 * lines until they fit. */
static int
loss_write_event(struct state *state, void *data, char *event, size_t size,
    struct err *e)
{
	struct difference *d = data;

	if (state->last_loss != difference_last_loss(d))
		return err_set(e, "another loss was taken meanwhile");
	state->last_loss = state->generation;
	loss_end_kept(state, d);
	for (size_t most = size / 4; most > 0; most /= 2) {
		char *json = loss_event(d, most);
		size_t n = json == NULL ? 0 : strlen(json);
		struct text text;

		text_init(&text, event, size);
		if (n > 2)
			text_slice(&text, (struct slice){ json + 1, n - 2 });
		free(json);
		if (n > 2 && !text.cut)
			return 0;
	}
	return err_set(e, "the loss does not fit the history");
}

int
loss_record(const struct state_place *place, const struct actor *actor,
    struct difference *d, struct err *e)
{
	assert(difference_losses(d) > 0);
	return state_change(place, actor, loss_write_event, d, e);
}
