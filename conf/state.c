/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/state.h"
#include "conf/statetext.h"

static const char state_file[] = "state.conf";
static const char new_file[] = "state.conf.new";
static const char damaged_file[] = "state.conf.damaged";
static const char history_file[] = "history.jsonl";
static const char lock_file[] = "lock";

enum {
	/* A state of this size has been tampered with: a hundred thousand
	 * exceptions fit. */
	STATE_BYTES = 64 << 20,
	EVENT = 4096,
	REMEMBER = 60
};

/* Reads a file of folder whole. 0 bytes and errno ENOENT when there is none;
 * -1 for any other failure. *out is in a. */
static int
read_whole(int folder, const char *name, struct arena *a, struct slice *out,
    struct err *e)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	size_t n = 0;
	char *text;

	*out = SLICE_NONE;
	if (fd == -1)
		return errno == ENOENT ? 0 : err_errno(e, "%s", name);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size > STATE_BYTES) {
		close(fd);
		return err_set(e, "%s: not a file of this program", name);
	}
	text = arena_alloc(a, (size_t)st.st_size + 1);
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, text + n, (size_t)st.st_size - n);

		if (got == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	*out = (struct slice){ text, n };
	return 0;
}

/* The entry of the list for a partner's hop, made when there is none. */
static struct stage_entry *
entry_for(struct state *state, size_t room, const struct stage_entry *like)
{
	for (size_t i = 0; i < state->stage_count; i++)
		if (state->stages[i].hop == like->hop &&
		    slice_eq(state->stages[i].partner, like->partner))
			return &state->stages[i];
	if (state->stage_count == room)
		return NULL;
	state->stages[state->stage_count] = *like;
	return &state->stages[state->stage_count++];
}

static struct slice
json_text(const json_t *object, const char *key, struct arena *a)
{
	return arena_copy(a, slice_of(json_string_value(json_object_get(object,
		key))));
}

/* One line of history as a stage entry; false when it is none. */
static bool
recorded_stage(const json_t *line, struct stage_entry *out, struct arena *a)
{
	*out = (struct stage_entry){
		.partner = json_text(line, "partner", a),
		.reason = json_text(line, "reason", a) };
	return slice_eq(json_text(line, "event", a), SLICE("stage")) &&
	    out->partner.n > 0 &&
	    hop_from(json_text(line, "hop", a), &out->hop) &&
	    stage_from(json_text(line, "stage", a), &out->stage) &&
	    stage_from(json_text(line, "row_stage", a), &out->row_stage) &&
	    level_from(json_text(line, "row_level", a), &out->row_level) &&
	    statetext_time(json_text(line, "time", a), &out->since);
}

/* Takes one line of history in; false when it cannot be read. */
static bool
replay_line(struct state *state, size_t room, struct slice line, bool highest)
{
	json_t *json = json_loadb(line.p, line.n, 0, NULL);
	struct stage_entry found, *entry;
	json_int_t generation;
	int64_t time;

	if (json == NULL)
		return false;
	generation = json_integer_value(json_object_get(json, "generation"));
	if (generation > 0 && (unsigned long)generation > state->generation)
		state->generation = (unsigned long)generation;
	if (statetext_time(json_text(json, "time", state->arena), &time) &&
	    time > state->seen)
		state->seen = time;
	if (recorded_stage(json, &found, state->arena)) {
		entry = entry_for(state, room, &found);
		if (entry != NULL &&
		    (!highest || found.stage >= entry->stage))
			*entry = found;
	}
	json_decref(json);
	return true;
}

static bool
replay(struct state *state, size_t room, struct slice history, bool highest)
{
	struct slice rest = history, line;
	bool whole = true;

	state->stage_count = 0;
	while (slice_next(&rest, '\n', &line))
		if (line.n > 0 && !replay_line(state, room, line, highest))
			whole = false;
	return whole;
}

/*
 * Rebuilds the stages from the history: the last recorded of each, or, when a
 * line of it cannot be read (what it said may have been a step up), the
 * highest.
 */
static void
rebuild_stages(struct state *state, struct slice history)
{
	size_t room = 1;

	for (size_t i = 0; i < history.n; i++)
		room += history.p[i] == '\n';
	state->stages = arena_array(state->arena, room,
	    sizeof(*state->stages));
	if (!replay(state, room, history, false))
		replay(state, room, history, true);
}

static void
read_files(struct state *state, int folder)
{
	struct slice text = SLICE_NONE, history = SLICE_NONE;
	struct err *e = &state->damage;

	if (read_whole(folder, history_file, state->arena, &history, e) < 0 ||
	    read_whole(folder, state_file, state->arena, &text, e) < 0)
		goto damaged;
	if (text.p == NULL && history.n == 0) {
		state->health = STATE_FRESH;
		return;
	}
	if (text.p == NULL) {
		err_set(e, "state.conf is missing beside its history");
		goto damaged;
	}
	if (statetext_read(text, state, e) == 0) {
		state->health = STATE_GOOD;
		return;
	}
damaged:
	state->health = STATE_DAMAGED;
	state->exception_count = 0;
	rebuild_stages(state, history);
}

static struct state *
state_at(int folder)
{
	struct arena *a = arena_create(4096);
	struct state *state = arena_alloc(a, sizeof(*state));

	state->arena = a;
	read_files(state, folder);
	return state;
}

static int
open_folder(const char *folder, struct err *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_errno(e, "state folder %s", folder);
	return fd;
}

struct state *
state_read(const char *folder, struct err *e)
{
	int fd = open_folder(folder, e);
	struct state *state;

	if (fd == -1)
		return NULL;
	state = state_at(fd);
	close(fd);
	return state;
}

void
state_destroy(struct state **state)
{
	struct arena *a;

	if (*state == NULL)
		return;
	a = (*state)->arena;
	*state = NULL;
	arena_destroy(&a);
}

int64_t
state_now(const struct state *state, int64_t clock)
{
	if (state == NULL || state->seen < clock)
		return clock;
	return state->seen;
}

const struct stage_entry *
state_stage(const struct state *state, const struct rule *rule)
{
	for (size_t i = 0; i < state->stage_count; i++) {
		const struct stage_entry *s = &state->stages[i];

		if (s->hop == rule->hop &&
		    slice_eq(s->partner, rule->partner->name))
			return s->row_stage == rule->stage &&
			    s->row_level == rule->demand.level ? s : NULL;
	}
	return NULL;
}

void
state_lay(struct state *state, const struct table *table)
{
	unsigned char *stages = arena_alloc(state->arena,
	    table_rules(table) + 1);

	for (size_t i = 0; state->stage_count > 0 &&
	    i < table_partners(table); i++) {
		const struct partner *p = table_partner(table, (unsigned)i);

		for (unsigned h = 0; h < HOP_COUNT; h++) {
			const struct stage_entry *s = p->rules[h] == NULL
			    ? NULL : state_stage(state, p->rules[h]);

			if (s != NULL)
				stages[p->rules[h]->number] =
				    (unsigned char)s->stage;
		}
	}
	state->overlay = (struct overlay){
		.exceptions = exceptions_index(state->exceptions,
		    state->exception_count, state->arena),
		.stages = stages,
		.stage_count = table_rules(table) };
}

static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, text, n);

		if (put == -1 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		text += put;
		n -= (size_t)put;
	}
	return 0;
}

static int
write_synced(int folder, const char *name, int flags, const char *text,
    size_t n, struct err *e)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | flags, 0640);
	off_t before;

	if (fd == -1)
		return err_errno(e, "%s", name);
	before = lseek(fd, 0, SEEK_END);
	if (write_all(fd, text, n) == -1 || fsync(fd) == -1) {
		err_errno(e, "%s", name);
		/* Never half a line in front of a good one. */
		if (before >= 0 && ftruncate(fd, before) == -1)
			err_errno(e, "%s: cutting it back", name);
		close(fd);
		return -1;
	}
	if (close(fd) == -1)
		return err_errno(e, "%s", name);
	return 0;
}

/* One line of history: when, who, why, and what the edit says. */
static int
append_history(int folder, const struct state *state,
    const struct actor *actor, const char *event, struct err *e)
{
	char line[EVENT * 2], time[STATETEXT_TIME];
	char *reason;
	json_t *text;
	int n;

	statetext_show_time(state->seen, time);
	text = json_stringn(actor->reason.p == NULL ? "" : actor->reason.p,
	    actor->reason.n);
	reason = text == NULL ? NULL
	    : json_dumps(text, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	json_decref(text);
	if (reason == NULL)
		return err_set(e, "the reason is not UTF-8 text");
	n = snprintf(line, sizeof(line), "{\"time\":\"%s\",\"uid\":%lu,"
	    "\"generation\":%lu,\"reason\":%s,%s}\n", time,
	    (unsigned long)actor->uid, state->generation, reason, event);
	free(reason);
	if (n < 0 || (size_t)n >= sizeof(line))
		return err_set(e, "the reason is too long");
	return write_synced(folder, history_file, O_APPEND, line, (size_t)n,
	    e);
}

/* Writes the state beside the old one; event NULL: no line of history. */
static int
write_state(int folder, struct state *state, const struct actor *actor,
    const char *event, struct err *e)
{
	size_t n;
	char *text = statetext_write(state, &n, e);
	int result = -1;

	if (text == NULL)
		return -1;
	unlinkat(folder, new_file, 0);
	/* The history comes before the rename: a change that is in force is
	 * always on record. */
	if (write_synced(folder, new_file, O_EXCL, text, n, e) == 0 &&
	    (event == NULL ||
	    append_history(folder, state, actor, event, e) == 0)) {
		if (renameat(folder, new_file, folder, state_file) == -1 ||
		    fsync(folder) == -1)
			err_errno(e, "%s", state_file);
		else
			result = 0;
	}
	free(text);
	return result;
}

/* Opens folder and takes its lock, which goes with close(2). */
static int
lock_folder(const char *folder, int *lock, struct err *e)
{
	int fd = open_folder(folder, e);

	if (fd == -1)
		return -1;
	*lock = openat(fd, lock_file, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0640);
	if (*lock == -1 || flock(*lock, LOCK_EX) == -1) {
		err_errno(e, "%s/%s", folder, lock_file);
		if (*lock != -1)
			close(*lock);
		close(fd);
		return -1;
	}
	return fd;
}

int
state_change(const char *folder, const struct actor *actor,
    state_edit_fn *edit, void *data, struct err *e)
{
	char event[EVENT] = "";
	struct state *state;
	int lock, result = -1;
	int fd = lock_folder(folder, &lock, e);

	if (fd == -1)
		return -1;
	state = state_at(fd);
	if (state->health == STATE_DAMAGED) {
		err_set(e, "the state in %s is damaged (%s): put it right "
		    "first with `enforcetls state repair`", folder,
		    state->damage.text);
		goto out;
	}
	state->seen = state_now(state, actor->clock);
	state->generation++;
	if (edit(state, data, event, sizeof(event), e) == 0)
		result = write_state(fd, state, actor, event, e);
out:
	state_destroy(&state);
	close(lock);
	close(fd);
	return result;
}

int
state_remember(const char *folder, int64_t clock, struct err *e)
{
	struct actor nobody = { .clock = clock };
	struct state *state;
	int lock, result = 0;
	int fd = lock_folder(folder, &lock, e);

	if (fd == -1)
		return -1;
	state = state_at(fd);
	/* Nothing to keep from coming back to life: nothing to write. */
	if (state->health == STATE_GOOD && state->exception_count > 0 &&
	    clock >= state->seen + REMEMBER) {
		state->seen = clock;
		state->generation++;
		result = write_state(fd, state, &nobody, NULL, e);
	}
	state_destroy(&state);
	close(lock);
	close(fd);
	return result;
}

int
state_repair(const char *folder, const struct actor *actor, struct err *e)
{
	struct state *state;
	int lock, result = 0;
	int fd = lock_folder(folder, &lock, e);

	if (fd == -1)
		return -1;
	state = state_at(fd);
	if (state->health == STATE_DAMAGED) {
		renameat(fd, state_file, fd, damaged_file);
		state->seen = state_now(state, actor->clock);
		state->generation++;
		result = write_state(fd, state, actor, "\"event\":\"repair\"",
		    e);
	}
	state_destroy(&state);
	close(lock);
	close(fd);
	return result;
}
