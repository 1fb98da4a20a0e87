/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "milter/log/keying.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "policy/base/arena.h"
#include "policy/judge/seal.h"

/* No log has had more files: a line with a larger number is foreign. */
enum { FURTHEST = 1000000 };

const char *
keying_word(enum keying_step step)
{
	switch (step) {
	case KEYING_SAME:
		break;
	case KEYING_START:
		return "start";
	case KEYING_NEXT:
		return "next";
	case KEYING_LOST:
		return "lost";
	case KEYING_END:
		return "end";
	}
	return NULL;
}

static int
keying_open(struct keying *keying, const char *path, struct err *e)
{
	struct stat st;

	/* It should not reach the swap space either; where that is not
	 * allowed, the log is keyed all the same. */
	(void)mlock(&keying->key, sizeof(keying->key));
	if (keyfile_open(&keying->file, path, &keying->key, e) < 0)
		return -1;
	if (fstat(keying->file.fd, &st) == 0) {
		keying->dev = st.st_dev;
		keying->ino = st.st_ino;
	}
	keying->path = xmalloc(strlen(path) + 1);
	memcpy(keying->path, path, strlen(path) + 1);
	return 0;
}

void
keying_close(struct keying *keying)
{
	logkey_erase(&keying->key);
	if (keying->path != NULL)
		keyfile_close(&keying->file);
	free(keying->path);
	*keying = (struct keying){ .step = keying->step };
}

bool
keying_is_open(const struct keying *keying)
{
	return keying->path != NULL;
}

/* Whether the file at path is the one that is open. */
static bool
keying_is_of(const struct keying *keying, const char *path)
{
	struct stat st;

	return keying_is_open(keying) && strcmp(keying->path, path) == 0 &&
	    stat(path, &st) == 0 && st.st_dev == keying->dev &&
	    st.st_ino == keying->ino;
}

static void
keying_erase_old(struct keying *keying)
{
	if (keying->old_remains)
		keying->old_remains =
		    keyfile_erase_old(&keying->file, NULL) < 0;
}

/* Makes the key of that number, which comes after the one in use, the one in
 * use. */
static int
keying_advance_to(struct keying *keying, unsigned long number, struct err *e)
{
	struct logkey next = keying->key;
	int r;

	assert(number > next.number);
	keying_erase_old(keying);
	logkey_advance(&next, number);
	r = keyfile_add(&keying->file, &next, e);
	if (r == 0) {
		keying->key = next;
		keying->old_remains = true;
		keying_erase_old(keying);
	}
	logkey_erase(&next);
	return r;
}

/* On failure the key before stays in use, and it is tried again. */
static void
keying_note_late(struct keying *keying, const struct err *e)
{
	if (!keying->is_late)
		log_warning("%s: the key before it stays in use", e->text);
	keying->is_late = true;
	warning_set(WARNING_LOG_KEY, "%s: the key before it stays in use",
	    e->text);
}

void
keying_advance(struct keying *keying, const struct logfile *file)
{
	struct err e;

	assert(keying_is_open(keying));
	/* A crash must not lose lines that nobody could write again. */
	if (logfile_sync(file, &e) < 0 ||
	    keying_advance_to(keying, keying->key.number + 1, &e) < 0) {
		keying_note_late(keying, &e);
		return;
	}
	keying->is_late = false;
	keying->step = KEYING_NEXT;
	warning_clear(WARNING_LOG_KEY);
}

void
keying_try_again(struct keying *keying, const struct logfile *file)
{
	if (!keying_is_open(keying))
		return;
	keying_erase_old(keying);
	if (keying->is_late)
		keying_advance(keying, file);
}

/* Whether the line was written under the key of its number that follows from
 * this one. */
static bool
keying_has_made(const struct logkey *key, const struct seal *seal)
{
	struct logkey then = *key;
	char mac[LOGKEY_TEXT + 1];
	bool same;

	if (seal->key < key->number || seal->key - key->number > FURTHEST)
		return false;
	logkey_advance(&then, seal->key);
	logkey_mac(&then, seal->covered, seal->prev, mac);
	same = slice_eq(slice_of(mac), seal->mac);
	logkey_erase(&then);
	return same;
}

/*
 * After a start: compares the key with the last line of the log, absent: there
 * is none. A key older than that line's is brought up to it. 0, or -1 with e
 * filled: the next key could not be written, and this one goes on.
 */
static int
keying_follow(struct keying *keying, const struct logfile *file, struct err *e)
{
	struct slice line = logfile_last_line(file);
	struct seal seal;
	bool keyed = line.n > 0 && seal_read(line, &seal) && seal.key > 0;

	keying->step = keying->key.number == 1 ? KEYING_START : KEYING_NEXT;
	/* A crash came between the change of the key and its record. */
	if (!keyed || seal.key + 1 == keying->key.number)
		return 0;
	if (!keying_has_made(&keying->key, &seal)) {
		keying->step = KEYING_START;
		return 0;
	}
	keying->step = KEYING_SAME;
	if (seal.key == keying->key.number && !logfile_has_begun(file))
		return 0;
	if (keying_advance_to(keying, seal.key + 1, e) < 0)
		return -1;
	keying->step = KEYING_NEXT;
	return 0;
}

static void
keying_lose(struct keying *keying, bool again, const struct err *e)
{
	static const char what[] = "the decision log is not keyed";

	log_error("%s: %s", e->text, what);
	warning_set(WARNING_LOG_KEY, "%s: %s", e->text, what);
	if (!again)
		keying->step = KEYING_LOST;
	keying->is_lost = true;
}

void
keying_use(struct keying *keying, const char *path, struct logfile *file)
{
	bool was_lost = keying->is_lost;
	struct err e;

	assert(file != NULL);
	if (keying_is_of(keying, path))
		return;
	logfile_set_key(file, NULL);
	keying_close(keying);
	if (keying_open(keying, path, &e) < 0) {
		keying_lose(keying, was_lost, &e);
		return;
	}
	warning_clear(WARNING_LOG_KEY);
	if (keying_follow(keying, file, &e) < 0)
		keying_note_late(keying, &e);
	logfile_set_key(file, &keying->key);
}

void
keying_end(struct keying *keying)
{
	if (keying_is_open(keying))
		keying->step = KEYING_END;
	if (keying_is_open(keying) || keying->is_lost)
		warning_clear(WARNING_LOG_KEY);
}
