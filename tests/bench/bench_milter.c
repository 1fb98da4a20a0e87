/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_milter - measures enforcetlsd and the filters it is compared with
 *
 * All filters run at once and are loaded in turn, in rounds. Each figure is the
 * median of the rounds, each ratio the median of the ratios within a round.
 * Nothing about time is asserted; a wrong answer is a failure.
 */
#include "config.h"

#include <sys/stat.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "policy/base/lang.h"
#include "tests/bench/load.h"
#include "tests/bench/subject.h"
#include "tests/driver/filter.h"

enum { ROUNDS = 3, MOST_ROUNDS = 31 };
enum { PARKED = 9000, MANY = 100, BUSY_BESIDE = 16 };
/* Messages a second while the table is reloaded. */
enum { STEADY = 5000 };
enum { BARE, FOUR, DAEMON, LOGGING, SUBJECTS };

struct figure {
	double per_second;              /* decisions */
	double cpu_us;                  /* of the filter, a message */
	double rss;                     /* MiB */
};

struct bench {
	struct subject subject[SUBJECTS];
	double seconds;
	unsigned largest;               /* number of busy sessions */
	unsigned long wrong;
	unsigned rounds;
	struct figure figure[SUBJECTS][MOST_ROUNDS];
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *list, size_t n)
{
	qsort(list, n, sizeof(*list), compare);
	return list[n / 2];
}

static int
measure(struct bench *b, unsigned which, const struct load *shape,
    struct figure *out, struct err *e)
{
	struct subject *s = &b->subject[which];
	struct load load = *shape;
	struct load_result r;
	struct sessions *list;
	unsigned long cpu;

	load.where = s->where;
	load.rows = ROWS;
	load.seconds = b->seconds;
	load.enforcing = which >= DAEMON;
	list = load_open(&load, e);
	if (list == NULL)
		return -1;
	cpu = daemon_cpu_us(&s->daemon);
	if (load_run(list, &r, e) < 0) {
		load_close(&list);
		return -1;
	}
	cpu = daemon_cpu_us(&s->daemon) - cpu;
	out->per_second = (double)r.decisions / r.seconds;
	out->cpu_us = r.messages > 0 ? (double)cpu / (double)r.messages : 0;
	out->rss = (double)daemon_memory(&s->daemon, "VmRSS") / 1024;
	load_close(&list);
	daemon_read_output(&s->daemon);
	if (r.wrong > 0) {
		b->wrong += r.wrong;
		fprintf(stderr, "bench_milter: %s: %lu wrong answers, the "
		    "first: %s\n", s->name, r.wrong, r.first_wrong);
	}
	return 0;
}

static double
middle(const struct bench *b, unsigned which, double (*of)(const struct bench *,
    unsigned, unsigned))
{
	double list[MOST_ROUNDS];

	for (unsigned r = 0; r < b->rounds; r++)
		list[r] = of(b, which, r);
	return median(list, b->rounds);
}

static double
speed(const struct bench *b, unsigned which, unsigned round)
{
	return b->figure[which][round].per_second;
}

static double
cpu(const struct bench *b, unsigned which, unsigned round)
{
	return b->figure[which][round].cpu_us;
}

static double
memory(const struct bench *b, unsigned which, unsigned round)
{
	return b->figure[which][round].rss;
}

static double
speed_of_bare(const struct bench *b, unsigned which, unsigned round)
{
	return speed(b, which, round) / speed(b, BARE, round);
}

static double
speed_of_four(const struct bench *b, unsigned which, unsigned round)
{
	return speed(b, which, round) / speed(b, FOUR, round);
}

static double
cpu_of_four(const struct bench *b, unsigned which, unsigned round)
{
	return cpu(b, which, round) / cpu(b, FOUR, round);
}

static int
bench_shape(struct bench *b, const struct load *shape, struct err *e)
{
	if (shape->sessions + shape->parked > b->largest)
		return 0;
	for (unsigned r = 0; r < b->rounds; r++)
		for (unsigned i = 0; i < SUBJECTS; i++)
			if (measure(b, i, shape, &b->figure[i][r], e) < 0)
				return -1;
	for (unsigned i = 0; i < SUBJECTS; i++)
		printf("%8u %6u %5u  %-15s %8.0f %7.2f %7.2f %7.1f %8.2f "
		    "%6.1f\n", shape->sessions, shape->parked,
		    shape->messages, b->subject[i].name, middle(b, i, speed),
		    middle(b, i, speed_of_bare), middle(b, i, speed_of_four),
		    middle(b, i, cpu), middle(b, i, cpu_of_four),
		    middle(b, i, memory));
	fflush(stdout);
	return 0;
}

/* Memory of the process for each silent session, in bytes. */
static int
bench_idle(struct bench *b, struct err *e)
{
	printf("\n%-16s %14s %18s\n", "filter", "process KiB",
	    "idle session, B");
	for (unsigned i = 0; i < SUBJECTS; i++) {
		struct subject s = b->subject[i];
		struct load load = { .where = s.where, .parked = PARKED,
			.messages = 1, .rows = ROWS };
		unsigned long before, after;
		struct sessions *list;

		if (i == LOGGING)
			continue;
		s.rows = 0;
		s.name = "idle";
		if (subject_start(&s, b->subject[DAEMON].folder,
		    &b->subject[DAEMON], e) < 0)
			return -1;
		load.where = s.where;
		before = daemon_memory(&s.daemon, "VmRSS");
		list = load_open(&load, e);
		if (list == NULL)
			return -1;
		after = daemon_memory(&s.daemon, "VmRSS");
		load_close(&list);
		printf("%-16s %14lu %18.0f\n", b->subject[i].name, before,
		    (double)(after - before) * 1024 / PARKED);
		if (subject_stop(&s, e) < 0)
			return -1;
	}
	return 0;
}

/* Sends one RCPT in a new session. */
static int
decide_once(const char *where, struct err *e)
{
	const char *const mail[] = { "<a@partner.example>", NULL };
	const char *const rcpt[] = { "<user@bench.test>", NULL };
	struct offer offer = { .actions = WIRE_ACTIONS,
		.steps = WIRE_STEPS, .postfix = true };
	struct filter *f = filter_open(where, &offer, e);
	struct answer a;
	int result = -1;

	if (f == NULL)
		return -1;
	filter_set(f, "v", "Postfix 3.7.11");
	filter_set(f, "{client_addr}", "192.0.2.25");
	filter_set(f, "{mail_addr}", "a@partner.example");
	filter_set(f, "{rcpt_addr}", "user@bench.test");
	filter_set(f, "{rcpt_host}", "bench.test");
	filter_set(f, "{rcpt_mailer}", "smtp");
	if (filter_mail(f, mail, &a, e) == 0
	    && filter_rcpt(f, rcpt, &a, e) == 0)
		result = a.kind == SMFIR_REPLYCODE ? 0 : err_set(e,
		    "plaintext was answered '%c'", a.kind);
	filter_quit(&f);
	return result;
}

static int
bench_start(struct bench *b, unsigned rows, struct err *e)
{
	double first[ROUNDS], gone[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		struct subject s = { .name = "start", .kind = "daemon",
			.rows = rows };
		double ready, start;

		if (subject_start(&s, b->subject[DAEMON].folder, NULL, e) < 0)
			return -1;
		ready = now_ms();
		if (decide_once(s.where, e) < 0)
			return -1;
		first[r] = s.start_ms + now_ms() - ready;
		start = now_ms();
		if (subject_stop(&s, e) < 0)
			return -1;
		gone[r] = now_ms() - start;
	}
	printf("%u rows: first decision after %.1f ms, stopped in %.1f ms\n",
	    rows, median(first, ROUNDS), median(gone, ROUNDS));
	return 0;
}

/* Reloads the table without a pause until stopped. */
struct reloader {
	struct daemon *daemon;
	atomic_bool stop;
	unsigned count;
};

static void *
reload_on(void *data)
{
	struct reloader *r = data;

	while (!atomic_load(&r->stop)) {
		size_t from = r->daemon->output_n;

		daemon_signal(r->daemon, SIGUSR1);
		if (!daemon_printed(r->daemon, from, "in force"))
			break;
		r->count++;
	}
	return NULL;
}

/* A second or more at a steady rate, with or without reloads meanwhile. */
static int
run_steadily(struct bench *b, bool reloading, struct load_result *out,
    unsigned *reloads, struct err *e)
{
	struct subject *s = &b->subject[DAEMON];
	struct load load = { .where = s->where, .sessions = BUSY_BESIDE,
		.messages = MANY, .rows = ROWS, .seconds = b->seconds,
		.rate = STEADY, .enforcing = true };
	struct reloader r = { .daemon = &s->daemon };
	struct sessions *list = load_open(&load, e);
	pthread_t thread;
	int result;

	if (list == NULL)
		return -1;
	daemon_read_output(&s->daemon);
	if (reloading)
		pthread_create(&thread, NULL, reload_on, &r);
	result = load_run(list, out, e);
	atomic_store(&r.stop, true);
	if (reloading)
		pthread_join(thread, NULL);
	*reloads = r.count;
	load_close(&list);
	b->wrong += out->wrong;
	return result;
}

static int
bench_reload(struct bench *b, struct err *e)
{
	double p99[2][MOST_ROUNDS];

	printf("\n%u messages a second; milliseconds from RCPT to its "
	    "answer\n\n", (unsigned)STEADY);
	printf("%-16s %8s %8s %8s %8s %8s %8s\n", "table", "dec/s", "p50",
	    "p99", "worst", "> 10 ms", "reloads");
	for (unsigned r = 0; r < b->rounds; r++)
		for (unsigned on = 0; on < 2; on++) {
			struct load_result result;
			unsigned reloads;

			if (run_steadily(b, on == 1, &result, &reloads, e)
			    < 0)
				return -1;
			p99[on][r] = result.p99_ms;
			printf("%-16s %8.0f %8.3f %8.3f %8.3f %8lu %8u\n",
			    on ? "reloaded" : "as it is",
			    (double)result.decisions / result.seconds,
			    result.p50_ms, result.p99_ms, result.worst_ms,
			    result.late, reloads);
		}
	printf("p99 with reloads: %.2f of without\n",
	    median(p99[1], b->rounds) / median(p99[0], b->rounds));
	return 0;
}

static int
bench_all(struct bench *b, struct err *e)
{
	static const struct load shapes[] = {
		{ .sessions = 1, .messages = MANY },
		{ .sessions = 16, .messages = MANY },
		{ .sessions = 256, .messages = MANY },
		{ .sessions = 1000, .messages = MANY },
		{ .sessions = 5000, .messages = MANY },
		{ .sessions = BUSY_BESIDE, .parked = PARKED,
		    .messages = MANY },
		{ .sessions = 16, .messages = 1 },
		{ .sessions = 256, .messages = 1 },
	};

	printf("busy sessions, parked ones, messages a session, "
	    "decisions a second,\nCPU of the filter a message\n\n");
	printf("%8s %6s %5s  %-15s %8s %7s %7s %7s %8s %6s\n", "sessions",
	    "parked", "msgs", "filter", "dec/s", "x bare", "x four",
	    "CPU us", "CPU/four", "MiB");
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (bench_shape(b, &shapes[i], e) < 0)
			return -1;
	if (bench_reload(b, e) < 0 || bench_idle(b, e) < 0)
		return -1;
	putchar('\n');
	if (bench_start(b, 0, e) < 0 || bench_start(b, ROWS, e) < 0)
		return -1;
	return 0;
}

static int
start_all(struct bench *b, const char *folder, struct err *e)
{
	static const unsigned order[] = { DAEMON, LOGGING, BARE, FOUR };

	for (size_t i = 0; i < SUBJECTS; i++)
		if (subject_start(&b->subject[order[i]], folder,
		    &b->subject[DAEMON], e) < 0)
			return -1;
	return 0;
}

static int
run(struct bench *b, const char *folder)
{
	struct err e = { 0 };
	int result = start_all(b, folder, &e) == 0 && bench_all(b, &e) == 0
	    ? 0 : 1;

	if (result != 0)
		fprintf(stderr, "bench_milter: %s\n", e.text);
	for (unsigned i = 0; i < SUBJECTS; i++)
		if (subject_stop(&b->subject[i], &e) < 0) {
			fprintf(stderr, "bench_milter: %s: %s\n",
			    b->subject[i].name, e.text);
			result = 1;
		}
	if (b->wrong > 0)
		result = 1;
	printf("%lu wrong answers\n", b->wrong);
	return result;
}

int
main(int argc, char **argv)
{
	static struct bench b = {
		.subject = {
			[BARE] = { .name = "bare", .kind = "bare" },
			[FOUR] = { .name = "four", .kind = "four" },
			[DAEMON] = { .name = "enforcetlsd",
			    .kind = "daemon", .rows = ROWS },
			[LOGGING] = { .name = "enforcetlsd+log",
			    .kind = "daemon", .rows = ROWS, .logs = true },
		},
		.seconds = 2,
		.rounds = ROUNDS,
		.largest = PARKED + BUSY_BESIDE,
	};
	int option;

	while ((option = getopt(argc, argv, "t:n:r:")) != -1)
		if (option == 't')
			b.seconds = strtod(optarg, NULL);
		else if (option == 'n')
			b.largest = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			b.rounds = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 2;
	if (optind + 1 != argc || b.rounds == 0 || b.rounds > MOST_ROUNDS) {
		fprintf(stderr, "usage: bench_milter [-t SECONDS] "
		    "[-n LARGEST] [-r ROUNDS] FOLDER\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	return run(&b, argv[optind]);
}
