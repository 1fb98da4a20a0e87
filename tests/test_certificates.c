/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_certificates - files of certificates are pins, and end
 */
#include "config.h"

#include "conf/base/archive.h"
#include "policy/compare/difference.h"
#include "policy/table/pin_end.h"
#include "tests/cases.h"
#include "tests/reading.h"

/* Made for this test; their keys are not kept. LEAF is issued by CA, the others
 * by themselves, both under one name. The fingerprints are OpenSSL's. */
/* CN=billing.example, ends 2026-12-10 00:00:00+00:00 */
static const char old_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBSDCB76ADAgECAhQJKeJD5vWoWxQoNY5N+2PUjlzp9jAKBggqhkjOPQQDAjAa\n"
    "MRgwFgYDVQQDDA9iaWxsaW5nLmV4YW1wbGUwHhcNMjYwMTAxMDAwMDAwWhcNMjYx\n"
    "MjEwMDAwMDAwWjAaMRgwFgYDVQQDDA9iaWxsaW5nLmV4YW1wbGUwWTATBgcqhkjO\n"
    "PQIBBggqhkjOPQMBBwNCAASMDKRtOWUwYAWEah6VpReLvHKwzuD6A25dM0ockUj0\n"
    "0tTlHoRlpA0/6VsVapTpcyQG7n3O80NYxqLPCgTkGciNoxMwETAPBgNVHRMBAf8E\n"
    "BTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDfpwsPKloXeLVYnnANneoY2MfYwz1X\n"
    "6+6WEq0kEcms+QIgGZYiZv3WPAjw0wGun6VCtYSN5SF6GHFSH6wr0XCJr9E=\n"
    "-----END CERTIFICATE-----\n";
#define OLD_PRINT \
    "sha256:5b2e0b7fd6c7bf54a4553eef75953208f098f8cc1eac247dbbdd268a022e4d32"
/* CN=billing.example, ends 2027-12-10 00:00:00+00:00 */
static const char next_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBRzCB76ADAgECAhRWuUJ+2VXOJdChefKHBAj0Fx5wFzAKBggqhkjOPQQDAjAa\n"
    "MRgwFgYDVQQDDA9iaWxsaW5nLmV4YW1wbGUwHhcNMjYwMTAxMDAwMDAwWhcNMjcx\n"
    "MjEwMDAwMDAwWjAaMRgwFgYDVQQDDA9iaWxsaW5nLmV4YW1wbGUwWTATBgcqhkjO\n"
    "PQIBBggqhkjOPQMBBwNCAASvTPoevOzX9aYSFhRoLw45zT81QTFkPr8uH9Jyy2sO\n"
    "te89hti6QDtPzfOeemlBBE4kSSoRc6QUxICDDeW57BUxoxMwETAPBgNVHRMBAf8E\n"
    "BTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIDun2hXKX8Xg+TDHf3Lfhxw4YNT8L61A\n"
    "aQL9byR9GNk5AiAgzQ4EIIrrn+uFj0ktUrOlHgarGp2ylmh2CofANhzbfA==\n"
    "-----END CERTIFICATE-----\n";
#define NEXT_PRINT \
    "sha256:e629b0e7e68c1ab5a8c9ec7c2e8586ff621ae8d735a8ad8f369a47a92ef67a63"
/* CN=leaf.example, ends 2026-12-10 00:00:00+00:00 */
static const char leaf_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBPjCB5KADAgECAhQKo4kPe9pXHNL83+/QgB4RQ5iU3zAKBggqhkjOPQQDAjAV\n"
    "MRMwEQYDVQQDDApjYS5leGFtcGxlMB4XDTI2MDEwMTAwMDAwMFoXDTI2MTIxMDAw\n"
    "MDAwMFowFzEVMBMGA1UEAwwMbGVhZi5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZI\n"
    "zj0DAQcDQgAEU2W/TkIrO/DZ0Eb7ADgI84vGfQYazUpok3zDeZc8vS+L4xvaVdLy\n"
    "GOPzs6C0CYg6955PexeH8KDlbYUO670kbKMQMA4wDAYDVR0TAQH/BAIwADAKBggq\n"
    "hkjOPQQDAgNJADBGAiEAu/RwFqc9cCvUAbnAVhu+xhrM3vZlUe2aKOsmzJp17NkC\n"
    "IQCJTgLUaojj96Xjp9xq2wEZCbpY1JmOuN5SH931WwXlIw==\n"
    "-----END CERTIFICATE-----\n";
#define LEAF_PRINT \
    "sha256:07d8a21fb1638a917a9efce34fa0b89f9234d16b7ff66058f3b3b1bf20467f67"
/* CN=ca.example, ends 2036-01-01 00:00:00+00:00 */
static const char ca_pem[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBPTCB5aADAgECAhQFbzjFd7kBDhoJQlMb7FyTrd3uZjAKBggqhkjOPQQDAjAV\n"
    "MRMwEQYDVQQDDApjYS5leGFtcGxlMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAw\n"
    "MDAwMFowFTETMBEGA1UEAwwKY2EuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49\n"
    "AwEHA0IABBOxNBMwF2SUN6I78tkR56PqnYIwW/3vkFmruyLwlZuu53GYBZ4uWbdx\n"
    "vY3IzU/4wLhY7QI5PJUU8hXfoPNrS8+jEzARMA8GA1UdEwEB/wQFMAMBAf8wCgYI\n"
    "KoZIzj0EAwIDRwAwRAIgJMGqTIS1wciQ7WJY5k/NNi4X3QLtkPs0rL2DRCqfHQ8C\n"
    "IDI/37gom9K7j/ZjL9CCuXnpO4CAel1LzwPxcbaz67AG\n"
    "-----END CERTIFICATE-----\n";
#define CA_PRINT \
    "sha256:09e2a367182868d85c28a114f2c584fd994c81ab0474cd7efac2ce114e34bd99"

/* 2026-12-10, when OLD and LEAF end, and 2027-12-10. */
#define OLD_ENDS 1796860800
#define NEXT_ENDS 1828396800

#define MTA "milter = { listen = \"unix:/m\"; mta = \"sendmail\"; };\n"
#define PARTNER(hop, keys) TOP MTA "partners = ( { name = \"p\";\n" \
    "domains = [ \"p.example\" ];\n" hop " = { level = \"verify\"; " \
    "stage = \"reject\";\n" keys " }; } );\n"
#define SERVICE(keys) TOP MTA "services = ( { name = \"s\";\n" keys "\n" \
    "inbound = { level = \"encrypt\"; stage = \"reject\"; }; } );\n"
#define INWARD(keys) PARTNER("inbound", keys)
#define OUTWARD(keys) "map = { listen = [ \"unix:/s\" ]; };\n" \
    PARTNER("outbound", keys)
#define UNREADABLE "services[0].certificates[0]: FOLDER/"

static struct folder folder;

static void
write_files(void)
{
	char path[256];
	static char large[65 * 1024];

	folder_create(&folder);
	if (mkdir(folder_path(&folder, "certs", path), 0755) != 0)
		fail_msg("%s cannot be made", path);
	memset(large, '#', sizeof(large));
	folder_write_text(&folder, "certs/old.pem", old_pem);
	folder_write_text(&folder, "certs/next.pem", next_pem);
	folder_write(&folder, "large.pem", large, sizeof(large));
	folder_write_text(&folder, "empty.pem", "");
	folder_write_text(&folder, "text.pem", "no certificate here\n");
	folder_write_text(&folder, "request.pem",
	    "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n"
	    "-----END CERTIFICATE REQUEST-----\n");
	folder_write_text(&folder, "broken.pem",
	    "-----BEGIN CERTIFICATE-----\nMIIB\n"
	    "-----END CERTIFICATE-----\n");
}

/* Appends to a file of the folder. */
static void
append(const char *name, const char *text)
{
	char path[256];
	FILE *out = fopen(folder_path(&folder, name, path), "a");

	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		fail_msg("%s cannot be written", path);
}

static void
write_more_files(void)
{
	append("certs/both.pem", "subject=CN = billing.example\r\n");
	append("certs/both.pem", old_pem);
	append("certs/both.pem", next_pem);
	append("certs/chain.pem", leaf_pem);
	append("certs/chain.pem", ca_pem);
	append("cut.pem", old_pem);
	append("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
	append("joined.pem", old_pem);
	append("joined.pem", "x");
	append("joined.pem", next_pem);
	append("key.pem", old_pem);
	append("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n"
	    "-----END ENCRYPTED PRIVATE KEY-----\n");
}

/* Reads text as the policy; problems have FOLDER for the folder's path. */
static struct policy *
policy_of(const char *text, char problems[4096])
{
	char raw[4096], *at = raw, *found;
	struct policy *policy;
	struct text out;

	folder_write_text(&folder, "t.conf", text);
	folder_read(&folder, "t.conf", &policy, raw, sizeof(raw));
	text_init(&out, problems, 4096);
	while ((found = strstr(at, folder.path)) != NULL) {
		text_add(&out, "%.*sFOLDER", (int)(found - at), at);
		at = found + strlen(folder.path);
	}
	text_add(&out, "%s", at);
	text_end(&out);
	return policy;
}

/* The group of the row, of the rule or of what finds the service. */
static const struct peer_group *
group_of(const struct policy *policy)
{
	const struct partner *partner = table_partner(policy->table, 0);

	if (policy->service_count > 0)
		return &policy->services[0].find;
	for (enum hop hop = HOP_INBOUND; hop < HOP_COUNT; hop++)
		if (partner->rules[hop] != NULL)
			return partner->rules[hop]->demand.peers;
	return NULL;
}

static const struct {
	const char *label, *text;
	const char *pins;               /* as printed, or the problems */
	int64_t ends;                   /* of the last pin; 0: not known */
} cases[] = {
	{ "inbound", INWARD("certificates = [ \"certs/old.pem\" ];"),
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "one string, not a list", PARTNER("entry",
	    "certificates = \"certs/old.pem\";"),
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "outbound", OUTWARD("certificates = \"certs/old.pem\";"),
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "in a group", INWARD("peers = ( { certificates = ( "
	    "\"certs/old.pem\" ); } );"), " fingerprints=" OLD_PRINT,
	    OLD_ENDS },
	{ "a service", SERVICE("certificates = ( \"certs/old.pem\" );"),
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "a file with two of one name, which issued themselves",
	    SERVICE("certificates = \"certs/both.pem\";"),
	    " fingerprints=" OLD_PRINT "|" NEXT_PRINT, NEXT_ENDS },
	{ "two files", SERVICE("certificates = ( \"certs/next.pem\", "
	    "\"certs/old.pem\" );"),
	    " fingerprints=" NEXT_PRINT "|" OLD_PRINT, NEXT_ENDS },
	{ "one file twice", SERVICE("certificates = ( \"certs/old.pem\", "
	    "\"certs/old.pem\" );"), " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "the chain is no pin: its end is not that of the peer",
	    SERVICE("certificates = \"certs/chain.pem\";"),
	    " fingerprints=" LEAF_PRINT, OLD_ENDS },
	{ "beside fingerprints, which may be the successor",
	    SERVICE("fingerprints = \"" NEXT_PRINT "\";\n"
	    "certificates = \"certs/old.pem\";"),
	    " fingerprints=" NEXT_PRINT "|" OLD_PRINT, 0 },
	{ "before fingerprints",
	    SERVICE("certificates = \"certs/old.pem\";\n"
	    "fingerprints = \"" NEXT_PRINT "\";"),
	    " fingerprints=" NEXT_PRINT "|" OLD_PRINT, 0 },
	{ "the fingerprint of the same one",
	    SERVICE("certificates = \"certs/old.pem\";\n"
	    "fingerprints = \"" OLD_PRINT "\";"),
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "an outbound rule with both",
	    OUTWARD("fingerprints = \"" OLD_PRINT "\";\n"
	    "certificates = \"certs/next.pem\";"),
	    " fingerprints=" OLD_PRINT "|" NEXT_PRINT, 0 },
	{ "fingerprints alone", SERVICE("fingerprints = \"" OLD_PRINT "\";"),
	    " fingerprints=" OLD_PRINT, 0 },
	{ "no pins", SERVICE("logins = [ \"a\" ];"), " logins=a", 0 },
	{ "it replaces the profile's fingerprints",
	    TOP MTA "profiles = ( { name = \"q\"; inbound = { level = "
	    "\"verify\"; stage = \"tag\"; fingerprints = \"" NEXT_PRINT
	    "\"; }; } );\npartners = ( { name = \"p\"; profile = \"q\"; "
	    "domains = \"p.example\"; inbound = { certificates = "
	    "\"certs/old.pem\"; }; } );\n",
	    " fingerprints=" OLD_PRINT, OLD_ENDS },
	{ "fingerprints replace the profile's",
	    TOP MTA "profiles = ( { name = \"q\"; inbound = { level = "
	    "\"verify\"; stage = \"tag\"; certificates = "
	    "\"certs/old.pem\"; }; } );\npartners = ( { name = \"p\"; "
	    "profile = \"q\"; domains = \"p.example\"; inbound = { "
	    "fingerprints = \"" NEXT_PRINT "\"; }; } );\n",
	    " fingerprints=" NEXT_PRINT, 0 },

	{ "no file", SERVICE("certificates = [ \"none.pem\" ];"),
	    "6: " UNREADABLE "none.pem: cannot be opened: No such file or "
	    "directory\n", -1 },
	{ "a folder", SERVICE("certificates = [ \"certs\" ];"),
	    "6: " UNREADABLE "certs: this is a folder, not a file\n", -1 },
	{ "an empty file", SERVICE("certificates = [ \"empty.pem\" ];"),
	    "6: " UNREADABLE "empty.pem: contains no certificate in PEM form: "
	    "convert it (openssl x509 -inform DER -in FILE -out NEW)\n", -1 },
	{ "another file", SERVICE("certificates = [ \"text.pem\" ];"),
	    "6: " UNREADABLE "text.pem: contains no certificate in PEM form: "
	    "convert it (openssl x509 -inform DER -in FILE -out NEW)\n", -1 },
	{ "a request", SERVICE("certificates = [ \"request.pem\" ];"),
	    "6: " UNREADABLE "request.pem: contains a block CERTIFICATE "
	    "REQUEST, which is no certificate: remove it\n", -1 },
	{ "a certificate with its key",
	    SERVICE("certificates = [ \"key.pem\" ];"),
	    "6: " UNREADABLE "key.pem: contains a private key, and files of "
	    "the policy are copied: name a file that has the certificate "
	    "alone (openssl x509 -in FILE -out NEW)\n", -1 },
	{ "no certificate inside", SERVICE("certificates = \"broken.pem\";"),
	    "6: services[0].certificates: FOLDER/broken.pem: a certificate in "
	    "it cannot be read: copy it again from its owner\n", -1 },
	{ "the second one is cut",
	    SERVICE("certificates = [ \"cut.pem\" ];"),
	    "6: " UNREADABLE "cut.pem: a certificate in it cannot be read: "
	    "copy it again from its owner\n", -1 },
	{ "one that does not begin a line",
	    SERVICE("certificates = [ \"joined.pem\" ];"),
	    "6: " UNREADABLE "joined.pem: a certificate in it cannot be read: "
	    "copy it again from its owner\n", -1 },
	{ "a large file", SERVICE("certificates = [ \"large.pem\" ];"),
	    "6: " UNREADABLE "large.pem: larger than 64 KiB: name a file with "
	    "the certificates of this peer alone\n", -1 },
	{ "an empty list", SERVICE("certificates = [ ];"),
	    "6: services[0].certificates: an empty list matches no peer\n",
	    -1 },
	{ "behind Postfix", TOP "milter = { listen = \"unix:/m\"; mta = "
	    "\"postfix\"; };\npartners = ( { name = \"p\";\n"
	    "domains = \"p.example\"; inbound = { level = \"verify\";\n"
	    "certificates = \"certs/old.pem\"; stage = \"tag\"; }; } );\n",
	    "7: partners[0].inbound.certificates: Postfix reports no "
	    "fingerprint to a milter (milter.mta = \"postfix\"): use names, "
	    "subjects or logins\n", -1 },
	{ "beside names, outbound", OUTWARD("names = \"a.example\";\n"
	    "certificates = \"certs/old.pem\";"),
	    "10: partners[0].outbound.certificates: outbound takes one of "
	    "names, fingerprints and dane; names is already set\n", -1 },
	{ "with level encrypt", TOP MTA "partners = ( { name = \"p\";\n"
	    "domains = \"p.example\"; inbound = { level = \"encrypt\";\n"
	    "certificates = \"certs/old.pem\"; stage = \"tag\"; }; } );\n",
	    "7: partners[0].inbound.certificates: this is checked only with "
	    "level = \"verify\"\n", -1 },
};

static void
test_files_are_pins(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char problems[4096], pins[4096];
		struct policy *policy = policy_of(cases[i].text, problems);
		const struct dated_certificate *last;
		struct text out;

		if (policy == NULL || cases[i].ends < 0) {
			want_text(cases[i].label, "problems", problems,
			    cases[i].pins);
			policy_destroy(&policy);
			continue;
		}
		text_init(&out, pins, sizeof(pins));
		peer_group_add(group_of(policy), &out);
		text_end(&out);
		want_text(cases[i].label, "pins", pins, cases[i].pins);
		last = pin_end_last(group_of(policy));
		want_number(cases[i].label, "end", last == NULL ? 0
		    : (long)last->ends, (long)cases[i].ends);
		policy_destroy(&policy);
	}
}

static void
test_an_end_is_near_from_thirty_days_before(void **state ATTR_UNUSED)
{
	char problems[4096];
	struct policy *policy = policy_of(SERVICE("certificates = "
	    "\"certs/both.pem\";"), problems);
	const struct peer_group *group;
	const struct dated_certificate *last;

	want_that("the policy", problems, policy != NULL);
	group = group_of(policy);
	assert_null(pin_end_near(group, OLD_ENDS));
	assert_null(pin_end_near(group, NEXT_ENDS - 30 * 86400 - 1));
	last = pin_end_near(group, NEXT_ENDS - 30 * 86400);
	assert_non_null(last);
	want_text("the last one", "file", last->file.p, "certs/both.pem");
	policy_destroy(&policy);
}

/* The file belongs to the policy: to its digest, its files and its archive. */
static void
test_a_changed_file_is_another_policy(void **state ATTR_UNUSED)
{
	static const char text[] = SERVICE("certificates = \"moved.pem\";");
	char problems[4096], path[256];
	struct policy *old, *new;
	struct difference *d;

	folder_write_text(&folder, "moved.pem", old_pem);
	old = policy_of(text, problems);
	want_that("old", problems, old != NULL);
	want_number("old", "files", (long)old->files.count, 2);
	want_text("old", "file", old->files.list[1].p,
	    folder_path(&folder, "moved.pem", path));
	folder_write_text(&folder, "moved.pem", next_pem);
	new = policy_of(text, problems);
	want_that("new", problems, new != NULL);
	assert_string_not_equal(old->digest, new->digest);
	/* The old certificate no longer finds the service. */
	d = difference_make(old, new, 1000);
	want_number("a replaced file", "losses", (long)difference_losses(d),
	    1);
	difference_destroy(&d);
	policy_destroy(&new);
	append("moved.pem", old_pem);
	new = policy_of(text, problems);
	d = difference_make(old, new, 1000);
	want_number("a file with a successor", "losses",
	    (long)difference_losses(d), 0);
	difference_destroy(&d);
	policy_destroy(&new);
	policy_destroy(&old);
}

static void
test_an_archive_has_the_file(void **state ATTR_UNUSED)
{
	struct archive_writer *w = archive_begin(filesource_disk());
	struct problems *problems = problems_create();
	struct policy *first, *second;
	struct archive *archive;
	char path[256];
	struct err e;
	int fd;

	/* One file twice is read twice, and played back twice. */
	folder_write_text(&folder, "t.conf", SERVICE("certificates = ( "
	    "\"certs/gone.pem\", \"certs/gone.pem\" );"));
	folder_write_text(&folder, "certs/gone.pem", old_pem);
	first = policy_read_from(archive_recorder(w),
	    folder_path(&folder, "t.conf", path), problems);
	assert_non_null(first);
	fd = archive_end(&w, first->digest, &e);
	archive = archive_open(fd, &e);
	assert_non_null(archive);
	unlink(folder_path(&folder, "certs/gone.pem", path));
	second = policy_read_from(archive_source(archive),
	    archive_main(archive), problems);
	assert_non_null(second);
	want_text("archive", "digest", second->digest, first->digest);
	want_number("archive", "end",
	    (long)pin_end_last(group_of(second))->ends, OLD_ENDS);
	policy_destroy(&first);
	policy_destroy(&second);
	archive_close(&archive);
	close(fd);
	problems_destroy(&problems);
}

static int
set_up(void **state ATTR_UNUSED)
{
	write_files();
	write_more_files();
	return 0;
}

static int
tear_down(void **state ATTR_UNUSED)
{
	folder_remove(&folder);
	return 0;
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_files_are_pins),
	cmocka_unit_test(test_an_end_is_near_from_thirty_days_before),
	cmocka_unit_test(test_a_changed_file_is_another_policy),
	cmocka_unit_test(test_an_archive_has_the_file),
};

RUN_TESTS_WITH(tests, set_up, tear_down)
