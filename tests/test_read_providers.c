/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

/* The ways to write a name in the policy file, and who it is. */
static const struct {
	const char *label;
	const char *identity;
	const char *provider;           /* NULL: nobody's */
} written[] = {
	{ "the domain", "names = \"outlook.com\"", "Microsoft 365" },
	{ "a host", "names = \"mx.outlook.com\"", "Microsoft 365" },
	{ "all hosts", "names = \".outlook.com\"", "Microsoft 365" },
	{ "hosts far below", "names = \".mail.protection.outlook.com\"",
	    "Microsoft 365" },
	{ "a final dot", "names = \"mx.outlook.com.\"", "Microsoft 365" },
	{ "capitals", "names = \"MX.Outlook.COM\"", "Microsoft 365" },
	{ "wide letters", "names = \"\xef\xbd\x8dx.google.com\"", "Google" },
	{ "ideographic dots", "names = \"mx\xe3\x80\x82google"
	    "\xe3\x80\x82""com\"", "Google" },
	{ "a host with an umlaut", "names = \"m\xc3\xbcnchen.google.com\"",
	    "Google" },
	{ "the same as an A-label", "names = \"XN--mnchen-3ya.google.com\"",
	    "Google" },
	{ "the second name", "names = [ \"mx.p.example\", "
	    "\"mx.google.com\" ]", "Google" },
	{ "the second group", "peers = ( { names = \"mx.p.example\"; }, "
	    "{ names = \"mx.google.com\"; } )", "Google" },
	{ "a subject", "subjects = \"mail.protection.outlook.com\"",
	    "Microsoft 365" },
	{ "a subject in capitals", "subjects = \"MAIL.Google.COM\"",
	    "Google" },
	{ "a subject with a final dot", "subjects = \"mx.google.com.\"",
	    "Google" },
	{ "a subject with a wildcard", "subjects = "
	    "\"*.protection.outlook.com\"", "Microsoft 365" },
	{ "Sendmail's, with a wildcard", "subjects = "
	    "\"/C=US/O=Microsoft/CN=*.outlook.com\"", "Microsoft 365" },

	{ "a domain that ends alike", "names = \"notoutlook.com\"", NULL },
	{ "all below that", "names = \".notoutlook.com\"", NULL },
	{ "in front of another", "names = \"outlook.com.p.example\"", NULL },
	{ "another top level", "names = \"outlook.com.co\"", NULL },
	{ "a hyphen for the dot", "names = \"mx-outlook.com\"", NULL },
	{ "a digit for a letter", "names = \"mx.out1ook.com\"", NULL },
	{ "a subject that ends alike", "subjects = \"*.notoutlook.com\"",
	    NULL },
	{ "a subject of the organization", "subjects = "
	    "\"/O=mx.outlook.com/CN=mx.p.example\"", NULL },
	{ "with a fingerprint beside it", "names = \"mx.google.com\"; "
	    "fingerprints = \"sha256:0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef\"", NULL },
	{ "with a login beside it", "names = \"mx.google.com\"; "
	    "logins = \"p\"", NULL },
};

/* check warns of each of them, and of no other. */
static void
expect_warning(const struct folder *f, const char *label,
    const char *identity, const char *hop, const char *provider)
{
	char text[1024], wanted[128] = "", came[2048];
	struct policy *policy;

	/* Postfix shows no fingerprint. */
	snprintf(text, sizeof(text), TOP
	    "milter = { listen = \"unix:/run/m\"; mta = \"sendmail\"; };\n"
	    "partners = ( { name = \"p\"; domains = \"p.example\"; %s = { level = \"verify\"; %s; "
	    "stage = \"reject\"; }; } );\n", hop, identity);
	if (provider != NULL)
		snprintf(wanted, sizeof(wanted), "5: warning: "
		    "partners[0].%s: these names prove %s, not this partner: "
		    "all its customers use them\n", hop, provider);
	folder_write_text(f, "t.conf", text);
	folder_read(f, "t.conf", &policy, came, sizeof(came));
	policy_destroy(&policy);
	want_text(label, hop, came, wanted);
}

static void
test_a_name_is_found_however_it_is_written(void **state ATTR_UNUSED)
{
	struct folder f;

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(written); i++) {
		expect_warning(&f, written[i].label, written[i].identity,
		    "inbound", written[i].provider);
		expect_warning(&f, written[i].label, written[i].identity,
		    "entry", written[i].provider);
	}
	folder_remove(&f);
}

/* It is nobody's name that is known, and that is said. */
static void
test_a_name_that_looks_like_a_providers(void **state ATTR_UNUSED)
{
	static const char *const spellings[] = { "mx.\xd0\xbeutlook.com",
		"mx.xn--utlook-vqf.com", "MX.XN--UTLOOK-VQF.COM." };
	struct folder f;

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		struct policy *policy;
		char text[512], came[2048];

		snprintf(text, sizeof(text), TOP "partners = ( { name = "
		    "\"p\"; domains = \"p.example\"; inbound = { level = "
		    "\"verify\"; names = \"%s\"; stage = \"reject\"; }; } "
		    ");\n", spellings[i]);
		folder_write_text(&f, "t.conf", text);
		folder_read(&f, "t.conf", &policy, came, sizeof(came));
		policy_destroy(&policy);
		want_text(spellings[i], "problems", came, "4: warning: "
		    "partners[0].inbound.names: mx.xn--utlook-vqf.com has "
		    "letters of another alphabet that look like Latin ones: a "
		    "peer that shows the name that it looks like does not "
		    "pass. Type it instead of pasting it, if you mean that "
		    "name\n");
	}
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_a_name_is_found_however_it_is_written),
	cmocka_unit_test(test_a_name_that_looks_like_a_providers),
};

RUN_TESTS(tests)
