/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <stdarg.h>

#include "conf/mta/mta_config.h"
#include "policy/base/text.h"

struct mta_config *
mta_config_create(enum mta mta)
{
	struct arena *a = arena_create(64 * 1024);
	struct mta_config *config = arena_alloc(a, sizeof(*config));

	config->arena = a;
	config->mta = mta;
	return config;
}

void
mta_config_destroy(struct mta_config **config)
{
	struct arena *a = *config == NULL ? NULL : (*config)->arena;

	*config = NULL;
	arena_destroy(&a);
}

void
mta_unread_add(struct arena *a, struct mta_unread_list *unread,
    const char *what, const char *why, ...)
{
	char sentence[TEXT_SENTENCE];
	struct text t;
	va_list args;

	text_init(&t, sentence, sizeof(sentence));
	va_start(args, why);
	text_vadd(&t, why, args);
	va_end(args);
	text_end(&t);
	/* A thousand transports may name one table. */
	for (size_t i = 0; i < unread->count; i++)
		if (strcmp(unread->list[i].what, what) == 0 &&
		    strcmp(unread->list[i].why, sentence) == 0)
			return;
	unread->list = arena_more(a, unread->list, unread->count,
	    sizeof(*unread->list));
	unread->list[unread->count++] = (struct mta_unread){
		arena_string(a, slice_of(what)),
		arena_string(a, slice_of(sentence)) };
}

bool
mta_config_is_partial(const struct mta_config *config)
{
	bool partial = config->instance_count == 0 ||
	    config->unread.count > 0;

	for (size_t i = 0; i < config->instance_count; i++)
		partial = partial || config->instances[i].unread.count > 0;
	return partial;
}

static int
mta_compare_name(const void *name, const void *setting)
{
	return strcmp(name, ((const struct mta_value *)setting)->name);
}

static const struct mta_value *
mta_find(const struct mta_settings *settings, const char *name)
{
	if (settings == NULL || settings->count == 0)
		return NULL;
	return bsearch(name, settings->list, settings->count,
	    sizeof(*settings->list), mta_compare_name);
}

struct mta_value
mta_setting(const struct mta_instance *instance,
    const struct mta_settings *own, const char *name)
{
	const struct mta_value *found = mta_find(own, name);

	if (found == NULL)
		found = mta_find(&instance->settings, name);
	return found == NULL ? (struct mta_value){ .name = NULL } : *found;
}

bool
mta_value_is_yes(struct mta_value value)
{
	return slice_ieq(value.text, SLICE("yes")) ||
	    slice_ieq(value.text, SLICE("true")) ||
	    slice_eq(value.text, SLICE("1"));
}

const struct mta_service *
mta_service_named(const struct mta_instance *instance, const char *name)
{
	for (size_t i = 0; i < instance->service_count; i++)
		if (strcmp(instance->services[i].name, name) == 0)
			return &instance->services[i];
	return NULL;
}

const struct mta_transport *
mta_transport_named(const struct mta_instance *instance, struct slice name)
{
	for (size_t i = 0; i < instance->transport_count; i++)
		if (slice_eq(slice_of(instance->transports[i].name), name))
			return &instance->transports[i];
	return NULL;
}

/* The number that *version begins with, which is cut off together with the dot
 * behind it; 0: there is none. */
static unsigned long
mta_version_number(struct slice *version)
{
	unsigned long number = 0;
	size_t i = 0;

	while (i < version->n && i < 9 && version->p[i] >= '0' &&
	    version->p[i] <= '9')
		number = number * 10 + (unsigned long)(version->p[i++] - '0');
	if (i < version->n && version->p[i] == '.')
		*version = slice_from(*version, i + 1);
	else
		*version = SLICE_NONE;
	return number;
}

int
mta_version_compare(struct slice a, struct slice b)
{
	while (a.n > 0 || b.n > 0) {
		unsigned long x = mta_version_number(&a);
		unsigned long y = mta_version_number(&b);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}
