/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "conf/state/state.h"
#include "conf/state/history.h"
#include "conf/state/marker.h"
#include "conf/state/pending.h"
#include "conf/state/stages.h"
#include "conf/state/statefolder.h"
#include "conf/state/statetext.h"

static const char state_file[] = "state.conf";
static const char draft_file[] = "state.conf.draft";
static const char new_file[] = "state.conf.new";
static const char damaged_file[] = "state.conf.damaged";

enum {
	/* Octets of state.conf: a hundred thousand exceptions fit. */
	STATE_BYTES = 64 << 20,
	/* Octets of an event for the history. */
	EVENT = 49152,
	/* Seconds by which the clock is later before it is written again. */
	REMEMBER = 60,
	/* Seconds for which an ended exception stays in state.conf. */
	KEEP_ENDED = 30 * 86400
};

/* Whether a change was recorded, and is being made or was interrupted before it
 * came into force. Then its new file is there, which says what it replaces, and
 * is the last that is recorded, or the one after: several attempts may have
 * been interrupted. */
static bool
state_is_interrupted(int folder, unsigned long generation,
    unsigned long recorded)
{
	struct arena *a = arena_create(4096);
	struct state *new = arena_alloc(a, sizeof(*new));
	struct slice text;
	struct err unused;
	bool is;

	new->arena = a;
	is = statefile_read(folder, new_file, STATE_BYTES, a, &text,
	    &unused) == STATEFILE_GOOD &&
	    statetext_read(text, new, &unused) >= 0 &&
	    new->replaced == generation && (new->generation == recorded ||
	    new->generation == recorded + 1);
	arena_destroy(&a);
	return is;
}

/* How state.conf contradicts its history; NULL when it does not. */
static const char *
state_check_history(int folder, bool exists, unsigned long generation,
    unsigned long recorded)
{
	if (recorded <= generation && exists)
		return NULL;
	if (state_is_interrupted(folder, generation, recorded))
		return NULL;
	return exists ? "state.conf is older than its history"
	    : "state.conf is missing, but its history exists";
}

/* The files of a state folder, as they were read. */
struct state_files {
	enum statefile text_status;
	struct slice text;              /* of state.conf */
	enum statefile history_status;
	unsigned long recorded;         /* generation of the history */
};

/* Fills *state from the files. -1 with state->damage filled when they are
 * damaged. */
static int
state_parse(struct state *state, int folder, const struct state_files *files)
{
	bool exists = files->text_status == STATEFILE_GOOD;
	struct err *e = &state->damage;
	const char *problem;

	if (files->text_status == STATEFILE_INVALID ||
	    files->history_status == STATEFILE_INVALID)
		return -1;
	if (exists && statetext_read(files->text, state, e) < 0)
		return -1;
	state->health = exists ? STATE_GOOD : STATE_FRESH;
	state->in_file = state->generation;
	if (files->history_status == STATEFILE_NONE)
		return 0;
	problem = state_check_history(folder, exists, state->generation,
	    files->recorded);
	return problem == NULL ? 0 : err_set(e, "%s", problem);
}

/* Exceptions and pauses, and what waits to become one: a loss of them is no
 * loss of protection. */
static void
state_drop_permissions(struct state *state)
{
	state->exception_count = 0;
	state->pending_count = 0;
	memset(state->pauses, 0, sizeof(state->pauses));
}

/* Fills *state, damaged or not; with rebuild, the stages of a damaged one come
 * from the history. -1 with e filled when a file cannot be read at all. */
static int
state_read_files(struct state *state, int folder, bool rebuild, struct err *e)
{
	struct state_files files = { .text = SLICE_NONE };

	/* The state first, so the history is never older than the state. */
	files.text_status = statefile_read(folder, state_file, STATE_BYTES,
	    state->arena, &files.text, &state->damage);
	files.history_status = files.text_status;
	if (files.text_status != STATEFILE_UNREADABLE)
		files.history_status = history_last(folder, &files.recorded,
		    files.text_status == STATEFILE_INVALID ? NULL
							   : &state->damage);
	if (files.history_status == STATEFILE_UNREADABLE) {
		*e = state->damage;
		return -1;
	}
	if (state_parse(state, folder, &files) < 0) {
		state->health = STATE_DAMAGED;
		state_drop_permissions(state);
		if (rebuild && files.history_status == STATEFILE_GOOD &&
		    history_rebuild(folder, state, e) != STATEFILE_GOOD)
			return -1;
	} else if (files.history_status == STATEFILE_GOOD &&
	    files.recorded > state->generation)
		state->generation = files.recorded;
	stages_sort(state);
	return 0;
}

/* A clock that nobody sets, and that goes on while the machine sleeps. */
static int64_t
state_steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The latest time that was shown, as what it is ahead of state_steady_ms(). It
 * only grows; INT64_MIN: none was shown. */
struct state_clock {
	_Atomic int64_t ahead_ms;
};

/* Returns new; it goes with state_destroy(). */
static struct state *
state_create(enum state_health health)
{
	struct arena *a = arena_create(4096);
	struct state *state = arena_alloc(a, sizeof(*state));

	state->arena = a;
	state->health = health;
	state->made_ms = state_steady_ms();
	state->clock = arena_alloc(a, sizeof(*state->clock));
	atomic_init(&state->clock->ahead_ms, INT64_MIN);
	return state;
}

/* Returns new; NULL with e filled. */
static struct state *
state_load(int folder, bool rebuild, struct err *e)
{
	struct state *state = state_create(STATE_DAMAGED);

	if (state_read_files(state, folder, rebuild, e) < 0)
		state_destroy(&state);
	return state;
}

/* Reads without the marker. NULL with e filled. */
static struct state *
state_read_folder(const char *folder, struct err *e)
{
	int fd = statefolder_open(folder, e);
	struct state *state;

	if (fd < 0)
		return e->number == ENOENT ? state_create(STATE_FRESH) : NULL;
	state = state_load(fd, false, e);
	/* This reads without the lock: a change that is being made can look
	 * like damage. */
	for (int i = 0; i < 3 && state != NULL &&
	    state->health == STATE_DAMAGED; i++) {
		state_destroy(&state);
		statefolder_pause();
		state = state_load(fd, i == 2, e);
	}
	close(fd);
	return state;
}

struct state *
state_read(const struct state_place *place, struct err *e)
{
	struct state *marker = state_create(STATE_GOOD), *state;
	struct err why;
	/* The marker first, so it is never newer than the state. */
	enum statefile found = marker_read(place, marker, &why);

	state = state_read_folder(place->folder, e);
	/* A folder that others may write to is refused, not unreadable. */
	if (state == NULL && e->number == 0 && found == STATEFILE_GOOD) {
		state = state_create(STATE_DAMAGED);
		state->damage = *e;
	}
	if (state != NULL && state->health == STATE_FRESH &&
	    found == STATEFILE_UNREADABLE) {
		/* Whether it was lost cannot be seen now. */
		*e = why;
		state_destroy(&state);
	}
	if (state != NULL)
		marker_compare(place, state, marker, found);
	state_destroy(&marker);
	return state;
}

struct state *
state_of_marker(const struct state_place *place, const struct err *why)
{
	struct state *marker = state_create(STATE_DAMAGED);
	struct err e;

	if (marker_read(place, marker, &e) != STATEFILE_GOOD) {
		state_destroy(&marker);
		return NULL;
	}
	state_drop_permissions(marker);
	marker->damage = *why;
	return marker;
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

/* Notes that time was ahead_ms ahead of the steady clock; the most it ever
 * was. */
static int64_t
state_note_ahead(struct state_clock *clock, int64_t ahead_ms)
{
	int64_t most = atomic_load(&clock->ahead_ms);

	while (most < ahead_ms)
		if (atomic_compare_exchange_weak(&clock->ahead_ms, &most,
			ahead_ms))
			return ahead_ms;
	return most;
}

int64_t
state_now(const struct state *state, int64_t clock)
{
	int64_t steady = state_steady_ms(), least, ahead;

	if (state == NULL)
		return clock;
	/* What is read or changed in state->seen counts from made_ms on. */
	least = state->seen + (steady - state->made_ms) / 1000;
	ahead = state_note_ahead(state->clock, clock * 1000 - steady);
	if (least < (steady + ahead) / 1000)
		least = (steady + ahead) / 1000;
	return least > clock ? least : clock;
}

void
state_inherit_time(struct state *state, const struct state *old)
{
	if (state->seen < old->seen)
		return;
	state_note_ahead(state->clock, atomic_load(&old->clock->ahead_ms));
	state_note_ahead(state->clock, old->seen * 1000 - old->made_ms);
}

void
state_apply(struct state *state, const struct policy *policy)
{
	state->overlay = (struct overlay){
		.exceptions = exceptions_index(state->exceptions,
		    state->exception_count, state->arena),
		.pauses = state->pauses, .last_loss = state->last_loss };
	stages_apply(state, policy, &state->overlay);
}

/* Exceptions that ended long ago are kept in the history alone. */
static void
state_drop_ended(struct state *state)
{
	size_t count = 0;

	for (size_t i = 0; i < state->exception_count; i++)
		if (state->exceptions[i].until > state->seen - KEEP_ENDED)
			state->exceptions[count++] = state->exceptions[i];
	state->exception_count = count;
	count = 0;
	for (size_t i = 0; i < state->pending_count; i++)
		if (state->pending[i].asked > state->seen - KEEP_ENDED)
			state->pending[count++] = state->pending[i];
	state->pending_count = count;
}

/* Parses a new state.conf: -1 with e filled if it could not be read again. */
static int
state_check_text(struct slice text, struct err *e)
{
	struct arena *a = arena_create(4096);
	struct state *again = arena_alloc(a, sizeof(*again));
	struct err why;
	int result = 0;

	again->arena = a;
	if (text.n > STATE_BYTES)
		result = err_set(e, "the state would be too long");
	else if (statetext_read(text, again, &why) < 0)
		result = err_set(e, "it could not be read again: %s",
		    why.text);
	arena_destroy(&a);
	return result;
}

/* A state that is being changed while its folder is locked. */
struct locked_state {
	const struct state_place *place;
	int folder;                     /* owns */
	int lock;                       /* owns; -1: not open */
	struct state *state;            /* owns */
};

/* Writes the new file: whole, or the one of before stays. */
static int
state_write_new(int folder, struct slice text, struct err *e)
{
	if (statefile_write(folder, draft_file, O_TRUNC, text.p, text.n,
		e) < 0)
		return -1;
	if (renameat(folder, draft_file, folder, new_file) < 0)
		return err_errno(e, "%s", new_file);
	return 0;
}

/* Writes the state and, unless event is NULL, a line of the history. */
static int
state_write(struct locked_state *h, const struct actor *actor,
    const char *event, struct err *e)
{
	struct state *state = h->state;
	int folder = h->folder;
	struct err unused;
	size_t n;
	char *text;
	int result = -1;

	assert(event == NULL || event[0] != '\0');
	state_drop_ended(state);
	text = statetext_write(state, &n, e);
	if (text == NULL)
		return -1;
	/* The history is written before the rename: each change in force is
	 * recorded. */
	if (state_check_text((struct slice){ text, n }, e) >= 0 &&
	    state_write_new(folder, (struct slice){ text, n }, e) >= 0 &&
	    (event == NULL ||
	    history_append(folder, state, actor, event, e) >= 0)) {
		if (renameat(folder, new_file, folder, state_file) < 0 ||
		    fsync(folder) < 0)
			err_errno(e, "%s", state_file);
		else
			result = 0;
	}
	/* A marker that is behind is written later: state_keep_marker(). */
	if (result == 0)
		marker_write(h->place, state, &unused);
	free(text);
	return result;
}

static void
state_unlock(struct locked_state *h)
{
	state_destroy(&h->state);
	if (h->lock >= 0)
		close(h->lock);
	close(h->folder);
}

/* Reads a state that is locked, and compares it with its marker. */
static struct state *
state_load_marked(const struct locked_state *h, struct err *e)
{
	struct state *marker = state_create(STATE_GOOD);
	struct err unused;
	enum statefile found = marker_read(h->place, marker, &unused);
	struct state *state = state_load(h->folder, true, e);

	if (state != NULL)
		marker_compare(h->place, state, marker, found);
	state_destroy(&marker);
	return state;
}

/* Locks the folder and reads its state; state_unlock() ends it. */
static int
state_lock(struct locked_state *h, const struct state_place *place,
    struct err *e)
{
	const char *folder = place->folder;

	*h = (struct locked_state){ .place = place,
		.folder = statefolder_open(folder, e), .lock = -1 };
	if (h->folder < 0)
		return -1;
	h->lock = statefolder_lock(h->folder, folder, e);
	if (h->lock >= 0)
		h->state = state_load_marked(h, e);
	if (h->state != NULL)
		return 0;
	state_unlock(h);
	return -1;
}

int
state_change(const struct state_place *place, const struct actor *actor,
    state_edit_fn *edit, void *data, struct err *e)
{
	char event[EVENT] = "";
	struct locked_state h;
	int result = -1;

	if (state_lock(&h, place, e) < 0)
		return -1;
	if (h.state->health == STATE_DAMAGED)
		err_kind(e, EUCLEAN, "the state in %s is damaged (%s): repair "
		    "it first with `enforcetls state repair --reason WHY`",
		    place->folder, h.state->damage.text);
	else {
		h.state->seen = state_now(h.state, actor->clock);
		h.state->generation++;
		result = edit(h.state, data, event, sizeof(event), e);
		if (result >= 0 && event[0] != '\0')
			result = state_write(&h, actor, event, e);
	}
	state_unlock(&h);
	return result;
}

/* Whether clock has to be written for what ends at until: it must be later by
 * REMEMBER or have ended it. */
static bool
state_ends_by(const struct state *state, int64_t until, int64_t clock)
{
	return clock >= state->seen + REMEMBER ||
	    (until > state->seen && until <= clock);
}

/* Whether clock is worth writing: only exceptions and pauses depend on it, and
 * what waits to become one. */
static bool
state_must_remember(const struct state *state, int64_t clock)
{
	for (size_t i = 0; i < state->exception_count; i++)
		if (state_ends_by(state, state->exceptions[i].until, clock))
			return true;
	for (size_t i = 0; i < state->pending_count; i++)
		if (pending_waits(&state->pending[i], state->seen) &&
		    state_ends_by(state, pending_end(&state->pending[i]),
			clock))
			return true;
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (state->pauses[hop].until > state->seen &&
		    state_ends_by(state, state->pauses[hop].until, clock))
			return true;
	return false;
}

int
state_remember(const struct state_place *place, int64_t clock, struct err *e)
{
	struct actor actor = { .clock = clock };
	struct locked_state h;
	int result = 0;

	if (state_lock(&h, place, e) < 0)
		return -1;
	if (h.state->health == STATE_GOOD &&
	    state_must_remember(h.state, clock)) {
		h.state->seen = clock;
		h.state->generation++;
		result = state_write(&h, &actor, NULL, e);
	}
	state_unlock(&h);
	return result;
}

/* Sets the latest time seen back to clock. Exceptions and pauses that had ended
 * must not come back; those for some hours that began while the clock was ahead
 * must not begin again. They are dropped, and so is all that waits. */
static void
state_set_clock(struct state *state, int64_t clock)
{
	size_t count = 0;

	for (size_t i = 0; i < state->exception_count; i++) {
		const struct exception *x = &state->exceptions[i];

		if (x->until > state->seen && x->alone <= clock)
			state->exceptions[count++] = *x;
	}
	state->exception_count = count;
	for (unsigned hop = 0; hop < HOP_COUNT; hop++)
		if (state->pauses[hop].until <= state->seen ||
		    state->pauses[hop].since > clock)
			state->pauses[hop] = (struct pause){ .until = 0 };
	state->pending_count = 0;
	state->seen = clock;
}

/* Writes the state under the lock as repaired, then reads it to check that it
 * is. */
static int
state_write_repaired(struct locked_state *h, const struct actor *actor,
    bool reset_clock, struct err *e)
{
	const char *event = reset_clock ? "\"event\":\"repair\",\"clock\":true"
	    : "\"event\":\"repair\",\"clock\":false";
	struct state *state = h->state;

	if (reset_clock)
		state_set_clock(state, actor->clock);
	else
		state->seen = state_now(state, actor->clock);
	state->last_loss = ++state->generation;
	if (state->health == STATE_DAMAGED && renameat(h->folder, state_file,
	    h->folder, damaged_file) < 0 && errno != ENOENT)
		return err_errno(e, "%s", damaged_file);
	if (state_write(h, actor, event, e) < 0)
		return -1;
	state_destroy(&h->state);
	h->state = state_load_marked(h, e);
	if (h->state == NULL)
		return -1;
	if (h->state->health == STATE_DAMAGED)
		return err_set(e, "correct this by hand first: "
		    "%s", h->state->damage.text);
	return 0;
}

int
state_repair(const struct state_place *place, const struct actor *actor,
    bool reset_clock, struct err *e)
{
	struct locked_state h;
	int result;

	if (state_lock(&h, place, e) < 0)
		return -1;
	if (h.state->health != STATE_DAMAGED &&
	    !(reset_clock && h.state->seen > actor->clock))
		result = err_set(e, "it is not damaged");
	else
		result = state_write_repaired(&h, actor, reset_clock, e);
	state_unlock(&h);
	return result;
}

/* Whether the marker of place is that of state. */
static bool
state_is_marked(const struct state_place *place, const struct state *state)
{
	struct state *marker = state_create(STATE_GOOD);
	struct err e;
	bool is = marker_read(place, marker, &e) == STATEFILE_GOOD &&
	    marker->generation == state->generation;

	state_destroy(&marker);
	return is;
}

int
state_keep_marker(const struct state_place *place, const struct state *state,
    struct err *e)
{
	struct locked_state h;
	int result = 0;

	if (place->marker[0] == '\0' || state->health != STATE_GOOD ||
	    state_is_marked(place, state))
		return 0;
	if (state_lock(&h, place, e) < 0)
		return -1;
	/* It may have changed since. */
	if (h.state->health == STATE_GOOD)
		result = marker_write(place, h.state, e);
	state_unlock(&h);
	return result;
}
