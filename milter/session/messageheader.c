/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/session/messageheader.h"
#include "policy/base/limits.h"

/* Both MTAs bound a header; this bounds how many fields we remove. */
enum { FORGED = 1000 };

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

static void
messageheader_add_tag(struct messageheader *fields, struct arena *a,
    struct slice value, struct slice host)
{
	struct slice word = slice_trim(slice_head(value,
	    slice_find(value, ';')));

	fields->tags_seen++;
	if (!slice_ieq(word, host) || fields->forged_count == FORGED)
		return;
	if (fields->forged == NULL)
		fields->forged = arena_array(a, FORGED,
		    sizeof(*fields->forged));
	fields->forged[fields->forged_count++] = fields->tags_seen;
}

void
messageheader_note(struct messageheader *fields, struct arena *a,
    struct slice name, struct slice value, struct slice host)
{
	if (slice_ieq(name, SLICE("Received")))
		messageheader_add_received(fields, a, value);
	else if (slice_ieq(name, SLICE("TLS-Required")))
		messageheader_add_tls_required(fields, value);
	else if (slice_ieq(name, SLICE(MESSAGEHEADER_TAG)))
		messageheader_add_tag(fields, a, value, host);
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
