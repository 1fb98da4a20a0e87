/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "conf/show/logwalk.h"
#include "conf/audit/logreader.h"
#include "policy/base/arena.h"

enum {
	BAR_WIDTH = 40,
	BAR_LINES = 4096,               /* between two looks at the clock */
	BAR_FIRST_MS = 500,
	BAR_STEP_MS = 200               /* between two drawings */
};

struct logwalk_bar {
	bool shown;                     /* standard error is a terminal */
	bool drawn;
	unsigned lines;
	int64_t next_ms;
};

struct logwalk {
	struct lines lines;             /* first: logwalk_next() gets it */
	struct logreader *reader;       /* owns */
	struct logwalk_bar bar;
};

static_assert(offsetof(struct logwalk, lines) == 0,
    "a struct lines of ours is the walk it is in");

static int64_t
logwalk_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
logwalk_draw(struct logwalk_bar *b, struct logreader_progress at)
{
	char bar[BAR_WIDTH + 1];
	unsigned percent = at.total == 0 ? 0
	    : (unsigned)(at.done * 100 / at.total);

	/* A log that grows while it is read. */
	if (percent > 100)
		percent = 100;
	for (unsigned i = 0; i < BAR_WIDTH; i++)
		bar[i] = i * 100 < percent * BAR_WIDTH ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %3u%%", bar, percent);
	fflush(stderr);
	b->drawn = true;
}

static void
logwalk_step(struct logwalk *walk)
{
	struct logwalk_bar *b = &walk->bar;
	int64_t now;

	if (!b->shown || ++b->lines % BAR_LINES != 0)
		return;
	now = logwalk_now_ms();
	if (now < b->next_ms)
		return;
	b->next_ms = now + BAR_STEP_MS;
	logwalk_draw(b, logreader_progress(walk->reader));
}

static bool
logwalk_next(struct lines *lines, struct logline *out, struct err *e)
{
	struct logwalk *walk = (struct logwalk *)lines;

	assert(lines->next == logwalk_next);
	logwalk_step(walk);
	return lines_next(logreader_lines(walk->reader), out, e);
}

/* Takes reader; NULL: the log could not be opened. */
static struct logwalk *
logwalk_create(struct logreader *reader)
{
	struct logwalk *walk;

	if (reader == NULL)
		return NULL;
	walk = xcalloc(1, sizeof(*walk));
	walk->lines.next = logwalk_next;
	walk->reader = reader;
	walk->bar.shown = isatty(STDERR_FILENO) == 1;
	walk->bar.next_ms = logwalk_now_ms() + BAR_FIRST_MS;
	return walk;
}

struct logwalk *
logwalk_open(struct slice path, int64_t since, struct err *e)
{
	char name[4096];

	if (path.n == 0 || path.n >= sizeof(name)) {
		err_set(e, "no decision log is kept: set log.decisions");
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(path));
	return logwalk_create(logreader_open(name, true, since, e));
}

struct logwalk *
logwalk_open_file(const char *path, int64_t since, struct err *e)
{
	return logwalk_create(logreader_open(path, false, since, e));
}

void
logwalk_close(struct logwalk **walk)
{
	struct logwalk *w = *walk;

	if (w == NULL)
		return;
	if (w->bar.drawn)
		fprintf(stderr, "\r%*s\r", BAR_WIDTH + 8, "");
	logreader_close(&w->reader);
	free(w);
	*walk = NULL;
}

struct lines *
logwalk_lines(struct logwalk *walk)
{
	return &walk->lines;
}
