/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "milter/log/oldfile.h"
#include "conf/audit/unpack.h"
#include "conf/base/digest.h"
#include "policy/base/arena.h"
#include "policy/judge/seal.h"

enum {
	/* Longer lines are not of a decision log: see LIMIT_DECISION. */
	BUFFER = 256 * 1024,
	/* Rotations are minutes apart. */
	TRIES = 20
};

static bool
oldfile_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What follows the log's name in that of a rotated file: ".1", "-20260331",
 * "-20260331T180000.gz". absent: it is none. */
static struct slice
oldfile_suffix(const char *name, struct slice base)
{
	struct slice rest = slice_of(name);

	if (!slice_starts(rest, base))
		return SLICE_NONE;
	rest = slice_from(rest, base.n);
	if (rest.n < 2 || (rest.p[0] != '.' && rest.p[0] != '-') ||
	    !oldfile_is_digit(rest.p[1]))
		return SLICE_NONE;
	return rest;
}

static bool
oldfile_is_plain(struct slice suffix)
{
	for (size_t i = 0; i < suffix.n; i++) {
		char c = (char)(suffix.p[i] | 0x20);

		if (!oldfile_is_digit(suffix.p[i]) && !(c >= 'a' && c <= 'z') &&
		    suffix.p[i] != '.' && suffix.p[i] != '-')
			return false;
	}
	return true;
}

/* As logreader orders them. */
static bool
oldfile_is_older(const struct stat *st, const char *name,
    const struct oldfile *than)
{
	const struct timespec *a = &st->st_mtim, *b = &than->st.st_mtim;

	if (than->record.name[0] == '\0')
		return true;
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec;
	if (a->tv_nsec != b->tv_nsec)
		return a->tv_nsec < b->tv_nsec;
	return strcmp(name, than->record.name) > 0;
}

/* Whether the file that was found is surely the log's own. */
static int
oldfile_check(const struct oldfile *file, struct slice base, struct err *e)
{
	const char *name = file->record.name;

	if (!S_ISREG(file->st.st_mode))
		return err_set(e, "%s is not a regular file", name);
	if (file->st.st_uid != geteuid())
		return err_set(e, "%s belongs to another user", name);
	if (!oldfile_is_plain(oldfile_suffix(name, base)))
		return err_set(e, "%s has not the name of a rotated file",
		    name);
	return 1;
}

/* Looks through the folder once. false: a file had gone before it was looked
 * at. */
static bool
oldfile_look(DIR *dir, struct slice base, struct oldfile *out)
{
	const struct dirent *entry;
	struct stat st;

	*out = (struct oldfile){ .newest = 0 };
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (oldfile_suffix(entry->d_name, base).p == NULL)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) < 0)
			return false;
		if (!oldfile_is_older(&st, entry->d_name, out))
			continue;
		out->st = st;
		snprintf(out->record.name, sizeof(out->record.name), "%s",
		    entry->d_name);
	}
	return true;
}

static bool
oldfile_is_same(const struct oldfile *a, const struct oldfile *b)
{
	return strcmp(a->record.name, b->record.name) == 0 &&
	    a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino;
}

/* A rotation renames files while the folder is read, which may then show one
 * twice or not at all. So it is read until it shows the same twice. */
static int
oldfile_find_surely(DIR *dir, struct slice base, struct oldfile *out,
    struct err *e)
{
	struct oldfile before;
	bool known = oldfile_look(dir, base, out);

	for (int i = 0; i < TRIES; i++) {
		bool was_known = known;

		before = *out;
		known = oldfile_look(dir, base, out);
		if (known && was_known && oldfile_is_same(&before, out))
			return 0;
	}
	return err_set(e, "the files of the decision log are renamed faster "
	    "than they can be listed");
}

int
oldfile_find(int folder, const char *base, struct oldfile *out, struct err *e)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int r;

	if (dir == NULL) {
		err_errno(e, "cannot read the folder of the decision log");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	r = oldfile_find_surely(dir, slice_of(base), out, e);
	closedir(dir);
	if (r < 0)
		return -1;
	return out->record.name[0] == '\0' ? 0
	    : oldfile_check(out, slice_of(base), e);
}

bool
oldfile_is_there(int folder, const struct oldfile *file)
{
	struct stat st;

	return fstatat(folder, file->record.name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && st.st_ino == file->st.st_ino &&
	    st.st_dev == file->st.st_dev;
}

/* The time with which a record begins; 0: it begins with none. */
static int64_t
oldfile_time_of(struct slice line)
{
	static const struct slice key = SLICE("{\"time\":\"");
	struct tm tm = { 0 };
	char text[20];

	if (!slice_starts(line, key) || line.n < key.n + sizeof(text))
		return 0;
	memcpy(text, line.p + key.n, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ? 0
	    : timegm(&tm);
}

static int
oldfile_add_line(struct oldfile *file, struct slice line, struct err *e)
{
	struct record_removed *r = &file->record;
	int64_t when = oldfile_time_of(line);
	struct seal seal;

	if (when == 0 || !seal_read(line, &seal))
		return err_set(e, "%s: line %llu is not of a decision log",
		    r->name, (unsigned long long)r->file.lines + 1);
	if (r->file.lines == 0) {
		if (seal.prev.n == REMOVED_DIGEST)
			memcpy(r->file.before, seal.prev.p, REMOVED_DIGEST);
		r->file.first = file->newest = when;
	}
	if (when > file->newest)
		file->newest = when;
	r->file.last = when;
	r->file.lines++;
	digest_text(line, r->end);
	return 0;
}

/* Adds each whole line; what is left of the bytes goes to their begin. */
static int
oldfile_add_lines(struct oldfile *file, char *bytes, size_t *n, struct err *e)
{
	struct slice rest = { bytes, *n };
	size_t end;

	while ((end = slice_find(rest, '\n')) < rest.n) {
		if (oldfile_add_line(file, slice_head(rest, end), e) < 0)
			return -1;
		rest = slice_from(rest, end + 1);
	}
	memmove(bytes, rest.p, rest.n);
	*n = rest.n;
	return 0;
}

static int
oldfile_read(struct unpack *in, struct oldfile *file, struct err *e)
{
	char *bytes = xmalloc(BUFFER);
	struct err cause;
	size_t n = 0;
	int got;

	for (;;) {
		got = unpack_read(in, bytes + n, BUFFER - n, &cause);
		if (got <= 0)
			break;
		n += (size_t)got;
		if (oldfile_add_lines(file, bytes, &n, e) < 0)
			goto fail;
		if (n == BUFFER) {
			err_set(e, "%s has too long a line",
			    file->record.name);
			goto fail;
		}
	}
	/* Half a line at its end, of a crash, is of no chain. */
	free(bytes);
	return got == 0 ? 0 : err_set(e, "%s cannot be read: %s",
	    file->record.name, cause.text);
fail:
	free(bytes);
	return -1;
}

int
oldfile_scan(int folder, struct oldfile *file, struct err *e)
{
	const char *name = file->record.name;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC | O_NOCTTY);
	struct unpack *in;
	struct stat st;
	int r;

	if (fd < 0)
		return err_errno(e, "cannot open %s", name);
	if (fstat(fd, &st) < 0 || st.st_ino != file->st.st_ino ||
	    st.st_dev != file->st.st_dev) {
		close(fd);
		return err_set(e, "%s was replaced meanwhile", name);
	}
	file->record.file = (struct removed_span){ .lines = 0 };
	file->newest = (int64_t)st.st_mtim.tv_sec;
	in = unpack_open(fd, name);
	r = oldfile_read(in, file, e);
	unpack_close(&in);
	return r;
}

int
oldfile_remove(int folder, const struct oldfile *file, struct err *e)
{
	const char *name = file->record.name;
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_errno(e, "cannot stat %s", name);
	if (st.st_ino != file->st.st_ino || st.st_dev != file->st.st_dev ||
	    st.st_size != file->st.st_size)
		return err_set(e, "%s was replaced meanwhile", name);
	if (unlinkat(folder, name, 0) < 0)
		return err_errno(e, "cannot remove %s", name);
	if (fsync(folder) < 0)
		return err_errno(e, "cannot sync the folder of %s", name);
	return 0;
}
