/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "policy/base/jsontext.h"
#include "tests/cases.h"

static const struct {
	const char *label;
	struct slice text;
	const char *exact;              /* as JSON */
	const char *shown;
} texts[] = {
	{ "absent", { NULL, 0 }, "null", "null" },
	{ "empty", { "", 0 }, "\"\"", "\"\"" },
	{ "plain", { "bank", 4 }, "\"bank\"", "\"bank\"" },
	{ "a quote", { "a\"b", 3 }, "\"a\\\"b\"", "\"a\\\\x22b\"" },
	{ "a control character", { "a\nb", 3 }, "\"a\\nb\"",
	    "\"a\\\\x0Ab\"" },
	{ "UTF-8 is written in ASCII", { "\xc3\xa9", 2 }, "\"\\u00E9\"",
	    "\"\\\\xC3\\\\xA9\"" },
	{ "no UTF-8 is escaped, not left out", { "\xe9", 1 },
	    "\"\\\\xE9\"", "\"\\\\xE9\"" },
};

static void
want_value(const char *label, const char *what, json_t *value,
    const char *wanted)
{
	char *text = jsontext_dump(value, JSONTEXT_LINE);

	assert_non_null(text);
	want_text(label, what, text, wanted);
	free(text);
	json_decref(value);
}

static void
test_texts(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		want_value(texts[i].label, "exact",
		    jsontext_exact(texts[i].text), texts[i].exact);
		want_value(texts[i].label, "shown",
		    jsontext_shown(texts[i].text), texts[i].shown);
	}
	want_value("a count", "JSON", jsontext_count(12), "12");
	want_value("a count past what JSON holds", "JSON",
	    jsontext_count(UINT64_MAX), "9223372036854775807");
}

static const struct {
	const char *label, *text, *wanted;
} dirty[] = {
	{ "plain", "a\\\"b", "a\\\"b" },
	{ "an accent", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x99\x82",
	    "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x99\x82" },
	{ "lines", "a\n\tb", "a\n\tb" },
	{ "C0 and DEL", "\x1b[2J\x7f\r", "\\x1B[2J\\x7F\\x0D" },
	{ "C1", "a\xc2\x9b" "2J\xc2\xa0", "a\\xC2\\x9B2J\xc2\xa0" },
	{ "right to left", "\xe2\x80\xae" "x\xe2\x81\xa6",
	    "\\xE2\\x80\\xAEx\\xE2\\x81\\xA6" },
	{ "an Arabic mark", "\xd8\x9c", "\\xD8\\x9C" },
	{ "no width", "\xe2\x80\x8b\xef\xbb\xbf",
	    "\\xE2\\x80\\x8B\\xEF\\xBB\\xBF" },
};

static void
test_clean(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(dirty); i++) {
		json_t *o = json_pack("{s:[{s:s}],s:i}", "a", "b",
		    dirty[i].text, "n", 7);
		json_t *clean = jsontext_clean(o);
		json_t *wanted = json_pack("{s:[{s:s}],s:i}", "a", "b",
		    dirty[i].wanted, "n", 7);

		want_that(dirty[i].label, "is clean",
		    json_equal(clean, wanted));
		json_decref(o);
		json_decref(clean);
		json_decref(wanted);
	}
}

static void
test_members(void **state ATTR_UNUSED)
{
	json_t *o = json_object();
	char *text;

	json_object_set_new(o, "b", json_string("x"));
	json_object_set_new(o, "a", json_integer(1));
	want_slice("a string", "member", jsontext_at(o, "b"), "x");
	want_that("a number", "is no text", jsontext_at(o, "a").p == NULL);
	want_that("none", "is no text", jsontext_at(o, "c").p == NULL);
	want_that("of no object", "is no text",
	    jsontext_at(NULL, "b").p == NULL);
	text = jsontext_dump(o, JSONTEXT_PAGE);
	want_text("a page", "in the order set", text,
	    "{\n  \"b\": \"x\",\n  \"a\": 1\n}");
	free(text);
	json_decref(o);
	want_that("no value", "has no text",
	    jsontext_dump(NULL, JSONTEXT_LINE) == NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_texts),
	cmocka_unit_test(test_clean),
	cmocka_unit_test(test_members),
};

RUN_TESTS(tests)
