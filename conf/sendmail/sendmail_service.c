/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <stddef.h>

#include "conf/sendmail/sendmail_service.h"

/* Sendmail looks at the first letter alone, and not at its case where no other
 * keyword has the same one. */
static const struct {
	const char *letters;
	int at;                         /* offset of the slice; -1: none */
} keywords[] = {
	{ "Aa", offsetof(struct sendmail_daemon, address) },
	{ "Ff", offsetof(struct sendmail_daemon, family) },
	{ "Ii", offsetof(struct sendmail_daemon, filters) },
	{ "Mm", offsetof(struct sendmail_daemon, modifiers) },
	{ "Nn", offsetof(struct sendmail_daemon, name) },
	{ "Pp", offsetof(struct sendmail_daemon, port) },
	{ "cdDlLqrRsST", -1 },          /* children, loads, sizes, ... */
};

static void
service_set(struct sendmail_daemon *out, char letter, struct slice value,
    struct arena *a)
{
	for (size_t i = 0; i < COUNT_OF(keywords); i++) {
		if (letter == 0 ||
		    strchr(keywords[i].letters, letter) == NULL)
			continue;
		if (keywords[i].at >= 0)
			*(struct slice *)(void *)((char *)out +
			    keywords[i].at) = arena_copy(a, value);
		return;
	}
	out->unknown = true;
}

void
sendmail_service_read(struct slice value, unsigned number, struct arena *a,
    struct sendmail_daemon *out)
{
	struct slice part;

	*out = (struct sendmail_daemon){ .modifiers = SLICE("") };
	while (slice_next(&value, ',', &part)) {
		size_t sign = slice_find(part, '=');

		/* Sendmail passes over a part without a value. */
		if (sign == part.n)
			continue;
		part = slice_trim(part);
		sign = slice_find(part, '=');
		if (sign == 0) {
			out->unknown = true;
			continue;
		}
		service_set(out, *part.p,
		    slice_trim(slice_from(part, sign + 1)), a);
	}
	if (out->name.p == NULL)
		out->name = slice_of(arena_printf(a, "Daemon%u", number));
}

bool
sendmail_service_has(const struct sendmail_daemon *daemon, char modifier)
{
	return slice_find(daemon->modifiers, modifier) < daemon->modifiers.n;
}
