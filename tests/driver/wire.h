/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire - packets of the milter protocol, as bytes
 *
 * Puts packets into a buffer and cuts received bytes into packets. No socket:
 * the driver and the load generator bring their own.
 */
#ifndef TESTS_DRIVER_WIRE_H
#define TESTS_DRIVER_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/slice.h"

/* The stages macros are sent for, numbered as in the protocol. */
enum at { AT_CONNECT, AT_HELO, AT_MAIL, AT_RCPT, AT_DATA, AT_EOM, AT_EOH,
	AT_COUNT };

enum {
	WIRE_ACTIONS = 0x1ff,           /* what both MTAs offer */
	WIRE_STEPS = 0x1fffff,
	WIRE_VERSION = 6,
	/* A filter's packet larger than this is garbage. */
	WIRE_LARGEST = 1 << 20
};

/* Packets to be sent. Owns its bytes; all zero is empty. */
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
/* A whole packet that carries nothing. */
void wire_plain(struct wire *w, char command);
void wire_clear(struct wire *w);

/*
 * Looks for a packet at the front of the n bytes at p. Returns its length
 * with its prefix, 0 when it is not whole yet, -1 when it is garbage; *command
 * and *payload are set when positive, and borrow p.
 */
long wire_cut(const char *p, size_t n, char *command, struct slice *payload);

uint32_t wire_get_u32(const char *p);

/* What a filter answered to the offer. */
struct terms {
	uint32_t version;
	uint32_t actions;
	uint32_t steps;
	char *symbols[AT_COUNT];        /* the list asked for; NULL: none set */
};

/* Whether payload is an answer to an offer; *out then owns its lists. */
bool wire_terms(struct slice payload, struct terms *out);
void wire_terms_clear(struct terms *terms);
#endif
