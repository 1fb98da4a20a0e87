/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "milter/reload/reloader.h"
#include "conf/file/read.h"
#include "conf/snapshot.h"
#include "milter/base/loop.h"
#include "milter/log/decisionlog.h"
#include "milter/log/log.h"
#include "milter/reload/activate.h"
#include "milter/reload/diskcheck.h"
#include "policy/base/arena.h"
#include "policy/staging.h"

enum { RELOAD_NICE = 5 };

/* A change of the state that was asked for. */
struct job {
	struct arena *arena;            /* owns, this struct included */
	struct change change;
	struct actor actor;
	void (*done)(bool made, const char *id, const struct err *e,
	    void *data);
	void *data;
	struct job *next;
};

struct reload_request {
	void (*done)(bool loaded, const struct problems *problems,
	    void *data);
	void *data;
	struct reload_request *next;
};

static const char *policy_path;         /* set once */

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool busy;
static struct reload_request *waiting;  /* owns; for a reload */
static struct job *jobs;                /* owns; the newest first */
static bool state_wanted;               /* it changed on disk */
static bool save_time_wanted;           /* the time is to be saved in it */

void
reloader_init(const char *path)
{
	policy_path = path;
}

void
reloader_check_access(void)
{
	if (access(policy_path, R_OK) < 0)
		log_warning("%s: %s: a reload would fail", policy_path,
		    strerror(errno));
}

static struct policy *
reloader_read_policy(struct problems *problems)
{
	int64_t started = loop_wall_ms();
	struct policy *policy;

	assert(policy_path != NULL && policy_path[0] == '/');
	policy = policy_read(policy_path, problems);
	diskcheck_set(policy_path, policy, started);
	return policy;
}

struct first {
	struct problems *problems;
	struct policy *policy;
};

static void *
reloader_first_main(void *data)
{
	struct first *first = data;

	first->policy = reloader_read_policy(first->problems);
	return NULL;
}

struct policy *
reloader_read_at_start(struct problems *problems)
{
	struct first first = { .problems = problems };
	pthread_t thread;
	int r = pthread_create(&thread, NULL, reloader_first_main, &first);

	if (r != 0) {
		problems_add(problems, SEVERITY_ERROR, policy_path, 0,
		    "cannot start a thread to read it: %s", strerror(r));
		return NULL;
	}
	pthread_join(thread, NULL);
	return first.policy;
}

static void
reloader_log_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems_count(problems); i++) {
		const struct problem *problem = problems_get(problems, i);

		if (problem->severity == SEVERITY_ERROR)
			log_error("%s:%u: %s", problem->file,
			    problem->line, problem->text);
		else
			log_warning("%s:%u: %s", problem->file,
			    problem->line, problem->text);
	}
}

/* What the thread has to do next. */
struct work {
	struct reload_request *requests;
	struct job *jobs;
	bool state;
	bool save_time;
};

static bool
reloader_take_work(struct work *work)
{
	bool any;

	pthread_mutex_lock(&lock);
	assert(busy);
	*work = (struct work){ waiting, jobs, state_wanted,
		save_time_wanted };
	waiting = NULL;
	jobs = NULL;
	state_wanted = save_time_wanted = false;
	any = work->requests != NULL || work->jobs != NULL ||
	    work->state || work->save_time;
	if (!any)
		busy = false;
	pthread_mutex_unlock(&lock);
	return any;
}

static bool
reloader_make_change(const struct job *job, char id[CHANGE_ID], struct err *e)
{
	struct snapshot *now = snapshot_take();
	const struct policy *policy = snapshot_policy(now);
	char folder[512];
	bool made = false;

	if (policy == NULL)
		err_set(e, "no policy is in force");
	else {
		snprintf(folder, sizeof(folder), "%.*s",
		    SLICE_ARGS(policy->settings.state));
		made = change_make(folder, policy, &job->change,
		    &job->actor, id, e) == 0;
	}
	snapshot_drop(&now);
	return made;
}

static void
reloader_log_change(const struct job *job, bool made, const char *id,
    const struct err *e)
{
	const struct change *c = &job->change;
	char what[300], partner[80], exception[80], reason[200];

	slice_show(c->partner, partner, sizeof(partner));
	slice_show(c->id, exception, sizeof(exception));
	slice_show(job->actor.reason, reason, sizeof(reason));
	if (c->kind == CHANGE_STAGE)
		snprintf(what, sizeof(what), "stage of %s %s to %s%s", partner,
		    hop_name(c->hop), stage_name(c->stage),
		    c->force ? " (forced)" : "");
	else if (c->kind == CHANGE_GRANT)
		snprintf(what, sizeof(what), "exception %s for %s %s, floor "
		    "%s", id, partner, hop_name(c->hop), level_name(c->floor));
	else
		snprintf(what, sizeof(what), "%s of exception %s",
		    change_kind_name(c->kind), exception);
	log_notice("%s: %s, by uid %lu, reason %s%s%s", what,
	    made ? "done" : "refused", (unsigned long)job->actor.uid,
	    reason, made ? "" : ": ", made ? "" : e->text);
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

static void
reloader_make_changes(struct job *newest)
{
	struct job *list = reloader_reverse(newest);

	while (list != NULL) {
		struct job *next = list->next;
		struct arena *arena = list->arena;
		char id[CHANGE_ID] = "";
		struct err e = { .line = 0 };
		bool made = reloader_make_change(list, id, &e);

		reloader_log_change(list, made, id, &e);
		assert(arena != NULL && list->done != NULL);
		/* It is answered when it is in force. */
		if (made)
			activate_reread_state();
		list->done(made, id, &e, list->data);
		arena_destroy(&arena);
		list = next;
	}
}

static void
reloader_answer_requests(struct reload_request *list, bool loaded,
    const struct problems *problems)
{
	while (list != NULL) {
		struct reload_request *next = list->next;

		if (list->done != NULL)
			list->done(loaded, problems, list->data);
		free(list);
		list = next;
	}
}

/* Has the log opened that the policy now in force names. */
static void
reloader_reopen_log(void)
{
	struct snapshot *now = snapshot_take();
	const struct settings *settings = &snapshot_policy(now)->settings;

	decisionlog_reopen(settings->decisions, settings->log_max_size);
	snapshot_drop(&now);
}

static bool
reloader_reload(struct problems *problems)
{
	struct policy *policy;

	/* On Linux this affects the thread alone, for the rest of its short
	 * life: a million rows need much processor time, and mail goes
	 * first. */
	setpriority(PRIO_PROCESS, 0, RELOAD_NICE);
	policy = reloader_read_policy(problems);
	reloader_log_problems(problems);
	if (policy == NULL) {
		log_error("%s was not loaded: %zu errors; the policy read "
		    "before stays in force", policy_path,
		    problems_errors(problems));
		return false;
	}
	if (activate_next(policy)) {
		reloader_reopen_log();
		return true;
	}
	problems_add(problems, SEVERITY_ERROR, policy_path, 0, "the state in "
	    "%.*s cannot be read: not loaded, so that no stage and no "
	    "exception is lost", SLICE_ARGS(policy->settings.state));
	log_error("%s was not loaded: the state of the policy in force "
	    "cannot be read", policy_path);
	policy_destroy(&policy);
	return false;
}

static void *
reloader_serve_requests(void *unused ATTR_UNUSED)
{
	struct work work;

	while (reloader_take_work(&work)) {
		if (work.requests != NULL) {
			struct problems *problems = problems_create();
			bool loaded = reloader_reload(problems);

			reloader_answer_requests(work.requests, loaded,
			    problems);
			problems_destroy(&problems);
		} else if (work.state)
			activate_reread_state();
		reloader_make_changes(work.jobs);
		if (work.save_time)
			activate_save_time();
	}
	return NULL;
}

static void
reloader_start_thread(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	r = pthread_create(&thread, &attr, reloader_serve_requests, NULL);
	pthread_attr_destroy(&attr);
	if (r == 0)
		return;
	log_error("cannot start a thread to load the policy: %s",
	    strerror(r));
	pthread_mutex_lock(&lock);
	busy = false;
	pthread_mutex_unlock(&lock);
}

/* Under lock: whether the caller has to start the thread. */
static bool
reloader_make_busy(void)
{
	bool start = !busy;

	busy = true;
	return start;
}

void
reloader_request_reload(void (*done)(bool loaded,
    const struct problems *problems, void *data), void *data)
{
	struct reload_request *request = xcalloc(1, sizeof(*request));
	bool start;

	request->done = done;
	request->data = data;
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
		&c.reason, &c.ticket, &c.approver, &c.ignored_client };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = arena_copy(a, *texts[i]);
	return c;
}

void
reloader_change(const struct change *change, const struct actor *actor,
    void (*done)(bool made, const char *id, const struct err *e, void *data),
    void *data)
{
	struct arena *a = arena_create(2048);
	struct job *job = arena_alloc(a, sizeof(*job));
	bool start;

	job->arena = a;
	job->change = reloader_copy_change(change, a);
	job->actor = *actor;
	job->actor.reason = arena_copy(a, actor->reason);
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

void
reloader_save_time(void)
{
	bool start;

	pthread_mutex_lock(&lock);
	save_time_wanted = true;
	start = reloader_make_busy();
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
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

void
reloader_check_disk(void *unused ATTR_UNUSED)
{
	char path[1024];

	if (!reloader_is_busy() && diskcheck_changed(path, sizeof(path)))
		log_notice("%s has changed on disk and is not loaded: "
		    "reload when it is ready", path);
}

void
reloader_check_state(void *unused ATTR_UNUSED)
{
	bool start = false;

	if (!activate_state_has_changed())
		return;
	pthread_mutex_lock(&lock);
	if (!state_wanted) {
		state_wanted = true;
		start = reloader_make_busy();
	}
	pthread_mutex_unlock(&lock);
	if (start)
		reloader_start_thread();
}
