/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/messageheader.h"
#include "policy/base/limits.h"

static void
messageheader_add_received(struct messageheader *fields, struct arena *a,
    struct slice value)
{
	/* One more than is read, which shows that there were more. */
	if (fields->received_count > LIMIT_RECEIVED)
		return;
	if (fields->received == NULL)
		fields->received = arena_array(a, LIMIT_RECEIVED + 1,
		    sizeof(*fields->received));
	fields->received[fields->received_count++] = arena_copy(a,
	    slice_head(value, LIMIT_RECEIVED_FIELD + 1));
}

/* RFC 8689 section 3: the only value is "No". Postfix also skips form feeds and
 * the like before it, so every control character is skipped. */
static void
messageheader_add_tls_required(struct messageheader *fields, struct slice value)
{
	value = slice_trim(value);
	while (value.n > 0 && (unsigned char)value.p[0] <= ' ')
		value = slice_from(value, 1);
	if (slice_ieq(value, SLICE("no")))
		fields->tls_required_no = true;
}

void
messageheader_note(struct messageheader *fields, struct arena *a,
    struct slice name, struct slice value)
{
	/* RFC 5322 section 4.5.8: blanks may stand before the colon. */
	name = slice_trim(name);
	if (slice_ieq(name, SLICE("Received")))
		messageheader_add_received(fields, a, value);
	else if (slice_ieq(name, SLICE("TLS-Required")))
		messageheader_add_tls_required(fields, value);
	else if (slice_ieq(name, SLICE(MESSAGEHEADER_TAG)))
		fields->forged++;
}

struct header_evidence
messageheader_get(const struct messageheader *fields)
{
	return (struct header_evidence){
		.received = { .bodies = fields->received,
		    .count = fields->received_count },
		.tls_required_no = fields->tls_required_no,
	};
}
