/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "conf/state/history.h"
#include "conf/base/readwrite.h"
#include "conf/state/stages.h"
#include "conf/state/statetext.h"
#include "policy/base/jsontext.h"
#include "policy/staging.h"
#include "policy/table/demandtext.h"

static const char name[] = "history.jsonl";

enum {
	/* A line: twelve texts of CHANGE_TEXT octets, escaped. */
	LINE = 65536
};

/* The generation that a line records; 0 when it cannot be read. */
static unsigned long
history_generation_of(struct slice line)
{
	json_t *json = json_loadb(line.p, line.n, 0, NULL);
	json_int_t number =
	    json_integer_value(json_object_get(json, "generation"));

	json_decref(json);
	return number > 0 ? (unsigned long)number : 0;
}

/* Reads the generation of the last readable line; only the last LINE octets of
 * the file, which has size octets, are searched. -1 with errno. */
static int
history_read_last(int fd, off_t size, unsigned long *generation)
{
	char tail[LINE];
	off_t from = size > LINE ? size - LINE : 0;
	struct slice rest;
	ssize_t got;

	if (lseek(fd, from, SEEK_SET) < 0)
		return -1;
	got = read_all(fd, tail, sizeof(tail));
	if (got < 0)
		return -1;
	rest = (struct slice){ tail, (size_t)got };
	/* Text after the last newline was not written completely. */
	rest = slice_head(rest, slice_rfind(rest, '\n'));
	while (rest.n > 0 && *generation == 0) {
		size_t at = slice_rfind(rest, '\n');

		*generation = history_generation_of(at == rest.n ? rest
		    : slice_from(rest, at + 1));
		rest = at == rest.n ? SLICE_NONE : slice_head(rest, at);
	}
	return 0;
}

enum statefile
history_last(int folder, unsigned long *generation, struct err *e)
{
	enum statefile status;
	off_t size;
	int fd;

	*generation = 0;
	status = statefile_open(folder, name, &fd, e);
	if (status != STATEFILE_GOOD)
		return status;
	size = lseek(fd, 0, SEEK_END);
	if (size == 0)
		status = STATEFILE_NONE;
	else if (size < 0 || history_read_last(fd, size, generation) < 0) {
		err_errno(e, "%s", name);
		status = STATEFILE_UNREADABLE;
	}
	close(fd);
	return status;
}

/* Whether the last line has no newline: writing it was interrupted. */
static bool
history_ends_mid_line(int folder)
{
	struct err e;
	char last = '\n';
	int fd;

	if (statefile_open(folder, name, &fd, &e) != STATEFILE_GOOD)
		return false;
	if (lseek(fd, -1, SEEK_END) >= 0 && read_all(fd, &last, 1) != 1)
		last = '\n';
	close(fd);
	return last != '\n';
}

/* Returns new, for free(3): text as JSON; NULL when it is not UTF-8. */
static char *
history_quote(struct slice text)
{
	json_t *json = json_stringn(text.p == NULL ? "" : text.p, text.n);
	char *quoted = json == NULL ? NULL : jsontext_dump(json, JSONTEXT_LINE);

	json_decref(json);
	return quoted;
}

int
history_append(int folder, const struct state *state,
    const struct actor *actor, const char *event, struct err *e)
{
	char line[LINE], time[STATETEXT_TIME];
	char *reason = history_quote(actor->reason);
	char *claimed = history_quote(actor->claimed_by);
	bool claims = actor->claimed_by.p != NULL;
	int n = -1;

	assert(event[0] != '\0');
	statetext_show_time(state->seen, time);
	/* An interrupted line stays in the file, as a line of its own. */
	if (reason != NULL && claimed != NULL)
		n = snprintf(line, sizeof(line),
		    "%s{\"time\":\"%s\",\"uid\":%lu%s%s,"
		    "\"generation\":%lu,\"reason\":%s,%s}\n",
		    history_ends_mid_line(folder) ? "\n" : "", time,
		    (unsigned long)actor->uid, claims ? ",\"claimed_by\":" : "",
		    claims ? claimed : "", state->generation, reason, event);
	free(reason);
	free(claimed);
	if (n < 0)
		return err_set(e, "the reason is not UTF-8 text");
	if ((size_t)n >= sizeof(line))
		return err_set(e, "the reason is too long");
	return statefile_write(folder, name, O_APPEND, line, (size_t)n, e);
}

/* A pass over the history, which collects stages. */
struct replay {
	struct state *state;
	size_t room;                    /* of state->stages */
	bool highest;                   /* keep the highest stage of a rule,
	                                 * not the last */
	bool complete;                  /* every line could be read */
};

/* The entry for the rule of like; a new one starts as a copy of like. */
static struct stage_entry *
history_entry_of(struct replay *r, const struct stage_entry *like)
{
	struct state *state = r->state;
	struct stage_entry *more;

	for (size_t i = 0; i < state->stage_count; i++)
		if (state->stages[i].hop == like->hop &&
		    slice_eq(state->stages[i].partner, like->partner))
			return &state->stages[i];
	assert(state->stage_count <= r->room);
	if (state->stage_count == r->room) {
		r->room = r->room == 0 ? 16 : r->room * 2;
		more = arena_array(state->arena, r->room, sizeof(*more));
		if (state->stage_count > 0)
			memcpy(more, state->stages,
			    state->stage_count * sizeof(*more));
		state->stages = more;
	}
	more = &state->stages[state->stage_count++];
	*more = *like;
	/* like borrows from the line, which is freed. */
	more->partner = arena_copy(state->arena, like->partner);
	more->reason = arena_copy(state->arena, like->reason);
	return more;
}

/* The demand that a line records, in a; NULL: a line of an older release, or a
 * demand too long for it. */
static const struct demand *
history_demand_of(const json_t *line, struct arena *a)
{
	struct demand *demand = arena_alloc(a, sizeof(*demand));

	return demandtext_read(jsontext_at(line, "demand"), a, demand)
	    ? demand : NULL;
}

/* Whether a line records a stage. Then *out borrows from the line, and *before
 * is the rule's stage before it. */
static bool
history_recorded_stage(const json_t *line, struct stage_entry *out,
    enum stage *before)
{
	*out =
	    (struct stage_entry){ .partner = jsontext_at(line, "partner"),
		    .reason = jsontext_at(line, "reason") };
	if (!stage_from(jsontext_at(line, "before"), before))
		*before = STAGE_UNSET;
	return slice_eq(jsontext_at(line, "event"), SLICE("stage")) &&
	    out->partner.n > 0 &&
	    hop_from(jsontext_at(line, "hop"), &out->hop) &&
	    stage_from(jsontext_at(line, "stage"), &out->stage) &&
	    stage_from(jsontext_at(line, "row_stage"), &out->row_stage) &&
	    level_from(jsontext_at(line, "row_level"), &out->row_level) &&
	    statetext_time(jsontext_at(line, "time"), &out->since);
}

static void
history_merge_stage(struct replay *r, struct stage_entry *found,
    enum stage before)
{
	struct stage_entry *entry;
	enum stage high = STAGE_UNSET;

	if (r->highest) {
		high = found->stage > before ? found->stage : before;
		if (found->row_stage > high)
			high = found->row_stage;
		found->stage = high;
	}
	entry = history_entry_of(r, found);
	if (entry->stage > high)
		high = entry->stage;
	entry->stage = r->highest ? high : found->stage;
	entry->row_stage = found->row_stage;
	entry->row_level = found->row_level;
	entry->demand = found->demand;
	entry->since = found->since;
}

/* A loss that was taken ended demands that were kept, and the end of a partner
 * or hop what was set for it, each a "PARTNER HOP" of the list. Where lines are
 * missing it may not have been the last word. */
static void
history_replay_ends(struct replay *r, const json_t *list)
{
	const json_t *one;
	enum hop hop;
	size_t i;

	json_array_foreach(list, i, one) {
		struct slice text = slice_of(json_string_value(one));
		size_t at = slice_rfind(text, ' ');

		if (at < text.n && !r->highest &&
		    hop_from(slice_from(text, at + 1), &hop))
			stages_remove(r->state, slice_head(text, at), hop);
	}
}

static void
history_replay_line(struct replay *r, struct slice line)
{
	struct state *state = r->state;
	json_t *json = json_loadb(line.p, line.n, 0, NULL);
	struct stage_entry found;
	enum stage before;
	json_int_t generation;
	int64_t time;

	if (!json_is_object(json)) {
		r->complete = false;
		json_decref(json);
		return;
	}
	generation = json_integer_value(json_object_get(json, "generation"));
	if (generation > 0 && (unsigned long)generation > state->generation)
		state->generation = (unsigned long)generation;
	if (statetext_time(jsontext_at(json, "time"), &time) &&
	    time > state->seen)
		state->seen = time;
	if (history_recorded_stage(json, &found, &before)) {
		found.demand = history_demand_of(json, state->arena);
		history_merge_stage(r, &found, before);
	} else if (!json_is_string(json_object_get(json, "event")) ||
	    slice_eq(jsontext_at(json, "event"), SLICE("stage")))
		r->complete = false;
	history_replay_ends(r, json_object_get(json, "ended_demands"));
	history_replay_ends(r, json_object_get(json, "ended_stages"));
	json_decref(json);
}

static void
history_replay(struct replay *r, FILE *in)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	r->state->stage_count = 0;
	r->room = 0;
	r->complete = true;
	rewind(in);
	while ((n = getline(&line, &size, in)) >= 0) {
		if (line[n - 1] != '\n')
			r->complete = false;
		else if (n > 1)
			history_replay_line(r, (struct slice){ line,
				(size_t)n - 1 });
	}
	if (ferror(in))
		r->complete = false;
	free(line);
}

enum statefile
history_rebuild(int folder, struct state *state, struct err *e)
{
	struct replay r = { .state = state };
	enum statefile status;
	FILE *in;
	int fd;

	status = statefile_open(folder, name, &fd, e);
	if (status != STATEFILE_GOOD)
		return status;
	in = fdopen(fd, "r");
	if (in == NULL) {
		err_errno(e, "%s", name);
		close(fd);
		return STATEFILE_UNREADABLE;
	}
	history_replay(&r, in);
	if (!r.complete) {
		r.highest = true;
		history_replay(&r, in);
	}
	fclose(in);
	return STATEFILE_GOOD;
}
