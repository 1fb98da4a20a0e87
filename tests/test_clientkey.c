/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/clientkey.h"
#include "milter/session/recipients.h"
#include "policy/base/limits.h"
#include "tests/cases.h"

/* How many recipients of one client with an address of this many octets are
 * kept before the next one is not. */
static size_t
kept_of(size_t octets)
{
	static char address[2000];
	static struct recipient_record records[LIMIT_CLIENT_RECIPIENTS + 1];
	static struct request client;
	struct recipients list;
	size_t n = 0;

	memset(address, 'a', sizeof(address));
	recipients_init(&list);
	for (; n < COUNT_OF(records); n++) {
		records[n] = (struct recipient_record){
			.request.common = &client,
			.request.recipient = { address, octets } };
		if (!recipients_keep(&list, &records[n]))
			break;
	}
	recipients_release(&list);
	return n;
}

static void
test_a_client_has_a_bound(void **state ATTR_UNUSED)
{
	assert_int_equal(kept_of(40), LIMIT_CLIENT_RECIPIENTS);
	/* Nothing is left of what was released. */
	assert_int_equal(kept_of(40), LIMIT_CLIENT_RECIPIENTS);
}

/* They took 4,400 octets each, and 88 MB for one client. */
static void
test_long_addresses_count_for_several(void **state ATTR_UNUSED)
{
	want_between("of 320 octets", kept_of(320),
	    LIMIT_CLIENT_RECIPIENTS / 2, LIMIT_CLIENT_RECIPIENTS);
	want_between("of 1000 octets", kept_of(1000), 1,
	    LIMIT_CLIENT_RECIPIENTS / 5);
	assert_int_equal(kept_of(40), LIMIT_CLIENT_RECIPIENTS);
}

static void
test_the_last_place_is_for_one(void **state ATTR_UNUSED)
{
	assert_true(clientkey_hold(7, LIMIT_CLIENT_RECIPIENTS - 1));
	assert_false(clientkey_hold(7, 2));
	assert_true(clientkey_hold(7, 1));
	assert_false(clientkey_hold(7, 1));
	clientkey_release(7, LIMIT_CLIENT_RECIPIENTS);
	assert_true(clientkey_hold(7, 1));
	clientkey_release(7, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_client_has_a_bound),
	cmocka_unit_test(test_long_addresses_count_for_several),
	cmocka_unit_test(test_the_last_place_is_for_one),
};

RUN_TESTS(tests)
