/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a kept policy. They are read as they are, and behind a first
 * line that fits them, without which hardly any would be read. One that is not
 * read has a reason. What a policy is read from is recorded, and from that
 * archive the same policy is read.
 */
#include "config.h"

#include <sys/mman.h>

#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "conf/base/archive.h"
#include "conf/file/read.h"
#include "policy/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* At a syntax error libconfig 1.5 leaks the string that it was reading. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig.so\n";
}

/* Returns a descriptor of a file with these bytes. */
static int
file_of(struct slice head, struct slice body)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, head.p, head.n) == (ssize_t)head.n);
	assert(write(fd, body.p, body.n) == (ssize_t)body.n);
	return fd;
}

/* The digest is shown, and held against others. */
static void
check_digest(const char *digest)
{
	assert(strlen(digest) == DIGEST_TEXT);
	assert(strspn(digest, "0123456789abcdef") == DIGEST_TEXT);
}

/* Reads the policy of the archive; fd is of what it is read from, or -1 when it
 * has mistakes. */
static struct policy *
read_and_record(struct archive *archive, int *fd)
{
	struct archive_writer *w = archive_begin(archive_source(archive));
	struct problems *problems = problems_create();
	struct err e = { .text = "" };
	struct policy *policy;

	policy = policy_read_from(archive_recorder(w), archive_main(archive),
	    problems);
	assert((policy == NULL) == (problems_errors(problems) > 0));
	*fd = archive_end(&w, policy == NULL ? NULL : policy->digest, &e);
	assert((policy == NULL) == (*fd < 0));
	problems_destroy(&problems);
	return policy;
}

static void
check_archive(struct archive *archive)
{
	struct policy *policy, *same = NULL;
	struct archive *again;
	struct err e = { .text = "" };
	int fd;

	check_digest(archive_digest(archive));
	assert(archive_main(archive) != NULL);
	assert(archive_head(archive).n == ARCHIVE_HEAD);
	policy = read_and_record(archive, &fd);
	if (policy == NULL)
		return;
	again = archive_open(fd, &e);
	close(fd);
	assert(again != NULL);
	assert(strcmp(archive_digest(again), policy->digest) == 0);
	same = policy_restore(again, &e);
	assert(same != NULL && strcmp(same->digest, policy->digest) == 0);
	assert(table_keys(same->table) == table_keys(policy->table));
	policy_destroy(&same);
	policy_destroy(&policy);
	archive_close(&again);
}

static void
check_bytes(struct slice head, struct slice body)
{
	struct err e = { .text = "" };
	int fd = file_of(head, body);
	struct archive *archive = archive_open(fd, &e);

	close(fd);
	if (archive == NULL)
		assert(e.text[0] != '\0');
	else
		check_archive(archive);
	archive_close(&archive);
}

/* The first line for a body, with the digest of a policy. */
static void
check_body(struct slice policy_digest, struct slice body)
{
	struct digest *digest = digest_begin();
	char sum[DIGEST_TEXT + 1], head[ARCHIVE_HEAD + 1];
	int n;

	digest_add_bytes(digest, body);
	digest_add_bytes(digest, policy_digest);
	digest_end(&digest, sum);
	n = snprintf(head, sizeof(head), "# enforcetls-policy 1 digest=%.*s "
	    "sha256=%s\n", SLICE_ARGS(policy_digest), sum);
	if (n == ARCHIVE_HEAD)
		check_bytes((struct slice){ head, (size_t)n }, body);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { size == 0 ? "" : (const char *)data, size };
	struct slice zeros = SLICE("0000000000000000000000000000000000000000"
	    "000000000000000000000000");

	assert(zeros.n == DIGEST_TEXT);
	check_bytes(SLICE(""), all);
	check_body(zeros, all);
	/* And with a digest of these bytes. */
	if (all.n > DIGEST_TEXT)
		check_body(slice_head(all, DIGEST_TEXT),
		    slice_from(all, DIGEST_TEXT));
	return 0;
}
