/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enforcetlsd - the daemon: from its options to its end
 */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf/base/standardio.h"
#include "conf/snapshot.h"
#include "milter/base/arenapool.h"
#include "milter/base/loop.h"
#include "milter/base/privileges.h"
#include "milter/base/readiness.h"
#include "milter/base/refid.h"
#include "milter/listeners.h"
#include "milter/log/decisionlog.h"
#include "milter/log/faults.h"
#include "milter/log/log.h"
#include "milter/log/logkeep.h"
#include "milter/milter_thread.h"
#include "milter/reload/activate.h"
#include "milter/reload/diskcheck.h"
#include "milter/reload/diskwatch.h"
#include "milter/reload/expiry.h"
#include "milter/reload/keeper.h"
#include "milter/reload/reloader.h"
#include "milter/reload/restart.h"
#include "milter/reload/startup.h"
#include "milter/session/drain.h"
#include "milter/session/macro_check.h"
#include "milter/session/message.h"
#include "policy/base/jsontext.h"

#define DEFAULT_POLICY SYSCONFDIR "/enforcetls/enforcetls.conf"

enum {
	/* How long open messages may take to end at a stop. */
	DRAIN_MS = 400,
	/* How long a disk that fails may delay a stop. */
	LOG_GRACE_MS = 200,
	/* For the removal of a file that is under way. */
	KEEP_GRACE_S = 1,
	/* How long who reads our lines may delay a stop, or the moment at
	 * which the terminal is left. */
	READER_GRACE_MS = 200,
	/* How long a look at the disk may delay a stop. */
	DISK_GRACE_MS = 100,
	/* How long the event loop may take to end. */
	LOOP_GRACE_MS = 250,
	/* How long libmilter's threads get to send their last answers. */
	ANSWERS_MS = 50,
	REPORT_MS = 1000,
	CHECK_MS = 2000
};

struct options {
	const char *file;
	bool foreground;
	bool check_only;
};

static const char usage[] =
    "usage: enforcetlsd [-fhnV] [-c file]\n"
    "  -c file  the policy, instead of " DEFAULT_POLICY "\n"
    "  -f       stay in the foreground\n"
    "  -n       check the policy and exit\n"
    "  -V       print the version and exit\n";

/* Returns -1 to go on, or the exit status. */
static int
enforcetlsd_read_options(int argc, char **argv, struct options *out)
{
	int c;

	*out = (struct options){ .file = DEFAULT_POLICY };
	while ((c = getopt(argc, argv, "c:fhnV")) != -1) {
		switch (c) {
		case 'c':
			out->file = optarg;
			break;
		case 'f':
			out->foreground = true;
			break;
		case 'n':
			out->check_only = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		case 'V':
			puts(PACKAGE_STRING);
			return EX_OK;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fputs(usage, stderr);
	return EX_USAGE;
}

/*
 * All signals are blocked before any thread starts, ours or libmilter's. Only
 * SIGHUP stays unblocked and is ignored, so that the kernel discards it.
 * Blocked, it would reach libmilter's own thread, which stops on it
 * (FACTS 99).
 */
static void
enforcetlsd_block_signals(void)
{
	sigset_t all;

	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigfillset(&all);
	sigdelset(&all, SIGHUP);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
}

/* A session needs a descriptor, and the default limit is a thousand. */
static void
enforcetlsd_raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int
enforcetlsd_check_only(void)
{
	struct problems *problems = problems_create();
	struct policy_read read = reloader_read_at_start(problems);
	int status = read.policy == NULL ? EX_CONFIG : EX_OK;

	problems_print(problems, stderr);
	policyread_clear(&read);
	problems_destroy(&problems);
	return status;
}

static int
enforcetlsd_fail(int status, const struct err *e)
{
	log_error("%s", e->text);
	return status;
}

static int
enforcetlsd_fail_to_bind(const struct policy_read *read, int status,
    const struct err *e)
{
	if (!read->binds_as_user)
		return enforcetlsd_fail(status, e);
	log_error("%s: root does not bind the sockets of the kept policy, "
	    "which the policy file does not name as far as it can be read: "
	    "correct the file", e->text);
	return status;
}

/* Everything that may need root. EX_OK or an exit status. */
static int
enforcetlsd_bind_all(struct listeners **listeners,
    const struct policy_read *read)
{
	const struct settings *settings = &read->policy->settings;
	struct unix_user user;
	struct err e;
	int status;

	if (privileges_find(settings->user, &user, &e) < 0)
		return enforcetlsd_fail(EX_CONFIG, &e);
	if (read->binds_as_user && privileges_drop(&user, &e) < 0)
		return enforcetlsd_fail(EX_NOPERM, &e);
	*listeners = listeners_open(settings, &user, &status, &e);
	if (*listeners == NULL)
		return enforcetlsd_fail_to_bind(read, status, &e);
	if (privileges_drop(&user, &e) < 0)
		return enforcetlsd_fail(EX_NOPERM, &e);
	reloader_check_access();
	if (geteuid() == 0)
		log_warning("runs as root: set `user` to somebody else");
	return EX_OK;
}

static void
enforcetlsd_report_faults(void *unused ATTR_UNUSED)
{
	macro_check_report();
	faults_report(loop_monotonic_ms());
}

/* The reloader's thread may still run when the listeners are freed. */
static pthread_mutex_t served_lock = PTHREAD_MUTEX_INITIALIZER;
static struct listeners *served;        /* under served_lock; NULL: none */

static void
enforcetlsd_set_served(struct listeners *listeners)
{
	pthread_mutex_lock(&served_lock);
	served = listeners;
	pthread_mutex_unlock(&served_lock);
}

/* Under served_lock. What cannot be opened now waits for a restart. */
static void
enforcetlsd_follow(bool is_map, const char *setting,
    const struct settings *settings)
{
	struct err e;

	if (listeners_follow(served, is_map, settings, &e) == 0)
		restart_opened(setting, settings);
	else
		restart_not_opened(setting, e.text);
}

/* Where a command finds this daemon, whatever is on disk. */
static void
enforcetlsd_note_controls(const struct listeners *listeners)
{
	json_t *note = json_object();

	json_object_set_new(note, "policy",
	    jsontext_exact(slice_of(reloader_path())));
	json_object_set_new(note, "control", listeners_controls(listeners));
	keeper_set_note(jsontext_dump(note, JSONTEXT_LINE));
	json_decref(note);
}

static void
enforcetlsd_on_loaded(void)
{
	struct snapshot *now = snapshot_take();

	pthread_mutex_lock(&served_lock);
	if (served != NULL) {
		enforcetlsd_follow(true, "map.listen",
		    &snapshot_policy(now)->settings);
		enforcetlsd_follow(false, "control.listen",
		    &snapshot_policy(now)->settings);
		listeners_reloaded(served);
		enforcetlsd_note_controls(served);
	}
	pthread_mutex_unlock(&served_lock);
	restart_review(&snapshot_policy(now)->settings);
	snapshot_drop(&now);
}

static int
enforcetlsd_open_loop(struct err *e)
{
	if (loop_open(e) < 0 ||
	    loop_every(REPORT_MS, enforcetlsd_report_faults, NULL, e) < 0 ||
	    loop_every(CHECK_MS, expiry_check, NULL, e) < 0)
		return -1;
	return 0;
}

/* Waits for SIGUSR1, which libmilter's own thread does not wait for. */
static void *
enforcetlsd_wait_for_reload(void *unused ATTR_UNUSED)
{
	sigset_t reload;
	int signal;

	sigemptyset(&reload);
	sigaddset(&reload, SIGUSR1);
	for (;;)
		if (sigwait(&reload, &signal) == 0)
			reloader_request_reload(NULL, NULL, NULL);
	return NULL;
}

/* Everything that can fail and must be ready before the first question. EX_OK
 * or an exit status. */
static int
enforcetlsd_prepare_threads(struct listeners *listeners,
    const struct settings *settings)
{
	struct err e;

	message_register();
	faults_register();
	decisionlog_set_key(settings->log_key);
	if (decisionlog_start(settings->decisions, settings->log_max_size,
	    &e) < 0)
		return enforcetlsd_fail(EX_CANTCREAT, &e);
	logkeep_set(settings->decisions, settings->log_keep);
	if (enforcetlsd_open_loop(&e) < 0 || listeners_serve(listeners, &e) < 0)
		return enforcetlsd_fail(EX_OSERR, &e);
	enforcetlsd_set_served(listeners);
	enforcetlsd_note_controls(listeners);
	activate_on_next(enforcetlsd_on_loaded);
	return EX_OK;
}

/* Starts all threads of our own. The policy must be in force: the loop answers
 * the map's questions. */
static int
enforcetlsd_start_threads(void)
{
	pthread_t reloader;
	struct err e;

	if (loop_start(&e) < 0)
		return enforcetlsd_fail(EX_OSERR, &e);
	if (pthread_create(&reloader, NULL, enforcetlsd_wait_for_reload,
		NULL) != 0) {
		err_set(&e, "cannot start a thread");
		return enforcetlsd_fail(EX_OSERR, &e);
	}
	pthread_detach(reloader);
	if (diskwatch_start(&e) < 0 || logkeep_start(&e) < 0)
		return enforcetlsd_fail(EX_OSERR, &e);
	return EX_OK;
}

/* Through the queue: whoever started the daemon may not read. */
static void
enforcetlsd_print_problems(const struct problems *problems)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	if (out == NULL)
		return;
	problems_print(problems, out);
	if (fclose(out) == 0 && n > 0)
		log_text((struct slice){ text, n });
	free(text);
}

/* Reads the policy that is to run, and reports the problems of that on disk.
 * *is_kept: it is in the state folder. EX_OK or an exit status. */
static int
enforcetlsd_read(const char *file, struct policy_read *read, bool *is_kept)
{
	struct problems *problems = problems_create();

	*read = reloader_read_at_start(problems);
	enforcetlsd_print_problems(problems);
	*is_kept = read->policy == NULL
	    ? startup_restore_for(file, problems, read)
	    : startup_choose(read, loop_wall_ms() / 1000);
	problems_destroy(&problems);
	return read->policy == NULL ? EX_CONFIG : EX_OK;
}

static int
enforcetlsd_start(const char *file, struct listeners **listeners)
{
	struct policy_read read;
	bool is_kept = false;
	struct err e;
	int status = enforcetlsd_read(file, &read, &is_kept);

	if (status == EX_OK)
		status = enforcetlsd_bind_all(listeners, &read);
	if (status == EX_OK)
		status = enforcetlsd_prepare_threads(*listeners,
		    &read.policy->settings);
	if (status != EX_OK) {
		policyread_clear(&read);
		return status;
	}
	assert(*listeners != NULL);
	restart_note(&read.policy->settings);
	startup_end_departed(&read);
	activate_first(read.policy);
	keeper_take(read.archive, is_kept, &read.e);
	status = enforcetlsd_start_threads();
	if (status != EX_OK)
		return status;
	if (!listeners_have_milter(*listeners))
		log_warning("milter is not set: no mail that arrives is "
		    "judged, and the MTA cannot connect");
	else if (milter_thread_start(&e) < 0)
		return enforcetlsd_fail(EX_OSERR, &e);
	return EX_OK;
}

/* What the main thread does. libmilter's own signal thread waits for the same
 * two signals; the kernel prefers the main thread. */
static int
enforcetlsd_wait_for_stop(void)
{
	sigset_t stop;
	int signal = 0;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	while (sigwait(&stop, &signal) != 0)
		continue;
	if (milter_thread_has_failed()) {
		log_error("libmilter ended by itself; its reason is in "
		    "the mail log");
		return EX_SOFTWARE;
	}
	return EX_OK;
}

/* Defers new recipients and gives open messages a moment to end. */
static void
enforcetlsd_drain(void)
{
	struct timespec pause = { 0, 10 * 1000000L };

	drain_begin();
	for (int waited = 0; waited < DRAIN_MS && message_count() > 0;
	     waited += 10)
		nanosleep(&pause, NULL);
}

/* Waits until no callback runs and records the open messages; false: one still
 * runs. libmilter gets a moment to send its last answers. */
static bool
enforcetlsd_end_callbacks(void)
{
	struct timespec pause = { 0, ANSWERS_MS * 1000000L };

	if (!drain_close())
		return false;
	message_abandon_all();
	nanosleep(&pause, NULL);
	return true;
}

/* Returns whether memory may be freed: no other thread uses it any more. */
static bool
enforcetlsd_stop(struct listeners **listeners)
{
	bool quiet, idle;

	assert(*listeners != NULL);
	readiness_report_stopping();
	enforcetlsd_drain();
	quiet = enforcetlsd_end_callbacks();
	/* A policy that is just being read is not waited for. */
	idle = reloader_stop();
	enforcetlsd_set_served(NULL);
	if (loop_stop(LOOP_GRACE_MS))
		listeners_end(*listeners);
	else
		idle = false;
	quiet = diskwatch_stop(DISK_GRACE_MS) && quiet;
	enforcetlsd_report_faults(NULL);
	quiet = logkeep_stop(KEEP_GRACE_S) && quiet;
	quiet = decisionlog_stop(LOG_GRACE_MS) && quiet;
	listeners_close(listeners);
	log_notice("stopped");
	return quiet && idle;
}

/* For leak checkers only. */
static void
enforcetlsd_clean_up(void)
{
	loop_close();
	arenapool_clear();
	snapshot_clear();
	diskcheck_clear();
	keeper_clear();
}

/* The threads that write to syslog and standard error. */
static int
enforcetlsd_start_log(void)
{
	struct err e;

	return log_start(&e) < 0 ? enforcetlsd_fail(EX_OSERR, &e) : EX_OK;
}

static int
enforcetlsd_detach(void)
{
	struct err e;

	if (readiness_detach(&e) < 0)
		return enforcetlsd_fail(EX_OSERR, &e);
	return EX_OK;
}

static int
enforcetlsd_run(const struct options *options)
{
	struct listeners *listeners = NULL;
	int status = options->foreground ? EX_OK : enforcetlsd_detach();

	if (status == EX_OK)
		status = enforcetlsd_start_log();
	if (status == EX_OK)
		status = enforcetlsd_start(options->file, &listeners);
	if (status != EX_OK) {
		listeners_close(&listeners);
		return status;
	}
	if (!options->foreground) {
		if (chdir("/") < 0)
			log_warning("cannot change to the folder /");
		log_open(LOG_TO_SYSLOG);
		log_flush(READER_GRACE_MS);
	}
	readiness_report_ready();
	log_notice(PACKAGE_STRING " %s", listeners_have_milter(listeners)
		? "takes mail" : "serves the map");
	status = enforcetlsd_wait_for_stop();
	if (!enforcetlsd_stop(&listeners)) {
		log_flush(READER_GRACE_MS);
		_exit(status);
	}
	enforcetlsd_clean_up();
	return status;
}

/* The absolute path of the policy, for free(3); NULL with errno. A file that is
 * gone may have one all the same: what was kept of it is found by that. */
static char *
enforcetlsd_path_of(const char *file)
{
	char *path = realpath(file, NULL);

	return path == NULL && errno == ENOENT && file[0] == '/'
	    ? strdup(file) : path;
}

int
main(int argc, char **argv)
{
	struct options options;
	char *path;
	int status;

	if (standardio_open() < 0)
		return EX_OSERR;
	status = enforcetlsd_read_options(argc, argv, &options);
	if (status != -1)
		return status;
	umask(027);
	enforcetlsd_block_signals();
	log_open(LOG_TO_STDERR);
	path = enforcetlsd_path_of(options.file);
	if (path == NULL) {
		log_error("%s: %s", options.file, strerror(errno));
		return EX_CONFIG;
	}
	options.file = path;
	reloader_init(path);
	refid_init(loop_wall_ms());
	enforcetlsd_raise_descriptors();
	status = options.check_only ? enforcetlsd_check_only()
				    : enforcetlsd_run(&options);
	free(path);
	/* exit(3) would wait for a thread whose reader does not read. */
	if (!log_flush(READER_GRACE_MS))
		_exit(status);
	return status;
}
