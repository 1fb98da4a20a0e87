/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>

#include "conf/mta/mtaprogram.h"
#include "conf/postfix/postfix_process.h"

/* The first words of a file of that name; false: errno has why not. */
static bool
process_read(const char *path, char *out, size_t size)
{
	FILE *file = fopen(path, "re");
	bool read;

	if (file == NULL)
		return false;
	read = fgets(out, (int)size, file) != NULL;
	fclose(file);
	if (!read)
		errno = EIO;
	return read;
}

/* Whether a process of that id is a master(8). Another program may have been
 * given the id of one that ended. */
static bool
process_is_master(long pid)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	return process_read(path, name, sizeof(name)) &&
	    slice_eq(slice_trim(slice_of(name)), SLICE("master"));
}

static bool
process_is_outdated(long pid, struct mta_instance *instance, struct arena *a)
{
	char program[512];
	const char *why;
	bool replaced;

	if (mtaprogram_of((pid_t)pid, program, sizeof(program),
		&replaced) >= 0)
		return replaced;
	why = strerror(errno);
	mta_unread_add(a, &instance->unread, arena_printf(a, "/proc/%ld/exe",
	    pid), "%s: whether Postfix runs in the version that is installed "
	    "is not known", why);
	return false;
}

void
postfix_process_find(struct mta_instance *instance, struct arena *a)
{
	struct slice folder = mta_setting(instance, NULL,
	    "process_id_directory").text;
	const char *path = arena_printf(a, "%.*s/%.*s/master.pid",
	    SLICE_ARGS(instance->queue_folder.text), SLICE_ARGS(folder));
	struct mta_process *process = &instance->process;
	char text[64];
	long pid;

	if (!process_read(path, text, sizeof(text))) {
		if (errno == ENOENT)
			process->running = MTA_RUNNING_NO;
		else
			mta_unread_add(a, &instance->unread, path,
			    "%s: whether Postfix runs is not known",
			    strerror(errno));
		return;
	}
	if (!slice_int(slice_trim(slice_of(text)), 1, INT32_MAX, &pid) ||
	    !process_is_master(pid)) {
		process->running = MTA_RUNNING_NO;
		return;
	}
	process->running = MTA_RUNNING_YES;
	process->pid = (pid_t)pid;
	process->outdated = process_is_outdated(pid, instance, a);
}
