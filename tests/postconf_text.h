/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postconf_text - an instance of Postfix in one text
 *
 * "== main.cf" and "== master.cf" begin the text of a file, "== -x" and so on
 * what postconf(1) answers to that option. tests/seeds/postconf/ has them,
 * captured from the version that is their name and cut to what is read; 3.11.7
 * was made of 3.7.11 by what FACTS has of the newer one.
 */
#ifndef TESTS_POSTCONF_TEXT_H
#define TESTS_POSTCONF_TEXT_H

#include "conf/postfix/postfix_config.h"

/* The section of that name, with its last newline; empty: there is none. */
static inline struct slice
postconf_section(struct slice text, const char *name)
{
	struct slice rest = text, line, found = SLICE("");
	bool within = false;

	while (slice_next(&rest, '\n', &line)) {
		if (slice_starts(line, SLICE("== "))) {
			if (within)
				return found;
			within = slice_eq(slice_from(line, 3),
			    slice_of(name));
			found = (struct slice){ rest.n > 0 ? rest.p : "", 0 };
		} else if (within)
			found.n = rest.n > 0 ? (size_t)(rest.p - found.p)
			    : (size_t)(line.p + line.n - found.p);
	}
	return within ? found : SLICE("");
}

/* Reads the text as an instance, in a. -1 with e filled when it is none. */
static inline int
postconf_text_read(struct slice text, struct arena *a,
    struct mta_instance *instance, struct err *e)
{
	static const char *const names[POSTCONF_QUESTIONS] = {
		[POSTCONF_DEFAULTS] = "-d", [POSTCONF_TYPES] = "-m",
		[POSTCONF_EXPANDED] = "-x", [POSTCONF_OWN_EXPANDED] = "-Px",
	};
	struct postconf *p = arena_alloc(a, sizeof(*p));
	struct slice rest, line;

	postconf_begin(p, a);
	postconf_take_main(p, postconf_section(text, "main.cf"),
	    &instance->unread);
	postconf_take_master(p, postconf_section(text, "master.cf"),
	    &instance->unread);
	for (int i = 0; i < POSTCONF_QUESTIONS; i++) {
		rest = postconf_section(text, names[i]);
		while (slice_next(&rest, '\n', &line))
			if (postconf_take(p, (enum postconf_question)i, line,
				e) < 0)
				return -1;
	}
	if (postconf_end(p, &instance->unread, e) < 0)
		return -1;
	postfix_instance_read(p, a, instance);
	return 0;
}
#endif
