/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include "policy/base/arena.h"
#include "policy/base/err.h"
#include "policy/base/slice.h"
#include "tests/cases.h"

static void
absent_is_not_empty(void **state ATTR_UNUSED)
{
	assert_true(slice_of(NULL).p == NULL);
	assert_true(slice_of("").p != NULL);
	assert_true(slice_eq(SLICE(""), SLICE("")));
	assert_false(slice_eq(SLICE_NONE, SLICE("")));
	assert_false(slice_eq(SLICE_NONE, SLICE_NONE));
	assert_false(slice_ieq(SLICE_NONE, SLICE_NONE));
	assert_true(slice_from(SLICE_NONE, 3).p == NULL);
}

static void
names_are_in_order(void **state ATTR_UNUSED)
{
	/* Octets past the end of a name are no part of it. */
	static const struct slice names[] = { { NULL, 0 }, { "a", 1 },
		{ "aZ", 2 }, { "abz", 2 }, { "abc", 3 }, { "b\xff", 1 },
		{ "ba", 2 }, { "\xc3\xbc", 2 } };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		for (size_t k = 0; k < COUNT_OF(names); k++) {
			int order = slice_compare(names[i], names[k]);

			if ((order > 0) - (order < 0) != (i > k) - (i < k))
				fail_msg("names %zu and %zu: %d", i, k, order);
		}
	assert_int_equal(slice_compare(SLICE("ab"), SLICE("ab")), 0);
}

static void
words_are_cut_with_their_empty_ones(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *text;
		const char *words[4];
		size_t count;
	} cases[] = {
		{ "one word", "a", { "a" }, 1 },
		{ "two words", "a,b", { "a", "b" }, 2 },
		{ "empty between", "a,,b", { "a", "", "b" }, 3 },
		{ "separator at the end", "a,", { "a", "" }, 2 },
		{ "empty text", "", { "" }, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct slice rest = slice_of(cases[i].text), word;
		size_t n = 0;

		while (slice_next(&rest, ',', &word)) {
			want_that(cases[i].label, "no more words",
			    n < cases[i].count);
			want_slice(cases[i].label, "word", word,
			    cases[i].words[n++]);
		}
		want_number(cases[i].label, "words", (long)n,
		    (long)cases[i].count);
	}
}

static void
numbers_are_whole_and_in_range(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label, *text;
		bool good;
		long value;
	} cases[] = {
		{ "plain", "256", true, 256 },
		{ "zero", "0", true, 0 },
		{ "negative", "-1", true, -1 },
		{ "empty is none", "", false, 0 },
		{ "sign alone", "-", false, 0 },
		{ "plus sign", "+1", false, 0 },
		{ "blank before", " 1", false, 0 },
		{ "letters after it", "1a", false, 0 },
		{ "above range", "65536", false, 0 },
		{ "wraps 64 bits", "18446744073709551617", false, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		long value = 0;
		bool good = slice_int(slice_of(cases[i].text), -1, 65535,
		    &value);

		want_number(cases[i].label, "answer", good, cases[i].good);
		want_number(cases[i].label, "value", value, cases[i].value);
	}
	assert_false(slice_int(SLICE_NONE, 0, 1, &(long){ 0 }));
}

/* Every name of up to three letters, and long ones that differ in one. */
static void
a_hash_keeps_names_apart(void **state ATTR_UNUSED)
{
	static unsigned char seen[1 << 16];
	char text[24] = "customer-of-the-bank-000";
	unsigned same = 0, n = 0;

	assert_true(slice_hash(SLICE("bank")) == slice_hash(SLICE("bank")));
	assert_true(slice_hash(SLICE_NONE) == slice_hash(SLICE("")));
	assert_true(slice_hash(SLICE("a")) != slice_hash(SLICE("a\0")));
	assert_true(slice_hash_on(1, 3, SLICE("bank")) !=
	    slice_hash_on(2, 3, SLICE("bank")));
	assert_true(slice_hash_on(1, 3, SLICE("bank")) !=
	    slice_hash_on(1, 5, SLICE("bank")));
	for (size_t at = 0; at < sizeof(text); at++)
		for (int c = 'a'; c <= 'z'; c++, n++) {
			char other[24];
			size_t slot;

			memcpy(other, text, sizeof(other));
			other[at] = (char)c;
			slot = slice_hash((struct slice){ other,
				sizeof(other) }) % sizeof(seen);
			same += seen[slot]++ > 0;
		}
	/* 624 in 65536 slots: three to be expected by chance, and the text
	 * itself up to 20 times. */
	want_that("long names", "few fall together", same < 40);
	assert_int_equal(n, 24 * 26);
}

static void
shown_bytes_are_printable_and_a_cut_is_marked(void **state ATTR_UNUSED)
{
	static const struct {
		const char *label;
		struct slice text;
		const char *shown;
	} cases[] = {
		{ "plain", { "bank.example", 12 }, "bank.example" },
		{ "absent", { NULL, 0 }, "-" },
		{ "NUL and newline", { "a\0b\n", 4 }, "a\\x00b\\x0A" },
		{ "quote and backslash", { "\"\\", 2 }, "\\x22\\x5C" },
		{ "eight bits", { "\xc3\xbc", 2 }, "\\xC3\\xBC" },
		{ "fits exactly", { "0123456789abcde", 15 },
		    "0123456789abcde" },
		{ "cut", { "0123456789abcdef", 16 }, "0123456789ab..." },
		{ "cut before an escape", { "0123456789a\x01" "23456", 17 },
		    "0123456789a..." },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char out[16];
		size_t n = slice_show(cases[i].text, out, sizeof(out));

		want_text(cases[i].label, "text", out, cases[i].shown);
		want_number(cases[i].label, "length", (long)n,
		    (long)strlen(cases[i].shown));
	}
}

static void
a_line_keeps_quotes_and_escapes_the_rest(void **state ATTR_UNUSED)
{
	char out[64];

	slice_show_line(SLICE("\"a\\x9B\" \x1b\xc2\x9b\n\xff"), out,
	    sizeof(out));
	assert_string_equal(out,
	    "\"a\\x9B\" \\x1B\\xC2\\x9B\\x0A\\xFF");
}

static void
an_arena_is_zeroed_and_aligned_and_grows(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(64);

	for (size_t size = 1; size < 5000; size = size * 3 + 1) {
		char *p = arena_alloc(a, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_reset(a);
	assert_int_equal(*(char *)arena_alloc(a, 1), 0);
	assert_true(arena_copy(a, SLICE_NONE).p == NULL);
	assert_true(arena_copy(a, SLICE("")).p != NULL);
	assert_string_equal(arena_printf(a, "%s:%d", "x", 7), "x:7");
	arena_destroy(&a);
	assert_null(a);
	arena_destroy(&a);
}

/* What a client may hold is bounded by this. */
static void
an_arena_counts_what_is_in_use_in_all_its_blocks(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(64);

	assert_int_equal(arena_used(a), 0);
	arena_alloc(a, 48);
	assert_int_equal(arena_used(a), 48);
	arena_alloc(a, 4096);
	arena_alloc(a, 16);
	assert_int_equal(arena_used(a), 48 + 4096 + 16);
	want_that("in use", "is no more than it has",
	    arena_used(a) <= arena_size(a));
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	arena_destroy(&a);
}

/* A size that wraps around never becomes a small one. */
static void
an_array_that_cannot_be_ends_the_process(void **state ATTR_UNUSED)
{
	static const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct arena *a = arena_create(64);

		setrlimit(RLIMIT_CORE, &no_core);
		fclose(stderr);
		arena_array(a, SIZE_MAX / 16 + 2, 16);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	want_that("16 octets", "the process has ended", WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGABRT);
}

static void
an_error_names_its_place(void **state ATTR_UNUSED)
{
	struct err e;

	assert_int_equal(err_at(&e, "f.conf", 7, "bad %s", "key"), -1);
	assert_string_equal(e.file, "f.conf");
	assert_int_equal(e.line, 7);
	assert_string_equal(e.text, "bad key");
	assert_int_equal(err_set(&e, "plain"), -1);
	assert_string_equal(e.file, "");
	assert_int_equal(err_set(NULL, "nobody asks"), -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(absent_is_not_empty),
	cmocka_unit_test(names_are_in_order),
	cmocka_unit_test(words_are_cut_with_their_empty_ones),
	cmocka_unit_test(numbers_are_whole_and_in_range),
	cmocka_unit_test(a_hash_keeps_names_apart),
	cmocka_unit_test(shown_bytes_are_printable_and_a_cut_is_marked),
	cmocka_unit_test(a_line_keeps_quotes_and_escapes_the_rest),
	cmocka_unit_test(an_arena_is_zeroed_and_aligned_and_grows),
	cmocka_unit_test(an_arena_counts_what_is_in_use_in_all_its_blocks),
	cmocka_unit_test(an_array_that_cannot_be_ends_the_process),
	cmocka_unit_test(an_error_names_its_place),
};

RUN_TESTS(tests)
