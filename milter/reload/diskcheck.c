/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>
#include <sys/stat.h>

#include "milter/reload/diskcheck.h"
#include "policy/base/arena.h"

/* What a file looked like; all zero: it was not there, or is not known. */
struct file_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
};

struct watched {
	char *path;             /* owns */
	struct file_stamp stamp;
};

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watched *list;    /* owns */
static size_t count;
static bool reported;
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

static void
diskcheck_forget(void)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].path);
	free(list);
	list = NULL;
	count = 0;
}

static void
diskcheck_add(struct slice path, int64_t started)
{
	struct watched *w;
	int64_t written;

	assert((list == NULL) == (count == 0));
	list = xrealloc(list, (count + 1) * sizeof(*list));
	w = &list[count++];
	w->path = xmalloc(path.n + 1);
	memcpy(w->path, path.p, path.n);
	w->path[path.n] = '\0';
	w->stamp = diskcheck_stamp_of(w->path);
	written = (int64_t)w->stamp.written.tv_sec * 1000 +
	    w->stamp.written.tv_nsec / 1000000;
	if (written > started)
		w->stamp = (struct file_stamp){ .size = 0 };
}

static void
diskcheck_add_policy(const struct policy *policy, int64_t started)
{
	for (size_t i = 0; i < policy->files.count; i++)
		diskcheck_add(policy->files.list[i], started);
	if (policy->candidate != NULL)
		diskcheck_add_policy(policy->candidate, started);
}

void
diskcheck_set(const char *path, const struct policy *policy, int64_t started)
{
	pthread_mutex_lock(&lock);
	if (policy != NULL) {
		diskcheck_forget();
		diskcheck_add_policy(policy, started);
	} else if (count == 0) {
		diskcheck_add(slice_of(path), INT64_MAX);
	}
	for (size_t i = 0; policy == NULL && i < count; i++)
		list[i].stamp = diskcheck_stamp_of(list[i].path);
	reported = false;
	broken = policy == NULL;
	pthread_mutex_unlock(&lock);
}

const char *
diskcheck_word(void)
{
	bool changed = false, failed;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count && !changed; i++) {
		struct file_stamp stamp = diskcheck_stamp_of(list[i].path);

		changed = !diskcheck_stamps_equal(&stamp, &list[i].stamp);
	}
	failed = broken;
	pthread_mutex_unlock(&lock);
	return changed ? "changed" : failed ? "broken" : "loaded";
}

bool
diskcheck_changed(char *out, size_t size)
{
	bool changed = false;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count && !changed && !reported; i++) {
		struct file_stamp stamp = diskcheck_stamp_of(list[i].path);

		changed = !diskcheck_stamps_equal(&stamp, &list[i].stamp);
		if (changed)
			snprintf(out, size, "%s", list[i].path);
	}
	reported = reported || changed;
	pthread_mutex_unlock(&lock);
	return changed;
}

void
diskcheck_clear(void)
{
	pthread_mutex_lock(&lock);
	diskcheck_forget();
	pthread_mutex_unlock(&lock);
}
