/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/postfix/postfix_expand.h"
#include "conf/postfix/postfix_lines.h"
#include "conf/postfix/postfix_words.h"
#include "tests/cases.h"

static const struct {
	const char *name, *value;
} values[] = {
	{ "myhostname", "mx.corp.example" },
	{ "smtpd_milters", "$ours, inet:127.0.0.1:8891" },
	{ "ours", "unix:/enforcetls/milter.sock" },
	{ "empty", "" },
	{ "level", "3.6" },
	{ "nine", "9" },
	{ "ten", "10" },
	{ "loop", "a$loop" },
	{ "ring", "$gnir" },
	{ "gnir", "$ring" },
};

static struct slice
value_of(void *data ATTR_UNUSED, struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(values); i++)
		if (slice_eq(name, slice_of(values[i].name)))
			return slice_of(values[i].value);
	return SLICE_NONE;
}

/* As postconf -x of Postfix 3.7.11 has it; NULL: it complains. */
static const struct {
	const char *text, *wanted;
} expansions[] = {
	{ "", "" },
	{ "plain text", "plain text" },
	{ "$myhostname", "mx.corp.example" },
	{ "localhost.$myhostname.", "localhost.mx.corp.example." },
	{ "${myhostname}x", "mx.corp.examplex" },
	{ "$(myhostname)x", "mx.corp.examplex" },
	{ "$smtpd_milters", "unix:/enforcetls/milter.sock, "
	    "inet:127.0.0.1:8891" },
	{ "a$$b", "a$b" },
	{ "a$", NULL },
	{ "a$-b", NULL },
	{ "$unknown", "" },
	{ "${myhostname?yes}", "yes" },
	{ "${empty?yes}", "" },
	{ "${unknown?yes}", "" },
	{ "${empty:no}", "no" },
	{ "${myhostname:no}", "" },
	{ "${myhostname?{yes}:{no}}", "yes" },
	{ "${empty?{yes}:{no}}", "no" },
	{ "${empty ? {yes} : {no}}", "no" },
	{ "${ myhostname }", "mx.corp.example" },
	{ "${empty? {yes} : {no} }", "no" },
	{ "${empty?{yes}:$myhostname}", "mx.corp.example" },
	{ "${myhostname??a:b}", "?a:b" },
	{ "${{$level} <level {3.6} ? {old} : {new}}", "new" },
	{ "${{$level} <level {3.10} ? {old} : {new}}", "old" },
	{ "${{$level} >=level {3} ? {new}}", "new" },
	{ "${{$nine} < {$ten} ? {less} : {more}}", "less" },
	{ "${{a} < {b} ? {less} : {more}}", "less" },
	{ "${{a} == {a}?{same}:{other}}", "same" },
	{ "${{a} != {a}?{other}:{same}}", "same" },
	{ "${{a} == {a}}", "true" },
	{ "${{a} =~ {a}}", NULL },
	{ "${{a} == a}", NULL },
	{ "${myhostname", NULL },
	{ "${my-name}", NULL },
	{ "${empty?{a}:{b}c}", NULL },
	{ "$loop", NULL },
	{ "$ring", NULL },
};

static void
names_are_replaced_as_postconf_does(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(expansions); i++)
		want_slice(expansions[i].text, "expansion", postfix_expand(
		    slice_of(expansions[i].text), value_of, NULL, a),
		    expansions[i].wanted);
	arena_destroy(&a);
}

/* What "$a40" refers to: "$a39$a39", and so on. */
static struct slice
doubling(void *arena, struct slice name)
{
	long n;

	if (!slice_int(slice_from(name, 1), 0, 100, &n))
		return SLICE_NONE;
	return slice_of(arena_printf(arena, "$a%ld$a%ld", n - 1, n - 1));
}

static void
an_expansion_that_grows_without_end_is_given_up(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	want_slice("doubling", "expansion", postfix_expand(SLICE("$a40"),
	    doubling, a, a), NULL);
	arena_destroy(&a);
}

static void
every_name_that_is_referred_to_is_found(void **state ATTR_UNUSED)
{
	static const char *const wanted[] = { "a", "b", "c", "d", "e", "f" };
	struct slice text = SLICE("$a x${b?{$c}:$$no}$(d)${{$e} == {1}?$f}$");
	struct slice name;
	size_t n = 0;

	while (postfix_next_reference(&text, &name)) {
		assert_true(n < COUNT_OF(wanted));
		want_slice("reference", "name", name, wanted[n++]);
	}
	want_number("references", "count", (long)n, COUNT_OF(wanted));
}

static void
logical_lines_are_those_of_main_cf(void **state ATTR_UNUSED)
{
	static const struct {
		const char *line;
		unsigned number;
	} wanted[] = { { "a = 1", 2 }, { "b =  2  3", 4 }, { "c = 4", 10 } };
	struct postfix_lines lines = postfix_lines_of(SLICE("# no\n"
	    "a = 1\n\nb =\n  2\n  # no\n#no\n\n  3\nc = 4"));
	struct arena *a = arena_create(4096);
	struct slice line;
	unsigned number;
	size_t n = 0;

	while (postfix_next_line(&lines, a, &line, &number)) {
		assert_true(n < COUNT_OF(wanted));
		want_slice("a line", "text", line, wanted[n].line);
		want_number(wanted[n].line, "number", number,
		    wanted[n].number);
		n++;
	}
	want_number("lines", "count", (long)n, COUNT_OF(wanted));
	arena_destroy(&a);
}

static const struct {
	const char *arguments, *wanted[3];
} options[] = {
	{ "", { NULL } },
	{ "-v -D", { NULL } },
	{ "-o a=1 -o b=2", { "a=1", "b=2" } },
	{ "-o a=1,2 -v -o { b = 2 3 }", { "a=1,2", "{ b = 2 3 }" } },
	{ "-oa=1 -o{b=2}", { "a=1", "{b=2}" } },
	{ "-vo a=1 -t -o", { "a=1" } },
	{ "-n x -o a=1", { "a=1" } },
	{ "user=x -o a=1", { NULL } },
	{ "-- -o a=1", { NULL } },
	{ "-o a=1 argv=/x -o b", { "a=1" } },
	{ "-o", { "" } },
};

static void
options_of_a_service_are_those_of_getopt(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		struct slice rest = slice_of(options[i].arguments), value;
		size_t n = 0;

		while (postfix_next_option(&rest, &value)) {
			assert_true(n < COUNT_OF(options[i].wanted));
			want_slice(options[i].arguments, "option", value,
			    options[i].wanted[n++]);
		}
		want_text(options[i].arguments, "next", NULL,
		    options[i].wanted[n]);
	}
}

static const struct {
	const char *text;
	enum postfix_list kind;
	const char *tables[3], *types[3], *names[3];
} lists[] = {
	{ "", POSTFIX_TABLES, { NULL }, { NULL }, { NULL } },
	{ "hash:/etc/a, proxy:mysql:/etc/b", POSTFIX_TABLES,
	    { "hash:/etc/a", "proxy:mysql:/etc/b" }, { "hash", "mysql" },
	    { NULL } },
	{ "inline:{ {a = b, c} } texthash:x", POSTFIX_TABLES,
	    { "inline:{ {a = b, c} }", "texthash:x" },
	    { "inline", "texthash" }, { NULL } },
	{ "corp.example, hash:/etc/d,!sub.example [::1]",
	    POSTFIX_NAMES_AND_TABLES, { "hash:/etc/d" }, { "hash" },
	    { "corp.example", "!sub.example", "[::1]" } },
	{ "!cidr:/etc/e", POSTFIX_NAMES_AND_TABLES, { "cidr:/etc/e" },
	    { "cidr" }, { NULL } },
	{ "gw.example:587 smtp:x", POSTFIX_NAMES, { NULL }, { NULL },
	    { "gw.example:587", "smtp:x" } },
};

static void
lists_are_tables_and_names(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(4096);

	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		const struct mta_value value = { "x", slice_of(lists[i].text),
			"default", true };
		struct mta_list list = postfix_list(value, lists[i].kind, a);
		size_t n;

		for (n = 0; n < list.table_count; n++) {
			want_slice(lists[i].text, "table", list.tables[n].name,
			    lists[i].tables[n]);
			want_slice(lists[i].text, "type", list.tables[n].type,
			    lists[i].types[n]);
		}
		want_text(lists[i].text, "next table", NULL,
		    lists[i].tables[n]);
		for (n = 0; n < list.name_count; n++)
			want_slice(lists[i].text, "name", list.names[n],
			    lists[i].names[n]);
		assert_true(n == 3 || lists[i].names[n] == NULL);
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(names_are_replaced_as_postconf_does),
	cmocka_unit_test(an_expansion_that_grows_without_end_is_given_up),
	cmocka_unit_test(every_name_that_is_referred_to_is_found),
	cmocka_unit_test(logical_lines_are_those_of_main_cf),
	cmocka_unit_test(options_of_a_service_are_those_of_getopt),
	cmocka_unit_test(lists_are_tables_and_names),
};

RUN_TESTS(tests)
