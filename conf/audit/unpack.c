/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "conf/audit/packing.h"
#include "conf/audit/unpack.h"
#include "policy/base/arena.h"

enum { INPUT = 128 * 1024 };

enum unpack_phase {
	UNPACK_START,                   /* nothing was read yet */
	UNPACK_PLAIN,
	UNPACK_MEMBER,                  /* within a compressed member */
	UNPACK_BETWEEN                  /* a member has ended */
};

struct unpack {
	int fd;                         /* owns */
	const char *name;               /* borrows */
	enum unpack_phase phase;
	const struct packing *packing;  /* of a compressed file */
	void *state;                    /* owns; of the member */
	struct packing_io io;           /* in: the unread part of input */
	uint64_t offset;
	unsigned char input[INPUT];
};

/* What logrotate(8) may be told to use, and is not read: such a file must not
 * be read as text. */
static const char *const unread[] = { ".bz2", ".lz4", ".lzma", ".lzo", ".lz",
	".br", ".Z", ".zip", ".7z" };

static const char damaged[] = "put a whole copy in its place, or move it away";

static const struct packing *
unpack_row(unsigned i)
{
	const struct packing *(*const rows[])(void) = { packing_gzip,
		packing_xz, packing_zstd };

	return i < COUNT_OF(rows) ? rows[i]() : NULL;
}

/* The format whose files have names such as this; NULL: none has. */
static const struct packing *
unpack_by_name(const char *name)
{
	const struct packing *p;

	for (unsigned i = 0; (p = unpack_row(i)) != NULL; i++)
		if (slice_ends(slice_of(name), slice_of(p->ending)))
			return p;
	return NULL;
}

static bool
unpack_name_is_unread(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(unread); i++)
		if (slice_ends(slice_of(name), slice_of(unread[i])))
			return true;
	return false;
}

bool
unpack_name_is_compressed(const char *name)
{
	return unpack_by_name(name) != NULL || unpack_name_is_unread(name);
}

struct unpack *
unpack_open(int fd, const char *name)
{
	struct unpack *in = xcalloc(1, sizeof(*in));

	assert(fd >= 0 && name != NULL);
	in->fd = fd;
	in->name = name;
	return in;
}

static void
unpack_end_member(struct unpack *in)
{
	if (in->state != NULL)
		in->packing->end(in->state);
	in->state = NULL;
}

void
unpack_close(struct unpack **in)
{
	if (*in == NULL)
		return;
	unpack_end_member(*in);
	close((*in)->fd);
	free(*in);
	*in = NULL;
}

/* Reads more of the file behind what is unread, which is at most a few bytes:
 * 1, 0 at the end, or -1. */
static int
unpack_fill(struct unpack *in, struct err *e)
{
	size_t left = in->io.in_n;
	ssize_t n;

	assert(left < INPUT);
	if (left > 0)
		memmove(in->input, in->io.in, left);
	do
		n = read(in->fd, in->input + left, INPUT - left);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, "%s", strerror(errno));
	in->io.in = in->input;
	in->io.in_n += (size_t)n;
	in->offset += (uint64_t)n;
	return n > 0;
}

/* Reads the bytes that each member begins with, if there are so many. Finds the
 * format of the member that begins here, NULL for none. 0 or -1. */
static int
unpack_look(struct unpack *in, const struct packing **found, struct err *e)
{
	const struct packing *p;
	int got = 1;

	*found = NULL;
	while (in->io.in_n < PACKING_HEAD && got > 0)
		got = unpack_fill(in, e);
	if (got < 0)
		return -1;
	for (unsigned i = 0; (p = unpack_row(i)) != NULL; i++)
		if (p->begins(in->io.in, in->io.in_n))
			*found = p;
	return 0;
}

static int
unpack_begin_member(struct unpack *in, struct err *e)
{
	unpack_end_member(in);
	in->state = in->packing->begin(e);
	if (in->state == NULL)
		return -1;
	in->phase = UNPACK_MEMBER;
	return 0;
}

static int
unpack_begin(struct unpack *in, struct err *e)
{
	const struct packing *wanted = unpack_by_name(in->name);

	in->phase = UNPACK_PLAIN;
	if (unpack_name_is_unread(in->name))
		return err_set(e, "only files compressed with gzip, xz or "
		    "zstd are read: unpack it");
	if (unpack_look(in, &in->packing, e) < 0)
		return -1;
	if (wanted != NULL && in->packing != wanted)
		return err_set(e, "it does not begin as a file that %s has "
		    "compressed: %s", wanted->name, damaged);
	return in->packing == NULL ? 0 : unpack_begin_member(in, e);
}

static int
unpack_read_plain(struct unpack *in, char *out, size_t size, struct err *e)
{
	size_t n;

	if (in->io.in_n == 0 && unpack_fill(in, e) < 0)
		return -1;
	n = in->io.in_n < size ? in->io.in_n : size;
	memcpy(out, in->io.in, n);
	in->io.in += n;
	in->io.in_n -= n;
	return (int)n;
}

/* At the end of a member: 1 when another one follows, 0 at the end of the
 * file, or -1 when something else follows. */
static int
unpack_next_member(struct unpack *in, struct err *e)
{
	const struct packing *next;

	if (unpack_look(in, &next, e) < 0)
		return -1;
	if (in->io.in_n == 0)
		return 0;
	if (next != in->packing)
		return err_set(e, "something follows the compressed data: %s",
		    damaged);
	return unpack_begin_member(in, e) < 0 ? -1 : 1;
}

/* A step of the member. 1, or -1 with e filled. */
static int
unpack_step(struct unpack *in, struct err *e)
{
	size_t in_n = in->io.in_n, out_n = in->io.out_n;
	struct err cause;

	switch (in->packing->step(in->state, &in->io, &cause)) {
	case PACKING_MORE:
		if (in->io.in_n < in_n || in->io.out_n < out_n || in_n == 0)
			return 1;
		return err_set(e, "the compressed data is damaged: %s",
		    damaged);
	case PACKING_END:
		in->phase = UNPACK_BETWEEN;
		return 1;
	case PACKING_TOO_LARGE:
		return err_set(e, "more than %d MiB of memory are needed to "
		    "unpack it: unpack it, or compress it at a lower level",
		    PACKING_MEMORY / 1024 / 1024);
	case PACKING_DAMAGED:
		break;
	}
	return err_set(e, "%s: %s", cause.text, damaged);
}

/* Unpacks into the room that is left: 1, 0 at the end of the file, or -1. */
static int
unpack_more(struct unpack *in, struct err *e)
{
	size_t room = in->io.out_n;
	int got = 1;

	if (in->phase == UNPACK_BETWEEN) {
		got = unpack_next_member(in, e);
		if (got <= 0)
			return got;
	}
	if (in->io.in_n == 0)
		got = unpack_fill(in, e);
	if (got < 0 || unpack_step(in, e) < 0)
		return -1;
	/* What was unpacked before may still be in the library. */
	if (got == 0 && in->phase == UNPACK_MEMBER && in->io.out_n == room)
		return err_set(e, "unexpected end of file: %s", damaged);
	return 1;
}

int
unpack_read(struct unpack *in, char *out, size_t size, struct err *e)
{
	size_t room = size < INT_MAX ? size : INT_MAX;
	int got = 1;

	assert(size > 0);
	if (in->phase == UNPACK_START && unpack_begin(in, e) < 0)
		return -1;
	if (in->phase == UNPACK_PLAIN)
		return unpack_read_plain(in, out, room, e);
	in->io.out = (unsigned char *)out;
	in->io.out_n = room;
	while (got > 0 && in->io.out_n == room)
		got = unpack_more(in, e);
	return got < 0 ? -1 : (int)(room - in->io.out_n);
}

bool
unpack_is_compressed(const struct unpack *in)
{
	return in->phase == UNPACK_MEMBER || in->phase == UNPACK_BETWEEN;
}

uint64_t
unpack_offset(const struct unpack *in)
{
	return in->offset;
}
