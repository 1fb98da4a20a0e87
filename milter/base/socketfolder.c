/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "milter/base/socketfolder.h"
#include "policy/base/slice.h"

enum { FOLLOWED_LINKS = 8 };

/* A place on the way to a folder. */
struct walk {
	int at;                         /* owns; the folder that is reached */
	unsigned links;                 /* followed so far */
};

static int socketfolder_walk(struct walk *walk, struct slice path);

void
socketfolder_fd_path(int fd, char out[SOCKETFOLDER_FD_PATH])
{
	assert(fd >= 0);
	snprintf(out, SOCKETFOLDER_FD_PATH, "/proc/self/fd/%d", fd);
}

int
socketfolder_pin(int folder, const char *name, struct stat *st)
{
	int number, fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, st) == 0)
		return fd;
	number = errno;
	close(fd);
	errno = number;
	return -1;
}

/* Walks on where the link, an open descriptor, leads. */
static int
socketfolder_follow(struct walk *walk, int link, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n;

	if ((st->st_uid != 0 && st->st_uid != geteuid()) ||
	    ++walk->links > FOLLOWED_LINKS) {
		errno = ELOOP;
		return -1;
	}
	n = readlinkat(link, "", target, sizeof(target));
	if (n < 0)
		return -1;
	return socketfolder_walk(walk, (struct slice){ target, (size_t)n });
}

/* One name of a path. */
static int
socketfolder_step(struct walk *walk, struct slice word)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd, r, number;

	if (word.n == 0)
		return 0;
	if (word.n > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, word.p, word.n);
	name[word.n] = '\0';
	fd = socketfolder_pin(walk->at, name, &st);
	if (fd < 0)
		return -1;
	if (!S_ISLNK(st.st_mode)) {
		close(walk->at);
		walk->at = fd;
		return 0;
	}
	r = socketfolder_follow(walk, fd, &st);
	number = errno;
	close(fd);
	errno = number;
	return r;
}

static int
socketfolder_walk(struct walk *walk, struct slice path)
{
	struct slice word;

	if (path.n > 0 && path.p[0] == '/') {
		int root = open("/", O_PATH | O_CLOEXEC);

		if (root < 0)
			return -1;
		close(walk->at);
		walk->at = root;
	}
	while (slice_next(&path, '/', &word))
		if (socketfolder_step(walk, word) < 0)
			return -1;
	return 0;
}

/* Whether only we can exchange what we make in the folder. */
static bool
socketfolder_is_ours(const struct stat *folder)
{
	return folder->st_uid == geteuid() &&
	    ((folder->st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (folder->st_mode & S_ISVTX) != 0);
}

static int
socketfolder_give(int parent, const char *name, uid_t owner)
{
	struct stat st;
	int r, fd = socketfolder_pin(parent, name, &st);

	if (fd < 0)
		return -1;
	r = fchownat(fd, "", owner, (gid_t)-1, AT_EMPTY_PATH);
	close(fd);
	return r;
}

/* Everybody may enter it: the mode of the socket decides who may connect. */
static int
socketfolder_mkdir(int parent, const char *name)
{
	mode_t mask = umask(022);
	int r = mkdirat(parent, name, 0755), number = errno;

	umask(mask);
	errno = number;
	return r;
}

/* In a folder that is not ours alone it is made as its owner: what root makes
 * there could be exchanged before root gives it away. */
static int
socketfolder_make(int parent, const char *name, uid_t owner)
{
	uid_t self = geteuid();
	bool given = owner != (uid_t)-1 && owner != self;
	struct stat st;
	int r, number;

	if (fstat(parent, &st) < 0)
		return -1;
	if (!given)
		return socketfolder_mkdir(parent, name);
	if (socketfolder_is_ours(&st))
		return socketfolder_mkdir(parent, name) < 0 ? -1
		    : socketfolder_give(parent, name, owner);
	if (seteuid(owner) < 0)
		return -1;
	r = socketfolder_mkdir(parent, name);
	number = errno;
	if (seteuid(self) < 0)
		abort();
	errno = number;
	return r;
}

/* The last name of the path, which is made if it is missing. */
static int
socketfolder_enter(struct walk *walk, struct slice last, uid_t owner)
{
	char name[NAME_MAX + 1];
	struct stat st;

	if (socketfolder_step(walk, last) < 0) {
		if (errno != ENOENT)
			return -1;
		snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(last));
		if (socketfolder_make(walk->at, name, owner) < 0 ||
		    socketfolder_step(walk, last) < 0)
			return -1;
	}
	if (fstat(walk->at, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

int
socketfolder_open(const char *path, uid_t owner, struct err *e)
{
	struct walk walk = { .at = -1 };
	struct slice folder = slice_of(path);
	size_t slash;

	assert(path[0] == '/');
	folder = slice_head(folder, slice_rfind(folder, '/'));
	while (folder.n > 0 && folder.p[folder.n - 1] == '/')
		folder.n--;
	walk.at = open("/", O_PATH | O_CLOEXEC);
	slash = slice_rfind(folder, '/');
	if (walk.at >= 0 && (folder.n == 0 ||
	    (socketfolder_walk(&walk, slice_head(folder, slash)) >= 0 &&
	    socketfolder_enter(&walk, slice_from(folder, slash + 1), owner) >=
		0)))
		return walk.at;
	err_errno(e, "cannot open or make the folder %.*s", SLICE_ARGS(folder));
	if (walk.at >= 0)
		close(walk.at);
	return -1;
}

bool
socketfolder_is_own(const char *path)
{
	struct slice folder = slice_of(path);
	char name[PATH_MAX];
	struct stat st;
	int n;

	folder = slice_head(folder, slice_rfind(folder, '/'));
	n = snprintf(name, sizeof(name), "%.*s/", SLICE_ARGS(folder));
	return n > 0 && (size_t)n < sizeof(name) && stat(name, &st) == 0 &&
	    S_ISDIR(st.st_mode) && socketfolder_is_ours(&st);
}
