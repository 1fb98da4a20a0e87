/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headerfield - a structured header field cut into words and comments
 *
 * Comments nest and may hold quoted pairs (RFC 5322 section 3.2.2); nothing in
 * them is a word. This is stricter than the grammar where no MTA needs it: a
 * comment must have blanks around it.
 */
#ifndef POLICY_EVIDENCE_HEADERFIELD_H
#define POLICY_EVIDENCE_HEADERFIELD_H

#include <stdbool.h>

#include "policy/base/arena.h"
#include "policy/base/slice.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_COMMENT,                  /* without its outer parentheses */
	TOKEN_ANGLE,                    /* "<...>" with its brackets */
	TOKEN_SEMICOLON
};

struct token {
	enum token_kind kind;
	bool quoted;                    /* a word with a quoted string */
	bool not_ascii;                 /* a word with a byte above 0x7f */
	struct slice text;
};

/* Postfix with certificate names needs about 30. */
enum { HEADERFIELD_TOKENS = 64 };

struct headerfield {
	struct token list[HEADERFIELD_TOKENS + 1]; /* the last is TOKEN_END */
	size_t count;
};

/*
 * Unfolds body into a and cuts it. Returns false when it has a control
 * character, more than HEADERFIELD_TOKENS tokens, or a comment, quote or angle
 * bracket that is not closed. *out is written only on true and borrows from a.
 */
bool headerfield_cut(struct slice body, struct arena *a,
    struct headerfield *out);

/* Cuts the next word, up to a blank or a tab, off *rest; false when none is
 * left. */
bool headerfield_word(struct slice *rest, struct slice *word);
#endif
