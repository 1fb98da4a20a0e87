/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "milter/base/readiness.h"
#include "conf/base/readwrite.h"
#include "policy/base/slice.h"

/* The child's end of the pipe to its parent; -1: no parent waits. */
static int parent = -1;

/* In the parent: waits until the child is ready or has ended. */
_Noreturn static void
readiness_wait_for_child(int fd, pid_t child)
{
	sigset_t none;
	char ready;
	int status;

	/* A command that waits can be interrupted; the child then ends too,
	 * when it cannot report that it is ready. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read_all(fd, &ready, 1) == 1)
		_exit(EX_OK);
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(EX_SOFTWARE);
}

int
readiness_detach(struct err *e)
{
	int fds[2];
	pid_t child;

	if (pipe(fds) < 0)
		return err_errno(e, "pipe");
	child = fork();
	if (child < 0)
		return err_errno(e, "cannot fork");
	if (child != 0) {
		close(fds[1]);
		readiness_wait_for_child(fds[0], child);
	}
	close(fds[0]);
	parent = fds[1];
	fcntl(parent, F_SETFD, FD_CLOEXEC);
	if (setsid() < 0)
		return err_errno(e, "cannot leave the terminal");
	return 0;
}

static void
readiness_notify_systemd(const char *state)
{
	static const struct timeval patience = { .tv_usec = 200000 };
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t n = path == NULL ? 0 : strlen(path);
	int fd;

	if (n == 0 || n >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, n);
	/* An abstract name is written with @ for its NUL. */
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
	    sizeof(patience));
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

static void
readiness_leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

void
readiness_report_ready(void)
{
	size_t wrote;

	readiness_notify_systemd("READY=1");
	if (parent < 0)
		return;
	readiness_leave_terminal();
	if (write_all(parent, (struct slice){ "", 1 }, &wrote) < 0)
		_exit(EX_OSERR);
	close(parent);
	parent = -1;
}

void
readiness_report_stopping(void)
{
	readiness_notify_systemd("STOPPING=1");
}
