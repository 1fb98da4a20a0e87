/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prelint - what libconfig would swallow in silence
 *
 * libconfig 1.5 takes a comment that is never closed for the rest of the
 * file, glues strings together where a comma is missing, wraps a number past
 * 32 bits, drops "\x00" and reads other files at @include (FACTS 103).
 * Each could make a rule vanish, so the text is looked over before it parses.
 */
#ifndef CONF_SYNTAX_PRELINT_H
#define CONF_SYNTAX_PRELINT_H

#include <stdbool.h>

#include "conf/base/textfile.h"
#include "conf/syntax/problems.h"

/*
 * Adds every such mistake as an error, and the usual causes of a syntax error
 * with their own lines. false when libconfig could not parse it: then there
 * is no need to ask it.
 */
bool prelint_text(const struct textfile *source, struct problems *problems);
#endif
