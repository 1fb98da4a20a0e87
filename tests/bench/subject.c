/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "tests/bench/subject.h"
#include "tests/driver/filter.h"

static int
write_table(const char *path, unsigned rows, struct err *e)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return err_errno(e, "%s", path);
	for (unsigned i = 0; i < rows; i++)
		fprintf(f, "d%07u.bench.test @bench\n", i);
	return fclose(f) == 0 ? 0 : err_errno(e, "%s", path);
}

static int
write_policy(const struct subject *s, const char *path, struct err *e)
{
	const struct passwd *me = getpwuid(geteuid());
	FILE *f = fopen(path, "w");

	if (f == NULL)
		return err_errno(e, "%s", path);
	fprintf(f, "format = 1;\nmode = \"enforce\";\n"
	    "milter = { listen = \"%s\"; mta = \"auto\"; };\n"
	    "map = { postfix_version = \"3.7\"; };\n"
	    "state = \"%s\";\nuser = \"%s\";\n", s->where, s->folder,
	    me != NULL ? me->pw_name : "root");
	if (s->logs)
		fprintf(f, "log = { decisions = \"%s/decisions.jsonl\"; };\n",
		    s->folder);
	if (s->rows > 0)
		fprintf(f, "tables = [ \"%s/rows\" ];\n", s->folder);
	fprintf(f, "partners = (\n"
	    "  { name = \"bench\"; domains = [ \"bench.test\" ];\n"
	    "    entry = { level = \"encrypt\"; stage = \"reject\"; }; },\n"
	    "  { name = \"strict\"; domains = [ \"strict.bench.test\" ];\n"
	    "    entry = { level = \"encrypt\"; min_tls = \"1.3\";\n"
	    "              stage = \"reject\"; }; }\n);\n");
	return fclose(f) == 0 ? 0 : err_errno(e, "%s", path);
}

static int
start_daemon(struct subject *s, const char *sock, struct err *e)
{
	char conf[SUBJECT_PATH + 32], table[SUBJECT_PATH + 32];
	const char *const argv[] = { daemon_program(), "-f", "-c", conf,
		NULL };

	snprintf(conf, sizeof(conf), "%s/enforcetls.conf", s->folder);
	snprintf(table, sizeof(table), "%s/rows", s->folder);
	if (write_policy(s, conf, e) < 0
	    || (s->rows > 0 && write_table(table, s->rows, e) < 0))
		return -1;
	s->start_ms = now_ms();
	return daemon_start(&s->daemon, argv, sock, e);
}

/* The path of a program in our own folder. */
static const char *
sibling(const char *name, char *out, size_t size)
{
	const char *folder = getenv("BENCH_PROGRAMS");

	snprintf(out, size, "%s/%s", folder != NULL ? folder
	    : "tests/bench", name);
	return out;
}

static int
start_bare(struct subject *s, const struct subject *like, const char *sock,
    struct err *e)
{
	struct offer offer = { .actions = WIRE_ACTIONS,
		.steps = WIRE_STEPS, .postfix = true };
	struct filter *f = filter_open(like->where, &offer, e);
	const char *argv[5 + AT_COUNT] = { NULL };
	char program[SUBJECT_PATH], actions[16], steps[16];
	const struct terms *t;
	int result;

	if (f == NULL)
		return -1;
	t = filter_terms(f);
	snprintf(actions, sizeof(actions), "%x", (unsigned)t->actions);
	snprintf(steps, sizeof(steps), "%x", (unsigned)t->steps);
	argv[0] = sibling("bare", program, sizeof(program));
	argv[1] = s->where;
	argv[2] = actions;
	argv[3] = steps;
	for (int i = 0; i < AT_COUNT; i++)
		argv[4 + i] = t->symbols[i] != NULL ? t->symbols[i] : "-";
	result = daemon_start(&s->daemon, argv, sock, e);
	filter_quit(&f);
	return result;
}

int
subject_start(struct subject *s, const char *folder,
    const struct subject *like, struct err *e)
{
	char sock[SUBJECT_PATH + 16], program[SUBJECT_PATH];
	int result;

	snprintf(s->folder, sizeof(s->folder), "%s/%s", folder, s->name);
	if (mkdir(s->folder, 0700) < 0 && errno != EEXIST)
		return err_errno(e, "%s", s->folder);
	snprintf(sock, sizeof(sock), "%s/s", s->folder);
	snprintf(s->where, sizeof(s->where), "unix:%s/s", s->folder);
	s->start_ms = now_ms();
	if (strcmp(s->kind, "daemon") == 0) {
		result = start_daemon(s, sock, e);
	} else if (strcmp(s->kind, "bare") == 0) {
		result = start_bare(s, like, sock, e);
	} else {
		const char *const argv[] = { sibling(s->kind, program,
		    sizeof(program)), s->where, NULL };

		result = daemon_start(&s->daemon, argv, sock, e);
	}
	s->start_ms = now_ms() - s->start_ms;
	return result;
}

int
subject_stop(struct subject *s, struct err *e)
{
	int result;

	if (s->daemon.pid <= 0)
		return 0;
	/* Filters on libmilter need five seconds to stop; only the daemon gets
	 * SIGTERM. */
	result = daemon_stop(&s->daemon, strcmp(s->kind, "daemon") == 0
	    ? SIGTERM : SIGKILL, e);
	daemon_clear(&s->daemon);
	return result;
}
