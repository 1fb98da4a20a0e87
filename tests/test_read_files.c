/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/reading.h"

#define RULE "inbound = { level = \"encrypt\"; stage = \"defer\"; }; "
#define PARTNER(name) "{ name = \"" name "\"; domains = [ \"" name \
	".example\" ]; " RULE "}"

enum { FILES = 5 };

/* clang-format off */
static const struct {
	const char *label;
	struct {
		const char *name;       /* "x/" is a folder, "x->y" a link */
		const char *text;
	} files[FILES];
	const char *problems;
	long keys;
} cases[] = {
	{ "files by pattern, in the order of their bytes",
	    { { "t.conf", TOP "include = [ \"p.d/*.conf\" ];\n" },
	    { "p.d/", NULL },
	    { "p.d/b.conf", "partners = ( " PARTNER("b") " );\n" },
	    { "p.d/B.conf", "partners = ( " PARTNER("a") " );\n" },
	    { "p.d/c.conf~", "nonsense" } }, "", 2 },
	{ "a pattern that matches nothing",
	    { { "t.conf", TOP "include = \"p.d/*.conf\";\n" } },
	    "4: warning: include: no file matches this pattern: rules that "
	    "were in such a file are not in force\n", 0 },
	{ "a pattern that matches nothing, in log-only",
	    { { "t.conf", "format = 1; mode = \"log-only\";\n"
	    "log = { syslog = true; }; include = \"p.d/*.conf\";\n" } },
	    "", 0 },
	{ "a plain path that is missing",
	    { { "t.conf", TOP "include = [ \"p.conf\" ];\n" } },
	    "4: include[0]: @/p.conf: cannot be opened: No such file or "
	    "directory\n", -1 },
	{ "a folder where a file is meant",
	    { { "t.conf", TOP "include = [ \"p.d\" ];\n" }, { "p.d/", NULL } },
	    "4: include[0]: @/p.d: this is a folder, not a file\n", -1 },
	{ "a loop of links",
	    { { "t.conf", TOP "include = [ \"a.conf\" ];\n" },
	    { "a.conf->b.conf", NULL }, { "b.conf->a.conf", NULL } },
	    "4: include[0]: @/a.conf: cannot be opened: Too many levels of "
	    "symbolic links\n", -1 },
	{ "settings in an included file",
	    { { "t.conf", TOP "include = [ \"p.conf\" ];\n" },
	    { "p.conf", "mode = \"enforce\";\npartners = ( " PARTNER("p")
	    " );\n" } },
	    "p.conf:1: mode: unknown key: an included file has no such "
	    "key\n", -1 },
	{ "services in an included file",
	    { { "t.conf", TOP "include = [ \"p.conf\" ];\n" },
	    { "p.conf", "services = ( { name = \"s\"; clients = [ "
	    "\"10.0.0.1\" ]; inbound = { level = \"encrypt\"; stage = "
	    "\"log-only\"; }; } );\n" } }, "", 1 },
	{ "the file itself",
	    { { "t.conf", TOP "include = [ \"*.conf\" ];\n" } },
	    "4: include[0]: @/t.conf is the main file itself\n", -1 },
	{ "one file by two patterns is read once",
	    { { "t.conf", TOP "include = [ \"p.conf\", \"p*.conf\" ];\n" },
	    { "p.conf", "partners = ( " PARTNER("p") " );\n" } },
	    "4: warning: include[1]: @/p.conf is already included: it is read "
	    "only once\n", 1 },
	{ "one file with a syntax error, the others are still read",
	    { { "t.conf", TOP "include = [ \"a.conf\", \"b.conf\" ];\n"
	    "null_sender = \"no\";\n" },
	    { "a.conf", "partners = ( " PARTNER("p") ",\n);\n" },
	    { "b.conf", "partners = (\n" PARTNER("p..") " );\n" } },
	    "5: null_sender: \"no\" is not known: it is one of defer, "
	    "enforce, log-only\n"
	    "a.conf:2: remove the comma before this closing bracket\n"
	    "b.conf:2: partners[0].domains[0]: \"p...example\" is not a domain "
	    "name\n", -1 },
	{ "a key claimed in two files",
	    { { "t.conf", TOP "include = [ \"a.conf\", \"b.conf\" ];\n" },
	    { "a.conf", "\n\npartners = ( " PARTNER("p") " );\n" },
	    { "b.conf", "partners = (\n{ name = \"q\";\n domains = "
	    "\"p.example\";\n " RULE "} );\n" } },
	    "b.conf:3: partners[0].domains: \"p.example\" is already a key of "
	    "the row at a.conf:3: two rows must not have the same key\n", -1 },
	{ "a profile of another file",
	    { { "t.conf", TOP "include = [ \"a.conf\" ];\npartners = ( { name "
	    "= \"p\"; domains = \"p.example\"; profile = \"x\"; } );\n" },
	    { "a.conf", "profiles = ( { name = \"x\"; " RULE "} );\n" } },
	    "", 1 },
	{ "a table: partners, profiles, comments",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\nprofiles = ( { name = "
	    "\"x\"; entry = { level = \"encrypt\"; stage = \"hold\"; }; } );\n"
	    "partners = ( { name = \"p\"; " RULE
	    "entry = { level = \"none\"; stage = \"defer\"; }; } );\n" },
	    { "tab", "# a comment\n\na.example @p\n  .b.example\tx   # more\r\n"
	    "[gw.c.example]:587 x\nu@d.example @p\n[IPv6:2001:db8::1] x\n"
	    "*  x\n" } }, "", 6 },
	{ "a table's mistakes",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\nprofiles = ( { name = "
	    "\"strict\"; " RULE "} );\npartners = ( " PARTNER("p") " );\n" },
	    { "tab", "a.example\nb.example p\nc.example @q\n"
	    "d.example strickt\ne.example strict now\nf..example strict\n"
	    "p.example strict\ng.example strict\nG.Example. @p\n"
	    "*.h.example strict\n" } },
	    "tab:1: a line is KEY @PARTNER or KEY PROFILE\n"
	    "tab:2: there is no profile \"p\": write a partner as @p\n"
	    "tab:3: there is no partner \"q\"\n"
	    "tab:4: there is no profile \"strickt\": did you mean "
	    "\"strict\"?\n"
	    "tab:5: a line is KEY @PARTNER or KEY PROFILE\n"
	    "tab:6: \"f..example\" is not a domain name\n"
	    "tab:7: \"p.example\" is already a key of the row at t.conf:6: two "
	    "rows must not have the same key\n"
	    "tab:9: \"g.example\" is already a key of the row at tab:8: two "
	    "rows must not have the same key\n"
	    "tab:10: \"*.h.example\" is not the form for subdomains: write "
	    "\".h.example\"\n", -1 },
	{ "a table's line and a partner of its name",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\nprofiles = ( { name = "
	    "\"strict\"; " RULE "} );\npartners = ( { name = \"x.example\"; "
	    "domains = [ \"y.example\" ]; " RULE "} );\n" },
	    { "tab", "x.example strict\n" } },
	    "tab:1: a partner is named x.example too, so an exception for one "
	    "would apply to both: write x.example @x.example, or rename the "
	    "partner\n", -1 },
	{ "a table with a NUL byte",
	    { { "t.conf", TOP "tables = \"tab\";\n" },
	    { "tab", "# one\na.example\001 @p\n" } },
	    "tab:2: a NUL byte: this is not a text file\n", -1 },
	{ "a table with a byte order mark",
	    { { "t.conf", TOP "tables = \"tab\";\n" },
	    { "tab", "\357\273\277a.example @p\n" } },
	    "tab:1: begins with a byte order mark: save it as UTF-8 without "
	    "one\n", -1 },
	{ "a table that is missing",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\n" } },
	    "4: tables[0]: @/tab: cannot be opened: No such file or "
	    "directory\n", -1 },
	{ "a table's line that asks everybody for TLS",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\nprofiles = ( { name = "
	    "\"x\";\n" RULE "} );\n" },
	    { "tab", "* x\n" } },
	    "6: inbound of \"*\" demands TLS of every stranger: a public mail "
	    "server must not (RFC 3207 section 4), and their mail would be "
	    "lost. If this server is not public, set acknowledge_rfc3207 = "
	    "true\n", -1 },
	{ "a profile that only table lines use, incomplete",
	    { { "t.conf", TOP "tables = [ \"tab\" ];\nprofiles = ( { name = "
	    "\"x\";\n inbound = { level = \"encrypt\"; }; } );\n" },
	    { "tab", "a.example x\nb.example x\n" } },
	    "6: profiles[0].inbound: stage is missing: start with "
	    "\"log-only\"\n", -1 },
};
/* clang-format on */

static void
make_file(const struct folder *f, const char *name, const char *text)
{
	char path[256], target[256];
	const char *arrow = strstr(name, "->");

	if (arrow != NULL) {
		snprintf(target, sizeof(target), "%.*s", (int)(arrow - name),
		    name);
		folder_path(f, target, path);
		if (symlink(arrow + 2, path) < 0)
			fail_msg("no link %s", path);
	} else if (name[strlen(name) - 1] == '/') {
		if (mkdir(folder_path(f, name, path), 0755) < 0)
			fail_msg("no folder %s", path);
	} else {
		folder_write_text(f, name, text);
	}
}

/* Puts the folder's name where the text has "@/". */
static void
put_folder(const struct folder *f, const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + sizeof(f->path) < size; text++) {
		if (text[0] == '@' && text[1] == '/')
			n += (size_t)snprintf(out + n, size - n, "%s",
			    f->path);
		else
			out[n++] = *text;
	}
	out[n] = '\0';
}

static void
test_cases(void **state ATTR_UNUSED)
{
	char came[8192], wanted[8192];

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct policy *policy;
		struct folder f;

		folder_create(&f);
		for (size_t k = 0; k < FILES &&
		    cases[i].files[k].name != NULL; k++)
			make_file(&f, cases[i].files[k].name,
			    cases[i].files[k].text);
		folder_read(&f, "t.conf", &policy, came, sizeof(came));
		put_folder(&f, cases[i].problems, wanted, sizeof(wanted));
		want_text(cases[i].label, "problems", came, wanted);
		want_number(cases[i].label, "keys", policy == NULL ? -1 :
		    (long)table_keys(policy->table), cases[i].keys);
		policy_destroy(&policy);
		folder_remove(&f);
	}
}

static void
digest_of(const struct folder *f, char out[65])
{
	struct policy *policy;
	char came[1024];

	folder_read(f, "t.conf", &policy, came, sizeof(came));
	if (policy == NULL)
		fail_msg("does not load: %s", came);
	memcpy(out, policy->digest, 65);
	policy_destroy(&policy);
}

static void
test_digest(void **state ATTR_UNUSED)
{
	struct folder one, two;
	char a[65], b[65];

	folder_create(&one);
	folder_create(&two);
	folder_write_text(&one, "t.conf", TOP "tables = [ \"x\", \"y\" ];\n");
	folder_write_text(&one, "x", "# 1\n# 2\n");
	folder_write_text(&one, "y", "# 3\n");
	digest_of(&one, a);
	want_number("a digest", "length", (long)strlen(a), 64);

	folder_write_text(&two, "t.conf", TOP "tables = [ \"x\", \"y\" ];\n");
	folder_write_text(&two, "x", "# 1\n# 2\n");
	folder_write_text(&two, "y", "# 3\n");
	digest_of(&two, b);
	want_text("the same files in another folder", "digest", b, a);

	folder_write_text(&two, "x", "# 1\n");
	folder_write_text(&two, "y", "# 2\n# 3\n");
	digest_of(&two, b);
	want_that("a line moved to the next file", "the digest differs",
	    strcmp(a, b) != 0);
	folder_remove(&one);
	folder_remove(&two);
}

static void
test_writable(void **state ATTR_UNUSED)
{
	struct policy *policy;
	struct folder f;
	char path[256], came[1024];

	folder_create(&f);
	folder_write_text(&f, "t.conf", TOP);
	if (chmod(folder_path(&f, "t.conf", path), 0664) < 0)
		fail_msg("chmod %s", path);
	folder_read(&f, "t.conf", &policy, came, sizeof(came));
	want_text("a file its group may write", "problems", came,
	    "0: warning: users other than its owner can write this file, and "
	    "so decide what is refused (chmod go-w)\n");
	policy_destroy(&policy);
	folder_remove(&f);
}

static void
test_no_file(void **state ATTR_UNUSED)
{
	struct policy *policy;
	struct folder f;
	char path[256], came[1024];

	folder_create(&f);
	folder_read(&f, "t.conf", &policy, came, sizeof(came));
	want_text("no file at all", "problems", came,
	    "0: cannot be opened: No such file or directory\n");
	if (mkfifo(folder_path(&f, "pipe", path), 0600) < 0)
		fail_msg("mkfifo %s", path);
	folder_read(&f, "pipe", &policy, came, sizeof(came));
	want_text("a pipe without a writer does not wait", "problems", came,
	    "0: not a regular file\n");
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_cases),
	cmocka_unit_test(test_digest),
	cmocka_unit_test(test_writable),
	cmocka_unit_test(test_no_file),
};

RUN_TESTS(tests)
