/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stdio.h>

#include "policy/names/providers.h"
#include "tests/cases.h"
#include "tests/folder.h"

typedef const char *provider_fn(struct slice text);

/* A text is "A@B", where the domain takes the place of "@". */
static void
expect_match(bool wanted, const char *around, const char *domain,
    provider_fn *provider_of)
{
	int before = (int)strcspn(around, "@");
	char text[128];

	snprintf(text, sizeof(text), "%.*s%s%s", before, around, domain,
	    around + before + 1);
	if ((provider_of(slice_of(text)) != NULL) == wanted)
		return;
	fail_msg("%s: %s", text, wanted ? "no provider's" : "a provider's");
}

static void
test_each_entry_is_matched(void **state ATTR_UNUSED)
{
	static const char *const names[] = { "@", ".@", "mx.@", "a.b.@" };
	static const char *const subjects[] = { "@", "mx.@", "@.", "*.@",
		"mx*.@", "/CN=@", "/C=US/O=P/CN=mx.@", "/C=US/CN=*.mail.@.",
		"/CN=mx.@/emailAddress=a", "/O=a/CN=b.example/CN=mx.@" };
	size_t n = 0;

	for (const char *d; (d = providers_domain(n)) != NULL; n++) {
		for (size_t i = 0; i < COUNT_OF(names); i++)
			expect_match(true, names[i], d, providers_of);
		for (size_t i = 0; i < COUNT_OF(subjects); i++)
			expect_match(true, subjects[i], d,
			    providers_of_subject);
		expect_match(false, "x@", d, providers_of);
		expect_match(false, "@.example", d, providers_of);
		expect_match(false, "/O=@/CN=a.example", d,
		    providers_of_subject);
	}
	assert_true(n > 30);
}

/* The page that names the list's date has all of it. */
static void
test_the_manual_has_the_list(void **state ATTR_UNUSED)
{
	char *page = source_text("conf/enforcetls.conf.5");

	assert_non_null(strstr(page, PROVIDERS_DATE));
	for (size_t i = 0; providers_domain(i) != NULL; i++)
		assert_non_null(strstr(page, providers_domain(i)));
	free(page);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_each_entry_is_matched),
	cmocka_unit_test(test_the_manual_has_the_list),
};

RUN_TESTS(tests)
