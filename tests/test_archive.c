/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <fcntl.h>

#include "conf/base/archive.h"
#include "policy/base/arena.h"
#include "tests/reading.h"

static const char main_text[] = TOP
    "include = [ \"partners/*.conf\", \"more.conf\", \"none/*.conf\" ];\n"
    "tables = [ \"table.txt\" ];\n"
    "candidate = \"next.conf\";\n"
    "profiles = ( { name = \"soft\"; entry = { level = \"encrypt\"; "
    "stage = \"log-only\"; }; } );\n";

static const char row[] = "# a comment\n"
    "partners = ( { name = \"%s\"; domains = [ \"%s.example\" ];\n"
    "    entry = { level = \"encrypt\"; stage = \"reject\"; }; } );\n";

static void
write_row(const struct folder *f, const char *file, const char *name)
{
	char text[512];

	snprintf(text, sizeof(text), row, name, name);
	folder_write_text(f, file, text);
}

static void
write_policy(struct folder *f)
{
	char path[256];

	folder_create(f);
	if (mkdir(folder_path(f, "partners", path), 0755) != 0)
		fail_msg("%s cannot be made", path);
	folder_write_text(f, "t.conf", main_text);
	write_row(f, "partners/b.conf", "bank");
	write_row(f, "partners/c.conf", "clinic");
	write_row(f, "more.conf", "more");
	write_row(f, "extra.conf", "extra");
	folder_write_text(f, "table.txt", "one.example soft\n"
	    "two.example @bank\n");
	folder_write_text(f, "next.conf", TOP
	    "include = \"extra.conf\";\n");
	/* The same file under two names: it is read only once. */
	if (symlink("b.conf", folder_path(f, "partners/b2.conf", path)) != 0)
		fail_msg("%s cannot be made", path);
	if (chmod(folder_path(f, "more.conf", path), 0666) != 0)
		fail_msg("no mode for %s", path);
}

/* Reads the policy of the folder, and returns a descriptor of its archive. */
static int
record(const struct folder *f, struct policy **policy,
    struct problems *problems)
{
	struct archive_writer *w = archive_begin(filesource_disk());
	char path[256];
	struct err e;
	int fd;

	*policy = policy_read_from(archive_recorder(w),
	    folder_path(f, "t.conf", path), problems);
	fd = archive_end(&w, *policy == NULL ? NULL : (*policy)->digest, &e);
	if (*policy != NULL && fd < 0)
		fail_msg("no archive: %s", e.text);
	return fd;
}

static char *
text_of(const struct problems *problems)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	problems_print(problems, out);
	fclose(out);
	return text;
}

static void
want_same_rows(const struct policy *a, const struct policy *b)
{
	want_text("archive", "digest", b->digest, a->digest);
	want_number("archive", "partners", (long)table_partners(b->table),
	    (long)table_partners(a->table));
	want_number("archive", "keys", (long)table_keys(b->table),
	    (long)table_keys(a->table));
	for (size_t i = 0; i < table_partners(a->table); i++) {
		const struct rule *x = table_partner(a->table,
		    (unsigned)i)->rules[HOP_ENTRY];
		const struct rule *y = table_partner(b->table,
		    (unsigned)i)->rules[HOP_ENTRY];

		want_text("archive", "file of a rule", y->place.file,
		    x->place.file);
		want_number("archive", "line of a rule", y->place.line,
		    x->place.line);
	}
}

/* The policy is the same, with all places and messages, when nothing of it is
 * left on the disk. */
static void
test_restored(void **state ATTR_UNUSED)
{
	struct problems *first = problems_create(), *second = problems_create();
	struct policy *policy, *again;
	char *came, *wanted, path[256];
	struct archive *archive;
	struct folder f;
	struct err e;
	int fd;

	write_policy(&f);
	fd = record(&f, &policy, first);
	assert_non_null(policy);
	folder_path(&f, "t.conf", path);
	folder_remove(&f);
	/* A descriptor that somebody has read to its end. */
	lseek(fd, 0, SEEK_END);
	archive = archive_open(fd, &e);
	if (archive == NULL)
		fail_msg("%s", e.text);
	want_text("archive", "main file", archive_main(archive), path);
	want_text("archive", "its digest", archive_digest(archive),
	    policy->digest);
	again = policy_read_from(archive_source(archive),
	    archive_main(archive), second);
	wanted = text_of(first);
	came = text_of(second);
	want_text("archive", "messages", came, wanted);
	/* They are about each kind of entry. */
	assert_non_null(strstr(wanted, "b2.conf"));
	assert_non_null(strstr(wanted, "chmod go-w"));
	assert_non_null(again);
	want_same_rows(policy, again);
	assert_non_null(again->candidate);
	want_same_rows(policy->candidate, again->candidate);
	free(came);
	free(wanted);
	policy_destroy(&policy);
	policy_destroy(&again);
	problems_destroy(&first);
	problems_destroy(&second);
	archive_close(&archive);
	close(fd);
}

/* Nobody who gets the descriptor can change what others read. */
static void
test_sealed(void **state ATTR_UNUSED)
{
	struct problems *problems = problems_create();
	struct policy *policy;
	struct folder f;
	int fd;

	write_policy(&f);
	fd = record(&f, &policy, problems);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	close(fd);
	policy_destroy(&policy);
	/* A policy that does not load has none. */
	folder_write_text(&f, "t.conf", "format = 1;\n");
	assert_int_equal(record(&f, &policy, problems), -1);
	assert_null(policy);
	problems_destroy(&problems);
	folder_remove(&f);
}

static const struct damage {
	const char *label;
	long at;                        /* the octet; < 0: from the end */
	char byte;                      /* 0: cut the file there */
	const char *why;
} damages[] = {
	{ "empty", 0, '\0', "it is no kept policy" },
	{ "another file", 2, 'x', "it is no kept policy" },
	{ "a later format", 20, '2',
	    "its format is not known to this version" },
	{ "only its first line", 166, '\0', "its digest does not match: it was "
	    "truncated or changed" },
	{ "cut", -20, '\0', "its digest does not match: it was truncated or "
	    "changed" },
	{ "another digest", 40, 'x', "its digest does not match: it was "
	    "truncated or changed" },
	{ "another octet", -20, '\377', "its digest does not match: it was "
	    "truncated or changed" },
};

static void
want_damage(const struct folder *f, const struct damage *d, int good)
{
	static char bytes[65536];
	ssize_t n = pread(good, bytes, sizeof(bytes), 0);
	size_t at = (size_t)(d->at < 0 ? n + d->at : d->at);
	struct archive *archive;
	char path[256];
	struct err e;
	int fd;

	assert_true(n > ARCHIVE_HEAD && (size_t)n < sizeof(bytes));
	if (d->byte != '\0')
		bytes[at] = d->byte;
	folder_write(f, "kept", bytes, d->byte == '\0' ? at : (size_t)n);
	fd = open(folder_path(f, "kept", path), O_RDONLY);
	archive = archive_open(fd, &e);
	want_that(d->label, "it is refused", archive == NULL);
	want_text(d->label, "why", e.text, d->why);
	want_number(d->label, "errno", e.number, 0);
	close(fd);
}

static void
test_damaged(void **state ATTR_UNUSED)
{
	struct problems *problems = problems_create();
	struct policy *policy;
	struct folder f;
	int fd;

	write_policy(&f);
	fd = record(&f, &policy, problems);
	for (size_t i = 0; i < COUNT_OF(damages); i++)
		want_damage(&f, &damages[i], fd);
	close(fd);
	policy_destroy(&policy);
	problems_destroy(&problems);
	folder_remove(&f);
}

/* What an archive does not hold is not taken from the disk. */
static void
test_not_kept(void **state ATTR_UNUSED)
{
	struct problems *problems = problems_create();
	struct policy *policy;
	struct arena *a = arena_create(256);
	struct archive *archive;
	struct textfile file;
	struct words found;
	struct folder f;
	char path[256];
	struct err e;
	int fd;

	write_policy(&f);
	fd = record(&f, &policy, problems);
	archive = archive_open(fd, &e);
	assert_non_null(archive);
	folder_write_text(&f, "new.conf", "");
	assert_int_equal(archive_source(archive)->read(archive_source(archive),
	    folder_path(&f, "new.conf", path), &file, &e), -1);
	want_text("archive", "why", e.text, "cannot be opened: it was not "
	    "kept");
	assert_int_equal(archive_source(archive)->match(archive_source(archive),
	    "/*", a, &found, &e), -1);
	archive_close(&archive);
	arena_destroy(&a);
	close(fd);
	policy_destroy(&policy);
	problems_destroy(&problems);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_restored),
	cmocka_unit_test(test_sealed),
	cmocka_unit_test(test_damaged),
	cmocka_unit_test(test_not_kept),
};

RUN_TESTS(tests)
