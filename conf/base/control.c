/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "conf/base/control.h"
#include "conf/base/endpoint.h"
#include "policy/base/jsontext.h"
#include "policy/base/text.h"

/* Who may use a socket, in e: its group, or the one that it is to have when its
 * folder cannot be entered. */
static void
control_name_group(const struct listen *where, const char *path, struct err *e)
{
	struct stat st;
	const struct group *group = NULL;
	char name[64] = "";
	struct err cause = *e;

	if (stat(path, &st) == 0)
		group = getgrgid(st.st_gid);
	if (group != NULL)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		slice_show(where->group, name, sizeof(name));
	err_kind(e, EACCES, "%s: run it as root%s%s", cause.text,
	    name[0] == '\0' ? "" : " or as a member of the group ", name);
}

/*
 * As connect(2). With an owner, only to a socket of theirs: its path may come
 * from a file of the daemon's user, who must not lead root to a socket of
 * somebody else.
 */
static int
control_connect(int fd, const char *path, uid_t owner)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;
	int pin, r = -1, number;

	assert(strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (owner == (uid_t)-1)
		return connect(fd, (const struct sockaddr *)&address,
		    sizeof(address));
	pin = open(path, O_PATH | O_CLOEXEC);
	if (pin < 0)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d", pin);
	errno = ECONNREFUSED;
	if (fstat(pin, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_uid == owner)
		r = connect(fd, (const struct sockaddr *)&address,
		    sizeof(address));
	number = errno;
	close(pin);
	errno = number;
	return r;
}

/* Whether no daemon listens there. A socket without permission does not mean
 * that. */
static bool
control_is_nobodys(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
	case EPROTOTYPE:                /* it is for datagrams */
		return true;
	default:
		return false;
	}
}

/* Connects to one control socket. ANSWERED: *fd is the caller's to close. */
static enum control_reach
control_connect_to(const struct listen *where, uid_t owner, int *fd,
    struct err *e)
{
	struct endpoint endpoint;

	if (endpoint_from(where->spec, &endpoint, e) < 0)
		return CONTROL_FAILED;
	if (endpoint.kind != ENDPOINT_UNIX) {
		err_set(e, "control.listen: only a unix: socket identifies the "
		    "caller");
		return CONTROL_FAILED;
	}
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0) {
		err_errno(e, "socket");
		return CONTROL_FAILED;
	}
	if (control_connect(*fd, endpoint.path, owner) >= 0)
		return CONTROL_ANSWERED;
	err_errno(e, "%s", endpoint.path);
	close(*fd);
	if (e->number == EACCES)
		control_name_group(where, endpoint.path, e);
	return control_is_nobodys(e->number) ? CONTROL_NO_DAEMON
	    : CONTROL_FAILED;
}

/* Waits until fd is ready; seconds < 0: without a limit. -1 on failure or
 * when the time is up. */
static int
control_wait_for(int fd, short events, int seconds)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&p, 1, seconds < 0 ? -1 : seconds * 1000);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -1;
}

static int
control_send_all(int fd, const char *text, size_t n, struct err *e)
{
	while (n > 0) {
		ssize_t put;

		if (control_wait_for(fd, POLLOUT, CONTROL_SECONDS) < 0)
			return err_set(e, "asking the daemon: it takes no "
			    "request");
		put = send(fd, text, n, MSG_NOSIGNAL);
		if (put <= 0)
			return err_errno(e, "asking the daemon");
		text += put;
		n -= (size_t)put;
	}
	return 0;
}

/* The descriptor that came with the message; -1: none did. */
static int
control_passed(struct msghdr *message)
{
	struct cmsghdr *passed = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (passed != NULL && passed->cmsg_level == SOL_SOCKET &&
	    passed->cmsg_type == SCM_RIGHTS &&
	    passed->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(passed), sizeof(int));
	return fd;
}

/* As recv(2); stores a descriptor that comes with it, unless there was one. */
static ssize_t
control_recv(int fd, char *to, size_t n, int *passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room;
	struct iovec text = { to, n };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes) };
	ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	int new = got < 0 ? -1 : control_passed(&message);

	if (new >= 0 && *passed >= 0)
		close(new);
	else if (new >= 0)
		*passed = new;
	return got;
}

/* Reads one line into *text, which is new, for free(3). *passed, which is -1,
 * becomes a descriptor that came with it. Returns its length, or 0. */
static size_t
control_receive_line(int fd, int seconds, char **text, int *passed)
{
	size_t n = 0, room = CONTROL_FRAME;

	*text = xmalloc(room);
	while (n < CONTROL_ANSWER) {
		ssize_t got = -1;

		if (n == room) {
			room *= 2;
			*text = xrealloc(*text, room);
		}
		if (control_wait_for(fd, POLLIN, seconds) >= 0)
			got = control_recv(fd, *text + n, room - n, passed);
		if (got <= 0)
			break;
		n += (size_t)got;
		if ((*text)[n - 1] == '\n')
			return n;
	}
	return 0;
}

/* Reads one line and parses it. *passed, which is -1, becomes a descriptor that
 * came with it. Returns new; NULL with e filled. */
static json_t *
control_receive(int fd, int seconds, int *passed, struct err *e)
{
	json_t *answer = NULL;
	char *text;
	size_t n = control_receive_line(fd, seconds, &text, passed);

	if (n > 0)
		answer = json_loadb(text, n, 0, NULL);
	free(text);
	if (answer == NULL)
		err_set(e, "the daemon's answer cannot be read");
	return answer;
}

/* Sends request and receives its answer. Returns new; NULL with e filled. */
static json_t *
control_exchange(int fd, json_t *request, int *passed, struct err *e)
{
	char *text = jsontext_dump(request, JSONTEXT_LINE);
	bool is_reload = slice_eq(jsontext_at(request, "do"), SLICE("reload"));
	int seconds = is_reload ? -1 : 3 * CONTROL_SECONDS;
	json_t *answer = NULL;

	if (text == NULL) {
		err_set(e, "the request is not UTF-8 text");
		return NULL;
	}
	if (control_send_all(fd, text, strlen(text), e) >= 0 &&
	    control_send_all(fd, "\n", 1, e) >= 0)
		answer = control_receive(fd, seconds, passed, e);
	free(text);
	return answer;
}

/* As control_ask(); *passed is a descriptor that came with the answer, or
 * -1. */
static enum control_reach
control_ask_for(const struct settings *settings, uid_t owner, json_t *request,
    json_t **answer, int *passed, struct err *e)
{
	enum control_reach best = CONTROL_NO_DAEMON;
	char nobody[sizeof(e->text)];
	struct text tried;

	assert(json_is_object(request));
	*passed = -1;
	text_init(&tried, nobody, sizeof(nobody));
	for (size_t i = 0; i < settings->control_count; i++) {
		int fd;
		struct err why;
		enum control_reach reach = control_connect_to(
		    &settings->controls[i], owner, &fd, &why);

		if (reach == CONTROL_ANSWERED) {
			*answer = control_exchange(fd, request, passed, e);
			close(fd);
			return *answer == NULL ? CONTROL_FAILED : reach;
		}
		if (reach == CONTROL_FAILED) {
			best = reach;
			*e = why;
		}
		text_join(&tried, "; ", "%s", why.text);
	}
	text_end(&tried);
	if (settings->control_count == 0)
		err_set(e, "the policy has no control.listen");
	else if (best == CONTROL_NO_DAEMON)
		err_set(e, "%s", nobody);
	return best;
}

enum control_reach
control_ask(const struct settings *settings, uid_t owner, json_t *request,
    json_t **answer, struct err *e)
{
	int passed;
	enum control_reach reach = control_ask_for(settings, owner, request,
	    answer, &passed, e);

	if (passed >= 0)
		close(passed);
	return reach;
}

enum control_reach
control_ask_policy(const struct settings *settings, uid_t owner, int *archive,
    struct err *e)
{
	json_t *request = json_pack("{s:s}", "do", "policy"), *answer = NULL;
	enum control_reach reach = control_ask_for(settings, owner, request,
	    &answer, archive, e);

	json_decref(request);
	if (reach != CONTROL_ANSWERED && *archive >= 0) {
		close(*archive);
		*archive = -1;
	}
	if (reach == CONTROL_ANSWERED && *archive < 0) {
		const char *why = jsontext_at(answer, "error").p;

		err_set(e, "the daemon does not give the policy in force: %s",
		    why == NULL ? "no reason given" : why);
		reach = CONTROL_FAILED;
	}
	json_decref(answer);
	return reach;
}

bool
control_send_with(int to, struct slice line, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} room = { .bytes = "" };
	struct iovec text = { (void *)(uintptr_t)line.p, line.n };
	struct msghdr message = { .msg_iov = &text, .msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes) };
	struct cmsghdr *passed = CMSG_FIRSTHDR(&message);

	passed->cmsg_level = SOL_SOCKET;
	passed->cmsg_type = SCM_RIGHTS;
	passed->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(passed), &fd, sizeof(int));
	return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    (ssize_t)line.n;
}
