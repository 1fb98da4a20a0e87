/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/read.h"
#include "conf/snapshot.h"
#include "milter/callbacks.h"
#include "milter/decisionlog.h"
#include "milter/journal.h"
#include "milter/loading.h"
#include "milter/loop.h"
#include "milter/negotiate.h"
#include "milter/watch.h"
#include "policy/arena.h"

enum { RELOAD_NICE = 5 };

/* A change of the state that was asked for. */
struct errand {
	struct arena *arena;            /* owns, this struct included */
	struct change change;
	struct actor actor;
	void (*done)(bool made, const char *id, const struct err *e,
	    void *data);
	void *data;
	struct errand *next;
};

struct request {
	void (*done)(bool loaded, const struct problems *problems,
	    void *data);
	void *data;
	struct request *next;
};

/* What a file on disk looked like. */
struct look {
	time_t seconds;
	long nanoseconds;
	off_t size;
	ino_t ino;
};

static const char *policy_path;         /* set once */

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool busy;
static struct request *waiting;         /* owns; for a reload */
static struct errand *errands;          /* owns; the newest first */
static bool state_wanted;               /* it changed on disk */
static bool remember_wanted;            /* it shall know the time */
static struct look state_in_force;      /* when the state was */

void
loading_init(const char *path)
{
	policy_path = path;
}

void
loading_check_access(void)
{
	if (access(policy_path, R_OK) != 0)
		journal_warning("%s: %s: a reload would fail", policy_path,
		    strerror(errno));
}

static struct look
look_at(const char *path)
{
	struct look look = { .seconds = 0 };
	struct stat st;

	if (stat(path, &st) == 0)
		look = (struct look){ st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			st.st_size, st.st_ino };
	return look;
}

static bool
looks_equal(const struct look *a, const struct look *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
	    a->size == b->size && a->ino == b->ino;
}

static struct policy *
read_policy(struct problems *problems)
{
	int64_t started = loop_wall_ms();
	struct policy *policy = policy_read(policy_path, problems);

	watch_set(policy_path, policy, started);
	return policy;
}

struct first {
	struct problems *problems;
	struct policy *policy;
};

static void *
read_first(void *data)
{
	struct first *first = data;

	first->policy = read_policy(first->problems);
	return NULL;
}

struct policy *
loading_read(struct problems *problems)
{
	struct first first = { .problems = problems };
	pthread_t thread;
	int r = pthread_create(&thread, NULL, read_first, &first);

	if (r != 0) {
		problems_add(problems, SEVERITY_ERROR, policy_path, 0,
		    "cannot start a thread to read it: %s", strerror(r));
		return NULL;
	}
	pthread_join(thread, NULL);
	return first.policy;
}

static bool
same_listen(const struct listen *a, const struct listen *b)
{
	return slice_eq(a->spec, b->spec) &&
	    a->socket_mode == b->socket_mode &&
	    (slice_eq(a->group, b->group) ||
	    (a->group.p == NULL && b->group.p == NULL));
}

static bool
same_listens(const struct listen *a, size_t na, const struct listen *b,
    size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++)
		if (!same_listen(&a[i], &b[i]))
			return false;
	return true;
}

/* What only a restart can change is not taken over silently. */
static void
tell_restart(const struct settings *old, const struct settings *new)
{
	if (!same_listen(&old->milter, &new->milter))
		journal_warning("milter.listen, its group or mode has "
		    "changed: this needs a restart");
	if (!same_listens(old->maps, old->map_count, new->maps,
	    new->map_count))
		journal_warning("map.listen, its group or mode has changed: "
		    "this needs a restart");
	if (!same_listens(old->controls, old->control_count, new->controls,
	    new->control_count))
		journal_warning("control.listen, its group or mode has "
		    "changed: this needs a restart");
	if (!slice_eq(old->user, new->user))
		journal_warning("user has changed: this needs a restart");
}

static void
state_path(struct slice folder, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%.*s%s%s", SLICE_ARGS(folder),
	    name[0] == '\0' ? "" : "/", name);
}

/* Loudly: what damage there is, an administrator must put right. */
static void
tell_state(const struct state *state, const char *folder)
{
	if (state->health == STATE_DAMAGED)
		journal_error("the state in %s is damaged: %s; no exception "
		    "is alive, %zu stages were rebuilt from its history; "
		    "see `enforcetls state repair`", folder,
		    state->damage.text, state->stage_count);
}

/*
 * What was read before and is no longer there was not meant to go: NULL then,
 * and what is in force stays. An older one that was put back is taken, and
 * told of.
 */
static struct state *
compare(struct state *new, const struct state *old, const char *folder)
{
	if (old == NULL || old->generation <= new->generation)
		return new;
	if (new->health == STATE_FRESH) {
		journal_error("the state in %s is gone: what it said stays in "
		    "force until the daemon ends; put it back", folder);
		state_destroy(&new);
		return NULL;
	}
	if (new->health == STATE_GOOD)
		journal_warning("the state in %s is generation %lu, and %lu "
		    "was in force: an older one was put back", folder,
		    new->generation, old->generation);
	return new;
}

/* Reads the state of a policy's settings. NULL when there is none to read, or
 * when old, which is in force, must stay. */
static struct state *
read_state(const struct settings *settings, const struct state *old)
{
	char folder[512], file[560];
	struct look before;
	struct state *state;
	struct err e;

	state_path(settings->state, "", folder, sizeof(folder));
	state_path(settings->state, "state.conf", file, sizeof(file));
	before = look_at(file);
	state = state_read(folder, &e);
	if (state == NULL)
		journal_warning("%s: %s", e.text, old == NULL ? "no exception "
		    "and no stage set with the tool is in force"
		    : "what was read before stays in force");
	else {
		tell_state(state, folder);
		state = compare(state, old, folder);
	}
	pthread_mutex_lock(&lock);
	state_in_force = before;
	pthread_mutex_unlock(&lock);
	return state;
}

/* Takes both. */
static void
put_in_force(struct policy *policy, struct state *state)
{
	char said[200];
	struct snapshot *old = snapshot_take();

	if (old != NULL)
		tell_restart(&snapshot_policy(old)->settings,
		    &policy->settings);
	snapshot_drop(&old);
	callbacks_want_headers(negotiate_needs_headers(policy));
	snprintf(said, sizeof(said), "policy in force: %zu partners, %zu keys, "
	    "mode %s, digest %.12s", table_partners(policy->table),
	    table_keys(policy->table), mode_name(policy->settings.mode),
	    policy->digest);
	snapshot_publish(policy, state);
	/* Said when it is true, and not a moment before. */
	journal_notice("%s", said);
}

void
loading_put_in_force(struct policy *policy)
{
	put_in_force(policy, read_state(&policy->settings, NULL));
}

/* The state alone, over the policy that is in force. */
static void
put_state_in_force(void)
{
	struct snapshot *now = snapshot_take();
	const struct state *old = snapshot_state(now);
	struct state *state;

	if (now == NULL)
		return;
	state = read_state(&snapshot_policy(now)->settings, old);
	/* A folder that cannot be read now does not undo what was read. */
	if (state != NULL) {
		journal_notice("state in force: generation %lu, %zu "
		    "exceptions, %zu stages", state->generation,
		    state->exception_count, state->stage_count);
		snapshot_publish(NULL, state);
	}
	snapshot_drop(&now);
}

/* Has the state on disk know how late it is: what has ended stays ended when
 * the clock is set back. */
static void
remember(void)
{
	struct snapshot *now = snapshot_take();
	const struct state *old = snapshot_state(now);
	char folder[512];
	struct state *state;
	struct err e;

	if (old == NULL) {
		snapshot_drop(&now);
		return;
	}
	state_path(snapshot_policy(now)->settings.state, "", folder,
	    sizeof(folder));
	if (state_remember(folder, state_now(old, loop_wall_ms() / 1000),
	    &e) < 0)
		journal_warning("%s: should the clock be set back, ended "
		    "exceptions could act again", e.text);
	else {
		state = read_state(&snapshot_policy(now)->settings, old);
		if (state != NULL)
			snapshot_publish(NULL, state);
	}
	snapshot_drop(&now);
}

static void
tell_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *problem = problems_get(problems, i);

		if (problem->severity == SEVERITY_ERROR)
			journal_error("%s:%u: %s", problem->file,
			    problem->line, problem->text);
		else
			journal_warning("%s:%u: %s", problem->file,
			    problem->line, problem->text);
	}
}

/* What the loading thread has to do next. */
struct work {
	struct request *requests;
	struct errand *errands;
	bool state;
	bool remember;
};

static bool
take_work(struct work *work)
{
	bool any;

	pthread_mutex_lock(&lock);
	*work = (struct work){ waiting, errands, state_wanted,
		remember_wanted };
	waiting = NULL;
	errands = NULL;
	state_wanted = remember_wanted = false;
	any = work->requests != NULL || work->errands != NULL ||
	    work->state || work->remember;
	if (!any)
		busy = false;
	pthread_mutex_unlock(&lock);
	return any;
}

static bool
run_errand(const struct errand *errand, char id[CHANGE_ID], struct err *e)
{
	struct snapshot *now = snapshot_take();
	const struct policy *policy = snapshot_policy(now);
	char folder[512];
	bool made = false;

	if (policy == NULL)
		err_set(e, "no policy is in force");
	else {
		state_path(policy->settings.state, "", folder,
		    sizeof(folder));
		made = change_make(folder, policy, &errand->change,
		    &errand->actor, id, e) == 0;
	}
	snapshot_drop(&now);
	return made;
}

static void
tell_errand(const struct errand *errand, bool made, const char *id,
    const struct err *e)
{
	const struct change *c = &errand->change;
	char what[300], partner[80], reason[200];

	slice_show(c->partner, partner, sizeof(partner));
	slice_show(errand->actor.reason, reason, sizeof(reason));
	if (c->kind == CHANGE_STAGE)
		snprintf(what, sizeof(what), "stage of %s %s to %s%s", partner,
		    hop_name(c->hop), stage_name(c->stage),
		    c->force ? " (forced)" : "");
	else if (c->kind == CHANGE_GRANT)
		snprintf(what, sizeof(what), "exception %s for %s %s, floor "
		    "%s", id, partner, hop_name(c->hop), level_name(c->floor));
	else {
		slice_show(c->id, partner, sizeof(partner));
		snprintf(what, sizeof(what), "%s of exception %s",
		    change_kind_name(c->kind), partner);
	}
	journal_notice("%s: %s, by uid %lu, reason %s%s%s", what,
	    made ? "done" : "refused", (unsigned long)errand->actor.uid,
	    reason, made ? "" : ": ", made ? "" : e->text);
}

/* The oldest first: a list that grew at its head is turned round. */
static struct errand *
turn_round(struct errand *list)
{
	struct errand *turned = NULL;

	while (list != NULL) {
		struct errand *next = list->next;

		list->next = turned;
		turned = list;
		list = next;
	}
	return turned;
}

static void
run_errands(struct errand *newest)
{
	struct errand *list = turn_round(newest);

	while (list != NULL) {
		struct errand *next = list->next;
		struct arena *arena = list->arena;
		char id[CHANGE_ID] = "";
		struct err e = { .line = 0 };
		bool made = run_errand(list, id, &e);

		tell_errand(list, made, id, &e);
		/* Answered only when it acts. */
		if (made)
			put_state_in_force();
		list->done(made, id, &e, list->data);
		arena_destroy(&arena);
		list = next;
	}
}

static void
answer_requests(struct request *list, bool loaded,
    const struct problems *problems)
{
	while (list != NULL) {
		struct request *next = list->next;

		if (list->done != NULL)
			list->done(loaded, problems, list->data);
		free(list);
		list = next;
	}
}

/*
 * The state for a policy that is about to come into force. false when what the
 * old one had cannot be read now: a reload must not lose it.
 */
static bool
state_for(const struct policy *policy, struct problems *problems,
    struct state **out)
{
	struct snapshot *now = snapshot_take();
	const struct policy *in_force = snapshot_policy(now);
	const struct state *old = NULL;
	bool good;

	if (in_force != NULL && slice_eq(in_force->settings.state,
	    policy->settings.state))
		old = snapshot_state(now);
	*out = read_state(&policy->settings, old);
	good = *out != NULL || old == NULL || old->generation == 0;
	snapshot_drop(&now);
	if (good)
		return true;
	problems_add(problems, SEVERITY_ERROR, policy_path, 0, "the state in "
	    "%.*s cannot be read: not loaded, so that no stage and no "
	    "exception is lost", SLICE_ARGS(policy->settings.state));
	journal_error("%s was not loaded: the state of the policy in force "
	    "cannot be read", policy_path);
	return false;
}

static bool
reload(struct problems *problems)
{
	struct policy *policy;
	struct state *state;

	/* Of this thread alone, on Linux, and for the rest of its short life:
	 * a million rows take a processor for a while that mail may want. */
	setpriority(PRIO_PROCESS, 0, RELOAD_NICE);
	policy = read_policy(problems);
	tell_problems(problems);
	if (policy == NULL) {
		journal_error("%s was not loaded: %zu errors; the policy read "
		    "before stays in force", policy_path,
		    problems_errors(problems));
		return false;
	}
	if (!state_for(policy, problems, &state)) {
		policy_destroy(&policy);
		return false;
	}
	decisionlog_reopen(policy->settings.decisions,
	    policy->settings.log_max_size);
	put_in_force(policy, state);
	return true;
}

static void *
serve_requests(void *unused)
{
	struct work work;

	(void)unused;
	while (take_work(&work)) {
		if (work.requests != NULL) {
			struct problems *problems = problems_create();
			bool loaded = reload(problems);

			answer_requests(work.requests, loaded, problems);
			problems_destroy(&problems);
		} else if (work.state)
			put_state_in_force();
		run_errands(work.errands);
		if (work.remember)
			remember();
	}
	return NULL;
}

static void
start_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, serve_requests, NULL);
	pthread_attr_destroy(&attr);
	if (r == 0)
		return;
	journal_error("cannot start a thread to load the policy: %s",
	    strerror(r));
	pthread_mutex_lock(&lock);
	busy = false;
	pthread_mutex_unlock(&lock);
}

/* Under lock: whether the caller has to start the thread. */
static bool
make_busy(void)
{
	bool start = !busy;

	busy = true;
	return start;
}

void
loading_request(void (*done)(bool loaded, const struct problems *problems,
    void *data), void *data)
{
	struct request *request = xcalloc(1, sizeof(*request));
	bool start;

	request->done = done;
	request->data = data;
	pthread_mutex_lock(&lock);
	request->next = waiting;
	waiting = request;
	start = make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		start_thread();
}

/* A copy of change whose texts are in a. */
static struct change
copy_change(const struct change *change, struct arena *a)
{
	struct change c = *change;
	struct slice *const texts[] = { &c.id, &c.partner, &c.key, &c.owner,
		&c.reason, &c.ticket, &c.approver, &c.ignored_client };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = arena_copy(a, *texts[i]);
	return c;
}

void
loading_change(const struct change *change, const struct actor *actor,
    void (*done)(bool made, const char *id, const struct err *e, void *data),
    void *data)
{
	struct arena *a = arena_create(2048);
	struct errand *errand = arena_alloc(a, sizeof(*errand));
	bool start;

	errand->arena = a;
	errand->change = copy_change(change, a);
	errand->actor = *actor;
	errand->actor.reason = arena_copy(a, actor->reason);
	errand->done = done;
	errand->data = data;
	pthread_mutex_lock(&lock);
	errand->next = errands;
	errands = errand;
	start = make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		start_thread();
}

void
loading_remember(void)
{
	bool start;

	pthread_mutex_lock(&lock);
	remember_wanted = true;
	start = make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		start_thread();
}

bool
loading_is_busy(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = busy;
	pthread_mutex_unlock(&lock);
	return is;
}

void
loading_look_at_disk(void *unused)
{
	char path[1024];

	(void)unused;
	if (!loading_is_busy() && watch_changed(path, sizeof(path)))
		journal_notice("%s has changed on disk and is not loaded: "
		    "reload when it is ready", path);
}

void
loading_look_at_state(void *unused)
{
	struct snapshot *now = snapshot_take();
	char file[560];
	struct look look;
	bool start = false;

	(void)unused;
	if (now == NULL)
		return;
	state_path(snapshot_policy(now)->settings.state, "state.conf", file,
	    sizeof(file));
	snapshot_drop(&now);
	look = look_at(file);
	pthread_mutex_lock(&lock);
	if (!looks_equal(&look, &state_in_force) && !state_wanted) {
		state_wanted = true;
		start = make_busy();
	}
	pthread_mutex_unlock(&lock);
	if (start)
		start_thread();
}
