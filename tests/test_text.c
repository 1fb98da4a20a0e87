/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <wchar.h>

#include "policy/base/text.h"
#include "tests/cases.h"

/* A buffer followed by a byte that must not be written. */
struct room {
	char bytes[64];
	size_t size;
};

static void
room_open(struct room *room, size_t size, struct text *t)
{
	memset(room->bytes, '#', sizeof(room->bytes));
	room->size = size;
	text_init(t, room->bytes, size);
}

static void
room_check(const char *label, const struct room *room)
{
	for (size_t i = room->size; i < sizeof(room->bytes); i++)
		want_that(label, "nothing is written behind the buffer",
		    room->bytes[i] == '#');
}

static const struct {
	const char *label;
	size_t size;
	const char *first, *second;
	const char *plain, *ended;
	bool cut;
} cuts[] = {
	{ "empty", 8, "", "", "", "", false },
	{ "room to spare", 8, "abc", "de", "abcde", "abcde", false },
	{ "exact fit", 8, "abc", "defg", "abcdefg", "abcdefg", false },
	{ "one too many", 8, "abc", "defgh", "abcdefg", "abcd...",
	    true },
	{ "the first is too long", 5, "abcdef", "g", "abcd", "a...",
	    true },
	{ "nothing behind an exact fit", 4, "abc", "d", "abc", "...",
	    true },
	{ "no room for all dots", 3, "abc", "", "ab", "..", true },
	{ "room for NUL only", 1, "a", "b", "", "", true },
	{ "room for NUL only, nothing added", 1, "", "", "", "",
	    false },
	{ "an escape is left whole", 12, "abcd\\x07", "efgh",
	    "abcd\\x07efg", "abcd\\x07...", true },
	{ "no escape is cut behind its backslash", 9, "abcd\\x07",
	    "e", "abcd\\x07", "abcd...", true },
	{ "nor in its middle", 10, "abcd\\x07", "ef", "abcd\\x07e",
	    "abcd...", true },
	{ "nor before its last digit", 11, "abcd\\x07", "efg",
	    "abcd\\x07ef", "abcd...", true },
	{ "nor is a character", 9, "abcde\xc3\xa9", "fg",
	    "abcde\xc3\xa9" "f", "abcde...", true },
	{ "nor one in its middle", 9, "abcd\xc3\xa9", "efg",
	    "abcd\xc3\xa9" "ef", "abcd...", true },
};

static void
text_that_does_not_fit_is_cut_and_reported(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < 2 * COUNT_OF(cuts); i++) {
		size_t k = i / 2;
		struct room room;
		struct text t;

		room_open(&room, cuts[k].size, &t);
		if (i % 2 == 0) {
			text_slice(&t, slice_of(cuts[k].first));
			text_slice(&t, slice_of(cuts[k].second));
		} else {
			text_add(&t, "%s", cuts[k].first);
			text_add(&t, "%s", cuts[k].second);
		}
		want_text(cuts[k].label, "text", room.bytes, cuts[k].plain);
		want_that(cuts[k].label, "whether it was cut",
		    t.cut == cuts[k].cut);
		want_number(cuts[k].label, "length", (long)text_length(&t),
		    (long)strlen(cuts[k].plain));
		want_number(cuts[k].label, "length at the end",
		    (long)text_end(&t), (long)strlen(cuts[k].ended));
		want_text(cuts[k].label, "text at the end", room.bytes,
		    cuts[k].ended);
		room_check(cuts[k].label, &room);
	}
}

static void
a_buffer_of_no_bytes_stays_untouched(void **state ATTR_UNUSED)
{
	struct room room;
	struct text t;

	room_open(&room, 0, &t);
	text_slice(&t, SLICE(""));
	assert_false(t.cut);
	text_add(&t, "%d", 7);
	text_byte(&t, 'x');
	text_join(&t, ", ", "y");
	assert_true(t.cut);
	assert_int_equal(text_end(&t), 0);
	room_check("size 0", &room);
}

/* What printf(3) cannot convert ends the text like what does not fit. */
static void
what_cannot_be_printed_cuts_the_text(void **state ATTR_UNUSED)
{
	static const struct {
		size_t size;
		const char *wanted;
	} cases[] = { { 16, "ab" }, { 3, "ab" }, { 0, "" } };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct room room;
		struct text t;

		room_open(&room, cases[i].size, &t);
		text_add(&t, "ab");
		text_add(&t, "cd%lc", (wint_t)0x110000);
		assert_true(t.cut);
		text_add(&t, "ef");
		if (cases[i].size > 0)
			want_text("not printed", "text", room.bytes,
			    cases[i].wanted);
		want_number("not printed", "length", (long)text_length(&t),
		    (long)strlen(cases[i].wanted));
		room_check("not printed", &room);
	}
}

static void
nothing_is_added_after_a_cut(void **state ATTR_UNUSED)
{
	struct room room;
	struct text t;

	room_open(&room, 6, &t);
	text_add(&t, "%s", "abcdefgh");
	text_byte(&t, 'i');
	text_slice(&t, SLICE("j"));
	text_add(&t, "k");
	assert_string_equal(room.bytes, "abcde");
	text_end(&t);
	text_byte(&t, 'l');
	assert_string_equal(room.bytes, "ab...");
	assert_int_equal(text_end(&t), 5);
	assert_string_equal(room.bytes, "ab...");
	room_check("behind a cut", &room);
}

static void
phrases_are_joined(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(256);
	struct room room;
	struct text t;

	room_open(&room, sizeof(room.bytes), &t);
	text_join(&t, ", ", "%s", "one");
	text_join(&t, ", ", "%s", "two");
	text_join(&t, "; ", "%d", 3);
	assert_string_equal(room.bytes, "one, two; 3");
	assert_string_equal(text_copy(&t, a), "one, two; 3");
	room_open(&room, 9, &t);
	text_join(&t, ", ", "%s", "one");
	text_join(&t, ", ", "%s", "two and more");
	assert_string_equal(text_copy(&t, a), "one, ...");
	arena_destroy(&a);
}

static void
an_absent_slice_adds_nothing(void **state ATTR_UNUSED)
{
	struct room room;
	struct text t;

	room_open(&room, 8, &t);
	text_slice(&t, SLICE_NONE);
	assert_false(t.cut);
	assert_string_equal(room.bytes, "");
	text_slice(&t, (struct slice){ "a\0b", 3 });
	assert_int_equal(text_length(&t), 3);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(text_that_does_not_fit_is_cut_and_reported),
	cmocka_unit_test(a_buffer_of_no_bytes_stays_untouched),
	cmocka_unit_test(what_cannot_be_printed_cuts_the_text),
	cmocka_unit_test(nothing_is_added_after_a_cut),
	cmocka_unit_test(phrases_are_joined),
	cmocka_unit_test(an_absent_slice_adds_nothing),
};

RUN_TESTS(tests)
