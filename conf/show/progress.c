/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <time.h>
#include <unistd.h>

#include "conf/show/progress.h"
#include "policy/base/arena.h"

enum { LINES = 4096, WIDTH = 40, FIRST_MS = 500, STEP_MS = 200 };

struct progress {
	FILE *out;
	bool shown;                     /* out is a terminal */
	bool drawn;
	unsigned lines;
	int64_t next_ms;
};

static int64_t
progress_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct progress *
progress_begin(FILE *out)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->out = out;
	p->shown = isatty(fileno(out)) == 1;
	p->next_ms = progress_now_ms() + FIRST_MS;
	return p;
}

static void
progress_draw(struct progress *p, struct logreader_progress at)
{
	char bar[WIDTH + 1];
	unsigned percent = at.total == 0 ? 0
	    : (unsigned)(at.done * 100 / at.total);

	if (percent > 100)
		percent = 100;
	for (unsigned i = 0; i < WIDTH; i++)
		bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
	bar[WIDTH] = '\0';
	fprintf(p->out, "\r[%s] %3u%%", bar, percent);
	fflush(p->out);
	p->drawn = true;
}

void
progress_step(struct progress *p, const struct logreader *reader)
{
	int64_t now;

	if (!p->shown || ++p->lines % LINES != 0)
		return;
	now = progress_now_ms();
	if (now < p->next_ms)
		return;
	p->next_ms = now + STEP_MS;
	progress_draw(p, logreader_progress(reader));
}

void
progress_line(const struct logreader *reader, void *data)
{
	progress_step(data, reader);
}

void
progress_end(struct progress **progress)
{
	struct progress *p = *progress;

	if (p->drawn)
		fprintf(p->out, "\r%*s\r", WIDTH + 8, "");
	free(p);
	*progress = NULL;
}
