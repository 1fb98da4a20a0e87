/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a policy file. Bytes after the octets 1E 0A are its text table,
 * which the file names "101". A file that loads demands what it contains; for
 * one that does not load, a reason is reported.
 */
#include "config.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "conf/file/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* At a syntax error libconfig 1.5 leaks the string that it was reading. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig.so\n";
}

enum { MAIN = 100, TABLE = 101 };

/* A file without a name, on a fixed descriptor that the policy can name. */
static void
put_file(int number, struct slice text)
{
	int fd = memfd_create("policy", MFD_CLOEXEC);

	if (fd < 0 || dup2(fd, number) < 0 ||
	    write(number, text.p, text.n) != (ssize_t)text.n)
		abort();
	close(fd);
}

static void
check_floors(const struct demand *demand, enum hop hop)
{
	for (unsigned i = 0; i < FLOOR_COUNT; i++)
		assert(demand->floor[i] == 0 ||
		    (demand->level != LEVEL_NONE &&
			floor_refusal((enum floor)i, hop) == NULL));
}

static void
check_demand(const struct demand *demand, enum hop hop)
{
	assert(demand->level != LEVEL_UNSET);
	if (demand->level == LEVEL_NONE)
		assert(demand->peer_count == 0 && !demand->any_peer &&
		    !demand->dane);
	check_floors(demand, hop);
	for (size_t i = 0; i < demand->peer_count; i++) {
		const struct peer_group *group = &demand->peers[i];

		assert(peer_group_is_proof(group) || group->client_count > 0);
		if (demand->level == LEVEL_VERIFY)
			assert(peer_group_is_proof(group));
	}
	if (hop == HOP_INBOUND || hop == HOP_ENTRY) {
		assert(!demand->dane);
		if (demand->level == LEVEL_VERIFY)
			assert(demand->any_peer != (demand->peer_count > 0));
	}
	if (hop == HOP_EARLIER)
		assert(demand->level != LEVEL_VERIFY &&
		    demand->peer_count == 0);
	if (hop == HOP_OUTBOUND)
		assert(demand->peer_count <= 1 && !demand->any_peer &&
		    demand->floor[FLOOR_BITS] == 0);
}

static void
check_rule(const struct rule *rule, const struct partner *partner,
    enum hop hop)
{
	assert(rule->partner == partner && rule->hop == hop);
	assert(rule->stage != STAGE_UNSET && rule->place.file != NULL);
	if (hop == HOP_OUTBOUND)
		assert(rule->stage != STAGE_TAG && rule->stage != STAGE_HOLD);
	assert(rule->never_below <= rule->demand.level);
	check_demand(&rule->demand, hop);
	if (rule->watch != NULL)
		check_demand(rule->watch, hop);
}

static bool
check_row(const struct table *table, const struct row *row,
    void *data ATTR_UNUSED)
{
	struct row again;

	assert(row->key.n > 0 && row->hops != 0);
	assert(table_exact(table, row->key, &again));
	assert(again.partner == row->partner);
	return true;
}

static void
check_policy(const struct policy *policy)
{
	const struct table *table = policy->table;

	assert(strlen(policy->digest) == 64);
	for (unsigned i = 0; i < table_partners(table); i++) {
		const struct partner *partner = table_partner(table, i);

		for (enum hop hop = HOP_INBOUND; hop < HOP_COUNT; hop++)
			if (partner->rules[hop] != NULL)
				check_rule(partner->rules[hop], partner, hop);
	}
	table_each(table, check_row, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct problems *problems = problems_create();
	struct slice all = { (const char *)data, size }, table = SLICE("");
	struct policy *policy;

	for (size_t i = 0; i + 1 < size; i++)
		if (data[i] == 0x1e && data[i + 1] == '\n') {
			table = slice_from(all, i + 2);
			all = slice_head(all, i);
			break;
		}
	put_file(MAIN, all);
	put_file(TABLE, table);
	policy = policy_read("/proc/self/fd/100", problems);
	assert((policy == NULL) == (problems_errors(problems) > 0));
	if (policy != NULL)
		check_policy(policy);
	policy_destroy(&policy);
	problems_destroy(&problems);
	close(MAIN);
	close(TABLE);
	return 0;
}
