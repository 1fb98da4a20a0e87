/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random_policy - policies made at random, and what may be asked of them
 *
 * For tests that compare two ways to the same answer. The same seed makes the
 * same policy.
 */
#ifndef TESTS_RANDOM_POLICY_H
#define TESTS_RANDOM_POLICY_H

#include "tests/made.h"

/* A time at which some of the exceptions are in force. */
enum { RANDOM_NOW = 1000, RANDOM_SPAN = 500 };

#define RANDOM_U "m\xc3\xbcnchen.example"
#define RANDOM_A "xn--mnchen-3ya.example"

static const char *const random_keys[] = {
	"example", "a.example", "b.a.example", "c.b.a.example", RANDOM_A,
	".example", ".a.example", ".b.a.example", "." RANDOM_A,
	"[a.example]", "[b.a.example]:587", "b.a.example:25", "[192.0.2.1]",
	"[192.0.2.1]:26", "[" RANDOM_A "]:25", "unix:private/x", "private/y",
	"[2001:db8::1]", "*",
};

/* Bare names first: see RANDOM_NAMES. */
static const char *const random_asked[] = {
	"example", "a.example", "b.a.example", "c.b.a.example",
	"z.example", "z.a.example", "z.b.a.example", "y.z.a.example",
	"z.c.b.a.example", "B.A.Example", RANDOM_A, RANDOM_U,
	"M\xc3\x9cNCHEN.Example", "z." RANDOM_A, "Z." RANDOM_U, "other.test",
	/* no names */
	"[a.example]", "[b.a.example]", "[z.a.example]", "[A.Example]",
	"[b.a.example]:587", "[b.a.example]:submission", "[b.a.example]:25",
	"b.a.example:25", "b.a.example:smtp", "a.example:25",
	"[" RANDOM_U "]:25", "[" RANDOM_A "]:SMTP", "[192.0.2.1]",
	"192.0.2.1", "[192.0.2.1]:26", "192.0.2.1:26", "[192.0.2.1]:25",
	"[IPv6:2001:DB8::1]", "[2001:db8::1]", "[2001:db8:0::1]",
	"unix:private/x", "private/y", "a.example.", "[a.example.]",
	"[127.0.0.1]:10024",
	/* spelled as nobody should: not composed, full width */
	"mu\xcc\x88nchen.example", "\xef\xbd\x81.example",
};

enum { RANDOM_NAMES = 16, RANDOM_ODD = COUNT_OF(random_asked) - 2 };

static uint64_t random_seed;

static inline unsigned
random_below(unsigned n)
{
	random_seed ^= random_seed << 13;
	random_seed ^= random_seed >> 7;
	random_seed ^= random_seed << 17;
	return (unsigned)(random_seed >> 33) % n;
}

static inline struct made_rule
random_rule(bool everybody)
{
	static const enum stage stages[] = { STAGE_LOG_ONLY, STAGE_DEFER,
		STAGE_REJECT };
	struct made_rule rule = {
		.level = (enum level)(LEVEL_NONE + random_below(3)),
		.stage = everybody ? STAGE_LOG_ONLY : stages[random_below(3)],
	};

	if (rule.level == LEVEL_VERIFY && random_below(2) == 0)
		rule.names = "mx.example .a.example";
	else if (rule.level == LEVEL_VERIFY && random_below(3) == 0)
		rule.dane = true;
	if (rule.level != LEVEL_NONE && random_below(3) == 0)
		rule.floor[FLOOR_TLS] = TLS_1_2;
	return rule;
}

static const char *const random_names[] = { "p0", "p1", "p2", "p3", "p4", "p5",
	"p6", "p7", "p8", "p9" };

/* Gives each key to no partner, or to one at random; "*" to one alone. */
static inline size_t
random_rows(struct made_row rows[COUNT_OF(random_names)],
    char keys[COUNT_OF(random_names)][600])
{
	size_t count = 1 + random_below(COUNT_OF(random_names) - 1), used = 0;

	for (size_t i = 0; i < count; i++)
		keys[i][0] = '\0';
	for (size_t i = 0; i < COUNT_OF(random_keys) - 1; i++) {
		char *of = keys[random_below((unsigned)count)];

		if (random_below(2) == 0)
			snprintf(of + strlen(of), 600 - strlen(of), "%s%s",
			    of[0] == '\0' ? "" : " ", random_keys[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (keys[i][0] != '\0') {
			rows[used] = (struct made_row){ random_names[used],
				keys[i], .outbound = random_rule(false) };
			used++;
		}
	if (random_below(3) == 0) {
		rows[used] = (struct made_row){ random_names[used], "*",
			.outbound = random_rule(true) };
		used++;
	}
	return used;
}

struct random_policy {
	struct policy policy;
	struct overlay overlay;
	struct exception exceptions[4];
	unsigned char stages[COUNT_OF(random_names)];
	struct slice smarthosts[2];
};

static inline void
random_add_overlay(struct random_policy *r, size_t rows)
{
	size_t count = random_below(COUNT_OF(r->exceptions) + 1);

	for (size_t i = 0; i < count; i++) {
		struct exception *e = &r->exceptions[i];

		*e = (struct exception){ .id = SLICE("id"),
			.partner = slice_of(random_names[random_below(
			    (unsigned)rows)]),
			.hop = HOP_OUTBOUND,
			.floor = random_below(2) == 0 ? LEVEL_NONE
			    : LEVEL_ENCRYPT,
			.from = RANDOM_NOW - RANDOM_SPAN +
			    random_below(2 * RANDOM_SPAN) };
		e->until = e->from + 1 + random_below(RANDOM_SPAN);
		if (random_below(2) == 0)
			e->key = slice_of(random_keys[random_below(
			    COUNT_OF(random_keys))]);
	}
	for (size_t i = 0; i < rows; i++)
		r->stages[i] = random_below(4) == 0 ? STAGE_LOG_ONLY
		    : STAGE_UNSET;
	r->overlay = (struct overlay){ .exceptions = exceptions_index(
		r->exceptions, count, table_arena(r->policy.table)),
		.stages = r->stages, .stage_count = rows };
	r->policy.overlay = &r->overlay;
}

/* Goes with random_clear(). Does not move. */
static inline void
random_make(struct random_policy *r, unsigned seed)
{
	struct made_row rows[COUNT_OF(random_names)] = { 0 };
	static char keys[COUNT_OF(random_names)][600];
	size_t count;

	*r = (struct random_policy){ .policy = { .table = NULL } };
	random_seed = 88172645463325252u + seed * 7919u;
	do
		count = random_rows(rows, keys);
	while (count == 0);
	made_policy(&r->policy, MODE_ENFORCE, rows, count);
	r->policy.settings.exception_allow_plaintext = true;
	r->smarthosts[0] = SLICE("[z.a.example]:587");
	r->smarthosts[1] = SLICE("[b.a.example]");
	if (random_below(3) == 0)
		r->policy.settings.smarthosts = (struct words){ r->smarthosts,
			COUNT_OF(r->smarthosts) };
	random_add_overlay(r, count);
}

static inline void
random_clear(struct random_policy *r)
{
	made_clear(&r->policy);
}
#endif
