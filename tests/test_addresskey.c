/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/addresskey.h"
#include "tests/folder.h"

static struct folder f;
static char path[256];

static int
set_up(void **state ATTR_UNUSED)
{
	folder_create(&f);
	folder_path(&f, "addresses.key", path);
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&f);
	return 0;
}

static void
it_is_made_once(void **state ATTR_UNUSED)
{
	struct shortening first, second;
	struct stat st;
	struct err e;

	want_number("not there", "read", addresskey_read(path, false, &first,
	    &e), -1);
	want_number("made", "read", addresskey_read(path, true, &first, &e),
	    0);
	want_number("made", "stat", stat(path, &st), 0);
	want_number("made", "mode", st.st_mode & 07777, 0600);
	want_number("again", "read", addresskey_read(path, true, &second, &e),
	    0);
	want_that("again", "the same key", memcmp(first.key, second.key,
	    sizeof(first.key)) == 0);
	want_number("again", "form", second.form, ADDRESSES_HASHED);
	folder_path(&f, "addresses.key.new", path);
	want_that("made", "no other file is left", access(path, F_OK) < 0);
}

/* As `openssl dgst -sha256 -mac HMAC` makes it. */
static void
the_code_is_hmac_sha256(void **state ATTR_UNUSED)
{
	static const char key[] =
	    "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
	    "\n";
	char code[SHORTENING_CODE + 1];
	struct shortening s;
	struct err e;

	folder_write_text(&f, "addresses.key", key);
	assert_int_equal(chmod(path, 0600), 0);
	want_number("key", "read", addresskey_read(path, false, &s, &e), 0);
	s.code(s.key, SLICE("ann@bank.example"), code);
	want_text("key", "code", code, "187f329eea3a84b0b129");
}

static void
others_must_not_read_it(void **state ATTR_UNUSED)
{
	struct settings settings = { .addresses = ADDRESSES_HASHED,
		.addresses_key = slice_of(path) };
	struct shortening s;
	struct err e;

	want_number("made", "read", addresskey_read(path, true, &s, &e), 0);
	assert_int_equal(chmod(path, 0640), 0);
	want_number("open to a group", "read", addresskey_read(path, true, &s,
	    &e), -1);
	want_number("open to a group", "apply", addresskey_apply(&settings,
	    true, &s, &e), -1);
	want_number("open to a group", "form", s.form, ADDRESSES_DOMAIN);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/zero", path), 0);
	want_number("a link", "read", addresskey_read(path, true, &s, &e),
	    -1);
	assert_int_equal(unlink(path), 0);
	folder_write_text(&f, "addresses.key", "0b0b\n");
	assert_int_equal(chmod(path, 0600), 0);
	want_number("half a key", "read", addresskey_read(path, true, &s, &e),
	    -1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test_setup_teardown(it_is_made_once, set_up, tear_down),
	cmocka_unit_test_setup_teardown(the_code_is_hmac_sha256, set_up,
	    tear_down),
	cmocka_unit_test_setup_teardown(others_must_not_read_it, set_up,
	    tear_down),
};

RUN_TESTS(tests)
