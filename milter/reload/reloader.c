/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "milter/reload/reloader.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/base/subuid.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "milter/reload/activate.h"
#include "milter/reload/change_report.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/keeper.h"
#include "milter/reload/startup.h"
#include "policy/base/arena.h"

enum {
	/* How long clients wait for a thread that cannot be started. */
	GIVE_UP_MS = 3000,
	/* When the time is saved again after a failure. */
	SAVE_AGAIN_MS = 10000,
	/* Attempts to put a change in force that was written, and the time
	 * between two. */
	TRIES = 5,
	PAUSE_MS = 200
};

/* A change of the state that was asked for. */
struct job {
	struct arena *arena;            /* owns, this struct included */
	struct change change;
	struct actor actor;
	reloader_changed_fn *done;
	void *data;
	struct job *next;
};

struct reload_request {
	void (*done)(const struct reload_outcome *outcome, void *data);
	void *data;
	struct consent *consent;        /* owns; NULL: to no loss */
	struct reload_request *next;
};

static const char *policy_path;         /* set once */

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool busy;
static bool stopped;                    /* the thread is not started again */
static struct reload_request *waiting;  /* owns; for a reload */
static struct job *jobs;                /* owns; the newest first */
static bool state_wanted;               /* it changed on disk */
static bool save_time_wanted;           /* the time is to be saved in it */
static bool free_wanted;                /* snapshots that nobody uses */
static int64_t save_again_ms;           /* when, after a failure; 0: none */
static int64_t stuck_ms;                /* since when no thread can be started;
                                         * 0: it can */

static void reloader_request_free(void);

void
reloader_init(const char *path)
{
	policy_path = path;
	snapshot_hand_over(reloader_request_free);
}

const char *
reloader_path(void)
{
	return policy_path;
}

void
reloader_check_access(void)
{
	if (access(policy_path, R_OK) < 0)
		log_warning("%s: %s: a reload would fail", policy_path,
		    strerror(errno));
}

struct first {
	struct problems *problems;
	struct policy_read read;
};

static void *
reloader_first_main(void *data)
{
	struct first *first = data;
	int64_t started = loop_wall_ms();
	struct filetrail trail;

	filetrail_begin(&trail, filesource_disk());
	first->read = policyread(&trail.source, policy_path, first->problems);
	diskcheck_set(first->read.policy, &trail, started);
	filetrail_end(&trail);
	return NULL;
}

struct policy_read
reloader_read_at_start(struct problems *problems)
{
	struct first first = { .problems = problems, .read.archive = -1 };
	pthread_t thread;
	int r = pthread_create(&thread, NULL, reloader_first_main, &first);

	if (r != 0) {
		problems_add(problems, SEVERITY_ERROR, policy_path, 0,
		    "cannot start a thread to read it: %s", strerror(r));
		return first.read;
	}
	pthread_join(thread, NULL);
	return first.read;
}

/* What the thread has to do next. */
struct work {
	struct reload_request *requests;
	struct job *jobs;
	bool state;
	bool save_time;
	bool free;
};

/* Under lock. */
static bool
reloader_has_work(void)
{
	return waiting != NULL || jobs != NULL || state_wanted ||
	    save_time_wanted || free_wanted || keeper_is_due();
}

static bool
reloader_take_work(struct work *work)
{
	bool any;

	pthread_mutex_lock(&lock);
	assert(busy);
	any = reloader_has_work();
	*work = (struct work){ waiting, jobs, state_wanted,
		save_time_wanted, free_wanted };
	waiting = NULL;
	jobs = NULL;
	state_wanted = save_time_wanted = free_wanted = false;
	if (!any)
		busy = false;
	pthread_mutex_unlock(&lock);
	return any;
}

/* Who asks, a person or not. */
static struct actor
reloader_actor(const struct actor *actor)
{
	struct actor a = *actor;

	if (a.person != 0 && subuid_hands_out(SUBUID_FILE, a.person))
		a.person = 0;
	return a;
}

static bool
reloader_make_change(const struct job *job, struct change_made *out,
    struct err *e)
{
	struct snapshot *now = snapshot_take();
	const struct policy *policy = snapshot_policy(now);
	bool made = false;

	if (policy == NULL)
		err_set(e, "no policy is in force");
	else {
		struct state_place place = place_of(&policy->settings);
		struct actor actor = reloader_actor(&job->actor);

		made = change_make(&place, policy, &job->change,
		    &actor, out, e) == 0;
	}
	snapshot_drop(&now);
	return made;
}

/* Turns a list that grew at its head: the oldest comes first. */
static struct job *
reloader_reverse(struct job *list)
{
	struct job *reversed = NULL;

	while (list != NULL) {
		struct job *next = list->next;

		list->next = reversed;
		reversed = list;
		list = next;
	}
	return reversed;
}

/* Puts a change in force that was written. */
static bool
reloader_put_in_force(struct err *e)
{
	struct timespec pause = { 0, PAUSE_MS * 1000000L };

	for (int i = 0; i < TRIES; i++) {
		if (activate_reread_state())
			return true;
		nanosleep(&pause, NULL);
	}
	err_set(e, "it is written, but not in force yet: the state cannot be "
	    "read; it is tried again");
	return false;
}

static void
reloader_make_changes(struct job *newest)
{
	struct job *list = reloader_reverse(newest);

	while (list != NULL) {
		struct job *next = list->next;
		struct arena *arena = list->arena;
		struct change_made out = { .already = false };
		struct err e = { .line = 0 };
		/* It is answered when it is in force. */
		bool made = reloader_make_change(list, &out, &e) &&
		    reloader_put_in_force(&e);

		assert(arena != NULL && list->done != NULL);
		change_report_log(&list->change, &list->actor, made, &out, &e);
		list->done(made, &out, &e, list->data);
		arena_destroy(&arena);
		list = next;
	}
}

static void
reloader_answer_requests(struct reload_request *list,
    const struct reload_outcome *outcome)
{
	while (list != NULL) {
		struct reload_request *next = list->next;

		if (list->done != NULL)
			list->done(outcome, list->data);
		free(list->consent);
		free(list);
		list = next;
	}
}

/* What the requests consent to, as a list; NULL: nothing. */
static const struct consent *
reloader_consents(const struct reload_request *list)
{
	const struct consent *consents = NULL;

	for (; list != NULL; list = list->next)
		if (list->consent != NULL) {
			list->consent->next = consents;
			consents = list->consent;
		}
	return consents;
}

static void
reloader_reload(struct reload_request *requests)
{
	struct reload_outcome outcome;

	assert(policy_path != NULL && policy_path[0] == '/');
	outcome = reload_run(policy_path, reloader_consents(requests));
	reloader_answer_requests(requests, &outcome);
	reload_outcome_clear(&outcome);
}

static void
reloader_save_time_now(void)
{
	bool saved = activate_save_time();

	pthread_mutex_lock(&lock);
	save_again_ms = saved ? 0 : loop_monotonic_ms() + SAVE_AGAIN_MS;
	pthread_mutex_unlock(&lock);
}

static void *
reloader_serve_requests(void *unused ATTR_UNUSED)
{
	struct work work;

	while (reloader_take_work(&work)) {
		if (work.requests != NULL)
			reloader_reload(work.requests);
		else if (work.state)
			activate_reread_state();
		reloader_make_changes(work.jobs);
		keeper_write();
		if (work.save_time)
			reloader_save_time_now();
		if (work.free)
			snapshot_free_retired();
	}
	return NULL;
}

static int
reloader_create_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, reloader_serve_requests, NULL);
	pthread_attr_destroy(&attr);
	return r;
}

/* When it cannot be started, the work stays, and reloader_check_state() tries
 * again. */
static void
reloader_start_thread(void)
{
	int r = reloader_create_thread();
	int64_t now = loop_monotonic_ms();
	bool first;

	if (r == 0)
		warning_clear(WARNING_RELOADER);
	pthread_mutex_lock(&lock);
	first = r != 0 && stuck_ms == 0;
	if (r == 0)
		stuck_ms = 0;
	else {
		busy = false;
		stuck_ms = first ? now : stuck_ms;
	}
	pthread_mutex_unlock(&lock);
	if (r == 0)
		return;
	if (first)
		log_error("cannot start a thread to load the policy and the "
		    "state: %s; it is tried again", strerror(r));
	warning_set(WARNING_RELOADER, "cannot start a thread to load the "
	    "policy and the state: %s", strerror(r));
}

/* Under lock: whether the caller has to start the thread. */
static bool
reloader_make_busy(void)
{
	bool start = !busy && !stopped;

	busy = busy || start;
	return start;
}

/* Returns new, for free(3): one block, with its reason. */
static struct consent *
reloader_copy_consent(const struct consent *consent)
{
	struct slice reason = consent->actor.reason;
	struct consent *copy = xmalloc(sizeof(*copy) + reason.n);
	char *text = (char *)(copy + 1);

	*copy = *consent;
	copy->next = NULL;
	if (reason.n > 0)
		memcpy(text, reason.p, reason.n);
	copy->actor.reason = (struct slice){ text, reason.n };
	return copy;
}

void
reloader_request_reload(const struct consent *consent,
    void (*done)(const struct reload_outcome *outcome, void *data),
    void *data)
{
	struct reload_request *request = xcalloc(1, sizeof(*request));
	bool start;

	request->done = done;
	request->data = data;
	if (consent != NULL)
		request->consent = reloader_copy_consent(consent);
	pthread_mutex_lock(&lock);
	request->next = waiting;
	waiting = request;
	start = reloader_make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
}

/* A copy of change, its texts in a. */
static struct change
reloader_copy_change(const struct change *change, struct arena *a)
{
	struct change c = *change;
	struct slice *const texts[] = { &c.id, &c.partner, &c.key, &c.owner,
		&c.reason, &c.ticket, &c.approver, &c.ignored_client, &c.queue,
		&c.claimed_by };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = arena_copy(a, *texts[i]);
	return c;
}

void
reloader_change(const struct change *change, const struct actor *actor,
    reloader_changed_fn *done, void *data)
{
	struct arena *a = arena_create(2048);
	struct job *job = arena_alloc(a, sizeof(*job));
	bool start;

	job->arena = a;
	job->change = reloader_copy_change(change, a);
	job->actor = *actor;
	job->actor.reason = arena_copy(a, actor->reason);
	job->actor.claimed_by = arena_copy(a, actor->claimed_by);
	job->done = done;
	job->data = data;
	pthread_mutex_lock(&lock);
	job->next = jobs;
	jobs = job;
	start = reloader_make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
}

/* Sets a flag of the work that is wanted, and sees that a thread does it. */
static void
reloader_want(bool *flag)
{
	bool start;

	pthread_mutex_lock(&lock);
	*flag = true;
	start = reloader_make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
}

void
reloader_save_time(void)
{
	reloader_want(&save_time_wanted);
}

/* In any thread, such as a worker of libmilter. */
static void
reloader_request_free(void)
{
	reloader_want(&free_wanted);
}

bool
reloader_is_busy(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	is = busy;
	pthread_mutex_unlock(&lock);
	return is;
}

bool
reloader_stop(void)
{
	bool is;

	pthread_mutex_lock(&lock);
	stopped = true;
	is = busy;
	pthread_mutex_unlock(&lock);
	return !is;
}

void
reloader_check_disk(void *unused ATTR_UNUSED)
{
	char path[1024];

	if (!reloader_is_busy() && diskcheck_changed(path, sizeof(path)))
		log_notice("%s has changed on disk and is not loaded: "
		    "reload when it is ready", path);
}

static const char no_thread[] = "no thread can be started to do it";

/* Under lock: takes the requests that somebody waits for. */
static struct reload_request *
reloader_take_clients(void)
{
	struct reload_request *taken = NULL, **at = &waiting;

	while (*at != NULL) {
		struct reload_request *one = *at;

		if (one->done == NULL) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		one->next = taken;
		taken = one;
	}
	return taken;
}

static void
reloader_refuse_changes(struct job *list)
{
	while (list != NULL) {
		struct job *next = list->next;
		struct arena *arena = list->arena;
		struct change_made none = { .already = false };
		struct err e;

		err_set(&e, "%s", no_thread);
		change_report_log(&list->change, &list->actor, false, &none,
		    &e);
		list->done(false, &none, &e, list->data);
		arena_destroy(&arena);
		list = next;
	}
}

static void
reloader_refuse_reloads(struct reload_request *list)
{
	struct reload_outcome outcome = { .problems = problems_create() };

	problems_add(outcome.problems, SEVERITY_ERROR, policy_path, 0, "%s",
	    no_thread);
	err_set(&outcome.e, "%s", no_thread);
	reloader_answer_requests(list, &outcome);
	reload_outcome_clear(&outcome);
}

/* Answers requests that have waited too long for the thread. */
static void
reloader_give_up(void)
{
	struct reload_request *requests = NULL;
	struct job *list = NULL;

	pthread_mutex_lock(&lock);
	if (!busy && stuck_ms != 0 &&
	    loop_monotonic_ms() - stuck_ms >= GIVE_UP_MS) {
		list = jobs;
		jobs = NULL;
		/* A request of a signal waits for ever. */
		requests = reloader_take_clients();
	}
	pthread_mutex_unlock(&lock);
	if (requests != NULL)
		reloader_refuse_reloads(requests);
	reloader_refuse_changes(list);
}

void
reloader_check_state(void *unused ATTR_UNUSED)
{
	bool changed = activate_state_has_changed(), start;

	pthread_mutex_lock(&lock);
	state_wanted = state_wanted || changed;
	if (save_again_ms != 0 && loop_monotonic_ms() >= save_again_ms) {
		save_again_ms = 0;
		save_time_wanted = true;
	}
	/* Also what is left of an attempt to start the thread. */
	start = !busy && reloader_has_work() && reloader_make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
	reloader_give_up();
}
