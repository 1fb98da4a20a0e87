/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire - packets of the milter protocol, as bytes
 *
 * Writes packets into a buffer and splits received bytes into packets. The
 * driver and the load generator have the sockets.
 */
#ifndef TESTS_DRIVER_WIRE_H
#define TESTS_DRIVER_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"

/* The stages at which macros are sent, numbered as in the protocol. */
enum at { AT_CONNECT, AT_HELO, AT_MAIL, AT_RCPT, AT_DATA, AT_EOM, AT_EOH,
	AT_COUNT };

enum {
	WIRE_ACTIONS = 0x1ff,           /* what both MTAs offer */
	WIRE_STEPS = 0x1fffff,
	WIRE_VERSION = 6,
	/* A filter's packet larger than this is garbage. */
	WIRE_LARGEST = 1 << 20
};

/* Packets to be sent. All zero is empty. Owns p. */
struct wire {
	char *p;
	size_t n;
	size_t room;
	size_t packet;                  /* where the open packet begins */
};

void wire_begin(struct wire *w, char command);
void wire_bytes(struct wire *w, const void *p, size_t n);
void wire_string(struct wire *w, struct slice s);       /* and a NUL */
void wire_u32(struct wire *w, uint32_t value);
void wire_u16(struct wire *w, uint16_t value);
void wire_end(struct wire *w);
/* A whole packet without a payload. */
void wire_plain(struct wire *w, char command);
void wire_clear(struct wire *w);

/*
 * Looks for a packet at the start of the n bytes at p. Returns its length with
 * the prefix, 0 if it is incomplete, -1 if it is garbage. If positive, sets
 * *command, and *payload, which borrows from p.
 */
long wire_cut(const char *p, size_t n, char *command, struct slice *payload);

uint32_t wire_get_u32(const char *p);

/* A filter's answer to the offer. */
struct terms {
	uint32_t version;
	uint32_t actions;
	uint32_t steps;
	char *symbols[AT_COUNT];        /* the requested list; NULL: none */
};

/* Whether payload is an answer to an offer. *out then owns the lists, until
 * wire_terms_clear(). */
bool wire_terms(struct slice payload, struct terms *out);
void wire_terms_clear(struct terms *terms);
#endif
