/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * archive - all files that a policy was read from, in one file
 *
 * It holds each file under its own path, byte for byte, and what each pattern
 * matched, so that a policy is read from it as it was read from the disk: the
 * same rows, places and messages. Its first line is
 *
 *     # enforcetls-policy 1 digest=HEX sha256=HEX
 *
 * with the digest of the policy, and the SHA-256 of everything that follows the
 * line and then of that digest. Then come, in the order of the reading,
 *
 *     file LENGTH-OF-PATH LENGTH-OF-TEXT NUMBER WRITABLE
 *     match LENGTH-OF-PATTERN COUNT, and COUNT times: path LENGTH
 *
 * each followed by its path or pattern, and a file by its text, with a newline
 * after each. Two files with one NUMBER are the same file under two names.
 */
#ifndef CONF_BASE_ARCHIVE_H
#define CONF_BASE_ARCHIVE_H

#include "conf/base/digest.h"
#include "conf/base/filesource.h"

struct archive_writer;

/* Begins an archive of what is read from source, which it borrows, in memory
 * that is a file (memfd_create(2)). Returns new; goes with archive_end(). */
struct archive_writer *archive_begin(struct filesource *source);
/* The source to read from meanwhile: it passes on what the other has, and keeps
 * it. Borrows from the writer. */
struct filesource *archive_recorder(struct archive_writer *writer);
/*
 * Ends the archive of the policy of this digest; NULL: it is not needed. Takes
 * writer, which becomes NULL. Returns a descriptor of the archive, which nobody
 * can change any more, and which is the caller's; -1 with e filled.
 */
int archive_end(struct archive_writer **writer, const char *digest,
    struct err *e);

struct archive;

/* Octets of the first line, with its newline. It is another for each policy and
 * each content. */
enum { ARCHIVE_HEAD = 166 };

/*
 * Reads the archive that is open as fd, from its beginning, wherever its offset
 * is. Returns new; goes with archive_close(). NULL with e filled when it cannot
 * be read; e->number is an errno, or 0 when it is damaged or of a format that
 * is not known here.
 */
struct archive *archive_open(int fd, struct err *e);
void archive_close(struct archive **archive);

/* What the archive was made of, for policy_read_from(). A file that it has not
 * cannot be opened. All of them borrow from the archive. */
struct filesource *archive_source(struct archive *archive);
const char *archive_main(const struct archive *archive);
/* Of the policy, DIGEST_TEXT digits. */
const char *archive_digest(const struct archive *archive);
/* The first line. */
struct slice archive_head(const struct archive *archive);
#endif
