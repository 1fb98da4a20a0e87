/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as what Sendmail measured of a server. A server is good only with
 * what every rule asks: encryption, or a verified name. The first octet chooses
 * whether there is a catch-all row. */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/outbound/sendmail_server.h"
#include "tests/made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct made_row rows[] = {
	{ "bank", "bank.example .bank.example", .outbound = {
	    MADE(VERIFY, DEFER), .names = "mx.bank.example" } },
	{ "gate", "[gw.example] [192.0.2.9]", MADE_NEXT_HOP, .outbound = {
	    MADE(ENCRYPT, DEFER) } },
	{ "rest", "*", .outbound = { MADE(ENCRYPT, DEFER) } },
};

static struct policy *
policy_of(bool star)
{
	static struct policy policies[2];
	static bool made;

	if (!made)
		for (size_t i = 0; i < 2; i++)
			made_policy(&policies[i], MODE_ENFORCE, rows,
			    COUNT_OF(rows) - (i == 0));
	made = true;
	return &policies[star];
}

/* Field number i of the key; absent: it has fewer. */
static struct slice
field(struct slice key, unsigned i)
{
	struct slice word = SLICE_NONE;

	for (unsigned at = 0; at <= i; at++)
		if (!slice_next(&key, '/', &word))
			return SLICE_NONE;
	return word;
}

static void
check_good(const struct sendmail_server *answer, struct slice key)
{
	enum { FIELD_OF_VERIFY = 2, FIELD_OF_VERSION = 3 };
	const struct demand *demand = answer->hop.demand;
	struct slice verify = field(key, FIELD_OF_VERIFY);

	if (demand->level == LEVEL_NONE)
		return;
	assert(field(key, FIELD_OF_VERSION).n > 0);
	if (demand->level == LEVEL_VERIFY)
		assert(slice_eq(verify, SLICE("OK")) ||
		    slice_eq(verify, SLICE("TRUSTED")));
}

static void
check_sts(const struct policy *policy, struct slice key)
{
	struct outbound_question question = { .now = 1 };
	struct outbound_answer answer;
	struct slice text;

	outbound_key_read(key, &question.key);
	outbound_answer(policy, &question, &answer);
	sendmail_server_sts(&question.key, &answer);
	text = (struct slice){ answer.text, answer.n };
	assert(slice_find(text, '\n') == text.n);
	assert(answer.kind != OUTBOUND_OK ||
	    slice_starts(text, SLICE("OK secure match=")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create(4096);
	struct sendmail_server answer;
	struct slice key, text;
	struct policy *policy;

	if (size > 0) {
		policy = policy_of((data[0] & 1) != 0);
		key = (struct slice){ (const char *)data + 1, size - 1 };
		sendmail_server_judge(policy, key, 1, a, &answer);
		text = (struct slice){ answer.text, answer.n };
		assert(slice_find(text, '\n') == text.n);
		if (slice_eq(text, SLICE("OK good")))
			check_good(&answer, key);
		else
			assert(slice_starts(text, SLICE("OK wait ")) ||
			    slice_starts(text, SLICE("TEMP ")) ||
			    slice_eq(text, SLICE("NOTFOUND ")));
		check_sts(policy, key);
	}
	arena_destroy(&a);
	return 0;
}
