/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What check advises is followed: the value in quotes that a message gives
 * takes the place of the one that was refused, and then the file loads.
 */
#include "config.h"

#include "policy/base/text.h"
#include "tests/reading.h"

#define SIXTY "a23456789.b23456789.c23456789.d23456789.e23456789.f23456789."

/* %s in file is the value. */
static const struct hint {
	const char *label, *file, *value;
} hints[] = {
	{ "names: a wildcard", "partners = ( { name = \"p\"; domains = [ "
	    "\"p.example\" ]; inbound = { level = \"verify\"; names = [ "
	    "\"%s\" ]; stage = \"defer\"; }; } );\n", "*.p.example" },
	{ "names: a long wildcard", "partners = ( { name = \"p\"; domains = [ "
	    "\"p.example\" ]; inbound = { level = \"verify\"; names = [ "
	    "\"%s\" ]; stage = \"defer\"; }; } );\n",
	    "*." SIXTY SIXTY "example" },
	{ "domains: a wildcard", "partners = ( { name = \"p\"; domains = [ "
	    "\"%s\" ]; entry = { level = \"encrypt\"; stage = \"defer\"; }; } "
	    ");\n", "*.p.example" },
	{ "domains: an @", "partners = ( { name = \"p\"; domains = [ "
	    "\"%s\" ]; entry = { level = \"encrypt\"; stage = \"defer\"; }; } "
	    ");\n", "@p.example" },
	{ "domains: a long wildcard", "partners = ( { name = \"p\"; domains = "
	    "[ \"%s\" ]; entry = { level = \"encrypt\"; stage = \"defer\"; }; "
	    "} );\n", "*." SIXTY SIXTY "example" },
	{ "a stage", "partners = ( { name = \"p\"; domains = [ \"p.example\" "
	    "]; entry = { level = \"encrypt\"; stage = \"%s\"; }; } );\n",
	    "defre" },
	{ "a level", "partners = ( { name = \"p\"; domains = [ \"p.example\" "
	    "]; entry = { level = \"%s\"; stage = \"defer\"; }; } );\n",
	    "encypt" },
	{ "a profile", "profiles = ( { name = \"strict\"; entry = { level = "
	    "\"encrypt\"; stage = \"defer\"; }; } );\npartners = ( { name = "
	    "\"p\"; profile = \"%s\"; domains = [ \"p.example\" ]; } );\n",
	    "stritc" },
	{ "milter.mta", "milter = { listen = \"unix:/tmp/m\"; mta = \"%s\"; "
	    "};\n", "postfx" },
};

/* The last text in quotes of what follows the advice. */
static bool
advised(const char *problems, char *out, size_t size)
{
	static const char *const words[] = { "write \"", "did you mean \"",
		NULL };

	for (size_t i = 0; words[i] != NULL; i++) {
		const char *at = strstr(problems, words[i]), *end;

		if (at == NULL)
			continue;
		at += strlen(words[i]);
		end = strchr(at, '"');
		if (end == NULL || (size_t)(end - at) >= size)
			return false;
		memcpy(out, at, (size_t)(end - at));
		out[end - at] = '\0';
		return true;
	}
	return false;
}

static void
read_value(const struct folder *f, const struct hint *h, const char *value,
    struct policy **policy, char *problems, size_t size)
{
	char text[4096];
	const char *at = strstr(h->file, "%s");
	struct text t;

	text_init(&t, text, sizeof(text));
	text_add(&t, TOP);
	text_slice(&t, (struct slice){ h->file, (size_t)(at - h->file) });
	text_add(&t, "%s%s", value, at + 2);
	folder_write(f, "t.conf", text, strlen(text));
	folder_read(f, "t.conf", policy, problems, size);
}

static void
test_hints_can_be_followed(void **state ATTR_UNUSED)
{
	struct folder f;
	char problems[4096], value[1024];

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(hints); i++) {
		const struct hint *h = &hints[i];
		struct policy *policy;

		read_value(&f, h, h->value, &policy, problems,
		    sizeof(problems));
		want_that(h->label, "is refused", policy == NULL);
		if (!advised(problems, value, sizeof(value)))
			fail_msg("%s: no advice: %s", h->label, problems);
		want_that(value, "is whole", strstr(value, "...") == NULL);
		read_value(&f, h, value, &policy, problems, sizeof(problems));
		if (policy == NULL)
			fail_msg("%s: \"%s\" was advised, and then: %s",
			    h->label, value, problems);
		policy_destroy(&policy);
	}
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_hints_can_be_followed),
};

RUN_TESTS(tests)
