/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/base/endpoint.h"
#include "tests/cases.h"

static const struct {
	const char *label, *text, *show, *milter;
} good[] = {
	{ "a path", "unix:/run/x.sock", "unix:/run/x.sock",
	    "unix:/run/x.sock" },
	{ "libmilter's word for it", "local:/run/x", "unix:/run/x",
	    "unix:/run/x" },
	{ "an address", "inet:127.0.0.1:8891", "inet:127.0.0.1:8891",
	    "inet:8891@[127.0.0.1]" },
	{ "libmilter's order", "inet:8891@127.0.0.1", "inet:127.0.0.1:8891",
	    "inet:8891@[127.0.0.1]" },
	{ "a name", "inet:localhost:25", "inet:localhost:25",
	    "inet:25@localhost" },
	{ "v6", "inet6:[::1]:8891", "inet6:[::1]:8891", "inet6:8891@[::1]" },
	{ "v6 in libmilter's order", "inet6:8891@[::1]", "inet6:[::1]:8891",
	    "inet6:8891@[::1]" },
	{ "case of the kind", "INET:127.0.0.1:1", "inet:127.0.0.1:1",
	    "inet:1@[127.0.0.1]" },
};

static const struct {
	const char *label, *text;
} bad[] = {
	{ "nothing", "" },
	{ "no kind", "/run/x.sock" },
	{ "relative", "unix:run/x.sock" },
	{ "empty path", "unix:" },
	{ "no port", "inet:127.0.0.1" },
	{ "port 0", "inet:127.0.0.1:0" },
	{ "port too high", "inet:127.0.0.1:65536" },
	{ "port a word", "inet:127.0.0.1:smtp" },
	{ "no host", "inet::8891" },
	{ "no host, libmilter's order", "inet:8891@" },
	{ "v6 as v4", "inet:[::1]:8891" },
	{ "half a bracket", "inet6:[::1:8891" },
	{ "no address", "inet6:[::zz]:8891" },
	{ "a blank", "inet:local host:25" },
	{ "too long", "unix:/0123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789"
		      "0123456789" },
};

static void
reads_every_form(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct endpoint endpoint;
		struct err e = { .text = "" };
		char text[512];

		if (endpoint_from(slice_of(good[i].text), &endpoint, &e) != 0)
			fail_msg("%s: %s", good[i].label, e.text);
		endpoint_show(&endpoint, text, sizeof(text));
		want_text(good[i].label, "shown", text, good[i].show);
		endpoint_milter(&endpoint, text, sizeof(text));
		want_text(good[i].label, "for libmilter", text,
		    good[i].milter);
	}
}

static void
refuses_what_is_no_endpoint(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct endpoint endpoint = { .kind = ENDPOINT_NONE };
		struct err e = { .text = "" };

		want_that(bad[i].label, "refused", endpoint_from(
		    slice_of(bad[i].text), &endpoint, &e) != 0);
		want_that(bad[i].label, "the error has a text",
		    e.text[0] != '\0');
		want_number(bad[i].label, "the kind left behind",
		    endpoint.kind, ENDPOINT_NONE);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(reads_every_form),
	cmocka_unit_test(refuses_what_is_no_endpoint),
};

RUN_TESTS(tests)
