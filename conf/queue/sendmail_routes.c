/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <assert.h>

#include "conf/base/textfile.h"
#include "conf/queue/sendmail_routes.h"

/* The lines of its cf by which mail goes elsewhere. */
static const struct {
	const char *line;
	bool with_value;                /* only if something follows */
	const char *why;
} elsewhere[] = {
	{ "DS", true, "sendmail.cf has a smart host" },
	{ "DH", true, "sendmail.cf has a mail hub" },
	{ "DR", true, "sendmail.cf has a relay for local names" },
	{ "D{MTAHost}", true, "submit.cf sends everything to one MTA" },
	{ "Kmailertable", false, "sendmail.cf has a mailertable" },
};

const char *
sendmail_routes_of_cf(struct slice text)
{
	struct slice line;

	while (slice_next(&text, '\n', &line)) {
		line = slice_trim(line);
		for (size_t i = 0; i < COUNT_OF(elsewhere); i++) {
			struct slice begin = slice_of(elsewhere[i].line);

			if (slice_starts(line, begin) && (line.n > begin.n ||
			    !elsewhere[i].with_value))
				return elsewhere[i].why;
		}
	}
	return NULL;
}

const char *
sendmail_routes_read(const char *cf)
{
	struct textfile file;
	const char *why;

	if (textfile_read(cf, &file, NULL) < 0)
		return "sendmail.cf or submit.cf cannot be read";
	why = sendmail_routes_of_cf((struct slice){ file.text, file.n });
	textfile_clear(&file);
	return why;
}

void
sendmail_routes_set(const struct queued *message, const char *unsure,
    struct arena *a)
{
	for (size_t i = 0; i < message->recipient_count; i++) {
		struct queued_recipient *to = &message->recipients[i];
		size_t at = slice_rfind(to->address, '@');
		struct slice *hop = arena_alloc(a, sizeof(*hop));

		*hop = slice_from(to->address, at + 1);
		to->hops = hop;
		to->hop_count = to->cut || hop->n == 0 ? 0 : 1;
		to->unsure = to->cut
		    ? "the MTA shows only a part of the address" : unsure;
	}
}
