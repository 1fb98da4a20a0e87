/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_ask - what Sendmail itself answers about a configuration
 *
 * Asks `sendmail -bt`, which reads the file as a daemon does and then answers
 * questions: what a class has in it, where an address goes, what a map of any
 * type returns. It changes nothing, and delivers nothing.
 */
#ifndef CONF_SENDMAIL_SENDMAIL_ASK_H
#define CONF_SENDMAIL_SENDMAIL_ASK_H

#include "policy/base/arena.h"
#include "policy/base/err.h"

/* The lines that answer a question. */
struct sendmail_answer {
	struct slice *lines;
	size_t count;
};

struct sendmail_said {
	struct slice version;           /* "8.17.1.9"; empty: not said */
	bool clears;                    /* built so that TLSFallbacktoClear is
	                                 * on where it is not set */
	struct sendmail_answer *answers;        /* one for each question */
	struct sendmail_answer complaints;      /* about the file, each
	                                         * "file: line 1: ..." */
};

/*
 * Runs program, an absolute path, over the file cf and asks it count questions.
 * What *out has is in the arena. -1 with e filled when it cannot be run, or did
 * not answer all.
 */
int sendmail_ask(const char *program, const char *cf,
    const char *const *questions, size_t count, struct arena *a,
    struct sendmail_said *out, struct err *e);

/* Questions in the arena: what is in a class; what a map of that name returns
 * for a key; where mail for an address goes. NULL when key or address cannot be
 * asked for: it has a control character or, as an address, a blank. */
const char *sendmail_ask_class(struct arena *a, struct slice class);
const char *sendmail_ask_key(struct arena *a, struct slice map,
    struct slice key);
const char *sendmail_ask_route(struct arena *a, struct slice address);

enum sendmail_found {
	SENDMAIL_UNKNOWN,               /* the map or a part of the way cannot
	                                 * be asked */
	SENDMAIL_ABSENT,
	SENDMAIL_FOUND
};

/* What a map returned; *value borrows from the answer. */
enum sendmail_found sendmail_ask_value(const struct sendmail_answer *answer,
    struct slice *value);
/* Where an address goes: the mailer, and its host or nothing. ABSENT: nowhere,
 * Sendmail refuses it. */
enum sendmail_found sendmail_ask_hop(const struct sendmail_answer *answer,
    struct slice *mailer, struct slice *host);
#endif
