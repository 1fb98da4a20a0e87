/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <pthread.h>
#include <sys/stat.h>

#include "conf/read.h"
#include "conf/snapshot.h"
#include "milter/callbacks.h"
#include "milter/decisionlog.h"
#include "milter/journal.h"
#include "milter/loading.h"
#include "milter/negotiate.h"
#include "policy/arena.h"

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
static struct request *waiting;         /* owns */
static struct look in_force;            /* when the policy was last read */
static bool change_told;

void
loading_init(const char *path)
{
	policy_path = path;
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
	struct look before = look_at(policy_path);
	struct policy *policy = policy_read(policy_path, problems);

	/* A file that did not load is not looked at again either, until it
	 * changes: it was told what is wrong with it. */
	pthread_mutex_lock(&lock);
	in_force = before;
	change_told = false;
	pthread_mutex_unlock(&lock);
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

void
loading_put_in_force(struct policy *policy)
{
	struct snapshot *old = snapshot_take();

	if (old != NULL)
		tell_restart(&snapshot_policy(old)->settings,
		    &policy->settings);
	snapshot_drop(&old);
	callbacks_want_headers(negotiate_needs_headers(policy));
	journal_notice("policy in force: %zu partners, %zu keys, mode %s, "
	    "digest %.12s", table_partners(policy->table),
	    table_keys(policy->table), mode_name(policy->settings.mode),
	    policy->digest);
	snapshot_publish(policy, NULL);
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

static struct request *
take_requests(void)
{
	struct request *list;

	pthread_mutex_lock(&lock);
	list = waiting;
	waiting = NULL;
	if (list == NULL)
		busy = false;
	pthread_mutex_unlock(&lock);
	return list;
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

static bool
reload(struct problems *problems)
{
	struct policy *policy = read_policy(problems);

	tell_problems(problems);
	if (policy == NULL) {
		journal_error("%s was not loaded: %zu errors; the policy read "
		    "before stays in force", policy_path,
		    problems_errors(problems));
		return false;
	}
	decisionlog_reopen(policy->settings.decisions);
	loading_put_in_force(policy);
	return true;
}

static void *
serve_requests(void *unused)
{
	struct request *list;

	(void)unused;
	while ((list = take_requests()) != NULL) {
		struct problems *problems = problems_create();
		bool loaded = reload(problems);

		answer_requests(list, loaded, problems);
		problems_destroy(&problems);
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
	start = !busy;
	busy = true;
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
	struct look now = look_at(policy_path);
	bool tell;

	(void)unused;
	pthread_mutex_lock(&lock);
	tell = !busy && !change_told && !looks_equal(&now, &in_force);
	change_told = change_told || tell;
	pthread_mutex_unlock(&lock);
	if (tell)
		journal_notice("%s has changed on disk and is not loaded: "
		    "reload when it is ready", policy_path);
}
