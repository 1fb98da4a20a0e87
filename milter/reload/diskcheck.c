/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <sys/stat.h>

#include "milter/reload/diskcheck.h"
#include "conf/base/filesource.h"
#include "policy/base/arena.h"

/* What a file looked like; all zero: it was not there, or is not known. */
struct file_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
};

/* A file, or a pattern of "include": a file that comes into its folder is not
 * in force either. */
struct watched {
	char *path;             /* owns */
	bool is_pattern;
	struct file_stamp stamp;
	uint64_t found;         /* by the pattern: diskcheck_hash_of() */
};

struct watched_files {
	struct watched *list;   /* owns */
	size_t count;
};

/* Under lock, which nobody holds while waiting for a disk. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched_files files;
static unsigned long version;   /* of files: counted up by each change */
static bool changed;            /* as they looked when last looked at */
static bool reported;
static bool refused;            /* what was read is not in force */
static bool broken;             /* the last attempt to load failed */

static struct file_stamp
diskcheck_stamp_of(const char *path)
{
	struct file_stamp stamp = { .size = 0 };
	struct stat st;

	if (stat(path, &st) == 0)
		stamp = (struct file_stamp){ st.st_dev, st.st_ino, st.st_size,
			st.st_mtim };
	return stamp;
}

static bool
diskcheck_stamps_equal(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->written.tv_sec == b->written.tv_sec &&
	    a->written.tv_nsec == b->written.tv_nsec;
}

static uint64_t
diskcheck_hash_of(const struct words *found)
{
	uint64_t hash = found->count;

	for (size_t i = 0; i < found->count; i++)
		hash = hash * 1099511628211u ^ slice_hash(found->list[i]);
	return hash;
}

/* What the pattern matches now. */
static uint64_t
diskcheck_find(const char *pattern)
{
	struct filesource *disk = filesource_disk();
	struct arena *a = arena_create(4096);
	struct words found = { .count = 0 };
	uint64_t hash = 0;
	struct err e;

	if (disk->match(disk, pattern, a, &found, &e) == 0)
		hash = diskcheck_hash_of(&found);
	arena_destroy(&a);
	return hash;
}

/* Not known when the file was written later than started: what was read may be
 * what was there before. */
static struct file_stamp
diskcheck_stamp_before(const char *path, int64_t started)
{
	struct file_stamp stamp = diskcheck_stamp_of(path);
	int64_t written = (int64_t)stamp.written.tv_sec * 1000 +
	    stamp.written.tv_nsec / 1000000;

	if (written > started)
		stamp = (struct file_stamp){ .size = 0 };
	return stamp;
}

static void
diskcheck_free(struct watched_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->list[i].path);
	free(f->list);
	*f = (struct watched_files){ .list = NULL };
}

static struct watched *
diskcheck_append(struct watched_files *f, struct slice path)
{
	struct watched *w;

	assert((f->list == NULL) == (f->count == 0));
	f->list = xrealloc(f->list, (f->count + 1) * sizeof(*f->list));
	w = &f->list[f->count++];
	*w = (struct watched){ .path = xmalloc(path.n + 1) };
	memcpy(w->path, path.p, path.n);
	w->path[path.n] = '\0';
	return w;
}

static void
diskcheck_add(struct watched_files *f, struct slice path, int64_t started)
{
	struct watched *w = diskcheck_append(f, path);

	w->stamp = diskcheck_stamp_before(w->path, started);
}

static void
diskcheck_add_pattern(struct watched_files *f,
    const struct include_pattern *pattern)
{
	struct watched *w = diskcheck_append(f, pattern->text);

	w->is_pattern = true;
	w->found = diskcheck_hash_of(&pattern->found);
}

/* Takes what is on the disk for what was read. */
static void
diskcheck_renew(struct watched *w, int64_t started)
{
	if (w->is_pattern)
		w->found = diskcheck_find(w->path);
	else
		w->stamp = diskcheck_stamp_before(w->path, started);
}

static bool
diskcheck_differs(const struct watched *w)
{
	struct file_stamp stamp;

	if (w->is_pattern)
		return diskcheck_find(w->path) != w->found;
	stamp = diskcheck_stamp_of(w->path);
	return !diskcheck_stamps_equal(&stamp, &w->stamp);
}

static void
diskcheck_add_policy(struct watched_files *f, const struct policy *policy,
    int64_t started)
{
	for (size_t i = 0; i < policy->files.count; i++)
		diskcheck_add(f, policy->files.list[i], started);
	for (size_t i = 0; i < policy->pattern_count; i++)
		diskcheck_add_pattern(f, &policy->patterns[i]);
	if (policy->candidate != NULL)
		diskcheck_add_policy(f, policy->candidate, started);
}

static bool
diskcheck_has(const struct watched_files *f, struct slice path)
{
	for (size_t i = 0; i < f->count; i++)
		if (!f->list[i].is_pattern &&
		    slice_eq(slice_of(f->list[i].path), path))
			return true;
	return false;
}

/* Adds what a reading asked for: what has errors may be in none that loaded. */
static void
diskcheck_add_trail(struct watched_files *f, const struct filetrail *trail,
    int64_t started)
{
	for (size_t i = 0; i < trail->count; i++)
		if (!diskcheck_has(f, trail->paths[i]))
			diskcheck_add(f, trail->paths[i], started);
}

/* A copy of what is watched; *out is its version. */
static struct watched_files
diskcheck_copy(unsigned long *out)
{
	struct watched_files copy = { .list = NULL };

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < files.count; i++) {
		const struct watched *w = &files.list[i];
		struct watched *to = diskcheck_append(&copy,
		    slice_of(w->path));

		to->is_pattern = w->is_pattern;
		to->stamp = w->stamp;
		to->found = w->found;
	}
	*out = version;
	pthread_mutex_unlock(&lock);
	return copy;
}

void
diskcheck_set(const struct policy *policy, const struct filetrail *trail,
    int64_t started)
{
	struct watched_files new = { .list = NULL }, old;
	unsigned long unused;

	if (policy != NULL)
		diskcheck_add_policy(&new, policy, started);
	else {
		new = diskcheck_copy(&unused);
		for (size_t i = 0; i < new.count; i++)
			diskcheck_renew(&new.list[i], started);
	}
	diskcheck_add_trail(&new, trail, started);
	pthread_mutex_lock(&lock);
	old = files;
	files = new;
	version++;
	changed = reported = refused = false;
	broken = policy == NULL;
	pthread_mutex_unlock(&lock);
	diskcheck_free(&old);
}

void
diskcheck_refuse(void)
{
	pthread_mutex_lock(&lock);
	refused = true;
	pthread_mutex_unlock(&lock);
}

/* Looks at the files and notes whether one has changed, unless others are
 * watched by then. Copies its path to out. */
static bool
diskcheck_look(char *out, size_t size)
{
	unsigned long looked_at;
	struct watched_files now = diskcheck_copy(&looked_at);
	bool found = false;

	for (size_t i = 0; i < now.count && !found; i++) {
		found = diskcheck_differs(&now.list[i]);
		if (found)
			snprintf(out, size, "%s", now.list[i].path);
	}
	diskcheck_free(&now);
	pthread_mutex_lock(&lock);
	if (looked_at == version)
		changed = found;
	else
		found = false;
	pthread_mutex_unlock(&lock);
	return found;
}

const char *
diskcheck_known_word(void)
{
	const char *word;

	pthread_mutex_lock(&lock);
	word = changed ? "changed" : broken ? "broken"
	    : refused ? "refused" : "loaded";
	pthread_mutex_unlock(&lock);
	return word;
}

const char *
diskcheck_word(void)
{
	char path[16];

	diskcheck_look(path, sizeof(path));
	return diskcheck_known_word();
}

bool
diskcheck_changed(char *out, size_t size)
{
	bool first = diskcheck_look(out, size);

	pthread_mutex_lock(&lock);
	first = first && !reported;
	reported = reported || first;
	pthread_mutex_unlock(&lock);
	return first;
}

void
diskcheck_clear(void)
{
	pthread_mutex_lock(&lock);
	diskcheck_free(&files);
	pthread_mutex_unlock(&lock);
}
