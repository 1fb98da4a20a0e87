/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/queue/postqueue.h"
#include "policy/base/jsontext.h"

/* JSON is UTF-8, but Postfix prints an address as the client sent it. */
static json_t *
postqueue_load(struct slice line, struct arena *a)
{
	json_t *message = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
	char *copy;

	if (message != NULL)
		return message;
	copy = arena_string(a, line);
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return json_loadb(copy, line.n, JSON_ALLOW_NUL, NULL);
}

static void
postqueue_read_recipients(const json_t *list, struct arena *a,
    struct queued *out)
{
	struct queued_recipient *recipients = arena_array(a,
	    json_array_size(list) + 1, sizeof(*recipients));
	const json_t *recipient;
	size_t i;

	json_array_foreach(list, i, recipient) {
		recipients[i].address = jsontext_copy(recipient, "address", a);
		/* Without an address it could be anybody's mail. */
		recipients[i].cut = recipients[i].address.p == NULL;
		recipients[i].reason = jsontext_copy(recipient,
		    "delay_reason", a);
	}
	out->recipients = recipients;
	out->recipient_count = json_array_size(list);
}

int
postqueue_read(struct slice line, struct arena *a, struct queued *out,
    struct err *e)
{
	json_t *message, *recipients;
	char shown[80];

	assert(line.p != NULL && a != NULL);
	message = postqueue_load(line, a);
	recipients = json_object_get(message, "recipients");
	if (!json_is_array(recipients) ||
	    jsontext_at(message, "queue_id").n == 0 ||
	    jsontext_at(message, "queue_name").n == 0) {
		json_decref(message);
		slice_show(line, shown, sizeof(shown));
		return err_set(e, "a line of postqueue -j is no message: %s",
		    shown);
	}
	*out = (struct queued){
		.id = jsontext_copy(message, "queue_id", a),
		.queue = jsontext_copy(message, "queue_name", a),
		.arrival = jsontext_number(message, "arrival_time"),
		.size = (uint64_t)jsontext_number(message, "message_size"),
		.sender = jsontext_copy(message, "sender", a)
	};
	/* Postfix writes the null sender so. */
	if (slice_eq(out->sender, SLICE("MAILER-DAEMON")))
		out->sender = SLICE("");
	postqueue_read_recipients(recipients, a, out);
	json_decref(message);
	return 0;
}
