/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/show/pin_ends.h"
#include "conf/show/print_json.h"
#include "conf/state/statetext.h"
#include "policy/table/pin_end.h"

/* A warning has these words. */
#define PIN_NO_SUCCESSOR "no successor is listed"

json_t *
pin_ends_json(const struct peer_group *groups, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < groups[i].certificate_count; k++) {
			const struct dated_certificate *c =
			    &groups[i].certificates[k];

			json_array_append_new(list, json_pack("{s:o,s:o,s:o}",
			    "file", jsontext_shown(c->file),
			    "fingerprint", jsontext_shown(c->fingerprint),
			    "ends", time_to_json(c->ends)));
		}
	return list;
}

void
pin_ends_print(const json_t *list, FILE *out)
{
	const json_t *c;
	size_t i;

	json_array_foreach(list, i, c)
		fprintf(out, "  %-9s %s ends %s\n", "",
		    jsontext_at(c, "file").p, jsontext_at(c, "ends").p);
}

/* What is reviewed, and where it is reported. */
struct pin_review {
	const char *folder;
	int64_t now;
	struct problems *problems;
};

/* Whether a group of this line has been reported: one of a profile is that of
 * many partners. */
static bool
pin_is_reported(const struct pin_review *review, const char *path,
    unsigned line)
{
	for (size_t i = 0; i < problems_count(review->problems); i++) {
		const struct problem *p = problems_get(review->problems, i);

		if (p->line == line && strcmp(p->file, path) == 0 &&
		    strstr(p->text, PIN_NO_SUCCESSOR) != NULL)
			return true;
	}
	return false;
}

static void
pin_review_group(const struct pin_review *review, struct place place,
    const struct peer_group *group)
{
	const struct dated_certificate *last = pin_end_near(group,
	    review->now);
	char path[512], file[256], ends[STATETEXT_TIME];

	if (last == NULL || problems_full(review->problems, SEVERITY_WARNING))
		return;
	snprintf(path, sizeof(path), "%s%s",
	    place.file[0] == '/' ? "" : review->folder, place.file);
	if (pin_is_reported(review, path, place.line))
		return;
	slice_show(last->file, file, sizeof(file));
	statetext_show_time(last->ends, ends);
	problems_add(review->problems, SEVERITY_WARNING, path, place.line,
	    "the last certificate that is pinned here, of %s, %s at %s, and "
	    PIN_NO_SUCCESSOR ": add the file of the next one to certificates "
	    "and reload, before the peer uses it", file,
	    last->ends <= review->now ? "ended" : "ends",
	    ends);
}

static void
pin_review_demand(const struct pin_review *review, struct place place,
    const struct demand *demand)
{
	for (size_t i = 0; i < demand->peer_count; i++)
		pin_review_group(review, place, &demand->peers[i]);
}

static void
pin_review_partner(const struct pin_review *review,
    const struct policy *policy, unsigned index)
{
	const struct partner *partner = table_partner(policy->table, index);

	for (enum hop hop = HOP_INBOUND; hop < HOP_COUNT; hop++) {
		const struct rule *rule = partner->rules[hop];

		if (rule == NULL)
			continue;
		pin_review_demand(review, rule->place, &rule->demand);
		if (rule->watch != NULL &&
		    rule->watch->peers != rule->demand.peers)
			pin_review_demand(review, rule->place, rule->watch);
	}
}

/* Whether the rule asks for the certificates that find the service. */
static bool
pin_is_demanded(const struct service *service)
{
	const struct demand *demand =
	    &service->partner->rules[HOP_INBOUND]->demand;

	for (size_t i = 0; i < demand->peer_count; i++)
		if (demand->peers[i].certificates ==
		    service->find.certificates)
			return true;
	return false;
}

void
pin_ends_review(const struct policy *policy, const char *folder, int64_t now,
    struct problems *problems)
{
	struct pin_review review = { folder, now, problems };

	for (unsigned i = 0; i < table_partners(policy->table); i++)
		pin_review_partner(&review, policy, i);
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct service *service = &policy->services[i];

		if (!pin_is_demanded(service))
			pin_review_group(&review, service->partner->place,
			    &service->find);
	}
}
