/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "conf/base/keyfile.h"
#include "conf/base/digest.h"

enum {
	PLACES = 2,
	/* As large as the sectors of any disk: one that is being written
	 * cannot damage the other. */
	PLACE = 4096,
	/* "key NUMBER DIGITS CHECK\n", filled with blanks. */
	LINE = 256,
	CHECK = 16
};

static off_t
keyfile_offset(int place)
{
	assert(place >= 0 && place < PLACES);
	return (off_t)place * PLACE;
}

static void
keyfile_format(const struct logkey *key, char line[LINE])
{
	char digits[LOGKEY_TEXT + 1], check[DIGEST_TEXT + 1];
	int n;

	logkey_show(key, digits);
	n = snprintf(line, LINE, "key %lu %s", key->number, digits);
	digest_text((struct slice){ line, (size_t)n }, check);
	n += snprintf(line + n, LINE - (size_t)n, " %.*s", CHECK, check);
	memset(line + n, ' ', LINE - (size_t)n);
	line[LINE - 1] = '\n';
	gnutls_memset(digits, 0, sizeof(digits));
}

/* false: no key is there. */
static bool
keyfile_parse(const char line[LINE], struct logkey *out)
{
	struct slice rest = { line, LINE - 1 }, word, digits;
	char again[LINE];
	long number;
	bool same;

	if (!slice_next(&rest, ' ', &word) || !slice_eq(word, SLICE("key")) ||
	    !slice_next(&rest, ' ', &word) ||
	    !slice_int(word, 1, LONG_MAX, &number) ||
	    !slice_next(&rest, ' ', &digits) ||
	    !logkey_from(digits, (unsigned long)number, out))
		return false;
	/* The digest at its end finds a line that was half written. */
	keyfile_format(out, again);
	same = memcmp(again, line, LINE) == 0;
	gnutls_memset(again, 0, sizeof(again));
	return same;
}

static int
keyfile_write_place(int fd, int place, const char line[LINE])
{
	ssize_t n = pwrite(fd, line, LINE, keyfile_offset(place));

	if (n >= 0 && n != LINE) {
		errno = ENOSPC;
		n = -1;
	}
	return n < 0 ? -1 : fsync(fd);
}

static int
keyfile_erase_place(int fd, int place)
{
	static const char zeros[LINE];

	return keyfile_write_place(fd, place, zeros);
}

int
keyfile_create(const char *path, uid_t owner, gid_t group,
    const struct logkey *key, struct err *e)
{
	char line[LINE];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_kind(e, EEXIST, "%s is there already: move it away "
		    "if its key is lost", path);
	if (fd < 0)
		return err_errno(e, "cannot make %s", path);
	keyfile_format(key, line);
	if (fchmod(fd, 0600) < 0 || ftruncate(fd, PLACES * PLACE) < 0 ||
	    keyfile_write_place(fd, 0, line) < 0 ||
	    keyfile_erase_place(fd, 1) < 0 || fchown(fd, owner, group) < 0) {
		err_errno(e, "cannot write %s", path);
		unlink(path);
		close(fd);
		gnutls_memset(line, 0, sizeof(line));
		return -1;
	}
	gnutls_memset(line, 0, sizeof(line));
	close(fd);
	return 0;
}

static int
keyfile_check(int fd, const char *path, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(e, "cannot stat %s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return err_set(e, "%s is not a regular file with one name",
		    path);
	if (st.st_uid != geteuid())
		return err_set(e, "%s belongs to another user than the "
		    "daemon's", path);
	if ((st.st_mode & 077) != 0)
		return err_set(e, "%s has mode %04o: others may use the key; "
		    "make a new one", path, (unsigned)st.st_mode & 07777);
	return 0;
}

/* Reads both places; the key is the newer of two. */
static int
keyfile_read(struct keyfile *file, const char *path, struct logkey *key,
    struct err *e)
{
	struct logkey found[PLACES] = { { .number = 0 } };
	char line[LINE];

	for (int i = 0; i < PLACES; i++)
		if (pread(file->fd, line, LINE, keyfile_offset(i)) != LINE ||
		    !keyfile_parse(line, &found[i]))
			found[i].number = 0;
	gnutls_memset(line, 0, sizeof(line));
	file->place = found[1].number > found[0].number ? 1 : 0;
	*key = found[file->place];
	for (int i = 0; i < PLACES; i++)
		logkey_erase(&found[i]);
	if (key->number == 0)
		return err_set(e, "%s holds no key", path);
	/* A crash may have left the one before it. */
	if (keyfile_erase_place(file->fd, 1 - file->place) < 0)
		return err_errno(e, "cannot write %s", path);
	return 0;
}

int
keyfile_open(struct keyfile *file, const char *path, struct logkey *key,
    struct err *e)
{
	*key = (struct logkey){ .number = 0 };
	*file = (struct keyfile){ .fd = open(path, O_RDWR | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC | O_NOCTTY) };
	if (file->fd < 0)
		return errno == ENOENT
		    ? err_kind(e, ENOENT, "there is no %s: make it with "
		    "`enforcetls log new-key`, and reload", path)
		    : err_errno(e, "cannot open %s", path);
	if (keyfile_check(file->fd, path, e) < 0 ||
	    keyfile_read(file, path, key, e) < 0) {
		logkey_erase(key);
		keyfile_close(file);
		return -1;
	}
	return 0;
}

void
keyfile_close(struct keyfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

int
keyfile_add(struct keyfile *file, const struct logkey *next, struct err *e)
{
	char line[LINE];
	int wrote;

	assert(file->fd >= 0);
	keyfile_format(next, line);
	wrote = keyfile_write_place(file->fd, 1 - file->place, line);
	gnutls_memset(line, 0, sizeof(line));
	if (wrote < 0) {
		err_errno(e, "cannot write the next key of the log");
		/* It may be there all the same. */
		(void)keyfile_erase_place(file->fd, 1 - file->place);
		return -1;
	}
	file->place = 1 - file->place;
	return 0;
}

int
keyfile_erase_old(struct keyfile *file, struct err *e)
{
	if (keyfile_erase_place(file->fd, 1 - file->place) < 0)
		return err_errno(e, "cannot erase the old key of the log");
	return 0;
}
