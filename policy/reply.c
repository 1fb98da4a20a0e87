/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "policy/reply.h"
#include "policy/base/text.h"
#include "policy/reason.h"

static const char undecided[] = "The TLS policy cannot be checked now";

/* "code enhanced"; NULL for a reason that never rejects. */
static const char *
reply_codes_of(enum reason reason, bool reject)
{
	const struct reason_row *row = reason_row(reason);

	if (reject)
		return row->reject;
	/* A reason without its own code is never the sender's fault. */
	return row->defer != NULL ? row->defer : "451 4.3.0";
}

static const char *
reply_sentence_of(enum reason reason)
{
	const char *sentence = reason_row(reason)->sentence;

	return sentence != NULL ? sentence : undecided;
}

/* RFC 5321 section 4.2: HT, SP and printable ASCII only. */
static void
reply_add(struct text *t, struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		text_byte(t, s.p[i] >= 0x20 && s.p[i] <= 0x7e ? s.p[i] : '?');
}

/* What follows the sentence: " (bank: plaintext; ref X) URL". */
static void
reply_add_tail(struct text *t, enum reason reason,
    const struct reply_words *words)
{
	reply_add(t, SLICE(" ("));
	if (words->partner.n > 0) {
		reply_add(t, slice_head(words->partner, 40));
		reply_add(t, SLICE(": "));
	}
	reply_add(t, slice_of(reason_name(reason)));
	if (words->reference.n > 0) {
		reply_add(t, SLICE("; ref "));
		reply_add(t, slice_head(words->reference, 24));
	}
	reply_add(t, SLICE(")"));
	if (words->help_url.n > 0 &&
	    1 + words->help_url.n <= text_room(t)) {
		reply_add(t, SLICE(" "));
		reply_add(t, words->help_url);
	}
}

void
reply_make(enum action action, enum reason reason,
    const struct reply_words *words, struct reply *out)
{
	char tail_text[LIMIT_REPLY - 40];
	struct text t, tail;
	struct slice sentence = words->sentence;
	const char *codes = NULL;

	*out = (struct reply){ .action = ACTION_DEFER };
	if (action == ACTION_REJECT)
		codes = reply_codes_of(reason, true);
	if (codes != NULL)
		out->action = ACTION_REJECT;
	else
		codes = reply_codes_of(reason, false);
	assert(codes[3] == ' ' && codes[0] == codes[4]);
	assert(strlen(codes + 4) < sizeof(out->enhanced));
	memcpy(out->code, codes, 3);
	memcpy(out->enhanced, codes + 4, strlen(codes + 4) + 1);

	text_init(&tail, tail_text, sizeof(tail_text));
	reply_add_tail(&tail, reason, words);
	text_init(&t, out->text, sizeof(out->text));
	/* Of a long reply the sentence is cut, not the reference. */
	if (sentence.n == 0)
		sentence = slice_of(reply_sentence_of(reason));
	assert(text_length(&tail) <= text_room(&t));
	reply_add(&t, slice_head(sentence,
	    text_room(&t) - text_length(&tail)));
	text_slice(&t, text_so_far(&tail));
}

void
reply_escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text != '\0' && n + 2 < size; text++) {
		if (*text == '%')
			out[n++] = '%';
		out[n++] = *text;
	}
	out[n] = '\0';
}
