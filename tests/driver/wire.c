/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>

#include "tests/driver/wire.h"
#include "policy/base/arena.h"

void
wire_bytes(struct wire *w, const void *p, size_t n)
{
	if (w->n + n > w->room) {
		w->room = (w->n + n) * 2 + 256;
		w->p = xrealloc(w->p, w->room);
	}
	if (n > 0)
		memcpy(w->p + w->n, p, n);
	w->n += n;
}

void
wire_u32(struct wire *w, uint32_t value)
{
	uint32_t wide = htonl(value);

	wire_bytes(w, &wide, sizeof(wide));
}

void
wire_u16(struct wire *w, uint16_t value)
{
	uint16_t wide = htons(value);

	wire_bytes(w, &wide, sizeof(wide));
}

void
wire_begin(struct wire *w, char command)
{
	w->packet = w->n;
	wire_u32(w, 0);
	wire_bytes(w, &command, 1);
}

void
wire_end(struct wire *w)
{
	uint32_t wide = htonl((uint32_t)(w->n - w->packet - 4));

	memcpy(w->p + w->packet, &wide, sizeof(wide));
}

void
wire_string(struct wire *w, struct slice s)
{
	wire_bytes(w, s.p, s.n);
	wire_bytes(w, "", 1);
}

void
wire_plain(struct wire *w, char command)
{
	wire_begin(w, command);
	wire_end(w);
}

void
wire_clear(struct wire *w)
{
	free(w->p);
	*w = (struct wire){ 0 };
}

uint32_t
wire_get_u32(const char *p)
{
	uint32_t wide;

	memcpy(&wide, p, sizeof(wide));
	return ntohl(wide);
}

long
wire_cut(const char *p, size_t n, char *command, struct slice *payload)
{
	uint32_t length;

	if (n < 4)
		return 0;
	length = wire_get_u32(p);
	if (length == 0 || length > WIRE_LARGEST)
		return -1;
	if (n < (size_t)length + 4)
		return 0;
	*command = p[4];
	*payload = (struct slice){ p + 5, length - 1 };
	return (long)length + 4;
}

bool
wire_terms(struct slice payload, struct terms *out)
{
	struct terms terms = { 0 };
	struct slice rest = slice_from(payload, 12);

	if (payload.n < 12)
		return false;
	terms.version = wire_get_u32(payload.p);
	terms.actions = wire_get_u32(payload.p + 4);
	terms.steps = wire_get_u32(payload.p + 8);
	while (rest.n > 4) {
		uint32_t at = wire_get_u32(rest.p);
		struct slice list = slice_from(rest, 4);
		size_t end = slice_find(list, '\0');

		if (end == list.n || at >= AT_COUNT
		    || terms.symbols[at] != NULL)
			break;
		terms.symbols[at] = xmalloc(end + 1);
		memcpy(terms.symbols[at], list.p, end + 1);
		rest = slice_from(list, end + 1);
	}
	if (rest.n != 0) {
		wire_terms_clear(&terms);
		return false;
	}
	*out = terms;
	return true;
}

void
wire_terms_clear(struct terms *terms)
{
	for (int i = 0; i < AT_COUNT; i++)
		free(terms->symbols[i]);
	*terms = (struct terms){ 0 };
}
