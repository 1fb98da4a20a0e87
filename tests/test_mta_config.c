/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/mta/mta_config.h"
#include "tests/cases.h"

static const struct {
	const char *a, *b;
	int wanted;
} versions[] = {
	{ "3.7.11", "3.7.11", 0 },
	{ "3.7.11", "3.7.9", 1 },
	{ "3.10.13", "3.9", 1 },
	{ "3.9.9", "3.10", -1 },
	{ "3.10", "3.10.0", 0 },
	{ "3.11-20260101", "3.11", 0 },
	{ "3.12-20260101", "3.11.7", 1 },
	{ "8.17.1.9", "8.18", -1 },
	{ "", "3.0", -1 },
	{ "Postfix", "3.0", -1 },
};

static void
versions_are_compared_by_their_numbers(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct slice a = slice_of(versions[i].a);
		struct slice b = slice_of(versions[i].b);

		want_number(versions[i].a, "order",
		    mta_version_compare(a, b), versions[i].wanted);
		want_number(versions[i].b, "order the other way",
		    mta_version_compare(b, a), -versions[i].wanted);
	}
}

static struct mta_value
setting(const char *name, const char *text, const char *origin)
{
	return (struct mta_value){ name, slice_of(text), origin, false };
}

static void
a_service_has_its_own_settings_before_those_of_all(void **state ATTR_UNUSED)
{
	const struct mta_value all[] = {
		setting("relayhost", "[out.example]", "main.cf"),
		setting("smtpd_milters", "unix:/a", "main.cf"),
	}, one[] = { setting("smtpd_milters", "", "master.cf smtp/inet") };
	const struct mta_instance instance = { .settings = { all, 2 } };
	const struct mta_settings own = { one, 1 };
	struct mta_value value;

	value = mta_setting(&instance, &own, "smtpd_milters");
	want_slice("of its own", "value", value.text, "");
	want_text("of its own", "origin", value.origin, "master.cf smtp/inet");
	value = mta_setting(&instance, &own, "relayhost");
	want_slice("of all", "value", value.text, "[out.example]");
	value = mta_setting(&instance, NULL, "smtpd_milters");
	want_slice("without a service", "value", value.text, "unix:/a");
	value = mta_setting(&instance, &own, "relay");
	want_slice("of no name", "value", value.text, NULL);
	want_text("of no name", "name", value.name, NULL);
}

static void
only_a_yes_is_one(void **state ATTR_UNUSED)
{
	static const char *const yes[] = { "yes", "YES", "True", "1" };
	static const char *const no[] = { "no", "", "y", "yes ", "false" };

	for (size_t i = 0; i < COUNT_OF(yes); i++)
		want_number(yes[i], "is yes", mta_value_is_yes(
		    setting("x", yes[i], "default")), true);
	for (size_t i = 0; i < COUNT_OF(no); i++)
		want_number(no[i], "is yes", mta_value_is_yes(
		    setting("x", no[i], "default")), false);
	want_number("none", "is yes", mta_value_is_yes(
	    (struct mta_value){ .name = NULL }), false);
}

static void
what_was_not_read_is_not_forgotten(void **state ATTR_UNUSED)
{
	struct mta_config *config = mta_config_create(MTA_POSTFIX);
	struct mta_instance instance = { .name = "-" };
	char label[32];

	assert_true(mta_config_is_partial(config));
	config->instances = &instance;
	config->instance_count = 1;
	assert_false(mta_config_is_partial(config));
	for (int i = 0; i < 100; i++) {
		snprintf(label, sizeof(label), "table %d", i);
		mta_unread_add(config->arena, &instance.unread, label,
		    "status %d", i);
	}
	assert_true(mta_config_is_partial(config));
	want_number("all", "count", (long)instance.unread.count, 100);
	want_text("the last", "what", instance.unread.list[99].what,
	    "table 99");
	want_text("the last", "why", instance.unread.list[99].why,
	    "status 99");
	mta_config_destroy(&config);
	assert_null(config);
	mta_config_destroy(&config);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(versions_are_compared_by_their_numbers),
	cmocka_unit_test(a_service_has_its_own_settings_before_those_of_all),
	cmocka_unit_test(only_a_yes_is_one),
	cmocka_unit_test(what_was_not_read_is_not_forgotten),
};

RUN_TESTS(tests)
