/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as main.cf, master.cf and the answers of postconf(1). A model that
 * comes of it has values that are C strings where it says so, and no setting
 * twice. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "tests/postconf_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_settings(const struct mta_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		assert(settings->list[i].name != NULL &&
		    settings->list[i].origin != NULL);
		assert(i == 0 || strcmp(settings->list[i - 1].name,
		    settings->list[i].name) <= 0);
	}
}

static void
check_instance(const struct mta_instance *instance)
{
	for (size_t i = 0; i < instance->service_count; i++) {
		const struct mta_service *s = &instance->services[i];

		assert(s->name != NULL && s->origin != NULL);
		assert(mta_service_named(instance, s->name) != NULL);
		check_settings(&s->settings);
		for (size_t j = 0; j < s->milters.count; j++)
			assert(s->milters.list[j].endpoint.p != NULL);
	}
	for (size_t i = 0; i < instance->transport_count; i++)
		check_settings(&instance->transports[i].settings);
	for (size_t i = 0; i < instance->table_count; i++)
		assert(instance->tables[i].table.type.n > 0);
	for (size_t i = 0; i < instance->unread.count; i++)
		assert(instance->unread.list[i].why[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { size == 0 ? "" : (const char *)data, size };
	struct mta_instance instance = { .name = "-" };
	struct arena *a = arena_create(65536);
	struct err e;

	if (postconf_text_read(text, a, &instance, &e) == 0)
		check_instance(&instance);
	arena_destroy(&a);
	return 0;
}
