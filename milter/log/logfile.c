/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "milter/log/logfile.h"
#include "conf/audit/unpack.h"
#include "conf/base/digest.h"
#include "conf/base/readwrite.h"
#include "policy/base/arena.h"
#include "policy/base/limits.h"
#include "policy/judge/record.h"
#include "policy/judge/seal.h"

/* What is written with one write(2): many lines, at least two. */
enum { BUFFER = 8 * LIMIT_DECISION };

struct logfile {
	char *path;             /* owns */
	int fd;
	bool torn;              /* half a line at the end could not be cut */
	bool begun;             /* see logfile_has_begun() */
	bool was_cut;           /* by somebody else */
	const struct logkey *key;       /* borrows; NULL: lines are not keyed */
	struct slice last_line;         /* in buffer */
	char prev[DIGEST_TEXT + 1];     /* "" at the head of a log */
	uint64_t size;
	size_t n;               /* bytes of buffer that are whole lines */
	size_t lines;
	char *buffer;           /* owns */
};

/*
 * Reads the end of the file. The chain continues from its last whole line; what
 * follows that is the half of a line that a crash left.
 */
static int
logfile_read_tail(struct logfile *file, size_t *half, struct err *e)
{
	uint64_t from = file->size > BUFFER ? file->size - BUFFER : 0;
	struct slice tail, line;
	size_t end;
	ssize_t n;

	n = pread(file->fd, file->buffer, BUFFER, (off_t)from);
	if (n < 0)
		return err_errno(e, "cannot read %s", file->path);
	tail = (struct slice){ file->buffer, (size_t)n };
	end = slice_rfind(tail, '\n');
	*half = end == tail.n ? tail.n : tail.n - end - 1;
	if (end == tail.n)
		return 0;
	line = slice_head(tail, end);
	end = slice_rfind(line, '\n');
	if (end < line.n)
		line = slice_from(line, end + 1);
	if (line.n > 0)
		digest_text(line, file->prev);
	file->last_line = line;
	return 0;
}

static int
logfile_resume(struct logfile *file, size_t *cut, struct err *e)
{
	struct stat st;

	*cut = 0;
	if (fstat(file->fd, &st) < 0)
		return err_errno(e, "cannot stat %s", file->path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	file->size = (uint64_t)st.st_size;
	if (logfile_read_tail(file, cut, e) < 0)
		return -1;
	if (*cut > 0 && ftruncate(file->fd, st.st_size - (off_t)*cut) < 0)
		return err_errno(e, "cannot cut half a line off %s",
		    file->path);
	file->size -= *cut;
	return 0;
}

/* The newest of the files that glob(3) finds; "" for none. */
static void
logfile_newest_of(const char *pattern, char *out, size_t size,
    struct timespec *when)
{
	struct stat st;
	glob_t found;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (stat(found.gl_pathv[i], &st) < 0)
			continue;
		if (st.st_mtim.tv_sec < when->tv_sec ||
		    (st.st_mtim.tv_sec == when->tv_sec &&
		    st.st_mtim.tv_nsec < when->tv_nsec))
			continue;
		*when = st.st_mtim;
		snprintf(out, size, "%s", found.gl_pathv[i]);
	}
	globfree(&found);
}

/* Continues the chain of a log that was rotated while no daemon ran. A file
 * that was compressed meanwhile is not read. */
static void
logfile_resume_rotated(struct logfile *file)
{
	char pattern[4096], newest[4096] = "";
	struct timespec when = { 0, 0 };
	struct logfile rotated = { .path = newest, .buffer = file->buffer };
	struct stat st;
	struct err e;
	size_t half;

	snprintf(pattern, sizeof(pattern), "%s.[0-9]*", file->path);
	logfile_newest_of(pattern, newest, sizeof(newest), &when);
	snprintf(pattern, sizeof(pattern), "%s-[0-9]*", file->path);
	logfile_newest_of(pattern, newest, sizeof(newest), &when);
	if (newest[0] == '\0' || unpack_name_is_compressed(newest))
		return;
	rotated.fd = open(newest, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (rotated.fd < 0)
		return;
	if (fstat(rotated.fd, &st) == 0 && S_ISREG(st.st_mode)) {
		rotated.size = (uint64_t)st.st_size;
		if (logfile_read_tail(&rotated, &half, &e) == 0) {
			memcpy(file->prev, rotated.prev, sizeof(file->prev));
			file->last_line = rotated.last_line;
		}
	}
	close(rotated.fd);
}

static bool
logfile_is_same(const struct logfile *a, const struct logfile *b)
{
	struct stat x, y;

	return fstat(a->fd, &x) == 0 && fstat(b->fd, &y) == 0 &&
	    x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Finds the chain that the file continues. What is in memory is better than
 * what is in the file: somebody may have cut lines off its end. */
static void
logfile_inherit(struct logfile *file, const struct logfile *before)
{
	file->begun = file->size == 0;
	if (before != NULL && strcmp(before->path, file->path) == 0) {
		memcpy(file->prev, before->prev, sizeof(file->prev));
		file->last_line = SLICE_NONE;
		file->begun = file->begun || before->was_cut ||
		    !logfile_is_same(file, before);
	} else if (file->size == 0)
		logfile_resume_rotated(file);
}

struct logfile *
logfile_open(const char *path, const struct logfile *before, size_t *cut,
    struct err *e)
{
	struct logfile *file = xcalloc(1, sizeof(*file));

	file->path = xmalloc(strlen(path) + 1);
	memcpy(file->path, path, strlen(path) + 1);
	file->buffer = xmalloc(BUFFER);
	file->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK, 0640);
	if (file->fd < 0) {
		err_errno(e, "cannot open %s", path);
		goto fail;
	}
	if (logfile_resume(file, cut, e) < 0)
		goto fail;
	logfile_inherit(file, before);
	return file;
fail:
	logfile_close(&file);
	return NULL;
}

void
logfile_close(struct logfile **file)
{
	if (*file == NULL)
		return;
	if ((*file)->fd >= 0)
		close((*file)->fd);
	free((*file)->buffer);
	free((*file)->path);
	free(*file);
	*file = NULL;
}

bool
logfile_has_begun(const struct logfile *file)
{
	return file->begun;
}

struct slice
logfile_last_line(const struct logfile *file)
{
	return file->last_line;
}

void
logfile_set_key(struct logfile *file, const struct logkey *key)
{
	file->key = key;
}

int
logfile_sync(const struct logfile *file, struct err *e)
{
	/* A FIFO or a device has nothing to wait for. */
	if (fdatasync(file->fd) < 0 && errno != EINVAL && errno != EROFS)
		return err_errno(e, "cannot write %s", file->path);
	return 0;
}

/* Writes the number of the key and the code over the line, whose n bytes so far
 * are at line. Returns how many it has then. */
static size_t
logfile_seal(const struct logfile *file, char *line, size_t n,
    const char *prev)
{
	char mac[LOGKEY_TEXT + 1];

	if (file->key == NULL)
		return n;
	n += seal_number(file->key->number, line + n);
	logkey_mac(file->key, (struct slice){ line, n },
	    prev[0] == '\0' ? SLICE("null") : slice_of(prev), mac);
	return n + seal_mac(mac, line + n);
}

/* Puts one more line into the buffer; false when it is full. prev, the end of
 * the chain, becomes that of the line. */
static bool
logfile_add_line(struct logfile *file, struct slice record, char *prev)
{
	char *at = file->buffer + file->n;
	size_t n = record.n;

	assert(record.n <= LIMIT_DECISION);
	if (BUFFER - file->n < record.n + SEAL_NUMBER + SEAL_MAC + RECORD_CHAIN)
		return false;
	memcpy(at, record.p, n);
	n = logfile_seal(file, at, n, prev);
	n += record_chain(prev[0] == '\0' ? NULL : prev, at + n, RECORD_CHAIN);
	/* record_chain() ends with the newline, which is not hashed. */
	digest_text((struct slice){ at, n - 1 }, prev);
	file->n += n;
	file->lines++;
	assert(file->n <= BUFFER);
	return true;
}

/* After wrote bytes of the buffer: cuts off the half line at the end and sets
 * the chain to the last whole one. Returns how many lines are whole. */
static size_t
logfile_keep_whole_lines(struct logfile *file, size_t wrote)
{
	struct slice text = { file->buffer, wrote }, line;
	size_t last = slice_rfind(text, '\n'), whole, lines = 0;

	assert(wrote <= file->n);
	whole = last == text.n ? 0 : last + 1;
	if (wrote > whole && ftruncate(file->fd,
	    (off_t)(file->size + whole)) < 0)
		file->torn = true;
	file->size += whole;
	if (whole == 0)
		return 0;
	for (size_t i = 0; i < whole; i++)
		if (text.p[i] == '\n')
			lines++;
	line = slice_head(text, last);
	last = slice_rfind(line, '\n');
	if (last < line.n)
		line = slice_from(line, last + 1);
	digest_text(line, file->prev);
	return lines;
}

static int
logfile_end_torn_line(struct logfile *file)
{
	size_t wrote;

	if (!file->torn)
		return 0;
	if (write_all(file->fd, SLICE("\n"), &wrote) < 0)
		return -1;
	file->torn = false;
	return 0;
}

/* Another process may have cut the file: asks for the real size. */
static void
logfile_measure(struct logfile *file)
{
	struct stat st;

	if (fstat(file->fd, &st) < 0)
		return;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size < file->size)
		file->was_cut = true;
	file->size = (uint64_t)st.st_size;
}

int
logfile_append(struct logfile *file, const struct slice *records,
    size_t count, size_t *done, struct err *e)
{
	char prev[sizeof(file->prev)];
	size_t wrote;

	*done = 0;
	file->last_line = SLICE_NONE;
	while (*done < count) {
		memcpy(prev, file->prev, sizeof(prev));
		file->n = file->lines = 0;
		while (*done + file->lines < count &&
		    logfile_add_line(file, records[*done + file->lines], prev))
			continue;
		logfile_measure(file);
		assert(file->lines > 0);
		if (logfile_end_torn_line(file) < 0)
			return err_errno(e, "cannot write %s", file->path);
		if (write_all(file->fd,
		    (struct slice){ file->buffer, file->n }, &wrote) < 0) {
			err_errno(e, "cannot write %s", file->path);
			*done += logfile_keep_whole_lines(file, wrote);
			return -1;
		}
		memcpy(file->prev, prev, sizeof(prev));
		file->size += file->n;
		*done += file->lines;
	}
	return 0;
}

int
logfile_move_away(const struct logfile *file, struct err *e)
{
	char to[4096], date[32];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%S", &utc);
	snprintf(to, sizeof(to), "%s-%s", file->path, date);
	for (int i = 1; i < 1000 && access(to, F_OK) == 0; i++)
		snprintf(to, sizeof(to), "%s-%s.%03d", file->path, date, i);
	if (rename(file->path, to) < 0)
		return err_errno(e, "cannot rename %s to %s", file->path, to);
	return 0;
}

bool
logfile_was_moved(const struct logfile *file)
{
	struct stat ours, theirs;

	if (fstat(file->fd, &ours) < 0 || file->was_cut ||
	    (S_ISREG(ours.st_mode) && (uint64_t)ours.st_size < file->size))
		return true;
	if (stat(file->path, &theirs) < 0)
		return errno == ENOENT;
	return ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino;
}

const char *
logfile_path(const struct logfile *file)
{
	return file->path;
}

uint64_t
logfile_size(const struct logfile *file)
{
	return file->size;
}
