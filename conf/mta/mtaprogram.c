/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conf/mta/mtaprogram.h"
#include "policy/base/arena.h"

enum { CHUNK = 64 * 1024, COMPLAINT = 256 };

/* A program that runs. */
struct mtaprogram {
	const char *path;               /* borrows */
	const struct unix_user *user;   /* borrows; NULL: as it is */
	int input;                      /* borrows; -1: nothing to read */
	pid_t pid;
	int output, errors;             /* pipes; -1: at their end */
	mtaprogram_line_fn *take;
	void *data;
	char *buffer;                   /* owns; a line that has not ended */
	size_t used, size;
	size_t total;
	char complaint[COMPLAINT];      /* begin of its standard error */
	size_t complaint_n;
	time_t deadline;                /* monotonic, seconds */
};

static time_t
mtaprogram_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static char *const *
mtaprogram_environment(void)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char locale[] = "LC_ALL=C";
	static char *const environment[] = { path, locale, NULL };

	return environment;
}

/* The program as another user, in the process that fork(2) made for it. Like
 * Postfix's daemons it has no group but that user's own. Only what a signal
 * handler may do is done here. */
static void
mtaprogram_become(const struct mtaprogram *p, char *const *argv, int output,
    int errors)
{
	const struct unix_user *user = p->user;
	int input = p->input >= 0 ? p->input : open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	if (setpgid(0, 0) == 0 && signal(SIGPIPE, SIG_DFL) != SIG_ERR &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
	    dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0 &&
	    dup2(errors, STDERR_FILENO) >= 0 &&
	    setgroups(1, &user->gid) == 0 &&
	    setresgid(user->gid, user->gid, user->gid) == 0 &&
	    setresuid(user->uid, user->uid, user->uid) == 0)
		execve(p->path, argv, mtaprogram_environment());
	_exit(127);
}

/* As spawned, but as another user for good: Postfix's programs do not read the
 * configuration of an instance for somebody whose real user is another. */
static int
mtaprogram_fork(struct mtaprogram *p, const char *const *argv, int output,
    int errors)
{
	p->pid = fork();
	if (p->pid == 0)
		mtaprogram_become(p, (char *const *)(uintptr_t)argv, output,
		    errors);
	return p->pid < 0 ? errno : 0;
}

/* Its own process group, so that what it starts can be ended with it. */
static int
mtaprogram_spawn(struct mtaprogram *p, const char *const *argv, int output,
    int errors)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, pipe_signal;
	int error;

	sigemptyset(&none);
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	if (p->input >= 0)
		posix_spawn_file_actions_adddup2(&files, p->input,
		    STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
		    "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &pipe_signal);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	/* execve(2) does not change the strings. */
	error = posix_spawn(&p->pid, argv[0], &files, &attributes,
	    (char *const *)(uintptr_t)argv, mtaprogram_environment());
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static void
mtaprogram_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int
mtaprogram_start(struct mtaprogram *p, const char *const *argv, struct err *e)
{
	int output[2] = { -1, -1 }, errors[2] = { -1, -1 };
	int error;

	if (pipe2(output, O_CLOEXEC) < 0 || pipe2(errors, O_CLOEXEC) < 0)
		error = errno;
	else if (p->user != NULL && geteuid() == 0)
		error = mtaprogram_fork(p, argv, output[1], errors[1]);
	else
		error = mtaprogram_spawn(p, argv, output[1], errors[1]);
	mtaprogram_close(&output[1]);
	mtaprogram_close(&errors[1]);
	p->output = output[0];
	p->errors = errors[0];
	if (error == 0)
		return 0;
	mtaprogram_close(&p->output);
	mtaprogram_close(&p->errors);
	return err_kind(e, error, "%s cannot be run: %s", p->path,
	    strerror(error));
}

/* Hands on the complete lines of the buffer. */
static int
mtaprogram_take_lines(struct mtaprogram *p, struct err *e)
{
	struct slice rest = { p->buffer, p->used };

	for (;;) {
		size_t n = slice_find(rest, '\n');

		if (n == rest.n)
			break;
		if (p->take(p->data, slice_head(rest, n), e) < 0)
			return -1;
		rest = slice_from(rest, n + 1);
	}
	memmove(p->buffer, rest.p, rest.n);
	p->used = rest.n;
	return 0;
}

static int
mtaprogram_read_output(struct mtaprogram *p, struct err *e)
{
	ssize_t n;

	if (p->size - p->used < CHUNK) {
		p->size = p->size == 0 ? 2 * CHUNK : 2 * p->size;
		p->buffer = xrealloc(p->buffer, p->size);
	}
	n = read(p->output, p->buffer + p->used, CHUNK);
	if (n < 0)
		return errno == EINTR ? 0 : err_errno(e, "reading from %s",
		    p->path);
	if (n == 0)
		mtaprogram_close(&p->output);
	p->used += (size_t)n;
	p->total += (size_t)n;
	if (mtaprogram_take_lines(p, e) < 0)
		return -1;
	if (p->used > MTAPROGRAM_LINE)
		return err_set(e, "%s prints a line of more than %d octets",
		    p->path, MTAPROGRAM_LINE);
	return p->total <= MTAPROGRAM_OUTPUT ? 0
	    : err_set(e, "%s prints more than %d octets", p->path,
		MTAPROGRAM_OUTPUT);
}

/* Keeps the begin and drops the rest, so that the program does not block. */
static void
mtaprogram_read_errors(struct mtaprogram *p)
{
	char chunk[512];
	ssize_t n = read(p->errors, chunk, sizeof(chunk));
	size_t room = sizeof(p->complaint) - p->complaint_n;

	if (n == 0 || (n < 0 && errno != EINTR))
		mtaprogram_close(&p->errors);
	if (n <= 0)
		return;
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(p->complaint + p->complaint_n, chunk, room);
	p->complaint_n += room;
}

static int
mtaprogram_read_all(struct mtaprogram *p, struct err *e)
{
	while (p->output >= 0 || p->errors >= 0) {
		struct pollfd pipes[] = { { p->output, POLLIN, 0 },
			{ p->errors, POLLIN, 0 } };
		time_t left = p->deadline - mtaprogram_clock();

		if (left <= 0)
			return err_set(e, "%s did not end within %d seconds",
			    p->path, MTAPROGRAM_SECONDS);
		if (poll(pipes, COUNT_OF(pipes), (int)left * 1000) < 0 &&
		    errno != EINTR)
			return err_errno(e, "poll");
		if (pipes[0].revents != 0 && mtaprogram_read_output(p, e) < 0)
			return -1;
		if (pipes[1].revents != 0)
			mtaprogram_read_errors(p);
	}
	/* The last line may lack its newline. */
	return p->used == 0 ? 0 : p->take(p->data,
	    (struct slice){ p->buffer, p->used }, e);
}

static int
mtaprogram_wait(struct mtaprogram *p, int *status)
{
	while (waitpid(p->pid, status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

/* What it said in its first line, or its status if it said nothing. */
static int
mtaprogram_check_status(const struct mtaprogram *p, int status, struct err *e)
{
	struct slice said = { p->complaint, p->complaint_n };
	char shown[COMPLAINT];

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	said = slice_trim(slice_head(said, slice_find(said, '\n')));
	if (said.n > 0) {
		slice_show(said, shown, sizeof(shown));
		return err_set(e, "%s failed: %s", p->path, shown);
	}
	return WIFEXITED(status)
	    ? err_set(e, "%s ended with status %d", p->path,
		WEXITSTATUS(status))
	    : err_set(e, "%s was ended by signal %d", p->path,
		WTERMSIG(status));
}

/* Runs it to its end, whose status is written. */
static int
mtaprogram_finish(struct mtaprogram *p, const char *const *argv, int *status,
    struct err *e)
{
	int result;

	assert(argv[0] != NULL && p->take != NULL);
	if (argv[0][0] != '/')
		return err_set(e, "%s: give the whole path of the MTA's "
		    "program", argv[0]);
	if (mtaprogram_start(p, argv, e) < 0)
		return -1;
	result = mtaprogram_read_all(p, e);
	if (result < 0)
		kill(-p->pid, SIGKILL);
	mtaprogram_close(&p->output);
	mtaprogram_close(&p->errors);
	if (mtaprogram_wait(p, status) < 0 && result == 0)
		result = err_errno(e, "waiting for %s", p->path);
	free(p->buffer);
	return result;
}

int
mtaprogram_run(const char *const *argv, mtaprogram_line_fn *take, void *data,
    struct err *e)
{
	struct mtaprogram p = { .path = argv[0], .input = -1, .take = take,
		.data = data,
		.deadline = mtaprogram_clock() + MTAPROGRAM_SECONDS };
	int status = 0;

	if (mtaprogram_finish(&p, argv, &status, e) < 0)
		return -1;
	return mtaprogram_check_status(&p, status, e);
}

/* Whether all that it complained of is harmless. */
static bool
mtaprogram_only_says(const struct mtaprogram *p, const char *harmless)
{
	struct slice rest = { p->complaint, p->complaint_n }, line;

	/* What did not fit may be anything. */
	if (p->complaint_n == sizeof(p->complaint))
		return false;
	while (slice_next(&rest, '\n', &line))
		if (line.n > 0 && memmem(line.p, line.n, harmless,
		    strlen(harmless)) == NULL)
			return false;
	return true;
}

/* A file without a name, to be read from its begin; -1 with e filled. */
static int
mtaprogram_input(struct slice text, struct err *e)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0)
		return err_errno(e, "memfd_create");
	while (text.n > 0) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		text = slice_from(text, (size_t)n);
	}
	if (lseek(fd, 0, SEEK_SET) == 0)
		return fd;
fail:
	err_errno(e, "writing what a program is to read");
	close(fd);
	return -1;
}

int
mtaprogram_ask(const char *const *argv, const struct mtaprogram_question *q,
    mtaprogram_line_fn *take, void *data, struct err *e)
{
	struct mtaprogram p = { .path = argv[0], .user = q->user, .take = take,
		.data = data,
		.deadline = mtaprogram_clock() + MTAPROGRAM_SECONDS };
	int result, status = 0;

	p.input = mtaprogram_input(q->input, e);
	if (p.input < 0)
		return -1;
	result = mtaprogram_finish(&p, argv, &status, e);
	close(p.input);
	if (result < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == q->nothing &&
	    mtaprogram_only_says(&p, q->harmless))
		return 0;
	return mtaprogram_check_status(&p, status, e);
}

ssize_t
mtaprogram_of(pid_t pid, char *path, size_t size, bool *replaced)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	n = readlink(link, path, size);
	/* The kernel marks the path of a file that is no longer there. */
	*replaced = n > 0 && slice_ends((struct slice){ path, (size_t)n },
	    SLICE(" (deleted)"));
	return n;
}
