/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/audit/loglist.h"
#include "policy/base/arena.h"
#include "policy/base/slice.h"

/* Rotations are minutes apart: the second listing finds all. */
enum { TRIES = 20 };

/* What is to be listed; see loglist_open(). */
struct loglist_wish {
	const char *path;
	bool rotated;
	int64_t since;
};

static bool
loglist_has(const struct loglist *list, const struct stat *st)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->files[i].dev == st->st_dev &&
		    list->files[i].ino == st->st_ino)
			return true;
	return false;
}

/* What a file is that is no regular one; NULL: it is one. */
static const char *
loglist_kind_of(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case 0:                         /* not known */
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a FIFO";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFSOCK:
		return "a socket";
	}
	return "a device";
}

/* A rotated file is never a symbolic link: who replaced it by one could show
 * another file at each reading. The log itself may be one. On failure st is all
 * zero. */
static int
loglist_stat(const char *path, bool live, struct stat *st)
{
	*st = (struct stat){ .st_mode = 0 };
	return live ? stat(path, st) : lstat(path, st);
}

static int
loglist_open_path(const char *path, bool live)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
	    (live ? 0 : O_NOFOLLOW));
}

/* Fills st and opens the file at path. Returns the descriptor; -1: it cannot be
 * read, and st is all zero when it is not known either. */
static int
loglist_open_part(const char *path, bool live, struct stat *st)
{
	int fd;

	/* A FIFO is not opened: that could wake who writes to it. */
	if (loglist_stat(path, live, st) < 0 || !S_ISREG(st->st_mode))
		return -1;
	fd = loglist_open_path(path, live);
	if (fd >= 0 && fstat(fd, st) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Whether a file is to be left out: it is too old, or listed already. */
static bool
loglist_is_unwanted(const struct loglist *list, const struct stat *st,
    int64_t since)
{
	if (st->st_mode == 0)
		return false;
	return (S_ISREG(st->st_mode) && st->st_mtim.tv_sec < since) ||
	    loglist_has(list, st);
}

/* Adds the file at path, unless it is unwanted. */
static void
loglist_add(struct loglist *list, const char *path, int64_t since, bool live)
{
	struct stat st;
	struct log_part *file;
	int fd = loglist_open_part(path, live, &st);

	if (loglist_is_unwanted(list, &st, since)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	list->files = xrealloc(list->files,
	    (list->count + 1) * sizeof(*list->files));
	file = &list->files[list->count++];
	*file = (struct log_part){ .path = xmalloc(strlen(path) + 1),
		.kind = loglist_kind_of(&st), .fd = fd, .dev = st.st_dev,
		.ino = st.st_ino, .live = live,
		.written = (int64_t)st.st_mtim.tv_sec * 1000000000 +
		st.st_mtim.tv_nsec, .size = (uint64_t)st.st_size };
	memcpy(file->path, path, strlen(path) + 1);
}

/* path, escaped for glob(3), with pattern added. Returns new, for free(3). */
static char *
loglist_glob_pattern(const char *path, const char *pattern)
{
	size_t n = strlen(path), k = 0;
	char *out = xmalloc(2 * n + strlen(pattern) + 1);

	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[]\\", path[i]) != NULL)
			out[k++] = '\\';
		out[k++] = path[i];
	}
	memcpy(out + k, pattern, strlen(pattern) + 1);
	return out;
}

/* For glob(3): a folder that is not there has no rotated file; one that cannot
 * be read may have some. */
static int
loglist_stop_at(const char *folder ATTR_UNUSED, int number)
{
	return number != ENOENT;
}

/* The names of the rotated files of path; goes with globfree(3). -1 with errno
 * when there may be more. */
static int
loglist_find_rotated(const char *path, glob_t *found)
{
	/* The names that logrotate(8) and the daemon give to rotated files. */
	static const char *const patterns[] = { ".[0-9]*", "-[0-9]*" };
	int flags = 0, result = 0;

	*found = (glob_t){ .gl_pathc = 0 };
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		char *pattern = loglist_glob_pattern(path, patterns[i]);

		result = glob(pattern, flags, loglist_stop_at, found);
		free(pattern);
		if (result == 0)
			flags = GLOB_APPEND;
		else if (result != GLOB_NOMATCH)
			return -1;
	}
	return 0;
}

static bool
loglist_exists(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

/* -1 with errno when its rotated files cannot be found. */
static int
loglist_fill(struct loglist *list, const struct loglist_wish *wish)
{
	glob_t found;
	int result;

	*list = (struct loglist){ .files = NULL };
	/* The log itself is listed first, however old it is: when it is
	 * renamed meanwhile, it is found among the rotated files and skipped
	 * there. */
	if (loglist_exists(wish->path))
		loglist_add(list, wish->path, 0, true);
	if (!wish->rotated)
		return 0;
	result = loglist_find_rotated(wish->path, &found);
	for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
		loglist_add(list, found.gl_pathv[i], wish->since, false);
	globfree(&found);
	return result;
}

/* Whether each listed file still has its name. */
static bool
loglist_stays(const struct loglist *list)
{
	struct stat st;

	for (size_t i = 0; i < list->count; i++) {
		const struct log_part *file = &list->files[i];

		if (loglist_stat(file->path, file->live, &st) < 0 &&
		    errno == ENOENT)
			return false;
		if (st.st_dev != file->dev || st.st_ino != file->ino)
			return false;
	}
	return true;
}

/* Whether the file at path is listed, if it has to be. */
static bool
loglist_includes(const struct loglist *list, const char *path, int64_t since,
    bool live)
{
	struct stat st;

	if (loglist_stat(path, live, &st) < 0)
		return errno != ENOENT;
	return loglist_is_unwanted(list, &st, since);
}

/* Whether what is listed is what there is now. If it is, no name changed while
 * the files were opened. */
static bool
loglist_is_settled(const struct loglist *list, const struct loglist_wish *wish)
{
	bool settled = loglist_stays(list);
	glob_t found;

	if (settled && loglist_exists(wish->path))
		settled = loglist_includes(list, wish->path, 0, true);
	if (!settled || !wish->rotated)
		return settled;
	settled = loglist_find_rotated(wish->path, &found) == 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		settled = settled && loglist_includes(list, found.gl_pathv[i],
		    wish->since, false);
	globfree(&found);
	return settled;
}

/* Orders files from the oldest to the newest, for qsort(3). */
static int
loglist_compare_age(const void *a, const void *b)
{
	const struct log_part *x = a, *y = b;

	if (x->written != y->written)
		return x->written < y->written ? -1 : 1;
	/* With equal times "log.2" is older than "log.1", and that than
	 * "log". */
	return -strcmp(x->path, y->path);
}

/* errno has why the folder could not be read. */
static int
loglist_not_found(const char *path, struct err *e)
{
	char folder[PATH_MAX];
	size_t n = slice_rfind(slice_of(path), '/');

	if (n == 0 || n >= sizeof(folder))
		return err_file(e, path);
	memcpy(folder, path, n);
	folder[n] = '\0';
	return err_file(e, folder);
}

int
loglist_open(const char *path, bool rotated, int64_t since,
    struct loglist *out, struct err *e)
{
	struct loglist_wish wish = { path, rotated, since };
	struct loglist list;
	bool settled = false;

	for (int i = 0; i < TRIES && !settled; i++) {
		if (loglist_fill(&list, &wish) < 0) {
			loglist_clear(&list);
			return loglist_not_found(path, e);
		}
		settled = loglist_is_settled(&list, &wish);
		if (!settled)
			loglist_clear(&list);
	}
	if (!settled)
		return err_at(e, path, 0, "its files are renamed or removed "
		    "faster than they can be listed: try again");
	if (list.count == 0) {
		errno = ENOENT;
		return err_file(e, path);
	}
	qsort(list.files, list.count, sizeof(*list.files),
	    loglist_compare_age);
	*out = list;
	return 0;
}

void
loglist_clear(struct loglist *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->files[i].fd >= 0)
			close(list->files[i].fd);
		free(list->files[i].path);
	}
	free(list->files);
	*list = (struct loglist){ .files = NULL };
}

int
loglist_open_again(struct log_part *file, struct err *e)
{
	struct stat st;

	assert(file->fd < 0 && file->kind == NULL);
	file->fd = loglist_open_path(file->path, file->live);
	if (file->fd < 0 || fstat(file->fd, &st) < 0)
		return err_file(e, file->path);
	if (st.st_dev == file->dev && st.st_ino == file->ino)
		return 0;
	return err_at(e, file->path, 0, "was renamed or replaced since the "
	    "log's files were listed: run the command again");
}
