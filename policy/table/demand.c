/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdarg.h>

#include "policy/table/demand.h"

bool
peer_group_needs_certificate(const struct peer_group *group)
{
	return group->names.count > 0 || group->subjects.count > 0 ||
	    group->issuers.count > 0 || group->fingerprints.count > 0;
}

bool
peer_group_is_proof(const struct peer_group *group)
{
	return peer_group_needs_certificate(group) || group->logins.count > 0;
}

/* A bounded text that says when it was cut. */
struct text {
	char *out;
	size_t size;
	size_t n;
	bool cut;
};

static void demand_add(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
demand_add(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	if (t->cut)
		return;
	va_start(ap, format);
	n = vsnprintf(t->out + t->n, t->size - t->n, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->size - t->n) {
		t->cut = true;
		t->n = t->size - 1;
		if (t->size > 4)
			memcpy(t->out + t->size - 4, "...", 4);
		return;
	}
	t->n += (size_t)n;
}

static void
demand_add_words(struct text *t, const char *key, const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		char shown[256];

		slice_show(words->list[i], shown, sizeof(shown));
		if (i == 0)
			demand_add(t, " %s=%s", key, shown);
		else
			demand_add(t, "|%s", shown);
	}
}

static void
demand_add_group(struct text *t, const struct peer_group *group)
{
	demand_add_words(t, "names", &group->names);
	demand_add_words(t, "subjects", &group->subjects);
	demand_add_words(t, "issuers", &group->issuers);
	demand_add_words(t, "fingerprints", &group->fingerprints);
	demand_add_words(t, "logins", &group->logins);
	for (size_t i = 0; i < group->client_count; i++) {
		char shown[64];

		netrange_show(&group->clients[i], shown, sizeof(shown));
		if (i == 0)
			demand_add(t, " clients=%s", shown);
		else
			demand_add(t, "|%s", shown);
	}
}

size_t
demand_show(const struct demand *demand, char *out, size_t size)
{
	struct text t = { .out = out, .size = size };

	demand_add(&t, "%s", level_name(demand->level));
	if (demand->any_peer)
		demand_add(&t, " any_peer");
	if (demand->dane)
		demand_add(&t, " dane");
	for (size_t i = 0; i < demand->peer_count; i++) {
		if (i > 0)
			demand_add(&t, " or");
		demand_add_group(&t, &demand->peers[i]);
	}
	if (demand->min_tls != TLS_NONE)
		demand_add(&t, " min_tls=%s",
		    tls_version_name(demand->min_tls));
	if (demand->min_bits > 0)
		demand_add(&t, " min_bits=%d", demand->min_bits);
	if (demand->min_grade != GRADE_NONE)
		demand_add(&t, " min_grade=%s", grade_name(demand->min_grade));
	return t.n;
}
