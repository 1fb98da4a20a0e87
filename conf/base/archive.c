/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/base/archive.h"
#include "conf/base/readwrite.h"
#include "policy/base/arena.h"

static const char mark[] = "# enforcetls-policy ";
static const char head_format[] =
    "# enforcetls-policy 1 digest=%.64s sha256=%.64s\n";

enum {
	/* Octets of an archive: some million rows in some files. */
	LARGEST = INT_MAX,
	/* Octets of a line that announces something: four numbers. */
	LINE = 128,
	/* Octets that a path takes at least: "path 0", and two newlines. */
	PATH_OCTETS = 8,
	/* Where the digests are in the first line. */
	DIGEST_AT = 29,
	SHA256_AT = DIGEST_AT + DIGEST_TEXT + 8
};

/* A file that was read, by what identifies it on the disk. */
struct known_file {
	dev_t device;
	ino_t inode;
};

struct archive_writer {
	struct filesource source;       /* first: it is cast to the writer */
	struct filesource *from;        /* borrows */
	int fd;                         /* owns; -1: it failed */
	struct err e;                   /* why it failed */
	struct digest *digest;          /* owns */
	struct known_file *known;       /* owns */
	size_t known_count;
};

static_assert(offsetof(struct archive_writer, source) == 0,
    "source is not first");

/* What fails is noted: the policy is read all the same. */
static void
archive_give_up(struct archive_writer *w)
{
	err_errno(&w->e, "it cannot be kept in memory");
	close(w->fd);
	w->fd = -1;
}

static void
archive_add(struct archive_writer *w, struct slice bytes)
{
	size_t wrote;

	if (w->fd < 0)
		return;
	digest_add_bytes(w->digest, bytes);
	if (write_all(w->fd, bytes, &wrote) < 0)
		archive_give_up(w);
}

/* With a newline after it. */
static void
archive_add_line(struct archive_writer *w, struct slice bytes)
{
	archive_add(w, bytes);
	archive_add(w, SLICE("\n"));
}

/* The number of the file, which is the same whenever it is read. */
static size_t
archive_number_of(struct archive_writer *w, const struct textfile *file)
{
	const struct known_file new = { file->device, file->inode };

	for (size_t i = 0; i < w->known_count; i++)
		if (w->known[i].device == new.device &&
		    w->known[i].inode == new.inode)
			return i;
	w->known = xrealloc(w->known,
	    (w->known_count + 1) * sizeof(*w->known));
	w->known[w->known_count] = new;
	return w->known_count++;
}

static int
archive_record_file(struct filesource *source, const char *path,
    struct textfile *out, struct err *e)
{
	struct archive_writer *w = (struct archive_writer *)source;
	char line[LINE];

	if (w->from->read(w->from, path, out, e) < 0)
		return -1;
	snprintf(line, sizeof(line), "file %zu %zu %zu %d", strlen(path),
	    out->n, archive_number_of(w, out), out->writable);
	archive_add_line(w, slice_of(line));
	archive_add_line(w, slice_of(path));
	archive_add_line(w, (struct slice){ out->text, out->n });
	return 0;
}

static int
archive_record_match(struct filesource *source, const char *pattern,
    struct arena *a, struct words *out, struct err *e)
{
	struct archive_writer *w = (struct archive_writer *)source;
	char line[LINE];

	if (w->from->match(w->from, pattern, a, out, e) < 0)
		return -1;
	snprintf(line, sizeof(line), "match %zu %zu", strlen(pattern),
	    out->count);
	archive_add_line(w, slice_of(line));
	archive_add_line(w, slice_of(pattern));
	for (size_t i = 0; i < out->count; i++) {
		snprintf(line, sizeof(line), "path %zu", out->list[i].n);
		archive_add_line(w, slice_of(line));
		archive_add_line(w, out->list[i]);
	}
	return 0;
}

struct archive_writer *
archive_begin(struct filesource *source)
{
	struct archive_writer *w = xcalloc(1, sizeof(*w));

	w->source = (struct filesource){ archive_record_file,
		archive_record_match };
	w->from = source;
	w->digest = digest_begin();
	w->fd = memfd_create("enforcetls-policy",
	    MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (w->fd < 0 || lseek(w->fd, ARCHIVE_HEAD, SEEK_SET) < 0)
		archive_give_up(w);
	return w;
}

struct filesource *
archive_recorder(struct archive_writer *writer)
{
	return &writer->source;
}

/* Writes the first line, which is known only now. */
static void
archive_add_head(struct archive_writer *w, const char *digest)
{
	char head[ARCHIVE_HEAD + 1], sum[DIGEST_TEXT + 1];
	int n;

	digest_add_bytes(w->digest, slice_of(digest));
	digest_end(&w->digest, sum);
	n = snprintf(head, sizeof(head), head_format, digest, sum);
	assert(n == ARCHIVE_HEAD);
	if (w->fd >= 0 && (pwrite(w->fd, head, (size_t)n, 0) != n ||
	    fcntl(w->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW |
		F_SEAL_WRITE | F_SEAL_SEAL) < 0))
		archive_give_up(w);
}

int
archive_end(struct archive_writer **writer, const char *digest, struct err *e)
{
	struct archive_writer *w = *writer;
	char unused[DIGEST_TEXT + 1];
	int fd;

	*writer = NULL;
	if (digest != NULL)
		archive_add_head(w, digest);
	else
		digest_end(&w->digest, unused);
	fd = w->fd;
	if (fd < 0 && e != NULL)
		*e = w->e;
	if (digest == NULL && fd >= 0) {
		close(fd);
		fd = -1;
	}
	free(w->known);
	free(w);
	return fd;
}

/* What was recorded, in that order. */
struct archive_entry {
	bool is_match;                  /* of a pattern; else a file */
	struct slice name;              /* path or pattern */
	struct slice text;              /* of a file */
	size_t number;                  /* of a file */
	bool writable;                  /* a file */
	struct words found;             /* of a pattern */
};

struct archive {
	struct filesource source;       /* first: it is cast to the archive */
	struct arena *arena;            /* owns all but bytes */
	char *bytes;                    /* owns; all of the file */
	struct slice rest;              /* what was not parsed yet */
	struct archive_entry *entries;          /* owns */
	size_t count, room;
	size_t next;                    /* the entry that is likely asked for */
	char *main;
	char digest[DIGEST_TEXT + 1];
};

static_assert(offsetof(struct archive, source) == 0, "source is not first");

/* Cuts length octets and their newline off the rest. */
static bool
archive_cut(struct archive *a, size_t length, struct slice *out)
{
	if (length >= a->rest.n || a->rest.p[length] != '\n')
		return false;
	*out = slice_head(a->rest, length);
	a->rest = slice_from(a->rest, length + 1);
	return true;
}

/* Cuts a line off the rest: word, and then so many numbers. */
static bool
archive_cut_line(struct archive *a, struct slice word, size_t count,
    size_t *numbers)
{
	size_t end = slice_find(a->rest, '\n');
	struct slice line, one;
	long number;

	if (!archive_cut(a, end, &line) || !slice_next(&line, ' ', &one) ||
	    !slice_eq(one, word))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!slice_next(&line, ' ', &one) ||
		    !slice_int(one, 0, LONG_MAX, &number))
			return false;
		numbers[i] = (size_t)number;
	}
	return !slice_next(&line, ' ', &one);
}

static bool
archive_cut_file(struct archive *a, struct archive_entry *entry)
{
	size_t numbers[4];

	if (!archive_cut_line(a, SLICE("file"), 4, numbers))
		return false;
	entry->number = numbers[2];
	entry->writable = numbers[3] != 0;
	return archive_cut(a, numbers[0], &entry->name) &&
	    archive_cut(a, numbers[1], &entry->text);
}

static bool
archive_cut_match(struct archive *a, struct archive_entry *entry)
{
	struct slice *list, path;
	size_t numbers[2], length;

	entry->is_match = true;
	/* What is reserved stays in proportion to what is there. */
	if (!archive_cut_line(a, SLICE("match"), 2, numbers) ||
	    !archive_cut(a, numbers[0], &entry->name) ||
	    numbers[1] > a->rest.n / PATH_OCTETS)
		return false;
	list = arena_array(a->arena, numbers[1], sizeof(*list));
	for (size_t i = 0; i < numbers[1]; i++) {
		if (!archive_cut_line(a, SLICE("path"), 1, &length) ||
		    !archive_cut(a, length, &path))
			return false;
		list[i] = arena_copy(a->arena, path);
	}
	entry->found = (struct words){ list, numbers[1] };
	return true;
}

static bool
archive_cut_entries(struct archive *a)
{
	while (a->rest.n > 0) {
		struct archive_entry new = { .is_match = false };

		if (slice_starts(a->rest, SLICE("file "))
		    ? !archive_cut_file(a, &new) : !archive_cut_match(a, &new))
			return false;
		if (a->count == a->room) {
			a->room = a->room == 0 ? 16 : 2 * a->room;
			a->entries = xrealloc(a->entries,
			    a->room * sizeof(*a->entries));
		}
		a->entries[a->count++] = new;
	}
	/* The main file was read first. */
	if (a->count == 0 || a->entries[0].is_match)
		return false;
	a->main = arena_string(a->arena, a->entries[0].name);
	return true;
}

/* Whether the first line is that of the rest. */
static bool
archive_check_head(struct archive *a)
{
	struct digest *digest = digest_begin();
	char sum[DIGEST_TEXT + 1], again[ARCHIVE_HEAD + 1];

	memcpy(a->digest, a->bytes + DIGEST_AT, DIGEST_TEXT);
	/* It is printed. */
	if (strspn(a->digest, "0123456789abcdef") != DIGEST_TEXT) {
		digest_end(&digest, sum);
		return false;
	}
	digest_add_bytes(digest, a->rest);
	digest_add_bytes(digest, slice_of(a->digest));
	digest_end(&digest, sum);
	snprintf(again, sizeof(again), head_format, a->digest, sum);
	return memcmp(again, a->bytes, ARCHIVE_HEAD) == 0;
}

static int
archive_parse(struct archive *a, size_t n, struct err *e)
{
	struct slice all = { a->bytes, n };

	if (!slice_starts(all, slice_of(mark)))
		return err_kind(e, 0, "it is no kept policy");
	if (!slice_starts(slice_from(all, sizeof(mark) - 1), SLICE("1 ")))
		return err_kind(e, 0, "its format is not known to this "
		    "version");
	a->rest = slice_from(all, ARCHIVE_HEAD);
	if (n <= ARCHIVE_HEAD || !archive_check_head(a))
		return err_kind(e, 0, "its digest does not match: it was "
		    "truncated or changed");
	if (!archive_cut_entries(a))
		return err_kind(e, 0, "what it holds cannot be read");
	return 0;
}

/* Without the offset, which the descriptor may share with another process. */
static int
archive_load(struct archive *a, int fd, size_t n, struct err *e)
{
	size_t done = 0;

	a->bytes = xmalloc(n + 1);
	while (done < n) {
		ssize_t got = pread(fd, a->bytes + done, n - done,
		    (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(e, "cannot be read");
		if (got == 0)
			return err_kind(e, 0, "it became shorter while it was "
			    "being read");
		done += (size_t)got;
	}
	return 0;
}

static const struct archive_entry *
archive_find(struct archive *a, bool is_match, struct slice name)
{
	for (size_t i = 0; i < a->count; i++) {
		size_t at = (a->next + i) % a->count;
		const struct archive_entry *entry = &a->entries[at];

		if (entry->is_match != is_match || !slice_eq(entry->name, name))
			continue;
		a->next = at + 1;
		return entry;
	}
	return NULL;
}

static int
archive_read_file(struct filesource *source, const char *path,
    struct textfile *out, struct err *e)
{
	struct archive *a = (struct archive *)source;
	struct textfile file = { .path = path, .name = path };
	const struct archive_entry *entry;

	entry = archive_find(a, false, slice_of(path));
	if (entry == NULL)
		return err_at(e, path, 0, "cannot be opened: it was not kept");
	file.n = entry->text.n;
	file.text = xmalloc(file.n + 2);
	memcpy(file.text, entry->text.p, file.n);
	file.text[file.n] = '\n';
	file.text[file.n + 1] = '\0';
	file.inode = (ino_t)entry->number;
	file.writable = entry->writable;
	*out = file;
	return 0;
}

static int
archive_read_match(struct filesource *source, const char *pattern,
    struct arena *arena, struct words *out, struct err *e)
{
	struct archive *a = (struct archive *)source;
	const struct archive_entry *entry;
	struct slice *list;

	entry = archive_find(a, true, slice_of(pattern));
	if (entry == NULL)
		return err_set(e, "it was not kept");
	list = arena_array(arena, entry->found.count, sizeof(*list));
	for (size_t i = 0; i < entry->found.count; i++)
		list[i] = arena_copy(arena, entry->found.list[i]);
	*out = (struct words){ list, entry->found.count };
	return 0;
}

struct archive *
archive_open(int fd, struct err *e)
{
	struct archive *a = xcalloc(1, sizeof(*a));
	struct stat st;

	a->source = (struct filesource){ archive_read_file,
		archive_read_match };
	a->arena = arena_create(4096);
	if (fstat(fd, &st) < 0)
		err_errno(e, "cannot be read");
	else if (!S_ISREG(st.st_mode) || st.st_size > LARGEST)
		err_kind(e, 0, "it is no kept policy");
	else if (archive_load(a, fd, (size_t)st.st_size, e) == 0 &&
	    archive_parse(a, (size_t)st.st_size, e) == 0)
		return a;
	archive_close(&a);
	return NULL;
}

void
archive_close(struct archive **archive)
{
	struct archive *a = *archive;

	*archive = NULL;
	if (a == NULL)
		return;
	arena_destroy(&a->arena);
	free(a->entries);
	free(a->bytes);
	free(a);
}

struct filesource *
archive_source(struct archive *archive)
{
	return &archive->source;
}

const char *
archive_main(const struct archive *archive)
{
	return archive->main;
}

const char *
archive_digest(const struct archive *archive)
{
	return archive->digest;
}

struct slice
archive_head(const struct archive *archive)
{
	return (struct slice){ archive->bytes, ARCHIVE_HEAD };
}
