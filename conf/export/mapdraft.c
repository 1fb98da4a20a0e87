/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "conf/export/mapdraft.h"
#include "conf/base/readwrite.h"
#include "policy/settings.h"

enum { LOCK_TRIES = 500, LOCK_PAUSE_MS = 10 };

/* Folders. Only the user we are may exchange a name in there. */

static int
mapdraft_check_folder(int folder, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(folder, &st) < 0)
		return err_errno(e, "%s", path);
	if (st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	return err_set(e, "%s: its folder does not belong to the daemon's user "
	    "alone: make one for it, with install -d -o USER -m 0755 FOLDER",
	    path);
}

static int
mapdraft_open_folder(const char *path, bool make, struct err *e)
{
	char name[SETTINGS_PATH + 1];
	const char *slash = strrchr(path, '/');
	mode_t mask;
	int fd;

	if (slash == NULL || slash == path || strlen(path) > SETTINGS_PATH) {
		err_set(e, "%s: expected the path of a file in a folder",
		    path);
		return -1;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(slash - path), path);
	fd = open_again(AT_FDCWD, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0 && errno == ENOENT && make) {
		mask = umask(022);
		(void)mkdir(name, 0755);
		umask(mask);
		fd = open_again(AT_FDCWD, name,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	}
	if (fd < 0)
		err_errno(e, "%s", name);
	return fd;
}

/* Its last part. */
static const char *
mapdraft_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Holding: one daemon keeps the file. */

int
mapdraft_hold(const char *path, struct err *e)
{
	int folder = mapdraft_open_folder(path, true, e), fd = -1;
	char name[NAME_MAX + 1];

	if (folder < 0)
		return -1;
	if (mapdraft_check_folder(folder, path, e) < 0)
		goto out;
	snprintf(name, sizeof(name), "%s.daemon", mapdraft_name(path));
	fd = open_again(folder, name, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd < 0)
		err_errno(e, "%s", name);
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err_set(e, "%s: another daemon keeps it: give each a file of "
		    "its own", path);
		close(fd);
		fd = -1;
	}
out:
	close(folder);
	return fd;
}

bool
mapdraft_still_holds(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

int
mapdraft_check_free(const char *path, struct err *e)
{
	char name[SETTINGS_PATH + sizeof(".daemon")];
	int fd, r = 0;

	snprintf(name, sizeof(name), "%s.daemon", path);
	fd = open_again(AT_FDCWD, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_errno(e, "%s", name);
	if (flock(fd, LOCK_SH | LOCK_NB) < 0)
		r = err_set(e, "a daemon keeps %s, from the policy that it has "
		    "in force: use enforcetls reload, or name another file",
		    path);
	close(fd);
	return r;
}

/* Drafts */

/* Waits for another program that writes here, but not for ever. */
static int
mapdraft_lock(struct mapdraft *d, const char *path, struct err *e)
{
	struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };
	char name[NAME_MAX + 1];

	snprintf(name, sizeof(name), "%s.lock", mapdraft_name(path));
	d->lock = open_again(d->folder, name, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (d->lock < 0)
		return err_errno(e, "%s", name);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(e, "%s", name);
		nanosleep(&pause, NULL);
	}
	return err_set(e, "%s: another program has held it for %d seconds",
	    name, LOCK_TRIES * LOCK_PAUSE_MS / 1000);
}

static void
mapdraft_drop(struct mapdraft *d)
{
	if (d->fd >= 0) {
		close(d->fd);
		unlinkat(d->folder, d->beside, 0);
	}
	if (d->lock >= 0)
		close(d->lock);
	if (d->folder >= 0)
		close(d->folder);
	d->folder = d->lock = d->fd = -1;
}

int
mapdraft_begin(struct mapdraft *d, const char *path, const char *suffix,
    struct err *e)
{
	*d = (struct mapdraft){ .folder = -1, .lock = -1, .fd = -1 };
	d->folder = mapdraft_open_folder(path, true, e);
	if (d->folder < 0 || mapdraft_check_folder(d->folder, path, e) < 0)
		goto fail;
	snprintf(d->name, sizeof(d->name), "%s%s", mapdraft_name(path),
	    suffix);
	if ((size_t)snprintf(d->beside, sizeof(d->beside), "%s.new",
		d->name) >= sizeof(d->beside)) {
		err_set(e, "%s: its name is too long", path);
		goto fail;
	}
	if (mapdraft_lock(d, path, e) < 0)
		goto fail;
	/* Left by one who was killed. */
	unlinkat(d->folder, d->beside, 0);
	d->fd = open_again(d->folder, d->beside, O_RDWR | O_CREAT | O_EXCL |
	    O_CLOEXEC | O_NOFOLLOW, 0644);
	/* Postfix reads it as another user. */
	if (d->fd < 0 || fchmod(d->fd, 0644) < 0 ||
	    cdb_make_start(&d->cdb, d->fd) < 0) {
		err_errno(e, "%s.new", path);
		goto fail;
	}
	return 0;
fail:
	mapdraft_drop(d);
	return -1;
}

void
mapdraft_add(struct mapdraft *d, struct slice key, struct slice text)
{
	if (d->number != 0)
		return;
	if (cdb_make_add(&d->cdb, key.p, (unsigned)key.n, text.p,
		(unsigned)text.n) < 0)
		d->number = errno == 0 ? EIO : errno;
}

void
mapdraft_add_answer(struct mapdraft *d, struct slice key, struct slice text)
{
	mapdraft_add(d, key, text);
	d->keys++;
}

int
mapdraft_finish(struct mapdraft *d, const char *path, struct err *e)
{
	int r = -1;

	/* It frees its memory, too. */
	if (cdb_make_finish(&d->cdb) < 0 && d->number == 0)
		d->number = errno == 0 ? EIO : errno;
	if (d->number == 0 && fsync(d->fd) < 0)
		d->number = errno;
	if (d->number == 0 &&
	    renameat(d->folder, d->beside, d->folder, d->name) < 0)
		d->number = errno;
	errno = d->number;
	if (d->number != 0)
		err_errno(e, "%s", path);
	else {
		close(d->fd);
		d->fd = -1;
		/* In place it is; only a loss of power could undo it. */
		r = fsync(d->folder) < 0 ? err_errno(e, "%s", path) : 0;
	}
	mapdraft_drop(d);
	return r;
}
