/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * netstring - one frame of the socketmap protocol: "LENGTH:payload,"
 */
#ifndef MILTER_MAP_NETSTRING_H
#define MILTER_MAP_NETSTRING_H

#include "policy/base/slice.h"

enum netstring { NETSTRING_BAD, NETSTRING_MORE, NETSTRING_WHOLE };

/* Digits, colon and comma around a payload. */
enum { NETSTRING_FRAME = 8 };

/*
 * Looks for one frame at the head of input, with a payload of at most
 * longest octets (below 1,000,000). WHOLE: *payload borrows from input and
 * *used is the frame's length. MORE: it may become one. BAD: no frame starts
 * like this.
 */
enum netstring netstring_read(struct slice input, size_t longest,
    struct slice *payload, size_t *used);

/* Writes payload as a frame; 0 when size is too small. */
size_t netstring_write(struct slice payload, char *out, size_t size);
#endif
