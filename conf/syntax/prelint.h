/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prelint - mistakes in a policy file that libconfig does not report
 *
 * Without a word, libconfig 1.5 skips the rest of the file after a comment that
 * is not closed, joins strings where a comma is missing, wraps a number past 32
 * bits, drops "\x00" and reads other files at @include, and 1.7 reads a number
 * with a leading zero in octal (FACTS 103). Each of these could make a rule
 * vanish or change it, so the text is checked before it is parsed.
 */
#ifndef CONF_SYNTAX_PRELINT_H
#define CONF_SYNTAX_PRELINT_H

#include <stdbool.h>

#include "conf/base/textfile.h"
#include "conf/syntax/problems.h"

/*
 * Reports every such mistake as an error, and the usual causes of a syntax
 * error on the line where they are. false when libconfig would refuse the text,
 * so that it need not be parsed.
 */
bool prelint_text(const struct textfile *file, struct problems *problems);
#endif
