/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <zlib.h>

#include "conf/audit/gunzip.h"
#include "policy/base/arena.h"

enum {
	INPUT = 128 * 1024,
	/* zlib: the largest window, and only gzip's own format. */
	WINDOW = 15 + 16
};

enum gunzip_phase {
	GUNZIP_START,                   /* nothing was read yet */
	GUNZIP_PLAIN,
	GUNZIP_MEMBER,                  /* within a compressed member */
	GUNZIP_BETWEEN                  /* a member has ended */
};

struct gunzip {
	int fd;                         /* owns */
	bool required;
	enum gunzip_phase phase;
	z_stream z;                     /* next_in: the unread input */
	uint64_t offset;
	unsigned char input[INPUT];
};

struct gunzip *
gunzip_open(int fd, bool required)
{
	struct gunzip *in = xcalloc(1, sizeof(*in));

	assert(fd >= 0);
	in->fd = fd;
	in->required = required;
	return in;
}

void
gunzip_close(struct gunzip **in)
{
	if (*in == NULL)
		return;
	if ((*in)->phase == GUNZIP_MEMBER || (*in)->phase == GUNZIP_BETWEEN)
		inflateEnd(&(*in)->z);
	close((*in)->fd);
	free(*in);
	*in = NULL;
}

/* Reads more of the file behind what is unread, which is at most a byte or two:
 * 1, 0 at the end, or -1. */
static int
gunzip_fill(struct gunzip *in, struct err *e)
{
	size_t left = in->z.avail_in;
	ssize_t n;

	assert(left < INPUT);
	if (left > 0)
		memmove(in->input, in->z.next_in, left);
	do
		n = read(in->fd, in->input + left, INPUT - left);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(e, "%s", strerror(errno));
	in->z.next_in = in->input;
	in->z.avail_in += (uInt)n;
	in->offset += (uint64_t)n;
	return n > 0;
}

/* Reads the two bytes that each member begins with, if there are two. Returns
 * whether one begins here, or -1. */
static int
gunzip_sees_member(struct gunzip *in, struct err *e)
{
	int got = 1;

	while (in->z.avail_in < 2 && got > 0)
		got = gunzip_fill(in, e);
	if (got < 0)
		return -1;
	return in->z.avail_in >= 2 && in->z.next_in[0] == 0x1f &&
	    in->z.next_in[1] == 0x8b;
}

static int
gunzip_begin(struct gunzip *in, struct err *e)
{
	int begins = gunzip_sees_member(in, e);

	if (begins < 0)
		return -1;
	if (!begins) {
		in->phase = GUNZIP_PLAIN;
		return in->required ? err_set(e, "it does not begin as a "
		    "file that gzip has compressed") : 0;
	}
	if (inflateInit2(&in->z, WINDOW) != Z_OK)
		return err_set(e, "zlib cannot be used");
	in->phase = GUNZIP_MEMBER;
	return 0;
}

static int
gunzip_read_plain(struct gunzip *in, char *out, size_t size, struct err *e)
{
	size_t n = in->z.avail_in < size ? in->z.avail_in : size;

	if (n == 0) {
		if (gunzip_fill(in, e) < 0)
			return -1;
		n = in->z.avail_in < size ? in->z.avail_in : size;
	}
	memcpy(out, in->z.next_in, n);
	in->z.next_in += n;
	in->z.avail_in -= (uInt)n;
	return (int)n;
}

/* At the end of a member: 1 when another one follows, 0 at the end of the
 * file, or -1 when something else follows. */
static int
gunzip_next_member(struct gunzip *in, struct err *e)
{
	int begins = gunzip_sees_member(in, e);

	if (begins < 0)
		return -1;
	if (in->z.avail_in == 0)
		return 0;
	if (!begins)
		return err_set(e, "something follows the compressed data");
	if (inflateReset(&in->z) != Z_OK)
		return err_set(e, "zlib cannot be used");
	in->phase = GUNZIP_MEMBER;
	return 1;
}

/* What inflate() reported; it has no text for each of its errors. */
static int
gunzip_fail(const struct gunzip *in, int result, struct err *e)
{
	return err_set(e, "%s", in->z.msg != NULL ? in->z.msg
	    : zError(result));
}

/* Inflates into the room that is left; 0 at the end of the file. */
static int
gunzip_inflate(struct gunzip *in, struct err *e)
{
	int got, result;

	if (in->phase == GUNZIP_BETWEEN) {
		got = gunzip_next_member(in, e);
		if (got <= 0)
			return got;
	}
	if (in->z.avail_in == 0) {
		got = gunzip_fill(in, e);
		if (got < 0)
			return -1;
		if (got == 0)
			return err_set(e, "unexpected end of file");
	}
	result = inflate(&in->z, Z_NO_FLUSH);
	if (result == Z_STREAM_END)
		in->phase = GUNZIP_BETWEEN;
	else if (result != Z_OK)
		return gunzip_fail(in, result, e);
	return 1;
}

int
gunzip_read(struct gunzip *in, char *out, size_t size, struct err *e)
{
	size_t room = size < INT_MAX ? size : INT_MAX;
	int got = 1;

	assert(size > 0);
	if (in->phase == GUNZIP_START && gunzip_begin(in, e) < 0)
		return -1;
	if (in->phase == GUNZIP_PLAIN)
		return gunzip_read_plain(in, out, room, e);
	in->z.next_out = (unsigned char *)out;
	in->z.avail_out = (uInt)room;
	while (got > 0 && in->z.avail_out == room)
		got = gunzip_inflate(in, e);
	return got < 0 ? -1 : (int)(room - in->z.avail_out);
}

bool
gunzip_is_compressed(const struct gunzip *in)
{
	return in->phase == GUNZIP_MEMBER || in->phase == GUNZIP_BETWEEN;
}

uint64_t
gunzip_offset(const struct gunzip *in)
{
	return in->offset;
}
