/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/kept_place.h"
#include "conf/file/toplevel.h"
#include "conf/state/kept.h"
#include "conf/state/statefolder.h"
#include "policy/base/jsontext.h"

enum {
	/* Octets of a note. */
	NOTE_BYTES = 4 * STATE_PATH,
	/* Octets of its name: the first digits of the path's digest. */
	NOTE_NAME = 48
};

/* The folder of the notes, in a. */
static const char *
kept_place_notes(struct arena *a)
{
	struct slice given = slice_of(getenv("STATE_DIRECTORY"));
	struct settings defaults;

	if (slice_starts(given, SLICE("/")))
		return arena_string(a, slice_head(given,
		    slice_find(given, ':')));
	toplevel_defaults(a, &defaults);
	return defaults.state.p;
}

bool
kept_place_owner(uid_t *uid, gid_t *gid)
{
	struct arena *a = arena_create(1024);
	struct stat st;
	bool found = stat(kept_place_notes(a), &st) == 0;

	if (found) {
		*uid = st.st_uid;
		*gid = st.st_gid;
	}
	arena_destroy(&a);
	return found;
}

static void
kept_place_name(const char *path, char out[NOTE_NAME])
{
	char digest[DIGEST_TEXT + 1];

	digest_text(slice_of(path), digest);
	snprintf(out, NOTE_NAME, "kept-place.%.32s", digest);
}

/* Whether the note is in that folder, which we may not read. */
static bool
kept_place_is_there(const char *folder, const char *name)
{
	char path[STATE_PATH + NOTE_NAME];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &st) == 0;
}

/* Opens the folder for the note of that name. NONE: there is no folder, or it
 * is another user's, who has no such note. */
static enum statefile
kept_place_open_notes(const char *name, int *folder, struct err *e)
{
	struct arena *a = arena_create(1024);
	const char *path = kept_place_notes(a);
	enum statefile found = STATEFILE_UNREADABLE;

	*folder = statefolder_open(path, e);
	if (*folder >= 0)
		found = STATEFILE_GOOD;
	else if (e->number == ENOENT ||
	    (e->number == EACCES && !kept_place_is_there(path, name)))
		found = STATEFILE_NONE;
	arena_destroy(&a);
	return found;
}

/* Reads a note of that name from the open folder. */
static enum statefile
kept_place_read_in(int folder, const char *name, struct kept_place *out,
    struct err *e)
{
	struct arena *a = arena_create(4096);
	struct slice text = SLICE_NONE, state, digest;
	enum statefile found = statefile_read(folder, name, NOTE_BYTES, a,
	    &text, e);
	json_t *note = found == STATEFILE_GOOD
	    ? json_loadb(text.p, text.n, 0, NULL) : NULL;

	state = jsontext_at(note, "state");
	digest = jsontext_at(note, "digest");
	if (found == STATEFILE_GOOD && (!slice_starts(state, SLICE("/")) ||
	    state.n >= STATE_PATH || digest.n != DIGEST_TEXT)) {
		err_set(e, "%s is damaged", name);
		found = STATEFILE_INVALID;
	}
	if (found == STATEFILE_GOOD) {
		snprintf(out->folder, sizeof(out->folder), "%.*s",
		    SLICE_ARGS(state));
		snprintf(out->digest, sizeof(out->digest), "%.*s",
		    SLICE_ARGS(digest));
	}
	json_decref(note);
	arena_destroy(&a);
	return found;
}

enum statefile
kept_place_read(const char *path, struct kept_place *out, struct err *e)
{
	char name[NOTE_NAME];
	enum statefile found;
	int folder;

	kept_place_name(path, name);
	found = kept_place_open_notes(name, &folder, e);
	if (found != STATEFILE_GOOD)
		return found;
	found = kept_place_read_in(folder, name, out, e);
	close(folder);
	return found;
}

int
kept_place_open_last(const struct kept_place *last, const char *path,
    struct archive **archive, int *fd, struct err *e)
{
	const struct state_place place = { .folder = last->folder };

	if (kept_read(&place, archive, fd, e) != STATEFILE_GOOD)
		return e->text[0] != '\0' ? -1
		    : err_set(e, "it is not there any more");
	if (strcmp(archive_digest(*archive), last->digest) == 0 &&
	    strcmp(archive_main(*archive), path) == 0)
		return 0;
	archive_close(archive);
	close(*fd);
	return err_set(e, "another one is there");
}

enum statefile
kept_place_moved(const char *path, const struct state_place *disk,
    struct kept_place *out, struct err *e)
{
	enum statefile found = kept_place_read(path, out, e);
	struct archive *archive = NULL;
	int fd;

	if (found != STATEFILE_GOOD)
		return found;
	if (strcmp(out->folder, disk->folder) == 0)
		return STATEFILE_NONE;
	if (kept_read(disk, &archive, &fd, e) == STATEFILE_GOOD) {
		if (strcmp(archive_digest(archive), out->digest) == 0)
			found = STATEFILE_NONE;
		close(fd);
	}
	archive_close(&archive);
	return found;
}

/* The note as JSON; returns new, for free(3). */
static char *
kept_place_text(const char *path, const struct kept_place *place)
{
	json_t *note = json_object();
	char *text;

	json_object_set_new(note, "policy", jsontext_exact(slice_of(path)));
	json_object_set_new(note, "state",
	    jsontext_exact(slice_of(place->folder)));
	json_object_set_new(note, "digest", json_string(place->digest));
	text = jsontext_dump(note, JSONTEXT_LINE);
	json_decref(note);
	return text;
}

/* Whether the folder is not for this user: it is another daemon's. */
static bool
kept_place_is_denied(const struct err *e)
{
	return e->number == EACCES || e->number == EPERM ||
	    e->number == EROFS;
}

static int
kept_place_write_in(int folder, const char *name, const char *path,
    const struct kept_place *place, struct err *e)
{
	struct kept_place there;
	enum statefile found;
	char *text;
	int result;

	found = kept_place_read_in(folder, name, &there, e);
	if (found == STATEFILE_GOOD &&
	    strcmp(there.folder, place->folder) == 0 &&
	    strcmp(there.digest, place->digest) == 0)
		return 0;
	text = kept_place_text(path, place);
	result = statefile_replace(folder, name, slice_of(text), e);
	free(text);
	/* One that stays would lead a start to what is not in force. */
	if (result < 0 && found == STATEFILE_NONE && kept_place_is_denied(e))
		result = 0;
	return result;
}

int
kept_place_write(const char *path, const struct kept_place *place,
    struct err *e)
{
	char name[NOTE_NAME];
	enum statefile found;
	int folder, result;

	assert(path[0] == '/');
	kept_place_name(path, name);
	found = kept_place_open_notes(name, &folder, e);
	if (found != STATEFILE_GOOD)
		return found == STATEFILE_NONE ? 0 : -1;
	result = kept_place_write_in(folder, name, path, place, e);
	close(folder);
	return result;
}
