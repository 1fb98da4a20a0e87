/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/state/kept.h"
#include "conf/base/readwrite.h"
#include "conf/state/marker.h"
#include "conf/state/state.h"
#include "conf/state/statefolder.h"

static const char kept_file[] = "policy.kept";
static const char new_file[] = "policy.kept.new";
static const char lock_file[] = "policy.kept.lock";

enum {
	CHUNK = 65536,
	/* Octets of what a daemon notes of itself. */
	NOTE = 1 << 20
};

/* Copies from, from its beginning, without its offset: another process may
 * share that. */
static int
kept_copy(int from, int to, struct err *e)
{
	char bytes[CHUNK];
	off_t at = 0;
	size_t wrote;
	ssize_t n;

	while ((n = pread(from, bytes, sizeof(bytes), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write_all(to, (struct slice){ bytes, (size_t)n },
		    &wrote) < 0)
			return err_errno(e, "%s", new_file);
		at += n;
	}
	return fsync(to) < 0 ? err_errno(e, "%s", new_file) : 0;
}

/* Puts the copy into place; one that is not complete does not stay. */
static int
kept_replace(int folder, int fd, struct err *e)
{
	int to = open_again(folder, new_file, O_WRONLY | O_CREAT | O_TRUNC |
	    O_CLOEXEC | O_NOFOLLOW, 0640);
	int result;

	if (to < 0)
		return err_errno(e, "%s", new_file);
	result = kept_copy(fd, to, e);
	if (close(to) < 0 && result == 0)
		result = err_errno(e, "%s", new_file);
	if (result == 0 && (renameat(folder, new_file, folder, kept_file) < 0 ||
	    fsync(folder) < 0))
		result = err_errno(e, "%s", kept_file);
	if (result < 0)
		unlinkat(folder, new_file, 0);
	return result;
}

/* The marker of place, in the arena a. NULL: none can be read. */
static struct state *
kept_read_marker(const struct state_place *place, struct arena *a)
{
	struct state *marker = arena_alloc(a, sizeof(*marker));
	struct err unused;

	marker->arena = a;
	return marker_read(place, marker, &unused) == STATEFILE_GOOD
	    ? marker : NULL;
}

/* Writes the digest to the marker, under the lock. A new one is of the state,
 * about which it must say nothing that may not be so. */
static int
kept_mark_locked(const struct state_place *place, const char *digest,
    struct err *e)
{
	struct arena *a = arena_create(4096);
	struct state *marker = kept_read_marker(place, a), *state = NULL;
	int result = -1;

	if (marker == NULL)
		marker = state = state_read(place, e);
	if (state != NULL && state->health == STATE_DAMAGED)
		err_set(e, "the state is damaged: %s", state->damage.text);
	else if (marker != NULL) {
		marker->kept = slice_of(digest);
		/* That of a state that was never written: 0 is no time. */
		if (marker->seen == 0)
			marker->seen = 1;
		result = marker_write(place, marker, e);
	}
	state_destroy(&state);
	arena_destroy(&a);
	return result;
}

static int
kept_mark(const struct state_place *place, int folder, const char *digest,
    struct err *e)
{
	int lock, result;

	if (place->marker[0] == '\0')
		return 0;
	lock = statefolder_lock(folder, place->folder, e);
	if (lock < 0)
		return -1;
	result = kept_mark_locked(place, digest, e);
	close(lock);
	return result;
}

/* Copies the digest that the marker has to out; false: it has none. */
static bool
kept_marked(const struct state_place *place, char out[DIGEST_TEXT + 1])
{
	struct arena *a = arena_create(4096);
	const struct state *marker = kept_read_marker(place, a);
	bool is = marker != NULL && marker->kept.n == DIGEST_TEXT;

	if (is)
		snprintf(out, DIGEST_TEXT + 1, "%.*s",
		    SLICE_ARGS(marker->kept));
	arena_destroy(&a);
	return is;
}

/* The digest of the policy, as the first line of its archive has it. */
static int
kept_digest_of(int fd, char digest[DIGEST_TEXT + 1], struct err *e)
{
	struct archive *archive = archive_open(fd, e);

	if (archive == NULL)
		return -1;
	snprintf(digest, DIGEST_TEXT + 1, "%s", archive_digest(archive));
	archive_close(&archive);
	return 0;
}

int
kept_write(const struct state_place *place, int fd, struct err *e)
{
	char digest[DIGEST_TEXT + 1];
	int folder, kept = -1;

	/* It is checked as a start will check it. */
	if (kept_digest_of(fd, digest, e) < 0)
		return -1;
	folder = statefolder_open(place->folder, e);
	if (folder < 0)
		return -1;
	if (kept_replace(folder, fd, e) == 0 &&
	    kept_mark(place, folder, digest, e) == 0 &&
	    statefile_open(folder, kept_file, &kept, e) == STATEFILE_NONE)
		err_set(e, "%s is gone", kept_file);
	close(folder);
	return kept;
}

static enum statefile
kept_open(const struct state_place *place, struct archive **out, int *fd,
    struct err *e)
{
	int folder = statefolder_open(place->folder, e);
	enum statefile found;
	struct err why;

	if (folder < 0)
		return e->number == ENOENT ? STATEFILE_NONE
		    : STATEFILE_UNREADABLE;
	found = statefile_open(folder, kept_file, fd, e);
	close(folder);
	if (found != STATEFILE_GOOD)
		return found;
	*out = archive_open(*fd, &why);
	if (*out != NULL)
		return STATEFILE_GOOD;
	close(*fd);
	err_set(e, "%s: %s", kept_file, why.text);
	return why.number == 0 ? STATEFILE_INVALID : STATEFILE_UNREADABLE;
}

bool
kept_is_marked(const struct state_place *place, const struct archive *archive,
    struct err *e)
{
	char marked[DIGEST_TEXT + 1];

	if (!kept_marked(place, marked) ||
	    strcmp(marked, archive_digest(archive)) == 0)
		return true;
	err_set(e, "%s is another one than %s records: it was put back",
	    kept_file, place->marker);
	return false;
}

enum statefile
kept_read(const struct state_place *place, struct archive **out, int *fd,
    struct err *e)
{
	char marked[DIGEST_TEXT + 1];
	enum statefile found = kept_open(place, out, fd, e);

	if (found == STATEFILE_NONE && kept_marked(place, marked))
		err_set(e, "%s is missing, but %s records one", kept_file,
		    place->marker);
	else if (found == STATEFILE_NONE || (found == STATEFILE_GOOD &&
	    kept_is_marked(place, *out, e)))
		err_set(e, "%s", "");
	return found;
}

int
kept_lock(const struct state_place *place, struct err *e)
{
	int folder = statefolder_open(place->folder, e), fd;

	if (folder < 0)
		return -1;
	fd = open_again(folder, lock_file, O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0640);
	if (fd < 0)
		err_errno(e, "%s", lock_file);
	close(folder);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (errno == EWOULDBLOCK)
		err_set(e, "another daemon keeps its own there: give each a "
		    "state folder and a decision log");
	else
		err_errno(e, "%s", lock_file);
	close(fd);
	return -1;
}

int
kept_lock_note(int lock, struct slice note, struct err *e)
{
	size_t wrote;

	/* In place: the lock is the file's, and a new one would have none. Who
	 * reads it half written finds no object. */
	if (ftruncate(lock, 0) < 0 || lseek(lock, 0, SEEK_SET) < 0 ||
	    write_all(lock, note, &wrote) < 0)
		return err_errno(e, "%s", lock_file);
	return 0;
}

/* As kept_read_daemon(), of the open folder. */
static json_t *
kept_read_daemon_in(int folder, uid_t *owner, struct err *e)
{
	struct arena *a = arena_create(4096);
	struct slice text = SLICE_NONE;
	json_t *daemon = NULL;
	struct stat st;

	err_set(e, "%s has no note of a daemon", lock_file);
	if (statefile_read(folder, lock_file, NOTE, a, &text, e) ==
	    STATEFILE_GOOD && fstatat(folder, lock_file, &st,
	    AT_SYMLINK_NOFOLLOW) == 0) {
		daemon = json_loadb(text.p, text.n, 0, NULL);
		*owner = st.st_uid;
	}
	arena_destroy(&a);
	return daemon;
}

json_t *
kept_read_daemon(const struct state_place *place, uid_t *owner, struct err *e)
{
	int folder = statefolder_open(place->folder, e);
	json_t *daemon;

	if (folder < 0)
		return NULL;
	daemon = kept_read_daemon_in(folder, owner, e);
	close(folder);
	return daemon;
}
