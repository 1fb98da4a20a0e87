/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_kept_request - what recipients share is equal in all its values
 */
#include "config.h"

#include "policy/judge/kept_request.h"
#include "policy/judge/session_proof.h"
#include "tests/cases.h"

/* A change to a request. */
enum change { ABSENT, EMPTY, LONGER, OTHER, CHANGES };
static const char *const changes[CHANGES] = { "absent", "empty", "longer",
	"other" };

static struct slice
changed(struct slice value, enum change change, char *text, size_t size)
{
	switch (change) {
	case ABSENT:
		return SLICE_NONE;
	case EMPTY:
		return SLICE("");
	case LONGER:
		snprintf(text, size, "%.*sx", (int)value.n, value.p);
		break;
	case OTHER:
		snprintf(text, size, "%.*s", (int)value.n, value.p);
		text[value.n - 1] ^= 1;
		break;
	case CHANGES:
		break;
	}
	return slice_of(text);
}

/* Every value is set, each to another text. */
static void
request_of(struct request *out, char texts[MACRO_COUNT][16])
{
	*out = (struct request){ .mta = MTA_POSTFIX,
		.sender = SLICE("<a@origin.test>"),
		.recipient = SLICE("<b@bank.test>"), .ref = SLICE("R1"),
		.now = 17, .can_hold = true, .sends_headers = true };
	for (unsigned i = 0; i < MACRO_COUNT; i++) {
		snprintf(texts[i], 16, "value %u", i);
		out->macros.value[i] = slice_of(texts[i]);
	}
}

static void
want_same(const char *label, const char *what, struct slice came,
    struct slice wanted)
{
	want_that(label, what, (came.p == NULL) == (wanted.p == NULL));
	if (wanted.p != NULL && !slice_eq(came, wanted))
		fail_msg("%s: %s differs", label, what);
}

static void
want_request(const char *label, const struct kept_request *kept,
    const struct request *wanted)
{
	struct request came;

	kept_request_whole(kept, &came);
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		want_same(label, macro_name((enum macro)i),
		    came.macros.value[i], wanted->macros.value[i]);
	want_same(label, "sender", came.sender, wanted->sender);
	want_same(label, "recipient", came.recipient, wanted->recipient);
	want_same(label, "ref", came.ref, wanted->ref);
	want_number(label, "mta", came.mta, wanted->mta);
	want_number(label, "now", (long)came.now, (long)wanted->now);
	want_number(label, "requiretls", came.requiretls, wanted->requiretls);
	want_number(label, "can_hold", came.can_hold, wanted->can_hold);
	want_number(label, "can_tag", came.can_tag, wanted->can_tag);
	want_number(label, "sends_headers", came.sends_headers,
	    wanted->sends_headers);
	want_number(label, "can_wait", came.can_wait, wanted->can_wait);
	want_number(label, "accepted", came.accepted, wanted->accepted);
	want_that(label, "it is no recorded request", came.measured == NULL &&
	    came.listener == NULL && !came.recipient_cut);
}

/* Keeps second after first: whether they share, and that both are whole. */
static void
want_shared(const char *label, const struct request *first,
    const struct request *second, bool shared)
{
	static const struct session_proof proof;
	struct arena *a = arena_create(256);
	struct kept_request one, two;

	kept_request_make(first, NULL, a, &one);
	kept_request_make(second, one.common, a, &two);
	want_number(label, "shared", one.common == two.common, shared);
	want_request(label, &one, first);
	want_request(label, &two, second);
	kept_request_share(&one, &proof);
	kept_request_share(&one, NULL);
	want_that(label, "the evidence is shared with the rest",
	    one.common->session == &proof &&
	    (two.common->session == &proof) == shared);
	arena_destroy(&a);
}

static void
macros_that_differ_are_not_shared(void **state ATTR_UNUSED)
{
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		for (unsigned k = 0; k < CHANGES; k++) {
			char texts[MACRO_COUNT][16], text[32], label[80];
			struct request first, second;
			bool own = i == MACRO_RCPT_ADDR ||
			    i == MACRO_RCPT_HOST || i == MACRO_RCPT_MAILER;

			request_of(&first, texts);
			second = first;
			second.macros.value[i] = changed(first.macros.value[i],
			    (enum change)k, text, sizeof(text));
			snprintf(label, sizeof(label), "%s %s",
			    macro_name((enum macro)i), changes[k]);
			want_shared(label, &first, &second, own);
			want_shared(label, &second, &first, own);
		}
}

static void
other_values_are_shared_or_its_own(void **state ATTR_UNUSED)
{
	char texts[MACRO_COUNT][16];
	struct request first;

	request_of(&first, texts);
	want_shared("the same twice", &first, &first, true);
#define CHANGED(field, value, shared) do { \
		struct request second = first; \
		second.field = value; \
		want_shared(#field, &first, &second, shared); \
		want_shared(#field " before", &second, &first, shared); \
	} while (0)
	CHANGED(sender, SLICE("<a@origin.tesT>"), false);
	CHANGED(sender, SLICE("<>"), false);
	CHANGED(sender, SLICE_NONE, false);
	CHANGED(requiretls, true, false);
	CHANGED(can_hold, false, false);
	CHANGED(can_tag, true, false);
	CHANGED(sends_headers, false, false);
	CHANGED(recipient, SLICE("<c@bank.test>"), true);
	CHANGED(recipient, SLICE_NONE, true);
	CHANGED(ref, SLICE("R2"), true);
	CHANGED(now, 18, true);
	CHANGED(mta, MTA_SENDMAIL, true);
	CHANGED(can_wait, true, true);
	CHANGED(accepted, true, true);
#undef CHANGED
}

/* libmilter frees what it showed before the next recipient. */
static void
what_the_mta_showed_is_copied(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(256);
	char texts[MACRO_COUNT][16], same[MACRO_COUNT][16], typed[16];
	struct request shown, wanted;
	struct kept_request one, two;

	request_of(&wanted, same);
	wanted.recipient = SLICE("typed");
	request_of(&shown, texts);
	snprintf(typed, sizeof(typed), "typed");
	shown.recipient = slice_of(typed);
	kept_request_make(&shown, NULL, a, &one);
	kept_request_make(&shown, one.common, a, &two);
	memset(texts, 'x', sizeof(texts));
	memset(typed, 'x', sizeof(typed));
	want_request("the first", &one, &wanted);
	want_request("the second", &two, &wanted);
	arena_destroy(&a);
}

/* Some values are shared with a common part that is not shared as a whole. */
static void
a_third_shares_with_the_second(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(256);
	char texts[MACRO_COUNT][16];
	struct request first, second;
	struct kept_request one, two, three, again;

	request_of(&first, texts);
	second = first;
	second.macros.value[MACRO_QUEUE_ID] = SLICE("4dQ2mT0Zx9z1Wk");
	kept_request_make(&first, NULL, a, &one);
	kept_request_make(&second, one.common, a, &two);
	kept_request_make(&second, two.common, a, &three);
	kept_request_make(&first, three.common, a, &again);
	want_that("the third", "it shares", three.common == two.common);
	want_that("as the first", "it does not", again.common != two.common);
	want_request("the third", &three, &second);
	want_request("as the first", &again, &first);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(macros_that_differ_are_not_shared),
	cmocka_unit_test(other_values_are_shared_or_its_own),
	cmocka_unit_test(what_the_mta_showed_is_copied),
	cmocka_unit_test(a_third_shares_with_the_second),
};

RUN_TESTS(tests)
