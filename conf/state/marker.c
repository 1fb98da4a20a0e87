/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/state/marker.h"
#include "conf/base/readwrite.h"
#include "conf/state/statetext.h"
#include "policy/table/demandtext.h"

/* Octets of a marker, as of state.conf. */
enum { MARKER_BYTES = 64 << 20 };

/* The folder of the marker, and its name there. */
static int
marker_open_folder(const struct state_place *place, const char **name,
    struct err *e)
{
	char folder[STATE_PATH];
	const char *slash = strrchr(place->marker, '/');
	int fd;

	assert(slash != NULL);
	snprintf(folder, sizeof(folder), "%.*s",
	    (int)(slash - place->marker) + 1, place->marker);
	fd = open_again(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
	    0);
	if (fd < 0)
		err_errno(e, "%s", folder);
	*name = slash + 1;
	return fd;
}

enum statefile
marker_read(const struct state_place *place, struct state *state,
    struct err *e)
{
	enum statefile found;
	struct slice text;
	const char *name;
	struct err why;
	int folder;

	if (place->marker[0] == '\0')
		return STATEFILE_NONE;
	folder = marker_open_folder(place, &name, e);
	if (folder < 0)
		return errno == ENOENT ? STATEFILE_NONE : STATEFILE_UNREADABLE;
	found = statefile_read(folder, name, MARKER_BYTES, state->arena, &text,
	    e);
	close(folder);
	if (found != STATEFILE_GOOD)
		return found;
	if (statetext_read(text, state, &why) >= 0)
		return STATEFILE_GOOD;
	err_set(e, "%s: %s", place->marker, why.text);
	return STATEFILE_INVALID;
}

/* Returns new: the digest of a kept policy that the marker has; it goes with
 * free(). NULL: none. */
static char *
marker_kept(const struct state_place *place)
{
	struct arena *a = arena_create(4096);
	struct state *old = arena_alloc(a, sizeof(*old));
	struct err unused;
	char *kept = NULL;

	old->arena = a;
	if (marker_read(place, old, &unused) == STATEFILE_GOOD &&
	    old->kept.p != NULL)
		kept = strdup(old->kept.p);
	arena_destroy(&a);
	return kept;
}

int
marker_write(const struct state_place *place, const struct state *state,
    struct err *e)
{
	/* An exception or a pause that is lost is not lost protection. */
	struct state stages = *state;
	char *text, *kept = NULL;
	const char *name;
	size_t n;
	int folder, result;

	if (place->marker[0] == '\0')
		return 0;
	stages.exception_count = 0;
	stages.pending_count = 0;
	memset(stages.pauses, 0, sizeof(stages.pauses));
	if (stages.kept.p == NULL) {
		kept = marker_kept(place);
		stages.kept = slice_of(kept);
	}
	text = statetext_write(&stages, &n, e);
	free(kept);
	if (text == NULL)
		return -1;
	folder = marker_open_folder(place, &name, e);
	result = folder < 0 ? -1
	    : statefile_replace(folder, name, (struct slice){ text, n }, e);
	if (folder >= 0)
		close(folder);
	free(text);
	return result;
}

/* A copy of an entry, its texts in a. */
static struct stage_entry
marker_copy_entry(const struct stage_entry *entry, struct arena *a)
{
	struct stage_entry copy = *entry;

	copy.partner = arena_copy(a, entry->partner);
	copy.reason = arena_copy(a, entry->reason);
	copy.demand = NULL;
	if (entry->demand != NULL) {
		struct demand *demand = arena_alloc(a, sizeof(*demand));

		/* The text is the deep copy. */
		if (demandtext_read(demandtext_of(entry->demand, a), a,
			demand))
			copy.demand = demand;
	}
	return copy;
}

static void
marker_restore(struct state *state, const struct state *marker)
{
	state->exception_count = 0;
	state->pending_count = 0;
	memset(state->pauses, 0, sizeof(state->pauses));
	state->stages = arena_array(state->arena, marker->stage_count,
	    sizeof(*state->stages));
	for (size_t i = 0; i < marker->stage_count; i++)
		state->stages[i] = marker_copy_entry(&marker->stages[i],
		    state->arena);
	state->stage_count = marker->stage_count;
	state->generation = marker->generation;
	if (marker->seen > state->seen)
		state->seen = marker->seen;
}

void
marker_compare(const struct state_place *place, struct state *state,
    const struct state *marker, enum statefile found)
{
	bool fresh = state->health == STATE_FRESH;

	if (found == STATEFILE_INVALID && fresh) {
		state->health = STATE_DAMAGED;
		err_set(&state->damage, "it is missing, and %s, which keeps "
		    "its stages, is damaged", place->marker);
	}
	if (found != STATEFILE_GOOD ||
	    marker->generation < state->generation ||
	    (marker->generation == state->generation &&
	    state->health != STATE_DAMAGED))
		return;
	if (fresh)
		err_set(&state->damage, "it is missing, but %s records "
		    "generation %lu", place->marker, marker->generation);
	else if (state->health == STATE_GOOD)
		err_set(&state->damage, "an older one was put back: it is "
		    "generation %lu, and %s records %lu", state->generation,
		    place->marker, marker->generation);
	state->health = STATE_DAMAGED;
	marker_restore(state, marker);
}
