/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "milter/base/counters.h"

/* Grows before the event loop runs; then it is only read. */
static struct counter *first;
static struct counter **end = &first;

static void
counters_add(struct counter *counter)
{
	assert(counter->name != NULL && counter->family != NULL);
	assert(counter->labels != NULL && counter->help != NULL);
	if (counter->registered)
		return;
	assert(counter->next == NULL);
	counter->registered = true;
	*end = counter;
	end = &counter->next;
}

void
counters_register(struct counter *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		counters_add(&list[i]);
}

struct counter *
counters_first(void)
{
	return first;
}

void
counter_add(struct counter *counter)
{
	assert(counter->kind == COUNTER_TOTAL);
	atomic_fetch_add_explicit(&counter->value, 1, memory_order_relaxed);
}

void
counter_set(struct counter *counter, uint64_t value)
{
	assert(counter->kind == COUNTER_NOW);
	atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

uint64_t
counter_value(const struct counter *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

uint64_t
counter_since(struct counter *counter)
{
	uint64_t value = counter_value(counter);
	uint64_t since = value - counter->reported;

	assert(counter->kind == COUNTER_TOTAL);
	assert(value >= counter->reported);
	counter->reported = value;
	return since;
}

bool
counters_summary(const char *title, char *out, size_t size)
{
	int n = snprintf(out, size, "%s", title);
	bool grown = false;

	for (struct counter *c = first; c != NULL; c = c->next) {
		uint64_t value;

		if (c->summary == NULL)
			continue;
		value = c->kind == COUNTER_TOTAL ? counter_since(c)
						 : counter_value(c);
		grown = grown || (value > 0 && !c->minor);
		assert(n > 0 && (size_t)n < size);
		n += snprintf(out + n, size - (size_t)n, " %s=%" PRIu64,
		    c->summary, value);
	}
	assert(n > 0 && (size_t)n < size);
	return grown;
}
