/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_table.h"
#include "tests/folder.h"

/* In place of postmap(1): answers with who it is, and what it was asked. */
static const char postmap[] =
    "while IFS= read -r key; do\n"
    "	printf '%s\\t%s %s %s\\n' \"$key\" \"$(id -u):$(id -G)\" \"$4\" "
    "\"$5\"\n"
    "done\n";

static const struct {
	const char *name;
	bool by_proxy, chrooted, as_owner;
	const char *asked;
} tables[] = {
	{ "hash:/etc/postfix/x", false, true, false, "hash:/etc/postfix/x" },
	{ "proxy:hash:/etc/postfix/x", true, true, true,
	    "hash:/etc/postfix/x" },
	{ "socketmap:unix:/enforcetls/map.sock:name", false, true, true,
	    "socketmap:unix:/queue/enforcetls/map.sock:name" },
	{ "socketmap:unix:enforcetls/map.sock:name", false, true, true,
	    "socketmap:unix:/queue/enforcetls/map.sock:name" },
	{ "socketmap:unix:/run/map.sock:name", false, false, true,
	    "socketmap:unix:/run/map.sock:name" },
	{ "proxy:socketmap:unix:/run/map.sock:name", true, true, true,
	    "socketmap:unix:/run/map.sock:name" },
	{ "socketmap:inet:localhost:1:name", false, true, true,
	    "socketmap:inet:localhost:1:name" },
	{ "proxy:proxy:mysql:/etc/postfix/x.cf", true, false, true,
	    "mysql:/etc/postfix/x.cf" },
	{ "texthash:/etc/postfix/x", false, false, false,
	    "texthash:/etc/postfix/x" },
};

static struct slice
type_of(const char *name)
{
	struct slice rest = slice_of(name);

	while (slice_starts(rest, SLICE("proxy:")))
		rest = slice_from(rest, 6);
	return slice_head(rest, slice_find(rest, ':'));
}

/* Asks one of them as a user that every host has. */
static struct slice
answer(const struct folder *f, size_t i, struct arena *a)
{
	const struct mta_instance instance = { .config = "/config",
		.queue_folder = { .text = SLICE("/queue") },
		.mail_owner = { .text = SLICE("nobody") } };
	const struct mta_list list = { .chrooted = tables[i].chrooted };
	const struct mta_table table = { .name = slice_of(tables[i].name),
		.type = type_of(tables[i].name),
		.by_proxy = tables[i].by_proxy };
	struct postfix_table *t = arena_alloc(a, sizeof(*t));
	char program[256];
	struct err e;

	folder_path(f, "postconf", program);
	if (postfix_table_open(&instance, &list, &table, program, a, t,
		&e) < 0 ||
	    postfix_table_ask(t, SLICE("key\n"), &e) < 0)
		fail_msg("%s: %s", tables[i].name, e.text);
	return postmap_value(&t->postmap, SLICE("key"));
}

static void
each_table_is_asked_as_its_service_does(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);
	struct unix_user nobody;
	struct folder f;

	assert_true(unix_user_find(SLICE("nobody"), &nobody));
	folder_create(&f);
	/* The user has to reach it. */
	assert_int_equal(chmod(f.path, 0755), 0);
	folder_write_program(&f, "postmap", postmap);
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		bool other = geteuid() == 0 && tables[i].as_owner;
		struct slice came = answer(&f, i, a);
		char *who = other ? arena_printf(a, "%lu:%lu ",
		    (unsigned long)nobody.uid, (unsigned long)nobody.gid)
		    : arena_printf(a, "%lu:", (unsigned long)geteuid());

		if (!slice_starts(came, slice_of(who)))
			fail_msg("%s: wanted user %s, came %.*s",
			    tables[i].name, who, SLICE_ARGS(came));
		want_slice(tables[i].name, "asked", slice_from(came,
		    slice_rfind(came, ' ') + 1), tables[i].asked);
	}
	folder_remove(&f);
	arena_destroy(&a);
}

static void
what_cannot_be_asked_is_said(void **state ATTR_UNUSED)
{
	const struct mta_instance instance = { .mail_owner = {
		.text = SLICE("nosuchuser") } };
	const struct mta_list list = { .chrooted = false };
	const struct mta_table odd = { .name = SLICE("unionmap:{a,b}"),
		.type = SLICE("unionmap") };
	const struct mta_table map = { .name = SLICE("tcp:host:1"),
		.type = SLICE("tcp") };
	struct arena *a = arena_create(4096);
	struct postfix_table t;
	struct err e;

	want_number("an odd type", "result", postfix_table_open(&instance,
	    &list, &odd, "/x/postconf", a, &t, &e), -1);
	want_number("no such user", "result", postfix_table_open(&instance,
	    &list, &map, "/x/postconf", a, &t, &e), -1);
	want_text("no such user", "error", e.text, "mail_owner = nosuchuser: "
	    "there is no such user");
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_table_is_asked_as_its_service_does),
	cmocka_unit_test(what_cannot_be_asked_is_said),
};

RUN_TESTS(tests)
