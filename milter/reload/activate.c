/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <sys/stat.h>

#include "milter/reload/activate.h"
#include "conf/base/addresskey.h"
#include "conf/effective.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/mapwriter.h"
#include "milter/session/callbacks.h"
#include "milter/session/negotiate.h"
#include "policy/base/text.h"
#include "policy/outbound/smarthost.h"

/* Who may write to a file. */
struct state_access {
	mode_t mode;
	uid_t owner;
};

/* What the state looked like on disk: its file, and whether others may write
 * to what it rests on. */
struct state_stamp {
	struct timespec changed;
	off_t size;
	ino_t ino;
	struct state_access folder, history;
};

enum { RETRY_MS = 500, LONGEST_RETRY_MS = 60000 };

/* Under lock: the state's file as it was when it was last read. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct state_stamp state_seen;
static bool unread;                     /* the last attempt to read it failed */
static int64_t retry_ms;                /* between attempts to read it or to
                                         * write its marker; 0: both done */
static int64_t next_try_ms;             /* on the monotonic clock */

/* Set before other threads run. */
static void (*on_next)(void);

/* Used by the reloader's thread alone: what was reported. */
static char last_failure[512];
static bool marker_failed;
static bool time_failed;                /* the last attempt to save the time */

static struct state_access
activate_access_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct state_access){ .mode = 0 };
	return (struct state_access){ st.st_mode, st.st_uid };
}

static bool
activate_accesses_equal(struct state_access a, struct state_access b)
{
	return a.mode == b.mode && a.owner == b.owner;
}

static struct state_stamp
activate_stamp_in(const struct state_place *place)
{
	struct state_stamp stamp = { .folder =
		activate_access_of(place->folder) };
	char file[STATE_PATH];
	struct stat st;

	snprintf(file, sizeof(file), "%s/history.jsonl", place->folder);
	stamp.history = activate_access_of(file);
	snprintf(file, sizeof(file), "%s/state.conf", place->folder);
	if (stat(file, &st) == 0) {
		/* Not when it was written: its mode may change, too. */
		stamp.changed = st.st_ctim;
		stamp.size = st.st_size;
		stamp.ino = st.st_ino;
	}
	return stamp;
}

static bool
activate_stamps_equal(const struct state_stamp *a, const struct state_stamp *b)
{
	return a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec && a->size == b->size &&
	    a->ino == b->ino &&
	    activate_accesses_equal(a->folder, b->folder) &&
	    activate_accesses_equal(a->history, b->history);
}

/* As an error: an administrator has to repair the damage. */
static void
activate_report_damage(const struct state *state, const char *folder)
{
	if (state->health != STATE_DAMAGED) {
		warning_clear(WARNING_STATE);
		return;
	}
	log_error("the state in %s is damaged: %s; no exception "
	    "is alive, stages are the last that were recorded (%zu); "
	    "see `enforcetls state repair --reason WHY`", folder,
	    state->damage.text, state->stage_count);
	warning_set(WARNING_STATE, "the state in %s is damaged: %s; see "
	    "`enforcetls state repair --reason WHY`", folder,
	    state->damage.text);
}

/*
 * A state that was read before and is gone now was not removed on purpose: NULL
 * then, and the old one stays in force. An older one that was put back is
 * accepted, with a warning.
 */
static struct state *
activate_compare(struct state *new, const struct state *old, const char *folder)
{
	assert(new != NULL);
	if (old == NULL || old->generation <= new->generation)
		return new;
	if (new->health == STATE_FRESH) {
		log_error("the state in %s is gone: its exceptions and "
		    "stages stay in force until the daemon ends; restore it",
		    folder);
		warning_set(WARNING_STATE, "the state in %s is gone: "
		    "restore it", folder);
		state_destroy(&new);
		return NULL;
	}
	if (new->health == STATE_GOOD)
		log_warning("the state in %s is generation %lu, and %lu "
		    "was in force: an older one was put back", folder,
		    new->generation, old->generation);
	return new;
}

/* Notes that the file of this stamp was read. */
static void
activate_note_read(const struct state_stamp *stamp)
{
	last_failure[0] = '\0';
	pthread_mutex_lock(&lock);
	state_seen = *stamp;
	unread = false;
	pthread_mutex_unlock(&lock);
}

/* What failed is tried again, at first soon. */
static void
activate_note_retry(bool is_unread)
{
	pthread_mutex_lock(&lock);
	unread = is_unread;
	retry_ms = retry_ms == 0 ? RETRY_MS : 2 * retry_ms;
	if (retry_ms > LONGEST_RETRY_MS)
		retry_ms = LONGEST_RETRY_MS;
	next_try_ms = loop_monotonic_ms() + retry_ms;
	pthread_mutex_unlock(&lock);
}

/* A state that could not be read is not noted as seen, and is reported once. */
static void
activate_note_failure(const struct err *e, const char *consequence)
{
	if (strcmp(last_failure, e->text) != 0)
		log_warning("%s: %s; it is tried again", e->text, consequence);
	snprintf(last_failure, sizeof(last_failure), "%s", e->text);
	warning_set(WARNING_STATE, "%s: %s", e->text, consequence);
	activate_note_retry(true);
}

/* Writes the marker of a state that was read, if it is behind. */
static void
activate_keep_marker(const struct state_place *place,
    const struct state *state)
{
	static const char risk[] = "a loss of the state could not be seen";
	struct err e;

	if (state_keep_marker(place, state, &e) >= 0) {
		marker_failed = false;
		warning_clear(WARNING_STATE_MARKER);
		pthread_mutex_lock(&lock);
		retry_ms = 0;
		pthread_mutex_unlock(&lock);
		return;
	}
	if (!marker_failed)
		log_warning("%s cannot be written: %s: %s; it is tried again",
		    place->marker, e.text, risk);
	marker_failed = true;
	warning_set(WARNING_STATE_MARKER, "%s cannot be written: %s: %s",
	    place->marker, e.text, risk);
	activate_note_retry(false);
}

/* Nothing could be read. When nothing is in force yet, the marker has at least
 * the stages. */
static struct state *
activate_read_nothing(const struct state_place *place,
    const struct state *old, const struct err *e)
{
	struct state *state = old == NULL ? state_of_marker(place, e) : NULL;

	activate_note_failure(e, old != NULL
	    ? "what was read before stays in force" : state != NULL
	    ? "no exception is in force, stages are those of its marker"
	    : "no exception and no stage set with enforcetls is in force");
	return state;
}

/* The state of a policy's settings as it was read. */
struct reading {
	struct state_place place;       /* borrows from the settings */
	struct state_stamp stamp;
	struct state *state;            /* owns; NULL: for the reason in e */
	struct err e;
};

/* Reads it, and leaves no trace of that: the policy may be refused. old is what
 * is in force of the same folder; NULL: nothing. */
static struct reading
activate_look(const struct settings *settings, const struct state *old)
{
	struct reading r = { .place = place_of(settings) };

	r.stamp = activate_stamp_in(&r.place);
	r.state = state_read(&r.place, &r.e);
	if (r.state != NULL && old != NULL)
		state_inherit_time(r.state, old);
	return r;
}

/* Notes and reports what was read, and takes its state. NULL when there is none
 * to read, or when old, which is in force, must stay. */
static struct state *
activate_accept(struct reading *r, const struct state *old)
{
	struct state *state = r->state;

	r->state = NULL;
	if (state == NULL)
		return activate_read_nothing(&r->place, old, &r->e);
	activate_note_read(&r->stamp);
	activate_report_damage(state, r->place.folder);
	activate_keep_marker(&r->place, state);
	return activate_compare(state, old, r->place.folder);
}

static struct state *
activate_read_state(const struct settings *settings, const struct state *old)
{
	struct reading r = activate_look(settings, old);

	return activate_accept(&r, old);
}

/* Sets the warning about smarthosts, with the stages and exceptions that are in
 * force now. */
static void
activate_review_smarthosts(const struct policy *policy)
{
	const struct settings *s = &policy->settings;
	char sentences[WARNING_TEXT];
	struct text text;
	bool any = false;

	text_init(&text, sentences, sizeof(sentences));
	for (size_t i = 0; s->mode == MODE_ENFORCE && i < s->smarthosts.count;
	     i++) {
		text_add(&text, "%s", any ? "; " : "");
		any |= smarthost_undercuts(policy, s->smarthosts.list[i],
		    loop_wall_ms() / 1000, &text);
	}
	text_end(&text);
	if (any)
		warning_set(WARNING_SMARTHOSTS, "%s", sentences);
	else
		warning_clear(WARNING_SMARTHOSTS);
}

/* Takes both; a policy of NULL is the one in force. From now on sessions ask
 * the MTA for what both of them need. */
static void
activate_publish(struct policy *policy, struct state *state)
{
	struct snapshot *now;

	snapshot_publish(policy, state);
	now = snapshot_take();
	assert(now != NULL);
	callbacks_want(negotiate_needs(snapshot_policy(now)));
	activate_review_smarthosts(snapshot_policy(now));
	snapshot_drop(&now);
	/* Whoever asked for the change finds it done. */
	mapwriter_update();
}

/* Fails closed: without its key no local part is recorded. */
static void
activate_shorten_addresses(struct policy *policy)
{
	static const char what[] = "only the domains of addresses are "
	    "recorded; when it is corrected, reload";
	struct err e;

	if (addresskey_apply(&policy->settings, true, &policy->shortening,
		&e) == 0) {
		warning_clear(WARNING_ADDRESSES);
		return;
	}
	log_error("log.addresses: %s: %s", e.text, what);
	warning_set(WARNING_ADDRESSES, "log.addresses: %s: %s", e.text, what);
}

/* Takes both. */
static void
activate_put_in_force(struct policy *policy, struct state *state)
{
	size_t partners = table_partners(policy->table);
	size_t keys = table_keys(policy->table);
	char line[200];

	snprintf(line, sizeof(line), "policy in force: %zu partner%s, %zu "
	    "key%s, mode %s, digest %.12s", partners,
	    text_plural((long long)partners), keys,
	    text_plural((long long)keys), mode_name(policy->settings.mode),
	    policy->digest);
	/* Before publishing too: a session that begins in between would
	 * have to defer what needs its headers or DATA. */
	callbacks_want(negotiate_needs(policy));
	activate_shorten_addresses(policy);
	activate_publish(policy, state);
	/* Logged when it is true, and not earlier. */
	log_notice("%s", line);
}

void
activate_first(struct policy *policy)
{
	if (place_of(&policy->settings).marker[0] == '\0')
		log_warning("there is no decision log outside of the state "
		    "folder, to keep a marker beside: a loss of the state "
		    "could not be seen");
	activate_put_in_force(policy,
	    activate_read_state(&policy->settings, NULL));
}

static void
activate_report_state(const struct policy *policy, const struct state *state)
{
	struct effective count;

	effective_count(policy, state, state_now(state, loop_wall_ms() / 1000),
	    &count);
	log_notice("state in force: generation %lu, exceptions: %zu, stages: "
	    "%zu", state->generation, count.exceptions, count.stages);
}

bool
activate_reread_state(void)
{
	struct snapshot *now = snapshot_take();
	const struct state *old = snapshot_state(now);
	struct state *state;
	bool done;

	if (now == NULL)
		return false;
	state = activate_read_state(&snapshot_policy(now)->settings, old);
	/* A folder that cannot be read now does not undo what was read. */
	done = state != NULL;
	if (done) {
		if (old == NULL || old->generation != state->generation ||
		    old->health != state->health)
			activate_report_state(snapshot_policy(now), state);
		activate_publish(NULL, state);
	}
	snapshot_drop(&now);
	return done;
}

static void
activate_report_time(const struct err *e)
{
	static const char risk[] = "should the clock be set back, ended "
	    "exceptions could act again";

	if (!time_failed)
		log_warning("%s: %s; it is tried again", e->text, risk);
	time_failed = true;
	warning_set(WARNING_STATE_TIME, "%s: %s", e->text, risk);
}

bool
activate_save_time(void)
{
	struct snapshot *now = snapshot_take();
	const struct state *old = snapshot_state(now);
	struct state_place place;
	struct state *state;
	struct err e;
	bool saved;

	if (old == NULL) {
		snapshot_drop(&now);
		return true;
	}
	place = place_of(&snapshot_policy(now)->settings);
	saved = state_remember(&place, state_now(old, loop_wall_ms() / 1000),
	    &e) >= 0;
	if (!saved)
		activate_report_time(&e);
	else {
		time_failed = false;
		warning_clear(WARNING_STATE_TIME);
		state =
		    activate_read_state(&snapshot_policy(now)->settings, old);
		if (state != NULL)
			activate_publish(NULL, state);
	}
	snapshot_drop(&now);
	return saved;
}

void
activate_on_next(void (*fn)(void))
{
	on_next = fn;
}

/* Whether the policy may follow the one in force, with this state, or NULL. */
static bool
activate_allows(const struct policy *policy, struct state *state,
    activate_allow_fn *allow, void *data)
{
	struct snapshot *now = snapshot_take();
	struct policy view = *policy;
	bool allowed;

	assert(now != NULL);
	if (state != NULL) {
		state_apply(state, policy);
		view.overlay = &state->overlay;
	}
	allowed = allow(snapshot_policy(now), &view, state,
	    state_now(state, loop_wall_ms() / 1000), data);
	snapshot_drop(&now);
	return allowed;
}

/* Whether nothing of the state in force would be lost by what was read: it was
 * set before, and cannot be read now, or is gone. */
static bool
activate_keeps(const struct reading *r, const struct state *old)
{
	return old == NULL || old->generation == 0 ||
	    (r->state != NULL && (r->state->health != STATE_FRESH ||
	    r->state->generation >= old->generation));
}

/* Whether the policy may follow the one in force, with what was read of its
 * state. A loss that is allowed is recorded in that, which is read again. */
static bool
activate_may_follow(const struct policy *policy, struct reading *r,
    const struct state *old, activate_allow_fn *allow, void *data)
{
	struct state *marked = r->state == NULL && old == NULL
	    ? state_of_marker(&r->place, &r->e) : NULL;
	struct state_stamp stamp;
	bool may = activate_allows(policy, marked == NULL ? r->state : marked,
	    allow, data);

	state_destroy(&marked);
	stamp = activate_stamp_in(&r->place);
	if (may && !activate_stamps_equal(&stamp, &r->stamp)) {
		state_destroy(&r->state);
		*r = activate_look(&policy->settings, old);
	}
	return may;
}

/* As activate_next(). old is the state in force, if it is that of the policy's
 * folder. */
static enum activation
activate_after(struct policy *policy, const struct state *old,
    activate_allow_fn *allow, void *data)
{
	struct reading r = activate_look(&policy->settings, old);
	struct state *state;

	if (activate_keeps(&r, old) &&
	    !activate_may_follow(policy, &r, old, allow, data)) {
		state_destroy(&r.state);
		return ACTIVATION_REFUSED;
	}
	if (!activate_keeps(&r, old)) {
		state = activate_accept(&r, old);
		state_destroy(&state);
		return ACTIVATION_NO_STATE;
	}
	activate_put_in_force(policy, activate_accept(&r, old));
	return ACTIVATION_DONE;
}

enum activation
activate_next(struct policy *policy, activate_allow_fn *allow, void *data)
{
	struct snapshot *now;
	const struct policy *in_force;
	const struct state *old = NULL;
	enum activation activation;

	/* What changed in the state is no doing of the policy. */
	if (activate_state_has_changed())
		activate_reread_state();
	now = snapshot_take();
	in_force = snapshot_policy(now);
	if (in_force != NULL && slice_eq(in_force->settings.state,
	    policy->settings.state))
		old = snapshot_state(now);
	activation = activate_after(policy, old, allow, data);
	snapshot_drop(&now);
	if (activation == ACTIVATION_DONE && on_next != NULL)
		on_next();
	return activation;
}

bool
activate_state_has_changed(void)
{
	struct snapshot *now = snapshot_take();
	struct state_stamp stamp;
	struct state_place place;
	bool changed;

	if (now == NULL)
		return false;
	place = place_of(&snapshot_policy(now)->settings);
	stamp = activate_stamp_in(&place);
	snapshot_drop(&now);
	pthread_mutex_lock(&lock);
	changed = retry_ms > 0 && loop_monotonic_ms() >= next_try_ms;
	if (!unread)
		changed = changed ||
		    !activate_stamps_equal(&stamp, &state_seen);
	pthread_mutex_unlock(&lock);
	return changed;
}
