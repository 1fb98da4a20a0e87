/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run_sessions - plays session scripts without the daemon and against it
 *
 * Runs each script of tests/sessions, or those named, as Postfix and as
 * Sendmail: through the daemon's message.c, and against the built daemon with mta
 * = "auto" and with the MTA named.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <unistd.h>

#include "policy/base/lang.h"
#include "policy/evidence/dialect.h"
#include "tests/driver/rejudge.h"
#include "tests/driver/play_daemon.h"
#include "tests/driver/play_unit.h"

struct totals {
	unsigned passed;
	unsigned failed;
	unsigned left_out;
};

struct how {
	bool postfix;
	bool unit;
	enum mta mta;
};

static const struct how hows[] = {
	{ true, true, MTA_UNKNOWN },
	{ false, true, MTA_UNKNOWN },
	{ true, false, MTA_UNKNOWN },
	{ true, false, MTA_POSTFIX },
	{ false, false, MTA_UNKNOWN },
	{ false, false, MTA_SENDMAIL },
};

static void
count(struct totals *t, unsigned failed)
{
	if (failed > 0)
		t->failed++;
	else
		t->passed++;
}

/* Puts the script's first policy in force again after a reload. */
static bool
begin_again(struct play *p, bool *changed, struct err *e)
{
	if (!*changed)
		return true;
	*changed = false;
	return p->player->reload(p, p->script->policies, e) == 0;
}

static bool
reloads(const struct session *s)
{
	for (size_t i = 0; i < s->step_count; i++)
		if (s->steps[i].kind == STEP_RELOAD)
			return true;
	return false;
}

/* Plays every session; sets failed[number] of those that fail. */
static void
play_all(struct play *p, unsigned *failed, struct totals *t)
{
	bool changed = false;

	p->number = 0;
	for (p->session = p->script->sessions; p->session != NULL;
	    p->session = p->session->next, p->number++) {
		struct err e = { 0 };

		if (!play_can(p)) {
			t->left_out++;
			continue;
		}
		if (!begin_again(p, &changed, &e)) {
			fprintf(stderr, "%s: %s\n", p->script->path, e.text);
			failed[p->number]++;
			continue;
		}
		changed = reloads(p->session);
		failed[p->number] += play_session(p);
	}
}

static void
check_all(struct play *p, unsigned *failed, struct totals *t)
{
	p->number = 0;
	for (p->session = p->script->sessions; p->session != NULL;
	    p->session = p->session->next, p->number++) {
		if (!play_can(p))
			continue;
		if (failed[p->number] == 0)
			failed[p->number] = play_records(p);
		count(t, failed[p->number]);
	}
}

enum { SESSIONS = 400 };

static int
run_unit(struct play *p, const struct how *how, const char *folder,
    struct totals *t, struct err *e)
{
	static unsigned failed[SESSIONS];
	struct unit *u = unit_create(folder, how->mta, e);
	int result;

	if (u == NULL)
		return -1;
	memset(failed, 0, sizeof(failed));
	p->player = &unit_player;
	p->data = u;
	result = unit_load(u, p->script->policies, e);
	if (result == 0) {
		play_all(p, failed, t);
		check_all(p, failed, t);
	}
	unit_destroy(&u);
	return result;
}

static int
run_daemon(struct play *p, const struct how *how, const char *folder,
    struct totals *t, struct err *e)
{
	static unsigned failed[SESSIONS];
	struct caller c = { .folder = folder,
		.mta = dialect_of(how->mta)->setting };
	int changes;

	memset(failed, 0, sizeof(failed));
	p->player = &daemon_player;
	p->data = &c;
	if (caller_start(&c, p->script->policies, e) < 0)
		return -1;
	play_all(p, failed, t);
	if (caller_stop(&c, e) < 0 || caller_records(&c, p, e) < 0)
		return -1;
	check_all(p, failed, t);
	changes = rejudge_log(&c, p, e);
	if (changes < 0)
		return -1;
	count(t, (unsigned)changes);
	return 0;
}

static int
run_script(const char *path, const struct how *how, const char *folder,
    struct totals *t, struct err *e)
{
	struct script *script = script_read(path, how->postfix, e);
	struct play p = { .script = script, .postfix = how->postfix };
	char name[64];
	int result;

	if (script == NULL)
		return -1;
	snprintf(name, sizeof(name), "%s %s, mta=%s",
	    how->unit ? "unit" : "daemon",
	    how->postfix ? "postfix" : "sendmail",
	    dialect_of(how->mta)->setting);
	p.how = name;
	p.arena = script->arena;
	p.records = json_array();
	result = how->unit ? run_unit(&p, how, folder, t, e)
	    : run_daemon(&p, how, folder, t, e);
	json_decref(p.records);
	script_destroy(&script);
	return result;
}

static void
run_all_ways(const char *path, const char *folder, bool unit, bool daemon,
    struct totals *t)
{
	for (size_t i = 0; i < COUNT_OF(hows); i++) {
		const struct how *how = &hows[i];
		struct err e = { 0 };

		if (how->unit ? !unit : !daemon)
			continue;
		if (run_script(path, how, folder, t, &e) < 0) {
			fprintf(stderr, "%s:%u: %s, mta=%s: %s\n", path,
			    e.line, how->unit ? "unit" : "daemon",
			    dialect_of(how->mta)->setting, e.text);
			t->failed++;
		}
	}
}

static void
remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[512];

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(folder);
}

static void
run_usual(const char *folder, bool unit, bool daemon, struct totals *t)
{
	const char *source = getenv("srcdir");
	char pattern[512];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/sessions/*.session",
	    source != NULL ? source : ".");
	if (glob(pattern, 0, NULL, &found) != 0) {
		fprintf(stderr, "run_sessions: no %s\n", pattern);
		t->failed++;
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_all_ways(found.gl_pathv[i], folder, unit, daemon, t);
	globfree(&found);
}

static int
usage(void)
{
	fprintf(stderr, "usage: run_sessions [-u | -d] [SCRIPT...]\n"
	    "-u: only without the daemon, -d: only against it\n");
	return 2;
}

int
main(int argc, char **argv)
{
	char folder[] = "/tmp/enforcetls-sessions.XXXXXX";
	bool unit = true, daemon = true;
	struct totals t = { 0 };
	int option;

	while ((option = getopt(argc, argv, "ud")) != -1)
		if (option == 'u')
			daemon = false;
		else if (option == 'd')
			unit = false;
		else
			return usage();
	if (mkdtemp(folder) == NULL) {
		perror("run_sessions: mkdtemp");
		return 2;
	}
	if (optind == argc)
		run_usual(folder, unit, daemon, &t);
	for (int i = optind; i < argc; i++)
		run_all_ways(argv[i], folder, unit, daemon, &t);
	remove_folder(folder);
	printf("%u sessions cannot be shown this way\n", t.left_out);
	/* In cmocka's words: contrib/check adds these numbers up. */
	printf("[  PASSED  ] %u test(s).\n", t.passed);
	if (t.failed > 0)
		printf("[  FAILED  ] %u test(s).\n", t.failed);
	return t.failed > 0 || t.passed == 0 ? 1 : 0;
}
