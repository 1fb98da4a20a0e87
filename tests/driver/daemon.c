/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "tests/driver/daemon.h"
#include "policy/base/arena.h"

/* Far more than a busy machine needs: only what hangs takes so long. */
enum { START_MS = 30000, STOP_MS = 30000, PRINT_MS = 30000 };

double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

const char *
daemon_program(void)
{
	const char *path = getenv("ENFORCETLSD");

	return path != NULL ? path : "./enforcetlsd";
}

void
daemon_read_output(struct daemon *d)
{
	char buffer[4096];
	ssize_t n;

	while (d->out > 0
	    && (n = read(d->out, buffer, sizeof(buffer))) > 0) {
		if (d->output_n + (size_t)n + 1 > d->output_room) {
			d->output_room = d->output_room * 2 + 8192;
			d->output = xrealloc(d->output, d->output_room);
		}
		memcpy(d->output + d->output_n, buffer, (size_t)n);
		d->output_n += (size_t)n;
		d->output[d->output_n] = '\0';
	}
}

bool
daemon_printed(struct daemon *d, size_t from, const char *text)
{
	double until = now_ms() + PRINT_MS;

	for (;;) {
		daemon_read_output(d);
		if (d->output != NULL && from <= d->output_n
		    && strstr(d->output + from, text) != NULL)
			return true;
		if (now_ms() > until)
			return false;
		pause_ms(2);
	}
}

static bool
has_ended(struct daemon *d)
{
	return waitpid(d->pid, NULL, WNOHANG) == d->pid;
}

/* Whether a program listens at path; a bound socket may not listen yet. */
static bool
is_listening(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool listening;

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	listening = connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
	close(fd);
	return listening;
}

static int
wait_for_socket(struct daemon *d, const char *path, struct err *e)
{
	double until = now_ms() + START_MS;

	while (!is_listening(path)) {
		daemon_read_output(d);
		if (has_ended(d)) {
			d->pid = 0;
			daemon_read_output(d);
			return err_set(e, "the daemon ended at once: %s",
			    d->output != NULL ? d->output : "");
		}
		if (now_ms() > until)
			return err_set(e, "no socket at %s", path);
		pause_ms(1);
	}
	return 0;
}

int
daemon_start(struct daemon *d, const char *const *argv, const char *path,
    struct err *e)
{
	int ends[2];

	*d = (struct daemon){ 0 };
	if (path != NULL)
		unlink(path);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, "pipe");
	d->pid = fork();
	if (d->pid < 0)
		return err_errno(e, "fork");
	if (d->pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		/* Also if a test ends early, no daemon is left running. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	d->out = ends[0];
	fcntl(d->out, F_SETFL, O_NONBLOCK);
	return path == NULL ? 0 : wait_for_socket(d, path, e);
}

void
daemon_signal(const struct daemon *d, int sig)
{
	if (d->pid > 0)
		kill(d->pid, sig);
}

static void
forget(struct daemon *d)
{
	daemon_read_output(d);
	if (d->out > 0)
		close(d->out);
	d->out = 0;
	d->pid = 0;
}

void
daemon_clear(struct daemon *d)
{
	if (d->out > 0)
		close(d->out);
	free(d->output);
	*d = (struct daemon){ 0 };
}

int
daemon_stop(struct daemon *d, int sig, struct err *e)
{
	double until = now_ms() + STOP_MS;
	int status = 0, result;

	if (d->pid <= 0) {
		forget(d);
		return err_set(e, "the daemon is not running");
	}
	if (sig != 0)
		daemon_signal(d, sig);
	while (waitpid(d->pid, &status, WNOHANG) == 0) {
		daemon_read_output(d);
		if (now_ms() > until) {
			kill(d->pid, SIGKILL);
			waitpid(d->pid, &status, 0);
			forget(d);
			return err_set(e, "the daemon did not stop");
		}
		pause_ms(1);
	}
	result = WIFEXITED(status) ? WEXITSTATUS(status)
	    : 128 + WTERMSIG(status);
	forget(d);
	return result;
}

unsigned long
daemon_memory(const struct daemon *d, const char *what)
{
	char path[64], line[256];
	unsigned long value = 0;
	size_t n = strlen(what);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)d->pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, what, n) == 0 && line[n] == ':')
			value = strtoul(line + n + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return value;
}

unsigned long
daemon_cpu_us(const struct daemon *d)
{
	char path[64], line[1024];
	unsigned long user = 0, system = 0;
	long hz = sysconf(_SC_CLK_TCK);
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)d->pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	p = fgets(line, sizeof(line), f);
	fclose(f);
	/* The name in brackets may contain blanks. */
	if (p != NULL)
		p = strrchr(line, ')');
	if (p == NULL || sscanf(p + 1, " %*c %*d %*d %*d %*d %*d %*u %*u "
	    "%*u %*u %*u %lu %lu", &user, &system) != 2)
		return 0;
	return (user + system) * (unsigned long)(1000000 / hz);
}

unsigned
daemon_descriptors(const struct daemon *d)
{
	char path[64];
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)d->pid);
	dir = opendir(path);
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}
