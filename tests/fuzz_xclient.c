/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as the macros of one session whose client is exchanged: a proxy
 * with XCLIENT, or a listener behind one, gives Postfix other values for the
 * client at any time, "[UNAVAILABLE]", "IPV6:..." and nothing among them. Sets
 * are separated by an empty line; each sends some macros anew. A recipient is
 * judged after each. Nobody becomes local by a value that is no address of this
 * host, nothing is left of the client before, and no set passes without TLS of
 * its own.
 */
#include "config.h"

#include <assert.h>
#include <stdint.h>

#include "policy/evidence/dialect.h"
#include "policy/judge/judge.h"
#include "tests/made.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct made_row rows[] = {
	{ "bank", "bank.example", .inbound = { MADE(VERIFY, REJECT),
	    .names = "mx.bank.example" },
	    .entry = { MADE(ENCRYPT, REJECT) } },
	{ "all", "*", .entry = { MADE(ENCRYPT, REJECT) } },
};

static struct policy *
a_policy(void)
{
	static struct policy policy;

	if (policy.table == NULL)
		made_policy(&policy, MODE_ENFORCE, rows, COUNT_OF(rows));
	policy.settings.local_submission = SUBMISSION_EXEMPT;
	policy.settings.null_sender_cap = ACTION_DEFER;
	return &policy;
}

static void
read_set(struct slice *rest, struct request *request)
{
	struct slice line;

	while (slice_next(rest, '\n', &line) && line.n > 0) {
		size_t at = slice_find(line, '=');
		struct slice name = slice_head(line, at);
		struct slice value = slice_from(line, at + 1);
		enum macro which;

		/* A name alone takes the macro back. */
		if (at == line.n)
			value = SLICE_NONE;
		if (slice_eq(name, SLICE("sender")))
			request->sender = value;
		else if (slice_eq(name, SLICE("recipient")))
			request->recipient = value;
		else if (macro_from(name, &which))
			request->macros.value[which] = value;
	}
	request->mta = dialect_recognise(MTA_UNKNOWN, &request->macros);
}

static bool
is_loopback(struct slice text)
{
	struct netaddr address;

	return netaddr_from(text, &address) && netaddr_is_loopback(&address);
}

static void
check_decision(const struct request *request, const struct ruling *ruling,
    const struct decision *d)
{
	const struct macros *m = &request->macros;

	if (d->exempt == EXEMPT_LOCAL_CLIENT)
		assert(is_loopback(macros_get(m, MACRO_CLIENT_ADDR)));
	/* Sendmail writes "0" for a pipe (FACTS 37). */
	if (d->exempt == EXEMPT_SUBMISSION)
		assert(slice_eq(macros_get(m, MACRO_CLIENT_ADDR), SLICE("0")) ||
		    is_loopback(macros_get(m, MACRO_CLIENT_ADDR)));
	if (d->finding.verdict == VERDICT_PASS)
		assert(macros_get(m, MACRO_TLS_VERSION).n > 0);
	else if (d->exempt == EXEMPT_NONE)
		assert(ruling->applied >= ACTION_DEFER);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { size == 0 ? "" : (const char *)data, size };
	struct request request = { .ref = SLICE("REF"), .can_hold = true,
		.can_tag = true, .can_wait = true };
	struct policy *policy = a_policy();

	while (rest.p != NULL) {
		struct arena *a = arena_create(4096);
		/* What judging writes into it is of one recipient. */
		struct request one;
		struct ruling ruling;

		read_set(&rest, &request);
		one = request;
		judge_recipient(policy, &one, a, &ruling);
		for (size_t i = 0; i < ruling.count; i++)
			if (ruling.list[i].rule != NULL)
				check_decision(&one, &ruling, &ruling.list[i]);
		arena_destroy(&a);
	}
	return 0;
}
