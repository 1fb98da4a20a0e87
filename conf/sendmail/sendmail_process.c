/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "conf/base/textfile.h"
#include "conf/mta/mtaprogram.h"
#include "conf/sendmail/sendmail_cf.h"
#include "conf/sendmail/sendmail_option.h"
#include "conf/sendmail/sendmail_process.h"

/* "-oL14" as "LogLevel=14"; absent: no option has that letter. */
static struct slice
process_lettered(struct slice word, struct arena *a)
{
	const char *name = word.n == 0 ? NULL
	    : sendmail_option_lettered(*word.p);

	return name == NULL ? SLICE_NONE : slice_of(arena_printf(a, "%s=%.*s",
	    name, SLICE_ARGS(slice_from(word, 1))));
}

static void
process_take(struct sendmail_process *out, char letter, struct slice value,
    struct arena *a)
{
	if (letter == 'C')
		out->config = arena_copy(a, value);
	else if (letter == 'L')
		out->tag = arena_copy(a, value);
	if (letter == 'o')
		value = process_lettered(value, a);
	if ((letter != 'O' && letter != 'o') || value.p == NULL)
		return;
	out->settings = arena_more(a, out->settings, out->setting_count,
	    sizeof(*out->settings));
	out->settings[out->setting_count++] = arena_copy(a, value);
}

void
sendmail_process_read_line(struct slice line, struct arena *a,
    struct sendmail_process *out)
{
	struct slice word;

	while (slice_next(&line, ' ', &word)) {
		char letter = word.n > 1 && *word.p == '-' ? word.p[1] : '\0';
		struct slice value = slice_from(word, 2);

		if (letter == '\0' || strchr("CLOo", letter) == NULL)
			continue;
		/* The value is in the word, or is the next one. */
		if (value.n == 0 && !slice_next(&line, ' ', &value))
			return;
		process_take(out, letter, value, a);
	}
}

/* Whether it runs, and whether its program was replaced meanwhile. */
static void
process_look(struct mta_process *p)
{
	char program[4096];
	bool replaced;
	ssize_t n;

	p->running = kill(p->pid, 0) == 0 || errno == EPERM
	    ? MTA_RUNNING_YES : MTA_RUNNING_NO;
	n = mtaprogram_of(p->pid, program, sizeof(program), &replaced);
	if (p->running == MTA_RUNNING_NO || n <= 0)
		return;
	/* The number may be another process's by now. */
	if (memmem(program, (size_t)n, "sendmail", strlen("sendmail")) == NULL)
		p->running = MTA_RUNNING_NO;
	p->outdated = replaced;
}

int
sendmail_process_read(const char *path, struct arena *a,
    struct sendmail_process *out, struct err *e)
{
	struct textfile file;
	struct slice text, first, second;
	struct stat st;
	long pid = 0;

	*out = (struct sendmail_process){ .since = 0 };
	out->process.running = MTA_RUNNING_NO;
	if (stat(path, &st) < 0 && errno == ENOENT)
		return 0;
	out->process.running = MTA_RUNNING_UNKNOWN;
	if (textfile_read(path, &file, e) < 0)
		return -1;
	text = (struct slice){ file.text, file.n };
	if (slice_next(&text, '\n', &first) &&
	    slice_int(slice_trim(first), 1, INT32_MAX, &pid)) {
		out->since = st.st_mtime;
		out->process.pid = (pid_t)pid;
		process_look(&out->process);
		if (slice_next(&text, '\n', &second))
			sendmail_process_read_line(slice_trim(second), a, out);
	}
	textfile_clear(&file);
	return 0;
}
