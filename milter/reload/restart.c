/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <pthread.h>

#include "milter/reload/restart.h"
#include "conf/file/takes.h"
#include "milter/base/warnings.h"
#include "milter/log/log.h"
#include "policy/base/jsontext.h"

enum {
	RESTART_NEEDS = 8,
	/* Room for the value of a setting, with some sockets. */
	VALUE = 4096
};

/* A setting that waits for a restart; its values as `enforcetls check` shows
 * them, "" for none. Long ones are cut. */
struct restart_need {
	char setting[64];
	char running[256];
	char wanted[256];
	char why[256];                  /* a socket could not be opened; "": it
	                                 * is none that a reload opens */
};

struct running {
	char setting[64];
	char value[VALUE];
	char why[256];                  /* the same */
};

/* Written before other threads run, and then by the reloader's alone. */
static struct running running[RESTART_NEEDS];
static size_t running_count;

/* Under lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct restart_need needs[RESTART_NEEDS];
static size_t need_count;

static void
restart_show(const struct section_key *key, const struct settings *settings,
    char out[VALUE])
{
	struct text text;

	text_init(&text, out, VALUE);
	key->show(key, settings, &text);
	text_end(&text);
}

static void
restart_note_one(const char *name, enum takes takes ATTR_UNUSED,
    const struct section_key *key, void *data)
{
	struct running *one = &running[running_count++];

	assert(running_count <= RESTART_NEEDS);
	snprintf(one->setting, sizeof(one->setting), "%s", name);
	one->why[0] = '\0';
	restart_show(key, data, one->value);
}

void
restart_note(const struct settings *settings)
{
	struct settings copy = *settings;

	running_count = 0;
	takes_each_restart(restart_note_one, &copy);
}

struct review {
	const struct settings *settings;
	struct restart_need needs[RESTART_NEEDS];
	size_t count;
};

static struct running *
restart_running(const char *name)
{
	for (size_t i = 0; i < running_count; i++)
		if (strcmp(running[i].setting, name) == 0)
			return &running[i];
	return NULL;
}

struct opened {
	const char *setting;
	const struct settings *settings;
};

static void
restart_open_one(const char *name, enum takes takes,
    const struct section_key *key, void *data)
{
	const struct opened *opened = data;
	struct running *one = restart_running(name);

	if (takes != TAKES_SOCKETS || one == NULL ||
	    strcmp(name, opened->setting) != 0)
		return;
	restart_show(key, opened->settings, one->value);
	one->why[0] = '\0';
}

void
restart_opened(const char *setting, const struct settings *settings)
{
	struct opened opened = { setting, settings };

	takes_each_restart(restart_open_one, &opened);
}

void
restart_not_opened(const char *setting, const char *why)
{
	struct running *one = restart_running(setting);

	assert(one != NULL);
	snprintf(one->why, sizeof(one->why), "%.255s", why);
}

static void
restart_review_one(const char *name, enum takes takes ATTR_UNUSED,
    const struct section_key *key, void *data)
{
	struct review *review = data;
	const struct running *old = restart_running(name);
	struct restart_need *need;
	char wanted[VALUE];

	restart_show(key, review->settings, wanted);
	if (old == NULL ||
	    (old->why[0] == '\0' && strcmp(old->value, wanted) == 0))
		return;
	assert(review->count < RESTART_NEEDS);
	need = &review->needs[review->count++];
	snprintf(need->setting, sizeof(need->setting), "%s", name);
	snprintf(need->running, sizeof(need->running), "%.255s", old->value);
	snprintf(need->wanted, sizeof(need->wanted), "%.255s", wanted);
	snprintf(need->why, sizeof(need->why), "%s", old->why);
}

/* The value, or what stands for none. */
static const char *
restart_value(const char *value)
{
	return value[0] == '\0' ? "nothing" : value;
}

/* "map.listen needs a restart: it is ... until then, and will be ...: WHY". */
static void
restart_describe(const struct restart_need *need, struct text *out)
{
	bool same = strcmp(need->running, need->wanted) == 0;

	text_add(out, "%s needs a restart: it %s %s until then",
	    need->setting, same ? "does not serve all of" : "is",
	    restart_value(need->running));
	if (!same)
		text_add(out, ", and will be %s", restart_value(need->wanted));
	if (need->why[0] != '\0')
		text_add(out, " (%s)", need->why);
}

static void
restart_report(const struct review *review)
{
	char sentences[WARNING_TEXT], sentence[WARNING_TEXT];
	struct text all, one;

	text_init(&all, sentences, sizeof(sentences));
	for (size_t i = 0; i < review->count; i++) {
		text_init(&one, sentence, sizeof(sentence));
		restart_describe(&review->needs[i], &one);
		text_end(&one);
		log_warning("%s", sentence);
		text_join(&all, "; ", "%s", sentence);
	}
	text_end(&all);
	if (review->count > 0)
		warning_set(WARNING_RESTART, "%s", sentences);
	else
		warning_clear(WARNING_RESTART);
}

void
restart_review(const struct settings *settings)
{
	struct review review = { .settings = settings };

	takes_each_restart(restart_review_one, &review);
	restart_report(&review);
	pthread_mutex_lock(&lock);
	memcpy(needs, review.needs, sizeof(needs));
	need_count = review.count;
	pthread_mutex_unlock(&lock);
}

json_t *
restart_json(void)
{
	json_t *list = json_array();

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < need_count; i++) {
		json_t *one = json_object();

		json_object_set_new(one, "setting",
		    json_string(needs[i].setting));
		json_object_set_new(one, "running",
		    jsontext_exact(slice_of(needs[i].running)));
		json_object_set_new(one, "wanted",
		    jsontext_exact(slice_of(needs[i].wanted)));
		json_object_set_new(one, "why", needs[i].why[0] == '\0'
		    ? json_null() : jsontext_exact(slice_of(needs[i].why)));
		json_array_append_new(list, one);
	}
	pthread_mutex_unlock(&lock);
	return list;
}
