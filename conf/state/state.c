/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/state/state.h"
#include "conf/state/history.h"
#include "conf/state/statetext.h"

static const char state_file[] = "state.conf";
static const char new_file[] = "state.conf.new";
static const char damaged_file[] = "state.conf.damaged";
static const char lock_file[] = "lock";

enum {
	/* A state of this size has been tampered with: a hundred thousand
	 * exceptions fit. */
	STATE_BYTES = 64 << 20,
	EVENT = 16384,
	REMEMBER = 60,
	/* What has ended is listed for so long, and then only on record. */
	KEPT_ENDED = 30 * 86400,
	LOCK_MS = 10000,
	PAUSE_MS = 10
};

static int
state_by_rule(const void *a, const void *b)
{
	const struct stage_entry *x = a, *y = b;
	size_t n = x->partner.n < y->partner.n ? x->partner.n : y->partner.n;
	int order;

	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	order = n == 0 ? 0 : memcmp(x->partner.p, y->partner.p, n);
	if (order != 0 || x->partner.n == y->partner.n)
		return order;
	return x->partner.n < y->partner.n ? -1 : 1;
}

/* What is wrong between the state and its history; NULL when nothing is. */
static const char *
state_held_against_history(int folder, bool is_there, unsigned long generation,
    unsigned long recorded)
{
	if (recorded <= generation && is_there)
		return NULL;
	/* A change is on record before it is in force. One that is not in
	 * force yet, or was cut off in between, has left its new file. */
	if (recorded == generation + 1 &&
	    faccessat(folder, new_file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return NULL;
	return is_there ? "state.conf is older than its history"
	    : "state.conf is missing, but its history exists";
}

/* false when it is damaged, with damage saying how. */
static bool
state_read_good(struct state *state, int folder, enum statefile text_is,
    struct slice text, enum statefile history_is, unsigned long recorded)
{
	struct err *e = &state->damage;
	const char *wrong;

	if (text_is == STATEFILE_WRONG || history_is == STATEFILE_WRONG)
		return false;
	if (text_is == STATEFILE_GOOD && statetext_read(text, state, e) < 0)
		return false;
	state->health = text_is == STATEFILE_GOOD ? STATE_GOOD : STATE_FRESH;
	if (history_is == STATEFILE_NONE)
		return true;
	wrong = state_held_against_history(folder, text_is == STATEFILE_GOOD,
	    state->generation, recorded);
	if (wrong == NULL)
		return true;
	err_set(e, "%s", wrong);
	return false;
}

/* -1: the system would not let us read it. rebuild: read the whole history of
 * a damaged one. */
static int
state_read_files(struct state *state, int folder, bool rebuild, struct err *e)
{
	struct slice text;
	unsigned long recorded;
	enum statefile text_is, history_is;

	/* The state first: a history read later is never the older one. */
	text_is = statefile_read(folder, state_file, STATE_BYTES,
	    state->arena, &text, &state->damage);
	history_is = text_is == STATEFILE_UNREADABLE ? text_is
	    : history_last(folder, &recorded, text_is == STATEFILE_WRONG
	    ? NULL : &state->damage);
	if (history_is == STATEFILE_UNREADABLE) {
		*e = state->damage;
		return -1;
	}
	if (!state_read_good(state, folder, text_is, text, history_is,
		recorded)) {
		state->health = STATE_DAMAGED;
		state->exception_count = 0;
		if (rebuild && history_is == STATEFILE_GOOD &&
		    history_rebuild(folder, state, e) != STATEFILE_GOOD)
			return -1;
	} else if (history_is == STATEFILE_GOOD && recorded > state->generation)
		state->generation = recorded;
	if (state->stage_count > 1)
		qsort(state->stages, state->stage_count,
		    sizeof(*state->stages), state_by_rule);
	return 0;
}

static struct state *
state_at(int folder, bool rebuild, struct err *e)
{
	struct arena *a = arena_create(4096);
	struct state *state = arena_alloc(a, sizeof(*state));

	state->arena = a;
	if (state_read_files(state, folder, rebuild, e) < 0)
		state_destroy(&state);
	return state;
}

/* Nobody has written anything: there is no folder. */
static struct state *
state_fresh(void)
{
	struct arena *a = arena_create(4096);
	struct state *state = arena_alloc(a, sizeof(*state));

	state->arena = a;
	state->health = STATE_FRESH;
	return state;
}

static int
state_open_folder(const char *folder, struct err *e)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd == -1)
		return err_errno(e, "state folder %s", folder);
	if (fstat(fd, &st) == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return fd;
	close(fd);
	return err_set(e, "state folder %s is writable for users other than "
	    "its owner", folder);
}

static void
state_pause_shortly(void)
{
	struct timespec pause = { 0, PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

struct state *
state_read(const char *folder, struct err *e)
{
	int fd = state_open_folder(folder, e);
	struct state *state;

	if (fd == -1)
		return access(folder, F_OK) == -1 && errno == ENOENT
		    ? state_fresh() : NULL;
	state = state_at(fd, false, e);
	/* Read without the lock: a change may have been made meanwhile. */
	for (int i = 0; i < 3 && state != NULL &&
	    state->health == STATE_DAMAGED; i++) {
		state_destroy(&state);
		state_pause_shortly();
		state = state_at(fd, i == 2, e);
	}
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
	const struct stage_entry like = { .partner = rule->partner->name,
		.hop = rule->hop }, *s;

	if (state->stage_count == 0 || like.partner.p == NULL)
		return NULL;
	s = bsearch(&like, state->stages, state->stage_count, sizeof(like),
	    state_by_rule);
	if (s == NULL || s->row_stage != rule->stage ||
	    s->row_level != rule->demand.level)
		return NULL;
	return s;
}

void
state_apply(struct state *state, const struct table *table)
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

/* What ended long ago is on record, and need not be read at each change. */
static void
state_drop_ended(struct state *state)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->exception_count; i++)
		if (state->exceptions[i].until > state->seen - KEPT_ENDED)
			state->exceptions[kept++] = state->exceptions[i];
	state->exception_count = kept;
}

/* Nothing is written that could not be read again. */
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

/* Writes the state beside the old one; event NULL: no line of history. */
static int
state_write(int folder, struct state *state, const struct actor *actor,
    const char *event, struct err *e)
{
	size_t n;
	char *text;
	int result = -1;

	state_drop_ended(state);
	text = statetext_write(state, &n, e);
	if (text == NULL)
		return -1;
	/* The history comes before the rename: a change that is in force is
	 * always on record. */
	if (state_check_text((struct slice){ text, n }, e) == 0 &&
	    statefile_write(folder, new_file, O_TRUNC, text, n, e) == 0 &&
	    (event == NULL ||
	    history_append(folder, state, actor, event, e) == 0)) {
		if (renameat(folder, new_file, folder, state_file) == -1 ||
		    fsync(folder) == -1)
			err_errno(e, "%s", state_file);
		else
			result = 0;
	}
	free(text);
	return result;
}

/* Waits for the lock, not for ever: whoever has it may hang on a dead disk. */
static int
state_wait_for_lock(int lock, const char *folder, struct err *e)
{
	for (int waited = 0; flock(lock, LOCK_EX | LOCK_NB) == -1;
	     waited += PAUSE_MS) {
		if ((errno != EWOULDBLOCK && errno != EINTR) ||
		    waited >= LOCK_MS)
			return err_errno(e, "%s/%s", folder, lock_file);
		state_pause_shortly();
	}
	return 0;
}

/* A state that is being changed, under its folder's lock. */
struct holding {
	int folder;
	int lock;
	struct state *state;            /* owns */
};

static void
state_let_go(struct holding *h)
{
	state_destroy(&h->state);
	if (h->lock != -1)
		close(h->lock);
	close(h->folder);
}

static int
state_hold(struct holding *h, const char *folder, struct err *e)
{
	*h = (struct holding){ .folder = state_open_folder(folder, e),
		.lock = -1 };
	if (h->folder == -1)
		return -1;
	h->lock = openat(h->folder, lock_file, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0640);
	if (h->lock == -1)
		err_errno(e, "%s/%s", folder, lock_file);
	else if (state_wait_for_lock(h->lock, folder, e) == 0)
		h->state = state_at(h->folder, true, e);
	if (h->state != NULL)
		return 0;
	state_let_go(h);
	return -1;
}

int
state_change(const char *folder, const struct actor *actor,
    state_edit_fn *edit, void *data, struct err *e)
{
	char event[EVENT] = "";
	struct holding h;
	int result = -1;

	if (state_hold(&h, folder, e) < 0)
		return -1;
	if (h.state->health == STATE_DAMAGED)
		err_set(e, "the state in %s is damaged (%s): repair it first "
		    "with `enforcetls state repair`", folder,
		    h.state->damage.text);
	else {
		h.state->seen = state_now(h.state, actor->clock);
		h.state->generation++;
		if (edit(h.state, data, event, sizeof(event), e) == 0)
			result = state_write(h.folder, h.state, actor, event,
			    e);
	}
	state_let_go(&h);
	return result;
}

/* Whether it matters that clock was seen: it is later by a while, or an
 * exception has ended since. */
static bool
state_is_news(const struct state *state, int64_t clock)
{
	for (size_t i = 0; i < state->exception_count; i++) {
		int64_t until = state->exceptions[i].until;

		if (clock >= state->seen + REMEMBER ||
		    (until > state->seen && until <= clock))
			return true;
	}
	return false;
}

int
state_remember(const char *folder, int64_t clock, struct err *e)
{
	struct actor nobody = { .clock = clock };
	struct holding h;
	int result = 0;

	if (state_hold(&h, folder, e) < 0)
		return -1;
	if (h.state->health == STATE_GOOD && state_is_news(h.state, clock)) {
		h.state->seen = clock;
		h.state->generation++;
		result = state_write(h.folder, h.state, &nobody, NULL, e);
	}
	state_let_go(&h);
	return result;
}

/* The clock is believed again; what it had ended stays ended. */
static void
state_set_clock(struct state *state, int64_t clock)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->exception_count; i++)
		if (state->exceptions[i].until > state->seen)
			state->exceptions[kept++] = state->exceptions[i];
	state->exception_count = kept;
	state->seen = clock;
}

static int
state_mend(struct holding *h, const struct actor *actor, bool clock,
    struct err *e)
{
	const char *event = clock ? "\"event\":\"repair\",\"clock\":true"
	    : "\"event\":\"repair\",\"clock\":false";
	struct state *state = h->state;

	if (clock)
		state_set_clock(state, actor->clock);
	else
		state->seen = state_now(state, actor->clock);
	state->generation++;
	if (state->health == STATE_DAMAGED && renameat(h->folder, state_file,
	    h->folder, damaged_file) == -1 && errno != ENOENT)
		return err_errno(e, "%s", damaged_file);
	if (state_write(h->folder, state, actor, event, e) < 0)
		return -1;
	state_destroy(&h->state);
	h->state = state_at(h->folder, true, e);
	if (h->state == NULL)
		return -1;
	if (h->state->health == STATE_DAMAGED)
		return err_set(e, "correct this by hand first: "
		    "%s", h->state->damage.text);
	return 0;
}

int
state_repair(const char *folder, const struct actor *actor, bool clock,
    struct err *e)
{
	struct holding h;
	int result;

	if (state_hold(&h, folder, e) < 0)
		return -1;
	if (h.state->health != STATE_DAMAGED &&
	    !(clock && h.state->seen > actor->clock))
		result = err_set(e, "it is not damaged");
	else
		result = state_mend(&h, actor, clock, e);
	state_let_go(&h);
	return result;
}
